//! Tests of the screen as a whole.

mod alerts;
mod choose;
mod clocks;
mod confirm;
mod elsewhere;
mod failure;
mod focus;
mod frames;
mod fuzz;
mod hands;
mod hostile;
pub(in crate::tui) mod keys;
mod loops;
mod palette;
pub(in crate::tui) mod picture;
mod search;
mod stage;
mod states;
mod support;
mod timeline;
mod views;
mod watching;
