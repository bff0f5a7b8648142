//! Everything that is known of a step that failed or is in doubt: one account, from which the screen, the clipboard and the file are made,
//! so that they say the same.

use super::keymap::{self, Do};
use super::model::Model;
use super::rows::Selected;
use super::text::{clean, utc};
use super::theme::Role;
use super::{commands, words};
use crate::engine::{RunKind, State, StepPhase, StepState, known_with};
use crate::plan::{Confirm, Failure, Happened, Step};
use crate::view::calls_nothing;

/// Log lines in the account.
pub(super) const LOG_LINES: usize = 12;

/// Heads the log's lines, which stand last.
pub(super) const LOG: &str = "The last lines of its log";

/// Columns of the labels.
pub(super) const LABEL: usize = 10;

/// A piece of the account.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// What the next parts answer.
    Heading(&'static str),
    /// A label and its value.
    Fact(&'static str, Role, String),
    /// A word that must be seen, and its sentence.
    Verdict(&'static str, Role, &'static str),
    /// A line of the step's log, and when it came.
    Log(String, String),
}

/// Something that can be chosen, what will come of it, and why it cannot be chosen now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Offer {
    /// What.
    pub what: Do,
    /// In a few words.
    pub label: &'static str,
    /// What will happen.
    pub then: String,
    /// Why it cannot be had.
    pub not_now: Option<String>,
}

/// There is something to explain about the step.
pub(super) fn explains(step: &StepState) -> bool {
    step.failure.is_some() && matches!(step.phase, StepPhase::Failed | StepPhase::Retrying)
        || matches!(step.phase, StepPhase::InDoubt { .. })
}

/// There is a text of it to copy.
pub(super) fn can_be_copied(plan: &Step, step: &StepState) -> bool {
    explains(step) || plan.action == "manual" || plan.action == "command"
}

/// What a person does by hand, or the command that is run: for another window.
pub(super) fn instructions(model: &Model, index: usize) -> Option<String> {
    let (run, (plan, step)) = model.state().zip(model.step(index))?;
    let with = known_with(run, plan, step);
    if plan.action == "command" {
        let argv = with.get("argv")?.as_array()?;
        let words = argv.iter().map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned));
        return Some(words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" "));
    }
    let text = with.get("instructions")?.as_str()?.trim_end().to_owned();
    (!text.is_empty()).then_some(text)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// The account of a step; empty when there is nothing to explain.
pub(super) fn explain(model: &Model, index: usize) -> Vec<Part> {
    let Some((run, (plan, step))) = model.state().zip(model.step(index)) else { return Vec::new() };
    if !explains(step) {
        return Vec::new();
    }
    let doubt = step.doubt.as_ref().filter(|_| matches!(step.phase, StepPhase::InDoubt { .. }));
    let failure = step.failure.as_deref().filter(|_| doubt.is_none());
    // In the order in which it is asked for: a small screen shows the first of it.
    let (word, role, sentence) = match failure {
        Some(failure) => words::happened(plan, step, failure),
        None => words::NOBODY_KNOWS,
    };
    let mut parts = vec![Part::Heading("Did it happen?"), Part::Verdict(word, role, sentence), Part::Heading("What came back")];
    if let Some(failure) = failure {
        came_back(&mut parts, failure, step);
        parts.push(Part::Heading("What lifeboat suggests"));
        parts.push(Part::Fact("", Role::Strong, suggestion(plan, step, failure)));
    } else if let Some(doubt) = doubt {
        parts.push(Part::Fact("No answer", Role::Bad, doubt.cause.clone()));
        parts.extend(doubt.looked.as_ref().map(|(at, seen)| Part::Fact("Looked", Role::Text, format!("{}: {seen}", utc(at.wall)))));
    }
    called(&mut parts, run, plan, step, failure);
    log(&mut parts, model, plan);
    parts
}

fn suggestion(plan: &Step, step: &StepState, failure: &Failure) -> String {
    let hint = failure.hint.trim();
    if !hint.is_empty() {
        return hint.to_owned();
    }
    match failure.effect {
        Happened::Yes if calls_nothing(plan, step) => "find out why, then try it again, do it by hand, or leave it out".into(),
        Happened::No => "find out why it was refused, then try it again, or do it by hand".into(),
        Happened::Yes => "look at the resource: put it right by hand and take the proofs, or roll back".into(),
        Happened::Unknown => "look at the resource before anything is called again".into(),
    }
}

fn called(parts: &mut Vec<Part>, run: &State, plan: &Step, step: &StepState, failure: Option<&Failure>) {
    parts.push(Part::Heading(if plan.mutates { "What was called" } else { "What it does" }));
    let change = step.change.as_ref();
    let first = |told: Option<&String>, planned: Option<&String>| {
        told.filter(|text| !text.is_empty()).or(planned.filter(|text| !text.is_empty())).cloned()
    };
    let operation = first(failure.map(|failure| &failure.operation), change.map(|change| &change.operation));
    parts.push(Part::Fact("Operation", Role::Strong, operation.unwrap_or_else(|| plan.action.clone())));
    let region = first(failure.map(|failure| &failure.region), change.map(|change| &change.region));
    let resource = first(failure.map(|failure| &failure.resource), change.map(|change| &change.resource));
    parts.extend(resource.map(|resource| Part::Fact("Resource", Role::Text, resource)));
    parts.extend(region.map(|region| Part::Fact("Region", Role::Text, region)));
    let identity = plan.target.as_ref().and_then(|target| run.identities.get(target));
    parts.extend(identity.map(|identity| Part::Fact("As", Role::Text, identity.arn.clone())));
    let of = if plan.retry.attempts > 1 { format!(" of {}", plan.retry.attempts) } else { String::new() };
    let when = match (step.times.intent, step.times.ended) {
        (Some(_), Some(ended)) if calls_nothing(plan, step) => format!(", ended at {}; no call was made", utc(ended.wall)),
        (Some(_), None) if calls_nothing(plan, step) => String::new(),
        (Some(sent), Some(ended)) => format!(", called at {}, ended at {}", utc(sent.wall), utc(ended.wall)),
        (Some(sent), None) => format!(", called at {}", utc(sent.wall)),
        (None, Some(ended)) => format!(", ended at {}; no call was made", utc(ended.wall)),
        (None, None) => String::new(),
    };
    parts.push(Part::Fact("Attempt", Role::Text, format!("{}{of}{when}", step.attempt)));
}

fn came_back(parts: &mut Vec<Part>, failure: &Failure, step: &StepState) {
    parts.push(Part::Fact("Message", Role::Bad, failure.message.clone()));
    parts.extend(failure.code.clone().map(|code| Part::Fact("AWS code", Role::Text, code)));
    parts.extend(failure.request_id.clone().map(|id| Part::Fact("Request", Role::Text, id)));
    let proofs = step.proofs.iter().filter(|proof| proof.verdict != crate::plan::Verdict::Pass);
    parts.extend(proofs.map(|proof| Part::Fact("Proof", Role::Text, format!("{}: {}", proof.check, proof.shown))));
}

fn log(parts: &mut Vec<Part>, model: &Model, plan: &Step) {
    let Some(lines) = model.run.logs.get(&plan.id).filter(|lines| !lines.is_empty()) else { return };
    parts.push(Part::Heading(LOG));
    let last = lines.iter().skip(lines.len().saturating_sub(LOG_LINES));
    parts.extend(last.map(|(at, line)| Part::Log(utc(at.wall), line.clone())));
}

/// What one can do about a failed step, the selected one.
pub(super) fn offers(model: &Model, index: usize) -> Vec<Offer> {
    let Some((run, (plan, step))) = model.state().zip(model.step(index)) else { return Vec::new() };
    let here = model.selected == Selected::Step(index);
    let all = [
        (Do::Retry, "Try it again", retry(plan, step)),
        (Do::TakeOver, "I did it by hand: take the proofs", take_over(plan)),
        (Do::Skip, "Leave it out, with a reason", skip(run, plan)),
        (Do::RollBack, "Roll back everything done so far", roll_back(run)),
        (Do::Abort, "End the run here", "The run ends for good. What is done stays done; nothing is taken back.".to_owned()),
    ];
    let offers = all.into_iter().map(|(what, label, then)| {
        let available = here && commands::available(model, what);
        let not_now = (!available).then(|| commands::why_not(model, what).unwrap_or_else(|| "not as things are".into()));
        Offer { what, label, then, not_now }
    });
    offers.collect()
}

/// What another attempt does.
pub(super) fn retry(plan: &Step, step: &StepState) -> String {
    let asks = if *plan.confirm_for(step.change.as_ref()) == Confirm::None {
        "calls it again without asking, as the runbook says"
    } else {
        "shows the change again and asks you before it calls"
    };
    format!("Attempt {}: looks first; where it is already so, nothing is called; else {asks}.", step.attempt + 1)
}

fn take_over(plan: &Step) -> String {
    match plan.verify.len() {
        0 => "lifeboat calls nothing more here. The step has no proofs: your word, on record, counts as done.".into(),
        1 => "lifeboat calls nothing more here. It goes on once the step's proof holds.".into(),
        n => format!("lifeboat calls nothing more here. It goes on once the step's {n} proofs hold."),
    }
}

fn skip(run: &State, plan: &Step) -> String {
    let followers: Vec<&str> = run.plan.steps.iter().filter(|step| step.needs.contains(&plan.id)).map(|step| step.title.as_str()).collect();
    match followers.len() {
        0 => "Counts as done. No other step waits for it.".into(),
        _ => format!("Counts as done, though it is not, for: {}.", followers.join("; ")),
    }
}

fn roll_back(run: &State) -> String {
    match crate::view::due_rollbacks(run).len() {
        0 => "Takes back what can be taken back.".into(),
        1 => "Takes back 1 step. It is shown and asks before it is changed.".into(),
        n => format!("Takes back {n} steps, the last first. Each is shown and asks before it is changed."),
    }
}

/// The account as text, for a ticket or a colleague: no control character but line ends, however foreign what is in it.
pub(super) fn plain(model: &Model, index: usize) -> Option<String> {
    let (run, (plan, step)) = model.state().zip(model.step(index))?;
    let parts = explain(model, index);
    if parts.is_empty() {
        return None;
    }
    let mut lines = vec![
        format!("{} ({}): {}", one(&plan.title), one(plan.id.as_str()), words::doing(&step.phase)),
        format!("{} {} of run {}", run.kind_words(), one(&run.plan.name), one(run.run.as_str())),
    ];
    if run.kind == RunKind::Drill {
        lines.push("A simulated world: nothing real was touched.".into());
    }
    lines.push(format!("Written at {}", model.now.wall.strftime("%Y-%m-%d %H:%M:%SZ")));
    for part in &parts {
        match part {
            Part::Heading(title) => lines.extend([String::new(), (*title).to_owned()]),
            Part::Fact("", _, text) => lines.push(format!("  {}", one(text))),
            Part::Fact(label, _, text) => lines.push(format!("  {label:<LABEL$} {}", one(text))),
            Part::Verdict(word, _, sentence) => lines.push(format!("  {word}: {sentence}")),
            Part::Log(at, line) => lines.push(format!("  {at} {}", one(line))),
        }
    }
    if step.phase == StepPhase::Failed {
        lines.extend([String::new(), "What can be chosen".into()]);
        for offer in offers(model, index) {
            let then = offer.not_now.map_or_else(|| offer.then.clone(), |why| format!("not now: {why}"));
            lines.push(format!("  {:<2} {}: {}", keymap::name(offer.what), offer.label, one(&then)));
        }
    }
    lines.push(String::new());
    Some(lines.join("\n"))
}

fn one(text: &str) -> String {
    clean(text).into_owned()
}
