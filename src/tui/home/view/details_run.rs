//! The selected run in full.

use super::details::LABEL;
use super::words::{age, driver, standing};
use crate::engine::RunKind;
use crate::journal::Standing;
use crate::tui::home::data::Run;
use crate::tui::home::keymap::{Do, name};
use crate::tui::home::model::Model;
use crate::tui::text::clock;
use crate::tui::theme::Role;
use crate::tui::view::pen::Pen;

/// Writes it.
pub(super) fn write(pen: &mut Pen, model: &Model, run: &Run) {
    let glyphs = pen.theme.glyphs;
    let info = match &run.info {
        Ok(info) => info,
        Err(why) => return unreadable(pen, run, why),
    };
    let (symbol, role, word) = standing(run, glyphs);
    let kind = match (info.kind, &info.world) {
        (RunKind::Drill, Some(world)) => format!("DRILL in {world}"),
        (kind, _) => kind.word().to_owned(),
    };
    pen.hang(role, &format!("{symbol} "), role, &format!("{kind}: {word}"));
    if let Standing::Finished { reason, .. } | Standing::Paused { reason } = &info.standing
        && !reason.is_empty()
    {
        pen.text(Role::Text, 2, reason);
    }
    match driver(info) {
        Some(who) if !run.finished() => {
            pen.hang(Role::Running, "  ", Role::Running, &format!("driven by {who}"));
            pen.text(Role::Text, 2, &format!("Press {} to watch it: nothing can be asked of it from here.", name(Do::Watch)));
        }
        _ if !run.finished() => {
            pen.text(Role::Text, 2, &format!("Nobody drives it. Press {} to resume it: it looks at the world first.", name(Do::Resume)));
        }
        _ => pen.text(Role::Text, 2, &format!("Press {} to read its report.", name(Do::Report))),
    }
    pen.blank();
    let mut fact = |label: &str, value: String| pen.pair(label, LABEL, Role::Text, &value);
    fact("Runbook", format!("{} ({})", info.title, info.name));
    fact("Run", run.run.to_string());
    fact("By", format!("{} on {}", info.by.name, info.by.host));
    if let Some(begun) = run.begun {
        fact("Begun", format!("{} ({})", age(model.now, begun), begun.strftime("%Y-%m-%d %H:%M:%SZ")));
    }
    let took = run.took().map(clock).unwrap_or_default();
    // A drill's time is its world's: it says how long the real thing would have taken.
    let whose = if info.kind == RunKind::Drill { " by the clock of its world" } else { "" };
    fact(if run.finished() { "Took" } else { "So far" }, format!("{took}{whose}"));
    fact("Record", format!("{} ({} records)", run.folder.display(), info.records));
}

fn unreadable(pen: &mut Pen, run: &Run, why: &str) {
    pen.hang(Role::Bad, &format!("{} ", pen.theme.glyphs.failed), Role::Bad, "Its record cannot be read.");
    pen.text(Role::Text, 2, why);
    pen.blank();
    pen.text(Role::Text, 0, "It may be a run that is not over. What is wrong with it, and where:");
    pen.text(Role::Key, 2, &format!("lifeboat verify {}", run.run));
    pen.blank();
    pen.pair("Record", LABEL, Role::Text, &run.folder.display().to_string());
}
