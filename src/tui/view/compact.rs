//! A run that is only watched, on a screen too small to drive one: a phone, a split of tmux. What world, the clock, what failed, what
//! waits, what is under way; as many lines as there are.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{header, status};
use crate::engine::{RunPhase, State, StepPhase};
use crate::tui::model::Model;
use crate::tui::text::{clean, clock, fit, utc, width, wrap};
use crate::tui::theme::Role;
use crate::tui::words;
use crate::view::worked;

/// Draws it.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, area: Rect) {
    let columns = usize::from(area.width);
    let mut lines = match model.state() {
        Some(state) => content(model, state, columns),
        None => vec![Line::raw("opening the run")],
    };
    lines.truncate(usize::from(area.height));
    frame.render_widget(Paragraph::new(lines), area);
}

fn content(model: &Model, state: &State, columns: usize) -> Vec<Line<'static>> {
    let theme = &model.theme;
    let mut lines = Vec::new();
    let badge = format!(" {} ", clean(&state.kind_words()));
    let name = fit(&state.plan.name, columns.saturating_sub(width(&badge) + 12), theme.glyphs.ellipsis);
    lines.push(Line::from(vec![
        Span::styled(badge, theme.kind_badge(state.kind)),
        Span::styled(format!(" {name} "), theme.style(Role::Strong)),
        Span::styled(utc(model.now.wall), theme.style(Role::Text)),
    ]));
    let (clocks, role) = header::clocks(model, state);
    put(model, &mut lines, role, &clocks, columns);
    if let Some(since) = model.left_alone {
        put(model, &mut lines, Role::Attention, &format!("{} nobody drives since {}; q leaves", theme.glyphs.warning, utc(since)), columns);
    }
    if let Some(why) = &model.unrecorded {
        put(model, &mut lines, Role::Bad, &format!("{} THE RECORD CANNOT BE WRITTEN: {why}", theme.glyphs.failed), columns);
    }
    if let Some(driver) = model.options.watching.as_deref().filter(|_| model.left_alone.is_none()) {
        put(model, &mut lines, Role::Dim, &format!("driven by {driver}"), columns);
    }
    match &state.phase {
        RunPhase::Finished { outcome, reason } => {
            let shown = words::outcome(*outcome, theme.glyphs);
            put(model, &mut lines, Role::Strong, &format!("{} {}: {reason}", shown.symbol, shown.word), columns);
        }
        RunPhase::Running => {
            let parts = status::shortest(model, state);
            let text: Vec<&str> = parts.iter().map(|(text, _)| text.trim()).collect();
            let role = parts.first().map_or(Role::Text, |(_, role)| *role);
            put(model, &mut lines, role, &text.join("  "), columns);
            steps(model, &mut lines, columns);
        }
        _ => put(model, &mut lines, Role::Text, "before the gate", columns),
    }
    lines
}

/// What failed with why, then what waits, then what is under way.
fn steps(model: &Model, lines: &mut Vec<Line<'static>>, columns: usize) {
    let tally = &model.run.tally;
    let waiting = tally.waiting.iter().filter(|index| !tally.failing.contains(index));
    for index in tally.failing.iter().chain(waiting).chain(&tally.in_flight) {
        let Some((plan, step)) = model.step(*index) else { continue };
        let shown = words::of(model, *index, step);
        let took = worked(plan, step, &model.run.watch, model.now).filter(|_| step.phase.is_in_flight());
        let took = took.map(|took| format!(" {}", clock(took))).unwrap_or_default();
        let mut text = format!("{} {}{took}: {}", shown.symbol, shown.word, plan.title);
        if let Some(failure) = step.failure.as_ref().filter(|_| step.phase == StepPhase::Failed) {
            text.push_str(&format!(": {}", failure.message));
        }
        put(model, lines, shown.role, &text, columns);
    }
}

fn put(model: &Model, lines: &mut Vec<Line<'static>>, role: Role, text: &str, columns: usize) {
    for line in wrap(&clean(text), columns) {
        lines.push(Line::styled(line, model.theme.style(role)));
    }
}
