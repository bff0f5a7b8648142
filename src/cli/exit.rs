//! Exit codes: see docs/exit-codes.md.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// The run, check or report did what was asked.
    Done,
    /// The run ended short of its goal.
    Short,
    /// Bad usage or bad input.
    BadInput,
    /// Refused: a precondition, a missing confirmation, an account that is not the one named.
    Refused,
    /// The record: the journal cannot be written, is locked or damaged.
    Record,
    /// The run stopped where it can be resumed.
    Paused,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Short => 1,
            Exit::BadInput => 2,
            Exit::Refused => 3,
            Exit::Record => 4,
            Exit::Paused => 5,
        })
    }
}
