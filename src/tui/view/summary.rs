//! How the run ended.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::pen::Pen;
use super::{details, pane};
use crate::engine::{Outcome, RunPhase, State, StepPhase};
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::rows::plan_step;
use crate::tui::text::{clean, clock, pad, short};
use crate::tui::theme::Role;
use crate::tui::words;
use crate::view::{RecoveryPoint, RecoveryTime, worked};

/// Draws it on the whole body.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    pane::lines(frame, model, area, "Outcome", true, &content(model, area.width), model.details_scroll);
}

/// How far it can be scrolled.
pub(in crate::tui) fn overflow(model: &Model) -> usize {
    let area = layout::areas(model).summary;
    content(model, area.width).len().saturating_sub(usize::from(area.height.saturating_sub(2)))
}

fn content(model: &Model, width: u16) -> Vec<Line<'static>> {
    let mut pen = Pen::new(&model.theme, usize::from(width.saturating_sub(2)));
    let Some(state) = model.state() else { return pen.lines };
    let RunPhase::Finished { outcome, reason } = &state.phase else { return pen.lines };
    let shown = words::outcome(*outcome, pen.theme.glyphs);
    let badge = vec![
        pen.span(shown.role, format!(" {} {} ", shown.symbol, shown.word)),
        pen.span(Role::Strong, format!("  {}", clean(&state.plan.title))),
    ];
    pen.both(badge, Vec::new());
    pen.text(Role::Text, 0, reason);
    pen.text(Role::Dim, 0, details::kind_sentence(state.kind));
    objectives(&mut pen, model, state, *outcome);
    steps(&mut pen, model, state);
    decisions(&mut pen, state);
    pen.heading("Where things are");
    let record = model.options.record.display().to_string();
    if !record.is_empty() {
        pen.pair("Record", 9, Role::Text, &record);
    }
    pen.pair("Report", 9, Role::Text, &format!("lifeboat report {}", state.run));
    if let Some(failback) = state.plan.failback.as_ref().filter(|_| *outcome == Outcome::Succeeded && !state.rolling_back) {
        pen.pair("Way back", 9, Role::Text, &format!("{failback} (a runbook of its own, to be run deliberately)"));
    }
    pen.lines
}

fn objectives(pen: &mut Pen, model: &Model, state: &State, outcome: Outcome) {
    pen.heading("Objectives");
    let glyphs = pen.theme.glyphs;
    let rto = RecoveryTime::of(state, &model.run.watch, model.now);
    let took = clock(rto.gone);
    let recovered = outcome == Outcome::Succeeded;
    let (symbol, role, text) = match (recovered, rto.objective, rto.left()) {
        (false, ..) => (glyphs.failed, Role::Bad, format!("not reached: the run ended {took} after the outage began, short of its goal")),
        (true, Some(objective), Some(Ok(spare))) => (
            glyphs.done,
            Role::Good,
            format!("{took} from the outage to the end; objective {}, {} to spare", short(objective), clock(spare)),
        ),
        (true, Some(objective), Some(Err(over))) => (
            glyphs.failed,
            Role::Bad,
            format!("{took} from the outage to the end; objective {}, MISSED by {}", short(objective), clock(over)),
        ),
        _ => (glyphs.dot, Role::Text, format!("{took} from the outage to the end; no objective")),
    };
    pen.hang(role, &format!("{symbol} RTO  "), role, &text);
    let rpo = RecoveryPoint::of(&model.run);
    let (symbol, role, text) = match (rpo.accepted, rpo.objective) {
        (Some(lag), Some(objective)) if lag <= objective => {
            (glyphs.done, Role::Good, format!("{} of data accepted as lost; objective {}", short(lag), short(objective)))
        }
        (Some(lag), Some(objective)) => {
            (glyphs.failed, Role::Bad, format!("{} of data accepted as lost; objective {}: MISSED", short(lag), short(objective)))
        }
        (Some(lag), None) => (glyphs.dot, Role::Text, format!("{} of data accepted as lost; no objective", short(lag))),
        (None, _) => (glyphs.dot, Role::Dim, "no step took a decision on a lag".into()),
    };
    pen.hang(role, &format!("{symbol} RPO  "), role, &text);
}

fn steps(pen: &mut Pen, model: &Model, state: &State) {
    pen.heading("Steps: how long each took, against what is usual");
    for (index, (id, step)) in state.steps.iter().enumerate().filter(|(_, (_, step))| step.phase != StepPhase::Dormant) {
        let Some(plan) = plan_step(&state.plan, index) else { continue };
        let shown = words::step(step, pen.theme.glyphs, 0);
        let expected = Duration::try_from_secs_f64(plan.expected).unwrap_or_default();
        let took = worked(plan, step, &model.run.watch, state.last)
            .filter(|_| step.times.ended.is_some() && !matches!(step.phase, StepPhase::Skipped { .. }));
        let late = took.is_some_and(|took| took > expected + expected / 2);
        let title = if index >= state.plan.steps.len() { id.to_string() } else { plan.title.clone() };
        let left = vec![
            pen.span(shown.role, format!("{} {} ", shown.symbol, pad(shown.word, 12, ""))),
            pen.span(Role::Text, clean(&title).into_owned()),
        ];
        let took = took.map_or_else(String::new, clock);
        let right = vec![
            pen.span(if late { Role::Attention } else { Role::Text }, format!("{took:>8}")),
            pen.span(Role::Dim, format!("  about {:>7}", clock(expected))),
            pen.span(Role::Attention, if late { "  slow" } else { "      " }),
        ];
        pen.both(left, right);
    }
}

/// Overrides and skips: what somebody will be asked about tomorrow.
fn decisions(pen: &mut Pen, state: &State) {
    let mut lines: Vec<String> = Vec::new();
    let title = |check: &crate::id::CheckId| state.plan.check(check).map_or_else(|| check.to_string(), |check| check.title.clone());
    for given in &state.gate_overrides {
        lines.push(format!("overridden for the run: {}: {}", title(&given.check), given.reason));
    }
    for (id, step) in state.steps.iter() {
        for given in step.confirmation.iter().flat_map(|confirmation| &confirmation.overrides) {
            lines.push(format!("overridden for {id} by {}: {}: {}", confirmed_by(step), title(&given.check), given.reason));
        }
        match &step.phase {
            StepPhase::Skipped { reason } => lines.push(format!("left out {id}: {reason}")),
            StepPhase::Failed => {
                if let Some(failure) = &step.failure {
                    lines.push(format!("failed {id}: {failure}"));
                }
            }
            phase if phase.is_in_flight() || phase.waits_for_person() => lines.push(format!("not ended {id}: {}", words::doing(phase))),
            _ => {}
        }
        if step.taken_over {
            lines.push(format!("done by hand: {id}"));
        }
    }
    if lines.is_empty() {
        return;
    }
    pen.heading("Decisions and deviations");
    for line in lines {
        pen.hang(Role::Text, &format!("{} ", pen.theme.glyphs.warning), Role::Attention, &line);
    }
}

fn confirmed_by(step: &crate::engine::StepState) -> &str {
    step.confirmation.as_ref().map_or("", |confirmation| &confirmation.by.name)
}
