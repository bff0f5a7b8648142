//! What comes of a dialog that was filled in.

use indexmap::IndexMap;

use super::field::{FieldKind, Form};
use super::kind::{Dialog, Kind};
use super::sync::{awaited, blocking};
use super::when;
use crate::engine::{Command, Given, Override};
use crate::plan::Confirm;
use crate::tui::keymap::{Do, name};
use crate::tui::model::{Cmd, Model};

/// The command of the dialog on top, when everything it needs is there; `Err` says what is missing.
pub(super) fn submit(model: &mut Model) -> Result<Vec<Cmd>, String> {
    let Some(dialog) = model.dialogs.last() else { return Ok(Vec::new()) };
    let command = command(model, dialog)?;
    model.close();
    Ok(command.map(Cmd::Send).into_iter().collect())
}

fn command(model: &Model, dialog: &Dialog) -> Result<Option<Command>, String> {
    let form = &dialog.form;
    let id = |step: usize| {
        let state = model.state().ok_or("The run has not begun.")?;
        state.steps.get_index(step).map(|(id, _)| id.clone()).ok_or_else(|| "The step is gone.".to_owned())
    };
    let reason = || form.find(|kind| matches!(kind, FieldKind::Reason)).unwrap_or_default().to_owned();
    Ok(Some(match &dialog.kind {
        Kind::Begin => Command::Open { overrides: overrides(model, form, None)? },
        Kind::Confirm { step, digest, outdated, .. } => {
            if *outdated {
                return Err("The change is another now: look at it first.".into());
            }
            if let Some(reason) = model.state().and_then(|state| state.paused.as_ref()) {
                return Err(format!("The run is paused ({reason}). Press esc, then {} to go on.", name(Do::Pause)));
            }
            let (plan, now) = model.step(*step).ok_or("The step is gone.")?;
            let given = match plan.confirm_for(now.change.as_ref()).as_ref() {
                Confirm::None => Given::NotAsked,
                Confirm::Enter => Given::Enter,
                Confirm::Type(_) => Given::Typed(form.find(|kind| matches!(kind, FieldKind::Exact(_))).unwrap_or_default().to_owned()),
                Confirm::TwoPerson => {
                    Given::SecondPerson(form.find(|kind| matches!(kind, FieldKind::Person { .. })).unwrap_or_default().to_owned())
                }
            };
            Command::Confirm {
                step: id(*step)?,
                given,
                change: digest.clone(),
                overrides: overrides(model, form, Some(*step))?,
                answers: answers(form),
            }
        }
        Kind::Retry { step } => Command::Retry { step: id(*step)?, reason: remark(form) },
        Kind::Resume => Command::Resume { reason: remark(form) },
        Kind::Skip { step } => Command::Skip { step: id(*step)?, reason: reason() },
        Kind::TakeOver { step } => Command::TakeOver { step: id(*step)?, reason: reason() },
        Kind::Resolve { step, happened } => Command::Resolve { step: id(*step)?, happened: *happened, reason: reason() },
        Kind::RollBack => Command::RollBack { reason: reason() },
        Kind::Abort => Command::Abort { reason: reason() },
        // Without a reason it stays paused without one.
        Kind::Pause => match remark(form) {
            Some(reason) => Command::Pause { reason },
            None => return Ok(None),
        },
        Kind::StopWaiting { step } => Command::StopWaiting { step: id(*step)?, reason: reason() },
        Kind::Note => {
            let text = form.find(|kind| matches!(kind, FieldKind::Note)).unwrap_or_default();
            let (when, words) = when::parse(text)?;
            Command::Note { text: words.to_owned(), at: when.before(model.now.wall)? }
        }
        Kind::Failed { .. } | Kind::GiveUp { .. } | Kind::Doubt { .. } | Kind::Leave | Kind::Help | Kind::Palette { .. } => {
            return Ok(None);
        }
    }))
}

/// What was said, if anything was.
fn remark(form: &Form) -> Option<String> {
    form.find(|kind| matches!(kind, FieldKind::Remark)).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// An override for every check that blocks now. A reason written for a check that has recovered is not used.
fn overrides(model: &Model, form: &Form, step: Option<usize>) -> Result<Vec<Override>, String> {
    if let Some(title) = awaited(model, step) {
        return Err(format!("Still being sampled: {title}. Wait for it, then press Enter."));
    }
    let mut out = Vec::new();
    for (check, title) in blocking(model, step) {
        let reason = form.find(|kind| matches!(kind, FieldKind::Override(id) if *id == check)).unwrap_or_default();
        if reason.is_empty() {
            return Err(format!("It does not hold: {title}. Write why it may be ignored."));
        }
        out.push(Override { check, reason: reason.to_owned() });
    }
    Ok(out)
}

fn answers(form: &Form) -> IndexMap<String, serde_json::Value> {
    let answers = form.fields.iter().filter_map(|field| match &field.kind {
        FieldKind::Answer { name, .. } => Some((name.clone(), field.value().into())),
        _ => None,
    });
    answers.collect()
}
