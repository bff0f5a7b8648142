//! A run in figures: what it reached, against what it should have reached.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::model::{RunView, Tone};
use super::stopwatch::Stopwatch;
use super::words::phase_word;
use crate::clock::Stamp;
use crate::engine::{Actor, Given, Identity, Outcome, Override, RunKind, RunPhase, State, StepPhase, StepState};
use crate::id::{Digest, RunId, StepId, TargetId};
use crate::plan::{Endpoint, Reading, Step, Verdict};
use crate::text::one_line;

/// A run at its end, or as far as it has come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The run's name.
    pub run: RunId,
    /// Live, dry run or drill.
    pub kind: RunKind,
    /// The simulated world of a drill.
    pub world: Option<String>,
    /// `name` of the runbook.
    pub runbook: String,
    /// `title` of the runbook.
    pub title: String,
    /// Fingerprint of the plan.
    pub plan: Digest,
    /// Who started it.
    pub operator: Actor,
    /// How it ended; `None` while it goes on.
    pub outcome: Option<Outcome>,
    /// Why it ended so.
    pub reason: String,
    /// Why nothing new is scheduled, when it is paused and not over.
    pub paused: Option<String>,
    /// When the outage began, as far as is known.
    pub incident_start: Timestamp,
    /// When the run was started.
    pub started: Timestamp,
    /// When it ended, or its last event so far.
    pub ended: Timestamp,
    /// Seconds from `started` to `ended`.
    pub run_s: f64,
    /// From the start of the incident to the end of the run, in seconds; `None` in a dry run, which recovers nothing.
    pub rto: Option<Clock>,
    /// The most data, in seconds of writes, that was accepted as lost; `None` when no confirmed step could lose any.
    pub rpo: Option<Clock>,
    /// How many steps stand where.
    pub counts: IndexMap<&'static str, usize>,
    /// Every step that was not left asleep.
    pub steps: Vec<StepSummary>,
    /// Confirmations in force, in the order of the plan.
    pub confirmations: Vec<ConfirmationSummary>,
    /// Preconditions that were overridden: the run's, then the steps'.
    pub overrides: Vec<OverrideSummary>,
    /// Steps that were left out, with the reason.
    pub skipped: IndexMap<StepId, String>,
    /// Steps that stand failed.
    pub failures: Vec<FailureSummary>,
    /// How often something failed in all, what was mended later included.
    pub failures_seen: usize,
    /// What took the place of AWS.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<Endpoint>,
    /// Who STS said we are.
    pub identities: IndexMap<TargetId, Identity>,
}

/// A clock against its objective.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Clock {
    /// Seconds reached so far; `None` when nobody could tell.
    pub reached_s: Option<f64>,
    /// Seconds allowed; `None` without an objective.
    pub objective_s: Option<f64>,
    /// Whether the objective was met; `None` when that cannot be said (yet).
    pub met: Option<bool>,
}

/// One step in figures. Seconds are of the last attempt; a station not reached has none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepSummary {
    /// Its id.
    pub id: StepId,
    /// Its title.
    pub title: String,
    /// Where it stands, in a word or two.
    pub state: &'static str,
    /// How often it was begun.
    pub attempts: u32,
    /// It was already so.
    pub already: bool,
    /// It was done by hand.
    pub taken_over: bool,
    /// From proposed to confirmed: a person (and the look at the confirmation).
    pub waiting_s: Option<f64>,
    /// From confirmed to settled: the call and what it sets off.
    pub working_s: Option<f64>,
    /// From settled to the end: the proofs.
    pub verifying_s: Option<f64>,
    /// From ready to the end, all attempts together.
    pub total_s: Option<f64>,
    /// What the runbook says is usual for working and verifying.
    pub expected_s: f64,
    /// Who confirmed it.
    pub by: Option<Actor>,
}

/// One confirmation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfirmationSummary {
    /// The step.
    pub step: StepId,
    /// Who.
    pub by: Actor,
    /// How.
    pub given: Given,
    /// When it came into force.
    pub at: Timestamp,
    /// On which readings.
    pub readings: Vec<ReadingSummary>,
    /// Answers that were given with it.
    pub answers: IndexMap<String, Value>,
}

/// One reading with its check's title.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReadingSummary {
    /// What is true when it passes.
    pub title: String,
    /// What was seen, in a few words.
    pub shown: String,
    /// What it means.
    pub verdict: Verdict,
    /// When it was taken.
    pub at: Timestamp,
}

/// One overridden precondition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OverrideSummary {
    /// The step; `None` for the run's own.
    pub step: Option<StepId>,
    /// What should have been true.
    pub title: String,
    /// Why it was overridden.
    pub reason: String,
}

/// One failed step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FailureSummary {
    /// The step.
    pub step: StepId,
    /// What happened.
    pub what: String,
    /// What to do next.
    pub hint: String,
}

impl Summary {
    /// The figures of a run; `None` before its first event.
    pub fn of(view: &RunView) -> Option<Self> {
        let state = view.state.as_ref()?;
        let (outcome, reason) = match &state.phase {
            RunPhase::Finished { outcome, reason } => (Some(*outcome), reason.clone()),
            _ => (None, String::new()),
        };
        let end = end(view, state);
        let awake: Vec<(&Step, &StepState)> = state
            .steps
            .iter()
            .filter(|(_, step)| step.phase != StepPhase::Dormant)
            .filter_map(|(id, step)| Some((state.plan.step(id)?, step)))
            .collect();
        let mut counts = IndexMap::new();
        for (_, step) in &awake {
            *counts.entry(phase_word(&step.phase)).or_default() += 1;
        }
        Some(Self {
            run: state.run.clone(),
            kind: state.kind,
            world: state.world.as_ref().map(|world| world.name.clone()),
            endpoints: state.endpoints.clone(),
            runbook: state.plan.name.clone(),
            title: state.plan.title.clone(),
            plan: state.plan_digest.clone(),
            operator: state.operator.clone(),
            outcome,
            reason,
            paused: state.paused.clone().filter(|_| outcome.is_none()),
            incident_start: state.incident_start,
            started: state.started.wall,
            ended: end.wall,
            run_s: view.watch.between(state.started, end).as_secs_f64(),
            rto: rto(view, state, outcome, end),
            rpo: rpo(state),
            counts,
            steps: awake.iter().map(|(plan, step)| step_summary(&view.watch, plan, step, end)).collect(),
            confirmations: awake.iter().filter_map(|(plan, step)| confirmation(state, plan, step)).collect(),
            overrides: overrides(state, &awake),
            skipped: awake.iter().filter_map(|(plan, step)| skipped(plan, step)).collect(),
            failures: awake.iter().filter_map(|(plan, step)| failure(plan, step)).collect(),
            failures_seen: view.timeline.iter().filter(|entry| entry.tone == Tone::Bad && entry.step.is_some()).count(),
            identities: state.identities.clone(),
        })
    }
}

/// When the run ended: a note added afterwards does not make it longer.
fn end(view: &RunView, state: &State) -> Stamp {
    if !matches!(state.phase, RunPhase::Finished { .. }) {
        return state.last;
    }
    let last = view.timeline.iter().rev().find(|entry| entry.step.is_none() && entry.tone != Tone::Plain);
    last.map_or(state.last, |entry| entry.at)
}

fn rto(view: &RunView, state: &State, outcome: Option<Outcome>, end: Stamp) -> Option<Clock> {
    if state.kind == RunKind::DryRun {
        return None;
    }
    let reached = view.watch.since_incident(state, end).as_secs_f64().max(0.0);
    let objective = state.plan.objectives.rto;
    let met = objective.and_then(|objective| match outcome {
        Some(Outcome::Succeeded) => Some(reached <= objective),
        Some(_) => Some(false),
        None => (reached > objective).then_some(false),
    });
    Some(Clock { reached_s: Some(reached), objective_s: objective, met })
}

/// Only a step that was confirmed and cannot be undone gives data up; what it gave up is what its readings said then.
fn rpo(state: &State) -> Option<Clock> {
    let objective = state.plan.objectives.rpo;
    let mut told = Vec::new();
    for (id, step) in state.steps.iter() {
        let irreversible = state.plan.step(id).is_some_and(|plan| plan.mutates && !plan.reversible);
        let Some(confirmation) = step.confirmation.as_ref().filter(|_| irreversible && step.times.confirmed.is_some()) else { continue };
        for reading in &confirmation.readings {
            if let Some(field) = state.plan.check(&reading.check).and_then(|check| check.rpo_field.as_deref()) {
                told.push(lost(reading, field));
            }
        }
    }
    if told.is_empty() || state.kind == RunKind::DryRun {
        return None;
    }
    // One that nobody knows makes the whole unknown: it may have been the largest.
    let reached = told.into_iter().collect::<Option<Vec<f64>>>().map(|told| told.into_iter().fold(0.0, f64::max));
    let met = objective.and_then(|objective| reached.map(|reached| reached <= objective));
    Some(Clock { reached_s: reached, objective_s: objective, met })
}

fn lost(reading: &Reading, field: &str) -> Option<f64> {
    if matches!(reading.verdict, Verdict::Unknown(_)) {
        return None;
    }
    reading.fields.get(field).and_then(|value| value.as_f64()).or(reading.number).filter(|lost| *lost >= 0.0)
}

fn step_summary(watch: &Stopwatch, plan: &Step, step: &StepState, end: Stamp) -> StepSummary {
    let times = &step.times;
    let until = times.ended.unwrap_or(end);
    let between = |from: Option<Stamp>, to: Option<Stamp>| from.map(|from| watch.between(from, to.unwrap_or(until)).as_secs_f64());
    StepSummary {
        id: plan.id.clone(),
        title: plan.title.clone(),
        state: phase_word(&step.phase),
        attempts: step.attempt,
        already: step.already,
        taken_over: step.taken_over,
        // A step that was left out was not waited for, however long its change stood there.
        waiting_s: between(times.proposed, times.confirmed)
            .filter(|_| times.confirmed.is_some() || !matches!(step.phase, StepPhase::Skipped { .. })),
        working_s: between(times.confirmed, times.settled),
        verifying_s: between(times.settled, None),
        total_s: between(times.ready, None),
        expected_s: plan.expected,
        by: step.confirmation.as_ref().filter(|_| times.confirmed.is_some()).map(|confirmation| confirmation.by.clone()),
    }
}

fn confirmation(state: &State, plan: &Step, step: &StepState) -> Option<ConfirmationSummary> {
    let confirmation = step.confirmation.as_ref()?;
    Some(ConfirmationSummary {
        step: plan.id.clone(),
        by: confirmation.by.clone(),
        given: confirmation.given.clone(),
        at: step.times.confirmed?.wall,
        readings: confirmation.readings.iter().map(|reading| reading_summary(state, reading)).collect(),
        answers: confirmation.answers.clone(),
    })
}

fn reading_summary(state: &State, reading: &Reading) -> ReadingSummary {
    let title = state.plan.check(&reading.check).map_or_else(|| reading.check.to_string(), |check| check.title.clone());
    ReadingSummary { title, shown: one_line(&reading.shown), verdict: reading.verdict.clone(), at: reading.at.wall }
}

fn overrides(state: &State, awake: &[(&Step, &StepState)]) -> Vec<OverrideSummary> {
    let tell = |step: Option<&StepId>, over: &Override| OverrideSummary {
        step: step.cloned(),
        title: state.plan.check(&over.check).map_or_else(|| over.check.to_string(), |check| check.title.clone()),
        reason: one_line(&over.reason),
    };
    let own = state.gate_overrides.iter().map(|over| tell(None, over));
    let of_steps = awake
        .iter()
        .filter(|(_, step)| step.times.confirmed.is_some())
        .filter_map(|(plan, step)| Some(step.confirmation.as_ref()?.overrides.iter().map(|over| tell(Some(&plan.id), over))));
    own.chain(of_steps.flatten()).collect()
}

fn skipped(plan: &Step, step: &StepState) -> Option<(StepId, String)> {
    let StepPhase::Skipped { reason } = &step.phase else { return None };
    Some((plan.id.clone(), one_line(reason)))
}

fn failure(plan: &Step, step: &StepState) -> Option<FailureSummary> {
    let failure = step.failure.as_ref().filter(|_| step.phase == StepPhase::Failed)?;
    Some(FailureSummary { step: plan.id.clone(), what: one_line(&failure.to_string()), hint: one_line(&failure.hint) })
}
