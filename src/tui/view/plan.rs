//! The changes of all steps in one list, and what they put at risk together.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::pen::Pen;
use super::{pane, plan_entry, radius, search};
use crate::tui::model::Model;
use crate::tui::rows::Row;
use crate::tui::search::marked;
use crate::tui::theme::Role;

/// Draws it on the whole body.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let radius = &model.changes.radius;
    let lasting = if radius.irreversible > 0 { format!(", {} CANNOT BE UNDONE", radius.irreversible) } else { String::new() };
    let title = format!("Plan: {} of {} steps change something{lasting}", radius.changing, radius.steps);
    let title = search::title(model, &title);
    let mut block = pane::block(model, &title, true, area.width);
    let inner = block.inner(area);
    let height = usize::from(inner.height);
    let mut lines: Vec<Line> = Vec::new();
    let mut row = model.changes.top;
    while row < model.rows.len() && lines.len() < height + model.changes.line {
        lines.extend(write(model, row));
        row += 1;
    }
    let cut = lines.len().saturating_sub(height + model.changes.line);
    // Entries are counted, not lines: to know those, all would have to be written.
    let hidden = |rows: &[Row]| rows.iter().filter(|row| row.selectable()).count();
    let above = hidden(&model.rows[..model.changes.top.min(model.rows.len())]).max(usize::from(model.changes.line > 0));
    let below = hidden(&model.rows[row..]) + usize::from(cut > 1);
    if let Some(foot) = pane::more(model, above, below) {
        block = block.title_bottom(foot.right_aligned());
    }
    frame.render_widget(block, area);
    let (sought, style) = (model.search.text.value(), model.theme.style(Role::Match));
    let shown: Vec<Line> = lines.into_iter().skip(model.changes.line).take(height).map(|line| marked(line, sought, style)).collect();
    frame.render_widget(Paragraph::new(shown), inner);
    search::prompt(model, frame, inner);
}

/// How many lines a row takes.
pub(in crate::tui) fn height(model: &Model, row: usize) -> usize {
    write(model, row).len()
}

fn write(model: &Model, row: usize) -> Vec<Line<'static>> {
    let mut pen = Pen::new(&model.theme, usize::from(model.size.width.saturating_sub(2)));
    let (Some(row), Some(state)) = (model.rows.get(row), model.state()) else { return pen.lines };
    let selected = model.selected.is(row);
    match row {
        Row::Run => radius::write(&mut pen, model, state),
        Row::Heading(phase) => pen.text(Role::Heading, 1, phase),
        Row::Step { index, .. } => {
            if let Some((plan, step)) = model.step(*index) {
                plan_entry::write(&mut pen, model, state, *index, plan, step);
            }
        }
    }
    if let Some(first) = pen.lines.first_mut().filter(|_| selected) {
        *first = std::mem::take(first).patch_style(model.theme.style(Role::Selected));
    }
    pen.lines
}
