//! The forecast of a run's finish: the longest way through what is left.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::stopwatch::Stopwatch;
use super::tally::plan_step;
use crate::clock::Stamp;
use crate::engine::{RunPhase, State, StepPhase, StepState};
use crate::id::StepId;
use crate::plan::{Plan, Step};

/// A step past its expected duration is taken to need this share of it still.
const OVERDUE_SHARE: f64 = 0.1;

/// When the run will probably be over. Steps are named by their places in the state's list.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// From now.
    pub left: Duration,
    /// The steps that decide it, in their order: those that still have something to do.
    pub critical: Vec<usize>,
    /// A running step is past its expected duration: the forecast is a guess.
    pub overdue: bool,
    /// When each step will probably begin (or go on) and end, in seconds from now; the same twice for one with nothing left to do.
    pub spans: Vec<(f64, f64)>,
}

/// What a forecast is made from, found out once and kept up to date event by event: a screen asks for one in every frame.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// The places of what each forward step needs.
    needs: Vec<Box<[usize]>>,
    /// The forward steps so that each comes after its needs.
    order: Vec<usize>,
    /// Seconds each step still needs, unless that depends on the time.
    left: Vec<f64>,
    /// The steps for which it does.
    moving: BTreeSet<usize>,
    /// When each step ended well, on the run's own clock.
    ended_ms: Vec<Option<u64>>,
}

impl Course {
    /// The course of a whole run.
    pub fn of(state: &State) -> Self {
        let mut course = Self::ahead(&state.plan, state.steps.len());
        course.update_all(state);
        course
    }

    /// The course of a plan that nobody has begun.
    fn ahead(plan: &Plan, places: usize) -> Self {
        let steps = &plan.steps;
        let index: HashMap<&StepId, usize> = steps.iter().enumerate().map(|(i, step)| (&step.id, i)).collect();
        let needs: Vec<Box<[usize]>> =
            steps.iter().map(|step| step.needs.iter().filter_map(|id| index.get(id).copied()).collect()).collect();
        let order = in_order(&needs);
        Self { needs, order, left: vec![0.0; places], moving: BTreeSet::new(), ended_ms: vec![None; places] }
    }

    pub(super) fn update_all(&mut self, state: &State) {
        for place in 0..state.steps.len() {
            self.update(state, place);
        }
    }

    /// Looks at one step anew.
    pub(super) fn update(&mut self, state: &State, place: usize) {
        let (Some((_, step)), Some(plan)) = (state.steps.get_index(place), plan_step(&state.plan, place)) else { return };
        let Some(left) = self.left.get_mut(place) else { return };
        let moves = moves(step, plan);
        *left = if moves || ended_well(&step.phase) { 0.0 } else { plan.expected };
        if moves {
            self.moving.insert(place);
        } else {
            self.moving.remove(&place);
        }
        self.ended_ms[place] = step.times.ended.filter(|_| ended_well(&step.phase)).map(|at| at.mono_ms);
    }

    /// The finish of a run, from what the steps that are left usually take and the longest way through them. `None` when the run is
    /// over. People's thinking time is in nobody's `expected` and so not in the forecast.
    pub fn forecast(&self, state: &State, watch: &Stopwatch, now: Stamp) -> Option<Forecast> {
        if matches!(state.phase, RunPhase::Finished { .. }) {
            return None;
        }
        let mut left = self.left.clone();
        let mut overdue = false;
        let forward = state.plan.steps.len();
        for place in self.moving.iter().copied().filter(|place| !state.rolling_back || *place >= forward) {
            let Some(((_, step), plan)) = state.steps.get_index(place).zip(plan_step(&state.plan, place)) else { continue };
            let (seconds, late) = remaining(step, plan, watch, now);
            left[place] = seconds;
            overdue |= late;
        }
        Some(if state.rolling_back { backward(state, &left, overdue) } else { self.forward(&left, overdue) })
    }

    fn forward(&self, left: &[f64], overdue: bool) -> Forecast {
        let steps = self.needs.len();
        let mut spans = vec![(0.0_f64, 0.0_f64); left.len()];
        let mut after: Vec<Option<usize>> = vec![None; steps];
        for i in self.order.iter().copied() {
            let mut begin = 0.0_f64;
            for need in self.needs[i].iter().copied() {
                if spans[need].1 > begin {
                    begin = spans[need].1;
                    after[i] = Some(need);
                }
            }
            spans[i] = (begin, begin + left[i]);
        }
        let mut at = (0..steps).max_by(|a, b| spans[*a].1.total_cmp(&spans[*b].1).then(b.cmp(a)));
        let total = at.map_or(0.0, |i| spans[i].1);
        let mut critical = Vec::new();
        while let Some(i) = at {
            if left[i] > 0.0 {
                critical.push(i);
            }
            at = after[i];
        }
        critical.reverse();
        Forecast { left: seconds(total), critical, overdue, spans }
    }

    /// The steps that have decided so far how long the run takes, the last first: back from `from`, which is not among them, or from
    /// the step that ended last; always to the need that ended last.
    pub fn behind(&self, from: Option<usize>) -> Vec<usize> {
        let last = |places: &mut dyn Iterator<Item = usize>| {
            places.filter(|place| self.ended_ms[*place].is_some()).max_by_key(|place| self.ended_ms[*place])
        };
        let mut behind = Vec::new();
        let mut at = match from {
            Some(from) => self.needs.get(from).and_then(|needs| last(&mut needs.iter().copied())),
            None => last(&mut (0..self.needs.len())),
        };
        // A plan has no cycle; a journal of somebody else's might.
        while let Some(place) = at.filter(|_| behind.len() < self.needs.len()) {
            behind.push(place);
            at = last(&mut self.needs[place].iter().copied());
        }
        behind
    }
}

/// The forecast of a run of this plan that begins now: every step runs and takes as long as it usually does, and nobody has to think.
pub fn schedule(plan: &Plan) -> Forecast {
    let left: Vec<f64> = plan.steps.iter().map(|step| step.expected).collect();
    Course::ahead(plan, left.len()).forward(&left, false)
}

/// Rollbacks run one after the other.
fn backward(state: &State, left: &[f64], overdue: bool) -> Forecast {
    let mut total = 0.0;
    let mut critical = Vec::new();
    let mut spans = vec![(0.0, 0.0); left.len()];
    for place in due_rollbacks(state) {
        let Some(((_, step), plan)) = state.steps.get_index(place).zip(plan_step(&state.plan, place)) else { continue };
        let left = if step.phase == StepPhase::Dormant { plan.expected } else { left[place] };
        if left > 0.0 {
            critical.push(place);
        }
        spans[place] = (total, total + left);
        total += left;
    }
    Forecast { left: seconds(total), critical, overdue, spans }
}

/// The rollbacks that run when the run is rolled back now, by their places in the state's list, in their order: of every step whose
/// call took effect, the last first; in the order of the engine's own choice.
pub fn due_rollbacks(state: &State) -> Vec<usize> {
    let steps = state.plan.steps.iter().enumerate();
    let mut due: Vec<(Option<u64>, usize, usize)> = steps
        .filter_map(|(place, step)| {
            let touched = state.steps.get_index(place).map(|(_, at)| at).filter(|at| at.is_touched())?;
            let rollback = state.plan.rollbacks.get(&step.id)?;
            Some((touched.touched_ms, place, state.steps.get_index_of(&rollback.id)?))
        })
        .collect();
    due.sort_by_key(|(at, place, _)| std::cmp::Reverse((*at, *place)));
    due.into_iter().map(|(_, _, index)| index).collect()
}

/// There is nothing left for it to do, unless it is a rollback nobody has asked for yet.
fn ended_well(phase: &StepPhase) -> bool {
    matches!(phase, StepPhase::Succeeded | StepPhase::Planned | StepPhase::Skipped { .. } | StepPhase::Dormant)
}

/// It is at work, so that what it still needs becomes less by itself.
fn moves(step: &StepState, plan: &Step) -> bool {
    step.phase.is_in_flight() || (plan.action == "manual" && step.phase == StepPhase::Proposed)
}

/// Seconds a step at work still needs, and whether it is past its expected duration.
fn remaining(step: &StepState, plan: &Step, watch: &Stopwatch, now: Stamp) -> (f64, bool) {
    let gone = worked(plan, step, watch, now).unwrap_or_default().as_secs_f64();
    if gone > plan.expected { (plan.expected * OVERDUE_SHARE, true) } else { (plan.expected - gone, false) }
}

/// When a step began to work: when it was confirmed (when it was ready where it asked for nothing). What a person does by hand is
/// done before it is confirmed, and so begins with its readiness. `None` for a step that has not begun.
pub fn began(plan: &Step, step: &StepState) -> Option<Stamp> {
    match step.phase {
        _ if plan.action == "manual" => step.times.ready,
        StepPhase::Proposed => None,
        _ => step.times.confirmed.or(step.times.proposed).or(step.times.ready),
    }
}

/// How long a step has been at work, or was: to its end, or to `now`. `None` for a step that has not begun.
pub fn worked(plan: &Step, step: &StepState, watch: &Stopwatch, now: Stamp) -> Option<Duration> {
    Some(watch.between(began(plan, step)?, step.times.ended.unwrap_or(now)))
}

/// How long is still spent on a step by itself before it fails for want of time: what its `timeout` leaves. `None` when nothing of the
/// kind is under way.
pub fn gives_up(state: &State, plan: &Step, step: &StepState, now: Stamp) -> Option<Duration> {
    let runs = step.spent.since_ms.is_some() && matches!(step.phase, StepPhase::Applying | StepPhase::Settling);
    runs.then(|| seconds(plan.timeout - state.spent(step, now)))
}

/// The steps so that each comes after its needs. Steps in a cycle (no plan has one) are left out.
fn in_order(needs: &[Box<[usize]>]) -> Vec<usize> {
    let mut open: Vec<usize> = needs.iter().map(|needs| needs.len()).collect();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (i, needs) in needs.iter().enumerate() {
        for need in needs {
            next[*need].push(i);
        }
    }
    let mut order: Vec<usize> = (0..needs.len()).filter(|i| open[*i] == 0).collect();
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
