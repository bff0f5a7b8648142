//! A step that runs another runbook: what it may have, and the values that it gives.

use super::expressions;
use super::run::Cx;
use super::with::check_with;
use crate::diag::{Diagnostic, Span, closest, code};
use crate::expr;
use crate::expr::Shape;
use crate::runbook::fill::fill;
use crate::runbook::handed;
use crate::runbook::model::{FailureDoc, Param, ParamKind, StepDoc};
use crate::runbook::node::{Entry, Node};
use crate::runbook::shelf::Book;
use crate::runbook::spec::ActionSpec;
use crate::runbook::{params, rules, yaml};

/// Checks a step whose action is `runbook`.
pub(super) fn check(cx: &mut Cx<'_>, index: Option<usize>, doc: &StepDoc, action: &ActionSpec) {
    let Some(index) = index else {
        let finding = Diagnostic::error(code::BAD_RUNBOOK, doc.action.span.clone(), "a runbook cannot be a rollback");
        cx.push(finding.help("the steps of the other runbook have their own rollbacks"));
        return;
    };
    keys(cx, doc);
    check_with(&doc.with, action.params, action.rule, action.name, &doc.action.span, &mut cx.diagnostics);
    if let Some(file) = doc.with.get("file")
        && file.as_text().is_some_and(str::is_empty)
    {
        cx.push(Diagnostic::error(code::BAD_RUNBOOK, file.span.clone(), "no file is named").help("write the path of the other runbook"));
    } else if let Some(file) = doc.with.get("file")
        && file.as_text().is_some_and(expr::has_expression)
    {
        let finding = Diagnostic::error(code::BAD_RUNBOOK, file.span.clone(), "which runbook is run must be known when this one is read");
        cx.push(finding.help("write the path; two steps with `when` choose between two runbooks"));
    }
    let given = doc.with.get("params");
    for entry in given.map(Node::entries).unwrap_or_default() {
        let before = cx.diagnostics.len();
        let book = cx.nested[index].clone();
        let param = book.as_ref().and_then(|book| book.runbook.params.get(&entry.key.value));
        if let (Some(book), None) = (&book, param) {
            cx.push(unknown(book, &entry.key.value, &entry.key.span));
            note(cx, &entry.value);
            continue;
        }
        if param.is_some_and(|param| param.ty == ParamKind::Secret) && hands_on(cx, &entry.value) {
            continue;
        }
        if let Some(finding) = secret(cx, entry, param) {
            cx.push(finding);
            note(cx, &entry.value);
            continue;
        }
        if let Some(param) = param {
            params::meant_as_text(&param.ty, &entry.value, &mut cx.as_texts);
        }
        let mut shape = None;
        entry.value.each_text(&mut |text, span| {
            shape = Some(cx.expressions.list(cx.source, text, span, &mut cx.diagnostics).1);
        });
        let Some(param) = param else { continue };
        if cx.diagnostics.len() > before {
            continue;
        }
        let whole = entry.value.as_text().is_some_and(|text| expr::whole_expression(text).is_some());
        if let Some(shape) = shape.filter(|shape| whole && !fits(shape, &param.ty)) {
            let message = format!("parameter `{}` takes {}, and the expression gives {shape}", param.name.value, params::describe(param));
            cx.push(Diagnostic::error(code::BAD_PARAM_VALUE, entry.value.span.clone(), message));
            continue;
        }
        // What fails with the defaults is seen again with the real values when the plan is made.
        let filled = fill(&entry.value, cx.defaults, &mut |_, _| {});
        let mut open = false;
        filled.each_text(&mut |text, _| open |= expr::has_expression(text));
        if !open && let Err(message) = handed::value(param, &entry.value, &filled) {
            cx.push(handed::refused(param, &entry.value, message));
        }
    }
    if let Some(book) = cx.nested[index].clone() {
        let file = doc.with.get("file").map_or_else(|| doc.action.span.clone(), |file| file.span.clone());
        head(cx, &book, &file);
        let place = given.map_or_else(|| doc.action.span.clone(), |given| given.span.clone());
        for param in handed::missing(&book, given) {
            cx.push(handed::lacking(&book, param, &place));
        }
    }
}

/// What the other file says of itself as a whole, and this one does not say: here nobody counts it.
fn head(cx: &mut Cx<'_>, book: &Book, place: &Span) {
    let (outer, inner) = (cx.runbook, &book.runbook);
    let said = [
        ("objectives", inner.rto.is_some() && outer.rto.is_none() || inner.rpo.is_some() && outer.rpo.is_none()),
        ("impaired", inner.impaired.is_some() && outer.impaired.is_none()),
    ];
    let missing: Vec<String> = said.iter().filter(|(_, missing)| *missing).map(|(key, _)| format!("`{key}`")).collect();
    if !missing.is_empty() {
        let missing = missing.join(" and ");
        let message = format!("the {missing} of `{}` count only where it is run by itself", inner.name.value);
        cx.push(Diagnostic::warning(code::NESTED_HEAD, place.clone(), message).help(format!("write {missing} here, too")));
    }
}

fn keys(cx: &mut Cx<'_>, doc: &StepDoc) {
    let of = |here: bool, span: &Span| here.then(|| span.clone());
    for (key, help) in rules::NOT_WITH_RUNBOOK {
        let written = match *key {
            "target" => doc.target.as_ref().map(|target| target.span.clone()),
            "expected" => doc.expected.as_ref().map(|expected| expected.span.clone()),
            "timeout" => doc.timeout.as_ref().map(|timeout| timeout.span.clone()),
            "retry" => of(doc.retry.is_some(), &doc.id.span),
            "on_failure" => of(doc.on_failure != FailureDoc::default(), &doc.id.span),
            "rollback" => doc.rollback.as_ref().map(|rollback| rollback.span.clone()),
            "verify" => doc.verify.first().map(|proof| proof.span.clone()),
            _ => None,
        };
        if let Some(span) = written {
            let message = format!("`{key}` means nothing in a step that runs a runbook");
            cx.push(Diagnostic::error(code::BAD_RUNBOOK, span, message).help(*help));
        }
    }
}

/// What a value reads is used, though more is wrong with it.
fn note(cx: &mut Cx<'_>, value: &Node) {
    cx.expressions.secrets(true);
    value.each_text(&mut |text, span| drop(cx.expressions.text(cx.source, text, span, true, &mut Vec::new())));
    cx.expressions.secrets(false);
}

/// Whether a value is a secret of this runbook, which is handed on.
fn hands_on(cx: &mut Cx<'_>, value: &Node) -> bool {
    let Some(name) = handed::secret(value) else { return false };
    let used = match name.strip_prefix("params.") {
        Some(param) if params::secret_params(cx.runbook).any(|secret| secret == param) => param.to_owned(),
        None if cx.runbook.secrets.contains_key(name) => format!("secrets.{name}"),
        _ => return false,
    };
    cx.expressions.used.insert(used);
    true
}

/// What is wrong with a value that reads a secret, and is not one that can be handed on.
fn secret(cx: &Cx<'_>, entry: &Entry, param: Option<&Param>) -> Option<Diagnostic> {
    let own: Vec<String> = params::secret_params(cx.runbook).map(|name| format!("params.{name}")).collect();
    let names: Vec<&str> = own.iter().map(String::as_str).chain(["secrets"]).collect();
    let mut reads = false;
    entry.value.each_text(&mut |text, _| reads |= expr::reads_any(text, &names));
    if !reads {
        return None;
    }
    let name = &entry.key.value;
    if param.is_some_and(|param| param.ty != ParamKind::Secret) {
        let message = format!("parameter `{name}` of the other runbook is no secret, and would be shown");
        let finding = Diagnostic::error(code::EXPR_NOT_HERE, entry.value.span.clone(), message);
        return Some(finding.help(format!("declare it there as one: `{name}: {{type: string, secret: true}}`")));
    }
    let known: Vec<String> = cx.runbook.secrets.keys().map(|name| format!("secrets.{name}")).chain(own).collect();
    let there = if known.is_empty() { "none is declared".to_owned() } else { format!("there is: {}", known.join(", ")) };
    let finding = Diagnostic::error(code::EXPR_NOT_HERE, entry.value.span.clone(), "only a whole secret can be handed on");
    Some(finding.help(format!("write `${{{{ secrets.NAME }}}}` and nothing else; {there}")))
}

fn fits(shape: &Shape, ty: &ParamKind) -> bool {
    matches!((shape, ty), (Shape::Text, ParamKind::Duration)) || shape.comparable(&expressions::shape(ty))
}

fn unknown(book: &Book, name: &str, place: &Span) -> Diagnostic {
    let names = || book.runbook.params.keys().map(String::as_str);
    let help = match closest(name, names()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if book.runbook.params.is_empty() => "it has none".into(),
        None => format!("its parameters are {}", names().collect::<Vec<_>>().join(", ")),
    };
    let message = format!("the runbook `{}` has no parameter `{}`", book.runbook.name.value, yaml::show(name));
    Diagnostic::error(code::UNKNOWN_PARAM_GIVEN, place.clone(), message).help(help)
}
