//! The two clocks: the recovery time with a forecast of the finish, and the data that may be lost.

use std::collections::HashMap;
use std::time::Duration;

use super::model::RunView;
use super::stopwatch::Stopwatch;
use crate::clock::Stamp;
use crate::engine::{RunPhase, State, StepPhase, StepState};
use crate::id::StepId;
use crate::plan::{Plan, Reading, Step};

/// A step past its expected duration is taken to need this share of it still.
const OVERDUE_SHARE: f64 = 0.1;

/// When the run will probably be over.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// From now.
    pub left: Duration,
    /// The steps that decide it, in their order: those that still have something to do.
    pub critical: Vec<StepId>,
    /// A running step is past its expected duration: the forecast is a guess.
    pub overdue: bool,
}

/// The finish of a run, from what the steps that are left usually take and the longest way through them. `None` when the run is
/// over. People's thinking time is in nobody's `expected` and so not in the forecast.
pub fn forecast(state: &State, watch: &Stopwatch, now: Stamp) -> Option<Forecast> {
    if matches!(state.phase, RunPhase::Finished { .. }) {
        return None;
    }
    if state.rolling_back { Some(backward(state, watch, now)) } else { Some(forward(state, watch, now)) }
}

fn forward(state: &State, watch: &Stopwatch, now: Stamp) -> Forecast {
    let steps = &state.plan.steps;
    let index: HashMap<&StepId, usize> = steps.iter().enumerate().map(|(i, step)| (&step.id, i)).collect();
    let mut overdue = false;
    let left: Vec<f64> = steps
        .iter()
        .map(|step| {
            let (seconds, late) = remaining(state.steps.get(&step.id), step, watch, now);
            overdue |= late;
            seconds
        })
        .collect();
    let order = in_order(&state.plan, &index);
    let mut finish = vec![0.0_f64; steps.len()];
    let mut after: Vec<Option<usize>> = vec![None; steps.len()];
    for i in order {
        for need in steps[i].needs.iter().filter_map(|id| index.get(id).copied()) {
            if finish[need] > finish[i] {
                finish[i] = finish[need];
                after[i] = Some(need);
            }
        }
        finish[i] += left[i];
    }
    let mut at = (0..steps.len()).max_by(|a, b| finish[*a].total_cmp(&finish[*b]).then(b.cmp(a)));
    let total = at.map_or(0.0, |i| finish[i]);
    let mut critical = Vec::new();
    while let Some(i) = at {
        if left[i] > 0.0 {
            critical.push(steps[i].id.clone());
        }
        at = after[i];
    }
    critical.reverse();
    Forecast { left: seconds(total), critical, overdue }
}

/// Rollbacks run one after the other.
fn backward(state: &State, watch: &Stopwatch, now: Stamp) -> Forecast {
    let mut total = 0.0;
    let mut critical = Vec::new();
    let mut overdue = false;
    for (id, step) in due_rollbacks(state).into_iter().filter_map(|index| state.steps.get_index(index)) {
        let Some(plan) = state.plan.step(id) else { continue };
        let (left, late) = if step.phase == StepPhase::Dormant { (plan.expected, false) } else { remaining(Some(step), plan, watch, now) };
        overdue |= late;
        if left > 0.0 {
            critical.push(id.clone());
        }
        total += left;
    }
    Forecast { left: seconds(total), critical, overdue }
}

/// The rollbacks that run when the run is rolled back now, by their places in the state's list, in their order: of every step whose
/// call took effect, the last first; in the order of the engine's own choice.
pub fn due_rollbacks(state: &State) -> Vec<usize> {
    let steps = state.plan.steps.iter().enumerate();
    let mut due: Vec<(Option<u64>, usize, usize)> = steps
        .filter_map(|(place, step)| {
            let touched = state.steps.get(&step.id).filter(|at| at.touched)?;
            let rollback = state.plan.rollbacks.get(&step.id)?;
            Some((touched.touched_ms, place, state.steps.get_index_of(&rollback.id)?))
        })
        .collect();
    due.sort_by_key(|(at, place, _)| std::cmp::Reverse((*at, *place)));
    due.into_iter().map(|(_, _, index)| index).collect()
}

/// Seconds a step still needs, and whether it is past its expected duration.
fn remaining(step: Option<&StepState>, plan: &Step, watch: &Stopwatch, now: Stamp) -> (f64, bool) {
    let Some(step) = step else { return (plan.expected, false) };
    match &step.phase {
        StepPhase::Succeeded | StepPhase::Planned | StepPhase::Skipped { .. } | StepPhase::Dormant => (0.0, false),
        phase if phase.is_in_flight() || (plan.action == "manual" && *phase == StepPhase::Proposed) => {
            let gone = worked(plan, step, watch, now).unwrap_or_default().as_secs_f64();
            if gone > plan.expected { (plan.expected * OVERDUE_SHARE, true) } else { (plan.expected - gone, false) }
        }
        _ => (plan.expected, false),
    }
}

/// How long a step has been at work, or was: from its confirmation (from its readiness where it asked for none) to its end, or to
/// `now`. What a person does by hand is done before it is confirmed, and so counts from its readiness. `None` for a step that has
/// not begun.
pub fn worked(plan: &Step, step: &StepState, watch: &Stopwatch, now: Stamp) -> Option<Duration> {
    let begin = match step.phase {
        _ if plan.action == "manual" => step.times.ready?,
        StepPhase::Proposed => return None,
        _ => step.times.confirmed.or(step.times.proposed).or(step.times.ready)?,
    };
    Some(watch.between(begin, step.times.ended.unwrap_or(now)))
}

/// The steps so that each comes after its needs. Steps in a cycle (no plan has one) are left out.
fn in_order(plan: &Plan, index: &HashMap<&StepId, usize>) -> Vec<usize> {
    let mut open: Vec<usize> = plan.steps.iter().map(|step| step.needs.iter().filter(|id| index.contains_key(id)).count()).collect();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); plan.steps.len()];
    for (i, step) in plan.steps.iter().enumerate() {
        for need in step.needs.iter().filter_map(|id| index.get(id)) {
            next[*need].push(i);
        }
    }
    let mut order: Vec<usize> = (0..plan.steps.len()).filter(|i| open[*i] == 0).collect();
    let mut done = 0;
    while let Some(i) = order.get(done).copied() {
        done += 1;
        for follower in &next[i] {
            open[*follower] -= 1;
            if open[*follower] == 0 {
                order.push(*follower);
            }
        }
    }
    order
}

fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value.max(0.0)).unwrap_or(Duration::MAX)
}

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
        for (step, check) in state.plan.checks() {
            let Some(field) = &check.rpo_field else { continue };
            if let Some(reading) = view.readings.get(&check.id).and_then(|samples| samples.back())
                && let Some(lag) = lag_of(reading, field)
                && point.lag.is_none_or(|(known, _)| lag > known)
            {
                point.lag = Some((lag, reading.at));
            }
            let confirmed = step.and_then(|step| state.steps.get(step)).filter(|step| step.times.confirmed.is_some());
            let readings = confirmed.and_then(|step| step.confirmation.as_ref()).map_or(&[][..], |given| &given.readings);
            let accepted = readings.iter().filter(|reading| reading.check == check.id).filter_map(|reading| lag_of(reading, field));
            point.accepted = accepted.chain(point.accepted).max();
        }
        point
    }
}

/// The lag a reading gives: the named field, or the reading's number.
fn lag_of(reading: &Reading, field: &str) -> Option<Duration> {
    let value = reading.fields.get(field).and_then(serde_json::Value::as_f64).or(reading.number)?;
    (value >= 0.0).then(|| seconds(value))
}
