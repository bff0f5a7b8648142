//! What every action is: observe → change → apply → poll.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::plan::{Change, Failure, Target};
use crate::runbook::spec::{ActionSpec, Reversibility};
use crate::world::{LineSink, World};

/// A mutating action of the catalogue. The engine decides what is called when; an action decides nothing.
#[async_trait]
pub trait Action: Send + Sync {
    /// What it is.
    fn spec(&self) -> &'static ActionSpec;

    /// Looks at the world. Reads only. The observation is kept in the journal, so it holds what `change`, `apply` and `judge`
    /// need and no secrets. It is an object that has a key for each output of the spec: when the wanted state is already there,
    /// nothing is polled and the observation stands for the outputs. What differs from look to look (lag) is not in it.
    ///
    /// # Errors
    /// Whatever stands against looking, or makes the step impossible (a replica that is not a replica).
    async fn observe(&self, cx: &Cx, with: &Value) -> Result<Value, Failure>;

    /// The change from what was seen to what is wanted. No calls.
    ///
    /// # Errors
    /// What was seen makes the step impossible.
    fn change(&self, cx: &Cx, with: &Value, seen: &Value) -> Result<Change, Failure>;

    /// Makes the one mutating call. Never called when `change` said `already`.
    ///
    /// # Errors
    /// With [`crate::plan::Happened`] as exact as can be known.
    async fn apply(&self, cx: &Cx, with: &Value, seen: &Value, token: &str) -> Result<Receipt, Failure>;

    /// Looks once whether the change is really there. `receipt` is null when the call was in doubt and was then found to have
    /// happened: the state itself must tell.
    ///
    /// # Errors
    /// It came out wrong (fail fast), or the look failed. The driver keeps polling through failures whose kind is
    /// Unreachable, Throttled or Server; every other kind ends the step.
    async fn poll(&self, cx: &Cx, with: &Value, receipt: &Value) -> Result<Poll, Failure>;

    /// The shortest time between two polls that the service can bear.
    fn least_poll_interval(&self) -> Duration {
        Duration::from_millis(500)
    }

    /// How long after an accepted call its effect may not be seen yet: a call in doubt is found not to have happened only when nothing
    /// of it has shown for so long since its intent.
    fn seen_within(&self) -> Duration {
        let calls_nothing = self.spec().reversibility == Reversibility::NoChange;
        if calls_nothing { Duration::ZERO } else { Duration::from_secs(15) }
    }

    /// Whether a call in doubt took effect, from what was seen before it and what is seen now.
    fn judge(&self, cx: &Cx, with: &Value, before: &Value, now: &Value) -> Judged {
        match self.change(cx, with, now) {
            Ok(change) if change.already => Judged::Happened("what the step wants is there".into()),
            _ if before == now => Judged::DidNotHappen("nothing has changed since before the call".into()),
            _ => Judged::CannotTell("something has changed, but not to what the step wants".into()),
        }
    }
}

/// What a look says about a call in doubt, with the evidence in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It took effect.
    Happened(String),
    /// It did not.
    DidNotHappen(String),
    /// Something is under way there that will tell when it has ended: look again.
    NotYet(String),
    /// The look cannot tell.
    CannotTell(String),
}

/// A call that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// What `poll` needs.
    pub data: Value,
    /// One line for people: `PromoteReadReplica accepted (request 6f1c…)`.
    pub summary: String,
}

/// Where a change stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Poll {
    /// Not there yet.
    Pending(Progress),
    /// There, with the outputs.
    Settled(Value),
}

/// How far a step is, for the screen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What is waited for: `5 of 12 nodes in service`.
    pub waiting_for: String,
    /// How many of how many, where that can be counted.
    pub counted: Option<(u64, u64)>,
}

/// What an action or a probe works with.
#[derive(Clone)]
pub struct Cx {
    /// The world it is in.
    pub world: Arc<dyn World>,
    /// Where it acts; `None` for one that needs no target.
    pub target: Option<Target>,
    /// `RUN/STEP` or `RUN/CHECK`.
    pub caller: String,
    /// The folder that the run was started in, where it is known: relative paths of programs count from there.
    pub folder: Option<String>,
    /// What was seen when the run looked at the step's object first: what became of it since is told by that. `None` at that first look.
    pub first: Option<Value>,
    /// Takes lines for the step's log.
    pub log: LineSink,
    /// Time left for the step; bounds a command.
    pub timeout: Duration,
}
