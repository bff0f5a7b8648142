//! Filters (`x | length`) and tests (`x is defined`). Few, pure, and bounded by the size of what goes in.

use std::borrow::Cow;

use minijinja::machinery::ast::{CallArg, Expr, Filter, Test};
use serde_json::{Number, Value};

use super::eval::{Eval, compare_numbers, describe, same};
use super::parse::{ErrorKind, ExprError, argument, span_of};
use super::template::text_of;

/// The filters there are.
pub const FILTERS: &[&str] = &[
    "abs", "default", "first", "float", "int", "join", "last", "length", "lower", "max", "min", "replace", "round", "sort", "split",
    "string", "sum", "trim", "unique", "upper",
];

/// The tests there are.
pub const TESTS: &[&str] =
    &["boolean", "defined", "endingwith", "mapping", "none", "number", "sequence", "startingwith", "string", "undefined"];

/// Longest text that `replace` and `join` may make.
const MAX_TEXT: usize = 1 << 20;

/// Applies a filter.
pub(super) fn apply<'a>(eval: &Eval<'a>, whole: &Expr<'_>, filter: &Filter<'_>) -> Result<Cow<'a, Value>, ExprError> {
    let fail = |message: String| ExprError::new(ErrorKind::Value, span_of(whole), message);
    let Some(of) = &filter.expr else { return Err(fail("a filter needs a value before it".into())) };
    if filter.args.iter().any(|arg| !matches!(arg, CallArg::Pos(_))) {
        return Err(fail(format!("`{}` takes no named arguments", filter.name)));
    }
    if filter.name == "default" {
        return match eval.value(of) {
            Ok(value) if !value.is_null() => Ok(value),
            Ok(_) => default(eval, filter, fail),
            Err(error) if matches!(error.kind, ErrorKind::Undefined | ErrorKind::Unknown) => default(eval, filter, fail),
            Err(error) => Err(error),
        };
    }
    let value = eval.known(of)?;
    let mut args = Vec::new();
    for arg in &filter.args {
        args.push(eval.known(argument(arg))?.into_owned());
    }
    call(filter.name, &value, &args).map(Cow::Owned).map_err(fail)
}

fn default<'a>(eval: &Eval<'a>, filter: &Filter<'_>, fail: impl Fn(String) -> ExprError) -> Result<Cow<'a, Value>, ExprError> {
    match &*filter.args {
        [arg] => eval.value(argument(arg)),
        _ => Err(fail("`default` takes one argument".into())),
    }
}

fn call(name: &str, value: &Value, args: &[Value]) -> Result<Value, String> {
    let number = |value: Option<f64>| value.and_then(Number::from_f64).map(Value::Number).ok_or_else(|| "not a number".to_owned());
    let wrong = || format!("`{name}` cannot be applied to {}", describe(value));
    Ok(match (name, value, args) {
        ("lower", Value::String(text), []) => text.to_lowercase().into(),
        ("upper", Value::String(text), []) => text.to_uppercase().into(),
        ("trim", Value::String(text), []) => text.trim().into(),
        ("length", Value::String(text), []) => text.chars().count().into(),
        ("length", Value::Array(items), []) => items.len().into(),
        ("length", Value::Object(map), []) => map.len().into(),
        ("first", Value::Array(items), []) => items.first().cloned().ok_or("the list is empty")?,
        ("last", Value::Array(items), []) => items.last().cloned().ok_or("the list is empty")?,
        ("split", Value::String(text), [Value::String(by)]) if !by.is_empty() => text.split(by.as_str()).collect(),
        ("replace", Value::String(text), [Value::String(from), Value::String(to)]) if !from.is_empty() => {
            let size = text.len().saturating_add(text.matches(from.as_str()).count().saturating_mul(to.len()));
            if size > MAX_TEXT {
                return Err("the text becomes too long".into());
            }
            text.replace(from.as_str(), to).into()
        }
        ("join", Value::Array(items), [Value::String(by)]) => {
            let parts: Result<Vec<String>, String> = items.iter().map(text_of).collect();
            let parts = parts?;
            if parts.iter().map(|part| part.len() + by.len()).sum::<usize>() > MAX_TEXT {
                return Err("the text becomes too long".into());
            }
            parts.join(by).into()
        }
        ("string", value, []) => text_of(value)?.into(),
        ("int", Value::Number(n), []) => match n.as_i64() {
            Some(whole) => whole.into(),
            None => whole(n.as_f64().map(f64::trunc))?,
        },
        ("int", Value::String(text), []) => text.trim().parse::<i64>().map_err(|_| format!("\"{text}\" is not a whole number"))?.into(),
        ("float", Value::Number(n), []) => number(n.as_f64())?,
        ("float", Value::String(text), []) => number(text.trim().parse::<f64>().ok())?,
        ("abs", Value::Number(n), []) => match n.as_i64() {
            Some(whole) => whole.checked_abs().ok_or("the number is too large")?.into(),
            None => number(n.as_f64().map(f64::abs))?,
        },
        ("round", Value::Number(n), []) => whole(n.as_f64().map(f64::round))?,
        ("round", Value::Number(n), [Value::Number(digits)]) => {
            let scale = 10_f64.powi(digits.as_i64().map_or(0, |digits| digits.clamp(0, 12) as i32));
            number(n.as_f64().map(|value| (value * scale).round() / scale))?
        }
        ("sum", Value::Array(items), []) => {
            let numbers: Option<Vec<f64>> = items.iter().map(Value::as_f64).collect();
            let total: f64 = numbers.ok_or_else(wrong)?.iter().sum();
            if items.iter().all(|item| item.as_i64().is_some()) { whole(Some(total))? } else { number(Some(total))? }
        }
        ("min", Value::Array(items), []) => sorted(items).ok_or_else(wrong)?.first().cloned().ok_or("the list is empty")?,
        ("max", Value::Array(items), []) => sorted(items).ok_or_else(wrong)?.last().cloned().ok_or("the list is empty")?,
        ("sort", Value::Array(items), []) => Value::Array(sorted(items).ok_or_else(wrong)?),
        ("unique", Value::Array(items), []) if items.len() <= 1_000 => {
            let mut kept: Vec<Value> = Vec::new();
            for item in items {
                if !kept.iter().any(|other| same(other, item)) {
                    kept.push(item.clone());
                }
            }
            Value::Array(kept)
        }
        _ if FILTERS.contains(&name) => return Err(wrong()),
        _ => return Err(unknown_filter(name)),
    })
}

/// The message for a filter that there is not.
pub(super) fn unknown_filter(name: &str) -> String {
    format!("there is no filter `{name}`; there are {}", FILTERS.join(", "))
}

/// The message for a test that there is not.
pub(super) fn unknown_test(name: &str) -> String {
    format!("there is no test `{name}`; there are {}", TESTS.join(", "))
}

fn whole(value: Option<f64>) -> Result<Value, String> {
    match value {
        // Below 2^53 every whole f64 is exact.
        Some(value) if value.abs() <= 9_007_199_254_740_992.0 => Ok(Value::from(value as i64)),
        _ => Err("the number is too large".into()),
    }
}

/// Ascending; `None` when the items are neither all numbers nor all texts.
fn sorted(items: &[Value]) -> Option<Vec<Value>> {
    let mut items = items.to_vec();
    if items.iter().all(Value::is_string) {
        items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    } else if items.iter().all(Value::is_number) {
        items.sort_by(|a, b| match (a, b) {
            (Value::Number(a), Value::Number(b)) => compare_numbers(a, b).unwrap_or(std::cmp::Ordering::Equal),
            _ => std::cmp::Ordering::Equal,
        });
    } else {
        return None;
    }
    Some(items)
}

/// Decides a test.
pub(super) fn test(eval: &Eval<'_>, whole: &Expr<'_>, test: &Test<'_>) -> Result<bool, ExprError> {
    let fail = |message: String| ExprError::new(ErrorKind::Value, span_of(whole), message);
    let value = match (eval.value(&test.expr), test.name) {
        (Ok(_), "defined") => return Ok(true),
        (Ok(_), "undefined") => return Ok(false),
        (Err(error), "defined") if error.kind == ErrorKind::Undefined => return Ok(false),
        (Err(error), "undefined") if error.kind == ErrorKind::Undefined => return Ok(true),
        (value, _) => value?,
    };
    let arg = match &*test.args {
        [] => None,
        [arg] => Some(eval.known(argument(arg))?),
        _ => return Err(fail(format!("`{}` takes at most one argument", test.name))),
    };
    Ok(match (test.name, &*value, arg.as_deref()) {
        ("none", value, None) => value.is_null(),
        ("boolean", value, None) => value.is_boolean(),
        ("number", value, None) => value.is_number(),
        ("string", value, None) => value.is_string(),
        ("sequence", value, None) => value.is_array(),
        ("mapping", value, None) => value.is_object(),
        ("startingwith", Value::String(text), Some(Value::String(start))) => text.starts_with(start.as_str()),
        ("endingwith", Value::String(text), Some(Value::String(end))) => text.ends_with(end.as_str()),
        (name, value, _) if TESTS.contains(&name) => return Err(fail(format!("`{name}` cannot be asked of {}", describe(value)))),
        (name, ..) => return Err(fail(unknown_test(name))),
    })
}
