//! The check of one step, and of one precondition or proof.

use super::MOST_FINDINGS;
use super::run::Cx;
use super::waits;
use super::with::{check_with, wanted};
use super::{asks, choose, for_each, nested};
use crate::diag::{Diagnostic, closest, code};
use crate::expr::{self, Read, Shape};
use crate::runbook::decode::no_unit;
use crate::runbook::duration::format_duration;
use crate::runbook::fill::{fill, fill_text};
use crate::runbook::foreign;
use crate::runbook::model::{CheckDoc, ConfirmDoc, StepDoc};
use crate::runbook::node::{Kind, Node, Spanned};
use crate::runbook::rules;
use crate::runbook::shelf::RUN_RUNBOOK;
use crate::runbook::spec::{ActionSpec, ParamSpec, ParamType, Reversibility, Rule};
use crate::runbook::written::{as_written, is_text, literals};

/// What to do where there is no action.
const PROGRAM: &str = "what there is none for, a program does: `action: command` and `with: {argv: [PROGRAM, …]}`";

/// Checks a step and its rollback.
pub(super) fn step(cx: &mut Cx<'_>, index: usize, doc: &StepDoc) {
    let item = doc.for_each.as_ref().map(|list| for_each::check(cx, list));
    cx.expressions.item(item);
    let mut reads = Vec::new();
    words(cx, doc);
    if let Some(when) = &doc.when {
        reads.extend(cx.expressions.condition(cx.source, when, None, true, &mut cx.diagnostics));
    }
    reads.extend(work(cx, doc, Some(index), None));
    for check in &doc.preconditions {
        reads.extend(check_doc(cx, check, Some(doc), None));
    }
    waits::note(cx, index, reads, false);
    // A proof and a rollback come after the step itself.
    let mut after = Vec::new();
    for check in &doc.verify {
        after.extend(check_doc(cx, check, Some(doc), None));
    }
    if let Some(rollback) = &doc.rollback {
        words(cx, rollback);
        after.extend(work(cx, rollback, None, Some(doc)));
        for check in &rollback.verify {
            after.extend(check_doc(cx, check, Some(rollback), Some(doc)));
        }
    }
    waits::note(cx, index, after, true);
    cx.expressions.item(None);
    expected_in_time(cx, doc);
}

/// Whether a step is given up before it is usually done.
fn expected_in_time(cx: &mut Cx<'_>, doc: &StepDoc) {
    let Some(expected) = &doc.expected else { return };
    let lasts = cx.action(&doc.action.value).and_then(|action| cx.lasts(doc, action));
    let written = doc.timeout.as_ref().or(cx.runbook.default_timeout.as_ref()).map(|timeout| timeout.value);
    let timeout = rules::timeout(written, lasts);
    // Of one that cannot be done in time that is said already.
    if expected.value > timeout && lasts.is_none_or(|lasts| lasts <= timeout) {
        let message =
            format!("the step is expected to take {}, and is given up after {}", format_duration(expected.value), format_duration(timeout));
        let finding = Diagnostic::warning(code::EXPECTED_OVER_TIMEOUT, expected.span.clone(), message);
        cx.push(finding.help("raise `timeout`"));
    }
}

/// What is wrong with a step that says how long it takes, when it is given up before: it can never be done.
pub(crate) fn cut_short(doc: &StepDoc, default: Option<&Spanned<f64>>, action: &ActionSpec, lasts: Option<f64>) -> Option<Diagnostic> {
    let (name, lasts) = action.lasts.zip(lasts)?;
    let timeout = doc.timeout.as_ref().or(default)?;
    if lasts <= timeout.value {
        return None;
    }
    let key = if doc.timeout.is_some() { "`timeout`" } else { "`defaults.timeout`" };
    let message = format!("`{name}` is {}, and {key} gives the step up after {}", format_duration(lasts), format_duration(timeout.value));
    let place = doc.with.get(name).map_or_else(|| doc.action.span.clone(), |node| node.span.clone());
    let enough = format_duration(lasts + rules::WITHIN);
    let finding = Diagnostic::error(code::EXPECTED_OVER_TIMEOUT, place, message);
    Some(finding.label("never over in time").help(format!("write `timeout: {enough}` in the step, or let it be shorter")))
}

/// Checks what is on the screen before anything has run.
fn words(cx: &mut Cx<'_>, doc: &StepDoc) {
    for text in [Some(&doc.title), doc.why.as_ref(), doc.phase.as_ref()].into_iter().flatten() {
        cx.expressions.plan_text(cx.source, text, &mut cx.diagnostics);
    }
}

/// Action, `with`, target and confirmation of a step, with its place in the file, or of the rollback of `parent`. Gives what it reads.
fn work(cx: &mut Cx<'_>, doc: &StepDoc, index: Option<usize>, parent: Option<&StepDoc>) -> Vec<Read> {
    if doc.action.value.is_empty() {
        return Vec::new();
    }
    if let Some(target) = &doc.target {
        known_target(cx, target);
    }
    let Some(action) = cx.action(&doc.action.value) else {
        let name = &doc.action.value;
        let help = foreign::action(name, cx.catalog).unwrap_or_else(|| format!("`lifeboat actions` lists the actions; {PROGRAM}"));
        cx.push(Diagnostic::error(code::UNKNOWN_ACTION, doc.action.span.clone(), format!("there is no action `{name}`")).help(help));
        // What is in `with` is still looked at for names that are not there.
        return with(cx, &doc.with, &[], None, true, &doc.action);
    };
    let target = doc.target.as_ref().or_else(|| parent?.target.as_ref()).or(cx.runbook.default_target.as_ref());
    if action.needs_target && target.is_none() {
        no_target(cx, &doc.action);
    }
    let reads = if action.name == RUN_RUNBOOK {
        nested::check(cx, index, doc, action);
        Vec::new()
    } else {
        with(cx, &doc.with, action.params, Some((action.name, action.rule)), true, &doc.action)
    };
    if let Some(Spanned { value: ConfirmDoc::Type(text), span }) = &doc.confirm {
        cx.expressions.plan_text(cx.source, &Spanned::new(text.clone(), span.clone()), &mut cx.diagnostics);
    }
    asks::check(cx, doc);
    if action.name == "choose" {
        choose::check(cx, doc);
    }
    confirmation(cx, doc, action);
    let cut = cut_short(doc, cx.runbook.default_timeout.as_ref(), action, cx.lasts(doc, action));
    cx.diagnostics.extend(cut);
    if action.name == "verify" && doc.verify.is_empty() {
        let finding = Diagnostic::error(code::MISSING_KEY, doc.action.span.clone(), "a step that verifies lacks `verify`");
        cx.push(finding.help("list the proofs under `verify`"));
    }
    if action.reversibility == Reversibility::Irreversible && doc.verify.is_empty() && index.is_some() {
        let message = format!("`{}` cannot be undone, and nothing proves that it worked", action.name);
        cx.push(Diagnostic::warning(code::NO_VERIFY, doc.action.span.clone(), message).help("add `verify` with a probe"));
    }
    if action.name.starts_with("route53.") && cx.impaired().as_deref() == Some("us-east-1") {
        let message = "the control plane of Route 53 is in us-east-1, the region presumed lost";
        let finding = Diagnostic::warning(code::CONTROL_PLANE_IMPAIRED, doc.action.span.clone(), message);
        cx.push(finding.help("prefer health checks or a routing control that was set up before; DNS answers go on"));
    }
    reads
}

fn confirmation(cx: &mut Cx<'_>, doc: &StepDoc, action: &ActionSpec) {
    let Some(confirm) = &doc.confirm else { return };
    let default = rules::default_strength(action).max(rules::proof_strength(doc));
    let asked = rules::strength(&confirm.value);
    if asked < default && doc.confirm_reason.is_none() {
        let what = if action.reversibility == Reversibility::Irreversible { "cannot be undone" } else { "changes something" };
        let by = if default > rules::default_strength(action) { "a proof that writes".into() } else { format!("`{}`", action.name) };
        let message = format!("the confirmation is weaker than {by} calls for, which {what}");
        let finding = Diagnostic::error(code::WEAK_CONFIRM, confirm.span.clone(), message);
        cx.push(finding.help("remove `confirm`, or write `confirm_reason` with the reason"));
    }
}

fn no_target(cx: &mut Cx<'_>, name: &Spanned<String>) {
    let finding = Diagnostic::error(code::NO_TARGET, name.span.clone(), format!("`{}` goes to AWS and has no target", name.value));
    let help = match cx.runbook.targets.keys().next() {
        Some(first) => format!("write `target: {first}` here, or under `defaults`"),
        None => "declare one under `targets`, and name it with `target` here or under `defaults`".into(),
    };
    cx.push(finding.help(help));
}

/// Whether a target is declared.
pub(super) fn known_target(cx: &mut Cx<'_>, target: &Spanned<String>) {
    if cx.runbook.targets.contains_key(&target.value) {
        return;
    }
    let shown = cx.diagnostics.len() < MOST_FINDINGS;
    let help = match closest(&target.value, cx.runbook.targets.keys().filter(|_| shown).map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "targets are declared under `targets`".into(),
    };
    cx.push(Diagnostic::error(code::UNKNOWN_TARGET, target.span.clone(), format!("there is no target `{}`", target.value)).help(help));
}

/// Checks a precondition or a proof; of the run when `step` is `None`. `parent` is the step that `step` is the rollback of.
pub(super) fn check_doc(cx: &mut Cx<'_>, doc: &CheckDoc, step: Option<&StepDoc>, parent: Option<&StepDoc>) -> Vec<Read> {
    let in_step = step.is_some();
    cx.expressions.plan_text(cx.source, &doc.title, &mut cx.diagnostics);
    let mut reads = Vec::new();
    if let Some(target) = &doc.target {
        known_target(cx, target);
    }
    let probe = cx.catalog.probe(&doc.probe.value);
    if probe.is_none() && !doc.probe.value.is_empty() {
        let help = foreign::probe(&doc.probe.value, cx.catalog).unwrap_or_else(|| "`lifeboat probes` lists the probes".into());
        let finding = Diagnostic::error(code::UNKNOWN_PROBE, doc.probe.span.clone(), format!("there is no probe `{}`", doc.probe.value));
        cx.push(finding.help(help));
    }
    let Some(probe) = probe else {
        reads.extend(with(cx, &doc.with, &[], None, in_step, &doc.probe));
        return reads;
    };
    let has_target = [doc.target.as_ref(), step.and_then(|step| step.target.as_ref()), parent.and_then(|step| step.target.as_ref())];
    if probe.needs_target && has_target.iter().all(Option::is_none) && cx.runbook.default_target.is_none() {
        no_target(cx, &doc.probe);
    }
    reads.extend(with(cx, &doc.with, probe.params, Some((probe.name, probe.rule)), in_step, &doc.probe));
    if !doc.expect.value.is_empty() {
        reads.extend(cx.expressions.condition(cx.source, &doc.expect, Some(probe), in_step, &mut cx.diagnostics));
    }
    if let Some(look) = &doc.look {
        reads.extend(check_doc(cx, look, step, parent));
    }
    reads
}

/// Checks the expressions of a `with`, and its values as they are when every default is kept. Without a `subject` only the expressions.
fn with(
    cx: &mut Cx<'_>,
    node: &Node,
    specs: &[ParamSpec],
    subject: Option<(&str, Option<Rule>)>,
    in_step: bool,
    place: &Spanned<String>,
) -> Vec<Read> {
    let mut reads = Vec::new();
    cx.expressions.secrets(true);
    node.each_text(&mut |text, span| {
        reads.extend(cx.expressions.text(cx.source, text, span, in_step, &mut cx.diagnostics).0);
    });
    if let Some((subject, rule)) = subject
        && !cx.is_full()
    {
        shapes(cx, node, specs, in_step);
        // What fails with the defaults is seen again with the real values when the plan is made.
        let filled = fill(node, cx.defaults, &mut |_, _| {});
        cx.count(filled.size(), &node.span);
        literals(node, specs, &mut |node, ty, key| literal(cx, node, ty, &format!("`{key}` of `{subject}`")));
        let filled = as_written(node, filled, specs);
        check_with(&filled, specs, rule, subject, &place.span, &mut cx.diagnostics);
    }
    cx.expressions.secrets(false);
    reads
}

/// A number or a boolean that stands in the file itself: what is meant as a text is one, and a duration has its unit.
fn literal(cx: &mut Cx<'_>, node: &Node, ty: &ParamType, what: &str) {
    if is_text(ty) {
        cx.as_texts.insert(node.span.clone());
    }
    if let (ParamType::Duration, Kind::Number(_, raw)) = (ty, &node.kind) {
        cx.push(no_unit(what, raw, &node.span));
    }
}

/// Values that are one expression and cannot be filled in yet: their type may be known.
fn shapes(cx: &mut Cx<'_>, node: &Node, specs: &[ParamSpec], in_step: bool) {
    for entry in node.entries() {
        if let Some(spec) = specs.iter().find(|spec| spec.name == entry.key.value) {
            shape(cx, &entry.value, &spec.ty, &format!("`{}`", spec.name), in_step);
        }
    }
}

fn shape(cx: &mut Cx<'_>, node: &Node, ty: &ParamType, what: &str, in_step: bool) {
    match (ty.plain(), &node.kind) {
        (ParamType::List(item), Kind::List(items)) => {
            items.iter().for_each(|node| shape(cx, node, item, &format!("an item of {what}"), in_step));
        }
        (ParamType::Map(item), Kind::Map(entries)) => {
            entries.iter().for_each(|entry| shape(cx, &entry.value, item, &format!("`{}` in {what}", entry.key.value), in_step));
        }
        (_, Kind::Text(text)) if expr::whole_expression(text).is_some() && !matches!(fill_text(text, cx.defaults), Ok(Some(_))) => {
            let (_, shape) = cx.expressions.text(cx.source, text, &node.span, in_step, &mut Vec::new());
            if !fits(&shape, ty) && !written_out(&shape, ty) {
                let message = format!("{what} takes {}, and the expression gives {shape}", wanted(ty));
                let help = expr::as_shape(&shape, &Shape::of(ty));
                cx.push(Diagnostic { help, ..Diagnostic::error(code::WITH_VALUE, node.span.clone(), message) });
            }
        }
        _ => {}
    }
}

/// Where a text is wanted, a number that comes out of an expression is written out.
fn written_out(shape: &Shape, ty: &ParamType) -> bool {
    match (shape, ty) {
        (Shape::Number | Shape::Bool, ParamType::String) => true,
        (Shape::List(shape), ParamType::List(ty)) | (Shape::Map(shape), ParamType::Map(ty)) => fits(shape, ty) || written_out(shape, ty),
        _ => false,
    }
}

fn fits(shape: &Shape, ty: &ParamType) -> bool {
    match (shape, ty.plain()) {
        (Shape::Any, _) | (_, ParamType::Any | ParamType::Record(_)) => true,
        (_, ParamType::Short(keys)) => {
            matches!(shape, Shape::Map(_) | Shape::Record(_)) || keys.iter().take(1).all(|key| fits(shape, &key.ty))
        }
        (Shape::Text, ParamType::Duration) => true,
        _ => shape.comparable(&Shape::of(ty)),
    }
}
