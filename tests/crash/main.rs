//! The crash matrix: a drill is killed (SIGKILL, a real process) at every record of its journal and in the middle of every call that
//! changes something, taken up again with the real program, and must come to the same end with every change made exactly once.
//!
//! A sample of the points is tried, spread over all of them; with `LIFEBOAT_CRASH_POINTS=all` every one, and with a part of a
//! point's name (`LIFEBOAT_CRASH_POINTS='failover: killed at record 30'`) those that have it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod deadly;
mod matrix;
mod points;
mod process;
mod proof;
mod scenario;

#[test]
fn a_killed_run_comes_to_the_same_end_and_does_nothing_twice() {
    matrix::try_all();
}

#[test]
fn a_run_killed_while_its_first_record_was_written_never_began() {
    matrix::never_began();
}

/// Not a test: the process that is killed. It does nothing unless the matrix starts it.
#[test]
fn process() {
    process::live();
}
