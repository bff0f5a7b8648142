//! The list: runbooks and runs, a line each.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::words::{age, check, standing};
use crate::tui::home::data::{Book, Run};
use crate::tui::home::layout;
use crate::tui::home::model::{Model, Pane};
use crate::tui::home::rows::{Group, Row};
use crate::tui::text::{clean, clock, fit, pad, short};
use crate::tui::theme::Role;
use crate::tui::view::pane;
use crate::tui::view::pen::both;

/// Columns of a runbook's line, from the title on: check, last drill, how long it took, objective.
const CHECK: usize = 9;
const WHEN: usize = 9;
const TOOK: usize = 9;
const RTO: usize = 6;
/// Columns of its owners, where there is room.
const OWNERS: usize = 16;
/// Columns of a run's kind.
const KIND: usize = 8;

/// From this width on a line has room for owners and drivers.
const ROOMY: usize = 90;

/// Draws the pane.
pub(super) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let filter = model.filter.value();
    let title = if filter.is_empty() { "Runbooks and runs".to_owned() } else { format!("With \"{}\"", clean(filter)) };
    let mut block = pane::framed(&model.theme, None, &title, model.focus == Pane::List, area.width);
    let inner = block.inner(area);
    let height = layout::list_height(model);
    let columns = usize::from(inner.width);
    let below = model.rows.len().saturating_sub(model.offset + height);
    if let Some(foot) = pane::hidden(&model.theme, model.offset, below) {
        block = block.title_bottom(foot.right_aligned());
    }
    frame.render_widget(block, area);
    let selected = model.selected_row();
    let shown = model.rows.iter().enumerate().skip(model.offset).take(height);
    let mut lines: Vec<Line> = shown.map(|(at, row)| line(model, row, selected == Some(at), columns)).collect();
    if model.rows.is_empty() {
        lines.push(Line::styled(" Nothing holds this text.", model.theme.style(Role::Dim)));
    }
    if model.filtering || !filter.is_empty() {
        lines.resize(height, Line::default());
        let role = if model.filtering { Role::Input } else { Role::Dim };
        lines.push(Line::from(vec![
            Span::styled("/ ", model.theme.style(Role::Key)),
            Span::styled(fit(filter, columns.saturating_sub(3), model.theme.glyphs.ellipsis), model.theme.style(role)),
        ]));
        if model.filtering {
            let cursor = u16::try_from(2 + model.filter.visual_cursor()).unwrap_or(u16::MAX);
            frame.set_cursor_position((inner.x + cursor.min(inner.width.saturating_sub(1)), inner.bottom().saturating_sub(1)));
        }
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn line(model: &Model, row: &Row, selected: bool, columns: usize) -> Line<'static> {
    let line = match row {
        Row::Gap => return Line::default(),
        Row::Heading(group, count) => return heading(model, *group, *count, columns),
        Row::Nothing(group) => {
            let unlisted = model.problem.as_deref().filter(|_| *group != Group::Books);
            let role = if unlisted.is_some() { Role::Bad } else { Role::Dim };
            let text = unlisted.map_or_else(|| nothing(model, *group).to_owned(), |why| format!("  not known: {why}"));
            return Line::styled(fit(&text, columns, model.theme.glyphs.ellipsis), model.theme.style(role));
        }
        Row::Book(at) => model.books.get(*at).map(|found| book(model, found, selected, columns)),
        Row::Run(at) => model.runs.get(*at).map(|found| run(model, found, selected, columns)),
    };
    let line = line.unwrap_or_default();
    if selected { line.patch_style(model.theme.style(Role::Selected)) } else { line }
}

fn heading(model: &Model, group: Group, count: usize, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let left = vec![
        Span::styled(group.title(), theme.style(Role::Heading)),
        Span::styled(if count == 0 { String::new() } else { format!(" {count}") }, theme.style(Role::Dim)),
    ];
    let labels = match group {
        _ if count == 0 => String::new(),
        Group::Books => {
            let owners = if columns >= ROOMY { pad("owners", OWNERS, "") } else { String::new() };
            format!("{owners}{}{}{}{:>RTO$}", pad("check", CHECK, ""), pad("drilled", WHEN, ""), pad("   took", TOOK, ""), "RTO")
        }
        Group::Unfinished | Group::Finished => {
            format!("{}{}{:>8}", pad("state", state_columns(columns), ""), pad("begun", WHEN, ""), "took")
        }
        Group::Damaged => String::new(),
    };
    both(left, vec![Span::styled(labels, theme.style(Role::Dim))], columns, theme.glyphs.ellipsis)
}

fn state_columns(columns: usize) -> usize {
    if columns >= ROOMY { 24 } else { 13 }
}

fn nothing(model: &Model, group: Group) -> &'static str {
    match group {
        Group::Books if model.reading_books.going => "  looking for runbooks",
        Group::Books => "  none found here",
        _ if model.reading_runs.going => "  reading what was recorded",
        Group::Unfinished => "  none: nothing waits to be resumed",
        Group::Finished => "  none yet",
        Group::Damaged => "",
    }
}

fn lead(model: &Model, selected: bool, symbol: &str, role: Role) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let pointer = if selected { theme.glyphs.pointer } else { " " };
    vec![Span::styled(pointer, theme.style(Role::Key)), Span::styled(format!("{symbol} "), theme.style(role))]
}

fn book(model: &Model, book: &Book, selected: bool, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let glyphs = theme.glyphs;
    let span = |role, text: String| Span::styled(text, theme.style(role));
    let (symbol, role, word) = check(book, glyphs);
    let mut left = lead(model, selected, symbol, role);
    left.push(span(Role::Text, clean(&book.title).into_owned()));
    let mut right = Vec::new();
    if columns >= ROOMY {
        right.push(span(Role::Dim, format!("{} ", pad(&book.owners.join(", "), OWNERS - 1, glyphs.ellipsis))));
    }
    right.push(span(role, pad(word.trim_end_matches("ings").trim_end_matches("ing"), CHECK, "")));
    match model.rehearsal(book) {
        Some(run) => {
            let (symbol, role, _) = standing(run, glyphs);
            let took = run.took();
            let over = run.recovered().zip(book.rto).is_some_and(|(recovered, rto)| recovered.as_secs_f64() > rto);
            let when = run.begun.map(|begun| age(model.now, begun)).unwrap_or_default();
            right.push(span(Role::Text, pad(&when, WHEN, "")));
            right.push(span(if over { Role::Bad } else { Role::Text }, format!("{:>7} ", took.map(clock).unwrap_or_default())));
            right.push(span(role, symbol.to_owned()));
        }
        None if book.name.is_empty() || !model.runs_known() => right.push(span(Role::Dim, pad("", WHEN + TOOK, ""))),
        None => right.push(span(Role::Attention, pad("never", WHEN + TOOK, ""))),
    }
    let rto = book.rto.and_then(|rto| std::time::Duration::try_from_secs_f64(rto).ok()).map(short).unwrap_or_default();
    right.push(span(Role::Dim, format!("{rto:>RTO$}")));
    both(left, right, columns, glyphs.ellipsis)
}

fn run(model: &Model, run: &Run, selected: bool, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let glyphs = theme.glyphs;
    let span = |role, text: String| Span::styled(text, theme.style(role));
    let (symbol, role, word) = standing(run, glyphs);
    let mut left = lead(model, selected, symbol, role);
    let info = match &run.info {
        Ok(info) => info,
        Err(why) => {
            left.push(span(Role::Text, format!("{}  ", run.run)));
            left.push(span(Role::Dim, clean(why).into_owned()));
            return both(left, Vec::new(), columns, glyphs.ellipsis);
        }
    };
    left.push(Span::styled(pad(info.kind.word(), KIND, ""), theme.kind_border(Some(info.kind), true)));
    left.push(span(Role::Text, clean(&info.title).into_owned()));
    let state = match &info.driver {
        Some(Some(holder)) if columns >= ROOMY && !run.finished() => format!("driven by {}", holder.name),
        _ => word.to_owned(),
    };
    let begun = run.begun.map(|begun| age(model.now, begun)).unwrap_or_default();
    let right = vec![
        span(role, pad(&state, state_columns(columns), glyphs.ellipsis)),
        span(Role::Text, pad(&begun, WHEN, "")),
        span(Role::Text, format!("{:>8}", run.took().map(clock).unwrap_or_default())),
    ];
    both(left, right, columns, glyphs.ellipsis)
}
