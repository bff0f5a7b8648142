//! The document: what a runbook file may say, read with the place of every value, and checked.

pub mod spec;
