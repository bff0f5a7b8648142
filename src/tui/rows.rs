//! The rows of the steps pane: the run, the phases as headings, the steps, the rollbacks once there are any.

use std::collections::{HashMap, HashSet};

use crate::engine::State;
use crate::id::StepId;
use crate::plan::Plan;
use crate::view::due_rollbacks;
pub use crate::view::plan_step;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// The run as a whole.
    Run,
    /// A phase's name.
    Heading(String),
    /// A step, by its place in the state's list.
    Step {
        /// Its place.
        index: usize,
        /// Whether it stands in a group of branches that do not wait for one another, and where in it.
        branch: Option<Branch>,
    },
}

/// The place of a step among parallel branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// The first.
    First,
    /// Between.
    Middle,
    /// The last.
    Last,
}

impl Row {
    /// The row can be selected.
    pub fn selectable(&self) -> bool {
        !matches!(self, Self::Heading(_))
    }
}

/// What is selected in the steps pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selected {
    /// The run as a whole.
    Run,
    /// A step, by its place in the state's list.
    Step(usize),
}

impl Selected {
    /// This row is the selected one.
    pub fn is(self, row: &Row) -> bool {
        match (self, row) {
            (Self::Run, Row::Run) => true,
            (Self::Step(selected), Row::Step { index, .. }) => selected == *index,
            _ => false,
        }
    }
}

/// The rows of a run.
pub fn rows(state: &State) -> Vec<Row> {
    let plan = &state.plan;
    let branches = branches(plan);
    let mut rows = Vec::with_capacity(plan.steps.len() + 8);
    rows.push(Row::Run);
    let mut phase: Option<&str> = None;
    for (index, step) in plan.steps.iter().enumerate() {
        if step.phase.as_deref() != phase {
            phase = step.phase.as_deref();
            rows.push(Row::Heading(phase.unwrap_or("Then").to_owned()));
        }
        rows.push(Row::Step { index, branch: branches[index] });
    }
    if state.rolling_back {
        let due = due_rollbacks(state);
        if !due.is_empty() {
            rows.push(Row::Heading("Roll back".into()));
        }
        rows.extend(due.into_iter().map(|index| Row::Step { index, branch: None }));
    }
    rows
}

/// For each step, its place in a run of neighbours of which none waits for another.
fn branches(plan: &Plan) -> Vec<Option<Branch>> {
    let place: HashMap<&StepId, usize> = plan.steps.iter().enumerate().map(|(i, step)| (&step.id, i)).collect();
    let mut out = vec![None; plan.steps.len()];
    let mut start = 0;
    for i in 0..plan.steps.len() {
        let joins = i > start && !reaches(plan, &place, i, start..i);
        if !joins {
            close(&mut out, start, i);
            start = i;
        }
    }
    close(&mut out, start, plan.steps.len());
    out
}

fn close(out: &mut [Option<Branch>], start: usize, end: usize) {
    if end - start < 2 {
        return;
    }
    out[start..end].fill(Some(Branch::Middle));
    out[start] = Some(Branch::First);
    out[end - 1] = Some(Branch::Last);
}

/// Whether step `from` waits, directly or through others, for one of `group`.
fn reaches(plan: &Plan, place: &HashMap<&StepId, usize>, from: usize, group: std::ops::Range<usize>) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![from];
    while let Some(i) = open.pop() {
        for need in plan.steps[i].needs.iter().filter_map(|id| place.get(id).copied()) {
            if group.contains(&need) {
                return true;
            }
            // What stands above the group can lead into it only by a need that points downwards; follow those too.
            if seen.insert(need) && (need > group.start || plan.steps[need].needs.iter().any(|id| place.get(id) > Some(&need))) {
                open.push(need);
            }
        }
    }
    false
}
