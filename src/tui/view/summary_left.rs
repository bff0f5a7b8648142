//! What a run that is over leaves behind: changes that stand, steps nobody knows the end of, steps that were not begun.

use super::pen::Pen;
use crate::engine::{Outcome, State, StepPhase};
use crate::tui::rows::plan_step;
use crate::tui::theme::Role;
use crate::tui::words;

/// Steps named one by one; of more, the rest are counted.
const NAMED: usize = 12;

/// Writes it; nothing for a run that reached its goal and left nothing open.
pub(in crate::tui) fn write(pen: &mut Pen, state: &State, outcome: Outcome) {
    let mut open: Vec<(&'static str, Role, String)> = Vec::new();
    let mut standing: Vec<String> = Vec::new();
    let mut lasting: Vec<String> = Vec::new();
    let mut unbegun: Vec<&str> = Vec::new();
    let glyphs = pen.theme.glyphs;
    for (place, (_, step)) in state.steps.iter().enumerate() {
        let Some(plan) = plan_step(&state.plan, place) else { continue };
        let forward = place < state.plan.steps.len();
        match &step.phase {
            StepPhase::InDoubt { reason, .. } => {
                open.push((glyphs.unknown, Role::Bad, format!("IN DOUBT, look at it by hand: {}: {reason}", plan.title)));
            }
            phase if phase.is_in_flight() => {
                open.push((glyphs.unknown, Role::Bad, format!("was left under way: {}: {}", plan.title, words::doing(phase))));
            }
            StepPhase::Failed if !forward => open.push((glyphs.failed, Role::Bad, format!("its rollback failed: {}", plan.title))),
            StepPhase::Waiting if forward => unbegun.push(&plan.title),
            _ => {}
        }
        if !forward || !step.is_touched() || !plan.mutates {
            continue;
        }
        let rollback = state.plan.rollbacks.get(&plan.id);
        let undone = rollback.and_then(|rollback| state.steps.get(&rollback.id)).is_some_and(|step| step.phase == StepPhase::Succeeded);
        match rollback {
            _ if undone => {}
            Some(rollback) => standing.push(format!("{} (its rollback was not run: {})", plan.title, rollback.title)),
            None if plan.reversible => lasting.push(format!("{} (the runbook has no rollback for it)", plan.title)),
            None => lasting.push(format!("{} (cannot be undone)", plan.title)),
        }
    }
    // What a run that reached its goal has changed is meant to stand.
    let reached = outcome == Outcome::Succeeded && !state.rolling_back;
    if open.is_empty() && (reached || standing.is_empty() && lasting.is_empty() && unbegun.is_empty()) {
        return;
    }
    pen.heading("What is left");
    for (symbol, role, text) in open {
        pen.hang(role, &format!("{symbol} "), role, &text);
    }
    if reached {
        return;
    }
    named(pen, Role::Attention, "still changed: ", &standing);
    named(pen, Role::Bad, "stays changed: ", &lasting);
    if !unbegun.is_empty() {
        let first = unbegun.iter().take(3).copied().collect::<Vec<_>>().join("; ");
        let more = if unbegun.len() > 3 { format!(" and {} more", unbegun.len() - 3) } else { String::new() };
        pen.hang(Role::Text, &format!("{} ", glyphs.waiting), Role::Dim, &format!("not begun: {first}{more}"));
    }
}

fn named(pen: &mut Pen, role: Role, lead: &str, texts: &[String]) {
    let glyphs = pen.theme.glyphs;
    for text in texts.iter().take(NAMED) {
        pen.hang(role, &format!("{} ", glyphs.warning), role, &format!("{lead}{text}"));
    }
    if texts.len() > NAMED {
        pen.text(role, 2, &format!("{lead}{} more; the plan view has them all", texts.len() - NAMED));
    }
}
