//! One word, one symbol and one colour for every state.

use super::glyphs::Glyphs;
use super::model::Model;
use super::theme::Role;
use crate::engine::{Outcome, StepPhase, StepState};
use crate::plan::{Failure, FailureKind, Gate, Happened, Step, Verdict};
use crate::view::{Tone, calls_nothing};

/// How a state is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    /// One cell.
    pub symbol: &'static str,
    /// One or two words.
    pub word: &'static str,
    /// The colour.
    pub role: Role,
}

/// A step's state. `frame` turns the spinner.
pub(super) fn step(state: &StepState, glyphs: &Glyphs, frame: usize) -> Shown {
    let spinner = glyphs.spinner[frame % glyphs.spinner.len()];
    let running = |word| Shown { symbol: spinner, word, role: Role::Running };
    match &state.phase {
        StepPhase::Waiting => Shown { symbol: glyphs.waiting, word: "waiting", role: Role::Dim },
        StepPhase::Dormant => Shown { symbol: glyphs.dot, word: "to come", role: Role::Dim },
        StepPhase::Observing => running("looking"),
        StepPhase::Proposed => Shown { symbol: glyphs.attention, word: "confirm", role: Role::Attention },
        StepPhase::Confirming => running("rechecking"),
        StepPhase::Applying => running("calling"),
        StepPhase::Settling => running("settling"),
        StepPhase::Verifying => running("proving"),
        StepPhase::Succeeded if state.taken_over => Shown { symbol: glyphs.done, word: "by hand", role: Role::Good },
        StepPhase::Succeeded if state.already => Shown { symbol: glyphs.done, word: "already so", role: Role::Good },
        StepPhase::Succeeded => Shown { symbol: glyphs.done, word: "done", role: Role::Good },
        StepPhase::Planned => Shown { symbol: glyphs.planned, word: "shown", role: Role::Good },
        StepPhase::Skipped { .. } => Shown { symbol: glyphs.skipped, word: "skipped", role: Role::Dim },
        StepPhase::Failed => Shown { symbol: glyphs.failed, word: "FAILED", role: Role::Bad },
        StepPhase::Retrying => Shown { symbol: glyphs.retrying, word: "retrying", role: Role::Attention },
        StepPhase::InDoubt { undecided: true, .. } => Shown { symbol: glyphs.unknown, word: "decide", role: Role::Attention },
        StepPhase::InDoubt { .. } => Shown { symbol: glyphs.unknown, word: "in doubt", role: Role::Attention },
    }
}

/// A step's state as the screen knows it: whether its change waits for nobody, or is blocked by a precondition.
pub(super) fn of(model: &Model, index: usize, state: &StepState) -> Shown {
    let glyphs = model.theme.glyphs;
    match state.phase {
        StepPhase::Proposed if !model.waits(index) => held(glyphs),
        StepPhase::Proposed if model.blocked(index).is_some() => Shown { symbol: glyphs.failed, word: "blocked", role: Role::Bad },
        _ => step(state, glyphs, model.frame()),
    }
}

/// A change that is known and waits for nobody: in a dry run, or once the run is being rolled back.
pub(super) fn held(glyphs: &Glyphs) -> Shown {
    Shown { symbol: glyphs.waiting, word: "held", role: Role::Dim }
}

/// What a step is doing, in a few words, for the details.
pub(super) fn doing(phase: &StepPhase) -> &'static str {
    match phase {
        StepPhase::Waiting => "waiting for the steps it needs",
        StepPhase::Dormant => "will be taken back in its turn",
        StepPhase::Observing => "looking at what is there",
        StepPhase::Proposed => "waiting for your confirmation",
        StepPhase::Confirming => "confirmed; looking once more before the call",
        StepPhase::Applying => "the call is under way",
        StepPhase::Settling => "accepted; waiting until it is really so",
        StepPhase::Verifying => "taking the proofs",
        StepPhase::Succeeded => "done",
        StepPhase::Planned => "shown; a dry run calls nothing",
        StepPhase::Skipped { .. } => "left out",
        StepPhase::Failed => "failed",
        StepPhase::Retrying => "will be tried again",
        StepPhase::InDoubt { undecided: true, .. } => "in doubt; you must decide",
        StepPhase::InDoubt { .. } => "in doubt; looking what became of the call",
    }
}

/// The same for somebody who only watches: nothing waits for them.
pub(super) fn doing_elsewhere(phase: &StepPhase) -> &'static str {
    match phase {
        StepPhase::Proposed => "waiting for a confirmation",
        StepPhase::InDoubt { undecided: true, .. } => "in doubt; its operator must decide",
        phase => doing(phase),
    }
}

/// A verdict; a check that only warns never looks as if it blocked.
pub(super) fn verdict(verdict: &Verdict, severity: Gate, glyphs: &Glyphs) -> Shown {
    match (verdict, severity) {
        (Verdict::Pass, _) => Shown { symbol: glyphs.done, word: "ok", role: Role::Good },
        (Verdict::Fail, Gate::Block) => Shown { symbol: glyphs.failed, word: "BLOCKS", role: Role::Bad },
        (Verdict::Fail, Gate::Warn) => Shown { symbol: glyphs.warning, word: "warns", role: Role::Attention },
        (Verdict::Unknown(_), Gate::Block) => Shown { symbol: glyphs.unknown, word: "unknown", role: Role::Bad },
        (Verdict::Unknown(_), Gate::Warn) => Shown { symbol: glyphs.unknown, word: "unknown", role: Role::Attention },
    }
}

/// The tone of a timeline entry.
pub(super) fn tone(tone: Tone, glyphs: &Glyphs) -> (&'static str, Role) {
    match tone {
        Tone::Good => (glyphs.done, Role::Good),
        Tone::Bad => (glyphs.failed, Role::Bad),
        Tone::Attention => (glyphs.attention, Role::Attention),
        Tone::Plain => (glyphs.dot, Role::Text),
    }
}

/// How a run ended.
pub(super) fn outcome(outcome: Outcome, glyphs: &Glyphs) -> Shown {
    match outcome {
        Outcome::Succeeded => Shown { symbol: glyphs.done, word: "SUCCEEDED", role: Role::BadgeGood },
        Outcome::Failed => Shown { symbol: glyphs.failed, word: "FAILED", role: Role::BadgeBad },
        Outcome::Aborted => Shown { symbol: glyphs.failed, word: "ABORTED", role: Role::BadgeBad },
        Outcome::RolledBack => Shown { symbol: glyphs.rollback, word: "ROLLED BACK", role: Role::BadgeAttention },
        Outcome::Refused => Shown { symbol: glyphs.failed, word: "REFUSED", role: Role::BadgeBad },
    }
}

/// A word for across the room, its colour, and its sentence.
pub(super) type Told = (&'static str, Role, &'static str);

/// Of a call whose answer was lost.
pub(super) const NOBODY_KNOWS: Told = ("NOBODY KNOWS", Role::BadgeBad, "the answer was lost; only a look at the resource can tell");

/// Whether a change happened: by what the step is, for a step that calls nothing has changed nothing, whatever it waited for in vain.
pub(super) fn happened(plan: &Step, step: &StepState, failure: &Failure) -> Told {
    if calls_nothing(plan, step) && failure.effect != Happened::Unknown {
        return match (plan.mutates, failure.kind) {
            (true, _) => ("NO", Role::BadgeGood, "no call was made: nothing was changed by this attempt"),
            (false, FailureKind::Operator) => {
                ("NOTHING CALLED", Role::BadgeGood, "this step only looks and waits, and somebody stopped waiting for it")
            }
            (false, FailureKind::Timeout | FailureKind::NotVerified) => {
                ("NOTHING CALLED", Role::BadgeGood, "this step only looks and waits; what it waited for did not come in time")
            }
            (false, _) => ("NOTHING CALLED", Role::BadgeGood, "this step changes nothing itself, so nothing was changed"),
        };
    }
    match failure.effect {
        Happened::Yes if failure.kind == FailureKind::Command => {
            ("IT RAN", Role::BadgeBad, "it did not end well; what it did before that is not known")
        }
        Happened::No => ("NO", Role::BadgeGood, "it was refused or never sent; nothing was changed by this attempt"),
        Happened::Yes if failure.kind == FailureKind::Timeout => {
            ("YES", Role::BadgeBad, "it was accepted; what was waited for then did not come in time, and may come still")
        }
        Happened::Yes if failure.kind == FailureKind::Operator => {
            ("YES", Role::BadgeBad, "it was accepted; its end was waited for no longer, and may come still")
        }
        Happened::Yes if failure.kind == FailureKind::NotVerified => {
            ("YES", Role::BadgeBad, "it was made and took effect; a proof of it did not come in time")
        }
        Happened::Yes => ("YES", Role::BadgeBad, "it was accepted and came out wrong; what it changed is changed"),
        Happened::Unknown => NOBODY_KNOWS,
    }
}
