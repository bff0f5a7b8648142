//! `lifeboat verify`: whether a run's record is as it was written.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::args;
use super::drive::store;
use super::exit::Exit;
use super::rehearsal::WORLD_LOG;
use super::runs::not_found;
use super::say::{note, out, out_raw, problem};
use crate::engine::{RunPhase, State, StepPhase, begin, evolve};
use crate::file;
use crate::id::{Digest, RunId};
use crate::journal::{JOURNAL_FILE, JournalError, RUNBOOK_FILE, Record, Replayed, copy_name, replay};
use crate::world::sim::verify_log;

/// The fewest hex digits of a hash that are compared: 128 bits. Of fewer, another record with the same can be found by trying.
const LEAST_DIGITS: usize = 32;
/// The largest copy of a runbook that is read.
const RUNBOOK_LIMIT: u64 = 4 << 20;

/// What is looked at.
struct Place {
    journal: PathBuf,
    /// The run that it must be the journal of, where a run was named.
    run: Option<RunId>,
    /// A run's folder, which has a copy of the runbook; not a journal by itself.
    is_folder: bool,
}

/// What was found in a journal whose chain is whole.
struct Found {
    chain: Replayed,
    state: State,
    /// The record with the hash that was given, if any has it.
    kept: Option<u64>,
}

/// Checks a record and says what it is.
pub(super) fn verify(args: &args::Verify) -> Exit {
    let place = match place(args) {
        Ok(place) => place,
        Err(exit) => return exit,
    };
    let faults = match examine(&place, args.hash.as_deref()) {
        Ok(found) => {
            let runbook = runbook(&place, &found.state);
            let world = world_log(&place);
            let faults: Vec<String> =
                runbook.clone().err().into_iter().chain(world.clone().err()).chain(cut_off(args.hash.as_deref(), &found)).collect();
            if args.json {
                out_raw(&as_json(&place, &found, args.hash.is_some(), runbook, &faults).to_string());
            } else {
                out(&words(&place, &found, (runbook.ok(), world.ok().flatten()), faults.is_empty()));
            }
            faults
        }
        Err(error) => {
            if args.json {
                let line = if let JournalError::Damaged { line, .. } = &error { Some(*line) } else { None };
                out_raw(&json!({ "journal": place.journal, "whole": false, "line": line, "faults": [error.to_string()] }).to_string());
            }
            let error = if let JournalError::Damaged { line, .. } = &error {
                format!("{error} ({} before it are whole)", records(line.saturating_sub(2)))
            } else {
                error.to_string()
            };
            vec![error]
        }
    };
    for fault in &faults {
        problem(fault, None);
    }
    if faults.is_empty() { Exit::Done } else { Exit::Record }
}

/// A run by its name, else a journal or a run's folder by its path. What has a slash in it is a path.
fn place(args: &args::Verify) -> Result<Place, Exit> {
    let path = Path::new(&args.run);
    let by_path = || {
        let is_folder = path.is_dir();
        let journal = if is_folder { path.join(JOURNAL_FILE) } else { path.to_owned() };
        Place { journal, run: None, is_folder }
    };
    if args.run.contains('/') {
        return Ok(by_path());
    }
    let store = store(args.state.state_dir.as_deref())?;
    match store.find(&args.run) {
        Ok(run) => Ok(Place { journal: store.journal_path(&run), run: Some(run), is_folder: true }),
        Err(error) if error.is_bad_name() && path.exists() => Ok(by_path()),
        Err(error) => Err(not_found(&error)),
    }
}

/// Reads the chain and folds it, as a resume would.
fn examine(place: &Place, hash: Option<&str>) -> Result<Found, JournalError> {
    let (mut state, mut kept) = (None, None);
    let chain = replay(&place.journal, |record: Record| {
        if hash.is_some_and(|hash| is_hash(&record.hash, hash)) {
            kept = Some(record.seq);
        }
        match &mut state {
            None => state = begin(&record.event, record.at),
            Some(state) => evolve(state, &record.event, record.at),
        }
    })?;
    if let Some(expected) = place.run.as_ref().filter(|run| **run != chain.header.run) {
        return Err(JournalError::WrongRun { path: place.journal.clone(), found: chain.header.run, expected: expected.clone() });
    }
    match state {
        Some(state) => Ok(Found { chain, state, kept }),
        None if chain.records == 0 => Err(JournalError::Empty { path: place.journal.clone() }),
        None => Err(JournalError::Damaged { path: place.journal.clone(), line: 2, what: "it is not the start of a run".into() }),
    }
}

fn is_hash(hash: &Digest, given: &str) -> bool {
    hash.as_str().strip_prefix("sha256:").is_some_and(|digits| digits.starts_with(given))
}

/// The argument of `--hash`: hex digits, as many as there are or at least the first 32, with or without `sha256:`.
pub(super) fn hash_argument(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match digits.len() {
        LEAST_DIGITS..=64 if hex => Ok(digits),
        1..LEAST_DIGITS if hex => Err(format!(
            "{} hex digits prove nothing: a forger finds another record that has them by trying; give at least the first {LEAST_DIGITS}",
            digits.len()
        )),
        _ => Err(format!("sha256: and 64 hex digits, or at least the first {LEAST_DIGITS}")),
    }
}

/// A hash that was kept elsewhere and that no record has any more.
fn cut_off(hash: Option<&str>, found: &Found) -> Option<String> {
    let hash = hash.filter(|_| found.kept.is_none())?;
    Some(format!(
        "no record has the hash {hash}…: since it was kept, records were cut off the end or replaced; there are {} now, and the last has the hash {}",
        found.chain.records, found.chain.last
    ))
}

/// The copy of the runbook, which must be the one that the plan was made of: what was found.
fn runbook(place: &Place, state: &State) -> Result<&'static str, String> {
    let path = place.journal.with_file_name(RUNBOOK_FILE);
    match file::read(&path, RUNBOOK_LIMIT) {
        Ok(bytes) if Digest::of(&bytes) == state.plan.source_digest => within(place, state),
        Ok(_) => Err(format!(
            "{} is not the runbook that the plan was made of: it was changed; the journal holds the whole plan",
            path.display()
        )),
        Err(_) if !place.is_folder => Ok("not beside the journal, so not checked"),
        Err(error) => Err(format!("{} cannot be read: {error}; the journal holds the whole plan", path.display())),
    }
}

/// The copies of the runbooks that its steps run, likewise.
fn within(place: &Place, state: &State) -> Result<&'static str, String> {
    for nested in state.plan.nested.values() {
        let path = place.journal.with_file_name(copy_name(&nested.name, &nested.source_digest));
        let whole = "the journal holds the whole plan";
        match file::read(&path, RUNBOOK_LIMIT) {
            Ok(bytes) if Digest::of(&bytes) == nested.source_digest => {}
            Ok(_) => return Err(format!("{} is not the runbook that the plan was made of: it was changed; {whole}", path.display())),
            Err(error) => return Err(format!("{} cannot be read: {error}; {whole}", path.display())),
        }
    }
    Ok(if state.plan.nested.is_empty() { "the one the plan was made of" } else { "those the plan was made of" })
}

/// The log of a drill's world beside the journal: what was found, where there is one.
fn world_log(place: &Place) -> Result<Option<&'static str>, String> {
    let path = place.journal.with_file_name(WORLD_LOG);
    if !place.is_folder || !path.exists() {
        return Ok(None);
    }
    match verify_log(&path) {
        Ok(true) => Ok(Some("its log is chained and whole")),
        Ok(false) => Ok(Some("its log has no chain: it was written by an earlier version, and is not checked")),
        Err(error) => Err(error.to_string()),
    }
}

fn words(place: &Place, found: &Found, (runbook, world): (Option<&str>, Option<&str>), is_good: bool) -> String {
    let Found { chain, state, kept } = found;
    let mut text = format!(
        "{}  {}: {}, {}\n  journal    {}\n  last hash  {}\n",
        chain.header.run,
        if is_good { "whole" } else { "its chain is whole" },
        records(chain.records),
        standing(state),
        place.journal.display(),
        chain.last
    );
    if let Some(runbook) = runbook {
        text.push_str(&format!("  runbook    {runbook}\n"));
    }
    if let Some(world) = world {
        text.push_str(&format!("  world      {world}\n"));
    }
    match kept {
        Some(seq) if seq + 1 == chain.records => text.push_str("  kept hash  the last one: nothing was cut off\n"),
        Some(seq) => text.push_str(&format!(
            "  kept hash  that of record {seq} (line {}): nothing up to there was cut off, and {} came after it\n",
            seq + 2,
            records(chain.records - seq - 1)
        )),
        None => text.push_str(WITHOUT_HASH),
    }
    if let Some(torn) = &chain.torn {
        note(&format!(
            "Line {} is torn ({} bytes): it was being written when the process or the machine died, or is being written now. It counts for \
             nothing, and a resume cuts it off.\n",
            torn.line, torn.bytes
        ));
    }
    text
}

/// What the chain proves by itself, and what it does not.
const WITHOUT_HASH: &str = "  proves     that nothing was changed since by accident, or by somebody who did not chain it anew: whoever can write the file can do\n             that. Keep the last hash elsewhere and give it with --hash: then nobody can have changed what came before it\n";

fn as_json(place: &Place, found: &Found, asked: bool, runbook: Result<&str, String>, faults: &[String]) -> Value {
    let Found { chain, state, kept } = found;
    json!({
        "run": chain.header.run,
        "journal": place.journal,
        "whole": faults.is_empty(),
        "format": chain.header.version(),
        "records": chain.records,
        "last_hash": chain.last,
        "torn": chain.torn.as_ref().map(|torn| json!({ "line": torn.line, "bytes": torn.bytes })),
        "standing": standing(state),
        "runbook": runbook.unwrap_or("missing or changed"),
        "kept_hash": asked.then(|| json!({ "record": kept, "is_last": kept.is_some_and(|seq| seq + 1 == chain.records) })),
        "faults": faults,
    })
}

/// Where the run stands, as a resume would find it.
fn standing(state: &State) -> String {
    if let RunPhase::Finished { reason, .. } = &state.phase {
        return format!("the run is over: {reason}");
    }
    let in_doubt = state.steps.values().filter(|step| matches!(step.phase, StepPhase::Applying | StepPhase::InDoubt { .. })).count();
    let ended = state.steps.values().filter(|step| step.phase.is_ended() && step.phase != StepPhase::Dormant).count();
    let doubt = if in_doubt > 0 { format!(", {in_doubt} in doubt") } else { String::new() };
    format!("the run is not over: {ended} of {} steps ended{doubt}", state.plan.steps.len())
}

fn records(n: u64) -> String {
    if n == 1 { "1 record".into() } else { format!("{n} records") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_hex_and_long_enough_to_tell() {
        assert_eq!(hash_argument("sha256:00AAbb1100AAbb1100AAbb1100AAbb11").unwrap(), "00aabb11".repeat(4));
        assert_eq!(hash_argument(&"a".repeat(64)).unwrap().len(), 64);
        for bad in ["", "sha256:", "00aabb11", &"a".repeat(31), &"xyz12345".repeat(4), &"a".repeat(65)] {
            assert!(hash_argument(bad).is_err(), "{bad}");
        }
        assert!(is_hash(&Digest::of(b""), "e3b0c442"));
        assert!(!is_hash(&Digest::of(b""), "b0c44298"));
    }
}
