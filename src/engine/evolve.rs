//! Folding an event into the state. Total: a journal written by `decide` folds without loss, and an event about a step the plan
//! does not have changes nothing.

use std::sync::Arc;

use serde_json::Value;

use super::event::{ActorKind, Event, RunKind};
use super::state::{Confirmation, Doubt, Resolved, RunPhase, State, StepPhase, StepState, Times, Written};
use crate::clock::Stamp;
use crate::plan::{Failure, FailureKind, Happened, NO_CALL, Packed};

/// The state that begins with the first event of a journal; `None` for any other event.
pub fn begin(event: &Event, at: Stamp) -> Option<State> {
    let Event::RunStarted { run, kind, world, by, incident_start, plan, plan_digest, endpoints, folder, .. } = event else { return None };
    let plan = Arc::clone(plan);
    // All begin alike, so they share one state until something happens to them.
    let waiting = Arc::new(StepState::default());
    let dormant = Arc::new(StepState { phase: StepPhase::Dormant, ..StepState::default() });
    let forward = plan.steps.iter().map(|step| (step.id.clone(), Arc::clone(&waiting)));
    let backward = plan.rollbacks.values().map(|step| (step.id.clone(), Arc::clone(&dormant)));
    Some(State {
        run: run.clone(),
        kind: *kind,
        world: world.clone(),
        endpoints: endpoints.clone(),
        operator: by.clone(),
        folder: folder.clone(),
        started: at,
        incident_start: *incident_start,
        steps: forward.chain(backward).collect(),
        plan_digest: plan_digest.clone(),
        phase: if plan.targets.is_empty() { RunPhase::Gate } else { RunPhase::Identifying },
        plan,
        paused: None,
        rolling_back: false,
        identities: indexmap::IndexMap::new(),
        gate_readings: Vec::new(),
        gate_overrides: Vec::new(),
        woke: None,
        last: at,
        absent_ms: 0,
    })
}

/// Records one event.
pub fn evolve(state: &mut State, event: &Event, at: Stamp) {
    state.last = at;
    match event {
        Event::RunStarted { .. } | Event::Note { .. } => {}
        Event::IdentityConfirmed { target, identity } => {
            state.identities.insert(target.clone(), identity.clone());
            if state.phase == RunPhase::Identifying && state.identities.len() == state.plan.targets.len() {
                state.phase = RunPhase::Gate;
            }
        }
        Event::RunRefused { failures } => {
            let reason = failures.iter().map(|failure| format!("{failure}; {}", failure.hint)).collect::<Vec<_>>().join("; ");
            state.phase = RunPhase::Finished { outcome: super::Outcome::Refused, reason };
        }
        Event::RunOpening { by, overrides } => {
            state.phase = RunPhase::Opening { by: by.clone(), overrides: overrides.clone() };
        }
        Event::RunOpened { readings, overrides, .. } => {
            state.phase = RunPhase::Running;
            state.gate_readings.clone_from(readings);
            state.gate_overrides.clone_from(overrides);
        }
        Event::RunOpenRefused { readings, .. } => {
            state.phase = RunPhase::Gate;
            state.gate_readings.clone_from(readings);
        }
        Event::MachineSlept { for_ms } => {
            state.woke = Some(at);
            // A drill's world stands still meanwhile, and its clock with it.
            if state.kind != RunKind::Drill {
                state.absent_ms = state.absent_ms.saturating_add(*for_ms);
            }
        }
        Event::RunPaused { reason, .. } => {
            state.paused = Some(reason.clone());
            clock_delays(state, at, false);
        }
        Event::RunResumed { absent_ms, .. } => {
            state.paused = None;
            state.absent_ms = state.absent_ms.saturating_add(absent_ms.unwrap_or_default());
            clock_delays(state, at, true);
        }
        Event::RollbackStarted { by, .. } => {
            state.rolling_back = true;
            if by.is_some() {
                state.paused = None;
            }
        }
        Event::RunFinished { outcome, reason, .. } => {
            state.phase = RunPhase::Finished { outcome: *outcome, reason: reason.clone() };
        }
        _ => evolve_step(state, event, at),
    }
}

/// The delay before another attempt is time of the step, but not while the run is paused: then a person is waited for.
fn clock_delays(state: &mut State, at: Stamp, runs: bool) {
    let awake = state.awake_ms(at);
    let retrying = state.steps.iter().filter(|(_, step)| step.phase == StepPhase::Retrying).map(|(id, _)| id.clone());
    for id in retrying.collect::<Vec<_>>() {
        if let Some(step) = state.steps.get_mut(&id) {
            clock(step, awake, runs);
        }
    }
}

/// Counts the time that was spent on a step up to now, and goes on counting or not.
fn clock(step: &mut StepState, awake_ms: u64, runs: bool) {
    if let Some(since) = step.spent.since_ms {
        step.spent.ms += awake_ms.saturating_sub(since);
    }
    step.spent.since_ms = runs.then_some(awake_ms);
}

/// Somebody has decided about this very step, at the keys or on the command line: it has its sends and its time anew.
fn anew(step: &mut StepState) {
    step.sends = 0;
    step.sent = None;
    step.spent.ms = 0;
}

/// Events about one step.
fn evolve_step(state: &mut State, event: &Event, at: Stamp) {
    let Some(id) = event.step() else { return };
    // What is already so needs no call; but a proof that writes is a change, which is confirmed all the same.
    let dry = state.kind == RunKind::DryRun || state.plan.step(id).is_some_and(|step| step.writing_proofs().next().is_some());
    let (awake, paused) = (state.awake_ms(at), state.paused.is_some());
    let Some(step) = state.steps.get_mut(id) else { return };
    fold(step, event, at, dry);
    let runs = step.phase.takes_time() && !(paused && step.phase == StepPhase::Retrying);
    clock(step, awake, runs);
}

fn fold(step: &mut StepState, event: &Event, at: Stamp, dry: bool) {
    match event {
        Event::StepReady { attempt, with, .. } => {
            let ready = step.times.ready.unwrap_or(at);
            // A call that was accepted is not made again: what is known of it goes on with the next attempt.
            let accepted = was_accepted(step);
            let times = Times { ready: Some(ready), ..if accepted { step.times } else { Times::default() } };
            *step = StepState {
                phase: StepPhase::Observing,
                attempt: *attempt,
                with: with.into(),
                failure: step.failure.take(),
                first: step.first.take(),
                // Looked at again in the same attempt, it is still the call that was in doubt.
                doubt: step.doubt.take().filter(|_| step.attempt == *attempt),
                touched_ms: step.touched_ms,
                doubted: step.doubted,
                sends: step.sends,
                sent: step.sent.take(),
                spent: step.spent,
                receipt: step.receipt.take().filter(|_| accepted),
                times: Times { settled: None, ended: None, ..times },
                ..StepState::default()
            };
        }
        Event::StepSkipped { reason, .. } => end(step, StepPhase::Skipped { reason: reason.clone() }, at),
        Event::StepProposed { observation, change, .. } => {
            // What is already so needs no call and no confirmation; only its outputs are still to be read.
            step.phase = if change.already && !dry { StepPhase::Settling } else { StepPhase::Proposed };
            step.observation = observation.into();
            step.first.get_or_insert_with(|| observation.into());
            step.already = change.already;
            step.change = Some(change.clone());
            step.times.proposed.get_or_insert(at);
        }
        Event::StepConfirming { by, given, overrides, answers, .. } => {
            // What was given beforehand is no decision about what is there now.
            if by.kind == ActorKind::Person {
                anew(step);
            }
            step.phase = StepPhase::Confirming;
            step.refused = None;
            step.held_back = 0;
            step.held_for = None;
            step.confirmation = Some(Confirmation {
                asked: at,
                by: by.clone(),
                given: given.clone(),
                overrides: overrides.clone(),
                answers: answers.clone(),
                readings: Vec::new(),
            });
        }
        Event::StepConfirmationRefused { reason, .. } => {
            step.phase = StepPhase::Proposed;
            step.refused = Some(reason.clone());
            step.confirmation = None;
        }
        Event::StepConfirmed { readings, .. } => {
            step.times.confirmed = Some(at);
            if let Some(confirmation) = &mut step.confirmation {
                confirmation.readings = readings.clone();
            }
            if step.already {
                step.phase = StepPhase::Settling; // Nothing is called: what was confirmed is its proof.
            }
        }
        Event::StepPlanned { readings, .. } => {
            step.proofs = readings.clone();
            end(step, StepPhase::Planned, at);
        }
        Event::StepIntent { token, .. } => {
            step.phase = StepPhase::Applying;
            step.doubt = None;
            step.token = Some(token.clone());
            step.times.intent = Some(at);
            step.sends += 1;
            step.sent = step.change.as_ref().map(crate::plan::Change::digest);
        }
        Event::StepHeldBack { failure, delay, .. } => {
            step.held_for = Some(*delay);
            step.phase = StepPhase::Confirming;
            step.failure = Some(Box::new(failure.clone()));
            step.held_back += 1;
            // It was refused before anything was done: it counts for nothing, and there is no intent left without an outcome.
            step.sends = step.sends.saturating_sub(1);
            if !step.doubted {
                step.times.intent = None;
            }
        }
        Event::StepApplied { receipt, .. } => {
            step.phase = StepPhase::Settling;
            let receipt = Packed::from(receipt);
            if called(&receipt) {
                touch(step, at);
            }
            step.receipt = Some(receipt);
            step.times.applied = Some(at);
        }
        Event::StepSettled { outputs, already, .. } => {
            step.phase = StepPhase::Verifying;
            step.outputs = outputs.into();
            step.already = *already;
            step.times.settled = Some(at);
        }
        Event::StepProofIntent { check, token, readings, .. } => {
            step.proofs.clone_from(readings);
            step.written.push(Written { check: check.clone(), token: token.clone(), answer: None });
        }
        Event::StepProofSent { reading, .. } => {
            if let Some(written) = step.written.iter_mut().find(|written| written.check == reading.check) {
                written.answer = Some(reading.clone());
            }
        }
        Event::StepSucceeded { readings, .. } => {
            step.proofs = readings.clone();
            step.failure = None;
            end(step, StepPhase::Succeeded, at);
        }
        Event::StepFailed { failure, readings, .. } => {
            step.proofs = readings.clone();
            // A step without an intent has called nothing, whatever its poll or its proofs say.
            if step.times.intent.is_some() && (failure.effect != Happened::No || step.doubted) && step.receipt.as_ref().is_none_or(called) {
                touch(step, at);
            }
            step.failure = Some(Box::new(failure.clone()));
            end(step, StepPhase::Failed, at);
        }
        Event::StepInDoubt { reason, undecided, .. } => {
            match &mut step.doubt {
                Some(doubt) if doubt.resolved.is_none() => {
                    if *undecided {
                        doubt.looked = Some((at, reason.clone()));
                    }
                }
                other => *other = Some(Box::new(Doubt::new(at, reason))),
            }
            step.phase = StepPhase::InDoubt { reason: reason.clone(), undecided: *undecided };
        }
        Event::StepDoubtResolved { happened, reason, by, .. } => {
            if by.is_some() {
                anew(step);
            }
            step.doubted |= !*happened;
            if *happened && step.receipt.as_ref().is_none_or(called) {
                touch(step, at);
            }
            if *happened {
                step.times.applied.get_or_insert(at);
            }
            let doubt = step.doubt.get_or_insert_with(|| Box::new(Doubt::new(at, reason)));
            doubt.resolved = Some(Resolved { at, happened: *happened, reason: reason.clone(), by: by.clone() });
            step.phase = if *happened { StepPhase::Settling } else { StepPhase::Observing };
        }
        Event::StepRetrying { by, .. } => {
            if by.is_some() {
                anew(step);
            }
            step.phase = StepPhase::Retrying;
        }
        Event::StepTakenOver { .. } => {
            step.phase = StepPhase::Verifying;
            step.taken_over = true;
            touch(step, at);
            step.times.settled = Some(at);
            step.times.ended = None;
        }
        _ => {}
    }
}

/// Whether the last attempt's call was accepted and only its end was not seen: it did not come in time, or nobody was allowed to look.
/// Another call would be a second one.
pub(super) fn was_accepted(step: &StepState) -> bool {
    let unseen = |failure: &Failure| {
        match failure.kind {
            // What calls nothing (`wait`) goes on where it was, too.
            FailureKind::Timeout => failure.effect != Happened::Unknown,
            FailureKind::Credentials | FailureKind::AccessDenied => failure.effect == Happened::Yes,
            _ => false,
        }
    };
    step.times.applied.is_some() && step.failure.as_deref().is_some_and(unseen)
}

fn touch(step: &mut StepState, at: Stamp) {
    step.touched_ms.get_or_insert(at.mono_ms);
}

/// Whether a receipt is that of a call, and not of somebody else's that was found under way.
fn called(receipt: &Packed) -> bool {
    receipt.get(NO_CALL).as_ref().and_then(Value::as_bool) != Some(true)
}

fn end(step: &mut StepState, phase: StepPhase, at: Stamp) {
    step.phase = phase;
    step.times.ended = Some(at);
}
