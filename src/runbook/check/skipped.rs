//! What a step reads of one that may be skipped: then there is nothing to read.

use std::collections::HashSet;

use super::reach;
use super::run::Cx;
use super::waits::Wait;
use crate::diag::{Diagnostic, code};
use crate::expr;
use crate::runbook::model::StepDoc;

/// What is there of a step only when it has run.
const RESULTS: [&str; 3] = ["outputs", "answers", "choice"];

/// Looks at everything that is read of a step with a condition.
pub(super) fn check(cx: &mut Cx<'_>, waits: &[Wait]) {
    let mut findings = Vec::new();
    let mut said: HashSet<(usize, &[String])> = HashSet::new();
    for wait in waits.iter().filter(|wait| !wait.place.guarded) {
        let reader = &cx.runbook.steps[wait.reader];
        let way = way(cx, wait).unwrap_or_default();
        let open = way.iter().enumerate().find_map(|(at, step)| Some(step).zip(step.when).filter(|_| !covered(cx, reader, &way[at..])));
        let Some((skipped, when)) = open.filter(|(skipped, _)| said.insert((wait.reader, skipped.path))) else { continue };
        let read = expression(&wait.place.path);
        let message = format!("`{}` may be skipped, and then `{read}` is not there", skipped.name);
        let finding = Diagnostic::warning(code::READS_SKIPPED, wait.place.span.clone(), message);
        let has_run = format!("{}.state == \"succeeded\"", expression(skipped.path));
        let condition = if skipped.shared { when } else { &has_run };
        let id = &reader.id.value;
        let when = match &reader.when {
            None if skipped.shared => format!("give `{id}` the same condition, `when: {condition}`"),
            None => format!("give `{id}` a condition, `when: {condition}`"),
            Some(_) if condition.contains(" or ") => format!("let the `when` of `{id}` begin with `({condition}) and …`"),
            Some(_) => format!("let the `when` of `{id}` begin with `{condition} and …`"),
        };
        findings.push(finding.help(format!("{when}; or write `| default(…)` behind what is read")));
    }
    cx.diagnostics.extend(findings);
}

/// A step on the way to what is read.
struct Passed<'a> {
    /// As people call it, `data/promote`.
    name: String,
    /// How its state is read, without the `state`.
    path: &'a [String],
    /// Its condition.
    when: Option<&'a str>,
    /// Whether whoever reads it can have the same one.
    shared: bool,
}

/// The steps on the way to what is read, the outermost first; `None` when it is there whether they have run or not.
fn way<'a>(cx: &'a Cx<'_>, wait: &'a Wait) -> Option<Vec<Passed<'a>>> {
    let path = wait.place.path.as_slice();
    let mut way = Vec::new();
    let mut step = &cx.runbook.steps[wait.read];
    let mut book = cx.nested[wait.read].as_deref();
    let mut name = step.id.value.clone();
    let mut at = 2;
    loop {
        at += usize::from(step.for_each.is_some());
        let when = step.when.as_ref().map(|when| when.value.trim());
        // What reads the item, or stands in another runbook, cannot be written down by whoever reads this.
        let shared = way.is_empty() && !when.is_some_and(|when| expr::mentions(when, "item"));
        way.push(Passed { name: name.clone(), path: path.get(..at)?, when, shared });
        let part = path.get(at)?;
        if RESULTS.contains(&part.as_str()) {
            return Some(way);
        }
        if part != "steps" || path.last().is_some_and(|last| last == "state") {
            return None;
        }
        // Of runbooks further in nothing is known here.
        let Some(runbook) = book.take().map(|book| &book.runbook) else { return Some(way) };
        let inner = path.get(at + 1)?;
        step = runbook.steps.iter().find(|step| step.id.value == *inner)?;
        name = format!("{name}/{inner}");
        at += 2;
    }
}

/// Whether a step is skipped, too, whenever the first of these is. What stands behind that has not run either then.
fn covered(cx: &Cx<'_>, reader: &StepDoc, way: &[Passed<'_>]) -> bool {
    let Some(own) = reader.when.as_ref().map(|when| when.value.trim()) else { return false };
    let cannot = |other: &str| !expr::together(&[own, other], &|path| reach::settled(cx, path));
    let follows = |step: &Passed<'_>| step.when.is_some_and(|when| when == own || step.shared && cannot(&format!("not ({when})")));
    way.first().is_some_and(follows) || way.iter().any(|step| cannot(&format!("{}.state == \"skipped\"", expression(step.path))))
}

/// A path as it is written.
fn expression(path: &[String]) -> String {
    let is_name = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !part.starts_with(|c: char| c.is_ascii_digit())
    };
    let parts = path.iter().enumerate().map(|(at, part)| match (at, is_name(part)) {
        (0, _) => part.clone(),
        (_, true) => format!(".{part}"),
        (_, false) => format!("[\"{part}\"]"),
    });
    parts.collect()
}
