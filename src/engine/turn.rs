//! One turn of the engine: a working copy of the state, and what has been decided so far. Each emitted event is folded at once, so
//! that a later decision of the same turn sees it.

use super::event::{Actor, Event, Outcome, RunKind};
use super::evolve::{evolve, was_accepted};
use super::input::Effect;
use super::scope::{Place, fill_with, scope};
use super::state::{RunPhase, State, StepPhase, StepState};
use crate::clock::Stamp;
use crate::expr;
use crate::id::StepId;
use crate::plan::{Failure, FailureKind, Happened, OnFailure, Reading, Step};

/// Seconds between a refusal for now and the next look, one after the other; together about a minute.
const HELD_BACK: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0];

/// What the engine decided: append the events, then run the effects.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// To be made durable, in this order, before any effect.
    pub events: Vec<Event>,
    /// To be run once the events are durable.
    pub effects: Vec<Effect>,
    /// The state after the events: equal to folding them.
    pub state: State,
}

pub(super) struct Turn {
    pub(super) state: State,
    at: Stamp,
    events: Vec<Event>,
    effects: Vec<Effect>,
}

impl Turn {
    pub(super) fn new(state: &State, at: Stamp) -> Self {
        Self { state: state.clone(), at, events: Vec::new(), effects: Vec::new() }
    }

    pub(super) fn done(self) -> Decision {
        Decision { events: self.events, effects: self.effects, state: self.state }
    }

    pub(super) fn emit(&mut self, event: Event) {
        evolve(&mut self.state, &event, self.at);
        self.events.push(event);
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// The step's state when it is in `phase` at `attempt`: an answer to work that is no longer wanted finds none.
    pub(super) fn current(&self, id: &StepId, attempt: u32, phase: impl Fn(&StepPhase) -> bool) -> Option<&StepState> {
        self.state.steps.get(id).filter(|step| step.attempt == attempt && phase(&step.phase))
    }

    pub(super) fn step(&self, id: &StepId) -> Option<&Step> {
        self.state.plan.step(id)
    }

    /// Starts whatever can start, and ends the run when nothing is left.
    pub(super) fn schedule(&mut self) {
        if self.state.phase != RunPhase::Running || self.state.paused.is_some() {
            return;
        }
        if self.state.rolling_back {
            self.schedule_rollback();
        } else if !self.follow_failures() {
            self.schedule_forward();
        }
    }

    /// Does what `on_failure` says of the steps that have failed; false when it says nothing that concerns the run as a whole.
    ///
    /// Read from the state at every turn and not done in passing, so that it also follows when the run was paused, or stopped, in between.
    fn follow_failures(&mut self) -> bool {
        let Some((id, what)) = self.fatal() else { return false };
        let reason = self.state.steps.get(&id).and_then(|step| step.failure.as_ref()).map_or_else(String::new, |f| f.message.clone());
        let reason = format!("{id} failed: {reason}");
        match what {
            OnFailure::RollBack => self.roll_back(None, reason),
            // A call that is on its way is waited for: nobody looks at a run that is over.
            _ if self.calls_are_open() => {}
            _ => self.finish(Outcome::Aborted, reason, None),
        }
        true
    }

    /// The first failed step whose failure rolls back or ends the run.
    pub(super) fn fatal(&self) -> Option<(StepId, OnFailure)> {
        self.fatal_but(None)
    }

    /// The same, leaving out one step.
    fn fatal_but(&self, left_out: Option<&StepId>) -> Option<(StepId, OnFailure)> {
        if self.state.kind == RunKind::DryRun || self.state.rolling_back {
            return None;
        }
        let failed = |step: &&Step| self.state.steps.get(&step.id).is_some_and(|state| state.phase == StepPhase::Failed);
        let fatal = |step: &&Step| matches!(step.on_failure, OnFailure::RollBack | OnFailure::Abort);
        self.state
            .plan
            .steps
            .iter()
            .filter(fatal)
            .filter(|step| Some(&step.id) != left_out)
            .find(failed)
            .map(|step| (step.id.clone(), step.on_failure))
    }

    /// Whether a call of a forward step has been made, or may have been, and is not yet known to have ended.
    fn calls_are_open(&self) -> bool {
        let open = |phase: &StepPhase| {
            matches!(phase, StepPhase::Applying | StepPhase::Settling | StepPhase::Verifying | StepPhase::InDoubt { .. })
        };
        self.state.plan.steps.iter().any(|step| self.state.steps.get(&step.id).is_some_and(|state| open(&state.phase)))
    }

    /// Whether a step goes forward, and is not a rollback.
    pub(super) fn is_forward(&self, id: &StepId) -> bool {
        !self.state.plan.is_rollback(id)
    }

    fn schedule_forward(&mut self) {
        let plan = std::sync::Arc::clone(&self.state.plan);
        loop {
            let mut moved = false;
            for (place, step) in plan.steps.iter().enumerate() {
                // The state has the plan's steps first, in the plan's order.
                let waiting = self.state.steps.get_index(place).is_some_and(|(_, state)| state.phase == StepPhase::Waiting);
                if waiting && step.needs.iter().all(|need| self.counts_as_done(need)) {
                    self.begin(step, 1);
                    moved = true;
                    if self.state.rolling_back || self.state.phase != RunPhase::Running {
                        return;
                    }
                }
            }
            if !moved {
                break;
            }
        }
        let done = |(place, step): (usize, &Step)| self.state.steps.get_index(place).is_some_and(|(_, state)| self.is_done(step, state));
        if plan.steps.iter().enumerate().all(done) {
            let failed = self.state.steps.values().filter(|step| step.phase == StepPhase::Failed).count();
            let (outcome, reason) = match (failed, self.state.kind) {
                (0, RunKind::DryRun) => (Outcome::Succeeded, "every change was shown; nothing was changed".to_owned()),
                (0, _) => (Outcome::Succeeded, "every step is done".to_owned()),
                (1, _) => (Outcome::Failed, "1 step failed".to_owned()),
                (n, _) => (Outcome::Failed, format!("{n} steps failed")),
            };
            self.emit(Event::RunFinished { outcome, reason, by: None });
        }
    }

    /// Whether what needs this step may go on.
    pub(super) fn counts_as_done(&self, id: &StepId) -> bool {
        self.step(id).zip(self.state.steps.get(id)).is_some_and(|(step, state)| self.is_done(step, state))
    }

    fn is_done(&self, step: &Step, state: &StepState) -> bool {
        match state.phase {
            StepPhase::Succeeded | StepPhase::Planned | StepPhase::Skipped { .. } => true,
            StepPhase::Failed => self.state.kind == RunKind::DryRun || step.on_failure == OnFailure::Continue,
            _ => false,
        }
    }

    /// Begins an attempt: decides `when`, fills in `with`, and looks at the world.
    pub(super) fn begin(&mut self, step: &Step, attempt: u32) {
        if let Some(gate) = step.within.as_ref().filter(|gate| attempt == 1 && self.was_skipped(gate)) {
            let reason = format!("{gate} was skipped");
            return self.emit(Event::StepSkipped { step: step.id.clone(), reason, by: None });
        }
        let dry = self.state.kind == RunKind::DryRun;
        let with = step.with.value();
        let reads = step.when.is_some() || expr::holds_expression(&with);
        let place = || Place::of(Some(step)).reading(&with, step.when.as_deref());
        let scope = if reads { scope(&self.state, place(), self.at.wall) } else { serde_json::Value::Null };
        if attempt == 1
            && let Some(when) = &step.when
        {
            match expr::condition(when, &scope) {
                Ok(true) => {}
                Ok(false) => {
                    let reason = format!("when: {when}");
                    return self.emit(Event::StepSkipped { step: step.id.clone(), reason, by: None });
                }
                // A dry run cannot know what a step that did not run would have said: show the step.
                Err(_) if dry => {}
                Err(error) => return self.cannot_begin(step, attempt, &format!("when: {when}: {error}")),
            }
        }
        let with = fill_with(&with, &scope, self.state.kind);
        let accepted = self.state.steps.get(&step.id).is_some_and(was_accepted);
        match with {
            Ok(with) => {
                self.emit(Event::StepReady { step: step.id.clone(), attempt, with });
                if accepted {
                    return self.wait_for_accepted(&step.id, attempt);
                }
                self.effect(Effect::Observe(step.id.clone(), attempt));
            }
            Err(error) => self.cannot_begin(step, attempt, &error.to_string()),
        }
    }

    fn was_skipped(&self, id: &StepId) -> bool {
        self.state.steps.get(id).is_some_and(|step| matches!(step.phase, StepPhase::Skipped { .. }))
    }

    /// Records that nobody knows what became of a call, and looks.
    pub(super) fn doubt(&mut self, id: &StepId, attempt: u32, reason: String) {
        self.emit(Event::StepInDoubt { step: id.clone(), attempt, reason, undecided: false });
        self.effect(Effect::Look(id.clone(), attempt));
    }

    /// The service has refused a call for now: everything that was confirmed is looked at once more after a while, and only then does the
    /// call go out again. For about a minute, which outlasts a burst, and not beyond the step's time; after that the step has failed.
    pub(super) fn hold_back(&mut self, id: &StepId, attempt: u32, failure: Failure) {
        let delay = self.step(id).zip(self.state.steps.get(id)).and_then(|(step, state)| {
            let delay = *HELD_BACK.get(usize::try_from(state.held_back).unwrap_or(usize::MAX))?;
            (self.state.spent(state, self.at) + delay < step.timeout).then_some(delay)
        });
        match delay {
            // Where nothing new may begin, neither may this.
            Some(delay) if self.state.paused.is_none() && self.fatal().is_none() && !(self.state.rolling_back && self.is_forward(id)) => {
                self.emit(Event::StepHeldBack { step: id.clone(), attempt, failure, delay });
                self.effect(Effect::Recheck(id.clone(), attempt));
            }
            _ => self.fail(id, failure, Vec::new()),
        }
    }

    /// Goes on waiting for a call of an earlier attempt.
    pub(super) fn wait_for_accepted(&mut self, id: &StepId, attempt: u32) {
        let called = self.step(id).is_none_or(|step| step.mutates);
        let reason = if called {
            "the call was accepted before; it is not made again, its end is waited for"
        } else {
            "it was begun before; its end is waited for"
        };
        let reason = reason.to_owned();
        self.emit(Event::StepDoubtResolved { step: id.clone(), attempt, happened: true, reason, by: None });
        self.effect(Effect::Poll(id.clone(), attempt));
    }

    fn cannot_begin(&mut self, step: &Step, attempt: u32, why: &str) {
        self.emit(Event::StepReady { step: step.id.clone(), attempt, with: serde_json::Value::Null });
        let failure = Failure::new(
            FailureKind::Invalid,
            format!("the step's parameters cannot be filled in: {why}"),
            "skip the step, take it over by hand, or correct the runbook and start another run",
        );
        self.fail(&step.id, failure, Vec::new());
    }

    /// Records a failure and does what `retry` and `on_failure` say.
    pub(super) fn fail(&mut self, id: &StepId, failure: Failure, readings: Vec<Reading>) {
        let Some(attempt) = self.state.steps.get(id).map(|state| state.attempt) else { return };
        self.emit(Event::StepFailed { step: id.clone(), attempt, failure, readings });
        match self.retry_of(id) {
            Some(delay) => {
                self.retry_after(id, delay);
                self.schedule();
            }
            // A rollback that fails is for a person: nothing is right to do by itself.
            None if self.is_forward(id) => self.schedule(),
            None => {}
        }
    }

    /// The delay after which a failed step is tried again by itself, if it is.
    pub(super) fn retry_of(&self, id: &StepId) -> Option<f64> {
        let (step, state) = self.step(id).zip(self.state.steps.get(id))?;
        let failure = state.failure.as_ref()?;
        let passes = match failure.kind {
            FailureKind::Operator | FailureKind::Invalid => false,
            // It was accepted, and somebody has changed it since: two who put it back against each other help nobody.
            FailureKind::Conflict => failure.effect == Happened::No,
            _ => failure.effect != Happened::Unknown,
        };
        let spent = self.is_used_up(step, state);
        // What a person did by hand, and a proof that writes, is not tried again by itself; what is being rolled back goes no way but back.
        let ours = state.attempt > 0 && !state.taken_over && state.written.is_empty() && !(self.state.rolling_back && self.is_forward(id));
        let again = state.phase == StepPhase::Failed && self.state.kind != RunKind::DryRun && self.fatal_but(Some(id)).is_none();
        (again && passes && ours && !spent && state.attempt < step.retry.attempts).then_some(step.retry.delay)
    }

    /// Whether nothing more is done for a step without a person: its time is over, or its call has gone out as often as it may.
    pub(super) fn is_used_up(&self, step: &Step, state: &StepState) -> bool {
        state.sends >= step.retry.sends() || self.state.spent(state, self.at) >= step.timeout
    }

    pub(super) fn retry_after(&mut self, id: &StepId, delay: f64) {
        let attempt = self.state.steps.get(id).map_or(1, |state| state.attempt) + 1;
        self.emit(Event::StepRetrying { step: id.clone(), attempt, delay, by: None, reason: None });
        if self.state.paused.is_none() {
            self.effect(Effect::Delay { step: id.clone(), attempt, ms: milliseconds(delay) });
        }
    }

    /// Counts the delays of the steps that wait for another attempt, from now.
    pub(super) fn begin_delays(&mut self) {
        let waiting = |(id, step): (&StepId, &StepState)| (step.phase == StepPhase::Retrying).then(|| (id.clone(), step.attempt + 1));
        let waiting: Vec<(StepId, u32)> = self.state.steps.iter().filter_map(waiting).collect();
        for (step, attempt) in waiting {
            let ms = self.step(&step).map_or(0, |step| milliseconds(step.retry.delay));
            self.effect(Effect::Delay { step, attempt, ms });
        }
    }

    pub(super) fn roll_back(&mut self, by: Option<Actor>, reason: String) {
        self.emit(Event::RollbackStarted { by, reason });
        self.shelve();
        self.schedule();
    }

    /// Forward steps that have called nothing yet in this attempt are left out: a run that is being rolled back begins nothing.
    pub(super) fn shelve(&mut self) {
        let idle =
            |phase: &StepPhase| matches!(phase, StepPhase::Observing | StepPhase::Proposed | StepPhase::Confirming | StepPhase::Retrying);
        let plan = std::sync::Arc::clone(&self.state.plan);
        for step in &plan.steps {
            if self.state.steps.get(&step.id).is_some_and(|state| idle(&state.phase)) {
                self.leave_out(&step.id);
            }
        }
    }

    pub(super) fn leave_out(&mut self, id: &StepId) {
        let reason = "not begun: the run is being rolled back".to_owned();
        self.emit(Event::StepSkipped { step: id.clone(), reason, by: None });
        self.effect(Effect::Cancel(id.clone()));
    }

    /// One rollback at a time, the last change first, and only once nothing that was sent is still on its way.
    fn schedule_rollback(&mut self) {
        if self.calls_are_open() {
            return;
        }
        let plan = std::sync::Arc::clone(&self.state.plan);
        let phase = |id: &StepId| self.state.steps.get(id).map(|state| &state.phase);
        let open = |phase: &StepPhase| !matches!(phase, StepPhase::Dormant | StepPhase::Succeeded | StepPhase::Skipped { .. });
        if plan.rollbacks.values().any(|step| phase(&step.id).is_some_and(open)) {
            return;
        }
        // Of changes of the same millisecond the one further down the runbook is the later.
        let mut changed: Vec<(usize, &Step, Option<u64>)> = plan
            .steps
            .iter()
            .enumerate()
            .filter_map(|(place, step)| {
                let state = self.state.steps.get(&step.id)?;
                state.is_touched().then_some((place, step, state.touched_ms))
            })
            .collect();
        changed.sort_by_key(|(place, _, at)| std::cmp::Reverse((*at, *place)));
        let next = changed.iter().find_map(|(_, step, _)| {
            let rollback = plan.rollbacks.get(&step.id)?;
            (*phase(&rollback.id)? == StepPhase::Dormant).then_some(rollback)
        });
        if let Some(rollback) = next {
            self.begin(rollback, 1);
            return self.schedule_after_skip(&rollback.id);
        }
        let left: Vec<&str> = changed
            .iter()
            .filter(|(_, step, _)| match plan.rollbacks.get(&step.id) {
                None => step.mutates,
                Some(rollback) => matches!(phase(&rollback.id), Some(StepPhase::Skipped { .. })),
            })
            .map(|(_, step, _)| step.id.as_str())
            .collect();
        let reason = if left.is_empty() {
            "every change was rolled back".to_owned()
        } else {
            format!("rolled back; left as they are, without a rollback or by decision: {}", left.join(", "))
        };
        self.emit(Event::RunFinished { outcome: Outcome::RolledBack, reason, by: None });
    }

    fn schedule_after_skip(&mut self, id: &StepId) {
        if self.state.steps.get(id).is_some_and(|state| matches!(state.phase, StepPhase::Skipped { .. })) {
            self.schedule();
        }
    }

    pub(super) fn finish(&mut self, outcome: Outcome, reason: String, by: Option<Actor>) {
        let open: Vec<StepId> = self
            .state
            .steps
            .iter()
            .filter(|(_, step)| !step.phase.is_ended() && step.phase != StepPhase::Waiting)
            .map(|(id, _)| id.clone())
            .collect();
        open.into_iter().for_each(|id| self.effect(Effect::Cancel(id)));
        self.emit(Event::RunFinished { outcome, reason, by });
    }
}

fn milliseconds(seconds: f64) -> u64 {
    std::time::Duration::try_from_secs_f64(seconds).map_or(0, |delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX))
}
