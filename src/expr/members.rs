//! Which members of a name are read: what is not read need not be made.

use std::collections::BTreeSet;

use minijinja::machinery::ast::Expr;
use serde_json::Value;

use super::parse::{each_child, parse, path_of};
use super::template::expressions;

/// Members of one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Members {
    /// All of them, or nobody knows which.
    #[default]
    All,
    /// These.
    Only(BTreeSet<String>),
}

impl Members {
    /// The members of `name` that the expressions in the texts of `value`, and bare `conditions`, read.
    pub fn of<'c>(name: &str, value: &Value, conditions: impl IntoIterator<Item = &'c str>) -> Self {
        let mut found = BTreeSet::new();
        let mut known = in_texts(name, value, &mut found);
        for condition in conditions {
            known = known && in_source(name, condition, &mut found);
        }
        if known { Self::Only(found) } else { Self::All }
    }
}

/// False when it cannot be told.
fn in_texts(name: &str, value: &Value, found: &mut BTreeSet<String>) -> bool {
    match value {
        Value::String(text) => match expressions(text) {
            Ok(parts) => parts.into_iter().all(|(source, _)| in_source(name, source, found)),
            Err(_) => false,
        },
        Value::Array(items) => items.iter().all(|item| in_texts(name, item, found)),
        Value::Object(map) => map.values().all(|item| in_texts(name, item, found)),
        _ => true,
    }
}

fn in_source(name: &str, source: &str, found: &mut BTreeSet<String>) -> bool {
    parse(source).is_ok_and(|expr| in_expr(name, &expr, found))
}

fn in_expr(name: &str, expr: &Expr<'_>, found: &mut BTreeSet<String>) -> bool {
    if let Some(path) = path_of(expr) {
        let mut path = path.into_iter();
        if path.next().as_deref() != Some(name) {
            return true;
        }
        return path.next().is_some_and(|member| {
            found.insert(member);
            true
        });
    }
    let mut known = true;
    each_child(expr, &mut |child| known = known && in_expr(name, child, found));
    known
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: &Value, conditions: &[&str]) -> Option<Vec<String>> {
        match Members::of("steps", value, conditions.iter().copied()) {
            Members::All => None,
            Members::Only(names) => Some(names.into_iter().collect()),
        }
    }

    #[test]
    fn members_are_found_wherever_they_are_read() {
        let with = json!({"argv": ["${{ steps.b.outputs.x }} and ${{ params.steps.z | join(steps['c'].state) }}", "steps.no"]});
        assert_eq!(
            of(&with, &["steps.a.state == 'x' or not steps.d[item].ok"]),
            Some(vec!["a".into(), "b".into(), "c".into(), "d".into()])
        );
        assert_eq!(of(&json!("plain"), &["params.a", "error"]), Some(Vec::new()));
        for all in ["steps", "steps[item].state", "steps | length", "steps.a if steps else 1", "not an ( expression"] {
            assert_eq!(of(&Value::Null, &[all]), None, "{all}");
        }
    }
}
