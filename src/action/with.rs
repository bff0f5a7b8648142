//! Reads a resolved `with`. The checker has been over it already; what it could not see (a value that came out of an
//! expression at run time) is refused here, by name.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::plan::{Failure, FailureKind};
use crate::runbook::spec::Rule;
use crate::runbook::{duration_seconds, plain_text};

/// The parameters of one action or probe.
#[derive(Debug, Clone, Copy)]
pub struct With<'a> {
    of: &'static str,
    map: Option<&'a Map<String, Value>>,
}

impl<'a> With<'a> {
    /// The parameters `value` of the action or probe called `of`.
    pub fn new(of: &'static str, value: &'a Value) -> Self {
        Self { of, map: value.as_object() }
    }

    /// The value of a key; a null counts as absent.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.map?.get(name).filter(|value| !value.is_null())
    }

    fn need<T>(&self, name: &str, found: Option<T>) -> Result<T, Failure> {
        found.ok_or_else(|| self.wrong(format!("`{name}` is missing")))
    }

    fn bad(&self, name: &str, wanted: &str, value: &Value) -> Failure {
        self.wrong(format!("`{name}` must be {wanted}, not {}", brief(value)))
    }

    /// Whether they keep the rule that the check goes by, too: now all values are known.
    ///
    /// # Errors
    /// They do not.
    pub fn keep(&self, Rule(objection): Rule) -> Result<(), Failure> {
        let found = self.map.and_then(|map| objection(&Value::Object(map.clone())));
        found.map_or(Ok(()), |found| Err(self.wrong(format!("`{}`: {}; {}", found.key, found.message, found.help))))
    }

    /// A failure about these parameters.
    pub fn wrong(&self, message: impl Into<String>) -> Failure {
        let hint = format!("correct `with` of this {} in the runbook, or the expression its value comes from", self.of);
        Failure::new(FailureKind::Invalid, format!("{}: {}", self.of, message.into()), hint)
    }

    /// A text that must be there and not be empty. Numbers are taken as they are written.
    ///
    /// # Errors
    /// It is missing, empty or no text.
    pub fn text(&self, name: &str) -> Result<String, Failure> {
        let text = self.need(name, self.text_opt(name)?)?;
        if text.trim().is_empty() { Err(self.wrong(format!("`{name}` is empty"))) } else { Ok(text) }
    }

    /// A text that may be absent.
    ///
    /// # Errors
    /// It is no text.
    pub fn text_opt(&self, name: &str) -> Result<Option<String>, Failure> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => plain_text(value).map(Some).ok_or_else(|| self.bad(name, "a text", value)),
        }
    }

    /// A whole number that must be there.
    ///
    /// # Errors
    /// It is missing, no whole number, or out of bounds.
    pub fn integer(&self, name: &str, bounds: std::ops::RangeInclusive<i64>) -> Result<i64, Failure> {
        let number = self.integer_opt(name, bounds)?;
        self.need(name, number)
    }

    /// A whole number that may be absent.
    ///
    /// # Errors
    /// It is no whole number, or out of bounds.
    pub fn integer_opt(&self, name: &str, bounds: std::ops::RangeInclusive<i64>) -> Result<Option<i64>, Failure> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = whole(value).ok_or_else(|| self.bad(name, "a whole number", value))?;
        if bounds.contains(&number) {
            Ok(Some(number))
        } else {
            Err(self.bad(name, &format!("from {} to {}", bounds.start(), bounds.end()), value))
        }
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// It is neither.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, Failure> {
        match self.get(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(self.bad(name, "true or false", other)),
        }
    }

    /// `true` or `false`, or nothing said.
    ///
    /// # Errors
    /// It is neither.
    pub fn flag_opt(&self, name: &str) -> Result<Option<bool>, Failure> {
        self.get(name).map(|_| self.flag(name, false)).transpose()
    }

    /// A duration that must be there: `90s`, `1h30m`, or a number of seconds.
    ///
    /// # Errors
    /// It is missing or no duration.
    pub fn duration(&self, name: &str) -> Result<Duration, Failure> {
        let duration = self.duration_opt(name)?;
        self.need(name, duration)
    }

    /// A duration that may be absent.
    ///
    /// # Errors
    /// It is no duration.
    pub fn duration_opt(&self, name: &str) -> Result<Option<Duration>, Failure> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let duration = duration_seconds(value).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        duration.map(Some).ok_or_else(|| self.bad(name, "a duration such as 90s or 5m", value))
    }

    /// A list of texts; empty when absent.
    ///
    /// # Errors
    /// It is no list, or an item is no text.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Failure> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                items.iter().map(|item| plain_text(item).ok_or_else(|| self.bad(name, "a list of texts", item))).collect()
            }
            Some(other) => Err(self.bad(name, "a list of texts", other)),
        }
    }

    /// A mapping from names to texts, in the order of the file; empty when absent.
    ///
    /// # Errors
    /// It is no mapping, or a value is no text.
    pub fn text_map(&self, name: &str) -> Result<Vec<(String, String)>, Failure> {
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Object(map)) => map
                .iter()
                .map(|(key, value)| {
                    let text = plain_text(value).ok_or_else(|| self.bad(&format!("{name}.{key}"), "a text", value))?;
                    Ok((key.clone(), text))
                })
                .collect(),
            Some(other) => Err(self.bad(name, "a mapping", other)),
        }
    }

    /// A mapping from names to whole numbers within bounds, in the order of the file; must have an entry.
    ///
    /// # Errors
    /// It is missing, empty, no mapping, or a value is out of bounds.
    pub fn integer_map(&self, name: &str, bounds: std::ops::RangeInclusive<i64>) -> Result<Vec<(String, i64)>, Failure> {
        let value = self.need(name, self.get(name))?;
        let map = value.as_object().filter(|map| !map.is_empty());
        let map = map.ok_or_else(|| self.bad(name, "a mapping with at least one entry", value))?;
        map.iter()
            .map(|(key, value)| {
                let number = whole(value).filter(|number| bounds.contains(number));
                let wanted = || format!("a whole number from {} to {}", bounds.start(), bounds.end());
                number.map(|number| (key.clone(), number)).ok_or_else(|| self.bad(&format!("{name}.{key}"), &wanted(), value))
            })
            .collect()
    }
}

/// A whole number, also from a text or a float that is one: an expression may have made it so.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15)?;
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53, so exact")]
            Some(float as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 { text } else { text.chars().take(59).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        let value = json!({"desired": "many", "weights": {"us": 300}, "argv": [["nested"]], "empty": ""});
        let with = With::new("eks.scale_nodegroup", &value);
        let said = |failure: Failure| failure.message;
        assert_eq!(
            said(with.integer("desired", 0..=9).unwrap_err()),
            "eks.scale_nodegroup: `desired` must be a whole number, not \"many\""
        );
        assert_eq!(said(with.text("cluster").unwrap_err()), "eks.scale_nodegroup: `cluster` is missing");
        assert_eq!(said(with.text("empty").unwrap_err()), "eks.scale_nodegroup: `empty` is empty");
        assert!(said(with.integer_map("weights", 0..=255).unwrap_err()).contains("`weights.us` must be a whole number from 0 to 255"));
        assert!(said(with.texts("argv").unwrap_err()).contains("a list of texts"));
    }

    #[test]
    fn numbers_that_expressions_turned_into_text_or_floats_are_still_numbers() {
        let value = json!({"a": "12", "b": 12.0, "c": 12.5});
        let with = With::new("x", &value);
        assert_eq!(with.integer("a", 0..=99).unwrap(), 12);
        assert_eq!(with.integer("b", 0..=99).unwrap(), 12);
        assert!(with.integer("c", 0..=99).is_err());
    }
}
