//! The rules that fill in what an author left out. The check and the plan go by the same ones.

use serde_json::Value;

use super::duration::duration_seconds;
use super::model::{ConfirmDoc, StepDoc};
use super::spec::{ActionSpec, Reversibility};

/// `timeout` of a step, in seconds, when neither it nor `defaults` says otherwise.
pub const TIMEOUT: f64 = 30.0 * 60.0;
/// `every` of a check, in seconds.
pub const EVERY: f64 = 10.0;
/// `fresh` of a check: this many times `every`, and not less than [`FRESH_AT_LEAST`].
pub const FRESH_TIMES: f64 = 3.0;
/// The least that `fresh` is when it is not written, in seconds.
pub const FRESH_AT_LEAST: f64 = 15.0;
/// `within` of a proof, in seconds.
pub const WITHIN: f64 = 5.0 * 60.0;

/// Most bytes of what all steps and checks of a plan take, filled in. One of 20,000 steps with two checks each has 25 MB.
pub const MOST_FILLED: usize = 32 << 20;
/// What there is too much of then, and what to do.
pub const TOO_MUCH: (&str, &str) =
    ("what the steps of the plan take comes to more than 32 MiB", "keep long texts and lists in files, or make it several runbooks");

/// `delay` of `retry`, in seconds.
pub const RETRY_DELAY: f64 = 10.0;
/// Most `attempts` of `retry`.
pub const MOST_ATTEMPTS: i64 = 20;

/// The kinds of a run as expressions read them, `run.kind`, each with what it is.
pub const RUN_KINDS: &[(&str, &str)] = &[
    ("live", "`lifeboat run`: real AWS, real changes"),
    ("dry_run", "`lifeboat run --dry-run`: real AWS, reads only"),
    ("drill", "`lifeboat drill`: a simulated world"),
];

/// A state of a step as expressions read it.
#[derive(Debug, Clone, Copy)]
pub struct StateWord {
    /// The word.
    pub word: &'static str,
    /// Whether a step in it can be over when another one begins.
    pub over: bool,
    /// What it means, as the rest of a sentence about the step.
    pub doc: &'static str,
}

const fn state(word: &'static str, over: bool, doc: &'static str) -> StateWord {
    StateWord { word, over, doc }
}

/// The states of a step, `steps.ID.state`.
pub const STATES: &[StateWord] = &[
    state("succeeded", true, "it is done, and its proofs hold; screens and reports say *done*"),
    state("skipped", true, "its `when` did not hold, or somebody left it out"),
    state("failed", true, "it failed, and the run went on without it"),
    state("planned", true, "a dry run showed what it would change"),
    state("waiting", false, "what it needs is not over"),
    state("dormant", false, "it is a rollback that nobody has woken"),
    state("observing", false, "it looks at what is there"),
    state("proposed", false, "its change is shown, and waits to be confirmed"),
    state("confirming", false, "it was confirmed, and looks once more"),
    state("applying", false, "its call is being made"),
    state("settling", false, "its call was accepted, and its end is waited for"),
    state("verifying", false, "its proofs are being taken"),
    state("retrying", false, "it failed, and is tried again after a while"),
    state("in_doubt", false, "nobody knows whether its call happened"),
];

/// How long an action takes by what its `with` says, in seconds; `None` for one that does not say so, or when it is known in the run only.
pub fn lasts(action: &ActionSpec, with: &Value) -> Option<f64> {
    duration_seconds(with.get(action.lasts?)?)
}

/// `expected` of a step, in seconds: as written, or what it says that it takes, or what is usual.
pub fn expected(action: &ActionSpec, written: Option<f64>, lasts: Option<f64>) -> f64 {
    written.or(lasts).unwrap_or(action.usual_seconds as f64)
}

/// `timeout` of a step, in seconds, by what it or `defaults` says. Where neither does, what says how long it takes is not cut short.
pub fn timeout(written: Option<f64>, lasts: Option<f64>) -> f64 {
    written.unwrap_or_else(|| lasts.map_or(TIMEOUT, |lasts| TIMEOUT.max(lasts + WITHIN)))
}

/// How much a confirmation asks of the operator: 0 nothing, 1 a key, 2 typed text or a second person.
pub fn strength(confirm: &ConfirmDoc) -> u8 {
    match confirm {
        ConfirmDoc::None => 0,
        ConfirmDoc::Enter => 1,
        ConfirmDoc::Type(_) | ConfirmDoc::TwoPerson => 2,
    }
}

/// How much an action asks for by itself: nothing when nothing changes, a key for what can be undone, typed text for what cannot. A
/// `manual` or `choose` step changes nothing by itself, but it is the operator who says that it was done, or what was decided.
pub fn default_strength(action: &ActionSpec) -> u8 {
    match action.reversibility {
        Reversibility::NoChange => u8::from(matches!(action.name, "manual" | "choose")),
        Reversibility::Reversible | Reversibility::Unknown => 1,
        Reversibility::Irreversible => 2,
    }
}

/// How much the proofs of a step ask for: a key for one that writes, whatever the action itself is.
pub fn proof_strength(step: &StepDoc) -> u8 {
    u8::from(step.verify.iter().any(|proof| proof.writes.as_ref().is_some_and(|writes| writes.value)))
}

const OF_ITS_STEPS: &str = "the steps of the other runbook have their own";

/// Keys of a step that mean nothing where the step is another runbook, each with what to do instead.
pub const NOT_WITH_RUNBOOK: &[(&str, &str)] = &[
    ("target", "the other runbook has its own targets; give it parameters"),
    ("expected", OF_ITS_STEPS),
    ("timeout", OF_ITS_STEPS),
    ("retry", OF_ITS_STEPS),
    ("on_failure", OF_ITS_STEPS),
    ("rollback", OF_ITS_STEPS),
    ("verify", "write a step with the action `verify` that needs this one"),
];
