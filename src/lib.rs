//! lifeboat executes disaster-recovery runbooks from the terminal. See docs/architecture.md for the way through the house.
#![forbid(unsafe_code)]

pub mod action;
pub mod cli;
pub mod clock;
pub mod diag;
pub mod driver;
pub mod engine;
pub mod expr;
pub mod file;
pub mod id;
pub mod journal;
pub mod outlet;
pub mod plan;
pub mod probe;
pub mod report;
pub mod runbook;
pub mod text;
pub mod tui;
pub mod view;
pub mod world;
