//! The screen in a real pseudo-terminal: whole drills by keys, terminals of all kinds and sizes, and the terminal as it is left.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod drills;
mod home;
mod leaving;
mod looks;
mod sizes;
mod terminal;
mod watching;
