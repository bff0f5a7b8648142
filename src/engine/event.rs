//! Durable events: ordered, numbered, fsynced, few. The state of a run is the fold of these and nothing else.

use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{CheckId, Digest, RunId, StepId, TargetId};
use crate::plan::{Change, Endpoint, Failure, Plan, Reading};

/// Something that happened in a run and must never be forgotten.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The first event of every journal.
    RunStarted {
        /// The run's name.
        run: RunId,
        /// Live, dry run or drill; never changes.
        kind: RunKind,
        /// For a drill: the world file's name and the seed of its randomness.
        world: Option<WorldName>,
        /// Who started it.
        by: Actor,
        /// When the outage began, as far as is known: where the RTO clock starts.
        incident_start: Timestamp,
        /// The whole plan.
        plan: Arc<Plan>,
        /// Its fingerprint.
        plan_digest: Digest,
        /// lifeboat's version.
        version: String,
        /// Where the runbook lay, to say what became of it when the run is taken up again; unknown in journals before 1.1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runbook: Option<String>,
        /// What takes the place of AWS in a live or dry run; none in most, and none recorded in journals before 1.4.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        endpoints: Vec<Endpoint>,
        /// The folder that the run was started in, from which relative paths of programs count; unknown in journals before 1.4.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        folder: Option<String>,
    },
    /// STS said who we are for a target, and it is who the target names.
    IdentityConfirmed {
        /// The target.
        target: TargetId,
        /// Account and ARN.
        identity: Identity,
    },
    /// The run cannot start: wrong account, no credentials.
    RunRefused {
        /// Why, one entry a target or precondition.
        failures: Vec<Failure>,
    },
    /// The operator asked to open the run; its preconditions are being sampled once more.
    RunOpening {
        /// Who.
        by: Actor,
        /// Those to be ignored.
        overrides: Vec<Override>,
    },
    /// The operator opened the run: its preconditions held or were overridden.
    RunOpened {
        /// Who.
        by: Actor,
        /// What the preconditions read at that moment.
        readings: Vec<Reading>,
        /// Those that were overridden.
        overrides: Vec<Override>,
    },
    /// The operator tried to open the run, and a precondition stood against it.
    RunOpenRefused {
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
        /// What the preconditions read.
        readings: Vec<Reading>,
    },
    /// A step's needs are done; its parameters are filled in.
    StepReady {
        /// The step.
        step: StepId,
        /// Counts from 1.
        attempt: u32,
        /// `with`, resolved.
        with: Value,
    },
    /// A step was left out.
    StepSkipped {
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
        /// Who decided; `None` when its own `when` did.
        by: Option<Actor>,
    },
    /// The world was looked at and the change is known.
    StepProposed {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// What was seen, in the action's own words, to compare with later.
        observation: Value,
        /// What would be done.
        change: Change,
    },
    /// The operator said yes to a change; preconditions and change are being looked at once more.
    StepConfirming {
        /// The step.
        step: StepId,
        /// Who.
        by: Actor,
        /// How.
        given: Given,
        /// Fingerprint of the change on the screen.
        change: Digest,
        /// Preconditions overridden.
        overrides: Vec<Override>,
        /// Answers to what the step asks for.
        answers: IndexMap<String, Value>,
    },
    /// What was confirmed no longer holds; the step asks again.
    StepConfirmationRefused {
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
        /// What the preconditions read.
        readings: Vec<Reading>,
    },
    /// The step may run. Holds the readings it was decided on.
    StepConfirmed {
        /// The step.
        step: StepId,
        /// What the preconditions read.
        readings: Vec<Reading>,
    },
    /// Dry run: this is what would have been done.
    StepPlanned {
        /// The step.
        step: StepId,
        /// What preconditions and proofs read.
        readings: Vec<Reading>,
    },
    /// The mutating call is about to be made. Durable before it is.
    StepIntent {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// The idempotency token, from run, step and attempt.
        token: String,
    },
    /// The service refused the call for now (its rate is used up, an earlier change is being taken in) and nothing was changed. The
    /// step is looked at once more, and the call goes out again only if everything that was confirmed still holds.
    StepHeldBack {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// What the service said.
        failure: Failure,
        /// Seconds until the next look.
        delay: f64,
    },
    /// The call was accepted.
    StepApplied {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// What polling needs: an update id, a change id, a request id.
        receipt: Value,
        /// One line for people: `accepted (request 6f1c…)`.
        summary: String,
    },
    /// The change is really there.
    StepSettled {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// What later steps can read.
        outputs: Value,
        /// It was there before: no call was made.
        already: bool,
    },
    /// A proof that writes is about to be sent. Durable before it is: it is sent once, and never again by itself.
    StepProofIntent {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// The proof.
        check: CheckId,
        /// The idempotency token, of this proof in this attempt alone.
        token: String,
        /// What the proofs read that must hold before it.
        readings: Vec<Reading>,
    },
    /// A proof that writes was answered.
    StepProofSent {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// What the answer says.
        reading: Reading,
    },
    /// The step is done: settled and proven.
    StepSucceeded {
        /// The step.
        step: StepId,
        /// The proofs.
        readings: Vec<Reading>,
    },
    /// The step failed.
    StepFailed {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// Why.
        failure: Failure,
        /// Proofs that did not pass, when it failed there.
        readings: Vec<Reading>,
    },
    /// The call was made or may have been, and nobody knows the outcome: look before anything else.
    StepInDoubt {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// What is known.
        reason: String,
        /// A look was made and could not tell: the operator decides.
        undecided: bool,
    },
    /// A look at the world, or the operator, decided what became of a call in doubt.
    StepDoubtResolved {
        /// The step.
        step: StepId,
        /// The attempt.
        attempt: u32,
        /// Whether the call happened.
        happened: bool,
        /// The evidence.
        reason: String,
        /// Who decided; `None` when the observation did.
        by: Option<Actor>,
    },
    /// A failed step will be tried again.
    StepRetrying {
        /// The step.
        step: StepId,
        /// The attempt to come.
        attempt: u32,
        /// Seconds until then.
        delay: f64,
        /// Who asked; `None` when its `retry` did.
        by: Option<Actor>,
        /// Why, where whoever asked said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The operator did the step by hand; its proofs run.
    StepTakenOver {
        /// The step.
        step: StepId,
        /// Who.
        by: Actor,
        /// What was done.
        reason: String,
    },
    /// Nobody was there for a while: the machine slept, or the process was stopped. What was sampled before is stale.
    MachineSlept {
        /// Milliseconds, up to the event.
        for_ms: u64,
    },
    /// Somebody wrote something down.
    Note {
        /// Who.
        by: Actor,
        /// What.
        text: String,
        /// When it happened, where that was earlier.
        at: Option<Timestamp>,
    },
    /// Nothing new is scheduled.
    RunPaused {
        /// Who; `None` when the run itself did.
        by: Option<Actor>,
        /// Why.
        reason: String,
    },
    /// Scheduling goes on, in the same process or another.
    RunResumed {
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
        /// Another process takes the run up from its journal: for how many milliseconds nobody was there before, as far as is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        absent_ms: Option<u64>,
    },
    /// The completed steps are being rolled back.
    RollbackStarted {
        /// Who; `None` when `on_failure` did.
        by: Option<Actor>,
        /// Why.
        reason: String,
    },
    /// The last event.
    RunFinished {
        /// How it ended.
        outcome: Outcome,
        /// Why, in one line.
        reason: String,
        /// Who ended it; `None` when it came to its end.
        by: Option<Actor>,
    },
}

impl Event {
    /// The plan of the run, where this is its first event.
    pub fn plan(&self) -> Option<&Plan> {
        match self {
            Self::RunStarted { plan, .. } => Some(plan),
            _ => None,
        }
    }

    /// The step the event is about.
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Self::StepReady { step, .. }
            | Self::StepSkipped { step, .. }
            | Self::StepProposed { step, .. }
            | Self::StepConfirming { step, .. }
            | Self::StepConfirmationRefused { step, .. }
            | Self::StepConfirmed { step, .. }
            | Self::StepPlanned { step, .. }
            | Self::StepIntent { step, .. }
            | Self::StepHeldBack { step, .. }
            | Self::StepApplied { step, .. }
            | Self::StepSettled { step, .. }
            | Self::StepProofIntent { step, .. }
            | Self::StepProofSent { step, .. }
            | Self::StepSucceeded { step, .. }
            | Self::StepFailed { step, .. }
            | Self::StepInDoubt { step, .. }
            | Self::StepDoubtResolved { step, .. }
            | Self::StepRetrying { step, .. }
            | Self::StepTakenOver { step, .. } => Some(step),
            _ => None,
        }
    }

    /// Who did it, where somebody did.
    pub fn actor(&self) -> Option<&Actor> {
        match self {
            Self::RunStarted { by, .. }
            | Self::RunOpening { by, .. }
            | Self::RunOpened { by, .. }
            | Self::RunOpenRefused { by, .. }
            | Self::StepConfirming { by, .. }
            | Self::StepTakenOver { by, .. }
            | Self::Note { by, .. }
            | Self::RunResumed { by, .. } => Some(by),
            Self::StepSkipped { by, .. }
            | Self::StepDoubtResolved { by, .. }
            | Self::StepRetrying { by, .. }
            | Self::RunPaused { by, .. }
            | Self::RollbackStarted { by, .. }
            | Self::RunFinished { by, .. } => by.as_ref(),
            _ => None,
        }
    }
}

/// What kind of world a run acts on. Unmistakable everywhere; a resumed run cannot change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Real AWS, real changes.
    Live,
    /// Real AWS, reads only.
    DryRun,
    /// A simulated world.
    Drill,
}

impl RunKind {
    /// The word on every screen and in every record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::DryRun => "DRY RUN",
            Self::Drill => "DRILL",
        }
    }
}

/// Which simulated world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorldName {
    /// The file's stem, `region_loss`.
    pub name: String,
    /// Fingerprint of the file.
    pub digest: Digest,
    /// Seed of its randomness.
    pub seed: u64,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// The user's name.
    pub name: String,
    /// The machine.
    pub host: String,
    /// A person at the keys, the drill's autopilot, or flags of the command line.
    pub kind: ActorKind,
}

/// What sort of actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// At the keys.
    Person,
    /// Confirms for itself in a simulated world.
    Autopilot,
    /// `--yes` and `--confirm`.
    CommandLine,
    /// The runbook itself: the step asks for no confirmation.
    Runbook,
}

/// What STS said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// `arn:aws:sts::123456789012:assumed-role/dr-operator/alice`.
    pub arn: String,
}

/// How a confirmation was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// The step asks for none.
    NotAsked,
    /// A key press.
    Enter,
    /// This text was typed.
    Typed(String),
    /// A key press and the name of a second person.
    SecondPerson(String),
}

/// A blocking precondition that the operator chose to ignore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Which.
    pub check: CheckId,
    /// Why.
    pub reason: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every step is done or was skipped.
    Succeeded,
    /// Every step has ended, and some failed.
    Failed,
    /// The operator, or a step's `on_failure`, ended it.
    Aborted,
    /// The completed steps were rolled back.
    RolledBack,
    /// It never opened.
    Refused,
}
