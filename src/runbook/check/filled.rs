//! What looks as if it were filled in, and is not: `{{ … }}` without its dollar sign, and expressions in the keys of a mapping.

use super::place::Place;
use super::run::Cx;
use super::visit;
use crate::diag::{Diagnostic, Span, code};
use crate::expr::{self, Stray};
use crate::runbook::model::{ConfirmDoc, StepDoc};
use crate::runbook::node::{Entry, Kind, Node, Spanned};
use crate::runbook::yaml::show;

/// Names that expressions read, here and in what others write.
const NAMES: &[&str] = &["params", "steps", "targets", "secrets", "item", "run", "inputs", "vars"];
/// Those of others, for parameters.
const PARAMS_ELSEWHERE: &[&str] = &["inputs", "vars"];
/// Words of Go's templates, whatever the parameters are called.
const GO: &[&str] = &["end", "else", "break", "continue"];
/// Longest mapping that is written out as an expression in a help.
const WRITTEN_OUT: usize = 100;

pub(super) fn check(cx: &mut Cx<'_>) {
    let runbook = cx.runbook;
    let parts = runbook.targets.values().flat_map(|target| {
        [Some(&target.region), target.account.as_ref(), target.profile.as_ref(), target.role.as_ref(), target.external_id.as_ref()]
    });
    for text in [Some(&runbook.title), runbook.impaired.as_ref()].into_iter().chain(parts).flatten() {
        braces(cx, &text.value, &text.span);
    }
    for step in &runbook.steps {
        for work in [Some(step), step.rollback.as_deref()].into_iter().flatten() {
            texts(cx, work);
        }
    }
    for visited in visit::checks(runbook) {
        braces(cx, &visited.check.title.value, &visited.check.title.span);
        tree(cx, &visited.check.with);
    }
}

fn texts(cx: &mut Cx<'_>, step: &StepDoc) {
    for text in [Some(&step.title), step.why.as_ref(), step.phase.as_ref()].into_iter().flatten() {
        braces(cx, &text.value, &text.span);
    }
    if let Some(Spanned { value: ConfirmDoc::Type(text), span }) = &step.confirm {
        braces(cx, text, span);
    }
    if let Some(items) = &step.for_each {
        tree(cx, items);
    }
    tree(cx, &step.with);
}

fn tree(cx: &mut Cx<'_>, node: &Node) {
    node.each_text(&mut |text, span| braces(cx, text, span));
    keys(cx, node, None);
}

fn braces(cx: &mut Cx<'_>, text: &str, span: &Span) {
    let strays = expr::stray_braces(text);
    let place = Place::new(cx.source, text, span);
    for stray in strays {
        let Some(meant) = meant(cx, &stray) else { continue };
        let written = show(&stray.inside);
        let finding = Diagnostic::error(code::BRACES, place.of(&stray.span), format!("`{{{{ {written} }}}}` is not filled in"));
        cx.push(
            finding.help(format!("write `${{{{ {meant} }}}}`; braces that another program reads, `${{{{ \"{{{{ {written} }}}}\" }}}}`")),
        );
    }
}

/// The expression that was meant; `None` where nothing is read that could be.
fn meant(cx: &mut Cx<'_>, stray: &Stray) -> Option<String> {
    let mut meant = stray.inside.clone();
    let mut found = false;
    // From the end, so that the places before stay where they are.
    let mut reads: Vec<_> = stray.reads.iter().collect();
    reads.sort_by_key(|read| std::cmp::Reverse(read.span.start));
    for read in reads {
        let at = read.span.start;
        match read.path.as_slice() {
            [first, _, ..] if PARAMS_ELSEWHERE.contains(&first.as_str()) => meant.replace_range(at..at + first.len(), "params"),
            [first, _, ..] if NAMES.contains(&first.as_str()) => {}
            [first] if first == "item" => {}
            [first, ..] if cx.runbook.params.contains_key(first) && !GO.contains(&first.as_str()) => meant.insert_str(at, "params."),
            _ => continue,
        }
        // What was meant to be read is not unused.
        cx.expressions.used.extend(read.path.iter().cloned());
        found = true;
    }
    found.then_some(meant)
}

/// `name` is the key that the node is the value of.
fn keys(cx: &mut Cx<'_>, node: &Node, name: Option<&str>) {
    match &node.kind {
        Kind::List(items) => items.iter().for_each(|item| keys(cx, item, None)),
        Kind::Map(entries) => {
            if let Some(entry) = entries.iter().find(|entry| expr::has_expression(&entry.key.value)) {
                let message = format!("`{}` is a key, and keys are not filled in", show(&entry.key.value));
                let finding = Diagnostic::error(code::EXPRESSION_KEY, entry.key.span.clone(), message);
                let whole = written(entries).unwrap_or_else(|| "{params.key: params.value, 'other': 'text'}".to_owned());
                let name = name.map(|name| format!("{name}: ")).unwrap_or_default();
                cx.push(finding.help(format!("write the whole mapping as one expression: `{name}\"${{{{ {whole} }}}}\"`")));
            }
            for entry in entries {
                // What was meant to be read is not unused.
                cx.expressions.text(cx.source, &entry.key.value, &entry.key.span, true, &mut Vec::new());
                keys(cx, &entry.value, Some(&entry.key.value));
            }
        }
        _ => {}
    }
}

/// A mapping as an expression; `None` when it is long, or has values that are not simple.
fn written(entries: &[Entry]) -> Option<String> {
    let pairs: Option<Vec<String>> = entries
        .iter()
        .map(|entry| {
            let value = match &entry.value.kind {
                Kind::Text(text) => as_expression(text)?,
                Kind::Number(_, raw) => raw.clone(),
                Kind::Bool(value, _) => value.to_string(),
                _ => return None,
            };
            Some(format!("{}: {value}", as_expression(&entry.key.value)?))
        })
        .collect();
    let whole = format!("{{{}}}", pairs?.join(", "));
    (whole.len() <= WRITTEN_OUT).then_some(whole)
}

/// A text with expressions in it as one expression.
fn as_expression(text: &str) -> Option<String> {
    let quoted = |text: &str| (!text.contains(['\'', '"', '\\', '\n'])).then(|| format!("'{text}'"));
    let mut parts = Vec::new();
    let mut from = 0;
    for (source, at) in expr::expressions(text).ok()? {
        let before = &text[from..at.start - "${{".len()];
        if !before.is_empty() {
            parts.push(quoted(before)?);
        }
        let whole = before.is_empty() && at.end + "}}".len() == text.len();
        let plain = source.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | ' '));
        // The whole is written in double quotes; what is joined to a text must hold together.
        if source.contains(['"', '\n']) || !whole && !plain {
            return None;
        }
        parts.push(source.trim().to_owned());
        from = at.end + "}}".len();
    }
    if from < text.len() || parts.is_empty() {
        parts.push(quoted(&text[from..])?);
    }
    Some(parts.join(" ~ "))
}
