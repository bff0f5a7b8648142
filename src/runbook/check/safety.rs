//! What would hurt in the night: sizes that are refused, rollbacks that cannot go back, gestures that confirm nothing.

use std::collections::HashMap;

use super::run::Cx;
use super::shell;
use crate::diag::{Diagnostic, code};
use crate::expr;
use crate::runbook::duration::format_duration;
use crate::runbook::fill::fill;
use crate::runbook::model::{ConfirmDoc, StepDoc};
use crate::runbook::node::{Kind, Node};
use crate::runbook::spec::{ActionSpec, Reversibility};
use crate::runbook::{params, rules};

/// Words that fingers type by themselves.
const REFLEXES: &[&str] = &["yes", "okay", "confirm", "go", "ok", "y"];
/// Fewer letters are no gesture.
const SHORTEST: usize = 3;

pub(super) fn check(cx: &mut Cx<'_>) {
    for step in &cx.runbook.steps {
        for work in [Some(step), step.rollback.as_deref()].into_iter().flatten() {
            shell::check(cx, work);
            shown(cx, work);
        }
        if let Some(action) = cx.action(&step.action.value) {
            values(cx, step, action);
            timeout(cx, step, action);
            retry(cx, step, action);
        }
        if let Some(back) = &step.rollback
            && let Some(action) = cx.action(&back.action.value)
        {
            values(cx, back, action);
            timeout(cx, back, action);
            if action.reversibility == Reversibility::Irreversible {
                let message = format!("the rollback of `{}` cannot itself be undone: `{}`", step.id.value, action.name);
                let finding = Diagnostic::error(code::ROLLBACK_IRREVERSIBLE, back.action.span.clone(), message);
                cx.push(finding.help("make it a step of the failback runbook, where it is confirmed for what it is"));
            }
        }
    }
    gestures(cx);
}

fn values(cx: &mut Cx<'_>, step: &StepDoc, action: &ActionSpec) {
    match action.name {
        "eks.scale_nodegroup" => sizes(cx, &step.with),
        "route53.shift_weights" => weights(cx, &step.with),
        _ => {}
    }
}

/// `min`, `desired` and `max`, as they are when every default is kept.
fn sizes(cx: &mut Cx<'_>, with: &Node) {
    let filled = fill(with, cx.defaults, &mut |_, _| {});
    let size = |key: &str| filled.get(key).and_then(|node| Some((node.to_json().as_i64()?, node.span.clone())));
    let pairs = [("min", "desired"), ("desired", "max"), ("min", "max")];
    for (low, high) in pairs {
        let (Some((less, _)), Some((more, place))) = (size(low), size(high)) else { continue };
        // Where all three are known, the outer two say nothing new.
        if less <= more || (low, high) == ("min", "max") && size("desired").is_some() {
            continue;
        }
        let message = format!("`{low}` is {less}, more than `{high}`, which is {more}");
        let finding = Diagnostic::error(code::SIZES_CONTRADICT, place, message);
        cx.push(finding.help("EKS takes only `min` ≤ `desired` ≤ `max`"));
    }
}

fn weights(cx: &mut Cx<'_>, with: &Node) {
    let filled = fill(with, cx.defaults, &mut |_, _| {});
    let records = match filled.get("records").map(|records| &records.kind) {
        Some(Kind::List(records)) => records.as_slice(),
        _ => &[],
    };
    for weights in [&filled].into_iter().chain(records).filter_map(|node| node.get("weights")) {
        if !weights.entries().is_empty() && weights.entries().iter().all(|entry| entry.value.to_json().as_i64() == Some(0)) {
            let finding = Diagnostic::warning(code::ALL_WEIGHTS_ZERO, weights.span.clone(), "every weight that is set is 0");
            cx.push(finding.help("give the set that is to take the traffic a weight; of sets that all have 0, Route 53 answers with each"));
        }
    }
}

/// What an operator is to read must not be hidden from them.
fn shown(cx: &mut Cx<'_>, step: &StepDoc) {
    if !matches!(step.action.value.as_str(), "manual" | "choose") {
        return;
    }
    let params: Vec<String> = params::secret_params(cx.runbook).map(|name| format!("params.{name}")).collect();
    let secrets: Vec<&str> = params.iter().map(String::as_str).chain(["secrets"]).collect();
    let mut hidden = Vec::new();
    step.with.each_text(&mut |text, span| {
        if expr::reads_any(text, &secrets) {
            hidden.push(span.clone());
        }
    });
    for span in hidden {
        let message = format!("`{}` is for a person to read, and a secret is hidden on every screen", step.action.value);
        let finding = Diagnostic::warning(code::SECRET_SHOWN, span, message);
        cx.push(finding.help("say where the person finds it"));
    }
}

fn timeout(cx: &mut Cx<'_>, step: &StepDoc, action: &ActionSpec) {
    // One that could not be read is an error of its own.
    if cx.runbook.complete && action.needs_target && step.timeout.is_none() && cx.runbook.default_timeout.is_none() {
        let message = format!("nothing says when to give `{}` up", action.name);
        let finding = Diagnostic::warning(code::NO_TIMEOUT, step.action.span.clone(), message);
        let assumed = format_duration(rules::TIMEOUT);
        cx.push(finding.help(format!("write `timeout` here or under `defaults`; without it, {assumed} are assumed")));
    }
}

fn retry(cx: &mut Cx<'_>, step: &StepDoc, action: &ActionSpec) {
    if action.reversibility == Reversibility::Irreversible && step.retry.is_some_and(|(attempts, _)| attempts > 1) {
        let message = format!("`{}` cannot be undone, and is tried again without asking", action.name);
        let finding = Diagnostic::warning(code::RETRY_IRREVERSIBLE, step.action.span.clone(), message);
        cx.push(finding.help(
            "remove `retry`: each attempt looks first and repeats no call that took effect, but why the first one failed is for a person to \
             say",
        ));
    }
}

/// Texts to type that confirm nothing. The action's own subject is a good one, however often it is the same.
fn gestures(cx: &mut Cx<'_>) {
    let runbook = cx.runbook;
    let mut typed: HashMap<&str, &str> = HashMap::new();
    for step in &runbook.steps {
        let Some(confirm) = &step.confirm else { continue };
        let ConfirmDoc::Type(text) = &confirm.value else { continue };
        let text = text.trim();
        if expr::has_expression(text) {
            continue;
        }
        let subject = cx.action(&step.action.value).and_then(|action| step.with.get(action.subject?)?.as_text());
        if subject == Some(text) {
            typed.entry(text).or_insert(&step.id.value);
            continue;
        }
        let problem = if text.chars().count() < SHORTEST || REFLEXES.contains(&text.to_lowercase().as_str()) {
            format!("`{text}` is typed without thinking")
        } else if let Some(other) = typed.get(text) {
            format!("`{text}` confirms step `{other}`, too")
        } else {
            typed.insert(text, &step.id.value);
            continue;
        };
        let help = match subject {
            Some(subject) if !expr::has_expression(subject) => format!("let it be the name of what is changed: `{{type: {subject}}}`"),
            _ => "let it be the name of what is changed".to_owned(),
        };
        cx.push(Diagnostic::warning(code::EMPTY_GESTURE, confirm.span.clone(), problem).help(help));
    }
}
