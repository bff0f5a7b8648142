//! The list of steps.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::pane;
use super::pen::both;
use crate::engine::{RunPhase, StepPhase, StepState};
use crate::plan::Step;
use crate::tui::model::{Model, Pane};
use crate::tui::rows::{Branch, Row};
use crate::tui::text::{clean, clock, fit};
use crate::tui::theme::Role;
use crate::tui::words;
use crate::view::worked;

/// Draws the pane.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let focused = model.focus == Pane::Steps;
    let mut title = "Steps".to_owned();
    if model.watching() && !model.follow {
        // What to press is never cut off.
        title.push_str(if area.width < 42 { " (w follows the run)" } else { " (not following, w follows)" });
    }
    let mut block = pane::block(model, &title, focused, area.width);
    let inner = block.inner(area);
    let height = usize::from(inner.height);
    let offset = model.steps_offset.min(model.rows.len().saturating_sub(height));
    if let Some(foot) = pane::more(model, offset, model.rows.len().saturating_sub(offset + height)) {
        block = block.title_bottom(foot.right_aligned());
    }
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    let lines: Vec<Line> = model.rows.iter().skip(offset).take(height).map(|row| line(model, row, columns)).collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

fn line(model: &Model, row: &Row, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let selected = model.selected.is(row);
    let pointer = if selected { theme.glyphs.pointer } else { " " };
    let line = match row {
        Row::Run => run(model, pointer, columns),
        Row::Heading(phase) => {
            let title = fit(&format!(" {phase}"), columns, theme.glyphs.ellipsis);
            return Line::styled(title, theme.style(Role::Heading));
        }
        Row::Step { index, branch } => match model.step(*index) {
            Some((plan, state)) => step(model, pointer, *index, *branch, plan, state, columns),
            None => Line::default(),
        },
    };
    if selected { line.patch_style(theme.style(Role::Selected)) } else { line }
}

fn run(model: &Model, pointer: &str, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let glyphs = theme.glyphs;
    let Some(state) = model.state() else { return Line::default() };
    let (symbol, role, word) = match &state.phase {
        RunPhase::Identifying | RunPhase::Opening { .. } => {
            (glyphs.spinner[model.frame() % glyphs.spinner.len()], Role::Running, "checking")
        }
        RunPhase::Gate if model.run_gate().blocking().next().is_some() => (glyphs.attention, Role::Attention, "blocked"),
        RunPhase::Gate => (glyphs.attention, Role::Attention, "begin"),
        RunPhase::Running if state.paused.is_some() => (glyphs.attention, Role::Attention, "paused"),
        RunPhase::Running => (glyphs.done, Role::Good, "begun"),
        RunPhase::Finished { outcome, .. } => {
            let shown = words::outcome(*outcome, glyphs);
            (shown.symbol, Role::Strong, shown.word)
        }
    };
    let left = vec![
        Span::raw(format!("{pointer} ")),
        Span::styled(format!("{symbol} "), theme.style(role)),
        Span::styled("The run", theme.style(Role::Strong)),
    ];
    both(left, vec![Span::styled(word.to_owned(), theme.style(role))], columns, glyphs.ellipsis)
}

fn step(
    model: &Model,
    pointer: &str,
    index: usize,
    branch: Option<Branch>,
    plan: &Step,
    state: &StepState,
    columns: usize,
) -> Line<'static> {
    let theme = &model.theme;
    let glyphs = theme.glyphs;
    let shown = words::of(model, index, state);
    let rail = match branch {
        None => " ",
        Some(Branch::First) => glyphs.branch[0],
        Some(Branch::Middle) => glyphs.branch[1],
        Some(Branch::Last) => glyphs.branch[2],
    };
    let digits = model.state().map_or(1, |run| run.plan.steps.len().to_string().len());
    let number = match model.state() {
        Some(run) if index >= run.plan.steps.len() => format!("{:>digits$}", glyphs.rollback),
        _ => format!("{:>digits$}", index + 1),
    };
    let title_role = match state.phase {
        StepPhase::Waiting | StepPhase::Dormant | StepPhase::Skipped { .. } => Role::Dim,
        StepPhase::Proposed | StepPhase::Failed | StepPhase::InDoubt { undecided: true, .. } => Role::Strong,
        _ => Role::Text,
    };
    let left = vec![
        Span::raw(pointer.to_owned()),
        Span::styled(rail, theme.style(Role::Dim)),
        Span::styled(format!("{} ", shown.symbol), theme.style(shown.role)),
        Span::styled(format!("{number} "), theme.style(Role::Dim)),
        Span::styled(clean(&plan.title).into_owned(), theme.style(title_role)),
    ];
    both(left, right(model, plan, state, shown, columns), columns, glyphs.ellipsis)
}

/// Word, count and duration of a step, as far as there is room.
fn right(model: &Model, plan: &Step, state: &StepState, shown: words::Shown, columns: usize) -> Vec<Span<'static>> {
    let theme = &model.theme;
    let wide = columns >= 44;
    let took = worked(plan, state, &model.run.watch, model.now);
    let mut parts: Vec<(String, Role)> = Vec::new();
    match &state.phase {
        StepPhase::Waiting | StepPhase::Dormant => {
            if wide && plan.expected > 0.0 {
                let expected = std::time::Duration::try_from_secs_f64(plan.expected).unwrap_or_default();
                parts.push((format!("about {}", clock(expected)), Role::Dim));
            }
        }
        StepPhase::Skipped { .. } | StepPhase::Proposed => parts.push((shown.word.into(), shown.role)),
        phase if phase.is_in_flight() => {
            let counted = model.run.progress.get(&plan.id).and_then(|progress| progress.counted);
            match counted {
                Some((done, all)) => parts.push((format!("{done}/{all}"), shown.role)),
                None => parts.push((shown.word.into(), shown.role)),
            }
            if let Some(took) = took {
                parts.push((clock(took), Role::Text));
            }
        }
        _ => {
            if wide || !matches!(state.phase, StepPhase::Succeeded) || state.already || state.taken_over {
                parts.push((shown.word.into(), shown.role));
            }
            if let Some(took) = took.filter(|_| state.times.ended.is_some()) {
                parts.push((clock(took), Role::Text));
            }
        }
    }
    let mut spans = Vec::new();
    for (i, (text, role)) in parts.into_iter().enumerate() {
        if i > 0 {
            spans.push(Span::raw(" "));
        }
        spans.push(Span::styled(text, theme.style(role)));
    }
    spans
}
