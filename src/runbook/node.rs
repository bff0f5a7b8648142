//! A document as a tree in which every value knows its place. What a key means is decided above; this only knows YAML's shapes.

use serde_json::{Map, Number, Value};

use crate::diag::Span;

/// A value with the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place in the file.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// One YAML value.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// From its first to behind its last character.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// The shapes of YAML values, after the core schema of YAML 1.2: `no` and `on` are texts, only `true` and `false` are booleans.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `null`, `~`, or nothing.
    Null,
    /// `true` or `false`, with the characters it was written with: a text may have been meant.
    Bool(bool, String),
    /// A number, with the characters it was written with: an account id may have looked like one.
    Number(Number, String),
    /// Anything else that is written in one piece, quoted or not.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the file, keys unique.
    Map(Vec<Entry>),
}

/// One key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Spanned<String>,
    /// The value.
    pub value: Node,
}

impl Node {
    /// What it is, for messages: `a number`.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Bool(..) => "true or false",
            Kind::Number(..) => "a number",
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }

    /// The text, when it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text as it is written, when it is written in one piece and says something: a text, a number, `true` or `false`.
    pub fn as_written(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) | Kind::Number(_, text) | Kind::Bool(_, text) => Some(text),
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// The entries, when it is a mapping.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key, when it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key.value == key).map(|entry| &entry.value)
    }

    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        const VALUE: usize = 32;
        VALUE
            + match &self.kind {
                Kind::Null | Kind::Bool(..) | Kind::Number(..) => 0,
                Kind::Text(text) => text.len(),
                Kind::List(items) => items.iter().map(Self::size).sum(),
                Kind::Map(entries) => entries.iter().map(|entry| entry.key.value.len() + entry.value.size()).sum(),
            }
    }

    /// The same without places.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value, _) => Value::Bool(*value),
            Kind::Number(value, _) => Value::Number(value.clone()),
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            Kind::Map(entries) => {
                Value::Object(entries.iter().map(|entry| (entry.key.value.clone(), entry.value.to_json())).collect::<Map<_, _>>())
            }
        }
    }

    /// A tree of a value that was computed, all of it at one place.
    pub fn from_json(value: &Value, span: &Span) -> Self {
        let kind = match value {
            Value::Null => Kind::Null,
            Value::Bool(value) => Kind::Bool(*value, value.to_string()),
            Value::Number(number) => Kind::Number(number.clone(), number.to_string()),
            Value::String(text) => Kind::Text(text.clone()),
            Value::Array(items) => Kind::List(items.iter().map(|item| Self::from_json(item, span)).collect()),
            Value::Object(map) => Kind::Map(
                map.iter()
                    .map(|(key, value)| Entry { key: Spanned::new(key.clone(), span.clone()), value: Self::from_json(value, span) })
                    .collect(),
            ),
        };
        Self { span: span.clone(), kind }
    }

    /// Calls `visit` for every text in the tree, the tree itself included.
    pub fn each_text<'a>(&'a self, visit: &mut impl FnMut(&'a str, &'a Span)) {
        match &self.kind {
            Kind::Text(text) => visit(text, &self.span),
            Kind::List(items) => items.iter().for_each(|item| item.each_text(visit)),
            Kind::Map(entries) => entries.iter().for_each(|entry| entry.value.each_text(visit)),
            _ => {}
        }
    }
}
