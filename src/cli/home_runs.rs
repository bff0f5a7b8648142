//! The recorded runs, for the home screen.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use crate::id::RunId;
use crate::journal::{Store, named_at, read};
use crate::report::markdown;
use crate::tui::home::{Msg, Run};
use crate::view::RunView;

/// Runs that are read before the screen is told.
const BATCH: usize = 100;

/// Tells every run, newest first; bit by bit while they are read, or all at the end.
pub(super) fn list(store: &Store, bit_by_bit: bool, out: &UnboundedSender<Msg>) {
    let tell = |runs: &[Arc<Run>], of, problem| out.send(Msg::Runs { runs: runs.to_vec(), of, problem }).is_ok();
    let names = match store.names() {
        Ok(names) => names,
        Err(error) => {
            tell(&[], 0, Some(error.to_string()));
            return;
        }
    };
    let mut runs = Vec::with_capacity(names.len());
    for run in &names {
        runs.push(Arc::new(Run {
            begun: named_at(run),
            folder: store.run_dir(run),
            info: store.info(run).map_err(|error| error.to_string()),
            run: run.clone(),
        }));
        let due = bit_by_bit && runs.len() % BATCH == 0 && runs.len() < names.len();
        if due && !tell(&runs, names.len(), None) {
            return; // The screen is closed.
        }
    }
    tell(&runs, names.len(), None);
}

/// The report of a run, or why there is none.
pub(super) fn report(store: &Store, run: &RunId) -> Result<String, String> {
    let readback = read(&store.journal_path(run)).map_err(|error| error.to_string())?;
    let mut view = RunView::new();
    readback.records.iter().for_each(|record| view.record(record));
    Ok(markdown(&view, &readback.records, None))
}
