//! How the run ended.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::pen::Pen;
use super::{details, pane, summary_left};
use crate::engine::{Outcome, RunKind, RunPhase, State, StepPhase};
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::rows::plan_step;
use crate::tui::text::{clean, clock, pad, short};
use crate::tui::theme::Role;
use crate::tui::words;
use crate::view::{RecoveryPoint, RecoveryTime, worked};

/// Draws it on the whole body.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    pane::lines(frame, model, area, "Outcome", true, &model.outcome.lines, model.details_scroll);
}

/// How far it can be scrolled.
pub(in crate::tui) fn overflow(model: &Model) -> usize {
    let area = layout::areas(model).summary;
    model.outcome.lines.len().saturating_sub(usize::from(area.height.saturating_sub(2)))
}

/// Its lines. They are kept in the model: a run that is over does not change, and every step is looked at for them.
pub(in crate::tui) fn content(model: &Model, width: u16) -> Vec<Line<'static>> {
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
    pen.text(Role::Dim, 0, &details::kind_sentence(state));
    if *outcome == Outcome::Refused {
        pen.blank();
        pen.text(Role::Strong, 0, "Nothing was begun and nothing was changed. Put right what is said above, then start the run anew.");
    } else {
        objectives(&mut pen, model, state, *outcome);
    }
    summary_left::write(&mut pen, state, *outcome);
    // Nothing was begun, or nothing was called: nothing took a time to compare.
    if *outcome != Outcome::Refused && state.kind != RunKind::DryRun {
        slowest(&mut pen, model, state);
    }
    decisions(&mut pen, state);
    whereabouts(&mut pen, model, state, *outcome);
    steps(&mut pen, model, state);
    pen.lines
}

/// The record, the report, the way back.
fn whereabouts(pen: &mut Pen, model: &Model, state: &State, outcome: Outcome) {
    pen.heading("What now");
    let record = model.options.record.display().to_string();
    if !record.is_empty() {
        pen.pair("Record", 9, Role::Text, &record);
    }
    pen.pair("Report", 9, Role::Text, &format!("lifeboat report {}", state.run));
    if let Some(failback) = state.plan.failback.as_ref().filter(|_| outcome == Outcome::Succeeded && !state.rolling_back) {
        let folder = model.run.runbook.as_ref().and_then(|runbook| Path::new(runbook).parent());
        let path = folder.map_or_else(|| PathBuf::from(failback), |folder| folder.join(failback)).display().to_string();
        // In quotes where a shell would take it apart.
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@,".contains(c);
        let path = if path.chars().all(plain) { path } else { format!("'{}'", path.replace('\'', "'\\''")) };
        let command = match state.kind {
            RunKind::Live => format!("lifeboat run {path}"),
            RunKind::DryRun => format!("lifeboat run --dry-run {path}"),
            RunKind::Drill => format!("lifeboat drill {path}"),
        };
        pen.pair("Way back", 9, Role::Strong, &command);
        let note = "the failback runbook; nothing begins it by itself";
        let first = if state.kind == RunKind::Live { "; add --dry-run to see first what it would do" } else { "" };
        pen.pair("", 9, Role::Dim, &format!("{note}{first}"));
    }
}

/// Steps named among the slowest.
const SLOWEST: usize = 5;

/// More steps than this are not listed one by one.
const LISTED: usize = 200;

/// The steps that took longer than usual, by how much.
fn slowest(pen: &mut Pen, model: &Model, state: &State) {
    let mut late: Vec<(Duration, Duration, &str)> = state
        .steps
        .values()
        .enumerate()
        .filter_map(|(place, step)| {
            let plan = plan_step(&state.plan, place)?;
            // Also one that was left under way: it was late all the same.
            let took = worked(plan, step, &model.run.watch, state.last).filter(|_| !matches!(step.phase, StepPhase::Skipped { .. }))?;
            let usual = Duration::try_from_secs_f64(plan.expected).unwrap_or_default();
            Some((took.checked_sub(usual)?, took, plan.title.as_str()))
        })
        .filter(|(over, ..)| over.as_secs() > 0)
        .collect();
    late.sort_by_key(|(over, ..)| std::cmp::Reverse(*over));
    pen.heading("Slowest, against what is usual");
    if late.is_empty() {
        pen.text(Role::Good, 0, "No step took longer than it usually does.");
    }
    for (over, took, title) in late.iter().take(SLOWEST) {
        let left =
            vec![pen.span(Role::Attention, format!("{} ", pen.theme.glyphs.warning)), pen.span(Role::Text, clean(title).into_owned())];
        let right = vec![pen.span(Role::Text, clock(*took)), pen.span(Role::Attention, format!("  {:>7} longer", clock(*over)))];
        pen.both(left, right);
    }
    if late.len() > SLOWEST {
        pen.text(Role::Dim, 2, &format!("and {} more took longer than usual; the gantt shows them", late.len() - SLOWEST));
    }
}

fn objectives(pen: &mut Pen, model: &Model, state: &State, outcome: Outcome) {
    pen.heading("Objectives");
    if state.kind == RunKind::DryRun {
        pen.text(Role::Text, 0, "A dry run recovers nothing: neither the RTO nor the RPO can be judged by it.");
        return;
    }
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
    let all = model.run.tally.all;
    if all > LISTED {
        pen.text(Role::Dim, 0, &format!("{all} steps: the steps view and the gantt have them all."));
        return;
    }
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
            // What was under way is among what is left.
            phase if phase.waits_for_person() => lines.push(format!("not ended {id}: {}", words::doing(phase))),
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
