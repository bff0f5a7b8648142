//! The line that says what goes on in a run: failures first and whole, then what is in doubt or blocked, then what waits. Where there is
//! little room what is less important is said in fewer words, and nothing that has failed is ever cut off by what waits.

use ratatui::text::Span;

use crate::engine::{State, StepPhase};
use crate::tui::keymap::{Do, name};
use crate::tui::model::Model;
use crate::tui::text::{clean, fit, width};
use crate::tui::theme::Role;

/// The ways to say it, from the longest to the shortest.
const WAYS: usize = 8;

/// The line, in so many columns.
pub(in crate::tui) fn running(model: &Model, state: &State, columns: usize) -> Vec<Span<'static>> {
    let parts = (0..WAYS).map(|way| parts(model, state, way)).find(|parts| length(parts) <= columns);
    let parts = parts.unwrap_or_else(|| shortest(model, state));
    let mut spans = Vec::new();
    for (i, (text, role)) in parts.into_iter().enumerate() {
        if i > 0 {
            spans.push(Span::raw("  "));
        }
        spans.push(Span::styled(text, model.theme.style(role)));
    }
    spans
}

fn length(parts: &[(String, Role)]) -> usize {
    parts.iter().map(|(text, _)| width(text) + 2).sum::<usize>().saturating_sub(2)
}

/// Everything by its number.
pub(in crate::tui) fn shortest(model: &Model, state: &State) -> Vec<(String, Role)> {
    parts(model, state, WAYS - 1)
}

/// What stands on the line; the higher `way` the shorter. The title of what failed is the last that is given up.
fn parts(model: &Model, state: &State, way: usize) -> Vec<(String, Role)> {
    let glyphs = model.theme.glyphs;
    let mut parts: Vec<(String, Role)> = Vec::new();
    let title = |index: usize| model.step(index).map(|(plan, _)| clean(&plan.title).into_owned()).unwrap_or_default();
    let tally = &model.run.tally;
    let failing: Vec<usize> = tally.failing.iter().copied().collect();
    match failing[..] {
        [] => {}
        [one] if way < 6 => parts.push((format!(" {} FAILED: {} ", glyphs.failed, title(one)), Role::BadgeBad)),
        [one] if way < 7 => parts.push((format!(" {} FAILED: {} ", glyphs.failed, fit(&title(one), 24, glyphs.ellipsis)), Role::BadgeBad)),
        _ => parts.push((format!(" {} {} FAILED ", glyphs.failed, failing.len()), Role::BadgeBad)),
    }
    let phase = |index: usize| model.step(index).map(|(_, step)| &step.phase);
    let doubtful: Vec<usize> = model.waiting().filter(|index| matches!(phase(*index), Some(StepPhase::InDoubt { .. }))).collect();
    match doubtful[..] {
        [] => {}
        [one] if way < 5 => parts.push((format!(" {} IN DOUBT: {} ", glyphs.unknown, title(one)), Role::BadgeBad)),
        _ => parts.push((format!(" {} {} IN DOUBT ", glyphs.unknown, doubtful.len()), Role::BadgeBad)),
    }
    if let Some(reason) = &state.paused {
        let why = if way < 4 { format!(": {}", fit(reason, 30, glyphs.ellipsis)) } else { String::new() };
        parts.push((format!(" PAUSED{why} "), Role::BadgeAttention));
    }
    if state.rolling_back {
        parts.push((format!(" {} ROLLING BACK ", glyphs.rollback), Role::BadgeAttention));
    }
    let (blocked, waiting): (Vec<usize>, Vec<usize>) =
        model.waiting().filter(|index| phase(*index) == Some(&StepPhase::Proposed)).partition(|index| model.blocked(*index).is_some());
    let count = waiting.len();
    let text = match waiting[..] {
        [] => None,
        _ if model.watching() && way < 4 => Some(format!(" {} {count} WAITING FOR A PERSON ", glyphs.attention)),
        [one] if way < 3 => Some(format!(" {} WAITS FOR YOU: {} ", glyphs.attention, title(one))),
        [_] if way < 4 => Some(format!(" {} 1 WAITS FOR YOU ", glyphs.attention)),
        _ if way < 4 => Some(format!(" {} {count} WAIT FOR YOU ", glyphs.attention)),
        [_] => Some(format!("{} 1 waits", glyphs.attention)),
        _ => Some(format!("{} {count} wait", glyphs.attention)),
    };
    let role = if way < 4 { Role::BadgeAttention } else { Role::Attention };
    parts.extend(text.map(|text| (text, role)));
    match blocked[..] {
        [] => {}
        [one] if way < 1 => parts.push((format!("{} BLOCKED: {}", glyphs.failed, title(one)), Role::Bad)),
        _ => parts.push((format!("{} {} blocked", glyphs.failed, blocked.len()), Role::Bad)),
    }
    parts.extend(new(model, way));
    let busy = tally.in_flight.len();
    if busy > 0 {
        let frame = glyphs.spinner[model.frame() % glyphs.spinner.len()];
        parts.push((if way < 2 { format!("{frame} {busy} under way") } else { format!("{frame} {busy}") }, Role::Running));
    }
    let skipped = if tally.skipped > 0 { format!(", {} skipped", tally.skipped) } else { String::new() };
    match way {
        0..=1 => parts.push((format!("{} {} of {} done{skipped}", glyphs.done, tally.done, tally.all), Role::Text)),
        2 | 3 => parts.push((format!("{} {}/{}{skipped}", glyphs.done, tally.done, tally.all), Role::Text)),
        _ => {}
    }
    if let Some(driver) = model.options.watching.as_deref().filter(|_| way < 2) {
        parts.push((format!("driven by {}", clean(driver)), Role::Dim));
    }
    parts
}

/// What began to want somebody elsewhere. What failed is named already where there is room for little.
fn new(model: &Model, way: usize) -> Option<(String, Role)> {
    let flag = model.flag.filter(|_| model.waiting().nth(1).is_some())?;
    let (plan, step) = model.step(flag)?;
    let go = name(Do::Waiting);
    let failed = step.phase == StepPhase::Failed;
    let word = if failed { " FAILED" } else { "" };
    let text = match way {
        0 => format!("NEW: {}{word} ({go} goes there)", fit(&plan.title, 32, model.theme.glyphs.ellipsis)),
        1 | 2 => format!("NEW{word}: {go} goes there"),
        3 => format!("NEW{word}: {go}"),
        _ => return None,
    };
    Some((text, if failed { Role::Bad } else { Role::Attention }))
}
