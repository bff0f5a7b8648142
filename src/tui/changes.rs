//! The list of all changes: what they put at risk together, and how far the list is scrolled. Only what is on the screen is written,
//! so the place is a row and a line of it, and not a line of the whole.

use std::collections::BTreeSet;

use super::keymap::Do;
use super::model::{Model, Screen};
use super::rows::{Row, Selected};
use super::{layout, view};
use crate::engine::State;
use crate::plan::Confirm;

/// What only the screen knows about the list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// The first row that is shown.
    pub top: usize,
    /// How many of its lines are above the screen.
    pub line: usize,
    /// What the changes put at risk.
    pub radius: Radius,
    radius_of: Option<u64>,
    shown: Option<Selected>,
}

/// What all changes of a run put at risk together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Radius {
    /// Steps, without the rollbacks.
    pub steps: usize,
    /// Those that change something.
    pub changing: usize,
    /// Those of them whose change is known exactly.
    pub known: usize,
    /// Those of them that are already as wanted.
    pub already: usize,
    /// The resources of the known changes.
    pub resources: usize,
    /// The regions of all changes.
    pub regions: BTreeSet<String>,
    /// Changes that cannot be undone.
    pub irreversible: usize,
    /// Known changes that lose data.
    pub losing: usize,
    /// Changes that can be undone, and for which the runbook has no rollback.
    pub without_rollback: usize,
    /// Of which nobody can say whether they can be undone: commands without a rollback.
    pub unknown: usize,
    /// Steps that ask for a confirmation.
    pub asking: usize,
}

impl Radius {
    fn of(state: &State) -> Self {
        let mut radius = Self { steps: state.plan.steps.len(), ..Self::default() };
        let mut resources = BTreeSet::new();
        for (plan, step) in state.plan.steps.iter().zip(state.steps.values()) {
            radius.asking += usize::from(*plan.confirm_for(step.change.as_ref()) != Confirm::None);
            if !plan.mutates {
                continue;
            }
            radius.changing += 1;
            let target = plan.target.as_ref().and_then(|id| state.plan.targets.get(id)).map(|target| target.region.as_str());
            let change = step.change.as_ref();
            let region = change.map(|change| change.region.as_str()).filter(|region| !region.is_empty()).or(target);
            if let Some(region) = region.filter(|region| !radius.regions.contains(*region)) {
                radius.regions.insert(region.to_owned());
            }
            if let Some(change) = change {
                radius.known += 1;
                radius.already += usize::from(change.already);
                radius.losing += usize::from(change.data_loss.is_some());
                resources.insert((change.region.as_str(), change.resource.as_str()));
            }
            let lasting = !plan.reversible || change.is_some_and(|change| !change.reversible && !change.already);
            radius.irreversible += usize::from(lasting);
            radius.unknown += usize::from(!lasting && state.plan.is_undo_unknown(plan));
            radius.without_rollback += usize::from(!lasting && !plan.is_opaque() && !state.plan.rollbacks.contains_key(&plan.id));
        }
        radius.resources = resources.len();
        radius
    }
}

/// Brings up to date what the list shows.
pub(super) fn refresh(model: &mut Model) {
    let (Some(state), Screen::Plan) = (model.run.state.as_ref(), model.screen) else { return };
    if model.changes.radius_of != Some(model.run.records) {
        model.changes.radius = Radius::of(state);
        model.changes.radius_of = Some(model.run.records);
    }
    if model.changes.shown != Some(model.selected) {
        model.changes.shown = Some(model.selected);
        show_selected(model);
    }
    hold(model);
}

/// Scrolls as little as shows the whole selected entry.
fn show_selected(model: &mut Model) {
    let Some(at) = model.rows.iter().position(|row| model.selected.is(row)) else { return };
    // The heading above the first row of a phase comes into view with it.
    let top = if at > 0 && !model.rows[at - 1].selectable() { at - 1 } else { at };
    let (first, line) = (model.changes.top, model.changes.line);
    if (top, 0) < (first, line) {
        (model.changes.top, model.changes.line) = (top, 0);
        return;
    }
    let lowest = back_from(model, at + 1);
    // An entry longer than the screen shows its beginning.
    (model.changes.top, model.changes.line) = lowest.min((top, 0)).max((first, line));
}

/// Keeps the last line at the foot of the screen.
fn hold(model: &mut Model) {
    let most = back_from(model, model.rows.len());
    (model.changes.top, model.changes.line) = (model.changes.top, model.changes.line).min(most);
}

/// The place from which the rows before `end` just fill the screen.
fn back_from(model: &Model, end: usize) -> (usize, usize) {
    let mut room = height(model);
    for row in (0..end.min(model.rows.len())).rev() {
        let lines = view::plan_height(model, row);
        if lines >= room {
            return (row, lines - room);
        }
        room -= lines;
    }
    (0, 0)
}

fn height(model: &Model) -> usize {
    usize::from(layout::areas(model).body.height.saturating_sub(2)).max(1)
}

/// A page up or down; the selection stays where it is, and follows the run no longer.
pub(super) fn page(model: &mut Model, what: Do) {
    model.follow = false;
    let mut lines = height(model).saturating_sub(2).max(1);
    let (mut top, mut line) = (model.changes.top, model.changes.line);
    if what == Do::PageDown {
        while top < model.rows.len() {
            let rest = view::plan_height(model, top).saturating_sub(line);
            if lines < rest {
                line += lines;
                break;
            }
            lines -= rest;
            (top, line) = (top + 1, 0);
        }
    } else {
        while lines > line && top > 0 {
            lines -= line;
            top -= 1;
            line = view::plan_height(model, top);
        }
        line = line.saturating_sub(lines);
    }
    (model.changes.top, model.changes.line) = (top, line);
    hold(model);
}

/// Selects the entry on a line of the pane, its border being the first.
pub(super) fn click(model: &mut Model, line: usize) {
    let Some(mut rest) = line.checked_sub(1).map(|line| line + model.changes.line) else { return };
    for row in model.changes.top..model.rows.len() {
        let lines = view::plan_height(model, row);
        if rest < lines {
            if !matches!(model.rows[row], Row::Heading(_)) {
                super::moving::select_row(model, row);
            }
            return;
        }
        rest -= lines;
    }
}
