//! Values that one runbook hands to another, which it runs as a step.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::model::{Param, ParamKind};
use super::node::{Kind, Node};
use super::params::{self, Given};
use super::shelf::Book;
use crate::diag::{Diagnostic, Span, code};
use crate::expr;

/// The value of a parameter of another runbook. `written` may be an expression that gave `filled`: a duration is then a number of seconds.
///
/// # Errors
/// What is wrong with it, naming what is allowed.
pub(crate) fn value(param: &Param, written: &Node, filled: &Node) -> Result<Value, String> {
    let computed = written.as_text().is_some_and(expr::has_expression);
    let node = if computed { durations(&param.ty, filled) } else { filled.clone() };
    params::given_value(param, &Given::Plain(node, Arc::from(Path::new(""))))
}

/// The finding for a value that a parameter does not take. One that may be a secret is not shown.
pub(crate) fn refused(param: &Param, written: &Node, message: String) -> Diagnostic {
    let finding = Diagnostic::error(code::BAD_PARAM_VALUE, written.span.clone(), message);
    if param.ty == ParamKind::Secret { finding.conceal(written.span.clone()) } else { finding }
}

/// The secret of the outer runbook that a value is: `slack` for `${{ secrets.slack }}`, `params.token` for `${{ params.token }}`. `None` when
/// it is something else.
pub(crate) fn secret(written: &Node) -> Option<&str> {
    let read = expr::whole_expression(written.as_text()?)?.trim();
    let name = read.strip_prefix("secrets.").unwrap_or(read);
    (name != read || read.starts_with("params.")).then_some(name)
}

/// Seconds that came out of an expression, as durations are written.
fn durations(ty: &ParamKind, node: &Node) -> Node {
    let kind = match (ty, &node.kind) {
        (ParamKind::Duration, Kind::Number(number, _)) => Kind::Text(format!("{number}s")),
        (ParamKind::List(item), Kind::List(items)) => Kind::List(items.iter().map(|one| durations(item, one)).collect()),
        (_, kind) => kind.clone(),
    };
    Node { span: node.span.clone(), kind }
}

/// The parameters of a runbook that have no value and are given none.
pub(crate) fn missing<'b>(book: &'b Book, given: Option<&Node>) -> impl Iterator<Item = &'b Param> {
    let named: Vec<String> = given.map(Node::entries).unwrap_or_default().iter().map(|entry| entry.key.value.clone()).collect();
    book.runbook.params.values().filter(move |param| param.default.is_none() && !named.contains(&param.name.value))
}

/// The finding for a parameter that is given nothing.
pub(crate) fn lacking(book: &Book, param: &Param, place: &Span) -> Diagnostic {
    let name = &param.name.value;
    let message = format!("the runbook `{}` needs a value for its parameter `{name}`", book.runbook.name.value);
    let finding = Diagnostic::error(code::MISSING_PARAM, place.clone(), message);
    finding.help(format!("write `{name}: …` under `params`; it takes {}", params::describe(param)))
}
