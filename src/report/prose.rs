//! What a run came to, in a paragraph: for whoever reads nothing else.

use std::fmt::{self, Write as _};

use super::markdown::{code, escape};
use crate::engine::{Outcome, RunKind, State, StepPhase};
use crate::view::{Clock, RunView, Summary, actor_words, outcome_word, seconds_words};

/// Steps named in a sentence; of more the rest are counted.
const NAMED: usize = 5;

/// Writes it.
pub(super) fn write(out: &mut String, view: &RunView, state: &State, summary: &Summary) -> fmt::Result {
    let mut text = vec![what(summary), objectives(summary)];
    text.push(people(summary));
    text.push(steps(view, state, summary));
    text.extend(deviations(summary));
    text.extend(left(state));
    let text: Vec<String> = text.into_iter().filter(|sentence| !sentence.is_empty()).collect();
    writeln!(out, "{}\n", text.join(" "))
}

/// What was run, when, by whom, and how it ended.
fn what(summary: &Summary) -> String {
    let kind = match summary.kind {
        RunKind::Live => "live run",
        RunKind::DryRun => "dry run",
        RunKind::Drill => "drill",
    };
    let ended = match (&summary.outcome, &summary.paused) {
        (Some(Outcome::Refused), _) => "was refused and changed nothing".to_owned(),
        (Some(outcome), _) => {
            let verb = if matches!(outcome, Outcome::Succeeded | Outcome::Failed) { "" } else { "was " };
            format!("{verb}{} after {}", outcome_word(*outcome), seconds_words(summary.run_s))
        }
        (None, Some(_)) => format!("is paused after {}", seconds_words(summary.run_s)),
        (None, None) => format!("has not ended; its last record is from {} after its start", seconds_words(summary.run_s)),
    };
    let by = escape(&actor_words(&summary.operator));
    format!("This {kind} of {}, started by {by} at {:.0}, {ended}.", code(&summary.runbook), summary.started)
}

/// RTO and RPO against their objectives.
fn objectives(summary: &Summary) -> String {
    let ended = summary.outcome.is_some();
    let rto = summary.rto.as_ref().filter(|_| ended && summary.outcome != Some(Outcome::Refused)).map(|clock| {
        let reached = clock.reached_s.map(seconds_words).unwrap_or_default();
        match (clock.objective_s, clock.met) {
            (Some(objective), Some(true)) => {
                format!("From the outage to its end it took {reached}, within the RTO of {}.", seconds_words(objective))
            }
            (Some(objective), _) if summary.outcome == Some(Outcome::Succeeded) => {
                format!("From the outage to its end it took {reached}, more than the RTO of {}.", seconds_words(objective))
            }
            (Some(objective), _) => {
                format!(
                    "It ended {reached} after the outage began, short of its goal: the RTO of {} was not met by it.",
                    seconds_words(objective)
                )
            }
            (None, _) => format!("From the outage to its end it took {reached}; the runbook has no RTO."),
        }
    });
    let rpo = summary.rpo.as_ref().map(lost);
    [rto, rpo].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn lost(clock: &Clock) -> String {
    let of = clock.objective_s.map(|objective| format!("; the RPO is {}", seconds_words(objective))).unwrap_or_default();
    match (clock.reached_s, clock.met) {
        (None, _) => format!("How much data was lost is not known: nobody could tell at the confirmation{of}."),
        (Some(seconds), Some(false)) => format!("{} of data were accepted as lost{of}, which was not met.", seconds_words(seconds)),
        (Some(seconds), _) => format!("{} of data were accepted as lost{of}.", seconds_words(seconds)),
    }
}

/// Who confirmed how many steps.
fn people(summary: &Summary) -> String {
    let mut by: Vec<(String, usize)> = Vec::new();
    for confirmation in summary.confirmations.iter().filter(|one| one.given != crate::engine::Given::NotAsked) {
        let name = escape(&actor_words(&confirmation.by));
        match by.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => by.push((name, 1)),
        }
    }
    let told: Vec<String> = by.iter().map(|(name, count)| format!("{name} ({})", steps_words(*count))).collect();
    if told.is_empty() { String::new() } else { format!("Confirmed by {}.", list(&told)) }
}

/// How many steps came to what.
fn steps(view: &RunView, state: &State, summary: &Summary) -> String {
    if summary.outcome == Some(Outcome::Refused) {
        return String::new();
    }
    let tally = &view.tally;
    let word = if state.kind == RunKind::DryRun { "shown" } else { "done" };
    let mut text = format!("{} of {} {word}", tally.done, steps_words(tally.all));
    if summary.steps.iter().any(|step| step.already) {
        let already = summary.steps.iter().filter(|step| step.already).count();
        text.push_str(&format!(", {already} of them because {} already so", if already == 1 { "it was" } else { "they were" }));
    }
    if summary.failures_seen > 0 {
        let times = if summary.failures_seen == 1 { "once".to_owned() } else { format!("{} times", summary.failures_seen) };
        text.push_str(&format!("; something failed or was in doubt {times} on the way"));
    }
    format!("{}.", capital(&text))
}

/// What failed, was left out, overridden or done by hand.
fn deviations(summary: &Summary) -> Vec<String> {
    let failed: Vec<String> = summary.failures.iter().map(|failure| code(failure.step.as_str())).collect();
    let skipped: Vec<String> = summary.skipped.keys().map(|step| code(step.as_str())).collect();
    let by_hand: Vec<String> = summary.steps.iter().filter(|step| step.taken_over).map(|step| code(step.id.as_str())).collect();
    let overridden: Vec<String> = summary.overrides.iter().map(|over| escape(&over.title)).collect();
    let all = [("Failed", failed), ("Left out", skipped), ("Done by hand", by_hand), ("Overridden", overridden)];
    all.into_iter().filter(|(_, names)| !names.is_empty()).map(|(word, names)| format!("{word}: {}.", list(&names))).collect()
}

/// What nobody knows the end of.
fn left(state: &State) -> Vec<String> {
    let of = |wanted: fn(&StepPhase) -> bool| -> Vec<String> {
        state.steps.iter().filter(|(_, step)| wanted(&step.phase)).map(|(id, _)| code(id.as_str())).collect()
    };
    let over = matches!(state.phase, crate::engine::RunPhase::Finished { .. });
    let doubt = of(|phase| matches!(phase, StepPhase::InDoubt { .. }));
    let open = of(|phase| matches!(phase, StepPhase::Applying | StepPhase::Settling));
    let all = [(if over { "**Left in doubt**" } else { "In doubt" }, doubt), (if over { "**Left under way**" } else { "Under way" }, open)];
    all.into_iter().filter(|(_, names)| !names.is_empty()).map(|(word, names)| format!("{word}: {}.", list(&names))).collect()
}

fn steps_words(count: usize) -> String {
    if count == 1 { "1 step".into() } else { format!("{count} steps") }
}

/// `a, b and c`; of many the first, and how many more.
fn list(names: &[String]) -> String {
    let (shown, rest) = names.split_at(names.len().min(NAMED));
    match (shown, rest.len()) {
        ([one], 0) => one.clone(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        (shown, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
