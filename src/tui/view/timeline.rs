//! What happened, newest at the bottom.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{pane, search};
use crate::tui::entries::text;
use crate::tui::layout;
use crate::tui::mark;
use crate::tui::model::{Model, Pane, Screen};
use crate::tui::search::marked;
use crate::tui::text::{clock, utc, wrap};
use crate::tui::theme::Role;
use crate::tui::words;
use crate::view::{Entry, Tone};

/// Columns before the text: time, time since the outage, symbol.
const LEAD: usize = 22;

/// Draws the pane: in the steps screen, or alone.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let alone = model.screen == Screen::Timeline;
    let focused = alone || model.focus == Pane::Timeline;
    let title = if alone { search::title(model, "Timeline") } else { "Timeline".to_owned() };
    let mut block = pane::block(model, &title, focused, area.width);
    let inner = block.inner(area);
    let typing = usize::from(alone && model.search.typing);
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
    let sought = if alone { model.search.text.value() } else { "" };
    let marked = if alone { mark::entry(model).map(|entry| entry.seq) } else { None };
    let lines = entries.flat_map(|entry| {
        let selected = Some(entry.seq) == marked;
        let style = model.theme.style(Role::Selected);
        write(model, entry, columns, sought).into_iter().map(move |line| if selected { line.patch_style(style) } else { line })
    });
    let mut shown: Vec<Line> = lines.skip(skipped).take(end - start).collect();
    if shown.is_empty() {
        let text = if alone && !model.search.filter().is_empty() { "Nothing holds this text." } else { "Nothing has happened yet." };
        shown.push(Line::styled(text, model.theme.style(Role::Dim)));
    }
    if typing == 1 {
        shown.resize(height, Line::default());
    }
    frame.render_widget(Paragraph::new(shown), inner);
    if alone {
        search::prompt(model, frame, inner);
    }
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

fn write(model: &Model, entry: &Entry, columns: usize, sought: &str) -> Vec<Line<'static>> {
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
    for (i, line) in wrap(&text(entry, &model.run), columns.saturating_sub(LEAD)).into_iter().enumerate() {
        let body = marked(Line::styled(line, theme.style(body)), sought, theme.style(Role::Match));
        let mut spans = if i == 0 { lead.clone() } else { vec![Span::raw(" ".repeat(LEAD))] };
        let style = body.style;
        spans.extend(body.spans.into_iter().map(|span| Span::styled(span.content, style.patch(span.style))));
        lines.push(Line::from(spans));
    }
    lines
}
