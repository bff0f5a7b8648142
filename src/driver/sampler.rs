//! Live preconditions: each relevant check sampled at its own interval, never twice at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::context::Context;
use super::sample::sample;
use crate::engine::{Place, RunKind, RunPhase, State, StepPhase};
use crate::id::CheckId;
use crate::plan::{Check, Verdict};
use crate::view::Telemetry;

/// The longest pause after samples that could not be made, as a multiple of the check's own interval.
const MOST_BACK_OFF: f64 = 8.0;

/// The samplers under way.
#[derive(Default)]
pub(super) struct Samplers {
    running: HashMap<CheckId, AbortHandle>,
}

impl Samplers {
    /// Starts and stops samplers, so that exactly the checks which matter now are sampled.
    pub(super) fn follow(&mut self, cx: &Arc<Context>, state: &watch::Receiver<Arc<State>>) {
        let now = Arc::clone(&state.borrow());
        let wanted = relevant(&now);
        self.running.retain(|id, task| {
            let keep = wanted.iter().any(|check| check.id == *id);
            if !keep {
                task.abort();
            }
            keep
        });
        for check in wanted {
            self.running
                .entry(check.id.clone())
                .or_insert_with(|| tokio::spawn(keep_sampling(Arc::clone(cx), state.clone(), check.clone())).abort_handle());
        }
    }
}

impl Samplers {
    /// Stops them all: what they sampled is of another time. Following again samples everything at once.
    pub(super) fn stop(&mut self) {
        self.running.drain().for_each(|(_, task)| task.abort());
    }
}

impl Drop for Samplers {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The run's own preconditions until it is open; then those of every step that is being decided on, and of every step that is next.
fn relevant(state: &State) -> Vec<&Check> {
    match state.phase {
        RunPhase::Gate | RunPhase::Opening { .. } => return state.plan.preconditions.iter().collect(),
        RunPhase::Running if state.kind != RunKind::DryRun => {}
        RunPhase::Identifying | RunPhase::Running | RunPhase::Finished { .. } => return Vec::new(),
    }
    let begun = |phase: &StepPhase| !matches!(phase, StepPhase::Waiting | StepPhase::Dormant);
    let steps = state.plan.steps.iter().chain(state.plan.rollbacks.values());
    steps
        .filter(|step| !step.preconditions.is_empty())
        .filter(|step| match state.steps.get(&step.id).map(|state| &state.phase) {
            Some(StepPhase::Observing | StepPhase::Proposed | StepPhase::Confirming | StepPhase::Failed | StepPhase::Retrying) => true,
            Some(StepPhase::Waiting) => step.needs.iter().all(|need| state.steps.get(need).is_some_and(|need| begun(&need.phase))),
            _ => false,
        })
        .flat_map(|step| &step.preconditions)
        .collect()
}

async fn keep_sampling(cx: Arc<Context>, state: watch::Receiver<Arc<State>>, check: Check) {
    let mut unanswered = 0_u32;
    loop {
        let now = Arc::clone(&state.borrow());
        let scope = cx.scope_of(&now, Place::of_check(&now.plan, &check), std::slice::from_ref(&check));
        let reading = sample(&cx.world, &now.plan, &now.run, &check, &scope).await;
        unanswered = match &reading.verdict {
            Verdict::Unknown(_) => unanswered.saturating_add(1),
            Verdict::Pass | Verdict::Fail => 0,
        };
        cx.telemetry(Telemetry::Reading { reading });
        // A service that does not answer, or says that it is asked too much, is asked less often.
        let back_off = f64::from(1_u32 << unanswered.min(3)).min(MOST_BACK_OFF);
        let pause = check.every * back_off * (0.95 + 0.1 * cx.spread());
        cx.clock.sleep(Duration::from_secs_f64(pause)).await;
    }
}
