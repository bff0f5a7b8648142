//! What all changes of a run put at risk together.

use super::pen::Pen;
use crate::engine::{RunKind, State};
use crate::tui::model::Model;
use crate::tui::rows::Selected;
use crate::tui::theme::Role;

/// `us-east-1, eu-west-1 and global`: what is in no region comes last.
fn all_of(regions: &[&str]) -> String {
    let (global, mut named): (Vec<&str>, Vec<&str>) = regions.iter().partition(|region| **region == "global");
    named.extend(global);
    match named.as_slice() {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        all => all.join(""),
    }
}

/// Writes it.
pub(in crate::tui) fn write(pen: &mut Pen, model: &Model, state: &State) {
    let radius = &model.changes.radius;
    let glyphs = pen.theme.glyphs;
    let pointer = if model.selected == Selected::Run { glyphs.pointer } else { " " };
    let steps = count(radius.steps, "step", "steps");
    let regions: Vec<&str> = radius.regions.iter().map(String::as_str).collect();
    let place = match regions.len() {
        0 => String::new(),
        1 => format!(" in {}", regions[0]),
        _ => format!(" in {}", all_of(&regions)),
    };
    let what = match radius.changing {
        0 => format!("{steps}; none of them changes anything"),
        1 => format!("{steps}; 1 changes something{place}"),
        n => format!("{steps}; {n} change something{place}"),
    };
    pen.hang(Role::Strong, &format!("{pointer} "), Role::Text, &what);
    let mut known = match radius.changing - radius.known {
        _ if radius.changing == 0 => String::new(),
        n if n == radius.changing => "no change has been looked at yet: below is what the parameters say".to_owned(),
        0 => format!("{} known, every change looked at", count(radius.resources, "resource", "resources")),
        n => format!(
            "{} known so far; {} not been looked at yet and {} by the parameters below",
            count(radius.resources, "resource", "resources"),
            if n == 1 { "1 change has".to_owned() } else { format!("{n} changes have") },
            if n == 1 { "is told" } else { "are told" },
        ),
    };
    if radius.already > 0 {
        known.push_str(&format!("; {} already as wanted", radius.already));
    }
    if !known.is_empty() {
        pen.text(Role::Text, 2, &known);
    }
    if radius.irreversible > 0 {
        pen.hang(Role::Bad, &format!("  {} ", glyphs.warning), Role::Bad, &format!("{} CANNOT BE UNDONE", radius.irreversible));
    } else if radius.changing > 0 && radius.unknown == 0 {
        pen.text(Role::Good, 2, "every change can be undone");
    }
    if radius.unknown > 0 {
        let what = match radius.unknown {
            1 => "nobody knows whether 1 command can be undone".to_owned(),
            n => format!("nobody knows whether {n} commands can be undone"),
        };
        pen.hang(Role::Attention, &format!("  {} ", glyphs.warning), Role::Attention, &what);
    }
    if radius.losing > 0 {
        let what = count(radius.losing, "change LOSES DATA", "changes LOSE DATA");
        pen.hang(Role::Bad, &format!("  {} ", glyphs.warning), Role::Bad, &what);
    }
    if radius.without_rollback > 0 {
        let what = format!(
            "{} could be undone, but the runbook has no rollback for {}",
            radius.without_rollback,
            if radius.without_rollback == 1 { "it" } else { "them" }
        );
        pen.hang(Role::Attention, &format!("  {} ", glyphs.warning), Role::Attention, &what);
    }
    let asks = match (state.kind, radius.asking) {
        (RunKind::DryRun, _) => "a dry run calls nothing and asks for nothing".to_owned(),
        (_, 0) => "no step asks for a confirmation".to_owned(),
        (_, 1) => "1 step asks for a confirmation before it is run".to_owned(),
        (_, n) => format!("{n} steps ask for a confirmation before they are run"),
    };
    pen.text(Role::Text, 2, &asks);
    pen.blank();
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
