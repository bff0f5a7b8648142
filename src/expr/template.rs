//! `${{ … }}` inside texts.

use std::ops::Range;

use minijinja::machinery::ast::Expr;
use serde_json::Value;

use super::eval::{describe, evaluate, failure};
use super::fuel::{Fuel, weight};
use super::parse::{ErrorKind, ExprError, each_child, parse, path_of};

/// A piece of a text.
enum Part<'a> {
    Text(&'a str),
    /// The expression between the braces, and where it stands in the text.
    Expr(&'a str, usize),
}

/// Whether a text holds an expression, or the beginning of one.
pub fn has_expression(text: &str) -> bool {
    text.contains("${{")
}

/// Whether any text of a value holds an expression.
pub fn holds_expression(value: &Value) -> bool {
    match value {
        Value::String(text) => has_expression(text),
        Value::Array(items) => items.iter().any(holds_expression),
        Value::Object(fields) => fields.values().any(holds_expression),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The expressions of a text, each with its bytes in the text.
///
/// # Errors
/// A `${{` without its `}}`.
pub fn expressions(text: &str) -> Result<Vec<(&str, Range<usize>)>, ExprError> {
    if !has_expression(text) {
        return Ok(Vec::new());
    }
    let found = split(text)?.into_iter().filter_map(|part| match part {
        Part::Expr(source, at) => Some((source, at..at + source.len())),
        Part::Text(_) => None,
    });
    Ok(found.collect())
}

/// The expression of a text that is nothing else: such a text keeps the type of its value.
pub fn whole_expression(text: &str) -> Option<&str> {
    let trimmed = text.trim();
    if !trimmed.starts_with("${{") {
        return None;
    }
    match split(trimmed).ok()?.as_slice() {
        [Part::Expr(source, _)] => Some(source),
        _ => None,
    }
}

/// Whether an expression of a text reads one of these names, or a part of it: `steps`, `params.token`. What reads `params` as a whole, or a
/// part of it that is not known before, may read each of its parts.
pub fn reads_any(text: &str, names: &[&str]) -> bool {
    fn any(expr: &Expr<'_>, names: &[&str]) -> bool {
        if let Some(path) = path_of(expr) {
            return names.iter().any(|name| name.split('.').zip(&path).all(|(name, read)| name == read));
        }
        let mut found = false;
        each_child(expr, &mut |child| found = found || any(child, names));
        found
    }
    let parts = expressions(text).unwrap_or_default();
    parts.into_iter().any(|(source, _)| parse(source).is_ok_and(|expr| any(&expr, names)))
}

/// Whether an expression in any text of a value reads one of these names; see [`reads_any`].
pub fn any_reads(value: &Value, names: &[&str]) -> bool {
    match value {
        Value::String(text) => has_expression(text) && reads_any(text, names),
        Value::Array(items) => items.iter().any(|item| any_reads(item, names)),
        Value::Object(map) => map.values().any(|item| any_reads(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The first expression of a text that fails for its values, with its bytes in the text; what is not there yet is no failure.
pub fn failing(text: &str, scope: &Value) -> Option<ExprError> {
    let fuel = Fuel::early();
    expressions(text).unwrap_or_default().into_iter().find_map(|(source, at)| match failure(source, scope, &fuel) {
        Some(error) if error.kind == ErrorKind::Value => {
            Some(ExprError { span: error.span.start + at.start..error.span.end + at.start, ..error })
        }
        _ => None,
    })
}

/// As [`render`], before there is a run: there are only parameters to make something of, and less may be made.
///
/// # Errors
/// As [`render`].
pub fn render_early(value: &Value, scope: &Value) -> Result<Value, ExprError> {
    let fuel = Fuel::early();
    fill(value, &fuel, &|source| evaluate(source, scope, &fuel))
}

/// Fills every `${{ … }}` in every text of `value`. `scope` is an object with the top-level names.
///
/// # Errors
/// An expression that cannot be read, names something that is not there, or gives what cannot stand in a text.
pub fn render(value: &Value, scope: &Value) -> Result<Value, ExprError> {
    let fuel = Fuel::of_a_run();
    fill(value, &fuel, &|source| evaluate(source, scope, &fuel))
}

/// The same for a dry run: an expression that reads an output, an answer or a choice of a step which is not there yet becomes
/// `placeholder(STEP)`.
///
/// # Errors
/// As [`render`], for everything else.
pub fn render_known(value: &Value, scope: &Value, placeholder: impl Fn(&str) -> String) -> Result<Value, ExprError> {
    let fuel = Fuel::of_a_run();
    fill(value, &fuel, &|source| match evaluate(source, scope, &fuel) {
        Err(error) if matches!(error.kind, ErrorKind::Undefined | ErrorKind::Unknown) => match error.path.as_slice() {
            // Names were checked before the run: what is missing here is not there yet.
            [steps, step, ..] if steps == "steps" => Ok(Value::String(placeholder(step))),
            _ => Err(error),
        },
        other => other,
    })
}

/// The same for people who read ahead: what cannot be told yet stays as it was written.
pub fn render_what_is_known(value: &Value, scope: &Value) -> Value {
    let fuel = Fuel::of_a_run();
    let filled = fill(value, &fuel, &|source| {
        Ok(evaluate(source, scope, &fuel).unwrap_or_else(|_| Value::String(format!("${{{{ {} }}}}", source.trim()))))
    });
    filled.unwrap_or_else(|_| value.clone())
}

fn fill(value: &Value, fuel: &Fuel, evaluate: &dyn Fn(&str) -> Result<Value, ExprError>) -> Result<Value, ExprError> {
    Ok(match value {
        Value::String(text) if has_expression(text) => {
            if let Some(source) = whole_expression(text) {
                return evaluate(source);
            }
            let mut out = String::new();
            for part in split(text)? {
                match part {
                    Part::Text(text) => out.push_str(text),
                    Part::Expr(source, at) => {
                        let value = evaluate(source)?;
                        let fail = |message| ExprError::new(ErrorKind::Value, at..at + source.len(), message);
                        fuel.spend(weight(&value)).map_err(fail)?;
                        let text = text_of(&value).map_err(fail)?;
                        out.push_str(&text);
                    }
                }
            }
            Value::String(out)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| fill(item, fuel, evaluate)).collect::<Result<_, _>>()?),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, item)| Ok((key.clone(), fill(item, fuel, evaluate)?))).collect::<Result<_, ExprError>>()?)
        }
        other => other.clone(),
    })
}

/// A value as part of a text.
///
/// # Errors
/// It is a list, a mapping or nothing, which no text can hold.
pub fn text_of(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(match number.as_f64() {
            // 480.0 is what a duration of 8 minutes is; people write 480.
            Some(float) if number.as_i64().is_none() && float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
            _ => number.to_string(),
        }),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Array(_) => Err("a list cannot stand inside of a text; use `| join(\", \")`".into()),
        other => Err(format!("{} cannot stand inside of a text", describe(other))),
    }
}

fn split(text: &str) -> Result<Vec<Part<'_>>, ExprError> {
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find("${{") {
        let open = from + found;
        if open > from {
            parts.push(Part::Text(&text[from..open]));
        }
        let start = open + 3;
        let Some(length) = closing(&text[start..]) else {
            return Err(ExprError::new(ErrorKind::Syntax, open..text.len(), "`${{` without its `}}`"));
        };
        parts.push(Part::Expr(&text[start..start + length], start));
        from = start + length + 2;
    }
    if from < text.len() {
        parts.push(Part::Text(&text[from..]));
    }
    Ok(parts)
}

/// Where the `}}` of an expression is: not inside of a text in quotes, not one that closes a mapping of its own.
pub(super) fn closing(text: &str) -> Option<usize> {
    let (mut quote, mut escaped, mut depth) = (None, false, 0_usize);
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') if depth > 0 => depth -= 1,
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
    }
    None
}
