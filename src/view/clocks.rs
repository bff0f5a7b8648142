//! The two clocks: how long the service has been gone, and the data that may be lost.

use std::time::Duration;

use super::model::RunView;
use super::stopwatch::Stopwatch;
use crate::clock::Stamp;
use crate::engine::{RunPhase, State};
use crate::id::{CheckId, StepId};
use crate::plan::{Plan, Reading};

/// The recovery time as of a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecoveryTime {
    /// Since the outage began; for a run that is over, until its end.
    pub gone: Duration,
    /// The objective, when the runbook has one.
    pub objective: Option<Duration>,
}

impl RecoveryTime {
    /// The recovery time of a run.
    pub fn of(state: &State, watch: &Stopwatch, now: Stamp) -> Self {
        let until = if matches!(state.phase, RunPhase::Finished { .. }) { state.last } else { now };
        let gone = Duration::try_from(watch.since_incident(state, until)).unwrap_or_default();
        Self { gone, objective: state.plan.objectives.rto.map(seconds) }
    }

    /// What is left of the objective; `Err` holds by how much it is missed.
    pub fn left(&self) -> Option<Result<Duration, Duration>> {
        let objective = self.objective?;
        Some(objective.checked_sub(self.gone).ok_or_else(|| self.gone.saturating_sub(objective)))
    }
}

/// How much data would be lost, and how much was accepted to be.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RecoveryPoint {
    /// The objective, when the runbook has one.
    pub objective: Option<Duration>,
    /// The latest lag, and when it was read. The worst where several checks measure one.
    pub lag: Option<(Duration, Stamp)>,
    /// The worst lag among the readings of the confirmations given so far.
    pub accepted: Option<Duration>,
}

impl RecoveryPoint {
    /// The recovery point of a run: from the checks that measure a lag.
    pub fn of(view: &RunView) -> Self {
        let Some(state) = &view.state else { return Self::default() };
        let mut point = Self { objective: state.plan.objectives.rpo.map(seconds), ..Self::default() };
        for LagCheck { step, check, field } in &view.lag_checks {
            if let Some(reading) = view.readings.get(check).and_then(|samples| samples.back())
                && let Some(lag) = lag_of(reading, field)
                && point.lag.is_none_or(|(known, _)| lag > known)
            {
                point.lag = Some((lag, reading.at));
            }
            let confirmed = step.as_ref().and_then(|step| state.steps.get(step)).filter(|step| step.times.confirmed.is_some());
            let readings = confirmed.and_then(|step| step.confirmation.as_ref()).map_or(&[][..], |given| &given.readings);
            let accepted = readings.iter().filter(|reading| reading.check == *check).filter_map(|reading| lag_of(reading, field));
            point.accepted = accepted.chain(point.accepted).max();
        }
        point
    }
}

/// The lag a reading gives: the named field, or the reading's number.
fn lag_of(reading: &Reading, field: &str) -> Option<Duration> {
    let value = reading.fields.get(field).and_then(|value| value.as_f64()).or(reading.number)?;
    (value >= 0.0).then(|| seconds(value))
}

/// A check that measures a lag. A plan has few of them among many checks, and they are asked for in every frame.
#[derive(Debug, Clone, PartialEq)]
pub struct LagCheck {
    step: Option<StepId>,
    check: CheckId,
    field: String,
}

impl LagCheck {
    /// Those of a plan.
    pub(super) fn all(plan: &Plan) -> Vec<Self> {
        let of = |(step, check): (Option<&StepId>, &crate::plan::Check)| {
            Some(Self { step: step.cloned(), check: check.id.clone(), field: check.rpo_field.clone()? })
        };
        plan.checks().filter_map(of).collect()
    }
}

fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value.max(0.0)).unwrap_or(Duration::MAX)
}
