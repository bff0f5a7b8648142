//! The first two lines: where we are, and what there is.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::words::counted;
use crate::tui::home::model::{Model, Reading};
use crate::tui::home::rows::{Group, group};
use crate::tui::text::{clean, width};
use crate::tui::theme::Role;
use crate::tui::view::pen::both;

/// Draws both.
pub(super) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let theme = &model.theme;
    let columns = usize::from(area.width);
    let span = |role, text: String| Span::styled(text, theme.style(role));
    let left = vec![span(Role::Strong, " lifeboat  ".into()), span(Role::Text, clean(&model.place.folder).into_owned())];
    let when = model.now.strftime("%Y-%m-%d %H:%MZ");
    let right = vec![span(Role::Dim, format!("{}  ", clean(&model.place.operator))), span(Role::Text, format!("{when} "))];
    let lines = vec![both(left, right, columns, theme.glyphs.ellipsis), counts(model, columns)];
    frame.render_widget(Paragraph::new(lines), area);
}

/// The counts, what is wrong first, as many as fit.
fn counts(model: &Model, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let glyphs = theme.glyphs;
    let of = |wanted| model.runs.iter().filter(|run| group(run) == wanted).count();
    let broken = model.books.iter().filter(|book| !book.runs()).count();
    let (damaged, unfinished) = (of(Group::Damaged), of(Group::Unfinished));
    let driven = model.runs.iter().filter(|run| run.driven()).count();
    let facts = [
        (true, Role::Text, counted(model.books.len(), "runbook")),
        (broken > 0, Role::Bad, format!("{} {broken} cannot run", glyphs.failed)),
        (model.problem.is_some(), Role::Bad, format!("{} runs cannot be listed", glyphs.failed)),
        (damaged > 0, Role::Bad, format!("{} {damaged} unreadable", glyphs.failed)),
        (unfinished > 0, Role::Attention, format!("{} {unfinished} unfinished", glyphs.attention)),
        (driven > 0, Role::Running, format!("{driven} driven now")),
        (model.problem.is_none(), Role::Text, format!("{} finished", of(Group::Finished))),
    ];
    let right = match (&model.reading_books, &model.reading_runs) {
        (reading, _) if reading.going => progress(model, "checking runbooks", reading, model.books.len()),
        (_, reading) if reading.going => progress(model, "reading runs", reading, model.runs.len()),
        _ => String::new(),
    };
    let room = columns.saturating_sub(width(&right) + 1);
    let mut spans = vec![Span::raw(" ")];
    for (_, role, text) in facts.into_iter().filter(|(told, ..)| *told) {
        let used: usize = spans.iter().map(Span::width).sum();
        if used + width(&text) + 3 > room {
            break;
        }
        if spans.len() > 1 {
            spans.push(Span::styled(format!(" {} ", glyphs.sep), theme.style(Role::Dim)));
        }
        spans.push(Span::styled(text, theme.style(role)));
    }
    both(spans, vec![Span::styled(right, theme.style(Role::Running))], columns, glyphs.ellipsis)
}

fn progress(model: &Model, what: &str, reading: &Reading, done: usize) -> String {
    let spinner = model.theme.glyphs.spinner;
    let picture = spinner[model.frame() % spinner.len()];
    match reading.of {
        Some(of) if done < of => format!("{picture} {what} {done}/{of} "),
        _ => format!("{picture} {what} "),
    }
}
