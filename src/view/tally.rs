//! What the steps of a run add up to, kept up to date event by event: a screen asks for it many times a second, whatever the number
//! of steps.

use std::collections::BTreeSet;

use crate::engine::{RunKind, RunPhase, State, StepPhase};
use crate::plan::{OnFailure, Plan, Step};

/// The sums. Steps are named by their places in the state's list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Those that cannot go on before a person acts.
    pub waiting: BTreeSet<usize>,
    /// Those with work under way outside.
    pub in_flight: BTreeSet<usize>,
    /// Those that will be tried again by themselves.
    pub retrying: BTreeSet<usize>,
    /// Those whose call took effect and that have a rollback.
    pub undoable: BTreeSet<usize>,
    /// Those that stand failed.
    pub failing: BTreeSet<usize>,
    /// How many are done, or shown by a dry run.
    pub done: usize,
    /// How many were left out.
    pub skipped: usize,
    /// How many have failed.
    pub failed: usize,
    /// How many there are; a rollback nobody has asked for is none.
    pub all: usize,
    kept: Vec<Kept>,
}

/// What a step was last counted as.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Kept {
    done: bool,
    skipped: bool,
    failed: bool,
    counts: bool,
}

impl Tally {
    /// The sums of a whole run.
    pub fn of(state: &State) -> Self {
        let mut tally = Self { kept: vec![Kept::default(); state.steps.len()], ..Self::default() };
        for place in 0..state.steps.len() {
            tally.update(state, place);
        }
        tally
    }

    /// Counts one step anew.
    pub(super) fn update(&mut self, state: &State, place: usize) {
        let (Some((id, step)), Some(kept)) = (state.steps.get_index(place), self.kept.get_mut(place)) else { return };
        let now = Kept {
            done: matches!(step.phase, StepPhase::Succeeded | StepPhase::Planned),
            skipped: matches!(step.phase, StepPhase::Skipped { .. }),
            failed: step.phase == StepPhase::Failed,
            counts: step.phase != StepPhase::Dormant,
        };
        let count = |sum: &mut usize, before: bool, after: bool| *sum = *sum + usize::from(after) - usize::from(before);
        count(&mut self.done, kept.done, now.done);
        count(&mut self.skipped, kept.skipped, now.skipped);
        count(&mut self.failed, kept.failed, now.failed);
        count(&mut self.all, kept.counts, now.counts);
        *kept = now;
        put(&mut self.waiting, place, waits(state, place));
        put(&mut self.in_flight, place, step.phase.is_in_flight());
        put(&mut self.retrying, place, step.phase == StepPhase::Retrying);
        put(&mut self.failing, place, step.phase == StepPhase::Failed);
        put(&mut self.undoable, place, step.is_touched() && state.plan.rollbacks.contains_key(id));
    }
}

fn put(set: &mut BTreeSet<usize>, place: usize, belongs: bool) {
    if belongs {
        set.insert(place);
    } else {
        set.remove(&place);
    }
}

/// A step of the plan by its place in the state's list: the forward steps, then the rollbacks.
pub fn plan_step(plan: &Plan, place: usize) -> Option<&Step> {
    plan.steps.get(place).or_else(|| plan.rollbacks.get_index(place.checked_sub(plan.steps.len())?).map(|(_, step)| step))
}

/// The step cannot go on before a person acts.
fn waits(state: &State, place: usize) -> bool {
    let Some(((_, step), plan)) = state.steps.get_index(place).zip(plan_step(&state.plan, place)) else { return false };
    let backwards = state.rolling_back && place < state.plan.steps.len();
    state.phase == RunPhase::Running
        && match step.phase {
            // A dry run shows its changes by itself; nothing goes forward in a run that is being rolled back.
            StepPhase::Proposed => state.kind != RunKind::DryRun && !backwards,
            StepPhase::Failed => plan.on_failure != OnFailure::Continue && !backwards,
            _ => step.phase.waits_for_person(),
        }
}
