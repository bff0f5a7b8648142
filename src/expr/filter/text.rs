//! Filters on texts, and on whatever there is.

use serde_json::Value;

use super::{ArgSpec, Call, DEFAULT, Fault, FilterSpec, Gives, Takes};
use crate::expr::fuel::{ITEM, MAX_TEXT};
use crate::expr::template::text_of;

pub(super) static FILTERS: &[FilterSpec] = &[
    FilterSpec {
        name: DEFAULT,
        of: Takes::Any,
        args: &[ArgSpec::new("default_value", Takes::Any)],
        gives: Gives::Either,
        doc: "another value where x is not there or not known",
        example: "steps.old.outputs.endpoint | default(\"none yet\")",
        result: "\"none yet\"",
        // It is decided before there is a value to apply it to.
        apply: |call| Ok(call.value.clone()),
    },
    FilterSpec {
        name: "string",
        of: Takes::Plain,
        args: &[],
        gives: Gives::Text,
        doc: "a plain value as a text",
        example: "12 | string",
        result: "\"12\"",
        apply: |call| Ok(text_of(call.value)?.into()),
    },
    FilterSpec {
        name: "to_json",
        of: Takes::Any,
        args: &[],
        gives: Gives::Text,
        doc: "a value as JSON: for the body of a request, or an argument of a program",
        example: "{\"replicas\": params.nodes} | to_json",
        result: "\"{\\\"replicas\\\":12}\"",
        apply: |call| Ok(short(call.value.to_string())?.into()),
    },
    FilterSpec {
        name: "from_json",
        of: Takes::Text,
        args: &[],
        gives: Gives::Any,
        doc: "the value that a text of JSON holds, such as what a program printed",
        example: "(\"{\\\"writer\\\": \\\"db-1\\\"}\" | from_json).writer",
        result: "\"db-1\"",
        apply: from_json,
    },
    FilterSpec {
        name: "length",
        of: Takes::Sized,
        args: &[],
        gives: Gives::Number,
        doc: "how many characters, items or keys",
        example: "params.services | length",
        result: "2",
        apply: |call| {
            Ok(match call.value {
                Value::Array(items) => items.len(),
                Value::Object(fields) => fields.len(),
                _ => call.text().chars().count(),
            }
            .into())
        },
    },
    FilterSpec {
        name: "lower",
        of: Takes::Text,
        args: &[],
        gives: Gives::Text,
        doc: "in lower case",
        example: "\"Orders\" | lower",
        result: "\"orders\"",
        apply: |call| Ok(call.text().to_lowercase().into()),
    },
    FilterSpec {
        name: "upper",
        of: Takes::Text,
        args: &[],
        gives: Gives::Text,
        doc: "in upper case",
        example: "\"sev-1\" | upper",
        result: "\"SEV-1\"",
        apply: |call| Ok(call.text().to_uppercase().into()),
    },
    FilterSpec {
        name: "trim",
        of: Takes::Text,
        args: &[],
        gives: Gives::Text,
        doc: "without blanks at its ends",
        example: "\" INC-4711 \" | trim",
        result: "\"INC-4711\"",
        apply: |call| Ok(call.text().trim().into()),
    },
    FilterSpec {
        name: "replace",
        of: Takes::Text,
        args: &[ArgSpec::new("old", Takes::Text).checked(not_empty), ArgSpec::new("new", Takes::Text)],
        gives: Gives::Text,
        doc: "with one part wherever it stands made another",
        example: "\"orders.eu-west-1.example.com\" | replace(\"eu-west-1\", \"us-east-1\")",
        result: "\"orders.us-east-1.example.com\"",
        apply: replace,
    },
    FilterSpec {
        name: "split",
        of: Takes::Text,
        args: &[ArgSpec::new("separator", Takes::Text).checked(not_empty)],
        gives: Gives::Texts,
        doc: "its parts, as a list",
        example: "\"api,web\" | split(\",\")",
        result: "[\"api\",\"web\"]",
        apply: split,
    },
];

fn not_empty(value: &Value) -> Result<(), Fault> {
    if value.as_str() == Some("") { Err("what is looked for is empty".into()) } else { Ok(()) }
}

/// The text, if it is not too long.
pub(super) fn short(text: String) -> Result<String, Fault> {
    if text.len() > MAX_TEXT { Err("the text becomes too long".into()) } else { Ok(text) }
}

fn from_json(call: &Call<'_>) -> Result<Value, Fault> {
    if call.text().len() > MAX_TEXT {
        return Err("the text is too long".into());
    }
    serde_json::from_str(call.text()).map_err(|error| format!("the text is not JSON: {error}").into())
}

fn replace(call: &Call<'_>) -> Result<Value, Fault> {
    let (text, old, new) = (call.text(), call.text_at(0), call.text_at(1));
    not_empty(&old.into())?;
    let size = text.len().saturating_add(text.matches(old).count().saturating_mul(new.len()));
    // What only becomes shorter may be as long as it was.
    if size > MAX_TEXT.max(text.len()) {
        return Err("the text becomes too long".into());
    }
    Ok(text.replace(old, new).into())
}

fn split(call: &Call<'_>) -> Result<Value, Fault> {
    let (text, by) = (call.text(), call.text_at(0));
    not_empty(&by.into())?;
    if text.matches(by).count().saturating_mul(ITEM) > call.room {
        return Err("the text has too many parts".into());
    }
    Ok(text.split(by).collect())
}
