//! Conditions that come out the same in every run: steps that are never reached, gates that guard nothing, words that are not there.

use serde_json::Value;

use super::place::Place;
use super::run::Cx;
use super::visit::{self, Role, Visited};
use crate::diag::{Diagnostic, Severity, Span, code};
use crate::expr::{self, Domain, Finding};
use crate::runbook::model::{ParamKind, StepDoc};
use crate::runbook::node::{Node, Spanned};
use crate::runbook::rules;
use crate::runbook::spec::{FieldSpec, ParamType, ProbeSpec};

/// The action whose options are the words of `steps.ID.choice`.
const CHOOSE: &str = "choose";

/// Of more words than this nothing is known: nobody writes them, and a file made to have very many must not cost very much.
const MOST_WORDS: usize = 100;

/// Where a condition stands, for what can be known of the names in it.
#[derive(Clone, Copy, Default)]
struct At {
    probe: Option<&'static ProbeSpec>,
    /// In a `when`: the steps it reads are over.
    settled: bool,
    /// Whether the probe could be made, where that is assumed.
    error: Option<bool>,
}

/// Looks at every condition, and at every expression for words that are not there.
pub(super) fn check(cx: &mut Cx<'_>) {
    // What is wrong with a condition in itself is said already.
    let mut wrong: Vec<usize> =
        cx.diagnostics.iter().filter(|one| one.severity == Severity::Error).filter_map(|one| Some(one.span.as_ref()?.start)).collect();
    wrong.sort_unstable();
    let sound = |span: &Span| {
        let next = wrong.partition_point(|start| *start < span.start);
        wrong.get(next).is_none_or(|start| *start >= span.end.max(span.start + 1))
    };
    for step in &cx.runbook.steps {
        texts(cx, step);
        if let Some(back) = &step.rollback {
            texts(cx, back);
        }
        let Some(when) = &step.when else { continue };
        let at = At { settled: true, ..At::default() };
        if words(cx, when, at) || !sound(&when.span) {
            continue;
        }
        let never = expr::never(&when.value, &|path| known(cx, path, at));
        if let Some(reason) = never {
            let message = format!("step `{}` is never run: {reason}", step.id.value);
            let finding = Diagnostic::warning(code::NEVER_RUNS, when.span.clone(), message);
            cx.push(finding.label("never holds").help("correct the condition, or remove the step"));
        }
    }
    for visited in visit::checks(cx.runbook) {
        let expect = &visited.check.expect;
        visited.check.with.each_text(&mut |text, span| words_of_text(cx, text, span));
        let at = At { probe: cx.catalog.probe(&visited.check.probe.value), ..At::default() };
        if at.probe.is_none() || expect.value.is_empty() || words(cx, expect, at) || !sound(&expect.span) {
            continue;
        }
        constant(cx, visited, at);
    }
}

/// An `expect` that says nothing.
fn constant(cx: &mut Cx<'_>, visited: Visited<'_>, at: At) {
    let expect = &visited.check.expect;
    let source = expect.value.as_str();
    let what = if visited.role == Role::Gate { "precondition" } else { "proof" };
    let never = expr::never(source, &|path| known(cx, path, at));
    if let Some(reason) = never {
        let then = if visited.role == Role::Gate { "it would always stand in the way" } else { "the step could never end well" };
        let finding = Diagnostic::error(code::NEVER_PASSES, expect.span.clone(), format!("the {what} can never hold: {reason}"));
        cx.push(finding.label("never holds").help(format!("correct the condition; {then}")));
        return;
    }
    if expr::always(source, &|path| known(cx, path, at)) {
        let finding =
            Diagnostic::warning(code::NEVER_FAILS, expect.span.clone(), format!("the {what} can never fail, so it guards nothing"));
        cx.push(finding.label("always holds").help("expect something that can turn out otherwise, or remove it"));
        return;
    }
    if !expr::mentions(source, "error") {
        return;
    }
    let without_fields = At { error: Some(true), ..at };
    if !expr::together(&[source], &|path| known(cx, path, without_fields)) {
        return;
    }
    let fields: Vec<&str> = at.probe.iter().flat_map(|probe| probe.fields).map(|field| field.name).collect();
    if expr::reads_before(source, "error", &fields) {
        let message = "a field is read before `error`: when the probe cannot be made, the reading is Unknown all the same";
        let finding = Diagnostic::warning(code::ERROR_TOO_LATE, expect.span.clone(), message);
        cx.push(finding.help("write `error` first: `error or …`"));
        return;
    }
    let with_fields = At { error: Some(false), ..at };
    if let Some(healthy) = at.probe.and_then(|probe| probe.healthy)
        && !visited.check.warns_only
        && expr::together(&[healthy, source], &|path| known(cx, path, with_fields))
    {
        let message = format!("the {what} holds when all is well, and when nobody can tell");
        let finding = Diagnostic::warning(code::ERROR_PASSES, expect.span.clone(), message);
        let help = "remove `error`: a probe that could not be made is then Unknown, which is never a pass";
        cx.push(finding.label("`error` passes, too").help(help));
    }
}

fn texts(cx: &mut Cx<'_>, step: &StepDoc) {
    for text in [Some(&step.title), step.why.as_ref(), step.phase.as_ref()].into_iter().flatten() {
        words_of_text(cx, &text.value, &text.span);
    }
    step.with.each_text(&mut |text, span| words_of_text(cx, text, span));
}

/// Words of a bare condition that are not there. Whether there were any.
fn words(cx: &mut Cx<'_>, text: &Spanned<String>, at: At) -> bool {
    let found = expr::strange_words(&text.value, &|path| known(cx, path, at));
    let any = !found.is_empty();
    say(cx, &text.value, &text.span, found);
    any
}

fn words_of_text(cx: &mut Cx<'_>, text: &str, span: &Span) {
    if expr::has_expression(text) {
        let found = expr::strange_words_of_text(text, &|path| known(cx, path, At::default()));
        say(cx, text, span, found);
    }
}

fn say(cx: &mut Cx<'_>, text: &str, span: &Span, found: Vec<Finding>) {
    let place = Place::new(cx.source, text, span);
    for finding in found {
        let at = place.of(&finding.span);
        cx.push(Diagnostic { help: finding.help, ..Diagnostic::error(finding.code, at, finding.message) });
    }
}

/// What values a name can have in a `when`, as far as it is known.
pub(super) fn settled(cx: &Cx<'_>, path: &[String]) -> Domain {
    known(cx, path, At { settled: true, ..At::default() })
}

/// What values a name can have.
fn known(cx: &Cx<'_>, path: &[String], at: At) -> Domain {
    let mut parts = path.iter().map(String::as_str);
    let path = [parts.next(), parts.next(), parts.next(), parts.next()];
    if let (Some(probe), [Some(name), None, ..]) = (at.probe, path) {
        if name == "error" {
            return at.error.map_or_else(Domain::truth, |error| Domain::OneOf(vec![Value::Bool(error)]));
        }
        if let Some(field) = probe.fields.iter().find(|field| field.name == name) {
            return of_field(field);
        }
    }
    match path {
        [Some("params"), Some(name), None, _] => cx.runbook.params.get(name).map_or(Domain::Any, |param| match &param.ty {
            ParamKind::Enum(words) if words.len() <= MOST_WORDS => Domain::words(words),
            ParamKind::Boolean => Domain::truth(),
            ParamKind::Integer | ParamKind::Number | ParamKind::Duration => {
                Domain::between(param.min.as_ref().map(|min| min.value), param.max.as_ref().map(|max| max.value))
            }
            _ => Domain::Any,
        }),
        [Some("run"), Some("kind"), None, _] => Domain::words(rules::RUN_KINDS.iter().map(|(word, _)| *word)),
        [Some("steps"), Some(id), Some(what), None] => {
            let Some(step) = cx.graph.index_of(id).and_then(|index| cx.runbook.steps.get(index)) else { return Domain::Any };
            match what {
                "state" => Domain::words(rules::STATES.iter().filter(|state| state.over || !at.settled).map(|state| state.word)),
                "choice" if step.action.value == CHOOSE => match options(&step.with) {
                    Some(words) => Domain::words(words),
                    None => Domain::Any,
                },
                _ => Domain::Any,
            }
        }
        _ => Domain::Any,
    }
}

/// The words of a choice; `None` when they cannot be read.
fn options(with: &Node) -> Option<Vec<&str>> {
    let words: Vec<_> = with.get("options")?.entries().iter().map(|entry| entry.key.value.as_str()).collect();
    (1..=MOST_WORDS).contains(&words.len()).then_some(words)
}

fn of_field(field: &FieldSpec) -> Domain {
    match field.ty {
        ParamType::Bool => Domain::truth(),
        ParamType::Enum(words) => Domain::words(words.iter().copied()),
        // Bounds of 64 bits are no bounds.
        ParamType::Integer { min, max } => {
            Domain::between((min != i64::MIN).then_some(min as f64), (max != i64::MAX).then_some(max as f64))
        }
        _ => Domain::Any,
    }
}
