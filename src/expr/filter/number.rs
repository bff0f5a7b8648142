//! Filters on numbers.

use serde_json::{Number, Value};

use super::{ArgSpec, Call, Fault, FilterSpec, Gives, Takes};

pub(super) static FILTERS: &[FilterSpec] = &[
    FilterSpec {
        name: "int",
        of: Takes::NumberOrText,
        args: &[],
        gives: Gives::Number,
        doc: "a whole number: from a text, or without what is behind the point",
        example: "\"12\" | int",
        result: "12",
        apply: int,
    },
    FilterSpec {
        name: "float",
        of: Takes::NumberOrText,
        args: &[],
        gives: Gives::Number,
        doc: "a number: from a text",
        example: "\"0.25\" | float",
        result: "0.25",
        apply: |call| match call.value {
            Value::String(text) => number(text.trim().parse().map_err(|_| format!("\"{text}\" is not a number"))?),
            _ => number(call.number()),
        },
    },
    FilterSpec {
        name: "abs",
        of: Takes::Number,
        args: &[],
        gives: Gives::Number,
        doc: "without its sign",
        example: "(3 - 5) | abs",
        result: "2",
        apply: |call| match call.value.as_i64() {
            Some(whole) => Ok(whole.checked_abs().ok_or("the number is too large")?.into()),
            None => number(call.number().abs()),
        },
    },
    FilterSpec {
        name: "round",
        of: Takes::Number,
        args: &[ArgSpec::new("precision", Takes::Number).optional()],
        gives: Gives::Number,
        doc: "with so many digits behind the point; a whole number where none are asked for",
        example: "2.718 | round(1)",
        result: "2.7",
        apply: |call| match call.arg(0) {
            None => whole(call.number().round()),
            Some(digits) => {
                let scale = 10_f64.powi(digits.as_i64().map_or(0, |digits| digits.clamp(0, 12) as i32));
                number((call.number() * scale).round() / scale)
            }
        },
    },
];

/// A number that JSON has: neither infinite nor undefined.
pub(super) fn number(value: f64) -> Result<Value, Fault> {
    Number::from_f64(value).map(Value::Number).ok_or_else(|| "the result is not a number".into())
}

/// A whole number.
pub(super) fn whole(value: f64) -> Result<Value, Fault> {
    // Below 2^53 every whole f64 is exact.
    if value.abs() <= 9_007_199_254_740_992.0 { Ok(Value::from(value as i64)) } else { Err("the number is too large".into()) }
}

fn int(call: &Call<'_>) -> Result<Value, Fault> {
    match call.value {
        Value::String(text) => Ok(text.trim().parse::<i64>().map_err(|_| format!("\"{text}\" is not a whole number"))?.into()),
        value => value.as_i64().map_or_else(|| whole(call.number().trunc()), |number| Ok(number.into())),
    }
}
