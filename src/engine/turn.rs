//! One turn of the engine: a working copy of the state, and what has been decided so far. Each emitted event is folded at once, so
//! that a later decision of the same turn sees it.

use super::event::{Actor, Event, Outcome, RunKind};
use super::evolve::evolve;
use super::input::Effect;
use super::scope::scope;
use super::state::{RunPhase, State, StepPhase, StepState};
use crate::clock::Stamp;
use crate::expr;
use crate::id::StepId;
use crate::plan::{Failure, FailureKind, Happened, OnFailure, Reading, Step};

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
        if self.state.rolling_back { self.schedule_rollback() } else { self.schedule_forward() }
    }

    fn schedule_forward(&mut self) {
        let plan = std::sync::Arc::clone(&self.state.plan);
        loop {
            let mut moved = false;
            for step in &plan.steps {
                let waiting = self.state.steps.get(&step.id).is_some_and(|state| state.phase == StepPhase::Waiting);
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
        if plan.steps.iter().all(|step| self.counts_as_done(&step.id)) {
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
    fn counts_as_done(&self, id: &StepId) -> bool {
        let Some(state) = self.state.steps.get(id) else { return false };
        match state.phase {
            StepPhase::Succeeded | StepPhase::Planned | StepPhase::Skipped { .. } => true,
            StepPhase::Failed => {
                self.state.kind == RunKind::DryRun || self.step(id).is_some_and(|step| step.on_failure == OnFailure::Continue)
            }
            _ => false,
        }
    }

    /// Begins an attempt: decides `when`, fills in `with`, and looks at the world.
    pub(super) fn begin(&mut self, step: &Step, attempt: u32) {
        let dry = self.state.kind == RunKind::DryRun;
        let scope = scope(&self.state);
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
        let with = if dry {
            expr::render_known(&step.with, &scope, |source| format!("(known after {source})"))
        } else {
            expr::render(&step.with, &scope)
        };
        match with {
            Ok(with) => {
                self.emit(Event::StepReady { step: step.id.clone(), attempt, with });
                self.effect(Effect::Observe(step.id.clone(), attempt));
            }
            Err(error) => self.cannot_begin(step, attempt, &error.to_string()),
        }
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
        let Some((step, attempt)) = self.step(id).cloned().zip(self.state.steps.get(id).map(|state| state.attempt)) else { return };
        let retryable = failure.effect != Happened::Unknown && !matches!(failure.kind, FailureKind::Operator | FailureKind::Invalid);
        let reason = failure.message.clone();
        self.emit(Event::StepFailed { step: id.clone(), attempt, failure, readings });
        if self.state.kind == RunKind::DryRun {
            return self.schedule();
        }
        if retryable && attempt < step.retry.attempts {
            let delay = step.retry.delay;
            self.emit(Event::StepRetrying { step: id.clone(), attempt: attempt + 1, delay, by: None });
            return self.effect(Effect::Delay { step: id.clone(), attempt: attempt + 1, ms: milliseconds(delay) });
        }
        if self.state.plan.rollbacks.values().any(|rollback| rollback.id == *id) {
            return; // A rollback that fails is for a person: nothing is right to do by itself.
        }
        match step.on_failure {
            OnFailure::Pause => {}
            OnFailure::Continue => self.schedule(),
            OnFailure::RollBack => self.roll_back(None, format!("{id} failed: {reason}")),
            OnFailure::Abort => self.finish(Outcome::Aborted, format!("{id} failed: {reason}"), None),
        }
    }

    pub(super) fn roll_back(&mut self, by: Option<Actor>, reason: String) {
        self.emit(Event::RollbackStarted { by, reason });
        let idle: Vec<StepId> =
            self.unfinished(|phase| !phase.is_in_flight() || matches!(phase, StepPhase::Observing | StepPhase::Confirming));
        for id in idle {
            self.effect(Effect::Cancel(id));
        }
        self.schedule();
    }

    /// One rollback at a time, the last change first, and only once nothing that was sent is still on its way.
    fn schedule_rollback(&mut self) {
        let plan = std::sync::Arc::clone(&self.state.plan);
        let busy = |phase: &StepPhase| {
            matches!(phase, StepPhase::Applying | StepPhase::Settling | StepPhase::Verifying | StepPhase::InDoubt { .. })
        };
        if plan.steps.iter().any(|step| self.state.steps.get(&step.id).is_some_and(|state| busy(&state.phase))) {
            return;
        }
        let open = |phase: &StepPhase| !matches!(phase, StepPhase::Dormant | StepPhase::Succeeded | StepPhase::Skipped { .. });
        if plan.rollbacks.values().any(|step| self.state.steps.get(&step.id).is_some_and(|state| open(&state.phase))) {
            return;
        }
        let mut changed: Vec<(&StepId, Option<Stamp>)> = plan
            .steps
            .iter()
            .filter_map(|step| self.state.steps.get(&step.id).map(|state| (&step.id, state)))
            .filter(|(_, state)| state.touched)
            .map(|(id, state)| (id, state.times.applied.or(state.times.intent)))
            .collect();
        changed.sort_by_key(|(_, applied)| std::cmp::Reverse(*applied));
        let next = changed.iter().find_map(|(id, _)| {
            let rollback = plan.rollbacks.get(*id)?;
            (self.state.steps.get(&rollback.id)?.phase == StepPhase::Dormant).then_some(rollback)
        });
        if let Some(rollback) = next {
            self.begin(rollback, 1);
            return self.schedule_after_skip(&rollback.id);
        }
        let left: Vec<&str> = changed.iter().filter(|(id, _)| !plan.rollbacks.contains_key(*id)).map(|(id, _)| id.as_str()).collect();
        let reason = if left.is_empty() {
            "every change was rolled back".to_owned()
        } else {
            format!("rolled back; left as they are, because there is no rollback for them: {}", left.join(", "))
        };
        self.emit(Event::RunFinished { outcome: Outcome::RolledBack, reason, by: None });
    }

    fn schedule_after_skip(&mut self, id: &StepId) {
        if self.state.steps.get(id).is_some_and(|state| matches!(state.phase, StepPhase::Skipped { .. })) {
            self.schedule();
        }
    }

    pub(super) fn finish(&mut self, outcome: Outcome, reason: String, by: Option<Actor>) {
        for id in self.unfinished(|phase| !phase.is_ended() && *phase != StepPhase::Waiting) {
            if self.state.steps.get(&id).is_some_and(|state| state.phase == StepPhase::Applying) {
                let attempt = self.state.steps.get(&id).map_or(1, |state| state.attempt);
                let reason = "the run was ended while the call was under way".to_owned();
                self.emit(Event::StepInDoubt { step: id.clone(), attempt, reason, undecided: true });
            }
            self.effect(Effect::Cancel(id));
        }
        self.emit(Event::RunFinished { outcome, reason, by });
    }

    fn unfinished(&self, wanted: impl Fn(&StepPhase) -> bool) -> Vec<StepId> {
        self.state.steps.iter().filter(|(_, step)| !step.phase.is_ended() && wanted(&step.phase)).map(|(id, _)| id.clone()).collect()
    }
}

fn milliseconds(seconds: f64) -> u64 {
    std::time::Duration::try_from_secs_f64(seconds).map_or(0, |delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX))
}
