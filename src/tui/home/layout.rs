//! Where things are on the home screen. Shared by drawing and by the mouse.

use ratatui::layout::{Constraint, Layout, Rect};

use super::model::Model;
use crate::tui::text;

/// From this width on, the details stand beside the list.
const BESIDE: u16 = 110;

/// The areas of the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Areas {
    /// Two lines: where we are, and what there is.
    pub(super) header: Rect,
    pub(super) list: Rect,
    pub(super) details: Rect,
    /// A message; empty when there is none.
    pub(super) flash: Rect,
    /// The keys.
    pub(super) footer: Rect,
}

/// The areas for the model's size.
pub(super) fn areas(model: &Model) -> Areas {
    let whole = Rect::new(0, 0, model.size.width, model.size.height);
    let flash = model.flash.as_ref().map_or(0, |flash| text::wrap(&flash.text, usize::from(whole.width.saturating_sub(4))).len().min(4));
    let flash = u16::try_from(flash).unwrap_or(4);
    let [header, body, flash, footer] =
        Layout::vertical([Constraint::Length(2), Constraint::Min(0), Constraint::Length(flash), Constraint::Length(1)]).areas(whole);
    let [list, details] = if whole.width >= BESIDE {
        let left = (whole.width * 31 / 50).min(112);
        Layout::horizontal([Constraint::Length(left), Constraint::Min(0)]).areas(body)
    } else {
        let below = body.height * 9 / 20;
        Layout::vertical([Constraint::Min(0), Constraint::Length(below)]).areas(body)
    };
    Areas { header, list, details, flash, footer }
}

/// Lines of the list that can be seen.
pub(super) fn list_height(model: &Model) -> usize {
    let typed = usize::from(model.filtering || !model.filter.value().is_empty());
    usize::from(areas(model).list.height.saturating_sub(2)).saturating_sub(typed).max(1)
}

/// Columns of a report's lines.
pub(super) fn report_columns(model: &Model) -> usize {
    usize::from(model.size.width.saturating_sub(4)).max(1)
}
