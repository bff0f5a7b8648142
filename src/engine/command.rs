//! What an operator can ask for, and when it makes sense.

use indexmap::IndexMap;
use serde_json::Value;

use super::decide::doubt_resolved;
use super::event::{Actor, ActorKind, Event, Given, Outcome, Override, RunKind};
use super::input::{Command, Effect, Refusal};
use super::person::{may_be_same_person, name_objection};
use super::proof;
use super::scope::phase_word;
use super::state::{RunPhase, StepPhase, StepState};
use super::turn::Turn;
use crate::id::{Digest, StepId};
use crate::plan::{Check, Confirm, Failure, FailureKind, Happened, Step, questions};

/// Stands where the reason of a pause will stand once somebody writes it down.
pub const NO_REASON_YET: &str = "no reason given yet";

pub(super) fn obey(turn: &mut Turn, by: Actor, command: Command) -> Result<(), Refusal> {
    let changes_something =
        matches!(command, Command::Confirm { .. } | Command::TakeOver { .. } | Command::Resolve { .. } | Command::RollBack { .. });
    if turn.state.kind == RunKind::DryRun && changes_something {
        return refused("this is a dry run: it shows every change and makes none");
    }
    let about_a_step = matches!(
        command,
        Command::Confirm { .. }
            | Command::Skip { .. }
            | Command::Retry { .. }
            | Command::Refresh { .. }
            | Command::StopWaiting { .. }
            | Command::TakeOver { .. }
            | Command::Resolve { .. }
    );
    if about_a_step && turn.state.phase != RunPhase::Running {
        return refused("the run has not been opened yet: open it first");
    }
    match command {
        Command::Open { overrides } => open(turn, by, overrides),
        Command::Confirm { step, given, change, overrides, answers } => confirm(turn, by, &step, given, &change, overrides, answers),
        Command::Skip { step, reason } => skip(turn, by, step, reason),
        Command::Retry { step, reason } => retry(turn, by, &step, reason),
        Command::Refresh { step } => refresh(turn, &step),
        Command::StopWaiting { step, reason } => stop_waiting(turn, &by, step, reason),
        Command::TakeOver { step, reason } => take_over(turn, by, step, reason),
        Command::Resolve { step, happened, reason } => resolve(turn, by, step, happened, reason),
        Command::RollBack { reason } => roll_back(turn, by, reason),
        Command::Abort { reason } => abort(turn, by, reason),
        Command::Pause { reason } => pause(turn, by, reason),
        Command::Resume { reason } => resume(turn, by, reason),
        Command::Note { text, at } => {
            turn.emit(Event::Note { by, text: written(text)?, at });
            Ok(())
        }
    }
}

fn refused<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(why.into()))
}

/// A reason that says something.
fn written(reason: String) -> Result<String, Refusal> {
    if reason.trim().is_empty() { refused("write down why: the reason goes into the record") } else { Ok(reason.trim().to_owned()) }
}

/// A reason that may be left out.
fn said(reason: Option<String>) -> Option<String> {
    reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty())
}

fn open(turn: &mut Turn, by: Actor, overrides: Vec<Override>) -> Result<(), Refusal> {
    if turn.state.phase != RunPhase::Gate {
        return refused("the run is not waiting to be opened");
    }
    let plan = std::sync::Arc::clone(&turn.state.plan);
    known_overrides(&plan.preconditions, &overrides)?;
    turn.emit(Event::RunOpening { by, overrides });
    turn.effect(Effect::SampleGate);
    Ok(())
}

fn known_overrides(checks: &[Check], overrides: &[Override]) -> Result<(), Refusal> {
    for o in overrides {
        if !checks.iter().any(|check| check.id == o.check) {
            return refused(format!("{} is not a precondition here", o.check));
        }
        written(o.reason.clone())?;
    }
    Ok(())
}

fn find<'a>(turn: &'a Turn, id: &StepId) -> Result<(&'a Step, &'a StepState), Refusal> {
    match turn.step(id).zip(turn.state.steps.get(id)) {
        Some(found) => Ok(found),
        None => refused(format!("there is no step {id}")),
    }
}

fn wrong_phase<T>(id: &StepId, state: &StepState, wanted: &str) -> Result<T, Refusal> {
    refused(format!("{id} is {}; {wanted}", phase_word(&state.phase).replace('_', " ")))
}

fn confirm(
    turn: &mut Turn,
    by: Actor,
    id: &StepId,
    given: Given,
    change: &Digest,
    overrides: Vec<Override>,
    answers: IndexMap<String, Value>,
) -> Result<(), Refusal> {
    if let Some(reason) = &turn.state.paused {
        return refused(format!("the run is paused ({reason}): resume it first"));
    }
    let (step, state) = find(turn, id)?;
    if turn.state.rolling_back && turn.is_forward(id) {
        return refused("the run is being rolled back: no step goes forward any more");
    }
    if let Some((failed, _)) = turn.fatal() {
        return refused(format!("{failed} has failed and ends the run: nothing new is begun"));
    }
    if state.phase != StepPhase::Proposed {
        return wrong_phase(id, state, "only a step whose change is shown can be confirmed");
    }
    if state.change.as_ref().map(crate::plan::Change::digest).as_ref() != Some(change) {
        return refused(format!("the change of {id} is not the one that was shown: look again"));
    }
    right_way(step, &step.confirm_for(state.change.as_ref()), &given, &by)?;
    still_given(step, state, &by, change)?;
    known_overrides(&step.preconditions, &overrides)?;
    answered(step, &state.with.value(), &answers)?;
    let attempt = state.attempt;
    turn.emit(Event::StepConfirming { step: id.clone(), by, given, change: change.clone(), overrides, answers });
    turn.effect(Effect::Recheck(id.clone(), attempt));
    Ok(())
}

/// `asked` is what the step asks for, its change as it was seen taken into account.
fn right_way(step: &Step, asked: &Confirm, given: &Given, by: &Actor) -> Result<(), Refusal> {
    match (asked, given) {
        (Confirm::None, Given::NotAsked | Given::Enter) | (Confirm::Enter, Given::Enter) => Ok(()),
        (Confirm::Type(wanted), Given::Typed(typed)) if wanted == typed => Ok(()),
        (Confirm::Type(wanted), _) => refused(format!("{} is confirmed by typing {wanted:?}, exactly", step.id)),
        (Confirm::TwoPerson, Given::SecondPerson(second)) if !may_be_same_person(second, &by.name) => match name_objection(second) {
            None => Ok(()),
            Some(objection) => refused(format!("{} needs the name of a second person: {objection}", step.id)),
        },
        (Confirm::TwoPerson, _) => {
            refused(format!("{} needs a second person: somebody other than {}, not the same name in another spelling", step.id, by.name))
        }
        _ => refused(format!("{} asks for a confirmation", step.id)),
    }
}

/// A confirmation that was given beforehand is good for the change that it was used for first, and for so many sends of its call.
fn still_given(step: &Step, state: &StepState, by: &Actor, change: &Digest) -> Result<(), Refusal> {
    if by.kind == ActorKind::Person {
        return Ok(());
    }
    let id = &step.id;
    if state.sends >= step.retry.sends() {
        return refused(format!(
            "the call of {id} was sent {} times on what was said beforehand: a person must look at it now",
            state.sends
        ));
    }
    if by.kind == ActorKind::CommandLine && state.sent.as_ref().is_some_and(|sent| sent != change) {
        return refused(format!("the change of {id} is no longer the one that was confirmed beforehand: a person must look at it now"));
    }
    Ok(())
}

/// Every question has an answer that will do.
fn answered(step: &Step, with: &Value, answers: &IndexMap<String, Value>) -> Result<(), Refusal> {
    for question in questions(&step.action, with) {
        let answer = answers.get(&question.name).and_then(Value::as_str).unwrap_or_default();
        if let Some(objection) = question.objection(answer) {
            return refused(format!("{}: {objection}", question.prompt));
        }
    }
    Ok(())
}

/// A step can be taken out of lifeboat's hands only while no call of it is on its way.
fn not_under_way(id: &StepId, state: &StepState, to_be: &str) -> Result<(), Refusal> {
    let idle = matches!(
        state.phase,
        StepPhase::Waiting
            | StepPhase::Observing
            | StepPhase::Proposed
            | StepPhase::Confirming // Only reads are under way.
            | StepPhase::Failed
            | StepPhase::Retrying
            | StepPhase::InDoubt { .. }
    );
    if idle { Ok(()) } else { wrong_phase(id, state, &format!("only a step that is not under way can be {to_be}")) }
}

fn skip(turn: &mut Turn, by: Actor, id: StepId, reason: String) -> Result<(), Refusal> {
    let (_, state) = find(turn, &id)?;
    if matches!(state.phase, StepPhase::InDoubt { .. }) {
        return wrong_phase(&id, state, "say first whether its call happened: left out, the change would be forgotten");
    }
    not_under_way(&id, state, "skipped")?;
    let reason = written(reason)?;
    turn.emit(Event::StepSkipped { step: id.clone(), reason, by: Some(by) });
    turn.effect(Effect::Cancel(id));
    turn.schedule();
    Ok(())
}

fn retry(turn: &mut Turn, by: Actor, id: &StepId, reason: Option<String>) -> Result<(), Refusal> {
    let (step, state) = find(turn, id)?;
    if !matches!(state.phase, StepPhase::Failed | StepPhase::Retrying) {
        return wrong_phase(id, state, "only a failed step can be tried again");
    }
    if turn.state.rolling_back && turn.is_forward(id) {
        return refused("the run is being rolled back: no step goes forward any more");
    }
    if let Some(need) = step.needs.iter().find(|need| turn.is_forward(id) && !turn.counts_as_done(need)) {
        return refused(format!("{id} needs {need}, which is not done"));
    }
    let (step, attempt) = (step.clone(), state.attempt + 1);
    turn.emit(Event::StepRetrying { step: id.clone(), attempt, delay: 0.0, by: Some(by), reason: said(reason) });
    turn.effect(Effect::Cancel(id.clone()));
    turn.begin(&step, attempt);
    Ok(())
}

fn refresh(turn: &mut Turn, id: &StepId) -> Result<(), Refusal> {
    let (_, state) = find(turn, id)?;
    let (attempt, with) = (state.attempt, state.with.value());
    match &state.phase {
        StepPhase::Proposed => {
            turn.emit(Event::StepReady { step: id.clone(), attempt, with });
            turn.effect(Effect::Observe(id.clone(), attempt));
        }
        StepPhase::InDoubt { reason, undecided: true } => {
            let reason = reason.clone();
            turn.doubt(id, attempt, reason);
        }
        _ => return wrong_phase(id, state, "there is nothing to look at again"),
    }
    Ok(())
}

/// Gives a step up that is under way. What is known stays: a call without an answer is in doubt, one that was accepted has failed to come
/// to its end, and of one that was never made nothing happened.
fn stop_waiting(turn: &mut Turn, by: &Actor, id: StepId, reason: String) -> Result<(), Refusal> {
    let (_, state) = find(turn, &id)?;
    let (attempt, phase) = (state.attempt, state.phase.clone());
    let called = state.times.intent.is_some() && !state.already || state.taken_over;
    if !phase.is_in_flight() {
        return wrong_phase(&id, state, "there is nothing under way to stop waiting for");
    }
    let reason = written(reason)?;
    turn.effect(Effect::Cancel(id.clone()));
    let who = &by.name;
    match phase {
        StepPhase::Applying | StepPhase::InDoubt { .. } => {
            let reason = format!("{who} stopped waiting: {reason}");
            // Nobody knows what became of the call, and nobody looks any longer: a look can be asked for again.
            turn.emit(Event::StepInDoubt { step: id, attempt, reason, undecided: true });
        }
        StepPhase::Confirming => {
            let reason = format!("{who} stopped it before anything was called: {reason}");
            turn.emit(Event::StepConfirmationRefused { step: id, reason, readings: Vec::new() });
        }
        _ => {
            let what = if phase == StepPhase::Verifying { "the proofs" } else { "its end" };
            let message = format!("{who} stopped waiting for {what}: {reason}");
            let (effect, hint) = if called {
                (
                    Happened::Yes,
                    "the call was accepted and may still be under way: look by hand, then retry (which looks first) or take over",
                )
            } else {
                (Happened::No, "nothing was called: retry, take over, or skip")
            };
            let failure = Failure::new(FailureKind::Operator, message, hint).effect(effect);
            turn.fail(&id, failure, Vec::new());
        }
    }
    Ok(())
}

fn take_over(turn: &mut Turn, by: Actor, id: StepId, reason: String) -> Result<(), Refusal> {
    let (_, state) = find(turn, &id)?;
    not_under_way(&id, state, "taken over")?;
    if turn.state.plan.nested.contains_key(&id) {
        return refused(format!(
            "{id} only opens the runbook behind it, whose steps would begin: take those over, or skip {id} and all of them"
        ));
    }
    let attempt = state.attempt;
    turn.emit(Event::StepTakenOver { step: id.clone(), by, reason: written(reason)? });
    turn.effect(Effect::Cancel(id.clone()));
    proof::begin(turn, &id, attempt);
    Ok(())
}

fn resolve(turn: &mut Turn, by: Actor, id: StepId, happened: bool, reason: String) -> Result<(), Refusal> {
    let (_, state) = find(turn, &id)?;
    let attempt = state.attempt;
    if !matches!(state.phase, StepPhase::InDoubt { undecided: true, .. }) {
        return wrong_phase(&id, state, "there is no doubt to resolve");
    }
    doubt_resolved(turn, id, attempt, happened, written(reason)?, Some(by));
    Ok(())
}

fn roll_back(turn: &mut Turn, by: Actor, reason: String) -> Result<(), Refusal> {
    if turn.state.phase != RunPhase::Running {
        return refused("the run has not begun: there is nothing to roll back");
    }
    if turn.state.rolling_back {
        return refused("the run is being rolled back already");
    }
    if turn.state.plan.rollbacks.is_empty() {
        return refused("no step of this runbook has a rollback");
    }
    let reason = written(reason)?;
    turn.roll_back(Some(by), reason);
    Ok(())
}

/// A run that is over is not looked at again, so a call on its way is waited for; what is in doubt is named in the record.
fn abort(turn: &mut Turn, by: Actor, reason: String) -> Result<(), Refusal> {
    let names = |wanted: fn(&StepPhase) -> bool| {
        let ids = turn.state.steps.iter().filter(|(_, step)| wanted(&step.phase)).map(|(id, _)| id.as_str());
        ids.collect::<Vec<_>>().join(", ")
    };
    let mut calling = names(|phase| *phase == StepPhase::Applying);
    if let Some((id, _)) = turn.state.steps.iter().find(|(_, step)| proof::is_on_its_way(step)) {
        calling = format!("a proof of {id}");
    }
    if !calling.is_empty() {
        return refused(format!("the call of {calling} is under way: wait for its answer, then abort"));
    }
    let doubtful = names(|phase| matches!(phase, StepPhase::InDoubt { .. }));
    let mut reason = written(reason)?;
    if !doubtful.is_empty() {
        reason = format!("{reason} (left in doubt: {doubtful})");
    }
    turn.finish(Outcome::Aborted, reason, Some(by));
    Ok(())
}

/// At once, and the reason may follow: nobody is asked anything while something must be held back. What was paused without a reason is
/// given one by asking again.
fn pause(turn: &mut Turn, by: Actor, reason: String) -> Result<(), Refusal> {
    let reason = said(Some(reason));
    match (turn.state.paused.as_deref(), &reason) {
        (None, _) => {}
        (Some(NO_REASON_YET), Some(_)) => {
            turn.emit(Event::RunPaused { by: Some(by), reason: reason.unwrap_or_default() });
            return Ok(());
        }
        (Some(_), _) => return refused("the run is paused already"),
    }
    turn.emit(Event::RunPaused { by: Some(by), reason: reason.unwrap_or_else(|| NO_REASON_YET.to_owned()) });
    // What is looked at once more may wait for long, for the service or for what ends by itself: nothing was called, and it asks again.
    let waiting = turn.state.steps.iter().filter(|(_, step)| matches!(step.phase, StepPhase::Retrying | StepPhase::Confirming));
    for (id, confirming) in waiting.map(|(id, step)| (id.clone(), step.phase == StepPhase::Confirming)).collect::<Vec<_>>() {
        if confirming {
            let reason = "the run was paused before the call went out".to_owned();
            turn.emit(Event::StepConfirmationRefused { step: id.clone(), reason, readings: Vec::new() });
        }
        turn.effect(Effect::Cancel(id));
    }
    Ok(())
}

/// Without a reason of its own it goes on with what it was paused for.
fn resume(turn: &mut Turn, by: Actor, reason: Option<String>) -> Result<(), Refusal> {
    let Some(paused) = turn.state.paused.clone() else { return refused("the run is not paused") };
    turn.emit(Event::RunResumed { by, reason: said(reason).unwrap_or(paused), absent_ms: None });
    turn.begin_delays();
    proof::go_on(turn);
    turn.schedule();
    Ok(())
}
