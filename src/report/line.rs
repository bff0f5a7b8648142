//! Lines for a run without a terminal: one for each event, a few for progress, and a summary at the end.

use std::io::{self, Write};
use std::time::Duration;

use indexmap::IndexMap;
use jiff::tz::TimeZone;

use super::TimeAccount;
use crate::clock::Stamp;
use crate::engine::{Outcome, RunPhase, State, StepPhase, kind_words};
use crate::id::StepId;
use crate::journal::Record;
use crate::plan::{Check, Gate, Reading, Verdict};
use crate::view::{
    Clock, Entry, RunView, StepSummary, Summary, Telemetry, Tone, actor_words, one_line, outcome_word, seconds_words, span_words,
};

/// How long a step's progress is not printed again, in the run's own time.
const PROGRESS_EVERY: Duration = Duration::from_secs(30);

/// Prints a run as it goes on. Keeps only what it needs to be sparse.
#[derive(Debug, Default)]
pub struct Lines {
    /// When each running step's progress was printed last, and what it was.
    progress: IndexMap<StepId, (Stamp, String)>,
}

impl Lines {
    /// Nothing printed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Prints the line of a record that `view` has just folded, if the event has one:
    /// `DRILL 02:47:00Z +0:16:20 ✔ promote_db confirmed by alice: …`. The second time is that since the incident began.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn event(&mut self, out: &mut dyn Write, view: &RunView, record: &Record) -> io::Result<()> {
        let entry = view.timeline.iter().rev().find(|entry| entry.seq <= record.seq).filter(|entry| entry.seq == record.seq);
        let (Some(state), Some(entry)) = (&view.state, entry) else { return Ok(()) };
        if let Some(step) = &entry.step {
            // What the event says is newer than any progress printed; the pause starts anew.
            self.progress.insert(step.clone(), (entry.at, String::new()));
        }
        writeln!(out, "{}{} {}{}", place(view, state, entry.at), symbol(entry.tone), entry.text, backdated(entry))
    }

    /// Prints progress that is news, at most every 30 seconds of the run for each step, and what holds a step back, or the run.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn telemetry(&mut self, out: &mut dyn Write, view: &RunView, telemetry: &Telemetry) -> io::Result<()> {
        let Some(state) = &view.state else { return Ok(()) };
        let (step, at, text) = match telemetry {
            Telemetry::Progress { step, .. } if !state.steps.contains_key(step) => return Ok(()),
            Telemetry::Progress { step, at, waiting_for, counted } => {
                let count = counted.map(|(done, all)| format!(" ({done} of {all})")).unwrap_or_default();
                (step.clone(), *at, format!("{waiting_for}{count}"))
            }
            Telemetry::Reading { reading } => match held(state, reading) {
                Some((step, text)) => (step, reading.at, text),
                None => return Ok(()),
            },
            Telemetry::Log { .. } => return Ok(()),
        };
        let text = one_line(&text);
        if let Some((last, told)) = self.progress.get(&step)
            && (at.since(*last) < PROGRESS_EVERY || *told == text)
        {
            return Ok(());
        }
        writeln!(out, "{}· {step}: {text}", place(view, state, at))?;
        self.progress.insert(step, (at, text));
        Ok(())
    }
}

/// What is held back by a precondition that was just seen not to hold, and by which. Without a screen nobody else would say it.
fn held(state: &State, reading: &Reading) -> Option<(StepId, String)> {
    let of = |checks: &[Check]| checks.iter().any(|check| check.id == reading.check && check.severity == Gate::Block);
    let what = match state.plan.owner(&reading.check) {
        None if state.phase == RunPhase::Gate && of(&state.plan.preconditions) => StepId::from("the run"),
        Some(step) if of(&step.preconditions) && state.steps.get(&step.id)?.phase == StepPhase::Proposed => step.id.clone(),
        _ => return None,
    };
    let why = match &reading.verdict {
        Verdict::Pass => return None,
        Verdict::Fail => format!("does not hold: {}", reading.shown),
        Verdict::Unknown(why) => format!("is not known: {why}"),
    };
    Some((what, format!("held back, “{}” {why}", state.plan.check(&reading.check)?.title)))
}

/// `DRILL 02:47:00Z +0:16:20 `: what world, when, and how long after the incident's start.
fn place(view: &RunView, state: &State, at: Stamp) -> String {
    let gone = view.watch.since_incident(state, at).as_secs();
    let sign = if gone < 0 { '-' } else { '+' };
    let gone = gone.unsigned_abs();
    // With the date, on another day than that of the beginning.
    let (time, begun) = (at.wall.to_zoned(TimeZone::UTC), state.started.wall.to_zoned(TimeZone::UTC));
    let time = time.strftime(if time.date() == begun.date() { "%H:%M:%SZ" } else { "%Y-%m-%d %H:%M:%SZ" });
    format!("{} {time} {sign}{}:{:02}:{:02} ", state.kind_words(), gone / 3_600, gone % 3_600 / 60, gone % 60)
}

/// Never colour alone: the symbol carries the tone.
pub(super) fn symbol(tone: Tone) -> char {
    match tone {
        Tone::Good => '✔',
        Tone::Bad => '✘',
        Tone::Attention => '!',
        Tone::Plain => '·',
    }
}

fn backdated(entry: &Entry) -> String {
    if entry.happened == entry.at.wall { String::new() } else { format!(" (happened at {:.0})", entry.happened) }
}

/// Prints the block at the end of a run. `record` says where the record is.
///
/// # Errors
/// The output cannot be written.
pub fn summary_lines(out: &mut dyn Write, summary: &Summary, time: Option<&TimeAccount>, record: &str) -> io::Result<()> {
    writeln!(out)?;
    writeln!(out, "{}", headline(summary))?;
    let rows = [("RTO", clock_words(summary.rto.as_ref())), ("RPO", clock_words(summary.rpo.as_ref()))];
    for (name, text) in rows.into_iter().filter_map(|(name, text)| Some((name, text?))) {
        row(out, name, &text)?;
    }
    row(out, "run", &format!("{}, started by {} on {}", summary.run, actor_words(&summary.operator), summary.operator.host))?;
    row(out, "steps", &counts_words(summary))?;
    for (target, identity) in &summary.identities {
        row(out, "as", &format!("{} in account {} ({target})", identity.arn, identity.account))?;
    }
    for over in &summary.overrides {
        let step = over.step.as_ref().map_or("run", StepId::as_str);
        row(out, "overridden", &format!("{step}: {}, because {}", over.title, over.reason))?;
    }
    for (step, reason) in &summary.skipped {
        row(out, "skipped", &format!("{step}: {reason}"))?;
    }
    for failure in &summary.failures {
        row(out, "failed", &format!("{}: {}", failure.step, failure.what))?;
        row(out, "", &failure.hint)?;
    }
    step_rows(out, &summary.steps)?;
    if let Some(time) = time {
        let parts: Vec<String> = time.entries().iter().map(|(name, seconds)| format!("{name} {}", seconds_words(*seconds))).collect();
        row(out, "time", &format!("{} ({} of the time without people)", parts.join(", "), time.share_words()))?;
    }
    row(out, "record", record)
}

fn row(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    if text.is_empty() { Ok(()) } else { writeln!(out, "  {name:<11}{}", one_line(text)) }
}

fn step_rows(out: &mut dyn Write, steps: &[StepSummary]) -> io::Result<()> {
    let width = steps.iter().map(|step| step.id.as_str().chars().count()).max().unwrap_or(0);
    for (place, step) in steps.iter().filter(|step| step.total_s.is_some()).enumerate() {
        let stations = [("waiting", step.waiting_s), ("working", step.working_s), ("verifying", step.verifying_s)];
        let told: Vec<String> =
            stations.iter().filter_map(|(name, seconds)| Some(format!("{name} {}", seconds_words((*seconds)?)))).collect();
        let expected = seconds_words(step.expected_s);
        let told = if told.is_empty() { String::new() } else { format!(": {}", told.join(", ")) };
        let text = format!("{:<width$}  {}{told}; expected {expected}", step.id.as_str(), step.state);
        row(out, if place == 0 { "durations" } else { " " }, &text)?;
    }
    Ok(())
}

/// `DRILL regional_failover succeeded after 41 min 10 s: every step is done`.
pub(super) fn headline(summary: &Summary) -> String {
    let symbol = match summary.outcome {
        Some(Outcome::Succeeded) => '✔',
        Some(Outcome::RolledBack) | None => '!',
        Some(_) => '✘',
    };
    let how = match (&summary.outcome, &summary.paused) {
        (Some(outcome), _) => outcome_word(*outcome),
        (None, Some(_)) => "paused",
        (None, None) => "not ended",
    };
    // Why a run was refused is said where it is refused, and not in every line after that.
    let refused = summary.outcome == Some(Outcome::Refused);
    let why = if refused { "" } else { summary.paused.as_ref().unwrap_or(&summary.reason) };
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    let kind = kind_words(summary.kind, &summary.endpoints);
    let text = format!("{symbol} {kind} {} {how} after {}{why}", summary.runbook, seconds_words(summary.run_s));
    one_line(&text)
}

/// `41 min 10 s of 1 h 00 min: met, 18 min 50 s to spare`; `None` without a clock.
pub(super) fn clock_words(clock: Option<&Clock>) -> Option<String> {
    let clock = clock?;
    let Some(reached) = clock.reached_s else { return Some("not known: nobody could tell at the confirmation".into()) };
    let Some(objective) = clock.objective_s else { return Some(format!("{}, without an objective", seconds_words(reached))) };
    let words = format!("{} of {}", seconds_words(reached), seconds_words(objective));
    let gap = span_words(Duration::try_from_secs_f64((objective - reached).abs()).unwrap_or_default());
    Some(match clock.met {
        Some(true) => format!("{words}: met, {gap} to spare"),
        Some(false) if reached > objective => format!("{words}: not met, {gap} over"),
        Some(false) => format!("{words}: not met, the run did not reach its goal"),
        None => format!("{words}: {gap} left"),
    })
}

pub(super) fn counts_words(summary: &Summary) -> String {
    let parts: Vec<String> = summary.counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let seen = match summary.failures_seen {
        0 => String::new(),
        seen => format!("; {seen} failures or doubts on the way"),
    };
    parts.join(", ") + &seen
}
