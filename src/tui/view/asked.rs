//! What a step asks people to do or to decide.

use serde_json::Value;

use super::markdown;
use super::pen::Pen;
use crate::engine::{StepState, known_with};
use crate::plan::{Step, questions};
use crate::tui::model::Model;
use crate::tui::theme::Role;

/// The instructions.
pub(super) fn instructions(pen: &mut Pen, model: &Model, plan: &Step, state: &StepState) {
    if let Some(text) = with(model, plan, state).get("instructions").and_then(Value::as_str) {
        pen.heading("Instructions");
        markdown::write(pen, text);
    }
}

/// The instructions, and what there is to choose from.
pub(super) fn write(pen: &mut Pen, model: &Model, plan: &Step, state: &StepState) {
    instructions(pen, model, plan, state);
    let with = with(model, plan, state);
    for question in questions(&plan.action, &with).into_iter().filter(|question| !question.options.is_empty()) {
        pen.heading(&question.prompt);
        let widest = question.options.iter().map(|(name, _)| crate::tui::text::width(name)).max().unwrap_or(0);
        for (name, meaning) in &question.options {
            pen.hang(Role::Strong, &format!("{name:<widest$}   "), Role::Text, meaning);
        }
    }
}

fn with(model: &Model, plan: &Step, state: &StepState) -> Value {
    // Most steps ask nothing: what they are given is not made for nothing, in every frame.
    if !matches!(plan.action.as_str(), "manual" | "choose") {
        return Value::Null;
    }
    model.state().map_or(Value::Null, |run| known_with(run, plan, state))
}
