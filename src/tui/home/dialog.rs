//! The dialogs of the home screen.

use std::sync::Arc;

use super::data::{Book, Run, Target};
use super::form::Form;
use super::keymap::{Do, name};
use super::model::Start;
use super::rows::Selected;
use crate::engine::RunKind;
use crate::id::RunId;
use crate::tui::dialog::{Field, FieldKind};
use crate::tui::text::{clean, take_columns, width, wrap};

/// What has to be typed before anything real is begun.
pub(super) const LIVE_WORD: &str = "live";

/// One open dialog.
#[derive(Debug, Clone)]
pub(super) struct Dialog {
    pub(super) kind: Kind,
    /// The first line of its text that is shown.
    pub(super) scroll: usize,
    /// Why the last Enter was not taken.
    pub(super) complaint: Option<String>,
}

/// What it is about.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// What can be done with a line.
    Menu { title: String, of: Option<Selected>, choices: Vec<Choice>, at: usize },
    /// The parameters of a new run.
    Form { kind: RunKind, form: Form },
    /// The last question before something real.
    Live { start: Box<Start>, about: About, field: Box<Field> },
    /// The report of a run.
    Report(Report),
    /// The keys.
    Help,
}

/// What a live run is about.
#[derive(Debug, Clone)]
pub(super) enum About {
    /// A new one, and what it acts on.
    New(Arc<Book>, Vec<Target>),
    /// One that goes on.
    Again(Arc<Run>),
}

/// One thing that can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) key: char,
    pub(super) label: String,
    /// `None` closes.
    pub(super) does: Option<Do>,
}

/// A report that is read.
#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) run: RunId,
    /// `None` while it is being written.
    pub(super) text: Option<Result<String, String>>,
    /// The text in lines of so many columns.
    pub(super) lines: Vec<String>,
    columns: usize,
}

impl Report {
    /// A report that is not there yet.
    pub(super) fn awaited(run: RunId) -> Self {
        Self { run, text: None, lines: Vec::new(), columns: 0 }
    }

    /// Takes the text.
    pub(super) fn take(&mut self, text: Result<String, String>) {
        self.text = Some(text);
        self.columns = 0;
    }

    /// Breaks the text into lines, unless that is done. A line that fits stays as it is: tables keep their columns.
    pub(super) fn lay_out(&mut self, columns: usize) {
        let Some(Ok(text)) = &self.text else { return };
        if self.columns == columns {
            return;
        }
        self.columns = columns;
        self.lines.clear();
        for line in text.lines() {
            let line = clean(line);
            if width(&line) <= columns {
                self.lines.push(line.into_owned());
            } else if line.starts_with('|') {
                self.lines.extend(chunks(&line, columns));
            } else {
                self.lines.extend(wrap(&line, columns));
            }
        }
    }
}

/// A line that must not lose its blanks, cut into pieces; what follows is set in.
fn chunks(line: &str, columns: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let lead = if pieces.is_empty() { "" } else { "  " };
        let head = take_columns(rest, columns.saturating_sub(lead.len()));
        // A character wider than the whole line: leave it out rather than loop.
        let skip = if head.is_empty() { rest.chars().next().map_or(rest.len(), char::len_utf8) } else { head.len() };
        pieces.push(format!("{lead}{head}"));
        rest = &rest[skip..];
    }
    pieces
}

impl Dialog {
    pub(super) fn of(kind: Kind) -> Self {
        Self { kind, scroll: 0, complaint: None }
    }

    /// What can be done: the first choice is marked, the last closes.
    pub(super) fn menu(title: &str, of: Option<Selected>, offers: &[(Do, &str)]) -> Self {
        let mut choices: Vec<Choice> =
            offers.iter().map(|(does, label)| Choice { key: letter(*does), label: (*label).to_owned(), does: Some(*does) }).collect();
        choices.push(Choice { key: 'c', label: "Close".into(), does: None });
        Self::of(Kind::Menu { title: title.to_owned(), of, choices, at: 0 })
    }

    /// The last question before something real.
    pub(super) fn live(start: Start, about: About) -> Self {
        let what = match about {
            About::New(..) => "start the live run",
            About::Again(_) => "go on with the live run",
        };
        let field = Field::new(FieldKind::Exact(LIVE_WORD.into()), format!("Type {LIVE_WORD} to {what}"));
        Self::of(Kind::Live { start: Box::new(start), about, field: Box::new(field) })
    }

    /// The kind of run it is about, for its border.
    pub(super) fn run_kind(&self) -> Option<RunKind> {
        match &self.kind {
            Kind::Form { kind, .. } => Some(*kind),
            Kind::Live { .. } => Some(RunKind::Live),
            _ => None,
        }
    }
}

/// The letter of a thing to do, as in the keymap.
fn letter(does: Do) -> char {
    name(does).chars().next().unwrap_or(' ')
}
