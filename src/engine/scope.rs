//! What expressions can see of a run.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::event::RunKind;
use super::state::{State, StepPhase};
use crate::expr::{self, ExprError};
use crate::plan::{CHOICE, Step};

/// `params`, `targets`, `run` and `steps`, as one object, with the `item` of the step that reads it. Of a secret only its name is there:
/// this is what events are made from. `now` is the moment of whoever asks; see [`moment`].
pub fn scope(state: &State, step: Option<&Step>, now: Timestamp) -> Value {
    scope_with(state, step, now, |_| None)
}

/// The same with secrets as they are, where `secret` knows them: for what leaves for the world, and for nothing else.
pub fn scope_with(state: &State, step: Option<&Step>, now: Timestamp, secret: impl Fn(&str) -> Option<String>) -> Value {
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
    let secrets: Map<String, Value> = plan.secrets.keys().map(|name| (name.clone(), known(name).into())).collect();
    let mut scope = json!({
        "params": plan.params,
        "targets": plan.targets,
        "secrets": secrets,
        "run": {
            "id": state.run,
            "kind": state.kind,
            "operator": state.operator.name,
            "started": state.started.wall,
            "incident_start": state.incident_start,
            "now": whole_second(moment(state, step, now)),
        },
        "steps": steps,
    });
    if let Some(item) = step.and_then(|step| step.item.as_ref()) {
        scope["item"] = item.clone();
    }
    scope
}

/// What `run.now` is for a step: the moment it first became ready, in every attempt, in its checks and after a resume, so that what is named
/// after it keeps its name and is found again. Before that, and for the run itself, it is `now`.
fn moment(state: &State, step: Option<&Step>, now: Timestamp) -> Timestamp {
    let ready = step.and_then(|step| state.steps.get(&step.id)).and_then(|step| step.times.ready);
    ready.map_or(now, |ready| ready.wall)
}

/// The same scope at another moment: an `expect` is judged at that of its reading.
pub fn scope_at(scope: &Value, now: Timestamp) -> Value {
    let mut scope = scope.clone();
    if let Some(run) = scope.get_mut("run").and_then(Value::as_object_mut) {
        run.insert("now".into(), json!(whole_second(now)));
    }
    scope
}

/// Nobody writes fractions of seconds.
fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
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
