//! Keeps open dialogs true: a step that went on takes its dialog away, a new proposal must be looked at again, and a precondition
//! that begins to block asks for its reason.

use super::field::{Field, FieldKind, Form};
use super::kind::{Dialog, Kind};
use crate::engine::{NO_REASON_YET, RunPhase, StepPhase};
use crate::id::CheckId;
use crate::tui::model::Model;
use crate::tui::words;
use crate::view::GateNow;

/// Brings the open dialogs up to date with the run.
pub(in crate::tui) fn sync(model: &mut Model) {
    let before = model.dialogs.len();
    let mut dialogs = std::mem::take(&mut model.dialogs);
    let mut gone = None;
    let mut touched = false;
    dialogs.retain_mut(|dialog| match keep(model, dialog) {
        Keep::AsItIs => true,
        Keep::Changed => {
            touched = true;
            true
        }
        Keep::Close(why) => {
            gone = Some(why);
            false
        }
    });
    model.dialogs = dialogs;
    if touched || model.dialogs.len() != before {
        model.drawn = false;
    }
    if let Some(why) = gone {
        model.say(why);
    }
}

enum Keep {
    AsItIs,
    Changed,
    Close(String),
}

fn keep(model: &Model, dialog: &mut Dialog) -> Keep {
    if model.unrecorded.is_some() && !matches!(dialog.kind, Kind::Help | Kind::Palette { .. } | Kind::Leave) {
        return Keep::Close("The record cannot be written: the dialog was closed, and nothing was asked for.".into());
    }
    match &mut dialog.kind {
        Kind::Begin => match model.state().map(|state| &state.phase) {
            Some(RunPhase::Gate) => {
                let blocking = blocking(model, None);
                fit_overrides(&mut dialog.form, &blocking)
            }
            _ => Keep::Close("The run has been begun or has ended: the dialog was closed.".into()),
        },
        Kind::Confirm { step, attempt, change, outdated, .. } => {
            let index = *step;
            let Some((plan, state)) = model.step(index) else { return Keep::Close("The step is gone.".into()) };
            if state.phase != StepPhase::Proposed {
                let now = words::doing(&state.phase);
                return Keep::Close(format!("{}: {now}. The dialog was closed; nothing was confirmed.", plan.title));
            }
            let differs = *attempt != state.attempt || state.change.as_ref() != Some(&**change);
            if differs && !*outdated {
                *outdated = true;
                return Keep::Changed;
            }
            let blocking = blocking(model, Some(index));
            fit_overrides(&mut dialog.form, &blocking)
        }
        Kind::Skip { step } | Kind::TakeOver { step } => match model.step(*step) {
            Some((plan, state)) if matches!(state.phase, StepPhase::Succeeded | StepPhase::Planned | StepPhase::Skipped { .. }) => {
                Keep::Close(format!("{} is {}: the dialog was closed.", plan.title, words::doing(&state.phase)))
            }
            _ => Keep::AsItIs,
        },
        Kind::Retry { step } => match model.step(*step) {
            Some((_, state)) if matches!(state.phase, StepPhase::Failed | StepPhase::Retrying) => Keep::AsItIs,
            _ => Keep::Close("The step has gone on: the dialog was closed.".into()),
        },
        Kind::GiveUp { step } | Kind::StopWaiting { step } => match model.step(*step) {
            Some((_, state)) if state.phase.is_in_flight() => Keep::AsItIs,
            Some((plan, state)) => Keep::Close(format!("{}: {}. The dialog was closed.", plan.title, words::doing(&state.phase))),
            None => Keep::Close("The step is gone.".into()),
        },
        // Somebody else has said why, or for another reason.
        Kind::Pause if model.state().and_then(|state| state.paused.as_deref()).is_some_and(|why| why != NO_REASON_YET) => {
            Keep::Close("The run is paused, and why is written down.".into())
        }
        Kind::Resume if model.state().is_none_or(|state| state.paused.is_none()) => Keep::Close("The run goes on already.".into()),
        Kind::Failed { step } => match model.step(*step) {
            Some((_, state)) if state.phase == StepPhase::Failed => Keep::AsItIs,
            _ => Keep::Close("The step has gone on: the dialog was closed.".into()),
        },
        Kind::Doubt { step } | Kind::Resolve { step, .. } => match model.step(*step) {
            Some((_, state)) if matches!(state.phase, StepPhase::InDoubt { undecided: true, .. }) => Keep::AsItIs,
            _ => Keep::Close("The step is no longer in doubt: the dialog was closed.".into()),
        },
        Kind::RollBack | Kind::Abort | Kind::Pause | Kind::Resume | Kind::Note if model.finished() => {
            Keep::Close("The run has ended.".into())
        }
        _ => Keep::AsItIs,
    }
}

/// The gate of the run (`None`) or of a step.
fn gate(model: &Model, step: Option<usize>) -> Option<GateNow<'_>> {
    match step {
        None => Some(model.run_gate()),
        Some(index) => model.step(index).map(|(plan, _)| model.step_gate(plan)),
    }
}

/// The checks that block and could be overridden, with their titles.
pub(super) fn blocking(model: &Model, step: Option<usize>) -> Vec<(CheckId, String)> {
    let gate = gate(model, step);
    gate.iter().flat_map(GateNow::standing).map(|now| (now.check.id.clone(), now.check.title.clone())).collect()
}

/// The title of a check that blocks because its sample is still being taken.
pub(super) fn awaited(model: &Model, step: Option<usize>) -> Option<String> {
    gate(model, step)?.blocking().find(|now| now.awaited).map(|now| now.check.title.clone())
}

/// A field for each blocking check, none for the others, unless something was written there: that is kept, and not used.
fn fit_overrides(form: &mut Form, blocking: &[(CheckId, String)]) -> Keep {
    let blocks = |id: &CheckId| blocking.iter().any(|(check, _)| check == id);
    let before: Vec<CheckId> = form.fields.iter().filter_map(|field| override_of(field).cloned()).collect();
    let focused = form.fields.get(form.focus).map(|field| field.label.clone());
    form.fields.retain(|field| override_of(field).is_none_or(|id| blocks(id) || !field.input.value().is_empty()));
    let count = form.fields.iter().filter(|field| override_of(field).is_some()).count();
    let new = blocking.iter().filter(|(id, _)| !form.fields.iter().any(|field| override_of(field) == Some(id)));
    let new: Vec<Field> = new.map(|(id, title)| Field::new(FieldKind::Override(id.clone()), format!("Override: {title}"))).collect();
    form.fields.splice(count..count, new);
    let after: Vec<CheckId> = form.fields.iter().filter_map(|field| override_of(field).cloned()).collect();
    form.focus = focused.and_then(|label| form.fields.iter().position(|field| field.label == label)).unwrap_or(0);
    if before == after { Keep::AsItIs } else { Keep::Changed }
}

fn override_of(field: &Field) -> Option<&CheckId> {
    match &field.kind {
        FieldKind::Override(id) => Some(id),
        _ => None,
    }
}
