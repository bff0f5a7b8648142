//! `lifeboat runs` and `lifeboat report`: what was recorded.

use super::args;
use super::drive::{record_problem, store};
use super::exit::Exit;
use super::say::{note, out, problem};
use crate::engine::{Outcome, kind_words};
use crate::journal::{JournalError, RunEntry, RunInfo, Standing, read};
use crate::report::markdown;
use crate::view::RunView;

/// `lifeboat runs`.
pub(super) fn runs(args: &args::Runs) -> Exit {
    let store = match store(args.state.state_dir.as_deref()) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let runs = match store.list() {
        Ok(runs) => runs,
        Err(error) => return record_problem(&error, &[]),
    };
    if runs.is_empty() && !args.json {
        note(&format!("No runs in {}. Start one:  lifeboat drill RUNBOOK\n", store.root().display()));
    }
    let mut damaged = false;
    for run in &runs {
        match &run.info {
            Ok(info) if args.json => out(&json(run, info)),
            Ok(info) => out(&line(run, info)),
            Err(error) => {
                damaged |= !matches!(error, JournalError::Empty { .. });
                note(&format!("{}  {error}\n", run.run));
            }
        }
    }
    if damaged { Exit::Record } else { Exit::Done }
}

/// A run on one line.
pub(super) fn line(run: &RunEntry, info: &RunInfo) -> String {
    let world = info.world.as_deref().map(|world| format!(" {world}")).unwrap_or_default();
    format!(
        "{}  {:<8} {:<24} {:<20} by {}{}",
        run.run,
        format!("{}{world}", kind_words(info.kind, &info.endpoints)).chars().take(40).collect::<String>(),
        info.name,
        standing(info),
        info.by.name,
        reason(&info.standing).map(|reason| format!("  ({reason})")).unwrap_or_default(),
    )
}

fn json(run: &RunEntry, info: &RunInfo) -> String {
    serde_json::json!({
        "run": run.run,
        "kind": info.kind,
        "world": info.world,
        "endpoints": info.endpoints,
        "runbook": info.name,
        "title": info.title,
        "by": info.by,
        "started": info.started,
        "last": info.last,
        "records": info.records,
        "standing": standing(info),
        "reason": reason(&info.standing),
        "folder": run.dir,
    })
    .to_string()
}

/// Where a run stands, in a word or two.
fn standing(info: &RunInfo) -> &'static str {
    match (&info.standing, &info.driver) {
        (Standing::Finished { outcome, .. }, _) => match outcome {
            Outcome::Succeeded => "succeeded",
            Outcome::Failed => "failed",
            Outcome::Aborted => "aborted",
            Outcome::RolledBack => "rolled back",
            Outcome::Refused => "refused",
        },
        (_, Some(_)) => "running now",
        (Standing::Paused { .. }, None) => "paused",
        (Standing::Open, None) => "interrupted",
    }
}

fn reason(standing: &Standing) -> Option<&str> {
    match standing {
        Standing::Finished { reason, .. } | Standing::Paused { reason } => Some(reason),
        Standing::Open => None,
    }
}

/// Says that a run was not found, or cannot be.
pub(super) fn not_found(error: &JournalError) -> Exit {
    if error.is_bad_name() {
        problem(&error.to_string(), None);
        return Exit::BadInput;
    }
    record_problem(error, &[])
}

/// `lifeboat report`.
pub(super) fn report(args: &args::Report) -> Exit {
    let store = match store(args.state.state_dir.as_deref()) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let run = match store.find(&args.run) {
        Ok(run) => run,
        Err(error) => return not_found(&error),
    };
    let readback = match read(&store.journal_path(&run)) {
        Ok(readback) => readback,
        Err(error) => return record_problem(&error, &[]),
    };
    let mut view = RunView::new();
    readback.records.iter().for_each(|record| view.record(record));
    out(&markdown(&view, &readback.records, None));
    Exit::Done
}
