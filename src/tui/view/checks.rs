//! Preconditions and proofs: symbol, title, value, sparkline, age, and how the gate stands.

use ratatui::text::Span;

use super::pen::Pen;
use crate::engine::Override;
use crate::plan::{Check, Reading, Verdict};
use crate::tui::model::Model;
use crate::tui::text::{ago, clean, fit, pad, width};
use crate::tui::theme::Role;
use crate::tui::words;
use crate::view::{CheckNow, GateNow};

/// Samples in a sparkline.
const SPARK: usize = 8;

/// How a gate stands: a badge, its colour, and what more there is to say.
pub(in crate::tui) fn standing(model: &Model, gate: &GateNow) -> (String, Role, String) {
    let glyphs = model.theme.glyphs;
    let blocking: Vec<&CheckNow> = gate.blocking().collect();
    let titles = |checks: &[&CheckNow]| checks.iter().map(|now| clean(&now.check.title).into_owned()).collect::<Vec<_>>().join("; ");
    let sampled = blocking.iter().any(|now| !now.awaited);
    match blocking.len() {
        0 => {
            let words = match gate.warnings() {
                0 => String::new(),
                1 => "1 warning".into(),
                n => format!("{n} warnings"),
            };
            (format!("{} READY", glyphs.done), Role::BadgeGood, words)
        }
        _ if !sampled && model.watching() => (format!("{} NOT SEEN HERE", glyphs.unknown), Role::BadgeAttention, String::new()),
        n if !sampled => (format!("{} NOT KNOWN YET", glyphs.unknown), Role::BadgeAttention, format!("{n} still being sampled")),
        n => (format!("{} BLOCKED by {n}", glyphs.failed), Role::BadgeBad, titles(&blocking)),
    }
}

/// The standing of a gate as a line of the details.
pub(in crate::tui) fn write_standing(pen: &mut Pen, model: &Model, gate: &GateNow) {
    let (badge, role, words) = standing(model, gate);
    let mut spans = vec![pen.span(role, format!(" {badge} "))];
    if !words.is_empty() {
        spans.push(pen.span(Role::Text, format!("  {words}")));
    }
    pen.both(spans, Vec::new());
}

/// What was not so when it was begun all the same, where anything was.
pub(in crate::tui) fn write_overridden(pen: &mut Pen, checks: &[Check], overrides: &[Override]) {
    if overrides.is_empty() {
        return;
    }
    let titles: Vec<&str> =
        checks.iter().filter(|check| overrides.iter().any(|given| given.check == check.id)).map(|check| check.title.as_str()).collect();
    let badge = pen.span(Role::BadgeAttention, format!(" {} {} OVERRIDDEN ", pen.theme.glyphs.warning, overrides.len()));
    let words = pen.span(Role::Text, format!("  {}", titles.join("; ")));
    pen.both(vec![badge, words], Vec::new());
}

/// How a check is shown that was overridden: what does not hold does not block any more.
fn overridden(shown: words::Shown) -> words::Shown {
    words::Shown { word: "ignored", role: Role::Attention, ..shown }
}

/// Live checks, one or two lines each.
pub(in crate::tui) fn write_live(pen: &mut Pen, model: &Model, gate: &GateNow, overrides: &[Override]) {
    for now in &gate.checks {
        let shown = words::verdict(&now.verdict, now.check.severity, pen.theme.glyphs);
        let overridden = overrides.iter().find(|given| given.check == now.check.id);
        let value = match (&now.verdict, now.reading) {
            (Verdict::Unknown(why), Some(reading)) if reading.shown.is_empty() => why.clone(),
            (Verdict::Unknown(why), Some(reading)) if !matches!(reading.verdict, Verdict::Unknown(_)) => {
                format!("{} ({why})", reading.shown)
            }
            (Verdict::Unknown(why), Some(reading)) if !why.contains(&reading.shown) => format!("{}: {why}", reading.shown),
            (Verdict::Unknown(why), _) => why.clone(),
            (_, Some(reading)) => reading.shown.clone(),
            (_, None) => String::new(),
        };
        let spark = spark(model, now.check);
        write(pen, shown, &now.check.title, &value, &spark, &now.age.map(ago).unwrap_or_default());
        if let Some(given) = overridden {
            pen.hang(Role::Attention, "    overridden: ", Role::Attention, &given.reason);
        }
    }
}

/// Recorded readings, as they were when something was decided on them.
pub(in crate::tui) fn write_recorded(pen: &mut Pen, checks: &[Check], readings: &[Reading], overrides: &[Override]) {
    for check in checks {
        let Some(reading) = readings.iter().rev().find(|reading| reading.check == check.id) else { continue };
        let shown = words::verdict(&reading.verdict, check.severity, pen.theme.glyphs);
        let value = match &reading.verdict {
            Verdict::Unknown(why) if !why.contains(&reading.shown) => format!("{}: {why}", reading.shown),
            Verdict::Unknown(why) => why.clone(),
            _ => reading.shown.clone(),
        };
        let given = overrides.iter().find(|given| given.check == check.id);
        let shown = if given.is_some() && reading.verdict != Verdict::Pass { overridden(shown) } else { shown };
        write(pen, shown, &check.title, &value, "", &crate::tui::text::utc(reading.at.wall));
        if let Some(given) = given {
            pen.hang(Role::Attention, "    overridden: ", Role::Attention, &given.reason);
        }
    }
}

/// On one line where it fits: symbol, title, value, sparkline, age. Else the value goes below the title.
fn write(pen: &mut Pen, shown: words::Shown, title: &str, value: &str, spark: &str, age: &str) {
    let title = clean(title);
    let value = clean(value);
    let age = pad(age, 9, "");
    let mark = pen.theme.glyphs.ellipsis;
    let word = format!(" {}", pad(shown.word, 7, mark));
    let tail = if spark.is_empty() { String::new() } else { format!(" {spark}") };
    // symbol, word, title, value, sparkline, age, and the blanks between
    let together = 2 + width(&word) + 1 + width(&title) + 2 + width(&value) + width(&tail) + 1 + width(&age);
    let front = vec![pen.span(shown.role, format!("{}{word} ", shown.symbol)), pen.span(Role::Text, title.clone().into_owned())];
    let spark = pen.span(Role::Running, tail);
    let age = pen.span(Role::Dim, format!(" {age}"));
    if together <= pen.width {
        pen.both(front, vec![pen.span(shown.role, value.into_owned()), spark, age]);
        return;
    }
    pen.both(front, Vec::new());
    if !value.is_empty() || age.width() > 10 {
        let room = pen.width.saturating_sub(10 + spark.width() + age.width() + 1);
        if width(&value) <= room {
            let lead: Vec<Span<'static>> = vec![Span::raw(" ".repeat(10)), pen.span(shown.role, fit(&value, room, mark))];
            pen.both(lead, vec![spark, age]);
        } else {
            pen.hang(shown.role, &" ".repeat(10), Role::Text, &value);
            pen.both(vec![Span::raw(" ".repeat(10))], vec![spark, age]);
        }
    }
}

/// The last samples as heights between their least and their greatest; empty where there are no numbers.
fn spark(model: &Model, check: &Check) -> String {
    let Some(samples) = model.run.readings.get(&check.id) else { return String::new() };
    let numbers: Vec<f64> = samples.iter().rev().take(SPARK).filter_map(|reading| reading.number).filter(|n| n.is_finite()).collect();
    if numbers.len() < 2 {
        return String::new();
    }
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let most = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = most - least;
    let glyphs = model.theme.glyphs;
    let top = glyphs.spark.len() - 1;
    let height = |n: f64| {
        if span <= f64::EPSILON {
            return 0;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= value <= 7")]
        #[expect(clippy::cast_precision_loss, reason = "7 is exact")]
        let height = ((n - least) / span * top as f64).round() as usize;
        height.min(top)
    };
    numbers.iter().rev().map(|n| glyphs.spark[height(*n)]).collect()
}
