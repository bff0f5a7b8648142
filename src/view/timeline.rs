//! What people read of an event: one exact, calm line.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;

use super::model::{Entry, Tone};
use super::people::People;
use super::stopwatch::Stopwatch;
use super::words::{actor_words, call_words, calls_nothing, given_words, notes_of, outcome_word, reading_words, seconds_words, span_words};
use crate::clock::Stamp;
use crate::engine::{Actor, Event, Given, NO_REASON_YET, Outcome, Override, RunKind, State, StepState};
use crate::id::StepId;
use crate::journal::Record;
use crate::plan::{Change, Confirm, Failure, FailureKind, Happened, Reading, endpoint_words};
use crate::text::{one_line, one_line_within};

/// The timeline's line for a record; `None` for an event that only the machine cares about. `state` is the state before it.
pub(super) fn entry(state: Option<&State>, watch: &Stopwatch, people: &mut People, record: &Record) -> Option<Entry> {
    let event = &record.event;
    let moment = Moment { state, step: event.step().and_then(|step| state?.steps.get(step)), watch, at: record.at };
    let (tone, text) = match event.step() {
        Some(step) => moment.step_words(step, event)?,
        None => moment.run_words(event)?,
    };
    let happened = match event {
        Event::Note { at: Some(at), .. } => *at,
        _ => record.at.wall,
    };
    // A confirmation is told when it counts; who gave it was recorded when it was given.
    let by = match event {
        Event::StepConfirmed { .. } | Event::StepConfirmationRefused { .. } => {
            moment.step.and_then(|step| step.confirmation.as_ref()).map(|confirmation| &confirmation.by)
        }
        event => event.actor(),
    };
    Some(Entry {
        seq: record.seq,
        at: record.at,
        happened,
        step: event.step().cloned(),
        tone,
        by: by.map(|by| people.know(by)),
        // What is confirmed is shown to its end: a batch may have five hundred records.
        text: if matches!(event, Event::StepProposed { .. }) { one_line_within(&text, 100_000) } else { one_line(&text) },
    })
}

impl Entry {
    /// How long after the beginning of the incident it happened. What was written down later is known by the wall clock alone.
    pub fn since_incident(&self, state: &State, watch: &Stopwatch) -> SignedDuration {
        if self.happened == self.at.wall {
            watch.since_incident(state, self.at)
        } else {
            self.happened.duration_since(state.incident_start)
        }
    }
}

/// Everything a line may look at: the state before the event, its step, and the time.
struct Moment<'a> {
    state: Option<&'a State>,
    step: Option<&'a StepState>,
    watch: &'a Stopwatch,
    at: Stamp,
}

impl Moment<'_> {
    fn run_words(&self, event: &Event) -> Option<(Tone, String)> {
        Some(match event {
            Event::RunStarted { kind, world, by, incident_start, plan, plan_digest, version, endpoints, .. } => {
                let mut text = format!("{} of {} ({}) started by {} on {}", kind.word(), plan.name, plan.title, actor_words(by), by.host);
                if let Some(world) = world {
                    text += &format!(" in world {}, seed {}", world.name, world.seed);
                }
                if !endpoints.is_empty() {
                    text += &format!("; it does not go to AWS but to {}", endpoint_words(endpoints));
                }
                if *incident_start < self.at.wall {
                    text += &format!("; the outage began at {incident_start:.0}");
                }
                text += &format!("; plan {}, lifeboat {version}", plan_digest.short());
                (if endpoints.is_empty() { Tone::Plain } else { Tone::Attention }, text)
            }
            Event::IdentityConfirmed { target, identity } => {
                (Tone::Plain, format!("target {target} is account {}, as {}", identity.account, identity.arn))
            }
            Event::RunRefused { failures } => {
                let told: Vec<String> = failures.iter().map(|failure| failure_words(failure, false)).collect();
                (Tone::Bad, format!("run refused, nothing was changed: {}", told.join("; ")))
            }
            Event::RunOpened { by, readings, overrides } => {
                let tone = if overrides.is_empty() { Tone::Good } else { Tone::Attention };
                (tone, format!("run opened by {}{}", actor_words(by), self.on_readings(readings, overrides)))
            }
            Event::RunOpenRefused { by, reason, readings } => {
                (Tone::Attention, format!("run not opened, as {} asked: {reason}{}", actor_words(by), self.on_readings(readings, &[])))
            }
            Event::MachineSlept { for_ms } => {
                let slept = span_words(Duration::from_millis(*for_ms));
                (
                    Tone::Attention,
                    format!("nobody was there for {slept}: the machine slept, or lifeboat was stopped; everything is looked at again"),
                )
            }
            Event::Note { by, text, .. } => (Tone::Plain, format!("{} notes: {text}", actor_words(by))),
            Event::RunPaused { by, reason } if self.state.is_some_and(|state| state.paused.as_deref() == Some(NO_REASON_YET)) => {
                (Tone::Attention, format!("run paused{}, the reason: {reason}", by_words(by.as_ref())))
            }
            Event::RunPaused { by, reason } => (Tone::Attention, format!("run paused{}: {reason}", by_words(by.as_ref()))),
            Event::RunResumed { by, reason, .. } => (Tone::Plain, format!("run resumed by {}: {reason}", actor_words(by))),
            Event::RollbackStarted { by, reason } => (Tone::Attention, format!("rolling back{}: {reason}", by_words(by.as_ref()))),
            Event::RunFinished { outcome, reason, by } => {
                let tone = match outcome {
                    Outcome::Succeeded => Tone::Good,
                    Outcome::RolledBack => Tone::Attention,
                    Outcome::Failed | Outcome::Aborted | Outcome::Refused => Tone::Bad,
                };
                let took = self.state.map(|state| self.watch.between(state.started, self.at));
                let after = took.map(|took| format!(" after {}", span_words(took))).unwrap_or_default();
                (tone, format!("run {}{after}{}: {reason}", outcome_word(*outcome), by_words(by.as_ref())))
            }
            // What comes of it, `RunOpened` or `RunOpenRefused`, follows at once and says who asked.
            _ => return None,
        })
    }

    fn step_words(&self, id: &StepId, event: &Event) -> Option<(Tone, String)> {
        Some(match event {
            // The first time, what was found follows at once.
            Event::StepReady { attempt, .. } if *attempt > 1 => (Tone::Plain, format!("{id}: attempt {attempt} begins")),
            Event::StepSkipped { reason, by, .. } => {
                let tone = if by.is_some() { Tone::Attention } else { Tone::Plain };
                (tone, format!("{id} skipped{}: {reason}", by_words(by.as_ref())))
            }
            Event::StepProposed { change, .. } => self.proposal(id, change),
            Event::StepConfirmationRefused { reason, readings, .. } => {
                let by = self.step.and_then(|step| step.confirmation.as_ref()).map(|confirmation| &confirmation.by);
                (Tone::Attention, format!("{id}: confirmation{} not taken: {reason}{}", by_words(by), self.on_readings(readings, &[])))
            }
            Event::StepConfirmed { readings, .. } => self.confirmation(id, readings),
            Event::StepPlanned { readings, .. } => {
                let would = match self.change() {
                    Some(change) if change.already => format!("is already as wanted ({})", call_words(change)),
                    Some(change) => format!("would call {}", call_words(change)),
                    None => "would run".into(),
                };
                (Tone::Good, format!("{id} {would}; nothing was called{}", self.on_readings(readings, &[])))
            }
            Event::StepIntent { attempt, .. } => {
                // Recorded before anything is called: an intention, not a deed.
                let doing = match self.change() {
                    Some(change) if change.already => {
                        format!("begins: already as wanted, nothing has to be called ({})", call_words(change))
                    }
                    Some(change) if change.operation.contains(':') => format!("about to call {}", call_words(change)),
                    Some(change) => format!("begins: {}", call_words(change)),
                    None => "begins".into(),
                };
                let again = if *attempt > 1 { format!(" (attempt {attempt})") } else { String::new() };
                (Tone::Plain, format!("{id}: {doing}{again}"))
            }
            Event::StepHeldBack { failure, delay, .. } => {
                let when = seconds_words(*delay);
                (Tone::Attention, format!("{id}: nothing was changed, it is looked at again and tried once more in {when}: {failure}"))
            }
            Event::StepApplied { summary, .. } => (Tone::Plain, format!("{id}: {summary}")),
            Event::StepSettled { already: true, outputs, .. } => {
                (Tone::Good, format!("{id} is already as wanted: no call was made{}", note_words(outputs)))
            }
            Event::StepSettled { outputs, .. } => {
                let took = self.since(|step| step.times.intent.or(step.times.confirmed));
                let took = took.map(|took| format!(" after {}", span_words(took))).unwrap_or_default();
                (Tone::Good, format!("{id} took effect{took}{}", note_words(outputs)))
            }
            Event::StepProofIntent { check, .. } => {
                let check = self.state.and_then(|state| state.plan.check(check));
                let what = check.map(|check| format!(" “{}”: {}", check.title, check.request())).unwrap_or_default();
                (Tone::Attention, format!("{id}: sending the proof that writes{what}"))
            }
            Event::StepProofSent { reading, .. } => {
                (Tone::Plain, format!("{id}: the proof that writes was answered{}", self.readings(std::slice::from_ref(reading), ": ")))
            }
            Event::StepSucceeded { readings, .. } => {
                let took = self.since(|step| step.times.confirmed.or(step.times.settled).or(step.times.ready));
                let took = took.map(|took| format!(" in {}", span_words(took))).unwrap_or_default();
                let hand = if self.step.is_some_and(|step| step.taken_over) { " by hand" } else { "" };
                let proven = if readings.is_empty() { "" } else { "; proven" };
                (Tone::Good, format!("{id} done{hand}{took}{proven}{}", self.readings(readings, ": ")))
            }
            Event::StepFailed { failure, readings, .. } => {
                let plan = self.state.and_then(|state| state.plan.step(id));
                let called = !plan.zip(self.step).is_some_and(|(plan, step)| calls_nothing(plan, step));
                (Tone::Bad, format!("{id} failed: {}{}", failure_words(failure, called), self.on_readings(readings, &[])))
            }
            Event::StepInDoubt { reason, undecided, .. } => {
                let next =
                    if *undecided { "a look could not tell, so the operator decides" } else { "looking before anything else is done" };
                (Tone::Bad, format!("{id} is in doubt: {reason}; {next}"))
            }
            Event::StepDoubtResolved { happened, reason, by, .. } => {
                let verdict = if *happened { "the call did happen" } else { "the call did not happen" };
                let judge = by.as_ref().map_or_else(|| "a look shows".into(), |by| format!("{} decided", actor_words(by)));
                (Tone::Attention, format!("{id}: {verdict}, {judge}: {reason}"))
            }
            Event::StepRetrying { attempt, delay, by, reason, .. } => {
                let all = self.state.and_then(|state| state.plan.step(id)).map(|step| step.retry.attempts).filter(|all| all >= attempt);
                let of = all.map(|all| format!(" of {all}")).unwrap_or_default();
                let when = if *delay > 0.0 { format!("in {}", seconds_words(*delay)) } else { "now".into() };
                let why = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                (Tone::Attention, format!("{id} is tried again {when}{} (attempt {attempt}{of}){why}", by_words(by.as_ref())))
            }
            Event::StepTakenOver { by, reason, .. } => {
                (Tone::Attention, format!("{id} taken over by {}: {reason}; its proofs are taken", actor_words(by)))
            }
            // `StepConfirmed` or `StepConfirmationRefused` follows at once and says who confirmed what.
            _ => return None,
        })
    }

    fn proposal(&self, id: &StepId, change: &Change) -> (Tone, String) {
        if change.already {
            let mut text = format!("{id}: already as wanted, nothing has to be called ({})", call_words(change));
            for note in change.remarks() {
                text += &format!("; {note}");
            }
            return (if change.notes.is_empty() { Tone::Plain } else { Tone::Attention }, text);
        }
        let mut text = format!("{id} proposes {}", call_words(change));
        let fields: Vec<String> = change
            .fields
            .iter()
            .map(|field| match field.before.as_str() {
                "" => format!("{} {}", field.name, field.after),
                before => format!("{} {before} → {}", field.name, field.after),
            })
            .collect();
        if !fields.is_empty() {
            text += &format!(": {}", fields.join(", "));
        }
        if !change.reversible && change.operation.contains(':') {
            text += "; cannot be undone";
        }
        for part in change.costs().chain(change.remarks()) {
            text += &format!("; {part}");
        }
        let Some((state, step)) = self.state.and_then(|state| Some((state, state.plan.step(id)?))) else { return (Tone::Plain, text) };
        let asked = step.confirm_for(Some(change));
        match asked.as_ref() {
            // The plan did not say so: the name is nowhere else.
            Confirm::Type(name) if *asked != step.confirm => text += &format!("; confirmed by typing {name:?}"),
            _ => {}
        }
        let asks = state.kind != RunKind::DryRun && *asked != Confirm::None;
        if asks {
            text += "; waits for confirmation";
        }
        (if asks { Tone::Attention } else { Tone::Plain }, text)
    }

    fn confirmation(&self, id: &StepId, readings: &[Reading]) -> (Tone, String) {
        let Some(given) = self.step.and_then(|step| step.confirmation.as_ref()) else {
            return (Tone::Plain, format!("{id} goes ahead{}", self.on_readings(readings, &[])));
        };
        let mut text = match &given.given {
            Given::NotAsked => format!("{id} goes ahead, no confirmation is asked for"),
            how => format!("{id} confirmed by {}: {}", actor_words(&given.by), given_words(how)),
        };
        for (name, answer) in &given.answers {
            let answer = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
            text += &format!("; {name} = {answer}");
        }
        text += &self.on_readings(readings, &given.overrides);
        let tone = match given.given {
            _ if !given.overrides.is_empty() => Tone::Attention,
            Given::NotAsked => Tone::Plain,
            _ => Tone::Good,
        };
        (tone, text)
    }

    fn on_readings(&self, readings: &[Reading], overrides: &[Override]) -> String {
        let mut text = self.readings(readings, "; ");
        for over in overrides {
            let title = self.state.and_then(|state| state.plan.check(&over.check)).map_or(over.check.as_str(), |check| &check.title);
            text += &format!("; overridden: {title}, because {}", over.reason);
        }
        text
    }

    fn readings(&self, readings: &[Reading], before: &str) -> String {
        if readings.is_empty() {
            return String::new();
        }
        let told: Vec<String> = readings.iter().map(|reading| reading_words(self.state, reading)).collect();
        format!("{before}{}", told.join("; "))
    }

    fn change(&self) -> Option<&Change> {
        self.step?.change.as_ref()
    }

    fn since(&self, from: impl Fn(&StepState) -> Option<Stamp>) -> Option<Duration> {
        self.step.and_then(from).map(|from| self.watch.between(from, self.at))
    }
}

fn by_words(by: Option<&Actor>) -> String {
    by.map(|by| format!(" by {}", actor_words(by))).unwrap_or_default()
}

/// What the action says was not checked, where it says so.
fn note_words(outputs: &Value) -> String {
    notes_of(outputs).map(|note| format!("; note: {note}")).collect()
}

/// The failure, whether the change happened, and what to do next. `called`: there was a call that could have changed something.
fn failure_words(failure: &Failure, called: bool) -> String {
    let mut text = failure.to_string();
    match failure.effect {
        _ if !called => {}
        Happened::No => {}
        Happened::Yes if matches!(failure.kind, FailureKind::NotVerified | FailureKind::Timeout | FailureKind::Operator) => {} // The message or the hint says it.
        Happened::Yes if failure.kind == FailureKind::Command => text += "; what it did before that is not known",
        Happened::Yes => text += "; the change was made",
        Happened::Unknown => text += "; nobody knows whether the change was made",
    }
    if !failure.hint.is_empty() {
        text += &format!("; next: {}", failure.hint);
    }
    text
}
