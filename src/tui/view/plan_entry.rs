//! One step in the list of all changes: what it changes, whether that can be undone, and what it asks for.

use serde_json::Value;

use super::details::{scalar, write_change};
use super::pen::Pen;
use crate::engine::{RunKind, State, StepPhase, StepState};
use crate::plan::{Confirm, Plan, Step};
use crate::tui::model::Model;
use crate::tui::text::{clean, width};
use crate::tui::theme::Role;
use crate::tui::words;

/// Parameters shown of a step nobody has looked at yet.
const PARAMETERS: usize = 6;

/// Columns before what is said about a step.
const INDENT: usize = 6;

/// Writes it.
pub(in crate::tui) fn write(pen: &mut Pen, model: &Model, state: &State, index: usize, plan: &Step, step: &StepState) {
    title(pen, model, state, index, plan, step);
    let mut inner = Pen::new(pen.theme, pen.width.saturating_sub(INDENT));
    match &step.change {
        _ if matches!(step.phase, StepPhase::Skipped { .. }) => {
            if let StepPhase::Skipped { reason } = &step.phase {
                inner.pair("Left out", 9, Role::Dim, reason);
            }
        }
        Some(change) if plan.mutates => write_change(&mut inner, change, step.phase == StepPhase::Succeeded),
        _ => parameters(&mut inner, state, plan, step),
    }
    asks(&mut inner, state, plan);
    pen.lines.extend(inner.lines.into_iter().map(|mut line| {
        line.spans.insert(0, " ".repeat(INDENT).into());
        line
    }));
    pen.blank();
}

/// Symbol, number and title; on the right what it would mean to be wrong.
fn title(pen: &mut Pen, model: &Model, state: &State, index: usize, plan: &Step, step: &StepState) {
    let glyphs = pen.theme.glyphs;
    let selected = model.selected == crate::tui::rows::Selected::Step(index);
    let shown = words::of(model, index, step);
    let forward = index < state.plan.steps.len();
    let number = if forward { (index + 1).to_string() } else { glyphs.rollback.to_owned() };
    let left = vec![
        pen.span(Role::Text, if selected { format!("{} ", glyphs.pointer) } else { "  ".to_owned() }),
        pen.span(shown.role, format!("{} ", shown.symbol)),
        pen.span(Role::Dim, format!("{number} ")),
        pen.span(Role::Strong, clean(&plan.title).into_owned()),
    ];
    let (word, role) = risk(&state.plan, plan, step);
    let mut right = vec![pen.span(role, word)];
    if step.change.as_ref().is_some_and(|change| change.data_loss.is_some()) {
        right.insert(0, pen.span(Role::Bad, "DATA LOSS  "));
    }
    if step.change.as_ref().is_some_and(|change| change.takes_away.is_some()) {
        right.insert(0, pen.span(Role::Bad, "TAKES AWAY  "));
    }
    pen.both(left, right);
}

/// Whether it can be undone.
fn risk(run: &Plan, plan: &Step, step: &StepState) -> (&'static str, Role) {
    match &step.change {
        Some(change) if step.phase == StepPhase::Succeeded && !change.already && !change.reversible => ("done, for good", Role::Dim),
        _ if !plan.mutates => ("changes nothing itself", Role::Dim),
        Some(change) if change.already => ("already so", Role::Good),
        Some(change) if !change.reversible => ("CANNOT BE UNDONE", Role::Bad),
        _ if !plan.reversible => ("CANNOT BE UNDONE", Role::Bad),
        _ if run.is_undo_unknown(plan) => ("not known whether reversible", Role::Attention),
        _ => ("reversible", Role::Good),
    }
}

/// What the parameters say about a change nobody has looked at yet.
fn parameters(pen: &mut Pen, state: &State, plan: &Step, step: &StepState) {
    let sep = format!(" {} ", pen.theme.glyphs.sep);
    let region = plan.target.as_ref().and_then(|id| state.plan.targets.get(id)).map(|target| target.region.clone());
    let place: Vec<String> = std::iter::once(plan.action.clone()).chain(region).collect();
    let yet = if plan.mutates { "  (not looked at yet)" } else { "" };
    pen.hang(Role::Text, if plan.mutates { "Change    " } else { "Does      " }, Role::Dim, &format!("{}{yet}", place.join(&sep)));
    let with = Some(step.with.value()).filter(Value::is_object).unwrap_or_else(|| plan.with.value());
    let Value::Object(with) = with else { return };
    let shown = with.iter().filter(|(_, value)| !matches!(value, Value::Null)).take(PARAMETERS);
    let column = shown.clone().map(|(name, _)| width(name)).max().unwrap_or(0).min(24);
    for (name, value) in shown {
        let value = scalar(value);
        let mut lines = value.lines();
        let first = lines.next().unwrap_or_default();
        let more = if lines.next().is_some() { pen.theme.glyphs.ellipsis } else { "" };
        pen.pair(&format!("  {name}"), column + 2, Role::Text, &format!("{first}{more}"));
    }
    if with.len() > PARAMETERS {
        pen.text(Role::Dim, 2, &format!("and {} more parameters: enter shows the step", with.len() - PARAMETERS));
    }
}

/// What it asks for before it runs, and what takes it back.
fn asks(pen: &mut Pen, state: &State, plan: &Step) {
    let asked = plan.confirm_for(state.steps.get(&plan.id).and_then(|step| step.change.as_ref()));
    let confirm = match asked.as_ref() {
        _ if state.kind == RunKind::DryRun => "not asked for in a dry run".to_owned(),
        Confirm::None => "none".to_owned(),
        Confirm::Enter => "a key press".to_owned(),
        Confirm::Type(text) => format!("type \"{text}\""),
        Confirm::TwoPerson => "two persons".to_owned(),
    };
    pen.pair("Confirm", 9, Role::Text, &confirm);
    if !plan.mutates || state.plan.is_rollback(&plan.id) {
        return;
    }
    match state.plan.rollbacks.get(&plan.id) {
        Some(rollback) => pen.pair("Rollback", 9, Role::Text, &rollback.title),
        None => pen.pair("Rollback", 9, if plan.reversible { Role::Attention } else { Role::Bad }, "none in the runbook"),
    }
}
