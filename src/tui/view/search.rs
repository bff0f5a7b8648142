//! The text that is looked for: where it is typed, and how often it was found.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use crate::tui::model::Model;
use crate::tui::search;
use crate::tui::text::{clean, fit, width};
use crate::tui::theme::Role;

/// A pane's title, with what is looked for and which of how many places one is at.
pub(in crate::tui) fn title(model: &Model, title: &str) -> String {
    if !search::is_on(model) {
        return title.to_owned();
    }
    let (joint, text, count) = (if model.search.only { " with" } else { "," }, search::named(model), search::count(model));
    let words = format!("{joint} \"{text}\": {count}");
    // What is counted stays where the title is too long.
    let room = usize::from(model.size.width).saturating_sub(width(&words) + 8);
    format!("{}{words}", fit(title, room, model.theme.glyphs.ellipsis))
}

/// The line at the foot of the pane on which the text is typed.
pub(in crate::tui) fn prompt(model: &Model, frame: &mut Frame, inner: Rect) {
    if !model.search.typing || inner.is_empty() {
        return;
    }
    let area = Rect { y: inner.bottom() - 1, height: 1, ..inner };
    let lead = if model.search.only { "/ " } else { "search: " };
    let line = Line::from(vec![
        Span::styled(lead, model.theme.style(Role::Key)),
        Span::styled(clean(model.search.text.value()).into_owned(), model.theme.style(Role::Input)),
    ]);
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(line), area);
    let cursor = u16::try_from(width(lead) + model.search.text.visual_cursor()).unwrap_or(u16::MAX);
    frame.set_cursor_position((area.x + cursor.min(area.width.saturating_sub(1)), area.y));
}
