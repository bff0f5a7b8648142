//! A few choices, one of which is taken.

use crate::tui::keymap::Do;
use crate::tui::model::Left;

/// What is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// Something from the keymap, about the dialog's step.
    Do(Do),
    /// A call in doubt happened, or did not.
    Happened(bool),
    /// Leave in this way.
    Leave(Left),
    /// Stop waiting for the dialog's step.
    StopWaiting,
    /// End the run.
    EndRun,
    /// Nothing: close.
    Stay,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The key that takes it.
    pub key: char,
    /// What it does.
    pub label: String,
    /// What will happen, in a sentence; empty where the label says it.
    pub then: String,
    /// What comes of it.
    pub pick: Pick,
}

impl Choice {
    /// A choice whose label says everything.
    pub fn new(key: char, label: &str, pick: Pick) -> Self {
        Self { key, label: label.into(), then: String::new(), pick }
    }
}

/// The choices, one of them marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// In their order.
    pub choices: Vec<Choice>,
    /// The marked one.
    pub at: usize,
}

impl Menu {
    /// These choices, the last (the harmless one) marked.
    pub fn new(choices: Vec<Choice>) -> Self {
        let at = choices.len().saturating_sub(1);
        Self { choices, at }
    }

    /// Moves the mark by `by`, without going round.
    pub fn shift(&mut self, by: isize) {
        self.at = self.at.saturating_add_signed(by).min(self.choices.len().saturating_sub(1));
    }
}
