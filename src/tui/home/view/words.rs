//! One word, one symbol and one colour for everything on the home screen.

use jiff::Timestamp;

use crate::journal::{RunInfo, Standing};
use crate::tui::glyphs::Glyphs;
use crate::tui::home::data::{Book, Run};
use crate::tui::theme::Role;
use crate::tui::words::{Shown, outcome};

/// How long ago, in at most eight columns: `just now`, `5m ago`, `12d ago`, `Nov 2025`.
pub(super) fn age(now: Timestamp, at: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs();
    match seconds {
        ..60 => "just now".into(),
        60..3_600 => format!("{}m ago", seconds / 60),
        3_600..172_800 => format!("{}h ago", seconds / 3_600),
        172_800..8_640_000 => format!("{}d ago", seconds / 86_400),
        _ => at.strftime("%b %Y").to_string(),
    }
}

/// `1 warning`, `3 warnings`.
pub(super) fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// How a runbook checks: symbol, colour, words.
pub(super) fn check(book: &Book, glyphs: &Glyphs) -> (&'static str, Role, String) {
    match book.counts {
        (0, 0) => (glyphs.done, Role::Good, "ok".into()),
        (0, warnings) => (glyphs.warning, Role::Attention, counted(warnings, "warning")),
        (errors, _) => (glyphs.failed, Role::Bad, counted(errors, "error")),
    }
}

/// Where a run stands: symbol, colour and a word or two.
pub(super) fn standing(run: &Run, glyphs: &'static Glyphs) -> (&'static str, Role, &'static str) {
    let info = match &run.info {
        Ok(info) => info,
        Err(_) => return (glyphs.failed, Role::Bad, "unreadable"),
    };
    match (&info.standing, &info.driver) {
        (Standing::Finished { outcome: how, .. }, _) => ended(outcome(*how, glyphs)),
        (_, Some(_)) => (glyphs.spinner[0], Role::Running, "driven now"),
        (Standing::Paused { .. }, None) => (glyphs.attention, Role::Attention, "paused"),
        (Standing::Open, None) => (glyphs.unknown, Role::Attention, "interrupted"),
    }
}

/// An outcome outside a badge.
fn ended(shown: Shown) -> (&'static str, Role, &'static str) {
    let (role, word) = match shown.role {
        Role::BadgeGood => (Role::Good, "succeeded"),
        Role::BadgeAttention => (Role::Attention, "rolled back"),
        _ => (
            Role::Bad,
            match shown.word {
                "ABORTED" => "aborted",
                "REFUSED" => "refused",
                _ => "failed",
            },
        ),
    };
    (shown.symbol, role, word)
}

/// Who drives a run now, as far as that is known.
pub(super) fn driver(info: &RunInfo) -> Option<String> {
    let driver = info.driver.as_ref()?;
    Some(driver.as_ref().map_or_else(|| "another process".to_owned(), ToString::to_string))
}
