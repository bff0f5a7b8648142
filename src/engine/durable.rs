//! Which events must be on the disk before anything follows from them.

use super::event::Event;
use super::state::State;

/// Whether a batch with `event` must be synced before the run goes on. `state` is the state after it.
///
/// What a power cut must not take: the intent of a mutating call, its outcome, the end of a step, and every decision about the run.
/// Everything else is written at once, so that a killed process loses nothing, and reaches the disk with the next of these: a lost
/// look, proposal or confirmation is looked for, shown or asked for again, and nothing was done on the strength of it.
pub fn must_be_durable(state: &State, event: &Event) -> bool {
    match event {
        Event::StepReady { .. }
        | Event::StepProposed { .. }
        | Event::StepConfirming { .. }
        | Event::StepConfirmationRefused { .. }
        | Event::StepConfirmed { .. }
        | Event::StepHeldBack { .. }
        | Event::StepSettled { .. } => false,
        // A step that changes nothing outside can be gone through again.
        Event::StepIntent { step, .. } | Event::StepApplied { step, .. } => state.plan.step(step).is_none_or(|step| step.mutates),
        _ => true,
    }
}
