//! A call in doubt: what is known of it, what was looked at, and what became clear.

use super::pen::Pen;
use crate::engine::{Doubt, StepPhase, StepState};
use crate::plan::{Change, Step};
use crate::tui::model::Model;
use crate::tui::text::{ago, utc};
use crate::tui::theme::Role;

/// Everything that is known while nobody knows whether the call happened.
pub(in crate::tui) fn write(pen: &mut Pen, model: &Model, plan: &Step, state: &StepState) {
    let Some(doubt) = &state.doubt else { return };
    pen.hang(Role::Bad, "In doubt  ", Role::Bad, &doubt.cause);
    let call = state.change.as_ref().map_or_else(|| plan.action.clone(), |change| format!("{}{}", change.operation, place(change, " on ")));
    let sent = state.times.intent.map(|at| format!(", decided on at {}", utc(at.wall))).unwrap_or_default();
    pen.hang(Role::Text, "The call  ", Role::Dim, &format!("{call}{sent}"));
    let thing = state.change.as_ref().map(|change| place(change, "")).filter(|place| !place.is_empty());
    let thing = thing.unwrap_or_else(|| "what is there".into());
    match &doubt.looked {
        Some((at, seen)) => {
            let age = ago(model.run.watch.between(*at, model.now));
            pen.hang(Role::Strong, "Looked at ", Role::Dim, &format!("{thing}, {age}: {seen}"));
        }
        None => {
            pen.hang(Role::Running, "Looking at ", Role::Dim, &format!("{thing}, before anything else is done; no call is made meanwhile"))
        }
    }
}

/// The line that asks for the decision; nothing while the look is under way.
pub(in crate::tui) fn write_question(pen: &mut Pen, state: &StepState) {
    if !matches!(state.phase, StepPhase::InDoubt { undecided: true, .. }) {
        return;
    }
    pen.blank();
    pen.hang(Role::Attention, " YOU DECIDE  ", Role::BadgeAttention, "press enter; nothing is called until then");
}

/// Why a call that was in doubt is believed to have happened, or not to have happened: shown until the next call.
pub(in crate::tui) fn write_resolved(pen: &mut Pen, doubt: &Doubt) {
    let Some(resolved) = &doubt.resolved else { return };
    let judge = resolved.by.as_ref().map_or_else(|| "a look showed".to_owned(), |by| format!("{} decided", by.name));
    let when = utc(resolved.at.wall);
    let (verdict, role) = if resolved.happened { ("HAPPENED", Role::Good) } else { ("did NOT happen", Role::Attention) };
    pen.hang(Role::Text, "Doubted   ", Role::Attention, &doubt.cause);
    pen.hang(role, "Settled   ", role, &format!("{verdict}: {judge} at {when}: {}", resolved.reason));
    if !resolved.happened {
        pen.text(Role::Text, 0, "So the same call is asked for once more. Is that evidence enough? Look yourself if it is not.");
    }
}

fn place(change: &Change, before: &str) -> String {
    let place = [&change.resource, &change.region].into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" in ");
    if place.is_empty() { place } else { format!("{before}{place}") }
}
