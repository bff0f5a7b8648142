//! The logs of steps, on disk beside the journal. A log that cannot be written is said so once and costs nothing else: what was decided is
//! in the journal, which can.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::clock::Stamp;
use crate::id::StepId;
use crate::journal::StepLog;

/// The open logs of a run.
pub(super) struct StepLogs {
    folder: PathBuf,
    /// `None` for a log that could not be written.
    open: HashMap<StepId, Option<StepLog>>,
}

impl StepLogs {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, open: HashMap::new() }
    }

    /// Writes one line. Gives the words to show when the log just became unwritable.
    pub(super) fn write(&mut self, step: &StepId, at: Stamp, line: &str) -> Option<String> {
        let mut lost = None;
        let log = self.open.entry(step.clone()).or_insert_with(|| match StepLog::open(&self.folder, step) {
            Ok(log) => Some(log),
            Err(error) => {
                lost = Some(format!("the log of {step} is not kept: {error}"));
                None
            }
        });
        if let Some(open) = log
            && let Err(error) = open.line(at.wall, line)
        {
            lost = Some(format!("the log of {step} ends here: {error}"));
            *log = None;
        }
        lost
    }
}
