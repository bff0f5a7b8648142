//! What a run prints: lines or JSON while it goes on, and a summary at the end, whichever way it was shown.

use std::path::PathBuf;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinError;

use super::args::Output;
use super::say::{breathe, breathe_here, note, out_bytes, problem};
use crate::journal::{JOURNAL_FILE, JournalError, replay};
use crate::report::{self, TimeAccount};
use crate::tui::{Ending, Left, TuiError};
use crate::view::{RunView, Summary, Update};

/// The printer of one run.
pub(super) struct Show {
    folder: PathBuf,
    view: RunView,
    printer: Printer,
    /// Standard output is gone (`| head`): the run goes on, nobody reads.
    deaf: bool,
}

enum Printer {
    Line(report::Lines),
    Json,
}

impl Show {
    /// For a run recorded in `folder`.
    pub(super) fn new(output: Output, folder: PathBuf) -> Self {
        let printer = match output {
            Output::Json => Printer::Json,
            Output::Line | Output::Tui => Printer::Line(report::Lines::new()),
        };
        Self { folder, view: RunView::new(), printer, deaf: false }
    }

    /// Prints every update until the driver has ended.
    pub(super) async fn all(&mut self, mut updates: UnboundedReceiver<Update>) {
        while let Some(update) = updates.recv().await {
            self.show(&update);
            breathe().await;
            if update == Update::Ended {
                break;
            }
        }
    }

    /// Prints what was recorded before.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub(super) fn history(&mut self) -> Result<(), JournalError> {
        let journal = self.folder.join(JOURNAL_FILE);
        let show = |record| {
            self.show(&Update::Record(Box::new(record)));
            breathe_here();
        };
        replay(&journal, show).map(drop)
    }

    /// Goes on where the screen has left off: with what it has folded and with what it had not taken yet, or, when it has left nothing
    /// behind, with what is on record. Gives why it ended.
    pub(super) fn take_over(&mut self, screen: Result<Ending, JoinError>) -> Result<Result<Left, TuiError>, JoinError> {
        match screen {
            Ok(Ending { left, run, mut rest }) => {
                self.view = run;
                while let Ok(update) = rest.try_recv() {
                    self.keep(&update);
                }
                Ok(left)
            }
            Err(error) => {
                let journal = self.folder.join(JOURNAL_FILE);
                if let Err(error) = replay(&journal, |record| self.view.record(&record)) {
                    problem(&error.to_string(), Some("the summary is made of what could be read"));
                }
                Err(error)
            }
        }
    }

    fn show(&mut self, update: &Update) {
        // Read back from the journal already, by `take_over`.
        if matches!(update, Update::Record(record) if record.seq < self.view.records) {
            return;
        }
        self.keep(update);
        let text = self.words(update);
        self.print(&text);
    }

    fn keep(&mut self, update: &Update) {
        match update {
            Update::Record(record) | Update::Unsaved(record) => self.view.record(record),
            Update::Telemetry(telemetry) => self.view.telemetry(telemetry),
            Update::Refused(_) | Update::Unrecorded(_) | Update::Driven(_) | Update::Ended => {}
        }
    }

    fn words(&mut self, update: &Update) -> Vec<u8> {
        let mut text = Vec::new();
        let written = match (&mut self.printer, update) {
            (Printer::Line(line), Update::Record(record) | Update::Unsaved(record)) => line.event(&mut text, &self.view, record),
            (Printer::Line(line), Update::Telemetry(telemetry)) => line.telemetry(&mut text, &self.view, telemetry),
            (Printer::Json, Update::Record(record) | Update::Unsaved(record)) => report::json::event(&mut text, &self.view, record),
            // Telemetry is for people who watch; a program reads the events.
            (Printer::Json, Update::Telemetry(_)) => Ok(()),
            (_, Update::Unrecorded(why)) => {
                note(&format!("THE RECORD CANNOT BE WRITTEN: {why}\nNothing new is started; what is in flight is followed to its end.\n"));
                Ok(())
            }
            (_, Update::Refused(why)) => {
                note(&format!("refused: {why}\n"));
                Ok(())
            }
            (_, Update::Driven(_) | Update::Ended) => Ok(()),
        };
        if let Err(error) = written {
            problem(&format!("an event cannot be shown: {error}"), Some("the journal has it"));
        }
        text
    }

    fn print(&mut self, text: &[u8]) {
        if self.deaf || text.is_empty() {
            return;
        }
        self.deaf = out_bytes(text).is_err();
    }

    /// The summary: outcome, RTO and RPO, where the record is.
    pub(super) fn summary(&mut self, account: Option<&TimeAccount>) {
        let Some(summary) = Summary::of(&self.view) else { return };
        let (mut text, record) = (Vec::new(), self.folder.display().to_string());
        let written = match &self.printer {
            Printer::Line(_) => report::summary_lines(&mut text, &summary, account, &record),
            Printer::Json => report::json::summary(&mut text, &summary, account, &record),
        };
        if let Err(error) = written {
            problem(&format!("the summary cannot be shown: {error}"), Some("lifeboat report has it"));
        }
        self.print(&text);
    }
}
