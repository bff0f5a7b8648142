//! What expressions can see of a run.

use serde_json::{Map, Value, json};

use super::event::RunKind;
use super::state::{State, StepPhase};
use crate::expr::{self, ExprError};
use crate::plan::{CHOICE, Plan, Step};

/// `params`, `targets`, `run` and `steps`, as one object, with the `item` of the step that reads it. Of a secret only its name is there:
/// this is what events are made from.
pub fn scope(state: &State, step: Option<&Step>) -> Value {
    scope_with(state, step, |_| None)
}

/// The same with secrets as they are, where `secret` knows them: for what leaves for the world, and for nothing else.
pub fn scope_with(state: &State, step: Option<&Step>, secret: impl Fn(&str) -> Option<String>) -> Value {
    let plan = &state.plan;
    let mut steps = Map::new();
    for (place, (id, step)) in state.steps.iter().enumerate() {
        let mut seen = Map::new();
        seen.insert("state".into(), json!(phase_word(&step.phase)));
        if !step.outputs.is_null() {
            seen.insert("outputs".into(), step.outputs.value());
        }
        if let Some(confirmation) = step.confirmation.as_ref().filter(|_| step.times.confirmed.is_some()) {
            if let Some(choice) = confirmation.answers.get(CHOICE) {
                seen.insert(CHOICE.into(), choice.clone());
            }
            seen.insert("answers".into(), json!(confirmation.answers));
        }
        // The state has the plan's steps first, in the plan's order.
        match plan.steps.get(place).filter(|planned| planned.id == *id).and_then(Step::parts) {
            None => drop(steps.insert(id.to_string(), Value::Object(seen))),
            Some((of, name)) => {
                let items = steps.entry(of).or_insert_with(|| json!({}));
                if let Some(items) = items.as_object_mut() {
                    items.insert(name.to_owned(), Value::Object(seen));
                }
            }
        }
    }
    let known = |name: &String| secret(name).unwrap_or_else(|| format!("[secret {name}]"));
    let mut params: Map<String, Value> = plan.params.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut secrets = Map::new();
    for name in plan.secrets.keys() {
        match Plan::param_of(name) {
            Some(param) => params.insert(param.to_owned(), known(name).into()),
            None => secrets.insert(name.clone(), known(name).into()),
        };
    }
    let mut scope = json!({
        "params": params,
        "targets": plan.targets,
        "secrets": secrets,
        "run": {
            "id": state.run,
            "kind": state.kind,
            "operator": state.operator.name,
            "started": state.started.wall,
            "incident_start": state.incident_start,
        },
        "steps": steps,
    });
    if let Some(item) = step.and_then(|step| step.item.as_ref()) {
        scope["item"] = item.clone();
    }
    scope
}

/// The planned `with` of a step as it is now. A dry run cannot know what a step that did not run would have given, and says so in its place.
///
/// # Errors
/// An expression that gives no value.
pub fn fill_with(with: &Value, scope: &Value, kind: RunKind) -> Result<Value, ExprError> {
    if kind == RunKind::DryRun {
        return expr::render_known(with, scope, |source| format!("(known after {source})"));
    }
    expr::render(with, scope)
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
