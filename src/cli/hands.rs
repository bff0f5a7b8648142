//! Who confirms a live run or a dry run, and what must be said beforehand when that is nobody.

use super::args;
use super::exit::Exit;
use super::say::problem;
use crate::driver::Hands;
use crate::engine::{Actor, RunKind};
use crate::id::StepId;
use crate::plan::Plan;

/// A person at the screen; otherwise the flags. A dry run asks nobody anything.
pub(super) fn hands(flags: &args::Hands, kind: RunKind, output: args::Output) -> Hands {
    if output == args::Output::Tui && !flags.yes && kind == RunKind::Live {
        return Hands::Person;
    }
    Hands::Flags { typed: flags.confirm.iter().cloned().collect(), answers: flags.answer.iter().cloned().collect() }
}

/// A live run without a person wants the confirmations of the steps that are `to_come` beforehand.
///
/// # Errors
/// Some are missing; after having named them.
pub(super) fn refuse_what_is_missing(
    flags: &args::Hands,
    hands: &Hands,
    plan: &Plan,
    operator: &Actor,
    to_come: impl Fn(&StepId) -> bool,
) -> Result<(), Exit> {
    if hands.is_person() {
        return Ok(());
    }
    let mut missing = hands.missing(plan, &operator.name, to_come);
    if !flags.yes {
        missing.insert(0, "--yes".to_owned());
    }
    if missing.is_empty() {
        return Ok(());
    }
    problem(
        "a live run without a screen needs its confirmations beforehand; nothing was done",
        Some(&format!("missing: {}", missing.join("  "))),
    );
    Err(Exit::Refused)
}
