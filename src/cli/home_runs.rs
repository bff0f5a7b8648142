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

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_listed_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().to_owned());
        let tell = |bit_by_bit| {
            let (out, mut told) = unbounded_channel();
            list(&store, bit_by_bit, &out);
            told.try_recv().unwrap()
        };
        assert!(matches!(tell(true), Msg::Runs { runs, of: 0, problem: None } if runs.is_empty()));
        let damaged = store.runs_dir().join("20260312T024700Z-k3f9");
        std::fs::create_dir_all(&damaged).unwrap();
        std::fs::write(damaged.join("journal.jsonl"), "{\"not\": \"a journal\"}\n").unwrap();
        std::fs::create_dir_all(store.runs_dir().join("never-begun")).unwrap();
        let Msg::Runs { runs, of: 2, problem: None } = tell(false) else { panic!("two runs") };
        assert!(runs.iter().all(|run| run.info.is_err()));
        assert_eq!(runs[1].begun, "2026-03-12T02:47:00Z".parse().ok());
        assert!(report(&store, &runs[1].run).is_err());
        // A file where the folder of the runs should be.
        std::fs::remove_dir_all(store.runs_dir()).unwrap();
        std::fs::write(store.runs_dir(), "").unwrap();
        assert!(matches!(tell(true), Msg::Runs { problem: Some(_), .. }));
    }
}
