//! How driving a run ends: over, stopped by somebody, stuck without a person, or without a record.

use super::{Driver, Ended};
use crate::driver::unsaved::belongs_to_a_call;
use crate::engine::{Command, Effect, Input, RunKind, RunPhase, StepPhase};
use crate::id::StepId;
use crate::plan::OnFailure;

impl Driver {
    /// Nobody is there to open what stays shut.
    pub(super) fn give_up(&mut self, reason: String) -> Ended {
        if self.state.phase == RunPhase::Running {
            self.told(Input::LetGo { reason: reason.clone() });
        }
        self.unrecorded().unwrap_or_else(|| Ended::Refused(Box::new((*self.state).clone()), reason))
    }

    /// First signal: schedule nothing more and let what is in flight finish. Second: stop waiting; what has an intent and no
    /// outcome is in doubt, and a resume looks before it acts.
    pub(super) fn signal(&mut self, why: &'static str) -> Option<Ended> {
        self.signals += 1;
        if self.signals > 1 {
            let reason = format!("{why}, for the second time: stopped without waiting for what was in flight");
            self.told(Input::LetGo { reason: reason.clone() });
            return Some(self.unrecorded().unwrap_or_else(|| Ended::Paused(Box::new((*self.state).clone()), reason)));
        }
        self.stop_safely(why.to_owned());
        None
    }

    /// Begins nothing new; the run stops once what is in flight has come to its end.
    pub(super) fn stop_safely(&mut self, reason: String) {
        if self.stop.is_some() {
            return;
        }
        self.stop = Some(reason.clone());
        if self.state.paused.is_none() && !matches!(self.state.phase, RunPhase::Finished { .. }) {
            self.told(Input::Operator { by: self.operator.clone(), command: Command::Pause { reason } });
        }
    }

    pub(super) fn unrecorded(&mut self) -> Option<Ended> {
        self.unsaved.take().map(|unsaved| Ended::Unrecorded(unsaved.error, unsaved.records))
    }

    pub(super) fn is_over(&mut self) -> Option<Ended> {
        let in_flight = |wanted: fn(&Effect) -> bool| self.in_flight.values().any(|(effect, _)| wanted(effect));
        if self.unsaved.is_some() {
            return if in_flight(belongs_to_a_call) { None } else { self.unrecorded() };
        }
        let state = || Box::new((*self.state).clone());
        if matches!(self.state.phase, RunPhase::Finished { .. }) {
            return Some(Ended::Finished(state()));
        }
        if let Some(reason) = &self.stop {
            // The time until a retry is no work: it begins again when the run is taken up.
            let working = in_flight(|effect| !matches!(effect, Effect::Delay { .. }));
            return if working { None } else { Some(Ended::Paused(state(), reason.clone())) };
        }
        if self.hands.is_person() || !self.in_flight.is_empty() {
            return None;
        }
        self.is_stuck()
    }

    /// Without a person, what waits for one waits for ever.
    fn is_stuck(&mut self) -> Option<Ended> {
        if self.state.kind == RunKind::DryRun {
            return None;
        }
        let proposed = || self.state.steps.iter().filter(|(_, step)| step.phase == StepPhase::Proposed);
        let open = proposed().any(|(id, step)| self.waits.refusal(id, step.attempt).is_none());
        if open && self.state.paused.is_none() {
            return None; // Another branch can still go on.
        }
        let refused = proposed().find_map(|(id, step)| {
            let why = self.waits.refusal(id, step.attempt)?;
            Some(format!("step {id} cannot be confirmed without a person: {why}"))
        });
        if let Some(reason) = refused {
            return Some(self.give_up(reason));
        }
        let settled = |id: &StepId| {
            let continues = self.state.plan.step(id).is_some_and(|step| step.on_failure == OnFailure::Continue);
            self.is_forward(id) && (self.state.rolling_back || continues)
        };
        let (id, why) = self.state.steps.iter().find_map(|(id, step)| match (&step.phase, &step.failure) {
            (StepPhase::InDoubt { reason, undecided: true }, _) => Some((id, format!("whether its call happened is in doubt: {reason}"))),
            (StepPhase::Failed, failure) if !settled(id) => {
                Some((id, failure.as_ref().map_or_else(|| "it failed".to_owned(), ToString::to_string)))
            }
            _ => None,
        })?;
        Some(Ended::Paused(Box::new((*self.state).clone()), format!("{id} needs a person to decide: {why}")))
    }

    fn is_forward(&self, id: &StepId) -> bool {
        !self.state.plan.is_rollback(id)
    }
}
