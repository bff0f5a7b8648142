//! What an expression may make: its memory is bounded, whatever it is made to do. There are no loops, so its time is bounded with it.

use std::cell::Cell;

use serde_json::Value;

/// What the expressions of one text or one `with` may make together, in bytes.
const FUEL: usize = 4 << 20;

/// Longest text that a filter may make: the longest single argument that Linux lets a program have.
pub(super) const MAX_TEXT: usize = 128 << 10;

/// What a value takes up beside its texts.
pub(super) const ITEM: usize = std::mem::size_of::<Value>();

/// What is left of what may be made.
#[derive(Debug)]
pub(super) struct Fuel(Cell<usize>);

impl Fuel {
    /// A full tank.
    pub(super) fn new() -> Self {
        Self(Cell::new(FUEL))
    }

    /// How much is left.
    pub(super) fn left(&self) -> usize {
        self.0.get()
    }

    /// Takes out what something weighs.
    ///
    /// # Errors
    /// There is not so much left.
    pub(super) fn spend(&self, weight: usize) -> Result<(), String> {
        match self.0.get().checked_sub(weight) {
            Some(left) => {
                self.0.set(left);
                Ok(())
            }
            None => Err(format!("the expression makes more than {} MiB", FUEL >> 20)),
        }
    }
}

/// About how many bytes a value takes up.
pub(super) fn weight(value: &Value) -> usize {
    ITEM + match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| ITEM + key.len() + weight(value)).sum(),
    }
}
