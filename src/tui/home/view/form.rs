//! The form for parameters, and the field for the word that starts something real.

use ratatui::text::{Line, Span};
use tui_input::Input;

use super::dialog::Below;
use crate::engine::RunKind;
use crate::tui::dialog::Field;
use crate::tui::home::form::{Form, ParamField};
use crate::tui::home::model::Model;
use crate::tui::text::{clean, fit, pad, take_columns, width};
use crate::tui::theme::Role;
use crate::tui::view::pen::Pen;

/// Columns of a parameter's name.
const NAME: usize = 20;
/// Columns of what is typed, at most.
const VALUE: usize = 36;

/// What is about to be started.
pub(super) fn intro(pen: &mut Pen, kind: RunKind, form: &Form, elsewhere: Option<&str>) {
    let (role, text) = match (kind, elsewhere) {
        (RunKind::Drill, _) => (Role::Good, "DRILL: a simulated world. Nothing real is touched.".to_owned()),
        (RunKind::DryRun, None) => (Role::Running, "DRY RUN: the real AWS is read. Nothing is changed.".to_owned()),
        (RunKind::DryRun, Some(url)) => (Role::Running, format!("DRY RUN via {url}, which is not AWS. Nothing is changed.")),
        (RunKind::Live, None) => (Role::Bad, "LIVE: the real AWS. You are asked once more before it starts.".to_owned()),
        (RunKind::Live, Some(url)) => (Role::Bad, format!("LIVE via {url}, which is not AWS. You are asked once more before it starts.")),
    };
    pen.text(role, 0, &text);
    pen.text(Role::Dim, 0, &form.book.file.display().to_string());
}

/// Every parameter: its name and value, and below them what it takes or what is wrong.
pub(super) fn fields(model: &Model, form: &Form, columns: usize) -> Below {
    let mut pen = Pen::new(&model.theme, columns);
    let mut below = Below::default();
    for (at, field) in form.fields.iter().enumerate() {
        pen.lines.push(Line::default());
        let first = pen.lines.len();
        let has_keys = at == form.focus;
        if let Some(column) = one(&mut pen, field, has_keys) {
            below.cursor = Some((first, column));
        }
        if has_keys {
            below.wanted = (first - 1, pen.lines.len() - 1);
        }
    }
    below.lines = pen.lines;
    below
}

/// Writes a field; gives the cursor's column where it has the keys.
fn one(pen: &mut Pen, field: &ParamField, has_keys: bool) -> Option<usize> {
    let glyphs = pen.theme.glyphs;
    let wrong = field.problem.as_ref().filter(|_| field.touched || !field.required());
    let (mark, mark_role) = match (wrong, &field.problem) {
        (Some(_), _) => (glyphs.failed, Role::Bad),
        (None, Some(_)) => (glyphs.attention, Role::Attention),
        (None, None) => (glyphs.done, Role::Good),
    };
    let pointer = if has_keys { glyphs.pointer } else { " " };
    let name = pad(&field.param.name, NAME, glyphs.ellipsis);
    let lead = vec![
        pen.span(Role::Key, pointer.to_owned()),
        pen.span(mark_role, format!("{mark} ")),
        pen.span(if has_keys { Role::Strong } else { Role::Text }, format!("{name} ")),
    ];
    let before: usize = lead.iter().map(Span::width).sum();
    let mut spans = lead;
    let mut cursor = None;
    if field.param.choices.is_empty() {
        let room = VALUE.min(pen.width.saturating_sub(before + 24)).max(8);
        let (line, column) = input(&field.input, room);
        cursor = Some(before + column);
        spans.push(pen.span(Role::Input, line));
    } else {
        let choices = &field.param.choices;
        let room = pen.width.saturating_sub(before + 24);
        let all: usize = choices.iter().map(|choice| width(choice) + 2).sum();
        let at = choices.iter().position(|choice| choice == field.input.value());
        // Too many for the line: only the chosen one, and how many there are.
        let shown = if all <= room { &choices[..] } else { at.map_or(&[][..], |at| &choices[at..=at]) };
        for choice in shown {
            let chosen = choice == field.input.value();
            let (role, text) = if chosen { (Role::Selected, format!("[{choice}]")) } else { (Role::Dim, format!(" {choice} ")) };
            spans.push(pen.span(role, clean(&text).into_owned()));
        }
        if all > room {
            let place = at.map_or_else(|| format!("one of {}", choices.len()), |at| format!(" {} of {}", at + 1, choices.len()));
            spans.push(pen.span(Role::Dim, place));
        }
    }
    let state = match &field.param.default {
        _ if field.missing() => pen.span(if wrong.is_some() { Role::Bad } else { Role::Attention }, "required"),
        _ if wrong.is_some() => pen.span(Role::Bad, "not allowed"),
        None => pen.span(Role::Dim, "required"),
        Some(_) if field.is_default() => pen.span(Role::Dim, "default"),
        Some(default) => pen.span(Role::Dim, format!("default {}", fit(default, 14, glyphs.ellipsis))),
    };
    pen.both(spans, vec![state]);
    let indent = " ".repeat(before);
    if let Some(problem) = wrong {
        pen.hang(Role::Bad, &indent, Role::Text, problem);
    } else {
        let what = field.param.description.as_ref().map(|text| format!("{text}: ")).unwrap_or_default();
        let turn = if has_keys && !field.param.choices.is_empty() { "; left, right choose" } else { "" };
        pen.hang(Role::Dim, &indent, Role::Text, &format!("{what}{}{turn}", field.param.takes));
    }
    cursor.filter(|_| has_keys)
}

/// What is typed in so many columns, and the cursor's column in it.
fn input(input: &Input, room: usize) -> (String, usize) {
    let start = input.visual_scroll(room.saturating_sub(1));
    let before = take_columns(input.value(), start).len();
    let visible = fit(&input.value()[before..], room, "");
    let blanks = "_".repeat(room.saturating_sub(width(&visible)));
    (format!("{visible}{blanks}"), input.visual_cursor().saturating_sub(start))
}

/// The field for the word that starts something real.
pub(super) fn typed(model: &Model, field: &Field, columns: usize) -> Below {
    let mut pen = Pen::new(&model.theme, columns);
    let glyphs = model.theme.glyphs;
    let problem = field.problem();
    let (mark, role) = if problem.is_none() { (glyphs.done, Role::Good) } else { (glyphs.waiting, Role::Attention) };
    pen.lines.push(Line::default());
    let label = vec![pen.span(role, format!("{mark} ")), pen.span(Role::Strong, clean(&field.label).into_owned())];
    let hint = problem.map(|problem| vec![pen.span(Role::Dim, problem)]).unwrap_or_default();
    pen.both(label, hint);
    let (line, column) = input(&field.input, 24.min(columns.saturating_sub(2)).max(1));
    let cursor = Some((pen.lines.len(), 2 + column));
    pen.lines.push(Line::from(vec![pen.span(Role::Key, format!("{} ", glyphs.pointer)), pen.span(Role::Input, line)]));
    let last = pen.lines.len() - 1;
    Below { lines: pen.lines, wanted: (0, last), cursor }
}
