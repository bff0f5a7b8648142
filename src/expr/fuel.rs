//! What an expression may make: its memory is bounded, whatever it is made to do. There are no loops, so its time is bounded with it.

use std::cell::Cell;

use serde_json::Value;

/// What the expressions of one text or one `with` may make together in a run, in bytes: some times what a probe reads at most.
const FUEL: usize = 4 << 20;

/// The same while a runbook is checked or planned, when there are only parameters to make something of, and a file may have thousands of
/// expressions.
const EARLY: usize = 256 << 10;

/// Longest text that a filter may make: as much as is kept of what a program prints.
pub(super) const MAX_TEXT: usize = 64 << 10;

/// What a value takes up beside its texts.
pub(super) const ITEM: usize = std::mem::size_of::<Value>();

/// What is left of what may be made.
#[derive(Debug)]
pub(super) struct Fuel {
    given: usize,
    left: Cell<usize>,
}

impl Fuel {
    /// For what is evaluated in a run.
    pub(super) fn of_a_run() -> Self {
        Self { given: FUEL, left: Cell::new(FUEL) }
    }

    /// For what is evaluated before there is one.
    pub(super) fn early() -> Self {
        Self { given: EARLY, left: Cell::new(EARLY) }
    }

    /// How much is left.
    pub(super) fn left(&self) -> usize {
        self.left.get()
    }

    /// Takes out what something weighs.
    ///
    /// # Errors
    /// There is not so much left.
    pub(super) fn spend(&self, weight: usize) -> Result<(), String> {
        match self.left.get().checked_sub(weight) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(format!("the expression makes more than {} KiB", self.given >> 10)),
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
