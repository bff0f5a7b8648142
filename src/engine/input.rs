//! What the engine is told. Times come with each input; the engine reads no clock.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::Value;

use super::event::{Actor, Given, Identity, Override};
use crate::id::{CheckId, Digest, StepId, TargetId};
use crate::plan::{Change, Failure, Reading};

/// What a look at the world gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The action's own words for what is there.
    pub observation: Value,
    /// The change from there to what is wanted.
    pub change: Change,
}

/// What a look at the world says about a call in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// The call took effect.
    Happened,
    /// It did not.
    DidNotHappen,
    /// The look cannot tell.
    CannotTell,
}

/// One thing that happened outside the engine.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// STS answered for every target.
    Identified(Vec<(TargetId, Result<Identity, Failure>)>),
    /// The run's preconditions were sampled because of an [`Command::Open`].
    GateSampled(Vec<Reading>),
    /// A step was observed.
    Observed {
        /// The step.
        step: StepId,
        /// Its attempt.
        attempt: u32,
        /// What was seen.
        result: Result<Seen, Failure>,
    },
    /// A step was observed again at its confirmation, and its preconditions sampled.
    Rechecked {
        /// The step.
        step: StepId,
        /// Its attempt.
        attempt: u32,
        /// What was seen.
        result: Result<Seen, Failure>,
        /// What the preconditions read (in a dry run, the proofs too).
        readings: Vec<Reading>,
    },
    /// The mutating call came back: receipt and a line for people.
    Applied {
        /// The step.
        step: StepId,
        /// Its attempt.
        attempt: u32,
        /// Receipt and summary, or why not.
        result: Result<(Value, String), Failure>,
    },
    /// Polling ended: the outputs, or what came out wrong.
    Settled {
        /// The step.
        step: StepId,
        /// Its attempt.
        attempt: u32,
        /// The outputs.
        result: Result<Value, Failure>,
    },
    /// The proofs ended.
    Verified {
        /// The step.
        step: StepId,
        /// Its attempt.
        attempt: u32,
        /// The last reading of each.
        readings: Vec<Reading>,
        /// Why they are no proof.
        failure: Option<Failure>,
    },
    /// A proof that writes was answered, or not.
    ProofAnswered {
        /// The step.
        step: StepId,
        /// Its attempt.
        attempt: u32,
        /// The proof.
        check: CheckId,
        /// What the answer says, or why there is none.
        result: Result<Reading, Failure>,
    },
    /// The delay before a retry is over.
    RetryDue {
        /// The step.
        step: StepId,
        /// The attempt to begin.
        attempt: u32,
    },
    /// A call in doubt was looked at.
    Looked {
        /// The step.
        step: StepId,
        /// Its attempt.
        attempt: u32,
        /// What the look says, with the evidence in a sentence, or why there was no look.
        result: Result<(Judgement, String), Failure>,
    },
    /// The driver stops without waiting for the answers that are still on their way.
    LetGo {
        /// Why.
        reason: String,
    },
    /// The machine slept, or the process was stopped, until just now.
    Slept {
        /// Milliseconds.
        for_ms: u64,
    },
    /// Somebody wants something.
    Operator {
        /// Who.
        by: Actor,
        /// What.
        command: Command,
    },
}

/// What an operator (a person, the autopilot, or flags) can ask for.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Begin the run: its preconditions are sampled and must hold.
    Open {
        /// Blocking preconditions to ignore.
        overrides: Vec<Override>,
    },
    /// Run a step as shown.
    Confirm {
        /// The step.
        step: StepId,
        /// How.
        given: Given,
        /// Fingerprint of the change that was on the screen.
        change: Digest,
        /// Blocking preconditions to ignore.
        overrides: Vec<Override>,
        /// Answers to what the step asks for.
        answers: IndexMap<String, Value>,
    },
    /// Leave a step out; what needs it counts it as done.
    Skip {
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
    },
    /// Try a failed step again.
    Retry {
        /// The step.
        step: StepId,
        /// Why, where somebody says so.
        reason: Option<String>,
    },
    /// Observe a proposed step again.
    Refresh {
        /// The step.
        step: StepId,
    },
    /// Stop waiting for what is under way: the end of a change, a proof, a look, the answer to a call. A program is ended with all it
    /// started. What a call did that has not answered is in doubt, for the operator to say.
    StopWaiting {
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
    },
    /// "I did it myself": the proofs run.
    TakeOver {
        /// The step.
        step: StepId,
        /// What was done.
        reason: String,
    },
    /// Decide about a call in doubt that the look could not decide.
    Resolve {
        /// The step.
        step: StepId,
        /// Whether the call happened.
        happened: bool,
        /// How the operator knows.
        reason: String,
    },
    /// Roll back every completed step, in reverse order.
    RollBack {
        /// Why.
        reason: String,
    },
    /// End the run.
    Abort {
        /// Why.
        reason: String,
    },
    /// Schedule nothing new.
    Pause {
        /// Why; empty where nobody has said so yet. Asked again with a reason, a pause without one is given it.
        reason: String,
    },
    /// Go on.
    Resume {
        /// Why, where somebody says so.
        reason: Option<String>,
    },
    /// Write something into the timeline.
    Note {
        /// What.
        text: String,
        /// When it happened, where that was earlier.
        at: Option<Timestamp>,
    },
}

/// What the driver must do next. All details are in the state; an effect only names the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Ask STS who we are, for every target; answer with [`Input::Identified`].
    Identify,
    /// Sample the run's preconditions; answer with [`Input::GateSampled`].
    SampleGate,
    /// Look at the world and compute the change; answer with [`Input::Observed`].
    Observe(StepId, u32),
    /// Observe again and sample the preconditions; answer with [`Input::Rechecked`].
    Recheck(StepId, u32),
    /// Make the mutating call; answer with [`Input::Applied`].
    Apply(StepId, u32),
    /// Poll until settled; answer with [`Input::Settled`].
    Poll(StepId, u32),
    /// Take the proofs that read, and look at what became of those that write and were answered; answer with [`Input::Verified`].
    Verify(StepId, u32),
    /// Send a proof that writes, once; answer with [`Input::ProofAnswered`].
    WriteProof(StepId, u32, CheckId),
    /// Wait, then answer with [`Input::RetryDue`].
    Delay {
        /// The step.
        step: StepId,
        /// The attempt to come.
        attempt: u32,
        /// Milliseconds.
        ms: u64,
    },
    /// Look at the world to judge a call in doubt; answer with [`Input::Looked`].
    Look(StepId, u32),
    /// Stop whatever is under way for a step: the operator took it out of lifeboat's hands.
    Cancel(StepId),
}

/// An operator's command that makes no sense now. Nothing was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(
    /// Why, and what would make sense.
    pub String,
);
