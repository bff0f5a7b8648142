//! The state of a run: the fold of its events.

use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::Value;

use super::event::{Actor, Given, Identity, Outcome, Override, RunKind, WorldName};
use super::steps::Steps;
use crate::clock::Stamp;
use crate::id::{CheckId, Digest, RunId, TargetId};
use crate::plan::{Change, Endpoint, Failure, Packed, Plan, Reading, Verdict, endpoint_words};

/// A run as its journal tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The run's name.
    pub run: RunId,
    /// Live, dry run or drill.
    pub kind: RunKind,
    /// Which simulated world, for a drill.
    pub world: Option<WorldName>,
    /// What takes the place of AWS, in a live or dry run that does not go there.
    pub endpoints: Vec<Endpoint>,
    /// Who started it.
    pub operator: Actor,
    /// The folder that it was started in.
    pub folder: Option<String>,
    /// When it was started.
    pub started: Stamp,
    /// Where the RTO clock starts.
    pub incident_start: Timestamp,
    /// What it does.
    pub plan: Arc<Plan>,
    /// The plan's fingerprint.
    pub plan_digest: Digest,
    /// Where the run as a whole stands.
    pub phase: RunPhase,
    /// Nothing new is scheduled, and why. Set beside `phase`: a paused run has a phase to go back to.
    pub paused: Option<String>,
    /// The completed steps are being rolled back.
    pub rolling_back: bool,
    /// Who STS said we are.
    pub identities: IndexMap<TargetId, Identity>,
    /// The run's preconditions as they read when it was opened (or refused).
    pub gate_readings: Vec<Reading>,
    /// Those overridden then.
    pub gate_overrides: Vec<Override>,
    /// When the machine last woke: what was sampled before is of another time.
    pub woke: Option<Stamp>,
    /// Steps in the order of the plan, then rollbacks.
    pub steps: Steps,
    /// When the last event was.
    pub last: Stamp,
    /// Milliseconds of the run's monotonic clock in which nobody was there: the machine slept, or no process drove the run. No limit of a
    /// step counts them.
    pub absent_ms: u64,
}

impl State {
    /// Milliseconds of the run's monotonic clock without those in which nobody was there.
    pub fn awake_ms(&self, at: Stamp) -> u64 {
        at.mono_ms.saturating_sub(self.absent_ms)
    }

    /// Seconds that have been spent on a step up to `at`, without a person having decided anything: what its `timeout` bounds. What waits
    /// for a person spends nothing, and neither does the time in which nobody was there. Each decision of a person gives the step its
    /// time anew. Proofs have a limit of their own (`within`).
    pub fn spent(&self, step: &StepState, at: Stamp) -> f64 {
        let running = step.spent.since_ms.map_or(0, |since| self.awake_ms(at).saturating_sub(since));
        std::time::Duration::from_millis(step.spent.ms + running).as_secs_f64()
    }

    /// Seconds to wait before a call that was refused for now is looked at again; `None` for a step that does not wait for that.
    pub fn held_back(&self, step: &crate::id::StepId) -> Option<f64> {
        self.steps.get(step).filter(|step| step.phase == StepPhase::Confirming)?.held_for
    }

    /// The word for the kind of the run, on every screen and in every record: `LIVE`, and where that is not AWS, what it is:
    /// `LIVE via http://127.0.0.1:5201`.
    pub fn kind_words(&self) -> String {
        kind_words(self.kind, &self.endpoints)
    }

    /// What a reading is worth now, for anything that is decided on it: nothing, if the machine has slept since.
    pub fn verdict_of(&self, reading: &Reading) -> Verdict {
        match self.woke {
            Some(woke) if reading.at.mono_ms < woke.mono_ms => Verdict::Unknown("sampled before the machine slept".into()),
            _ => reading.verdict.clone(),
        }
    }
}

/// [`State::kind_words`] of what is known without a state.
pub fn kind_words(kind: RunKind, endpoints: &[Endpoint]) -> String {
    if endpoints.is_empty() { kind.word().to_owned() } else { format!("{} via {}", kind.word(), endpoint_words(endpoints)) }
}

/// Where the run as a whole stands.
#[derive(Debug, Clone, PartialEq)]
pub enum RunPhase {
    /// STS is being asked.
    Identifying,
    /// Waiting for the operator to open the run.
    Gate,
    /// The operator opened it; preconditions are being sampled once more.
    Opening {
        /// Who.
        by: Actor,
        /// What is overridden.
        overrides: Vec<Override>,
    },
    /// Steps run.
    Running,
    /// It is over.
    Finished {
        /// How.
        outcome: Outcome,
        /// Why.
        reason: String,
    },
}

/// One step as the journal tells it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StepState {
    /// Where it stands.
    pub phase: StepPhase,
    /// Counts from 1; 0 before the first.
    pub attempt: u32,
    /// `with`, resolved.
    pub with: Packed,
    /// What was seen when the change was computed.
    pub observation: Packed,
    /// What was seen when it was looked at first, in whatever attempt.
    pub first: Option<Packed>,
    /// What will be or was done.
    pub change: Option<Change>,
    /// The confirmation, once given.
    pub confirmation: Option<Confirmation>,
    /// Why the last confirmation was not taken.
    pub refused: Option<String>,
    /// Idempotency token of the intent.
    pub token: Option<String>,
    /// What polling needs.
    pub receipt: Option<Packed>,
    /// What later steps can read.
    pub outputs: Packed,
    /// It was already so: no call was made.
    pub already: bool,
    /// The proofs.
    pub proofs: Vec<Reading>,
    /// The proofs that write, of this attempt, which were sent or may have been.
    pub written: Vec<Written>,
    /// The doubt about the last call, also once it is resolved; until the next call.
    pub doubt: Option<Box<Doubt>>,
    /// The last failure.
    pub failure: Option<Box<Failure>>,
    /// When a call of this step, of this attempt or an earlier one, first took effect or may have, in milliseconds of the run's monotonic
    /// clock: there is something to roll back, and rollbacks go from the last change to the first.
    pub touched_ms: Option<u64>,
    /// A call of this step was in doubt once, and was then found not to have happened. Should the next call fail, that finding counts
    /// for nothing.
    pub doubted: bool,
    /// Calls that have gone out since a person last decided about the step and were not refused for now: what a confirmation that was
    /// given beforehand is good for is bounded.
    pub sends: u32,
    /// Fingerprint of the change that the last of these calls was to make.
    pub sent: Option<Digest>,
    /// How often in a row the service has refused the call for now.
    pub held_back: u32,
    /// For how many seconds it is left alone because of that.
    pub held_for: Option<f64>,
    /// Time spent on it.
    pub spent: Spent,
    /// Done by hand.
    pub taken_over: bool,
    /// When what happened; reset by a new attempt, but for `ready`.
    pub times: Times,
}

impl StepState {
    /// A proof that writes has an intent and no answer: it is on its way, or nobody knows what became of it.
    pub fn unanswered(&self) -> Option<&Written> {
        self.written.iter().find(|written| written.answer.is_none())
    }

    /// A call of this step took effect, or may have.
    pub fn is_touched(&self) -> bool {
        self.touched_ms.is_some()
    }
}

/// Time spent on a step without a person, see [`State::spent`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Milliseconds, up to when it last stood still.
    pub ms: u64,
    /// While something is being done for it: since when, by [`State::awake_ms`].
    pub since_ms: Option<u64>,
}

/// A proof that writes, since its intent.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The proof.
    pub check: CheckId,
    /// Its idempotency token.
    pub token: String,
    /// What its answer says; without one nobody knows whether it arrived.
    pub answer: Option<Reading>,
}

/// A confirmation as recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirmation {
    /// When it was given; the step is confirmed once it has been looked at once more.
    pub asked: Stamp,
    /// Who.
    pub by: Actor,
    /// How.
    pub given: Given,
    /// What was overridden.
    pub overrides: Vec<Override>,
    /// Answers to what the step asked for.
    pub answers: IndexMap<String, Value>,
    /// What the preconditions read.
    pub readings: Vec<Reading>,
}

/// What is known about a call in doubt.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt {
    /// Since when.
    pub since: Stamp,
    /// Why nobody knows the call's outcome.
    pub cause: String,
    /// The last look that could not tell: when, and what it saw.
    pub looked: Option<(Stamp, String)>,
    /// What became clear.
    pub resolved: Option<Resolved>,
}

impl Doubt {
    pub(super) fn new(since: Stamp, cause: &str) -> Self {
        Self { since, cause: cause.to_owned(), looked: None, resolved: None }
    }
}

/// How a doubt was resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// When.
    pub at: Stamp,
    /// Whether the call happened.
    pub happened: bool,
    /// The evidence.
    pub reason: String,
    /// Who decided; `None` when a look did.
    pub by: Option<Actor>,
}

/// When a step passed its stations.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Times {
    /// Its needs were done.
    pub ready: Option<Stamp>,
    /// The change was known.
    pub proposed: Option<Stamp>,
    /// It was confirmed (the recheck had passed).
    pub confirmed: Option<Stamp>,
    /// The intent was recorded.
    pub intent: Option<Stamp>,
    /// The call was accepted.
    pub applied: Option<Stamp>,
    /// The change was there.
    pub settled: Option<Stamp>,
    /// It ended.
    pub ended: Option<Stamp>,
}

/// Where a step stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum StepPhase {
    /// Its needs are not done.
    #[default]
    Waiting,
    /// A rollback nobody has asked for.
    Dormant,
    /// The world is being looked at.
    Observing,
    /// The change is known; waiting for the confirmation.
    Proposed,
    /// Confirmed by the operator; looking once more.
    Confirming,
    /// The intent is recorded; the call is under way.
    Applying,
    /// The call was accepted; waiting for its end.
    Settling,
    /// Taking the proofs.
    Verifying,
    /// Done.
    Succeeded,
    /// Dry run: shown.
    Planned,
    /// Left out.
    Skipped {
        /// Why.
        reason: String,
    },
    /// Failed; what follows is the operator's or `on_failure`'s to say.
    Failed,
    /// Will be tried again by itself.
    Retrying,
    /// A call may have happened; looking, or waiting for the operator to say.
    InDoubt {
        /// What is known.
        reason: String,
        /// The look was made and could not tell: the operator decides.
        undecided: bool,
    },
}

impl StepPhase {
    /// Nothing more will happen to the step by itself.
    pub fn is_ended(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Planned | Self::Skipped { .. } | Self::Failed | Self::Dormant)
    }

    /// Work is under way outside (a call, a poll, a probe).
    pub fn is_in_flight(&self) -> bool {
        matches!(
            self,
            Self::Observing | Self::Confirming | Self::Applying | Self::Settling | Self::Verifying | Self::InDoubt { undecided: false, .. }
        )
    }

    /// Its `timeout` runs: something is done for it, or will be done by itself.
    pub(super) fn takes_time(&self) -> bool {
        matches!(
            self,
            Self::Observing | Self::Confirming | Self::Applying | Self::Settling | Self::Retrying | Self::InDoubt { undecided: false, .. }
        )
    }

    /// A person must act before the step can go on.
    pub fn waits_for_person(&self) -> bool {
        matches!(self, Self::Proposed | Self::Failed | Self::InDoubt { undecided: true, .. })
    }
}
