//! Filling in what is known when the plan is made: expressions over `params` and `targets`. What reads `steps` or `run` stays a text
//! with `${{ … }}` and is filled in when its step becomes ready.

use serde_json::Value;

use super::node::{Entry, Kind, Node};
use crate::diag::Span;
use crate::expr::{self, ExprError};

/// Names that have values only in a run; `item` has one as soon as its step is being planned.
const LATER: &[&str] = &["steps", "run", "secrets"];

/// The value of a text as far as it is known: `None` when it has to wait for the run.
///
/// # Errors
/// An expression that gives no value.
pub fn fill_text(text: &str, scope: &Value) -> Result<Option<Value>, ExprError> {
    if !expr::has_expression(text) {
        return Ok(Some(Value::String(text.to_owned())));
    }
    if expr::reads_any(text, LATER) || scope.get("item").is_none() && expr::reads_any(text, &["item"]) {
        return Ok(None);
    }
    expr::render_early(&Value::String(text.to_owned()), scope).map(Some)
}

/// The same tree with every text filled in that can be. `failed` is told of each that could not; it is left as it is.
pub fn fill(node: &Node, scope: &Value, failed: &mut dyn FnMut(&Span, ExprError)) -> Node {
    let kind = match &node.kind {
        Kind::Text(text) if expr::has_expression(text) => match fill_text(text, scope) {
            Ok(Some(value)) => return Node::from_json(&value, &node.span),
            Ok(None) => node.kind.clone(),
            Err(error) => {
                failed(&node.span, error);
                node.kind.clone()
            }
        },
        Kind::List(items) => Kind::List(items.iter().map(|item| fill(item, scope, failed)).collect()),
        Kind::Map(entries) => {
            Kind::Map(entries.iter().map(|entry| Entry { key: entry.key.clone(), value: fill(&entry.value, scope, failed) }).collect())
        }
        other => other.clone(),
    };
    Node { span: node.span.clone(), kind }
}
