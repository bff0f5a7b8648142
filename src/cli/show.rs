//! What a run prints: lines or JSON while it goes on, and a summary at the end, whichever way it was shown.

use std::io::{self, Write};
use std::path::PathBuf;

use tokio::sync::mpsc::UnboundedReceiver;

use super::args::Output;
use super::say::problem;
use crate::report::{self, TimeAccount};
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
            self.keep(&update);
            let text = self.words(&update);
            self.print(&text);
            if update == Update::Ended {
                break;
            }
        }
    }

    /// Folds an update that is shown elsewhere.
    pub(super) fn keep(&mut self, update: &Update) {
        match update {
            Update::Record(record) | Update::Unsaved(record) => self.view.record(record),
            Update::Telemetry(telemetry) => self.view.telemetry(telemetry),
            Update::Refused(_) | Update::Unrecorded(_) | Update::Ended => {}
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
            (_, Update::Unrecorded(why)) => writeln!(
                io::stderr(),
                "THE RECORD CANNOT BE WRITTEN: {why}\nNothing new is started; what is in flight is followed to its end."
            ),
            (_, Update::Refused(why)) => writeln!(io::stderr(), "refused: {why}"),
            (_, Update::Ended) => Ok(()),
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
        let mut stdout = io::stdout().lock();
        if stdout.write_all(text).and_then(|()| stdout.flush()).is_err() {
            self.deaf = true;
        }
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
