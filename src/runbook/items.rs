//! The items of a `for_each`: what each is, and the name under which its step stands in the plan.

use serde_json::Value;

use super::fill::fill;
use super::node::{Kind, Node};
use super::yaml::show;
use crate::diag::Span;

/// Most items of one `for_each`. Nobody confirms more than that.
const MOST: usize = 10_000;

/// Longest name of an item, in characters: it stands in the id of its step.
const LONGEST: usize = 60;

/// The items with their names, in order. Texts, numbers and booleans are their own names; a mapping is named by its `name`.
///
/// # Errors
/// Where, and what is wrong: no list, an item without a name, a name that stands twice, or an expression that gives no value yet.
pub fn items(node: &Node, scope: &Value) -> Result<Vec<(String, Value)>, (Span, String)> {
    let mut failed = None;
    let filled = fill(node, scope, &mut |span, error| {
        failed.get_or_insert((span.clone(), format!("the expression gives no value: {}", error.message)));
    });
    if let Some(failed) = failed {
        return Err(failed);
    }
    let Kind::List(list) = &filled.kind else {
        return Err((node.span.clone(), format!("`for_each` takes a list, not {}", filled.describe())));
    };
    if list.len() > MOST {
        return Err((node.span.clone(), format!("`for_each` has {} items; {MOST} are the most", list.len())));
    }
    let mut seen = std::collections::HashSet::new();
    let mut items = Vec::with_capacity(list.len());
    for item in list {
        let value = item.to_json();
        let name = name(&value).ok_or_else(|| {
            (item.span.clone(), format!("an item is a text, a number, or a mapping with a `name`, not {}", item.describe()))
        })?;
        if name.is_empty() || name.chars().count() > LONGEST || name.chars().any(|c| c.is_control() || matches!(c, '[' | ']' | '/')) {
            let message = format!("`{}` cannot name a step: at most {LONGEST} characters, without brackets and slashes", show(&name));
            return Err((item.span.clone(), message));
        }
        if !seen.insert(name.clone()) {
            return Err((item.span.clone(), format!("the item `{}` stands twice", show(&name))));
        }
        items.push((name, value));
    }
    Ok(items)
}

fn name(item: &Value) -> Option<String> {
    match item {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Object(map) => map.get("name")?.as_str().map(str::to_owned),
        Value::Null | Value::Array(_) => None,
    }
}
