//! Filling in what is known when the plan is made: expressions over `params` and `targets`. What reads `steps` or `run` stays a text
//! with `${{ … }}` and is filled in when its step becomes ready.

use serde_json::{Map, Value, json};

use super::node::{Entry, Kind, Node};
use crate::diag::Span;
use crate::expr::{self, ExprError};

/// Names that have values only in a run; `item` has one as soon as its step is being planned.
const LATER: &[&str] = &["steps", "run", "secrets"];

/// What the texts of a plan can read at first: `params`. Those in `secret` have their values only where a call is made. Their names lie
/// under `secrets`, which no text of a plan can read.
pub fn plan_scope<'n>(params: Map<String, Value>, secret: impl IntoIterator<Item = &'n str>) -> Value {
    let paths: Vec<String> = secret.into_iter().map(|name| format!("params.{name}")).collect();
    json!({ "params": params, "secrets": paths })
}

/// Whether a text has to wait for the run.
fn has_to_wait(text: &str, scope: &Value) -> bool {
    let secret = scope.get("secrets").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let later: Vec<&str> = LATER.iter().copied().chain(secret.iter().filter_map(Value::as_str)).collect();
    expr::reads_any(text, &later) || scope.get("item").is_none() && expr::reads_any(text, &["item"])
}

/// The value of a text as far as it is known: `None` when it has to wait for the run.
///
/// # Errors
/// An expression that gives no value.
pub fn fill_text(text: &str, scope: &Value) -> Result<Option<Value>, ExprError> {
    if !expr::has_expression(text) {
        return Ok(Some(Value::String(text.to_owned())));
    }
    if has_to_wait(text, scope) {
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
