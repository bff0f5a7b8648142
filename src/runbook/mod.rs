//! The document: what a runbook file may say, read with the place of every value, and checked.

mod node;
pub mod spec;
mod yaml;

pub use node::{Entry, Kind, Node, Spanned};
