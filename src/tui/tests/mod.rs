//! Tests of the screen as a whole.

mod clocks;
mod confirm;
mod frames;
mod fuzz;
mod loops;
mod stage;
mod support;
mod views;
mod watching;
