//! Work that breaks down: a fault inside lifeboat, or a machine that has run out of threads or memory. It is an answer like any other, or
//! the run would wait for it for ever.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;

use crate::engine::{Effect, Input, State};
use crate::plan::{Failure, FailureKind, Happened};

/// What a piece of work that panicked has come to. Of a call that was under way nobody knows what became of it.
pub(super) fn broken(effect: Effect, state: &State, panic: &(dyn Any + Send)) -> Option<Input> {
    let failure = failure(panic);
    let in_doubt = || failure.clone().effect(Happened::Unknown);
    Some(match effect {
        Effect::Identify => Input::Identified(state.plan.targets.keys().map(|target| (target.clone(), Err(failure.clone()))).collect()),
        Effect::SampleGate => Input::GateSampled(Vec::new()),
        Effect::Observe(step, attempt) => Input::Observed { step, attempt, result: Err(failure) },
        Effect::Recheck(step, attempt) => Input::Rechecked { step, attempt, result: Err(failure), readings: Vec::new() },
        Effect::Apply(step, attempt) => Input::Applied { step, attempt, result: Err(in_doubt()) },
        Effect::Poll(step, attempt) => Input::Settled { step, attempt, result: Err(failure.effect(Happened::Yes)) },
        Effect::Verify(step, attempt) => {
            Input::Verified { step, attempt, readings: Vec::new(), failure: Some(failure.effect(Happened::Yes)) }
        }
        Effect::WriteProof(step, attempt, check) => Input::ProofAnswered { step, attempt, check, result: Err(in_doubt()) },
        Effect::Delay { step, attempt, .. } => Input::RetryDue { step, attempt },
        Effect::Look(step, attempt) => Input::Looked { step, attempt, result: Err(failure) },
        Effect::Cancel(_) => return None,
    })
}

/// What a panic is to those who read of it.
fn failure(panic: &(dyn Any + Send)) -> Failure {
    let what = panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    let what = what.unwrap_or_else(|| "a fault without a message".into());
    let hint = "see whether this machine is out of threads, memory or file descriptors; if not, please report it as a fault of lifeboat";
    Failure::new(FailureKind::Internal, format!("lifeboat broke down at this: {what}"), hint)
}

/// Work whose panic is a failure like any other, with what it may have done outside.
pub(super) async fn caught<T>(effect: Happened, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| Err(failure(panic.as_ref()).effect(effect)))
}
