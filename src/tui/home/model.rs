//! Everything the home screen shows.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use jiff::Timestamp;
use ratatui::layout::Size;
use tui_input::Input;

use super::data::{Book, Place, Run};
use super::dialog::{Dialog, Kind};
use super::layout;
use super::rows::{Row, Selected, rows};
use crate::engine::RunKind;
use crate::id::RunId;
use crate::tui::model::{Flash, Options, is_too_small};
use crate::tui::theme::Theme;

/// What happens to the home screen.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key, and the time it came, by the machine's own time.
    Key(KeyEvent, Duration),
    /// The mouse.
    Mouse(MouseEvent),
    /// The terminal has another size.
    Resize(Size),
    /// Text was pasted.
    Paste(String),
    /// Another window has the keys.
    FocusLost,
    /// The model as it is was drawn.
    Drawn,
    /// Time went by: now, and since the screen was opened.
    Tick(Timestamp, Duration),
    /// The runbooks so far, in the order they are shown.
    Books {
        /// They.
        books: Vec<Arc<Book>>,
        /// How many there will be.
        of: usize,
        /// Not everything was looked at, and why.
        short: Option<String>,
    },
    /// The recorded runs so far, newest first.
    Runs {
        /// They.
        runs: Vec<Arc<Run>>,
        /// How many there will be.
        of: usize,
        /// They cannot be listed, and why.
        problem: Option<String>,
    },
    /// The report of a run, or why there is none.
    Report(RunId, Result<String, String>),
}

/// What the home screen asks of whoever gathers for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Look for runbooks and runs.
    Look,
    /// The report of a run.
    Report(RunId),
}

/// What the home screen wants from outside.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cmd {
    /// Gather something.
    Ask(Request),
    /// Close the screen.
    Leave(Left),
    /// Give the terminal back and stop the process until it is continued.
    Suspend,
    /// Draw every cell anew.
    Redraw,
}

/// How the home screen was left.
#[derive(Debug, Clone, PartialEq)]
pub enum Left {
    /// Nothing is wanted.
    Quit,
    /// Something is to be started.
    Start(Start),
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// A new run.
    Run {
        /// Live (only after the typed word), dry run or drill.
        kind: RunKind,
        /// The runbook.
        file: PathBuf,
        /// The parameters that differ from the runbook's own.
        params: Vec<(String, String)>,
        /// When the outage began, as it was typed; when the run begins, where nobody said.
        outage: Option<String>,
    },
    /// An unfinished run goes on.
    Resume(RunId),
    /// A run is watched.
    Watch(RunId),
}

/// The panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pane {
    List,
    Details,
}

/// How far the gathering is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// It goes on.
    pub(super) going: bool,
    /// How many there will be, once that is known.
    pub(super) of: Option<usize>,
}

/// The model.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) place: Place,
    pub(super) options: Options,
    pub(super) theme: Theme,
    pub(super) size: Size,
    pub(super) now: Timestamp,
    pub(super) own: Duration,
    pub(super) books: Vec<Arc<Book>>,
    pub(super) runs: Vec<Arc<Run>>,
    /// Not every runbook could be looked for, and why.
    pub(super) short: Option<String>,
    /// The runs cannot be listed, and why.
    pub(super) problem: Option<String>,
    pub(super) reading_books: Reading,
    pub(super) reading_runs: Reading,
    /// The newest finished drill of each runbook, by its name.
    pub(super) rehearsed: HashMap<String, usize>,
    pub(super) rows: Vec<Row>,
    pub(super) selected: Option<Selected>,
    /// The operator has moved the selection: it stays where it is while more is found.
    pub(super) moved: bool,
    pub(super) offset: usize,
    pub(super) details_scroll: usize,
    pub(super) focus: Pane,
    pub(super) filter: Input,
    pub(super) filtering: bool,
    pub(super) dialogs: Vec<Dialog>,
    /// The dialog on top is on the screen as it is.
    pub(super) drawn: bool,
    /// The last frame that was drawn was too small to show anything.
    pub(super) blind: bool,
    pub(super) flash: Option<Flash>,
    pub(super) last_enter: Option<Duration>,
}

impl Model {
    /// Before anything was found.
    pub(super) fn new(place: Place, options: Options, size: Size, now: Timestamp) -> Self {
        let theme = Theme::new(options.theme, !options.no_color, options.ascii);
        let reading = Reading { going: true, of: None };
        let mut model = Self {
            place,
            options,
            theme,
            size,
            now,
            own: Duration::ZERO,
            books: Vec::new(),
            runs: Vec::new(),
            short: None,
            problem: None,
            reading_books: reading,
            reading_runs: reading,
            rehearsed: HashMap::new(),
            rows: Vec::new(),
            selected: None,
            moved: false,
            offset: 0,
            details_scroll: 0,
            focus: Pane::List,
            filter: Input::default(),
            filtering: false,
            dialogs: Vec::new(),
            drawn: false,
            blind: false,
            flash: None,
            last_enter: None,
        };
        model.relist();
        model
    }

    /// Something is still being read.
    pub(super) fn reading(&self) -> bool {
        self.reading_books.going || self.reading_runs.going
    }

    /// The selected runbook.
    pub(super) fn book(&self) -> Option<&Arc<Book>> {
        let Some(Selected::Book(file)) = &self.selected else { return None };
        self.books.iter().find(|book| book.file == *file)
    }

    /// The selected run.
    pub(super) fn run(&self) -> Option<&Arc<Run>> {
        let Some(Selected::Run(name)) = &self.selected else { return None };
        self.runs.iter().find(|run| run.run == *name)
    }

    /// The newest finished drill of a runbook.
    pub(super) fn rehearsal(&self, book: &Book) -> Option<&Arc<Run>> {
        self.runs.get(*self.rehearsed.get(&book.name)?)
    }

    /// The finished drills of a runbook are known: no run is still to be read that may be one.
    pub(super) fn runs_known(&self) -> bool {
        !self.reading_runs.going && self.problem.is_none()
    }

    /// What a row stands for.
    pub(super) fn meaning(&self, row: &Row) -> Option<Selected> {
        match row {
            Row::Book(at) => self.books.get(*at).map(|book| Selected::Book(book.file.clone())),
            Row::Run(at) => self.runs.get(*at).map(|run| Selected::Run(run.run.clone())),
            Row::Heading(..) | Row::Nothing(_) | Row::Gap => None,
        }
    }

    /// The row of the selection.
    pub(super) fn selected_row(&self) -> Option<usize> {
        let place = match self.selected.as_ref()? {
            Selected::Book(file) => Row::Book(self.books.iter().position(|book| book.file == *file)?),
            Selected::Run(name) => Row::Run(self.runs.iter().position(|run| run.run == *name)?),
        };
        self.rows.iter().position(|row| *row == place)
    }

    /// Makes the lines anew: after something was found, or the filter has changed.
    pub(super) fn relist(&mut self) {
        self.rehearsed.clear();
        for (at, run) in self.runs.iter().enumerate().filter(|(_, run)| run.finished() && run.kind() == Some(RunKind::Drill)) {
            if let Ok(info) = &run.info {
                self.rehearsed.entry(info.name.clone()).or_insert(at);
            }
        }
        self.rows = rows(self);
        if self.selected_row().is_none() || !self.moved {
            let first = self.rows.iter().find_map(|row| self.meaning(row));
            self.select(first);
        }
        self.refresh();
    }

    /// Selects; other details begin at their top.
    pub(super) fn select(&mut self, selected: Option<Selected>) {
        if self.selected != selected {
            self.selected = selected;
            self.details_scroll = 0;
        }
    }

    /// Brings what is derived up to date. Called before a frame and before a key is taken.
    pub(super) fn refresh(&mut self) {
        let height = layout::list_height(self);
        if let Some(at) = self.selected_row() {
            // The heading above the first line of a group comes into view with it.
            let top = if at > 0 && self.meaning(&self.rows[at - 1]).is_none() { at - 1 } else { at };
            if top < self.offset {
                self.offset = top;
            } else if at >= self.offset + height {
                self.offset = at + 1 - height;
            }
        }
        self.offset = self.offset.min(self.rows.len().saturating_sub(height));
        let columns = layout::report_columns(self);
        if let Some(Dialog { kind: Kind::Report(report), .. }) = self.dialogs.last_mut() {
            report.lay_out(columns);
        }
    }

    /// Shows a message until the next key.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.flash = Some(Flash { bad: false, text: text.into() });
    }

    /// Shows that something cannot be done, until the next key.
    pub(super) fn complain(&mut self, text: impl Into<String>) {
        self.flash = Some(Flash { bad: true, text: text.into() });
    }

    /// Nobody can read what a key would do: not as the screen is, or not as it was drawn last.
    pub(super) fn is_blind(&self) -> bool {
        self.blind || is_too_small(self.size)
    }

    /// Opens a dialog on top. It takes no confirmation before it was drawn.
    pub(super) fn open(&mut self, dialog: Dialog) {
        self.dialogs.push(dialog);
        self.drawn = false;
        self.refresh();
    }

    /// Closes the dialog on top.
    pub(super) fn close(&mut self) {
        self.dialogs.pop();
        self.drawn = false;
    }

    /// Which picture of the spinner is due.
    pub(super) fn frame(&self) -> usize {
        usize::try_from(self.own.as_millis() / 200).unwrap_or(0)
    }
}
