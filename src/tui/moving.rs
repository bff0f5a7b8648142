//! Moving the selection and scrolling.

use super::keymap::Do;
use super::model::{Model, Pane, Screen};
use super::rows::{Row, Selected};
use super::view;
use super::{layout, mark};

/// Moves in whatever has the arrow keys.
pub(super) fn go(model: &mut Model, what: Do) {
    match (model.screen, model.focus, what) {
        (Screen::Summary, ..) => {
            let most = view::summary_overflow(model);
            let page = page(layout::areas(model).summary.height);
            scroll(&mut model.details_scroll, what, 1, page, most);
        }
        (Screen::Gantt, _, Do::PageUp | Do::PageDown) => {
            let page = page(layout::areas(model).body.height);
            select_by(model, if what == Do::PageUp { usize::saturating_sub } else { usize::saturating_add }, page);
        }
        (Screen::Plan, _, Do::PageUp | Do::PageDown) => super::changes::page(model, what),
        (Screen::Gantt | Screen::Plan, ..) => select(model, what),
        (Screen::Timeline, ..) => mark::go(model, what),
        (Screen::Steps, Pane::Timeline, _) => timeline(model, what),
        (Screen::Steps, _, Do::PageUp | Do::PageDown) | (Screen::Steps, Pane::Details, _) => details(model, what),
        (Screen::Steps, Pane::Steps, _) => select(model, what),
    }
}

/// Scrolls the details.
pub(super) fn details(model: &mut Model, what: Do) {
    let most = view::details_overflow(model);
    let page = page(layout::areas(model).details.height);
    scroll(&mut model.details_scroll, what, 1, page, most);
}

/// Scrolls the timeline, which is held at its end.
pub(super) fn timeline(model: &mut Model, what: Do) {
    let most = view::timeline_overflow(model);
    let page = page(layout::areas(model).timeline.height);
    let mirrored = match what {
        Do::Up => Do::Down,
        Do::Down => Do::Up,
        Do::First => Do::Last,
        Do::Last => Do::First,
        Do::PageUp => Do::PageDown,
        _ => Do::PageUp,
    };
    scroll(&mut model.timeline_back, mirrored, 1, page, most);
}

pub(super) fn page(height: u16) -> usize {
    usize::from(height.saturating_sub(4)).max(1)
}

fn scroll(at: &mut usize, what: Do, line: usize, page: usize, most: usize) {
    let to = match what {
        Do::Up => at.saturating_sub(line),
        Do::Down => *at + line,
        Do::PageUp => at.saturating_sub(page),
        Do::PageDown => *at + page,
        Do::First => 0,
        _ => most,
    };
    *at = to.min(most);
}

/// Moves the selection; it follows the run no longer.
pub(super) fn select(model: &mut Model, what: Do) {
    match what {
        Do::Up => select_by(model, usize::saturating_sub, 1),
        Do::Down => select_by(model, usize::saturating_add, 1),
        Do::First => select_by(model, |_, _| 0, 0),
        _ => select_by(model, |_, last| last, usize::MAX),
    }
}

fn select_by(model: &mut Model, go: fn(usize, usize) -> usize, by: usize) {
    let rows: Vec<Selected> = model.rows.iter().filter_map(selected_by).collect();
    let at = rows.iter().position(|row| *row == model.selected).unwrap_or(0);
    let to = go(at, by);
    if let Some(row) = rows.get(to.min(rows.len().saturating_sub(1))) {
        model.follow = false;
        model.select(*row);
    }
}

/// Selects a row by its place.
pub(super) fn select_row(model: &mut Model, row: usize) {
    if let Some(selected) = model.rows.get(row).and_then(selected_by) {
        model.follow = false;
        model.select(selected);
    }
}

fn selected_by(row: &Row) -> Option<Selected> {
    match row {
        Row::Run => Some(Selected::Run),
        Row::Step { index, .. } => Some(Selected::Step(*index)),
        Row::Heading(_) => None,
    }
}
