//! Small words that the timeline, the summary and the reports share, so that they say the same thing the same way.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use crate::engine::{Actor, ActorKind, Given, Outcome, State, StepPhase, StepState};
use crate::plan::{Change, Check, Plan, Reading, Step, Verdict};

/// A length of time as a person says it: `0.4 s`, `41 s`, `7 min 52 s`, `1 h 02 min`.
pub fn span_words(span: Duration) -> String {
    // Rounded first, so that 59.7 s is `1 min 00 s` and not `60 s`.
    let whole = span.as_millis().saturating_add(500) / 1_000;
    match whole {
        _ if span.is_zero() => "0 s".into(),
        0..10 if span.subsec_millis() != 0 => format!("{:.1} s", span.as_secs_f64()),
        0..60 => format!("{whole} s"),
        60..3_600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3_600, whole % 3_600 / 60),
    }
}

/// The same for seconds as a number.
pub fn seconds_words(seconds: f64) -> String {
    Duration::try_from_secs_f64(seconds).map_or_else(|_| "an unknown time".into(), span_words)
}

/// `alice`, `the autopilot`, `alice (by flag)`, `the runbook`.
pub fn actor_words(actor: &Actor) -> String {
    match actor.kind {
        ActorKind::Person => actor.name.clone(),
        ActorKind::Autopilot => "the autopilot".into(),
        ActorKind::CommandLine => format!("{} (by flag)", actor.name),
        ActorKind::Runbook => "the runbook".into(),
    }
}

/// How a confirmation was given: `typed "orders-replica"`.
pub fn given_words(given: &Given) -> String {
    match given {
        Given::NotAsked => "nothing, for nothing is asked".into(),
        Given::Enter => "key press".into(),
        Given::Typed(text) => format!("typed {text:?}"),
        Given::SecondPerson(name) => format!("with {name} as the second person"),
    }
}

/// A reading under its check's title: `Replica lag is within the RPO: 4 s`.
pub fn reading_words(state: Option<&State>, reading: &Reading) -> String {
    let title = state.and_then(|state| state.plan.check(&reading.check)).map_or(reading.check.as_str(), |check| &check.title);
    let mut words = match &reading.verdict {
        Verdict::Pass => format!("{title}: {}", reading.shown),
        Verdict::Fail => format!("{title}: {} (does not hold)", reading.shown),
        Verdict::Unknown(reason) => format!("{title}: not known ({reason})"),
    };
    let trimmed = words.trim_end_matches([' ', ':']).len();
    words.truncate(trimmed);
    words
}

/// The call of a change: `rds:PromoteReadReplica on orders-replica in us-east-1`.
pub fn call_words(change: &Change) -> String {
    let mut words = change.operation.clone();
    let api = change.operation.contains(':');
    if !change.resource.is_empty() {
        write!(words, "{}{}", if api { " on " } else { " " }, change.resource).expect("writing to a String cannot fail");
    }
    match change.region.as_str() {
        "" => {}
        "global" => words.push_str(" (global)"),
        region => words.extend([" in ", region]),
    }
    words
}

/// What an action says was not checked or came along, in its outputs: `note`, or several in `notes`.
pub fn notes_of(outputs: &Value) -> impl Iterator<Item = &str> {
    let one = outputs.get("note").and_then(Value::as_str);
    let many = outputs.get("notes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(many).filter(|note| !note.is_empty())
}

/// The step has called nothing that could have changed something, and where it fails nothing came out wrong: it only waits, proves, asks
/// or opens a runbook, or it was never sent.
pub fn calls_nothing(plan: &Step, step: &StepState) -> bool {
    !plan.mutates || step.times.intent.is_none() || step.already || step.change.as_ref().is_some_and(|change| change.already)
}

/// What a check wants, with the parameters filled in: `allowed 5m (max_lag)` of a loss, `wanted: status == 503`.
pub fn wanted_words(plan: &Plan, check: &Check) -> String {
    let expect = check.expect.trim();
    let sides = ["<=", ">=", "==", "!=", "<", ">"].iter().find_map(|sign| {
        let (left, right) = expect.split_once(sign)?;
        let whole = |side: &str| side.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c)) && !side.is_empty();
        let (left, right) = (left.trim(), right.trim());
        (whole(left) && whole(right)).then_some((left, *sign, right))
    });
    let Some((left, sign, right)) = sides else {
        return if matches!(expect, "" | "true") { String::new() } else { format!("wanted: {expect}") };
    };
    let param = right.strip_prefix("params.");
    let value = match param.and_then(|name| plan.params.get(name)) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => right.to_owned(),
    };
    let of = param.map(|name| format!(" ({name})")).unwrap_or_default();
    match (check.rpo_field.as_deref() == Some(left), value.parse::<f64>()) {
        (true, Ok(seconds)) if matches!(sign, "<=" | "<") => format!("allowed {}{of}", seconds_words(seconds)),
        _ => format!("wanted: {left} {sign} {value}{of}"),
    }
}

/// The outcome in a word or two.
pub fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Failed => "failed",
        Outcome::Aborted => "aborted",
        Outcome::RolledBack => "rolled back",
        Outcome::Refused => "refused",
    }
}

/// A step's phase in a word or two.
pub fn phase_word(phase: &StepPhase) -> &'static str {
    match phase {
        StepPhase::Waiting => "waiting",
        StepPhase::Dormant => "not needed",
        StepPhase::Observing => "looking",
        StepPhase::Proposed => "waiting for confirmation",
        StepPhase::Confirming => "confirming",
        StepPhase::Applying => "calling",
        StepPhase::Settling => "running",
        StepPhase::Verifying => "verifying",
        StepPhase::Succeeded => "done",
        StepPhase::Planned => "planned",
        StepPhase::Skipped { .. } => "skipped",
        StepPhase::Failed => "failed",
        StepPhase::Retrying => "to be tried again",
        StepPhase::InDoubt { .. } => "in doubt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_before_they_are_cut_up() {
        let words = |ms| span_words(Duration::from_millis(ms));
        assert_eq!([0, 400, 9_000, 9_400].map(words), ["0 s", "0.4 s", "9 s", "9.4 s"]);
        assert_eq!(
            [41_200, 59_700, 472_000, 3_599_600, 3_725_000].map(words),
            ["41 s", "1 min 00 s", "7 min 52 s", "1 h 00 min", "1 h 02 min"]
        );
        assert_eq!(seconds_words(f64::NAN), "an unknown time");
    }
}
