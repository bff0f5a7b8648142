//! Words and short forms that all forms of a plan share.

use std::fmt::Write as _;

use serde_json::Value;

use super::brief::asked;
use crate::plan::{Confirm, OnFailure, Plan, Step};
use crate::view::one_line;

/// A length of time as runbooks write it: `8m`, `1h30m`, `15s`.
pub(super) fn short(seconds: f64) -> String {
    if seconds > 0.0 && seconds < 1.0 {
        return format!("{:.0}ms", seconds * 1_000.0);
    }
    let mut left = whole(seconds);
    let mut text = String::new();
    for (unit, size) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if left >= size {
            write!(text, "{}{unit}", left / size).expect("writing to a String cannot fail");
            left %= size;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

/// A moment of the schedule: `2:15`, with hours where the schedule has some.
pub(super) fn moment(seconds: f64, hours: bool) -> String {
    let all = whole(seconds);
    if hours { format!("{}:{:02}:{:02}", all / 3_600, all % 3_600 / 60, all % 60) } else { format!("{}:{:02}", all / 60, all % 60) }
}

fn whole(seconds: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and a float is cut to the nearest integer there is"
    )]
    let whole = seconds.max(0.0).round() as u64;
    whole
}

/// `1 precondition`, `3 proofs`.
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// What the operator must do before the step runs; `None` when it goes ahead by itself.
pub(super) fn confirmation(step: &Step) -> Option<String> {
    let mut text = match &step.confirm {
        Confirm::None => return None,
        Confirm::Enter if step.action == "manual" => "press enter when it is done".to_owned(),
        Confirm::Enter => "press enter".to_owned(),
        Confirm::Type(text) => format!("type \"{}\"", one_line(text)),
        Confirm::TwoPerson => "press enter, with a second person by name".to_owned(),
    };
    let names: Vec<String> = asked(step).iter().map(|question| one_line(&question.name)).collect();
    if !names.is_empty() {
        text += &format!(", answer {}", names.join(" and "));
    }
    Some(text)
}

/// Where a step happens: `dr (us-east-1)`.
pub(super) fn place(plan: &Plan, step: &Step) -> Option<String> {
    let id = step.target.as_ref()?;
    Some(match plan.targets.get(id) {
        Some(target) => format!("{id} ({})", one_line(&target.region)),
        None => id.to_string(),
    })
}

/// On what it depends whether a step runs: its own condition, and the steps in whose runbooks it stands. Each as the rest of `only if`.
pub(super) fn conditions(plan: &Plan, step: &Step) -> Vec<String> {
    let one = |other: &Step| match &other.when {
        Some(when) if other.id == step.id => one_line(when),
        _ => format!("{} runs", other.id),
    };
    plan.conditions(step).map(one).collect()
}

/// What follows a failure, where that is not a pause.
pub(super) fn failure(on_failure: OnFailure) -> Option<&'static str> {
    match on_failure {
        OnFailure::Pause => None,
        OnFailure::Continue => Some("goes on if it fails"),
        OnFailure::RollBack => Some("rolls everything back if it fails"),
        OnFailure::Abort => Some("ends the run if it fails"),
    }
}

/// How often a step is tried by itself, where that is more than once.
pub(super) fn tries(step: &Step) -> Option<String> {
    let retry = step.retry;
    (retry.attempts > 1).then(|| format!("{} attempts, {} apart", retry.attempts, short(retry.delay)))
}

/// The parameters of a step on one line: `instance orders-replica, backup_retention_days 7`.
pub(super) fn with_words(step: &Step) -> String {
    let Value::Object(fields) = step.with.value() else { return String::new() };
    let told = |(name, value): (&String, &Value)| match (step.action.as_str(), name.as_str(), value) {
        // What a program is called with is read as one types it; an instruction needs no heading. Questions are with the confirmation.
        ("command", "argv", Value::Array(words)) => Some(typed(words)),
        ("manual", "instructions", value) => Some(plain(value)),
        ("manual", "ask", _) => None,
        (_, name, value) => Some(format!("{name} {}", plain(value))),
    };
    one_line(&fields.iter().filter_map(told).collect::<Vec<_>>().join(", "))
}

/// What a step that runs a program is called with.
pub(super) fn command_line(step: &Step) -> String {
    match step.with.value().get("argv") {
        Some(Value::Array(words)) => one_line(&typed(words)),
        _ => String::new(),
    }
}

/// A command line as one types it.
fn typed(words: &[Value]) -> String {
    words.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// A word of a command line.
fn word(value: &Value) -> String {
    let text = plain(value);
    if text.is_empty() || text.contains([' ', '"', '\'', '\\']) { format!("{text:?}") } else { text }
}

/// A value as runbooks write it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            format!("{{{}}}", fields.iter().map(|(name, value)| format!("{name}: {}", plain(value))).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_in_a_runbook_and_moments_as_on_a_watch() {
        assert_eq!([0.0, 0.5, 15.0, 480.0, 5_400.0, 90_061.0].map(short), ["0s", "500ms", "15s", "8m", "1h30m", "1d1h1m1s"]);
        assert_eq!([moment(135.4, false), moment(135.0, true), moment(-1.0, false)], ["2:15", "0:02:15", "0:00"]);
    }
}
