//! The questions of `manual`: patterns that can be read, and examples that answer them where nobody is asked.

use super::run::Cx;
use crate::diag::{Diagnostic, code};
use crate::expr;
use crate::runbook::model::StepDoc;
use crate::runbook::node::{Kind, Node};
use crate::runbook::pattern;

/// The action that asks them.
const MANUAL: &str = "manual";

pub(super) fn check(cx: &mut Cx<'_>, doc: &StepDoc) {
    for asked in doc.with.get("ask").map(Node::entries).unwrap_or(&[]) {
        let question = &asked.value;
        let pattern = question.get("pattern").and_then(|node| Some((node.as_written()?, &node.span)));
        let pattern = pattern.filter(|(text, _)| !expr::has_expression(text)).map(|(text, span)| (pattern::whole_match(text), span));
        match (pattern, question.get("example").and_then(|node| Some((node.as_written()?, &node.span)))) {
            (Some((Err(error), span)), _) => cx.push(pattern::bad_pattern(&error, span.clone())),
            (Some((Ok(pattern), _)), Some((text, span))) if !expr::has_expression(text) && !pattern.is_match(text) => {
                cx.push(Diagnostic::error(code::WITH_VALUE, span.clone(), "the example does not match the pattern"));
            }
            _ => {}
        }
        // What is no mapping at all is said already.
        if doc.action.value == MANUAL && matches!(question.kind, Kind::Map(_)) && question.get("example").is_none() {
            let message = format!("`{}` has no `example`, so that only a person can answer it", asked.key.value);
            let finding = Diagnostic::warning(code::NO_EXAMPLE, asked.key.span.clone(), message);
            cx.push(finding.help("write `example: …`, an answer that would do: a drill without a person gives it"));
        }
    }
}
