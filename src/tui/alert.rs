//! Calling somebody who looks elsewhere: the bell and the terminal's own notifications, once for each change of state. What is due is
//! found out here; the loop writes it.

use std::collections::HashSet;

use super::clipboard::Between;
use super::model::{Cmd, Model};
use super::text::clean;
use crate::engine::{Outcome, RunPhase, StepPhase};
use crate::plan::Confirm;

/// The longest text that is sent: a notification is a line.
const MOST: usize = 200;

/// What somebody is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Why {
    Waits,
    Blocked,
    Failed,
    Doubt,
    Unrecorded,
    Over,
}

/// Whom and for what: a step by its place and attempt, or the run.
type Call = (Why, Option<usize>, u32);

/// What was called out already.
#[derive(Debug, Default)]
pub(super) struct Alerts {
    /// Nothing is called out before the first look: who opens the screen sees what is there.
    begun: bool,
    rung: HashSet<Call>,
}

/// What has begun to want somebody since the last look, in one call. Nothing for a step whose own dialog is open: that person is here.
pub(super) fn due(model: &mut Model) -> Option<Cmd> {
    let all = calls(model);
    let here = model.dialogs.last().and_then(|dialog| dialog.kind.step());
    let alerts = &mut model.alerts;
    let new: Vec<Call> = all.into_iter().filter(|call| alerts.rung.insert(*call)).collect();
    // The first look at a run is that of whoever opens the screen.
    if !std::mem::replace(&mut alerts.begun, model.run.state.is_some()) {
        return None;
    }
    let new: Vec<Call> = new.into_iter().filter(|(_, step, _)| step.is_none() || *step != here).collect();
    let text = words(model, &new)?;
    model.options.bell.then_some(Cmd::Alert(text))
}

/// Everything that wants somebody now.
fn calls(model: &Model) -> Vec<Call> {
    let Some(state) = model.state() else { return Vec::new() };
    let mut calls: Vec<Call> = Vec::new();
    if model.unrecorded.is_some() {
        calls.push((Why::Unrecorded, None, 0));
    }
    if matches!(state.phase, RunPhase::Finished { .. }) {
        calls.push((Why::Over, None, 0));
        return calls;
    }
    for index in &model.run.tally.failing {
        calls.extend(model.step(*index).map(|(_, step)| (Why::Failed, Some(*index), step.attempt)));
    }
    for index in model.waiting() {
        let Some((plan, step)) = model.step(index) else { continue };
        let why = match step.phase {
            StepPhase::InDoubt { .. } => Why::Doubt,
            StepPhase::Failed => continue,
            _ if model.blocked(index).is_some() => Why::Blocked,
            // It goes on by itself in a moment.
            _ if plan.confirm == Confirm::None => continue,
            _ => Why::Waits,
        };
        calls.push((why, Some(index), step.attempt));
    }
    calls
}

/// The calls as one line: the worst by its name, the others counted.
fn words(model: &Model, calls: &[Call]) -> Option<String> {
    let state = model.state()?;
    let rank = |why: &Why| match why {
        Why::Unrecorded => 0,
        Why::Failed => 1,
        Why::Doubt => 2,
        Why::Over => 3,
        Why::Blocked => 4,
        Why::Waits => 5,
    };
    let (why, step, _) = calls.iter().min_by_key(|(why, ..)| rank(why))?;
    let title = step.and_then(|index| model.step(index)).map(|(plan, _)| clean(&plan.title).into_owned()).unwrap_or_default();
    let whom = if model.watching() { "a person" } else { "you" };
    let what = match why {
        Why::Unrecorded => "THE RECORD CANNOT BE WRITTEN".to_owned(),
        Why::Failed => format!("FAILED: {title}"),
        Why::Doubt => format!("IN DOUBT, decide: {title}"),
        Why::Blocked => format!("blocked: {title}"),
        Why::Waits => format!("waits for {whom}: {title}"),
        Why::Over => match &state.phase {
            RunPhase::Finished { outcome: Outcome::Succeeded, .. } => "done: the run succeeded".to_owned(),
            RunPhase::Finished { outcome, .. } => format!("over: the run {}", crate::view::outcome_word(*outcome)),
            _ => "over".to_owned(),
        },
    };
    let more = if calls.len() > 1 { format!(" (and {} more)", calls.len() - 1) } else { String::new() };
    Some(format!("{} {}: {what}{more}", clean(&state.kind_words()), clean(&state.plan.name)))
}

/// The bytes that ring the bell and show the text: BEL, OSC 9 and OSC 777, through tmux and screen where one of them is between. All of
/// them are dropped by a terminal that does not know them.
pub(super) fn sequence(text: &str, between: Between) -> String {
    // A semicolon would end the text of OSC 777.
    let text: String = clean(text).chars().map(|c| if c == ';' { ',' } else { c }).take(MOST).collect();
    let nine = format!("\u{1b}]9;lifeboat {text}\u{7}");
    let seven = format!("\u{1b}]777;notify;lifeboat;{text}\u{7}");
    format!("\u{7}{}{}", between.wrap(&nine), between.wrap(&seven))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_sequences_are_those_that_terminals_know() {
        let nine = "\u{1b}]9;lifeboat LIVE x: FAILED: y\u{7}";
        let seven = "\u{1b}]777;notify;lifeboat;LIVE x: FAILED: y\u{7}";
        assert_eq!(sequence("LIVE x: FAILED: y", Between::Nothing), format!("\u{7}{nine}{seven}"));
        let wrapped = |inner: &str| format!("\u{1b}Ptmux;{}\u{1b}\\", inner.replace('\u{1b}', "\u{1b}\u{1b}"));
        assert_eq!(sequence("LIVE x: FAILED: y", Between::Tmux), format!("\u{7}{}{}", wrapped(nine), wrapped(seven)));
    }

    proptest! {
        #[test]
        fn nothing_from_outside_controls_the_terminal(text in any::<String>()) {
            let sent = sequence(&text, Between::Nothing);
            prop_assert_eq!(sent.chars().filter(|c| *c == '\u{1b}').count(), 2);
            prop_assert_eq!(sent.chars().filter(|c| *c == '\u{7}').count(), 3);
            let stray = sent.chars().any(|c| c.is_control() && !matches!(c, '\u{1b}' | '\u{7}'));
            prop_assert!(!stray);
            prop_assert_eq!(sent.matches(';').count(), 1 + 3);
        }
    }
}
