//! The last lines: a message while there is one, and the keys that mean something now.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::keymap::{Do, KEYMAP};
use crate::tui::model::{Flash, Model};
use crate::tui::text::{width, wrap};
use crate::tui::theme::{Role, Theme};
use crate::tui::{commands, search};

/// Draws both.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, flash_area: Rect, area: Rect) {
    say(&model.theme, model.flash.as_ref(), frame, flash_area);
    // A dialog has its own keys: those of the screen behind it would mislead.
    if !model.dialogs.is_empty() {
        return;
    }
    frame.render_widget(Paragraph::new(keys(model, usize::from(area.width))), area);
}

/// A message, while there is one.
pub(in crate::tui) fn say(theme: &Theme, flash: Option<&Flash>, frame: &mut Frame, area: Rect) {
    let Some(flash) = flash else { return };
    let (symbol, role) = if flash.bad { (theme.glyphs.failed, Role::Bad) } else { (theme.glyphs.dot, Role::Strong) };
    let lines: Vec<Line> = wrap(&flash.text, usize::from(area.width.saturating_sub(4)))
        .into_iter()
        .enumerate()
        .map(|(i, line)| Line::styled(format!(" {} {line}", if i == 0 { symbol } else { " " }), theme.style(role)))
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

/// The keys, as many as fit. Help and leaving are always there.
fn keys(model: &Model, columns: usize) -> Line<'static> {
    if model.search.typing && search::is_possible(model) {
        return fitting(&model.theme, &TYPING, columns);
    }
    let wanted: Vec<Hint> = KEYMAP
        .iter()
        .filter(|binding| commands::available(model, binding.does))
        .map(|binding| Hint {
            key: binding.keys.first().map_or("", |key| key.name),
            word: commands::short(model, binding),
            always: matches!(binding.does, Do::Help | Do::Leave),
        })
        .collect();
    fitting(&model.theme, &wanted, columns)
}

/// A key and the word for what it does; without a word it has no place in the footer.
pub(in crate::tui) struct Hint {
    /// The key's name.
    pub key: &'static str,
    /// What it does.
    pub word: &'static str,
    /// It is there however narrow the screen is.
    pub always: bool,
}

/// While a text to look for is typed every other key is a letter of it.
pub(in crate::tui) const TYPING: [Hint; 2] =
    [Hint { key: "enter", word: "done typing", always: true }, Hint { key: "esc", word: "give it up", always: true }];

/// As many of the hints as fit into a line.
pub(in crate::tui) fn fitting(theme: &Theme, hints: &[Hint], columns: usize) -> Line<'static> {
    let size = |hint: &Hint| width(hint.key) + 1 + width(hint.word) + 3;
    let hints = || hints.iter().filter(|hint| !hint.word.is_empty());
    let mut room = columns.saturating_sub(1);
    for hint in hints().filter(|hint| hint.always) {
        room = room.saturating_sub(size(hint));
    }
    let mut spans = vec![Span::raw(" ")];
    for hint in hints() {
        if !hint.always {
            let size = size(hint);
            if size > room {
                continue;
            }
            room -= size;
        }
        spans.push(Span::styled(hint.key, theme.style(Role::Key)));
        spans.push(Span::raw(format!(" {}   ", hint.word)));
    }
    Line::from(spans)
}
