//! Preconditions and proofs: symbol, title, value, sparkline, age, and how the gate stands.

use ratatui::text::Span;

use super::pen::Pen;
use crate::engine::Override;
use crate::plan::{Check, Plan, Reading, Verdict};
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
    let standing: Vec<&CheckNow> = blocking.iter().copied().filter(|now| !now.awaited).collect();
    let (awaited, all) = (gate.checks.iter().filter(|now| now.awaited).count(), gate.checks.len());
    match standing.len() {
        // Whoever only watches is told the readings that something was decided on, and no others.
        0 if awaited > 0 && model.watching() => (format!("{} NOT SEEN HERE", glyphs.unknown), Role::BadgeAttention, String::new()),
        0 if awaited > 0 => {
            let frame = glyphs.spinner[model.frame() % glyphs.spinner.len()];
            (format!("{frame} SAMPLING"), Role::BadgeAttention, format!("{} of {all} read", all - awaited))
        }
        0 => {
            let unknown = gate.checks.iter().filter(|now| !now.blocks() && matches!(now.verdict, Verdict::Unknown(_))).count();
            let parts = [(gate.warnings() - unknown, "warning", "warnings"), (unknown, "not known", "not known")];
            let parts = parts.iter().filter(|(n, ..)| *n > 0).map(|(n, one, many)| format!("{n} {}", if *n == 1 { one } else { many }));
            (format!("{} READY", glyphs.done), Role::BadgeGood, parts.collect::<Vec<_>>().join(", "))
        }
        n => (format!("{} BLOCKED by {n}", glyphs.failed), Role::BadgeBad, titles(&standing)),
    }
}

/// The standing of a gate as a line of the details.
pub(in crate::tui) fn write_standing(pen: &mut Pen, model: &Model, gate: &GateNow) {
    let (badge, role, words) = standing(model, gate);
    badge_line(pen, role, &format!(" {badge} "), &words);
}

/// A badge and its words: beside it where they fit, else below it, and never cut off.
fn badge_line(pen: &mut Pen, role: Role, badge: &str, words: &str) {
    let fits = width(badge) + 2 + width(words) <= pen.width;
    let mut spans = vec![pen.span(role, badge)];
    if fits && !words.is_empty() {
        spans.push(pen.span(Role::Text, format!("  {words}")));
    }
    pen.both(spans, Vec::new());
    if !fits {
        pen.text(Role::Text, 2, words);
    }
}

/// What a check was last seen to be, and, where nobody knows, why.
pub(in crate::tui) fn value(now: &CheckNow) -> String {
    match (&now.verdict, now.reading) {
        (Verdict::Unknown(why), Some(reading)) if reading.shown.is_empty() => why.clone(),
        (Verdict::Unknown(why), Some(reading)) if !matches!(reading.verdict, Verdict::Unknown(_)) => {
            format!("{} ({why})", reading.shown)
        }
        (Verdict::Unknown(why), Some(reading)) if !why.contains(&reading.shown) => format!("{}: {why}", reading.shown),
        (Verdict::Unknown(why), _) => why.clone(),
        (_, Some(reading)) => reading.shown.clone(),
        (_, None) => String::new(),
    }
}

/// What it should be, where that was seen not to hold and does not stand in its title.
pub(in crate::tui) fn wanted(plan: &Plan, now: &CheckNow) -> String {
    if now.verdict == Verdict::Fail { crate::view::wanted_words(plan, now.check) } else { String::new() }
}

/// What was not so when it was begun all the same, where anything was.
pub(in crate::tui) fn write_overridden(pen: &mut Pen, checks: &[Check], overrides: &[Override]) {
    if overrides.is_empty() {
        return;
    }
    let titles: Vec<&str> =
        checks.iter().filter(|check| overrides.iter().any(|given| given.check == check.id)).map(|check| check.title.as_str()).collect();
    let badge = format!(" {} {} OVERRIDDEN ", pen.theme.glyphs.warning, overrides.len());
    badge_line(pen, Role::BadgeAttention, &badge, &titles.join("; "));
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
        let mut value = value(now);
        if let Some(words) = model.state().map(|run| wanted(&run.plan, now)).filter(|words| !words.is_empty()) {
            value.push_str(&format!("; {words}"));
        }
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
