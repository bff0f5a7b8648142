//! Expressions: `${{ … }}` inside texts, bare conditions in `when` and `expect`, and what can be said about them before a run.
//!
//! The syntax and its parser are minijinja's. The evaluation is our own, over JSON, because a condition that guards a failover
//! must not guess: Jinja orders `none` before every number and calls every other thing true, so `seconds <= 300` would pass when
//! nobody knows the lag. Here a value that is not known, or of another type, is an error, and an error is never a pass.

mod check;
mod domain;
mod eval;
mod filter;
mod fuel;
mod hint;
mod is;
mod members;
mod parse;
mod reach;
mod secret;
mod shape;
mod stray;
mod template;
mod usage;

#[cfg(test)]
mod tests;

pub use check::{Checked, Finding, Read, Want, check, check_template};
pub use domain::{Domain, End};
pub use eval::{Outcome, condition, expect};
pub use filter::{ArgSpec, FILTERS, FilterSpec, Gives, Takes, filters};
pub use is::{TESTS, TestSpec};
pub use members::Members;
pub use parse::{ErrorKind, ExprError};
pub use reach::{Known, always, mentions, never, reads_before, strange_words, strange_words_of_text, together};
pub use shape::{Scope, Shape};
pub use stray::{Stray, stray_braces};
pub use template::{
    any_reads, expressions, failing, has_expression, holds_expression, reads_any, render, render_early, render_known, render_what_is_known,
    text_of, whole_expression,
};
pub use usage::as_shape;
