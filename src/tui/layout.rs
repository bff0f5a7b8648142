//! Where things are. Shared by drawing and by the mouse.

use ratatui::layout::{Constraint, Layout, Rect};

use super::model::{Model, Screen};
use super::text;

/// The areas of a screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Areas {
    /// Three lines: which world, the two clocks, what goes on.
    pub header: Rect,
    /// The list of steps; empty outside the steps screen.
    pub steps: Rect,
    /// The details; empty outside the steps screen.
    pub details: Rect,
    /// The timeline; the whole body on its own screen.
    pub timeline: Rect,
    /// The summary; empty outside its screen.
    pub summary: Rect,
    /// The whole body, for a view that takes all of it; empty elsewhere.
    pub body: Rect,
    /// A message; empty when there is none.
    pub flash: Rect,
    /// The keys.
    pub footer: Rect,
}

/// The areas for the model's size.
pub(super) fn areas(model: &Model) -> Areas {
    let whole = Rect::new(0, 0, model.size.width, model.size.height);
    let flash = model.flash.as_ref().map_or(0, |flash| text::wrap(&flash.text, usize::from(whole.width.saturating_sub(4))).len().min(4));
    let flash = u16::try_from(flash).unwrap_or(4);
    let [header, body, flash, footer] =
        Layout::vertical([Constraint::Length(3), Constraint::Min(0), Constraint::Length(flash), Constraint::Length(1)]).areas(whole);
    let mut areas = Areas { header, flash, footer, ..Areas::default() };
    match model.screen {
        Screen::Timeline => areas.timeline = body,
        Screen::Summary => areas.summary = body,
        Screen::Gantt | Screen::Plan => areas.body = body,
        Screen::Steps => {
            let below = match body.height {
                0..=22 => 5,
                23..=40 => 8,
                _ => 11,
            };
            let [above, timeline] = Layout::vertical([Constraint::Min(0), Constraint::Length(below)]).areas(body);
            let left = (whole.width * 2 / 5).clamp(36, 56);
            let [steps, details] = Layout::horizontal([Constraint::Length(left), Constraint::Min(0)]).areas(above);
            (areas.steps, areas.details, areas.timeline) = (steps, details, timeline);
        }
    }
    areas
}
