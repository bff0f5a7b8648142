//! What comes of a dialog that was filled in.

use indexmap::IndexMap;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::field::{FieldKind, Form};
use super::kind::{Dialog, Kind};
use super::sync::{awaited, blocking};
use crate::engine::{Command, Given, Override};
use crate::plan::Confirm;
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
            let (plan, _) = model.step(*step).ok_or("The step is gone.")?;
            let given = match &plan.confirm {
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
        Kind::Skip { step } => Command::Skip { step: id(*step)?, reason: reason() },
        Kind::TakeOver { step } => Command::TakeOver { step: id(*step)?, reason: reason() },
        Kind::Resolve { step, happened } => Command::Resolve { step: id(*step)?, happened: *happened, reason: reason() },
        Kind::RollBack => Command::RollBack { reason: reason() },
        Kind::Abort => Command::Abort { reason: reason() },
        Kind::Pause => Command::Pause { reason: reason() },
        Kind::Note => {
            let text = form.find(|kind| matches!(kind, FieldKind::Note)).unwrap_or_default();
            let (text, at) = backdated(text, model.now.wall)?;
            Command::Note { text, at }
        }
        Kind::Failed { .. } | Kind::Doubt { .. } | Kind::Leave | Kind::Help | Kind::Palette { .. } => return Ok(None),
    }))
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

/// A note's text, and when it happened where it begins with `@11:58` (UTC, as on the screen; the latest such time that is past).
///
/// # Errors
/// What follows the `@` is no time, or nothing follows the time.
fn backdated(text: &str, now: Timestamp) -> Result<(String, Option<Timestamp>), String> {
    let Some(rest) = text.strip_prefix('@') else { return Ok((text.to_owned(), None)) };
    let (time, words) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let time = time.trim_end_matches('Z');
    let parsed = Time::strptime("%H:%M:%S", time).or_else(|_| Time::strptime("%H:%M", time));
    let Ok(time) = parsed else {
        return Err(format!("@{time} is no time: write @HH:MM or @HH:MM:SS, in UTC, then the note"));
    };
    if words.trim().is_empty() {
        return Err("Write what happened after the time.".into());
    }
    let today = now.to_zoned(TimeZone::UTC).date();
    let at = today.to_datetime(time).to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
    let at = if at.timestamp() > now { at.checked_sub(1.day()).map_err(|error| error.to_string())? } else { at };
    Ok((words.trim().to_owned(), Some(at.timestamp())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_backdated_to_the_latest_such_time() {
        let now: Timestamp = "2026-03-12T00:10:00Z".parse().expect("a time");
        assert_eq!(backdated("pager", now), Ok(("pager".into(), None)));
        assert_eq!(backdated("@00:05 pager", now), Ok(("pager".into(), "2026-03-12T00:05:00Z".parse().ok())));
        assert_eq!(backdated("@23:58:30 pager went", now), Ok(("pager went".into(), "2026-03-11T23:58:30Z".parse().ok())));
        assert!(backdated("@25:00 pager", now).is_err());
        assert!(backdated("@00:05", now).is_err());
        assert!(backdated("@ 00:05", now).is_err());
    }
}
