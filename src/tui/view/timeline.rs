//! What happened, newest at the bottom.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::pane;
use crate::tui::entries::text;
use crate::tui::layout;
use crate::tui::mark;
use crate::tui::model::{Model, Pane, Screen};
use crate::tui::text::{clean, clock, utc, wrap};
use crate::tui::theme::Role;
use crate::tui::words;
use crate::view::{Entry, Tone};

/// Columns before the text: time, time since the outage, symbol.
const LEAD: usize = 22;

/// Draws the pane: in the steps screen, or alone.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let alone = model.screen == Screen::Timeline;
    let focused = alone || model.focus == Pane::Timeline;
    let title = match (alone, model.filter.value()) {
        (false, _) | (true, "") => "Timeline".to_owned(),
        (true, filter) => format!("Timeline with \"{}\"", clean(filter)),
    };
    let mut block = pane::block(model, &title, focused, area.width);
    let inner = block.inner(area);
    let typing = usize::from(alone && model.filtering);
    let height = usize::from(inner.height).saturating_sub(typing);
    let columns = usize::from(inner.width);
    let all = model.entries.lines();
    let back = model.timeline_back.min(all.saturating_sub(height));
    let end = all - back;
    let start = end.saturating_sub(height);
    let (places, skipped) = model.entries.within(start..end);
    let entries = places.iter().filter_map(|place| model.run.timeline.get(*place));
    if let Some(foot) = pane::more(model, start, back) {
        block = block.title_bottom(foot.right_aligned());
    }
    frame.render_widget(block, area);
    let marked = if alone { mark::entry(model).map(|entry| entry.seq) } else { None };
    let lines = entries.flat_map(|entry| {
        let selected = Some(entry.seq) == marked;
        let style = model.theme.style(Role::Selected);
        write(model, entry, columns).into_iter().map(move |line| if selected { line.patch_style(style) } else { line })
    });
    let mut shown: Vec<Line> = lines.skip(skipped).take(end - start).collect();
    if shown.is_empty() {
        let text = if alone && !model.filter.value().is_empty() { "Nothing holds this text." } else { "Nothing has happened yet." };
        shown.push(Line::styled(text, model.theme.style(Role::Dim)));
    }
    if typing == 1 {
        shown.resize(height, Line::default());
        shown.push(Line::from(vec![
            Span::styled("/ ", model.theme.style(Role::Key)),
            Span::styled(clean(model.filter.value()).into_owned(), model.theme.style(Role::Input)),
        ]));
        let cursor = u16::try_from(2 + model.filter.visual_cursor()).unwrap_or(u16::MAX);
        frame.set_cursor_position((inner.x + cursor.min(inner.width.saturating_sub(1)), inner.bottom().saturating_sub(1)));
    }
    frame.render_widget(Paragraph::new(shown), inner);
}

/// How far the timeline can be scrolled back.
pub(in crate::tui) fn overflow(model: &Model) -> usize {
    let height = layout::areas(model).timeline.height.saturating_sub(2);
    model.entries.lines().saturating_sub(usize::from(height))
}

/// Columns of an entry's text in a pane of so many.
pub(in crate::tui) fn text_columns(width: u16) -> usize {
    usize::from(width.saturating_sub(2)).saturating_sub(LEAD)
}

fn write(model: &Model, entry: &Entry, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let (symbol, role) = words::tone(entry.tone, theme.glyphs);
    let since = match model.state() {
        Some(state) => {
            let since = entry.since_incident(state, &model.run.watch);
            format!("{}{}", if since.is_negative() { '-' } else { '+' }, clock(since.unsigned_abs()))
        }
        None => String::new(),
    };
    let lead = vec![
        Span::styled(utc(entry.happened), theme.style(Role::Dim)),
        Span::styled(format!(" {since:>9} "), theme.style(Role::Dim)),
        Span::styled(format!("{symbol} "), theme.style(role)),
    ];
    let body = if entry.tone == Tone::Bad { Role::Bad } else { Role::Text };
    let mut lines = Vec::new();
    for (i, line) in wrap(&text(entry), columns.saturating_sub(LEAD)).into_iter().enumerate() {
        let body = Span::styled(line, theme.style(body));
        if i == 0 {
            let mut spans = lead.clone();
            spans.push(body);
            lines.push(Line::from(spans));
        } else {
            lines.push(Line::from(vec![Span::raw(" ".repeat(LEAD)), body]));
        }
    }
    lines
}
