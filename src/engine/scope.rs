//! What expressions can see of a run.

use serde_json::{Map, Value, json};

use super::state::{State, StepPhase};

/// `params`, `targets`, `run` and `steps`, as one object.
pub fn scope(state: &State) -> Value {
    let plan = &state.plan;
    let mut steps = Map::new();
    for (id, step) in state.steps.iter() {
        let mut seen = Map::new();
        seen.insert("state".into(), json!(phase_word(&step.phase)));
        if !step.outputs.is_null() {
            seen.insert("outputs".into(), step.outputs.value());
        }
        if let Some(confirmation) = step.confirmation.as_ref().filter(|_| step.times.confirmed.is_some()) {
            seen.insert("answers".into(), json!(confirmation.answers));
        }
        steps.insert(id.to_string(), Value::Object(seen));
    }
    json!({
        "params": plan.params,
        "targets": plan.targets,
        "run": {
            "id": state.run,
            "kind": state.kind,
            "operator": state.operator.name,
            "started": state.started.wall,
            "incident_start": state.incident_start,
        },
        "steps": steps,
    })
}

/// The state's name in expressions, in the journal's JSON and on the screen.
pub fn phase_word(phase: &StepPhase) -> &'static str {
    match phase {
        StepPhase::Waiting => "waiting",
        StepPhase::Dormant => "dormant",
        StepPhase::Observing => "observing",
        StepPhase::Proposed => "proposed",
        StepPhase::Confirming => "confirming",
        StepPhase::Applying => "applying",
        StepPhase::Settling => "settling",
        StepPhase::Verifying => "verifying",
        StepPhase::Succeeded => "succeeded",
        StepPhase::Planned => "planned",
        StepPhase::Skipped { .. } => "skipped",
        StepPhase::Failed => "failed",
        StepPhase::Retrying => "retrying",
        StepPhase::InDoubt { .. } => "in_doubt",
    }
}
