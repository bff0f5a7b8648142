//! Taking up a run that stopped.

use super::event::{Actor, Event};
use super::input::Effect;
use super::proof;
use super::state::{RunPhase, State, StepPhase};
use super::turn::{Decision, Turn};
use crate::clock::Stamp;
use crate::id::StepId;

/// What a resumed run does first: it looks. No mutating call follows from a recovery alone.
///
/// A call whose outcome is not in the journal is in doubt; a confirmation that was being rechecked is asked for again; reads
/// that were under way are made again.
///
/// `alive_ms` is when the process before is known to have been there last, by the run's monotonic clock: the time since then is not
/// counted against any step.
pub fn recover(state: &State, at: Stamp, by: Actor, alive_ms: Option<u64>) -> Decision {
    let mut turn = Turn::new(state, at);
    if matches!(state.phase, RunPhase::Finished { .. }) {
        return turn.done();
    }
    let absent_ms = at.mono_ms.saturating_sub(alive_ms.unwrap_or_default().max(state.last.mono_ms));
    let reason = "the run is taken up again from its journal".into();
    turn.emit(Event::RunResumed { by, reason, absent_ms: Some(absent_ms) });
    match &state.phase {
        RunPhase::Identifying => turn.effect(Effect::Identify),
        RunPhase::Opening { by, .. } => {
            let (by, reason) = (by.clone(), "the run was interrupted while it was being opened".to_owned());
            turn.emit(Event::RunOpenRefused { by, reason, readings: Vec::new() });
        }
        RunPhase::Gate | RunPhase::Running | RunPhase::Finished { .. } => {}
    }
    let steps: Vec<(StepId, u32, StepPhase)> =
        state.steps.iter().map(|(id, step)| (id.clone(), step.attempt, step.phase.clone())).collect();
    if state.rolling_back {
        turn.shelve();
    }
    turn.begin_delays();
    for (id, attempt, phase) in steps {
        // Left out just now, because the run is being rolled back.
        if turn.state.steps.get(&id).is_some_and(|step| step.phase == phase) {
            recover_step(&mut turn, id, attempt, phase);
        }
    }
    turn.schedule();
    turn.done()
}

fn recover_step(turn: &mut Turn, id: StepId, attempt: u32, phase: StepPhase) {
    match phase {
        StepPhase::Observing if turn.state.steps.get(&id).is_some_and(|step| step.times.applied.is_some()) => {
            turn.wait_for_accepted(&id, attempt);
        }
        StepPhase::Observing => turn.effect(Effect::Observe(id, attempt)),
        StepPhase::Proposed | StepPhase::Confirming => {
            if phase == StepPhase::Confirming {
                let reason = "the run was interrupted before the step began".to_owned();
                turn.emit(Event::StepConfirmationRefused { step: id.clone(), reason, readings: Vec::new() });
            }
            let with = turn.state.steps.get(&id).map(|step| step.with.value()).unwrap_or_default();
            turn.emit(Event::StepReady { step: id.clone(), attempt, with });
            turn.effect(Effect::Observe(id, attempt));
        }
        StepPhase::Applying => {
            let reason = "the run stopped after the call was decided on and before its outcome was recorded".to_owned();
            turn.doubt(&id, attempt, reason);
        }
        StepPhase::InDoubt { reason, .. } => turn.doubt(&id, attempt, reason),
        StepPhase::Settling => turn.effect(Effect::Poll(id, attempt)),
        StepPhase::Verifying => proof::recover(turn, &id, attempt),
        // A batch of which a power cut left only the beginning: the failure is there, what `retry` made of it is not.
        StepPhase::Failed => {
            if let Some(delay) = turn.retry_of(&id) {
                turn.retry_after(&id, delay);
            }
        }
        StepPhase::Waiting
        | StepPhase::Dormant
        | StepPhase::Succeeded
        | StepPhase::Planned
        | StepPhase::Retrying
        | StepPhase::Skipped { .. } => {}
    }
}
