//! `lifeboat runs` and `lifeboat report`: what was recorded.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::args;
use super::dismiss;
use super::drive::{record_problem, store};
use super::exit::Exit;
use super::say::{note, out, out_raw, problem};
use crate::engine::{Outcome, RunKind, kind_words};
use crate::journal::{JournalError, RunEntry, RunInfo, Standing, named_at, read};
use crate::report::markdown;
use crate::view::{RunView, one_line, span_words};

/// `lifeboat runs`.
pub(super) fn runs(args: &args::Runs) -> Exit {
    let store = match store(args.state.state_dir.as_deref()) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    if let Some(run) = &args.dismiss {
        return dismiss::dismiss(&store, run, args.reason.as_deref());
    }
    let runs = match store.list() {
        Ok(runs) => runs,
        Err(error) => return record_problem(&error, &[]),
    };
    if runs.is_empty() && !args.json {
        note(&format!("No runs in {}. Start one:  lifeboat drill RUNBOOK\n", store.root().display()));
    }
    let shown = |info: &RunInfo| {
        let kind = args.kind.is_none_or(|kind| info.kind == of(kind));
        kind && !(args.unfinished && matches!(info.standing, Standing::Finished { .. }))
    };
    let readable = runs.iter().filter_map(|run| run.info.as_ref().ok().map(|info| (run, info)));
    let listed: Vec<(&RunEntry, &RunInfo)> = readable.filter(|(_, info)| shown(info)).take(args.limit.unwrap_or(usize::MAX)).collect();
    if args.json {
        listed.iter().for_each(|(run, info)| out_raw(&json(run, info)));
    } else if !listed.is_empty() {
        out(&table(&listed));
    } else if !runs.is_empty() {
        note("No such run; without the filters there are others.\n");
    }
    let mut damaged = false;
    for run in &runs {
        if let Err(error) = &run.info {
            damaged |= !matches!(error, JournalError::Empty { .. });
            note(&format!("{}\n", one_line(&format!("{}  {error}", run.run))));
        }
    }
    if damaged { Exit::Record } else { Exit::Done }
}

fn of(kind: args::Kind) -> RunKind {
    match kind {
        args::Kind::Live => RunKind::Live,
        args::Kind::DryRun => RunKind::DryRun,
        args::Kind::Drill => RunKind::Drill,
    }
}

/// The widest a reason gets in a table; the report has all of it.
const WHY: usize = 40;

/// Runs as a table: a header, and columns as wide as what stands in them.
pub(super) fn table(runs: &[(&RunEntry, &RunInfo)]) -> String {
    let header = ["RUN", "RUNBOOK", "KIND", "WORLD", "BEGUN", "TOOK", "STATE", "WHO", "WHY"].map(str::to_owned);
    let rows: Vec<[String; 9]> = std::iter::once(header).chain(runs.iter().map(|(run, info)| row(run, info))).collect();
    let widths: Vec<usize> = (0..9).map(|column| rows.iter().map(|row| row[column].width()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        // A column in which nothing stands, such as the world where there is no drill, is left out.
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn row(run: &RunEntry, info: &RunInfo) -> [String; 9] {
    // The name tells when it was begun by our own clock; what stands in a drill's record is its world's.
    let begun = named_at(&run.run).unwrap_or(info.started);
    let took = Duration::try_from(info.last.duration_since(info.started)).unwrap_or_default();
    let why = match &info.standing {
        Standing::Finished { outcome: Outcome::Succeeded, .. } => String::new(),
        standing => reason(standing).map(one_line).unwrap_or_default(),
    };
    let cells = [
        run.run.as_str(),
        &info.name,
        &kind_words(info.kind, &info.endpoints),
        info.world.as_deref().unwrap_or(""),
        &begun.strftime("%Y-%m-%d %H:%MZ").to_string(),
        &span_words(took),
        standing(info),
        &info
            .driver
            .as_ref()
            .and_then(Option::as_ref)
            .map_or_else(|| info.by.name.clone(), |driver| format!("{}, now {}", info.by.name, driver.name)),
        &cut(&why),
    ];
    cells.map(one_line)
}

fn cut(text: &str) -> String {
    if text.width() <= WHY {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if kept.width() + c.width().unwrap_or(0) >= WHY {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
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
    let text = markdown(&view, &readback.records, None);
    match &args.output {
        None => {
            out(&text);
            Exit::Done
        }
        Some(file) => write(file, &text),
    }
}

/// A report that is there is somebody's: it is never written over.
fn write(file: &Path, text: &str) -> Exit {
    let written = std::fs::OpenOptions::new().write(true).create_new(true).open(file);
    match written.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all())) {
        Ok(()) => {
            note(&format!("Written to {}\n", file.display()));
            Exit::Done
        }
        Err(error) => {
            let help = match error.kind() {
                std::io::ErrorKind::AlreadyExists => "name another file, or remove that one",
                _ => "name a file in a folder that can be written, or leave -o out",
            };
            problem(&format!("the report is not written to {}: {error}", file.display()), Some(help));
            Exit::BadInput
        }
    }
}
