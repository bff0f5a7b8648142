//! Who confirms a live run or a dry run, and what must be said beforehand when that is nobody.

use super::args;
use super::exit::Exit;
use super::say::problem;
use crate::diag::closest;
use crate::driver::{Hands, Said};
use crate::engine::{Actor, RunKind};
use crate::expr;
use crate::id::StepId;
use crate::plan::{Plan, Question, Step, questions};

/// A person at the screen; otherwise the flags. A dry run asks nobody anything.
pub(super) fn hands(flags: &args::Hands, kind: RunKind, output: args::Output) -> Hands {
    if output == args::Output::Tui && !flags.yes && kind == RunKind::Live {
        return Hands::Person;
    }
    Hands::Flags(said(&flags.said))
}

/// What the flags say.
pub(super) fn said(flags: &args::Said) -> Said {
    Said { typed: flags.confirm.iter().cloned().collect(), answers: flags.answer.iter().cloned().collect() }
}

/// What is said beforehand is about steps and questions that there are, and is said for somebody who is not there.
///
/// # Errors
/// It is not; after having said what was probably meant.
pub(super) fn refuse_what_is_not_asked(flags: &args::Said, plan: &Plan, person: bool) -> Result<(), Exit> {
    let wrong = flags.confirm.iter().find_map(|(step, _)| unknown_step("--confirm", step, plan));
    let wrong = wrong.or_else(|| flags.answer.iter().find_map(|(key, text)| wrong_answer(key, text, plan)));
    let given = !flags.confirm.is_empty() || !flags.answer.is_empty();
    let in_vain = || {
        let help = "leave --confirm and --answer out; or add --yes, in a drill --autopilot, and nobody is asked";
        (person && given).then(|| ("what is confirmed and answered is asked for on the screen".to_owned(), help.to_owned()))
    };
    match wrong.or_else(in_vain) {
        Some((what, help)) => {
            problem(&format!("{what}; nothing was done"), Some(&help));
            Err(Exit::BadInput)
        }
        None => Ok(()),
    }
}

fn steps(plan: &Plan) -> impl Iterator<Item = &Step> {
    plan.steps.iter().chain(plan.rollbacks.values())
}

fn unknown_step(flag: &str, step: &str, plan: &Plan) -> Option<(String, String)> {
    if steps(plan).any(|known| known.id.as_str() == step) {
        return None;
    }
    let within = || steps(plan).map(|known| known.id.as_str()).filter(|id| is_part(id, step)).collect::<Vec<_>>();
    let help = match closest(step, steps(plan).map(|known| known.id.as_str())) {
        Some(near) => format!("did you mean {near}?"),
        None if within().is_empty() => "lifeboat plan names its steps".into(),
        None => format!("there is {}", within().join(", ")),
    };
    Some((format!("{flag}: there is no step {step}"), help))
}

/// Whether an id is that of a step of a `for_each`, or of a runbook that is run, whose end a person left out or took for all of it.
fn is_part(id: &str, meant: &str) -> bool {
    id.strip_prefix(meant).is_some_and(|rest| rest.starts_with('[')) || id.strip_suffix(meant).is_some_and(|rest| rest.ends_with('/'))
}

/// What is wrong with `--answer KEY=TEXT`, and what was probably meant.
fn wrong_answer(key: &str, text: &str, plan: &Plan) -> Option<(String, String)> {
    let asked =
        |step: &Step| questions(&step.action, &step.with.value()).into_iter().map(|one| (one.key(&step.id), one)).collect::<Vec<_>>();
    if let Some(question) = steps(plan).flat_map(asked).find_map(|(known, question)| (known == key).then_some(question)) {
        // A pattern with an expression is known in the run only.
        let known = question.pattern.as_deref().is_none_or(|pattern| !expr::has_expression(pattern));
        let objection = question.objection(text).filter(|_| known)?;
        return Some((format!("--answer {key}: {objection}"), format!("it answers: {}", question.prompt)));
    }
    let step = steps(plan).find(|step| step.id.as_str() == key);
    let step = step.or_else(|| steps(plan).find(|step| key.strip_prefix(step.id.as_str()).is_some_and(|rest| rest.starts_with('.'))));
    let near = |known: &[(String, Question)]| {
        let near = closest(key, known.iter().map(|(known, _)| known.as_str()))?;
        Some((format!("--answer: nothing asks for {key}"), format!("did you mean {near}?")))
    };
    let Some(step) = step else {
        let unknown = || unknown_step("--answer", key.rsplit_once('.').map_or(key, |(step, _)| step), plan);
        return near(&steps(plan).flat_map(asked).collect::<Vec<_>>()).or_else(unknown);
    };
    // What is asked by an expression is known in the run only.
    if step.with.get("ask").is_some_and(|ask| ask.is_string()) {
        return None;
    }
    let known = asked(step);
    near(&known).or_else(|| {
        let flags: Vec<String> = known.iter().map(|(known, question)| format!("--answer {known}={}", question.wanted())).collect();
        let help = if flags.is_empty() { "leave it out".to_owned() } else { format!("write {}", flags.join("  ")) };
        let nothing = if flags.is_empty() { "nothing" } else { "for something else" };
        Some((format!("--answer {key}: step {} asks {nothing}", step.id), help))
    })
}

/// A live run without a person wants the confirmations of the steps that are `to_come` beforehand.
///
/// # Errors
/// Some are missing; after having named them.
pub(super) fn refuse_what_is_missing(
    flags: &args::Hands,
    hands: &Hands,
    plan: &Plan,
    operator: &Actor,
    to_come: impl Fn(&StepId) -> bool,
) -> Result<(), Exit> {
    if hands.is_person() {
        return Ok(());
    }
    let mut missing = hands.missing(plan, &operator.name, to_come);
    if !flags.yes {
        missing.insert(0, "--yes".to_owned());
    }
    if missing.is_empty() {
        return Ok(());
    }
    problem(
        "a live run without a screen needs its confirmations beforehand; nothing was done",
        Some(&format!("missing: {}", missing.join("  "))),
    );
    Err(Exit::Refused)
}
