//! The small schemas that the others are made of.

use serde_json::{Map, Value, json};

use crate::diag::Source;
use crate::runbook::yaml;

/// A text that says something.
const SAYS_SOMETHING: &str = r"\S";
/// A text with an expression in it.
const EXPRESSION: &str = r"\$\{\{[\s\S]*\}\}";
/// A text whose expressions are closed and say something, and in which no `{{ params.x }}` is meant for one.
const TEMPLATE: &str = concat!(
    r"^(?![\s\S]*\$\{\{(?:\s*\}\}|(?![\s\S]*\}\})))",
    r"(?:(?=[\s\S]*\$\{\{)|(?![\s\S]*\{\{\s*(?:item|(?:params|steps|targets|secrets|item|run|inputs|vars)(?:\.[A-Za-z_][A-Za-z0-9_]*)+)\s*\}\}))",
);
/// A key of a mapping: no expression is filled in there.
const KEY: &str = r"^(?![\s\S]*\$\{\{)";
/// The name of an environment variable.
pub(super) const VARIABLE: &str = "^[A-Za-z_][A-Za-z0-9_]*$";
/// A whole http or https address.
const URL: &str = r"^https?://[^\s/?#]+\S*$";
/// The name of a host: nothing of an address around it.
const HOST: &str = r"^[^\s/:?#@.]+(\.[^\s/:?#@.]+)*\.?$";
/// `90s`, `5m`, `1h30m`.
const DURATION: &str = r"^([0-9]+(\.[0-9]*)?(ms|s|m|h|d))+$";
/// The same, above zero.
const POSITIVE: &str = r"^(?=.*[1-9])([0-9]+(\.[0-9]*)?(ms|s|m|h|d))+$";
/// A bare condition: an expression without its braces.
const CONDITION: &str = r"^(?!\s*\{\{)(?![\s\S]*\$\{\{)[\s\S]*\S";

/// The definitions that others refer to.
pub(super) fn definitions() -> Map<String, Value> {
    let parts = [
        // What looks like a number or a boolean is taken as it is written.
        ("text", json!({"type": ["string", "number", "boolean"], "pattern": SAYS_SOMETHING})),
        ("template", json!({"type": ["string", "number", "boolean"], "pattern": TEMPLATE})),
        ("key", json!({"type": "string", "pattern": KEY})),
        ("url", json!({"type": "string", "pattern": URL})),
        ("host", json!({"type": ["string", "number", "boolean"], "pattern": HOST})),
        ("filled_text", json!({"allOf": [part("text"), part("template")]})),
        ("id", json!({"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"})),
        ("expression", json!({"type": "string", "pattern": EXPRESSION, "description": "An expression, `${{ … }}`, that gives the value."})),
        ("duration", json!({"type": "string", "pattern": DURATION})),
        ("positive_duration", json!({"type": "string", "pattern": POSITIVE})),
        ("condition", json!({"type": ["string", "boolean"], "pattern": CONDITION, "maxLength": 1_000})),
        ("region", json!({"anyOf": [region(), expression()]})),
        (
            "account",
            json!({"anyOf": [
                {"type": "string", "pattern": "^[0-9]{12}$"},
                {"type": "integer", "minimum": 100_000_000_000_i64, "maximum": 999_999_999_999_i64},
                expression(),
            ]}),
        ),
    ];
    parts.into_iter().map(|(name, part)| (name.to_owned(), part)).collect()
}

/// A reference to a definition.
pub(super) fn part(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A text with an expression in it, where another type is wanted.
pub(super) fn expression() -> Value {
    part("expression")
}

/// The name of a region.
pub(super) fn region() -> Value {
    json!({"type": "string", "pattern": "^[a-z]{1,12}(-[a-z]{1,12}){1,2}-[0-9]{1,2}$"})
}

/// The same schema with more said about it. What it says itself stays.
pub(super) fn with(mut schema: Value, more: Value) -> Value {
    if let (Value::Object(schema), Value::Object(more)) = (&mut schema, more) {
        for (key, value) in more {
            schema.entry(key).or_insert(value);
        }
    }
    schema
}

/// What a text of YAML says; `None` when it is none.
pub(super) fn yaml_value(text: &str) -> Option<Value> {
    let mut findings = Vec::new();
    let node = yaml::read(&Source { path: "example".into(), text: text.into() }, &mut findings)?;
    findings.is_empty().then(|| node.to_json())
}

/// A value as an editor's snippet: a dollar sign there begins a placeholder.
pub(super) fn snippet(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace('$', "\\$")),
        Value::Array(items) => Value::Array(items.into_iter().map(snippet).collect()),
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, snippet(value))).collect()),
        other => other,
    }
}
