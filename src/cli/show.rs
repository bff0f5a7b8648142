//! What a run prints: lines or JSON while it goes on, and a summary at the end, whichever way it was shown.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::UnboundedReceiver;

use super::args::Output;
use super::say::problem;
use crate::journal::Record;
use crate::report::{self, TimeAccount};
use crate::view::{RunView, Update};

/// The printer of one run.
pub struct Show {
    output: Output,
    folder: PathBuf,
    view: RunView,
    printer: Printer,
    /// Standard output is gone (`| head`): the run goes on, nobody reads.
    deaf: bool,
}

enum Printer {
    Line(report::Line),
    Json(report::Json),
}

impl Show {
    /// For a run recorded in `folder`.
    pub fn new(output: Output, folder: PathBuf) -> Self {
        let printer = match output {
            Output::Json => Printer::Json(report::Json::new()),
            Output::Line | Output::Tui => Printer::Line(report::Line::new()),
        };
        Self { output, folder, view: RunView::new(), printer, deaf: false }
    }

    /// Prints every update until the driver has ended.
    pub async fn all(&mut self, mut updates: UnboundedReceiver<Update>) {
        while let Some(update) = updates.recv().await {
            let text = self.words(&update);
            self.keep(&update);
            self.print(&text);
            if update == Update::Ended {
                break;
            }
        }
    }

    /// Folds an update that is shown elsewhere.
    pub fn keep(&mut self, update: &Update) {
        match update {
            Update::Record(record) => self.view.record(record),
            Update::Telemetry(telemetry) => self.view.telemetry(telemetry),
            Update::Refused(_) | Update::Ended => {}
        }
    }

    fn words(&mut self, update: &Update) -> Vec<u8> {
        let mut text = Vec::new();
        let written = match (&mut self.printer, update) {
            (Printer::Line(line), Update::Record(record)) => line.record(&mut text, &self.view, record),
            (Printer::Line(line), Update::Telemetry(telemetry)) => line.telemetry(&mut text, &self.view, telemetry),
            (Printer::Json(json), Update::Record(record)) => json.record(&mut text, &self.view, record),
            (Printer::Json(json), Update::Telemetry(telemetry)) => json.telemetry(&mut text, &self.view, telemetry),
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
    pub fn summary(&mut self, account: Option<&TimeAccount>) {
        let mut text = Vec::new();
        let written = match &mut self.printer {
            Printer::Line(line) => line.summary(&mut text, &self.view, account, &self.folder),
            Printer::Json(json) => json.summary(&mut text, &self.view, account, &self.folder),
        };
        if let Err(error) = written {
            problem(&format!("the summary cannot be shown: {error}"), Some("lifeboat report has it"));
        }
        self.print(&text);
    }

    /// How the run is shown.
    pub fn output(&self) -> Output {
        self.output
    }
}

/// The Markdown report of a recorded run.
pub fn markdown(view: &RunView, records: &[Record], folder: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    report::markdown(&mut text, view, records, folder)?;
    Ok(text)
}
