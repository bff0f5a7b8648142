//! Finding runs: all of them, newest first, and one by a part of its name.

use std::fs;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::JournalError;
use super::lock::Holder;
use super::read::{Reader, verify};
use super::record::{Record, decode_alone};
use super::store::Store;
use crate::engine::{Actor, Event, Outcome, RunKind};
use crate::file;
use crate::id::RunId;
use crate::plan::Endpoint;

/// How many names an error offers.
const NAMES_OFFERED: usize = 5;

/// How much of a journal's end is looked at first.
const TAIL: u64 = 64 << 10;

/// A run's folder.
#[derive(Debug)]
pub struct RunEntry {
    /// The run.
    pub run: RunId,
    /// Its folder.
    pub dir: PathBuf,
    /// What its journal says, or why that cannot be told.
    pub info: Result<RunInfo, JournalError>,
}

/// A run at a glance, from both ends of its journal. The chain between them is not checked here.
#[derive(Debug, Clone, PartialEq)]
pub struct RunInfo {
    /// Live, dry run or drill.
    pub kind: RunKind,
    /// The simulated world of a drill.
    pub world: Option<String>,
    /// What took the place of AWS.
    pub endpoints: Vec<Endpoint>,
    /// `name` of the runbook.
    pub name: String,
    /// `title` of the runbook.
    pub title: String,
    /// Who started it.
    pub by: Actor,
    /// When it was started, by the wall clock of its world.
    pub started: Timestamp,
    /// When the outage began that it answers to.
    pub outage: Timestamp,
    /// When its last record was made.
    pub last: Timestamp,
    /// How many records it has.
    pub records: u64,
    /// Where it stands.
    pub standing: Standing,
    /// Somebody drives it now (and who, as far as the lock file tells).
    pub driver: Option<Option<Holder>>,
}

/// Where a run stands, as its journal tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is over.
    Finished {
        /// How it ended.
        outcome: Outcome,
        /// Why.
        reason: String,
    },
    /// It was paused and can be resumed.
    Paused {
        /// Why.
        reason: String,
    },
    /// It goes on, or stopped without a word: see [`RunInfo::driver`].
    Open,
}

impl Store {
    /// Every run there is, newest first. A run that cannot be read is listed with the reason.
    ///
    /// # Errors
    /// The folder of the runs cannot be read. That it is not there yet is no error.
    pub fn list(&self) -> Result<Vec<RunEntry>, JournalError> {
        let runs = self.names()?;
        Ok(runs.into_iter().map(|run| RunEntry { dir: self.run_dir(&run), info: self.info(&run), run }).collect())
    }

    /// The run that `name` means: `latest`, a whole name, the beginning of one, or its four last characters.
    ///
    /// # Errors
    /// None fits, or more than one; others may have written what it is.
    pub fn find(&self, name: &str) -> Result<RunId, JournalError> {
        let run = self.named(name)?;
        self.trust_run(&run)?;
        Ok(run)
    }

    fn named(&self, name: &str) -> Result<RunId, JournalError> {
        let mut runs = self.names()?;
        if let Some(run) = runs.iter().find(|run| run.as_str() == name) {
            return Ok(run.clone());
        }
        let newest = |runs: &[RunId]| runs.iter().take(NAMES_OFFERED).cloned().collect();
        let wanted = name.to_ascii_lowercase();
        let mut fitting: Vec<RunId> = if wanted == "latest" {
            runs.first().cloned().into_iter().collect()
        } else {
            let fits = |run: &RunId| {
                let run = run.as_str().to_ascii_lowercase();
                run.starts_with(&wanted) || run.rsplit('-').next() == Some(&wanted)
            };
            runs.iter().filter(|run| !wanted.is_empty() && fits(run)).cloned().collect()
        };
        match fitting.len() {
            1 => Ok(fitting.remove(0)),
            0 => {
                runs = newest(&runs);
                Err(JournalError::NotFound { name: name.into(), known: runs })
            }
            _ => Err(JournalError::Ambiguous { name: name.into(), candidates: newest(&fitting) }),
        }
    }

    /// One run at a glance.
    ///
    /// # Errors
    /// Its journal cannot be read or is damaged at one of its ends.
    pub fn info(&self, run: &RunId) -> Result<RunInfo, JournalError> {
        let path = self.journal_path(run);
        self.trust_run(run)?;
        let mut reader = Reader::open(&path)?;
        if reader.header().run != *run {
            return Err(JournalError::WrongRun { path, found: reader.header().run.clone(), expected: run.clone() });
        }
        let first = reader.next().unwrap_or_else(|| Err(JournalError::Empty { path: path.clone() }))?;
        let Event::RunStarted { kind, world, by, plan, incident_start, endpoints, .. } = &first.event else {
            return Err(JournalError::Damaged { path, line: 2, what: "it is not the start of a run".into() });
        };
        let Some(tail) = tail(&path).map_err(JournalError::io("read", &path))? else {
            // Somewhere near the end; reading it all names the line.
            return Err(verify(&path).err().unwrap_or(JournalError::NotAJournal { path, what: "it changes while it is read".into() }));
        };
        let last = tail.last().filter(|last| last.seq >= first.seq).unwrap_or(&first);
        Ok(RunInfo {
            kind: *kind,
            world: world.as_ref().map(|world| world.name.clone()),
            endpoints: endpoints.clone(),
            name: plan.name.clone(),
            title: plan.title.clone(),
            by: by.clone(),
            started: first.at.wall,
            outage: *incident_start,
            last: last.at.wall,
            records: last.seq + 1,
            standing: standing(&tail),
            driver: self.driver(run)?,
        })
    }

    /// The names of all runs, newest first, without a look into them.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub fn names(&self) -> Result<Vec<RunId>, JournalError> {
        let dir = self.runs_dir();
        self.trust()?;
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(JournalError::io("read", &dir)(error)),
        };
        let mut runs = Vec::new();
        for entry in entries {
            let entry = entry.map_err(JournalError::io("read", &dir))?;
            if entry.file_type().is_ok_and(|kind| kind.is_dir())
                && let Some(name) = entry.file_name().to_str()
            {
                runs.push(RunId::from(name));
            }
        }
        runs.sort_unstable_by(|a, b| b.cmp(a));
        Ok(runs)
    }
}

/// The records at the end of a journal, as many as a window shows, for themselves (the chain is not checked). A torn last line is
/// left out; `None` when the last whole line is no record.
fn tail(path: &Path) -> io::Result<Option<Vec<Record>>> {
    let mut file = file::open_to_read(path)?;
    let length = file.metadata()?.len();
    let mut window = TAIL;
    loop {
        let from = length.saturating_sub(window);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.by_ref().take(window).read_to_end(&mut bytes)?;
        let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        // What follows the last line end is nothing, or a line that is torn or only lacks its end.
        let open = lines.pop().and_then(|line| decode_alone(line).ok());
        // The window seldom begins where a line does; the header is no record.
        let whole = lines.get(1..).unwrap_or_default();
        if whole.is_empty() && from > 0 {
            window *= 4;
            continue;
        }
        let Some(decoded) = whole.iter().map(|line| decode_alone(line).ok()).collect::<Option<Vec<_>>>() else { return Ok(None) };
        return Ok(Some(decoded.into_iter().chain(open).collect()));
    }
}

fn standing(tail: &[Record]) -> Standing {
    for record in tail.iter().rev() {
        match &record.event {
            Event::RunFinished { outcome, reason, .. } => return Standing::Finished { outcome: *outcome, reason: reason.clone() },
            Event::RunRefused { failures } => {
                let reason = failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                return Standing::Finished { outcome: Outcome::Refused, reason };
            }
            Event::RunPaused { reason, .. } => return Standing::Paused { reason: reason.clone() },
            Event::RunResumed { .. } | Event::RollbackStarted { .. } => return Standing::Open,
            _ => {}
        }
    }
    Standing::Open
}
