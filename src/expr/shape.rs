//! What is known of a value before it exists: its shape. The static checks are made on shapes.

use std::fmt;
use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::runbook::spec::{FieldSpec, ParamType};

/// The shape of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Nothing is known of it.
    Any,
    /// `none`.
    Nothing,
    /// True or false.
    Bool,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A text that is a moment, `2026-11-25T14:06:00Z`.
    Time,
    /// A list.
    List(Rc<Shape>),
    /// A mapping with any keys.
    Map(Rc<Shape>),
    /// A mapping with these keys and no others.
    Record(Rc<IndexMap<String, Shape>>),
}

impl Shape {
    /// A mapping with these keys.
    pub fn record<K: Into<String>>(fields: impl IntoIterator<Item = (K, Shape)>) -> Self {
        Self::Record(Rc::new(fields.into_iter().map(|(key, shape)| (key.into(), shape)).collect()))
    }

    /// The shape of what a parameter or field of this type holds.
    pub fn of(ty: &ParamType) -> Self {
        match ty {
            ParamType::String | ParamType::Url | ParamType::Host | ParamType::Enum(_) => Self::Text,
            ParamType::Integer { .. } | ParamType::Number | ParamType::Duration => Self::Number,
            ParamType::Bool => Self::Bool,
            ParamType::List(item) => Self::List(Rc::new(Self::of(item))),
            ParamType::Map(value) => Self::Map(Rc::new(Self::of(value))),
            ParamType::Related(ty, _) => Self::of(ty),
            ParamType::Record(_) | ParamType::Short(_) | ParamType::Any => Self::Any,
        }
    }

    /// The shape of a value, without looking into it.
    pub(super) fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Nothing,
            Value::Bool(_) => Self::Bool,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List(Rc::new(Self::Any)),
            Value::Object(_) => Self::Map(Rc::new(Self::Any)),
        }
    }

    /// Whether values of the two shapes can be equal.
    pub(crate) fn comparable(&self, other: &Self) -> bool {
        matches!(self, Self::Any) || matches!(other, Self::Any) || self.class() == other.class()
    }

    fn class(&self) -> u8 {
        match self {
            Self::Any | Self::Nothing => 0,
            Self::Bool => 1,
            Self::Number => 2,
            Self::Text | Self::Time => 3,
            Self::List(_) => 4,
            Self::Map(_) | Self::Record(_) => 5,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "anything",
            Self::Nothing => "nothing",
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Time => "a time",
            Self::List(_) => "a list",
            Self::Map(_) | Self::Record(_) => "a mapping",
        })
    }
}

/// The names that an expression may use.
#[derive(Debug, Clone, Default)]
pub struct Scope<'a> {
    /// Top-level names: `params`, `targets`, `run`, `steps`.
    pub names: IndexMap<&'a str, Shape>,
    /// In `expect`: the probe's fields; `error` is then in scope too.
    pub fields: Option<&'a [FieldSpec]>,
    /// Names that exist, but not here, each with the reason.
    pub elsewhere: Vec<(&'a str, &'a str)>,
    /// Names of the parameters that are secrets.
    pub secret_params: Vec<&'a str>,
    /// Whether only to say what is wrong, and not what may have been meant: to look for that costs.
    pub brief: bool,
}
