//! The marked entry of the timeline's own screen: moved by the arrow keys, kept in view and kept still while new entries come, and the way
//! to the step it is about.

use super::keymap::Do;
use super::model::{Model, Screen};
use super::rows::Selected;
use super::{layout, moving};
use crate::view::Entry;

/// The place of the marked entry among the shown ones: the newest while nobody has moved the mark, else the one that was marked, or the
/// next older that is shown.
pub(super) fn at(model: &Model) -> Option<usize> {
    let last = model.entries.len().checked_sub(1)?;
    let Some(seq) = model.marked else { return Some(last) };
    let place = model.run.timeline.partition_point(|entry| entry.seq <= seq).saturating_sub(1);
    Some(model.entries.nearest(place))
}

/// The marked entry.
pub(super) fn entry(model: &Model) -> Option<&Entry> {
    model.run.timeline.get(model.entries.place(at(model)?)?)
}

/// The step the marked entry is about.
pub(super) fn step(model: &Model) -> Option<usize> {
    let id = entry(model)?.step.as_ref()?;
    model.state()?.steps.get_index_of(id)
}

/// Moves the mark.
pub(super) fn go(model: &mut Model, what: Do) {
    let Some(at) = at(model) else { return };
    let last = model.entries.len().saturating_sub(1);
    let page = moving::page(layout::areas(model).timeline.height) / 2;
    let to = match what {
        Do::Up => at.saturating_sub(1),
        Do::Down => at + 1,
        Do::PageUp => at.saturating_sub(page.max(1)),
        Do::PageDown => at + page.max(1),
        Do::First => 0,
        _ => last,
    };
    put(model, to.min(last));
}

/// Marks the entry on a line of the pane, counted from its first.
pub(super) fn click(model: &mut Model, line: usize) {
    let height = height(model);
    let start = model.entries.lines().saturating_sub(model.timeline_back).saturating_sub(height);
    if let Some(at) = model.entries.on(start + line) {
        put(model, at);
    }
}

fn put(model: &mut Model, at: usize) {
    let newest = at + 1 == model.entries.len() && model.search.text.value().is_empty();
    // On the newest, it follows what comes.
    model.marked =
        if newest { None } else { model.entries.place(at).and_then(|place| model.run.timeline.get(place)).map(|entry| entry.seq) };
}

/// Marks the entry at a place in the timeline, or the nearest that is shown.
pub(super) fn go_to(model: &mut Model, place: usize) {
    let at = model.entries.nearest(place);
    put(model, at);
}

/// Scrolls so that the mark is in view.
pub(super) fn keep_in_view(model: &mut Model) {
    if model.screen != Screen::Timeline {
        return;
    }
    let Some(lines) = at(model).map(|at| model.entries.lines_at(at)) else { return };
    let (all, height) = (model.entries.lines(), height(model).max(1));
    let least = all.saturating_sub(lines.start + height);
    let most = all.saturating_sub(lines.end);
    // An entry longer than the pane shows its beginning.
    model.timeline_back = if least > most { least } else { model.timeline_back.clamp(least, most) };
}

fn height(model: &Model) -> usize {
    let typing = usize::from(model.search.typing);
    usize::from(layout::areas(model).timeline.height.saturating_sub(2)).saturating_sub(typing)
}

/// Goes to the step the marked entry is about.
pub(super) fn follow(model: &mut Model) {
    match step(model) {
        Some(index) => {
            model.follow = false;
            model.screen = Screen::Steps;
            model.select(Selected::Step(index));
        }
        None => model.complain("This entry is about the run, not about one step."),
    }
}
