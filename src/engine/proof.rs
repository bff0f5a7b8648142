//! The proofs of a step. Those that read come first; when they hold, those that write are sent, one after the other, each with an intent
//! of its own and once; then it is looked at what became of them. What became of one without an answer is for a person to say.

use super::decide::token;
use super::event::Event;
use super::input::Effect;
use super::state::{StepPhase, StepState};
use super::turn::Turn;
use crate::id::{CheckId, StepId};
use crate::plan::{Check, Failure, FailureKind, Happened, Reading, Verdict};

/// Takes the proofs, or ends the step when it has none.
pub(super) fn begin(turn: &mut Turn, id: &StepId, attempt: u32) {
    if turn.step(id).is_some_and(|step| !step.verify.is_empty()) {
        turn.effect(Effect::Verify(id.clone(), attempt));
    } else {
        turn.emit(Event::StepSucceeded { step: id.clone(), readings: Vec::new() });
        turn.schedule();
    }
}

pub(super) fn verified(turn: &mut Turn, id: &StepId, attempt: u32, readings: Vec<Reading>, failure: Option<Failure>) {
    let Some(state) = turn.current(id, attempt, |phase| *phase == StepPhase::Verifying) else { return };
    if let Some(failure) = failure {
        return turn.fail(id, failure, readings);
    }
    let sent = |check: &Check| state.written.iter().any(|written| written.check == check.id);
    let next = turn.step(id).and_then(|step| step.writing_proofs().find(|check| !sent(check))).map(|check| check.id.clone());
    let Some(check) = next else {
        turn.emit(Event::StepSucceeded { step: id.clone(), readings });
        return turn.schedule();
    };
    if turn.state.rolling_back && turn.is_forward(id) {
        let failure = Failure::new(
            FailureKind::NotVerified,
            "its proof that writes was not sent: the run is being rolled back",
            "nothing is to be done",
        );
        let mutates = turn.step(id).is_some_and(|step| step.mutates);
        return turn.fail(id, failure.effect(if mutates { Happened::Yes } else { Happened::No }), readings);
    }
    // A paused run sends nothing; what was read is read again when it goes on.
    if turn.state.paused.is_none() {
        let token = token(&turn.state, check.as_str(), attempt);
        turn.emit(Event::StepProofIntent { step: id.clone(), attempt, check: check.clone(), token, readings });
        turn.effect(Effect::WriteProof(id.clone(), attempt, check));
    }
}

pub(super) fn answered(turn: &mut Turn, id: &StepId, attempt: u32, check: &CheckId, result: Result<Reading, Failure>) {
    let Some(state) = turn.current(id, attempt, |phase| *phase == StepPhase::Verifying) else { return };
    let Some(token) = state.unanswered().filter(|written| written.check == *check).map(|written| written.token.clone()) else { return };
    let title = turn.state.plan.check(check).map_or_else(|| check.to_string(), |check| check.title.clone());
    let mutates = turn.step(id).is_some_and(|step| step.mutates);
    let failed = |what: String, hint: String| Failure::new(FailureKind::NotVerified, what, hint);
    match result {
        Ok(reading) => {
            let verdict = turn.state.verdict_of(&reading);
            let shown = reading.shown.clone();
            turn.emit(Event::StepProofSent { step: id.clone(), attempt, reading });
            let why = match verdict {
                Verdict::Pass => return turn.effect(Effect::Verify(id.clone(), attempt)),
                Verdict::Fail => String::new(),
                Verdict::Unknown(why) => format!(" ({why})"),
            };
            let hint = format!("it may have written all the same: look for {token} in the service; {AGAIN}");
            turn.fail(
                id,
                failed(format!("the proof “{title}” was answered with {shown}, which proves nothing{why}"), hint).effect(Happened::Yes),
                Vec::new(),
            );
        }
        Err(failure) if failure.effect == Happened::No => {
            turn.fail(
                id,
                failed(format!("the proof “{title}” was not sent: {failure}"), format!("nothing was written; {AGAIN}"))
                    .effect(if mutates { Happened::Yes } else { Happened::No }),
                Vec::new(),
            );
        }
        Err(failure) => turn.fail(id, lost(&title, &token, &failure.to_string()), Vec::new()),
    }
}

/// What a person can do about a proof that wrote, or may have.
const AGAIN: &str = "it is not sent again by itself: retry sends it anew, taking the step over means that you have seen it work";

fn lost(title: &str, token: &str, why: &str) -> Failure {
    let message = format!("nobody knows whether the proof “{title}” arrived: {why}");
    let hint = format!("look for {token} in the service, or for what it writes; {AGAIN}");
    Failure::new(FailureKind::NotVerified, message, hint).effect(Happened::Unknown)
}

/// Whether a proof that writes has been sent and not answered yet.
pub(super) fn is_on_its_way(step: &StepState) -> bool {
    step.phase == StepPhase::Verifying && step.unanswered().is_some()
}

/// A paused run goes on: proofs that write were held back meanwhile, and what must hold before them is read again.
pub(super) fn go_on(turn: &mut Turn) {
    let held = |(id, step): &(&StepId, &StepState)| {
        let writes = turn.step(id).map_or(0, |step| step.writing_proofs().count());
        step.phase == StepPhase::Verifying && step.unanswered().is_none() && step.written.len() < writes
    };
    let held: Vec<(StepId, u32)> = turn.state.steps.iter().filter(held).map(|(id, step)| (id.clone(), step.attempt)).collect();
    for (id, attempt) in held {
        turn.effect(Effect::Cancel(id.clone()));
        turn.effect(Effect::Verify(id, attempt));
    }
}

/// A run that is taken up again: what was read is read again, and what was sent without an answer is not sent again.
pub(super) fn recover(turn: &mut Turn, id: &StepId, attempt: u32) {
    let unanswered = turn.state.steps.get(id).and_then(StepState::unanswered).map(|written| (written.check.clone(), written.token.clone()));
    match unanswered {
        None => turn.effect(Effect::Verify(id.clone(), attempt)),
        Some((check, token)) => {
            let title = turn.state.plan.check(&check).map_or_else(|| check.to_string(), |check| check.title.clone());
            let why = "lifeboat stopped after it was decided on and before its answer was recorded";
            turn.fail(id, lost(&title, &token, why), Vec::new());
        }
    }
}
