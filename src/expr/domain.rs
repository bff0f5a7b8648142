//! What values something can have: the sets that the reasoning about conditions works on.

use std::fmt;

use serde_json::Value;

/// The values that something can have. Always at least as large as the truth: what is not in it cannot be.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// Nothing is known of it.
    Any,
    /// One of these.
    OneOf(Vec<Value>),
    /// Anything but these.
    NoneOf(Vec<Value>),
    /// A number between two ends.
    Range(End, End),
}

/// One end of a range: the number, and whether it belongs to the range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct End {
    /// The number; infinite when there is no end.
    pub at: f64,
    /// Whether the range holds it.
    pub closed: bool,
}

impl Domain {
    /// One of these words.
    pub fn words<T: Into<String>>(words: impl IntoIterator<Item = T>) -> Self {
        Self::OneOf(words.into_iter().map(|word| Value::String(word.into())).collect())
    }

    /// True or false.
    pub fn truth() -> Self {
        Self::OneOf(vec![Value::Bool(true), Value::Bool(false)])
    }

    /// A number between two bounds, both inclusive; without bounds, anything.
    pub fn between(min: Option<f64>, max: Option<f64>) -> Self {
        match (min, max) {
            (None, None) => Self::Any,
            (min, max) => Self::Range(
                End { at: min.unwrap_or(f64::NEG_INFINITY), closed: min.is_some() },
                End { at: max.unwrap_or(f64::INFINITY), closed: max.is_some() },
            ),
        }
    }

    /// Whether it may hold a value.
    pub(super) fn may_be(&self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(values) => values.iter().any(|known| same(known, value)),
            Self::NoneOf(values) => !values.iter().any(|known| same(known, value)),
            Self::Range(low, high) => value.as_f64().is_none_or(|number| holds(*low, *high, number)),
        }
    }

    /// What is in both; `None` when nothing is.
    pub(super) fn meet(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, other) | (other, Self::Any) => Some(other),
            (Self::OneOf(mut values), other) | (other, Self::OneOf(mut values)) => {
                values.retain(|value| other.may_be(value));
                (!values.is_empty()).then_some(Self::OneOf(values))
            }
            (Self::NoneOf(mut values), Self::NoneOf(more)) => {
                values.extend(more);
                Some(Self::NoneOf(values))
            }
            (Self::NoneOf(values), Self::Range(low, high)) | (Self::Range(low, high), Self::NoneOf(values)) => {
                let only = low.at == high.at && values.iter().any(|value| value.as_f64() == Some(low.at));
                (!only).then_some(Self::Range(low, high))
            }
            (Self::Range(a, b), Self::Range(c, d)) => {
                let low = if a.at > c.at || a.at == c.at && !a.closed { a } else { c };
                let high = if b.at < d.at || b.at == d.at && !b.closed { b } else { d };
                (low.at < high.at || low.at == high.at && low.closed && high.closed).then_some(Self::Range(low, high))
            }
        }
    }

    /// What is in one or the other, at least.
    pub(super) fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::OneOf(mut values), Self::OneOf(more)) => {
                values.extend(more.into_iter().filter(|value| !values.iter().any(|known| same(known, value))).collect::<Vec<_>>());
                Self::OneOf(values)
            }
            (Self::OneOf(values), Self::NoneOf(mut not)) | (Self::NoneOf(mut not), Self::OneOf(values)) => {
                not.retain(|value| !values.iter().any(|known| same(known, value)));
                Self::NoneOf(not)
            }
            (Self::Range(a, b), Self::Range(c, d)) => {
                let low = if a.at < c.at || a.at == c.at && a.closed { a } else { c };
                let high = if b.at > d.at || b.at == d.at && b.closed { b } else { d };
                Self::Range(low, high)
            }
            _ => Self::Any,
        }
    }
}

/// Whether two values are equal: 300 and 300.0 are.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    a == b || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a == b)
}

fn holds(low: End, high: End, number: f64) -> bool {
    (low.at < number || low.closed && low.at == number) && (number < high.at || high.closed && high.at == number)
}

impl fmt::Display for Domain {
    /// As the end of "it is …".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::Any => f.write_str("anything"),
            Self::OneOf(values) if values.len() == 1 => f.write_str(&list(values)),
            Self::OneOf(values) => write!(f, "one of {}", list(values)),
            Self::NoneOf(values) => write!(f, "not {}", list(values)),
            Self::Range(low, high) if low.at == high.at => write!(f, "{}", low.at),
            Self::Range(low, high) => {
                let low = low.at.is_finite().then(|| format!("{} {}", if low.closed { "at least" } else { "more than" }, low.at));
                let high = high.at.is_finite().then(|| format!("{} {}", if high.closed { "at most" } else { "less than" }, high.at));
                f.write_str(&[low, high].into_iter().flatten().collect::<Vec<_>>().join(" and "))
            }
        }
    }
}
