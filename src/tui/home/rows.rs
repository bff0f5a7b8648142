//! The lines of the list: runbooks, unfinished runs, finished runs, and records that cannot be read.

use std::path::PathBuf;

use super::data::{Book, Run};
use super::model::Model;
use crate::id::RunId;
use crate::tui::text::clean;

/// The groups of the list, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Books,
    Unfinished,
    Finished,
    Damaged,
}

impl Group {
    pub(super) const ALL: [Self; 4] = [Self::Books, Self::Unfinished, Self::Finished, Self::Damaged];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Books => "Runbooks",
            Self::Unfinished => "Unfinished runs",
            Self::Finished => "Finished runs",
            Self::Damaged => "Records that cannot be read",
        }
    }
}

/// One line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// The name of a group, and how many lines it has.
    Heading(Group, usize),
    /// Nothing is there, in words.
    Nothing(Group),
    /// A runbook, by its place.
    Book(usize),
    /// A run, by its place.
    Run(usize),
    /// An empty line.
    Gap,
}

/// What is selected, by a name that outlives a new look at the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Selected {
    Book(PathBuf),
    Run(RunId),
}

/// The group of a run.
pub(super) fn group(run: &Run) -> Group {
    match &run.info {
        Err(_) => Group::Damaged,
        Ok(_) if run.finished() => Group::Finished,
        Ok(_) => Group::Unfinished,
    }
}

/// Every line, with the filter applied.
pub(super) fn rows(model: &Model) -> Vec<Row> {
    let wanted = model.filter.value().to_lowercase();
    let mut rows = Vec::with_capacity(model.books.len() + model.runs.len() + 8);
    for of in Group::ALL {
        let found: Vec<Row> = match of {
            Group::Books => (0..model.books.len()).filter(|i| holds(&book_words(&model.books[*i]), &wanted)).map(Row::Book).collect(),
            _ => (0..model.runs.len())
                .filter(|i| group(&model.runs[*i]) == of && holds(&run_words(&model.runs[*i]), &wanted))
                .map(Row::Run)
                .collect(),
        };
        // An empty group says so, except where it is good that there is nothing, or where a text is looked for.
        if found.is_empty() && (of == Group::Damaged || !wanted.is_empty()) {
            continue;
        }
        if !rows.is_empty() {
            rows.push(Row::Gap);
        }
        rows.push(Row::Heading(of, found.len()));
        if found.is_empty() {
            rows.push(Row::Nothing(of));
        }
        rows.extend(found);
    }
    rows
}

fn holds(words: &str, wanted: &str) -> bool {
    wanted.is_empty() || clean(words).to_lowercase().contains(wanted)
}

fn book_words(book: &Book) -> String {
    format!("{} {} {} {}", book.title, book.name, book.file.display(), book.owners.join(" "))
}

fn run_words(run: &Run) -> String {
    match &run.info {
        Ok(info) => format!("{} {} {} {} {}", run.run, info.kind.word(), info.title, info.name, info.by.name),
        Err(why) => format!("{} {why}", run.run),
    }
}
