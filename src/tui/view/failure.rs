//! A failure: its essence for the details, and the whole account for the screen that asks what to do about it.

use super::pen::Pen;
use crate::engine::StepState;
use crate::plan::{Failure, Step};
use crate::tui::explain::{self, LABEL, Part};
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::tui::words;
use crate::view::calls_nothing;

/// What came back, whether it happened, what to do; the whole account is behind Enter.
pub(in crate::tui) fn write_essence(pen: &mut Pen, plan: &Step, state: &StepState, failure: &Failure) {
    let code = failure.code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default();
    pen.hang(Role::Bad, "Failed    ", Role::Bad, &format!("{code}{}", failure.message));
    let (word, role, sentence) = words::happened(plan, state, failure);
    pen.pair("Happened", 9, role, word);
    pen.text(Role::Text, 10, sentence);
    if !failure.hint.is_empty() {
        pen.pair("Do", 9, Role::Strong, &failure.hint);
    }
    let place = [&failure.operation, &failure.resource, &failure.region].into_iter().filter(|part| !part.is_empty());
    let place = place.cloned().collect::<Vec<_>>().join(&format!(" {} ", pen.theme.glyphs.sep));
    if !place.is_empty() {
        pen.pair(if calls_nothing(plan, state) { "At" } else { "Called" }, 9, Role::Text, &place);
    }
    if let Some(request) = &failure.request_id {
        pen.pair("Request", 9, Role::Text, request);
    }
}

/// The whole account, with the last `log` lines of its log, and what cannot be chosen and why.
pub(in crate::tui) fn write_account(pen: &mut Pen, model: &Model, step: usize, log: usize) {
    let parts = explain::explain(model, step);
    let mut skip = parts.iter().filter(|part| matches!(part, Part::Log(..))).count().saturating_sub(log);
    for part in parts {
        match part {
            Part::Log(..) if skip > 0 => skip -= 1,
            Part::Heading(title) => pen.heading(title),
            Part::Fact("", role, text) => pen.text(role, 2, &text),
            Part::Fact(label, role, text) => pen.pair(&format!("  {label}"), LABEL + 2, role, &text),
            Part::Verdict(word, role, sentence) => {
                let badge =
                    vec![pen.span(Role::Text, "  "), pen.span(role, format!(" {word} ")), pen.span(Role::Text, format!(" {sentence}"))];
                if badge.iter().map(ratatui::text::Span::width).sum::<usize>() <= pen.width {
                    pen.both(badge, Vec::new());
                } else {
                    pen.hang(Role::Text, &format!("  {word}: "), Role::Bad, sentence);
                }
            }
            Part::Log(at, line) => pen.hang(Role::Text, &format!("  {at} "), Role::Dim, &line),
        }
    }
    let barred: Vec<_> = explain::offers(model, step).into_iter().filter_map(|offer| Some((offer.label, offer.not_now?))).collect();
    if !barred.is_empty() {
        pen.heading("What cannot be chosen now");
        for (label, why) in barred {
            pen.hang(Role::Dim, &format!("  {label}: "), Role::Dim, &why);
        }
    }
}
