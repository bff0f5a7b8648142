//! What expressions can see of a run.

use std::ops::Range;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::event::RunKind;
use super::placed::secret_mark;
use super::state::{State, StepPhase, StepState};
use crate::expr::{self, ExprError, Members};
use crate::id::StepId;
use crate::plan::{CHOICE, Check, Plan, Step, Target};

/// Where an expression stands: of that depends what it reads.
#[derive(Debug, Clone, Default)]
pub struct Place<'a> {
    /// The step that it is part of.
    step: Option<&'a StepId>,
    /// The step that runs the runbook in which it stands.
    within: Option<&'a StepId>,
    /// What it reads as `item`.
    item: Option<&'a Value>,
    /// The steps that it reads.
    steps: Members,
}

impl<'a> Place<'a> {
    /// In a step, or in what a runbook itself asks for.
    pub fn of(step: Option<&'a Step>) -> Self {
        step.map_or_else(Self::default, |step| Self {
            step: Some(&step.id),
            within: step.within.as_ref(),
            item: step.item.as_ref(),
            steps: Members::All,
        })
    }

    /// In a check.
    pub fn of_check(plan: &'a Plan, check: &'a Check) -> Self {
        match &check.inside {
            Some(gate) => Self { step: Some(gate), within: Some(gate), item: None, steps: Members::All },
            None => Self::of(plan.owner(&check.id)),
        }
    }
}

impl Place<'_> {
    /// The same, where only these texts and bare conditions are read: of a long plan few steps are.
    #[must_use]
    pub fn reading<'c>(self, texts: &Value, conditions: impl IntoIterator<Item = &'c str>) -> Self {
        Self { steps: Members::of("steps", texts, conditions), ..self }
    }
}

/// `params`, `targets`, `run` and `steps`, as one object, with the `item` of the step that reads it. Of a secret only its name is there:
/// this is what events are made from. `now` is the moment of whoever asks; that of the step, where there is one that is ready.
pub fn scope(state: &State, place: Place<'_>, now: Timestamp) -> Value {
    scope_with(state, place, now, |_| None)
}

/// The same with secrets as they are, where `secret` knows them: for what leaves for the world, and for nothing else.
pub fn scope_with(state: &State, place: Place<'_>, now: Timestamp, secret: impl Fn(&str) -> Option<String>) -> Value {
    let plan = &state.plan;
    let nested = place.within.and_then(|gate| Some((plan.nested.get(gate)?, state.steps.get_index_of(gate)?)));
    let (params, all) = match nested {
        Some((nested, gate)) => (&nested.params, gate + 1..gate + 1 + nested.steps),
        None => (&plan.params, 0..plan.steps.len()),
    };
    let steps = match &place.steps {
        Members::All => outcomes(state, all),
        Members::Only(ids) => {
            let mut steps = Map::new();
            for at in ids.iter().flat_map(|id| plan.places_of(place.within, id)) {
                outcome_at(state, at, &mut steps);
            }
            steps
        }
    };
    let mut params: Map<String, Value> = params.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut secrets = Map::new();
    for name in plan.secrets.keys() {
        let Some(own) = own_name(name, place.within) else { continue };
        let value = secret(name).unwrap_or_else(|| secret_mark(name));
        match Plan::param_of(own) {
            Some(param) => params.insert(param.to_owned(), value.into()),
            None => secrets.insert(own.to_owned(), value.into()),
        };
    }
    let mut targets = Map::new();
    for (id, target) in &plan.targets {
        if let Some(own) = own_name(id.as_str(), place.within) {
            targets.insert(own.to_owned(), json!(Target { id: own.into(), ..target.clone() }));
        }
    }
    let mut scope = json!({
        "params": params,
        "targets": targets,
        "secrets": secrets,
        "run": {
            "id": state.run,
            "kind": state.kind,
            "operator": state.operator.name,
            "started": state.started.wall,
            "incident_start": state.incident_start,
            "now": whole_second(moment(state, &place, now)),
        },
        "steps": steps,
    });
    if let Some(item) = place.item {
        scope["item"] = item.clone();
    }
    scope
}

/// What a runbook calls what the plan calls `name`: nothing, when it is another runbook's.
fn own_name<'n>(name: &'n str, within: Option<&StepId>) -> Option<&'n str> {
    let own = match within {
        Some(gate) => name.strip_prefix(gate.as_str())?.strip_prefix('/')?,
        None => name,
    };
    (!own.contains('/')).then_some(own)
}

/// What can be read of the steps of one runbook, which stand at these places of the plan: by the ids that they have there. What stands
/// behind a gate is read through it.
fn outcomes(state: &State, places: Range<usize>) -> Map<String, Value> {
    let mut steps = Map::new();
    let mut next = places.start;
    while next < places.end {
        next = outcome_at(state, next, &mut steps);
    }
    steps
}

/// Adds what can be read of the step at a place. Gives the place behind it, and behind what stands behind it.
fn outcome_at(state: &State, at: usize, steps: &mut Map<String, Value>) -> usize {
    let plan = &state.plan;
    // The state has the plan's steps first, in the plan's order.
    let Some((step, (_, now))) = plan.steps.get(at).zip(state.steps.get_index(at)) else { return usize::MAX };
    let behind = at + 1..at + 1 + plan.nested.get(&step.id).map_or(0, |nested| nested.steps);
    let seen = if plan.nested.contains_key(&step.id) {
        let of_all = state_of_all(state, now, behind.clone());
        let mut seen = json!({ "steps": outcomes(state, behind.clone()) });
        if *of_all != StepPhase::Planned {
            seen["state"] = phase_word(of_all).into();
        }
        seen
    } else {
        outcome(now)
    };
    match step.parts() {
        None => drop(steps.insert(step.own_id().to_owned(), seen)),
        Some((of, name)) => {
            let items = steps.entry(of).or_insert_with(|| json!({}));
            if let Some(items) = items.as_object_mut() {
                items.insert(name.to_owned(), seen);
            }
        }
    }
    behind.end
}

fn outcome(step: &StepState) -> Value {
    let mut seen = Map::new();
    // What a step comes to that a dry run only showed is not known; what depends on it is shown, too.
    if step.phase != StepPhase::Planned {
        seen.insert("state".into(), json!(phase_word(&step.phase)));
    }
    if !step.outputs.is_null() {
        seen.insert("outputs".into(), step.outputs.value());
    }
    if let Some(confirmation) = step.confirmation.as_ref().filter(|_| step.times.confirmed.is_some()) {
        if let Some(choice) = confirmation.answers.get(CHOICE) {
            seen.insert(CHOICE.into(), choice.clone());
        }
        seen.insert("answers".into(), json!(confirmation.answers));
    }
    Value::Object(seen)
}

/// The one phase of a gate and what stands behind it: the first that is not over, failed when one of them has failed, and otherwise
/// the gate's own.
fn state_of_all<'s>(state: &'s State, gate: &'s StepState, behind: Range<usize>) -> &'s StepPhase {
    let all = || std::iter::once(gate).chain(behind.clone().filter_map(|place| Some(state.steps.get_index(place)?.1)));
    let open = all().find(|step| !step.phase.is_ended());
    let failed = || all().find(|step| step.phase == StepPhase::Failed);
    &open.or_else(failed).unwrap_or(gate).phase
}

/// What `run.now` is for a step: the moment it first became ready, in every attempt, in its checks and after a resume, so that what is named
/// after it keeps its name and is found again. Before that, and for the run itself, it is `now`.
fn moment(state: &State, place: &Place<'_>, now: Timestamp) -> Timestamp {
    let ready = place.step.and_then(|step| state.steps.get(step)).and_then(|step| step.times.ready);
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

/// The `with` of a step for people who read ahead: as it was filled in when the step became ready, else with what is known now; what cannot
/// be told yet stays as it was written.
pub fn known_with(state: &State, plan: &Step, step: &StepState) -> Value {
    if !step.with.is_null() {
        return step.with.value();
    }
    let with = plan.with.value();
    if !expr::holds_expression(&with) {
        return with;
    }
    let place = Place::of(Some(plan)).reading(&with, []);
    expr::render_what_is_known(&with, &scope(state, place, state.last.wall))
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
