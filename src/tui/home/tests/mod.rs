//! Tests of the home screen as a whole.

mod frames;
mod fuzz;
mod keys;
mod loops;
mod stage;
