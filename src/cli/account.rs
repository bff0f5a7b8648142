//! A drill's time account: what of the run's time was the cloud's, a person's, the runbook's own waits, and the tool's.
//!
//! The account follows the critical path back from the last step: the chain of steps of which each was the last that the next one
//! waited for. On that path every second belongs to somebody:
//!
//! - *human*: from the change being shown to the confirmation being taken;
//! - *runbook*: waits that the runbook itself asks for (`wait`, `stable`);
//! - *cloud*: from the call to the moment at which the world was as wanted, which the simulated world knows;
//! - *tool*: everything else: looking before the step, looking once more at the confirmation, and noticing late.

use jiff::Timestamp;

use crate::engine::{State, StepPhase, StepState};
use crate::id::StepId;
use crate::plan::Step;
use crate::report::TimeAccount;
use crate::world::sim::AuditEntry;

/// The account of a finished drill; `None` when no step ended.
pub(super) fn account(state: &State, audit: &[AuditEntry]) -> Option<TimeAccount> {
    let path = critical_path(state);
    let first = path.last()?;
    let last = path.first()?;
    let begun = first.1.times.ready?.wall;
    let ended = last.1.times.ended?.wall;
    let mut sums = Sums::default();
    let mut from = begun;
    for (step, now) in path.iter().rev() {
        sums.add(step, now, &calls_of(state, &step.id, audit), from);
        from = now.times.ended.map_or(from, |at| at.wall);
    }
    let run_s = seconds(begun, ended);
    let work_s = (run_s - sums.human).max(0.0);
    let tool_s = (run_s - sums.human - sums.runbook - sums.cloud).max(0.0);
    Some(TimeAccount {
        run_s,
        cloud_s: sums.cloud,
        human_s: sums.human,
        runbook_s: sums.runbook,
        tool_s,
        tool_share: if work_s > 0.0 { tool_s / work_s } else { 0.0 },
    })
}

/// The chain of steps that decided when the run was over, last first.
fn critical_path(state: &State) -> Vec<(&Step, &StepState)> {
    let ended = |id: &StepId| {
        let now = state.steps.get(id)?;
        let step = state.plan.step(id)?;
        (now.phase == StepPhase::Succeeded).then_some((step, now))
    };
    let latest = |steps: &mut dyn Iterator<Item = &StepId>| steps.filter_map(ended).max_by_key(|(_, now)| now.times.ended);
    let mut path: Vec<(&Step, &StepState)> = Vec::new();
    let mut next = latest(&mut state.plan.steps.iter().map(|step| &step.id));
    while let Some((step, now)) = next {
        path.push((step, now));
        next = latest(&mut step.needs.iter());
    }
    path
}

/// The calls that a step made: itself, and its proofs.
fn calls_of<'a>(state: &State, step: &StepId, audit: &'a [AuditEntry]) -> Vec<&'a AuditEntry> {
    let own = format!("{}/{step}", state.run);
    let proofs = format!("{own}.verify[");
    audit.iter().filter(|call| call.caller == own || call.caller.starts_with(&proofs)).collect()
}

#[derive(Default)]
struct Sums {
    cloud: f64,
    human: f64,
    runbook: f64,
}

impl Sums {
    fn add(&mut self, step: &Step, now: &StepState, calls: &[&AuditEntry], from: Timestamp) {
        let times = &now.times;
        if let (Some(proposed), Some(confirmed)) = (times.proposed, times.confirmed) {
            // The recheck at the key press is the tool's: it began when the confirmation was asked for.
            let asked = now.confirmation.as_ref().map_or(confirmed, |c| c.asked);
            self.human += seconds(proposed.wall.max(from), asked.wall);
        }
        let (Some(intent), Some(settled)) = (times.intent, times.settled) else { return };
        if step.action == "wait" {
            self.runbook += seconds(intent.wall, settled.wall);
        } else {
            self.cloud += share_of_the_world(calls, intent.wall, settled.wall);
        }
        let Some(ended) = times.ended else { return };
        let stable = step.verify.iter().map(|check| check.stable).fold(0.0, f64::max);
        let held = stable.min(seconds(settled.wall, ended.wall));
        self.runbook += held;
        let proven_by = ended.wall - jiff::SignedDuration::from_secs_f64(held);
        self.cloud += share_of_the_world(calls, settled.wall, proven_by.max(settled.wall));
    }
}

/// Between `begun` and `noticed`, how long the world really took: until the last change of what the step looked at.
fn share_of_the_world(calls: &[&AuditEntry], begun: Timestamp, noticed: Timestamp) -> f64 {
    let changed = calls
        .iter()
        .filter(|call| call.at.wall >= begun && call.at.wall <= noticed)
        // A program is the world's own work until it ends.
        .map(|call| if call.service == "process" { call.at.wall + call.took } else { call.settled_since })
        .filter(|since| *since >= begun && *since <= noticed)
        .max();
    changed.map_or(0.0, |since| seconds(begun, since))
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}
