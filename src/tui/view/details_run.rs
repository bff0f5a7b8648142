//! The run as a whole: what it is for, where it acts and as whom, what must hold before it begins.

use std::time::Duration;

use super::pen::Pen;
use super::{checks, details, markdown};
use crate::engine::{RunPhase, State};
use crate::tui::model::Model;
use crate::tui::text::short;
use crate::tui::theme::Role;

/// Writes it.
pub(in crate::tui) fn write(pen: &mut Pen, model: &Model) {
    let Some(state) = model.state() else {
        pen.text(Role::Dim, 0, "Nothing has been recorded yet.");
        return;
    };
    let plan = &state.plan;
    pen.text(Role::Strong, 0, &plan.title);
    pen.text(Role::Text, 0, &details::kind_sentence(state));
    phase(pen, model, state);
    pen.heading("Preconditions of the run");
    if plan.preconditions.is_empty() {
        pen.text(Role::Dim, 0, "none");
    } else if matches!(state.phase, RunPhase::Identifying | RunPhase::Gate | RunPhase::Opening { .. }) || state.gate_readings.is_empty() {
        checks::write_live(pen, model, &model.run_gate(), &state.gate_overrides);
    } else {
        checks::write_recorded(pen, &plan.preconditions, &state.gate_readings, &state.gate_overrides);
    }
    targets(pen, state);
    if !plan.description.trim().is_empty() {
        pen.heading("What it does");
        markdown::write(pen, &plan.description);
    }
    facts(pen, state);
}

fn phase(pen: &mut Pen, model: &Model, state: &State) {
    pen.blank();
    match &state.phase {
        RunPhase::Identifying => pen.text(Role::Running, 0, "AWS is being asked who we are."),
        RunPhase::Gate => {
            let gate = model.run_gate();
            checks::write_standing(pen, model, &gate);
            let text = if model.watching() {
                "Readings are taken, and can be seen, where the run is driven."
            } else if gate.standing().next().is_some() {
                "Press enter to see what blocks. It can be overridden with a written reason."
            } else {
                "Press enter to begin the run."
            };
            pen.text(Role::Attention, 0, text);
        }
        RunPhase::Opening { .. } => pen.text(Role::Running, 0, "The preconditions are being checked once more."),
        RunPhase::Running => {
            if let Some(reason) = &state.paused {
                pen.hang(Role::Attention, "Paused    ", Role::Attention, reason);
            } else {
                pen.text(Role::Text, 0, "Under way.");
            }
            checks::write_overridden(pen, &state.plan.preconditions, &state.gate_overrides);
        }
        RunPhase::Finished { reason, .. } => pen.text(Role::Text, 0, reason),
    }
}

fn targets(pen: &mut Pen, state: &State) {
    if state.plan.targets.is_empty() {
        return;
    }
    pen.heading("Targets");
    for (id, target) in &state.plan.targets {
        let identity = state.identities.get(id);
        let account = identity.map(|identity| identity.account.clone()).or_else(|| target.account.clone()).unwrap_or_default();
        let glyphs = pen.theme.glyphs;
        let (symbol, role, who) = match identity {
            Some(identity) => (glyphs.done, Role::Good, identity.arn.as_str()),
            None => (glyphs.unknown, Role::Attention, "not identified yet"),
        };
        pen.hang(Role::Text, &format!("{symbol} "), role, &[id.as_str(), &target.region, &account].join(&format!(" {} ", glyphs.sep)));
        pen.text(Role::Dim, 2, who);
    }
}

fn facts(pen: &mut Pen, state: &State) {
    let plan = &state.plan;
    let seconds = |value: Option<f64>| value.and_then(|value| Duration::try_from_secs_f64(value).ok()).map_or("none".into(), short);
    pen.heading("Facts");
    let mut pairs = vec![
        ("Run", state.run.to_string()),
        ("Operator", format!("{} on {}", state.operator.name, state.operator.host)),
        ("Outage", format!("since {}", state.incident_start.strftime("%Y-%m-%d %H:%M:%SZ"))),
        ("RTO", seconds(plan.objectives.rto)),
        ("RPO", seconds(plan.objectives.rpo)),
    ];
    if let Some(world) = &state.world {
        pairs.push(("World", format!("{} (seed {})", world.name, world.seed)));
    }
    if let Some(impaired) = &plan.impaired {
        pairs.push(("Impaired", impaired.clone()));
    }
    if let Some(severity) = &plan.severity {
        pairs.push(("Severity", severity.clone()));
    }
    if !plan.owners.is_empty() {
        pairs.push(("Owners", plan.owners.join(", ")));
    }
    if let Some(failback) = &plan.failback {
        pairs.push(("Failback", failback.clone()));
    }
    pairs.push(("Plan", state.plan_digest.short().to_owned()));
    for (label, value) in pairs {
        pen.pair(label, 9, Role::Text, &value);
    }
    for (name, value) in &plan.params {
        pen.pair(&format!("param {name}"), 20, Role::Dim, &details::scalar(value));
    }
    for (name, place) in &plan.secrets {
        pen.pair(&format!("secret {name}"), 20, Role::Dim, &place.to_string());
    }
    for link in &plan.links {
        pen.pair(&link.title, 20, Role::Dim, &link.url);
    }
}
