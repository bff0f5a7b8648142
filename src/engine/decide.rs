//! Choosing what follows an input.

use super::event::{Event, Identity, RunKind};
use super::input::{Effect, Input, Judgement, Refusal, Seen};
use super::state::{RunPhase, State, StepPhase};
use super::turn::{Decision, Turn};
use super::{command, proof};
use crate::clock::Stamp;
use crate::id::{StepId, TargetId};
use crate::plan::{Change, Check, Failure, FailureKind, Gate, Happened, Reading, Verdict};

/// Decides. An answer to work that is no longer wanted decides nothing.
///
/// # Errors
/// An operator's command that makes no sense now; nothing is to be recorded.
pub fn decide(state: &State, at: Stamp, input: Input) -> Result<Decision, Refusal> {
    let mut turn = Turn::new(state, at);
    if matches!(state.phase, RunPhase::Finished { .. }) && !matches!(&input, Input::Operator { command: super::Command::Note { .. }, .. }) {
        return match input {
            Input::Operator { .. } => Err(Refusal("the run is over".into())),
            _ => Ok(turn.done()),
        };
    }
    match input {
        Input::Identified(answers) => identified(&mut turn, answers),
        Input::GateSampled(readings) => gate_sampled(&mut turn, readings),
        Input::Observed { step, attempt, result } => observed(&mut turn, &step, attempt, result),
        Input::Rechecked { step, attempt, result, readings } => rechecked(&mut turn, &step, attempt, result, readings),
        Input::Applied { step, attempt, result } => applied(&mut turn, &step, attempt, result),
        Input::Settled { step, attempt, result } => settled(&mut turn, &step, attempt, result),
        Input::Verified { step, attempt, readings, failure } => proof::verified(&mut turn, &step, attempt, readings, failure),
        Input::ProofAnswered { step, attempt, check, result } => proof::answered(&mut turn, &step, attempt, &check, result),
        Input::RetryDue { step, attempt } => retry_due(&mut turn, &step, attempt),
        Input::Looked { step, attempt, result } => looked(&mut turn, &step, attempt, result),
        Input::LetGo { reason } => let_go(&mut turn, &reason),
        Input::Slept { for_ms } => turn.emit(Event::MachineSlept { for_ms }),
        Input::Operator { by, command } => command::obey(&mut turn, by, command)?,
    }
    Ok(turn.done())
}

fn identified(turn: &mut Turn, answers: Vec<(TargetId, Result<Identity, Failure>)>) {
    if turn.state.phase != RunPhase::Identifying {
        return;
    }
    let mut failures = Vec::new();
    let mut confirmed = Vec::new();
    // Targets that share their credentials fail alike: that is said once, with all of their names.
    let mut unknown: Vec<(Failure, Vec<TargetId>)> = Vec::new();
    for (target, answer) in answers {
        match answer {
            Err(failure) => match unknown.iter_mut().find(|(known, _)| *known == failure) {
                Some((_, targets)) => targets.push(target),
                None => unknown.push((failure, vec![target])),
            },
            Ok(identity) => match turn.state.plan.targets.get(&target).and_then(|t| t.account.as_deref()) {
                Some(wanted) if wanted != identity.account => failures.push(Failure::new(
                    FailureKind::Credentials,
                    format!(
                        "target {target} is account {wanted}, but the credentials are of account {} ({})",
                        identity.account, identity.arn
                    ),
                    "use the profile or role of the account that the target names; nothing was changed",
                )),
                _ => confirmed.push(Event::IdentityConfirmed { target, identity }),
            },
        }
    }
    let failures: Vec<Failure> =
        unknown.into_iter().map(|(failure, targets)| of_targets(turn, failure, &targets)).chain(failures).collect();
    if failures.is_empty() {
        confirmed.into_iter().for_each(|event| turn.emit(event));
    } else {
        turn.emit(Event::RunRefused { failures });
    }
}

/// The failure with the targets that it is about, where there are several to tell apart.
fn of_targets(turn: &Turn, failure: Failure, targets: &[TargetId]) -> Failure {
    if turn.state.plan.targets.len() < 2 {
        return failure;
    }
    let names: Vec<&str> = targets.iter().map(TargetId::as_str).collect();
    let what = if names.len() == 1 { "target" } else { "targets" };
    Failure { message: format!("{} ({what} {})", failure.message, names.join(", ")), ..failure }
}

fn gate_sampled(turn: &mut Turn, readings: Vec<Reading>) {
    let RunPhase::Opening { by, overrides } = turn.state.phase.clone() else { return };
    let plan = std::sync::Arc::clone(&turn.state.plan);
    let ignored = |check: &Check| overrides.iter().any(|o| o.check == check.id);
    match standing_against(&turn.state, &plan.preconditions, &readings, ignored) {
        Some(reason) if turn.state.kind != RunKind::DryRun => turn.emit(Event::RunOpenRefused { by, reason, readings }),
        _ => {
            turn.emit(Event::RunOpened { by, readings, overrides });
            turn.schedule();
        }
    }
}

/// What blocks: every blocking check that did not pass and is not ignored, in a sentence. `None` when the gate is open.
fn standing_against(state: &State, checks: &[Check], readings: &[Reading], ignored: impl Fn(&Check) -> bool) -> Option<String> {
    let blockers: Vec<String> = checks
        .iter()
        .filter(|check| check.severity == Gate::Block && !ignored(check))
        .filter_map(|check| {
            let Some(reading) = readings.iter().find(|reading| reading.check == check.id) else {
                return Some(format!("“{}” was not sampled", check.title));
            };
            match state.verdict_of(reading) {
                Verdict::Pass => None,
                Verdict::Fail => Some(format!("“{}” does not hold: {}", check.title, reading.shown)),
                Verdict::Unknown(why) => Some(format!("“{}” is not known: {why}", check.title)),
            }
        })
        .collect();
    (!blockers.is_empty()).then(|| blockers.join("; "))
}

fn observed(turn: &mut Turn, id: &StepId, attempt: u32, result: Result<Seen, Failure>) {
    if turn.current(id, attempt, |phase| *phase == StepPhase::Observing).is_none() {
        return;
    }
    match result {
        Err(failure) => turn.fail(id, failure, Vec::new()),
        Ok(seen) => propose(turn, id, attempt, seen),
    }
}

fn propose(turn: &mut Turn, id: &StepId, attempt: u32, seen: Seen) {
    turn.emit(Event::StepProposed { step: id.clone(), attempt, observation: seen.observation, change: seen.change });
    if turn.state.kind == RunKind::DryRun {
        turn.effect(Effect::Recheck(id.clone(), attempt));
    } else if turn.current(id, attempt, |phase| *phase == StepPhase::Settling).is_some() {
        turn.effect(Effect::Poll(id.clone(), attempt)); // Done without a call; the look gives the outputs.
    }
}

fn rechecked(turn: &mut Turn, id: &StepId, attempt: u32, result: Result<Seen, Failure>, readings: Vec<Reading>) {
    if turn.state.kind == RunKind::DryRun {
        if turn.current(id, attempt, |phase| *phase == StepPhase::Proposed).is_some() {
            turn.emit(Event::StepPlanned { step: id.clone(), readings });
            turn.schedule();
        }
        return;
    }
    let Some(step) = turn.current(id, attempt, |phase| *phase == StepPhase::Confirming) else { return };
    let (shown, before, confirmation) = (step.change.clone(), identity(&step.observation.value()), step.confirmation.clone());
    let already = step.already;
    let slept = confirmation.as_ref().zip(turn.state.woke).is_some_and(|(given, woke)| given.asked.mono_ms < woke.mono_ms);
    let overrides = confirmation.map(|c| c.overrides).unwrap_or_default();
    let refuse = |turn: &mut Turn, reason: String, readings| {
        turn.emit(Event::StepConfirmationRefused { step: id.clone(), reason, readings });
    };
    if turn.state.paused.is_some() || turn.state.rolling_back && turn.is_forward(id) {
        return refuse(turn, "the run was paused or is being rolled back".into(), readings);
    }
    // Whatever was seen meanwhile, part of it may be of before the sleep.
    if slept {
        return refuse(turn, "the machine slept after it was given: look again, then confirm anew".into(), readings);
    }
    match result {
        Err(failure) => refuse(turn, format!("it could not be looked at again: {failure}"), readings),
        Ok(seen) if !shown.is_some_and(|shown| seen.change.is_same(&shown)) || identity(&seen.observation) != before => {
            refuse(turn, "what would be done is no longer what was shown: look again".into(), readings);
            propose(turn, id, attempt, seen);
        }
        Ok(Seen { change: Change { waits_for: Some(what), .. }, .. }) => refuse(turn, format!("it cannot begin yet: {what}"), readings),
        Ok(_) => {
            let checks = turn.step(id).map(|step| step.preconditions.clone()).unwrap_or_default();
            match standing_against(&turn.state, &checks, &readings, |check| overrides.iter().any(|o| o.check == check.id)) {
                Some(reason) => refuse(turn, reason, readings),
                None => {
                    turn.emit(Event::StepConfirmed { step: id.clone(), readings });
                    if already {
                        return turn.effect(Effect::Poll(id.clone(), attempt));
                    }
                    let token = token(&turn.state, id.as_str(), attempt);
                    turn.emit(Event::StepIntent { step: id.clone(), attempt, token });
                    turn.effect(Effect::Apply(id.clone(), attempt));
                }
            }
        }
    }
}

/// What AWS itself calls a thing, where the action tells: two instances may have had the same name, one after the other.
fn identity(observation: &serde_json::Value) -> Option<String> {
    ["resource_id", "zone_id"].iter().find_map(|key| observation.get(key)?.as_str().map(str::to_owned))
}

/// The idempotency token of one intent: the same after a crash, another for another attempt. At most 64 characters, the
/// shortest limit among the services (ECS; EKS states none).
pub(super) fn token(state: &State, of: &str, attempt: u32) -> String {
    let whole = crate::id::Digest::of(format!("{}/{of}/{attempt}", state.run).as_bytes());
    format!("lifeboat-{}", &whole.as_str()[7..47])
}

fn applied(turn: &mut Turn, id: &StepId, attempt: u32, result: Result<(serde_json::Value, String), Failure>) {
    if turn.current(id, attempt, |phase| *phase == StepPhase::Applying).is_none() {
        return;
    }
    match result {
        Ok((receipt, summary)) => {
            turn.emit(Event::StepApplied { step: id.clone(), attempt, receipt, summary });
            turn.effect(Effect::Poll(id.clone(), attempt));
        }
        Err(failure) if failure.effect == Happened::Unknown => {
            turn.doubt(id, attempt, format!("the answer to the call was lost: {failure}"));
        }
        Err(failure) if failure.kind == FailureKind::Throttled => turn.hold_back(id, attempt, failure),
        Err(failure) => turn.fail(id, failure, Vec::new()),
    }
}

fn settled(turn: &mut Turn, id: &StepId, attempt: u32, result: Result<serde_json::Value, Failure>) {
    let Some(step) = turn.current(id, attempt, |phase| *phase == StepPhase::Settling) else { return };
    let already = step.already;
    match result {
        Err(failure) => turn.fail(id, failure, Vec::new()),
        Ok(outputs) => {
            turn.emit(Event::StepSettled { step: id.clone(), attempt, outputs, already });
            proof::begin(turn, id, attempt);
        }
    }
}

fn retry_due(turn: &mut Turn, id: &StepId, attempt: u32) {
    let due = turn.state.steps.get(id).is_some_and(|step| step.phase == StepPhase::Retrying && step.attempt + 1 == attempt);
    // A paused run begins no attempt; going on counts the delay anew.
    if due
        && turn.state.paused.is_none()
        && let Some(step) = turn.step(id).cloned()
    {
        turn.begin(&step, attempt);
    }
}

fn looked(turn: &mut Turn, id: &StepId, attempt: u32, result: Result<(Judgement, String), Failure>) {
    if turn.current(id, attempt, |phase| matches!(phase, StepPhase::InDoubt { undecided: false, .. })).is_none() {
        return;
    }
    let id = id.clone();
    match result {
        Ok((Judgement::Happened, reason)) => doubt_resolved(turn, id, attempt, true, reason, None),
        Ok((Judgement::DidNotHappen, reason)) => doubt_resolved(turn, id, attempt, false, reason, None),
        Ok((Judgement::CannotTell, reason)) => turn.emit(Event::StepInDoubt { step: id, attempt, reason, undecided: true }),
        Err(failure) => {
            let reason = format!("it could not be looked at: {failure}");
            turn.emit(Event::StepInDoubt { step: id, attempt, reason, undecided: true });
        }
    }
}

/// Whatever was called and has not answered is in doubt from here on; the next who takes the run up looks first.
fn let_go(turn: &mut Turn, reason: &str) {
    let applying = |(id, step): (&StepId, &super::StepState)| (step.phase == StepPhase::Applying).then(|| (id.clone(), step.attempt));
    let unanswered: Vec<(StepId, u32)> = turn.state.steps.iter().filter_map(applying).collect();
    for (step, attempt) in unanswered {
        let reason = format!("lifeboat stopped while the call was under way ({reason})");
        turn.emit(Event::StepInDoubt { step, attempt, reason, undecided: false });
    }
    if turn.state.paused.is_none() {
        turn.emit(Event::RunPaused { by: None, reason: reason.to_owned() });
    }
}

/// A call that did not happen is shown again. Where nobody looks at what is shown, because the confirmation was given beforehand, that
/// comes to an end: why the step has failed.
fn unattended(turn: &Turn, id: &StepId) -> Option<Failure> {
    let (step, state) = turn.step(id).zip(turn.state.steps.get(id))?;
    let person = state.confirmation.as_ref().is_some_and(|given| given.by.kind == super::ActorKind::Person);
    // Decided by somebody just now: they want it looked at again.
    let resolved = state.doubt.as_ref().and_then(|doubt| doubt.resolved.as_ref()).is_some_and(|resolved| resolved.by.is_some());
    if person || resolved || !turn.is_used_up(step, state) {
        return None;
    }
    let last = state.doubt.as_ref().map_or_else(String::new, |doubt| format!("; the last time {}", doubt.cause));
    let times = if state.sends == 1 { "once".to_owned() } else { format!("{} times", state.sends) };
    let message = format!("the call was sent {times} and did not happen{last}");
    let hint = "see what stands between lifeboat and the service, or whether it is impaired; then retry, which looks first";
    Some(Failure {
        resource: state.change.as_ref().map_or_else(String::new, |change| change.resource.clone()),
        ..Failure::new(FailureKind::Server, message, hint)
    })
}

/// It happened: go on to its end. It did not: look again and ask again.
pub(super) fn doubt_resolved(turn: &mut Turn, step: StepId, attempt: u32, happened: bool, reason: String, by: Option<super::Actor>) {
    turn.emit(Event::StepDoubtResolved { step: step.clone(), attempt, happened, reason, by });
    if happened {
        turn.effect(Effect::Poll(step, attempt));
    } else if turn.state.rolling_back && turn.is_forward(&step) {
        turn.leave_out(&step);
        turn.schedule();
    } else if let Some(failure) = unattended(turn, &step) {
        turn.fail(&step, failure, Vec::new());
    } else {
        turn.effect(Effect::Observe(step, attempt));
        turn.schedule(); // A failure elsewhere may have waited for this call to be known.
    }
}
