//! The dialogs there are and how each one opens.

use super::field::{Field, FieldKind, Form};
use super::menu::{Choice, Menu, Pick};
use crate::engine::{RunKind, StepState};
use crate::id::Digest;
use crate::plan::{Change, Confirm, Step, questions};
use crate::tui::explain;
use crate::tui::keymap::Do;
use crate::tui::model::{Left, Model};

/// One open dialog.
#[derive(Debug, Clone)]
pub struct Dialog {
    /// What it is about.
    pub kind: Kind,
    /// What is to be filled in.
    pub form: Form,
    /// What is to be chosen.
    pub menu: Option<Menu>,
    /// The first line of its text that is shown.
    pub scroll: usize,
    /// Why the last Enter was not taken.
    pub complaint: Option<String>,
}

/// What a dialog is about. Steps are named by their place in the state's list.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Begin the run.
    Begin,
    /// Run a step as shown.
    Confirm {
        /// The step.
        step: usize,
        /// Its attempt.
        attempt: u32,
        /// The change that is shown.
        change: Box<Change>,
        /// Its fingerprint.
        digest: Digest,
        /// The change is another now and has not been looked at.
        outdated: bool,
    },
    /// Leave a step out.
    Skip {
        /// The step.
        step: usize,
    },
    /// Try a failed step again.
    Retry {
        /// The step.
        step: usize,
    },
    /// Say that a step was done by hand.
    TakeOver {
        /// The step.
        step: usize,
    },
    /// A step under way that somebody gives up: stop waiting, or end the run?
    GiveUp {
        /// The step.
        step: usize,
    },
    /// Stop waiting for a step under way.
    StopWaiting {
        /// The step.
        step: usize,
    },
    /// A failed step: what now?
    Failed {
        /// The step.
        step: usize,
    },
    /// A call in doubt that the look could not decide.
    Doubt {
        /// The step.
        step: usize,
    },
    /// How the operator knows what became of it.
    Resolve {
        /// The step.
        step: usize,
        /// Whether it happened.
        happened: bool,
    },
    /// Roll back.
    RollBack,
    /// End the run.
    Abort,
    /// Why the run was paused just now: it is paused already.
    Pause,
    /// Go on after a pause.
    Resume,
    /// A note.
    Note,
    /// Leave lifeboat.
    Leave,
    /// The keys.
    Help,
    /// Everything that can be done now; the marked line.
    Palette {
        /// Which of the lines that match.
        at: usize,
    },
}

impl Kind {
    /// The step it is about.
    pub fn step(&self) -> Option<usize> {
        match self {
            Self::Confirm { step, .. }
            | Self::Skip { step }
            | Self::Retry { step }
            | Self::TakeOver { step }
            | Self::Failed { step }
            | Self::GiveUp { step }
            | Self::StopWaiting { step }
            | Self::Doubt { step }
            | Self::Resolve { step, .. } => Some(*step),
            _ => None,
        }
    }
}

impl Dialog {
    fn of(kind: Kind, fields: Vec<Field>, menu: Option<Menu>) -> Self {
        Self { kind, form: Form::new(fields), menu, scroll: 0, complaint: None }
    }

    /// A dialog that asks for a reason and nothing else.
    pub fn reason(kind: Kind, label: &str) -> Self {
        Self::of(kind, vec![Field::new(FieldKind::Reason, label)], None)
    }

    /// A dialog whose reason may be left out: what is asked for takes nothing away, and a word of it helps who reads the record.
    pub fn remark(kind: Kind) -> Self {
        Self::of(kind, vec![Field::new(FieldKind::Remark, "Why (may stay empty)")], None)
    }

    /// Begin the run.
    pub fn begin() -> Self {
        Self::of(Kind::Begin, Vec::new(), None)
    }

    /// Confirm a proposed step; `None` when there is nothing to confirm.
    pub fn confirm(index: usize, plan: &Step, state: &StepState, operator: &str) -> Option<Self> {
        let change = state.change.clone()?;
        let mut fields = asked(plan, state);
        match plan.confirm_for(Some(&change)).as_ref() {
            Confirm::Type(text) => fields.push(Field::new(FieldKind::Exact(text.clone()), format!("Type {text} to confirm"))),
            Confirm::TwoPerson => {
                fields.push(Field::new(FieldKind::Person { operator: operator.to_owned() }, "Name of the second person who agrees"));
            }
            Confirm::Enter | Confirm::None => {}
        }
        let digest = change.digest();
        let kind = Kind::Confirm { step: index, attempt: state.attempt, change: Box::new(change), digest, outdated: false };
        Some(Self::of(kind, fields, None))
    }

    /// What to do about a failed step.
    pub fn failed(model: &Model, step: usize) -> Self {
        let offered = explain::offers(model, step).into_iter().filter(|offer| offer.not_now.is_none());
        let mut choices: Vec<Choice> = offered
            .map(|offer| Choice { then: offer.then, ..Choice::new(letter(offer.what), offer.label, Pick::Do(offer.what)) })
            .collect();
        choices.push(Choice::new('c', "Close and look around; the step stays failed", Pick::Stay));
        Self::of(Kind::Failed { step }, Vec::new(), Some(Menu::new(choices)))
    }

    /// Decide about a call in doubt.
    pub fn doubt(step: usize) -> Self {
        let choices = vec![
            Choice::new('y', "It happened: no second call; wait until it is so", Pick::Happened(true)),
            Choice::new('n', "It did not happen: show the change again and ask", Pick::Happened(false)),
            Choice::new(letter(Do::Refresh), "Look once more: no call", Pick::Do(Do::Refresh)),
            Choice::new(letter(Do::TakeOver), "I saw to it by hand: no call; take the proofs", Pick::Do(Do::TakeOver)),
            Choice::new('c', "Close and look around", Pick::Stay),
        ];
        Self::of(Kind::Doubt { step }, Vec::new(), Some(Menu::new(choices)))
    }

    /// Give up a step under way.
    pub fn give_up(model: &Model, step: usize) -> Self {
        let program = model.step(step).is_some_and(|(plan, _)| plan.action == "command");
        let label = if program { "End the program, and wait for it no longer" } else { "Stop waiting for it; lifeboat calls nothing" };
        let choices = vec![
            Choice::new('w', label, Pick::StopWaiting),
            Choice::new('e', "End the whole run here", Pick::EndRun),
            Choice::new('c', "Close: it is waited for as before", Pick::Stay),
        ];
        Self::of(Kind::GiveUp { step }, Vec::new(), Some(Menu::new(choices)))
    }

    /// End the run; in a live run its name must be typed.
    pub fn abort(model: &Model) -> Self {
        let mut fields = vec![Field::new(FieldKind::Reason, "Why")];
        if let Some(state) = model.state().filter(|state| state.kind == RunKind::Live) {
            let name = state.plan.name.clone();
            let label = format!("Type {name} to end the live run");
            fields.push(Field::new(FieldKind::Exact(name), label));
        }
        Self::of(Kind::Abort, fields, None)
    }

    /// A note.
    pub fn note() -> Self {
        Self::of(Kind::Note, vec![Field::new(FieldKind::Note, "Note")], None)
    }

    /// Leave.
    pub fn leave(model: &Model) -> Self {
        let mut choices = Vec::new();
        if model.in_flight().next().is_some() {
            let label = "Finish what is under way, begin nothing new, then stop";
            choices.push(Choice::new('f', label, Pick::Leave(Left::LeaveAndFinish)));
            choices.push(Choice::new('x', "Leave now: what is under way is in doubt until resumed", Pick::Leave(Left::Quit)));
        } else {
            choices.push(Choice::new('x', "Leave; the run can be resumed", Pick::Leave(Left::Quit)));
        }
        choices.push(Choice::new('s', "Stay", Pick::Stay));
        Self::of(Kind::Leave, Vec::new(), Some(Menu::new(choices)))
    }

    /// The keys.
    pub fn help() -> Self {
        Self::of(Kind::Help, Vec::new(), None)
    }

    /// Everything that can be done now.
    pub fn palette() -> Self {
        Self::of(Kind::Palette { at: 0 }, vec![Field::new(FieldKind::Search, "")], None)
    }
}

/// The letter of a thing to do, as in the keymap.
fn letter(what: Do) -> char {
    crate::tui::keymap::name(what).chars().next().unwrap_or(' ')
}

/// A field for each question that a step asks.
fn asked(step: &Step, state: &StepState) -> Vec<Field> {
    let asked = questions(&step.action, &state.with.value()).into_iter();
    asked
        .map(|question| {
            let label = match &question.example {
                Some(example) if question.options.is_empty() => format!("{} (such as {example})", question.prompt),
                _ => question.prompt.clone(),
            };
            let pattern = question.regex();
            let wanted = question.form();
            Field::new(FieldKind::Answer { name: question.name, pattern, wanted, options: question.options }, label)
        })
        .collect()
}
