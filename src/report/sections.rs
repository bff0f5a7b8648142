//! The parts of the Markdown report.

use std::fmt::{self, Write as _};

use serde_json::Value;

use super::TimeAccount;
use super::line::{clock_words, counts_words};
use super::markdown::{code, escape};
use crate::engine::{Confirmation, Event, Given, RunKind, State, StepPhase, StepState, kind_words};
use crate::journal::Record;
use crate::plan::{Change, Failure, Reading, Step, Verdict};
use crate::view::{StepSummary, Summary, actor_words, call_words, given_words, outcome_word, phase_word, seconds_words};

/// Title, what world, how it ended.
pub(super) fn head(out: &mut String, summary: &Summary) -> fmt::Result {
    writeln!(out, "# {}: {}\n", escape(&kind_words(summary.kind, &summary.endpoints)), escape(&summary.title))?;
    let world = match (&summary.kind, &summary.world) {
        (RunKind::Drill, Some(world)) => format!("A drill in the simulated world {}: nothing real was touched.", code(world)),
        (RunKind::Drill, None) => "A drill in a simulated world: nothing real was touched.".into(),
        (RunKind::DryRun, _) => "A dry run: everything was read, nothing was changed.".into(),
        (RunKind::Live, _) if !summary.endpoints.is_empty() => "A live run, of something that is not AWS.".into(),
        (RunKind::Live, _) => "A live run.".into(),
    };
    let how = match (&summary.outcome, &summary.paused) {
        (Some(outcome), _) => format!("**{}**: {}", capital(outcome_word(*outcome)), escape(&summary.reason)),
        (None, Some(reason)) => format!("**Paused**: {}", escape(reason)),
        (None, None) => "**Not ended.**".into(),
    };
    writeln!(out, "{world}\n\n{how}\n")
}

/// The table at the top.
pub(super) fn overview(out: &mut String, state: &State, summary: &Summary) -> fmt::Result {
    writeln!(out, "## Summary\n\n| | |\n|---|---|")?;
    let mut row = |name: &str, text: String| if text.is_empty() { Ok(()) } else { writeln!(out, "| {name} | {text} |") };
    row("Run", code(summary.run.as_str()))?;
    row("Runbook", format!("{}, plan {}", code(&summary.runbook), code(summary.plan.short())))?;
    for endpoint in &summary.endpoints {
        let targets: Vec<String> = endpoint.targets.iter().map(|target| code(target.as_str())).collect();
        row("In the place of AWS", format!("{}, for {}", code(&endpoint.words()), targets.join(", ")))?;
    }
    row("Severity", state.plan.severity.as_deref().map(escape).unwrap_or_default())?;
    row("Owners", state.plan.owners.iter().map(|owner| escape(owner)).collect::<Vec<_>>().join(", "))?;
    row("Started by", format!("{} on {}", escape(&actor_words(&summary.operator)), escape(&summary.operator.host)))?;
    row("Outage began", format!("{:.0}", summary.incident_start))?;
    row("Run started", format!("{:.0}", summary.started))?;
    let ended = if summary.outcome.is_some() { "Run ended" } else { "Last event" };
    row(ended, format!("{:.0}, after {}", summary.ended, seconds_words(summary.run_s)))?;
    row("RTO", clock_words(summary.rto.as_ref()).unwrap_or_default())?;
    row("RPO", clock_words(summary.rpo.as_ref()).unwrap_or_default())?;
    row("Steps", counts_words(summary))?;
    for (name, value) in &state.plan.params {
        let seconds = value.as_f64().filter(|_| is_loss(state, name));
        row(&format!("Parameter {}", code(name)), seconds.map_or_else(|| code(&shown(value)), |seconds| code(&duration_words(seconds))))?;
    }
    for (gate, nested) in &state.plan.nested {
        for (name, value) in &nested.params {
            row(&format!("Parameter {}", code(&format!("{gate}/{name}"))), code(&shown(value)))?;
        }
    }
    for (name, place) in &state.plan.secrets {
        row(&format!("Secret {}", code(name)), code(&place.to_string()))?;
    }
    writeln!(out)
}

/// A parameter that a loss of data is compared with is a span of time, whatever number stands for it.
fn is_loss(state: &State, param: &str) -> bool {
    let read = format!("params.{param}");
    let reads = |expect: &str| expect.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).any(|word| word == read);
    state
        .plan
        .checks()
        .any(|(_, check)| check.rpo_field.as_ref().is_some_and(|field| check.expect.contains(field.as_str())) && reads(&check.expect))
}

/// Seconds as a duration is written in a runbook: `5m`.
fn duration_words(seconds: f64) -> String {
    crate::plan::format_duration(seconds)
}

/// Who acted, as AWS knows it.
pub(super) fn identities(out: &mut String, state: &State) -> fmt::Result {
    if state.identities.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Identities\n\n| Target | Region | Account | Identity |\n|---|---|---|---|")?;
    for (target, identity) in &state.identities {
        let region = state.plan.targets.get(target).map_or("", |target| &target.region);
        let (account, arn) = (code(&identity.account), code(&identity.arn));
        writeln!(out, "| {} | {} | {account} | {arn} |", code(target.as_str()), escape(region))?;
    }
    writeln!(out)
}

/// Where the time went.
pub(super) fn time(out: &mut String, time: &TimeAccount) -> fmt::Result {
    writeln!(out, "## Time\n\n| | |\n|---|---:|")?;
    for (name, seconds) in time.entries() {
        writeln!(out, "| {} | {} |", capital(name), seconds_words(seconds))?;
    }
    writeln!(out, "| Added by lifeboat, of the time without people | {} |\n", time.share_words())
}

/// The run's own preconditions.
pub(super) fn gate(out: &mut String, state: &State) -> fmt::Result {
    if !state.gate_readings.is_empty() {
        writeln!(out, "## Preconditions of the run\n")?;
        readings(out, state, &state.gate_readings)?;
    }
    for over in &state.gate_overrides {
        overridden(out, state, over)?;
    }
    if !state.gate_overrides.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// One row a step.
pub(super) fn steps(out: &mut String, summary: &Summary) -> fmt::Result {
    writeln!(out, "## Steps\n")?;
    writeln!(out, "| Step | | State | Waiting for a person | Working | Verifying | Expected | Confirmed by |")?;
    writeln!(out, "|---|---|---|---:|---:|---:|---:|---|")?;
    for step in &summary.steps {
        let by = step.by.as_ref().map(|by| escape(&actor_words(by))).unwrap_or_default();
        let span = |seconds: Option<f64>| seconds.map(seconds_words).unwrap_or_default();
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {by} |",
            code(step.id.as_str()),
            escape(&step.title),
            state_words(step),
            span(step.waiting_s),
            span(step.working_s),
            span(step.verifying_s),
            seconds_words(step.expected_s),
        )?;
    }
    writeln!(out)
}

fn state_words(step: &StepSummary) -> String {
    let mut words = step.state.to_owned();
    if step.already {
        words += ", already so";
    }
    if step.taken_over {
        words += ", by hand";
    }
    if step.attempts > 1 {
        words += &format!(", {} attempts", step.attempts);
    }
    words
}

/// A section for each step that was begun.
pub(super) fn details(out: &mut String, state: &State, records: &[Record]) -> fmt::Result {
    for (id, step) in state.steps.iter() {
        let Some(plan) = state.plan.step(id) else { continue };
        if matches!(step.phase, StepPhase::Dormant | StepPhase::Waiting) {
            continue;
        }
        let own: Vec<&Record> = records.iter().filter(|record| record.event.step() == Some(id)).collect();
        detail(out, state, plan, step, &own)?;
    }
    Ok(())
}

fn detail(out: &mut String, state: &State, plan: &Step, step: &StepState, own: &[&Record]) -> fmt::Result {
    writeln!(out, "### {}: {}\n", code(plan.id.as_str()), escape(&plan.title))?;
    if let Some(why) = &plan.why {
        writeln!(out, "{}\n", escape(why))?;
    }
    match &step.phase {
        StepPhase::Skipped { reason } => {
            let by = own.iter().rev().find_map(|record| match &record.event {
                Event::StepSkipped { by, .. } => by.as_ref(),
                _ => None,
            });
            let by = by.map(|by| format!(" by {}", escape(&actor_words(by)))).unwrap_or_default();
            writeln!(out, "Skipped{by}: {}\n", escape(reason))?;
        }
        StepPhase::InDoubt { reason, .. } => writeln!(out, "**In doubt**: {}\n", escape(reason))?,
        phase => writeln!(out, "State: {}\n", phase_word(phase))?,
    }
    if let Some(what) = &step.change {
        change(out, what)?;
    }
    if let Some(given) = &step.confirmation {
        confirmation(out, state, step, given)?;
    }
    calls(out, state, step, own)?;
    if let Value::Object(outputs) = &step.outputs.value()
        && !outputs.is_empty()
    {
        writeln!(out, "Outputs:\n")?;
        for (name, value) in outputs {
            writeln!(out, "- {}: {}", code(name), code(&shown(value)))?;
        }
        writeln!(out)?;
    }
    if !step.proofs.is_empty() {
        writeln!(out, "Proofs:\n")?;
        readings(out, state, &step.proofs)?;
    }
    for record in own {
        if let Event::StepFailed { attempt, failure: what, .. } = &record.event {
            failure(out, *attempt, what)?;
        }
    }
    Ok(())
}

fn change(out: &mut String, change: &Change) -> fmt::Result {
    let undo = match (change.operation.contains(':'), change.reversible) {
        (true, true) => " (can be undone)",
        (true, false) => " (**cannot be undone**)",
        (false, _) => "",
    };
    let already = if change.already { "; already as wanted" } else { "" };
    writeln!(out, "Change: {}{undo}{already}\n", escape(&call_words(change)))?;
    if !change.fields.is_empty() {
        writeln!(out, "| | Before | After |\n|---|---|---|")?;
        for field in &change.fields {
            writeln!(out, "| {} | {} | {} |", escape(&field.name), escape(&field.before), escape(&field.after))?;
        }
        writeln!(out)?;
    }
    let mut said = false;
    for note in change.costs().chain(change.remarks()) {
        writeln!(out, "- {}", escape(&note))?;
        said = true;
    }
    if said {
        writeln!(out)?;
    }
    Ok(())
}

fn confirmation(out: &mut String, state: &State, step: &StepState, confirmation: &Confirmation) -> fmt::Result {
    let at = step.times.confirmed.map(|at| format!(" at {:.0}", at.wall)).unwrap_or_else(|| " (not in force)".into());
    let (by, how) = (escape(&actor_words(&confirmation.by)), escape(&given_words(&confirmation.given)));
    match confirmation.given {
        Given::NotAsked => writeln!(out, "Went ahead{at}: the step asks for no confirmation\n")?,
        _ => writeln!(out, "Confirmed by {by}{at}: {how}\n")?,
    }
    for (name, answer) in &confirmation.answers {
        writeln!(out, "- {}: {}", code(name), code(&shown(answer)))?;
    }
    if !confirmation.answers.is_empty() {
        writeln!(out)?;
    }
    if !confirmation.readings.is_empty() {
        readings(out, state, &confirmation.readings)?;
    }
    for over in &confirmation.overrides {
        overridden(out, state, over)?;
    }
    if !confirmation.overrides.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

fn overridden(out: &mut String, state: &State, over: &crate::engine::Override) -> fmt::Result {
    let title = state.plan.check(&over.check).map_or(over.check.as_str(), |check| &check.title);
    writeln!(out, "- **Overridden**: {}, because {}", escape(title), escape(&over.reason))
}

fn calls(out: &mut String, state: &State, step: &StepState, own: &[&Record]) -> fmt::Result {
    let mut any = false;
    for record in own {
        match &record.event {
            Event::StepIntent { attempt, token, .. } => {
                let operation = step.change.as_ref().map_or("", |change| &change.operation);
                writeln!(out, "- {:.0} attempt {attempt}: {}, token {}", record.at.wall, code(operation), code(token))?;
            }
            Event::StepApplied { summary, .. } => writeln!(out, "- {:.0} {}", record.at.wall, escape(summary))?,
            Event::StepSettled { already: false, .. } => writeln!(out, "- {:.0} took effect", record.at.wall)?,
            Event::StepInDoubt { reason, .. } => writeln!(out, "- {:.0} in doubt: {}", record.at.wall, escape(reason))?,
            Event::StepDoubtResolved { happened, reason, by, .. } => {
                let judge = by.as_ref().map_or_else(|| "a look shows".into(), |by| format!("{} decided", escape(&actor_words(by))));
                let verdict = if *happened { "it happened" } else { "it did not happen" };
                writeln!(out, "- {:.0} {verdict}, {judge}: {}", record.at.wall, escape(reason))?;
            }
            Event::StepProofIntent { check, token, .. } => {
                let request = state.plan.check(check).map_or_else(|| check.to_string(), crate::plan::Check::request);
                writeln!(out, "- {:.0} a proof that writes: {}, token {}", record.at.wall, code(&request), code(token))?;
            }
            Event::StepProofSent { reading, .. } => {
                writeln!(out, "- {:.0} the proof that writes was answered: {}", record.at.wall, escape(&reading.shown))?;
            }
            Event::StepTakenOver { by, reason, .. } => {
                writeln!(out, "- {:.0} taken over by {}: {}", record.at.wall, escape(&actor_words(by)), escape(reason))?;
            }
            _ => continue,
        }
        if !any
            && let Value::Object(with) = step.with.value()
            && !with.is_empty()
        {
            writeln!(out, "  - with {}", code(&Value::Object(with).to_string()))?;
        }
        any = true;
    }
    if any { writeln!(out) } else { Ok(()) }
}

fn readings(out: &mut String, state: &State, readings: &[Reading]) -> fmt::Result {
    writeln!(out, "| | Check | Reading | Taken at |\n|---|---|---|---|")?;
    for reading in readings {
        let (mark, seen) = match &reading.verdict {
            Verdict::Pass => ("✔ holds", escape(&reading.shown)),
            Verdict::Fail => ("✘ does not hold", escape(&reading.shown)),
            Verdict::Unknown(reason) => ("? not known", escape(reason)),
        };
        let title = state.plan.check(&reading.check).map_or(reading.check.as_str(), |check| &check.title);
        writeln!(out, "| {mark} | {} | {seen} | {:.0} |", escape(title), reading.at.wall)?;
    }
    writeln!(out)
}

fn failure(out: &mut String, attempt: u32, failure: &Failure) -> fmt::Result {
    writeln!(out, "**Failed** (attempt {attempt}): {}\n", escape(&failure.to_string()))?;
    if !failure.hint.is_empty() {
        writeln!(out, "Next: {}\n", escape(&failure.hint))?;
    }
    Ok(())
}

/// A value as people read it: text without quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
