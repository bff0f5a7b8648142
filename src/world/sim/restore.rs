//! From a log back to the world that wrote it: a fresh estate, and every call's trace in it made again.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use winterbaume_core::MockRequest;

use super::aws::{self, Moment};
use super::chain::{self, Chain};
use super::estate::Estate;
use super::fault::Place;
use super::ledger::{FORMAT, Head, Ledger, Line, Reached, Request};

/// Why a world cannot be restored from its log.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The operating system refused.
    #[error(
        "the log of the simulated world, {}, cannot be {doing}: {source}; without it the world cannot be restored: begin a new drill",
        path.display()
    )]
    Io {
        /// `read`, say.
        doing: &'static str,
        /// The log.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A line is not as it was written.
    #[error("{} is damaged at line {line}: {what}; restore it from a copy, or begin a new drill", path.display())]
    Damaged {
        /// The log.
        path: PathBuf,
        /// Counts from 1; the head is line 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// The log is of another world, seed or format.
    #[error("{} is not the log of this world: {what}; restore the run's own files, or begin a new drill", path.display())]
    OtherWorld {
        /// The log.
        path: PathBuf,
        /// In what they differ.
        what: String,
    },
}

/// A log that was read: its whole lines, and the file, ready for the next.
pub(super) struct Readback {
    lines: Vec<Line>,
    file: File,
    chain: Option<Chain>,
}

/// What was restored.
pub(super) struct Restored {
    pub(super) ledger: Ledger,
    /// When the last line was written.
    pub(super) last: Option<Timestamp>,
}

/// Reads the log of the world `head`. A torn last line is cut off: its call never had an answer.
pub(super) fn read(path: &Path, head: &Head) -> Result<Readback, RestoreError> {
    let io = |doing| move |source| RestoreError::Io { doing, path: path.to_owned(), source };
    let mut file = crate::file::open_in_place(path, OpenOptions::new().read(true).append(true)).map_err(io("opened"))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(io("read"))?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole < bytes.len() {
        file.set_len(whole as u64).map_err(io("cut back to its last whole line"))?;
        file.seek(SeekFrom::End(0)).map_err(io("read"))?;
    }
    let chain = chain::check(path, &bytes[..whole])?;
    let mut lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n').enumerate();
    let damaged =
        |at: usize, error: serde_json::Error| RestoreError::Damaged { path: path.to_owned(), line: at + 1, what: error.to_string() };
    let Some((_, first)) = lines.next() else {
        return Err(RestoreError::Damaged { path: path.to_owned(), line: 1, what: "the head is missing".into() });
    };
    let found: Head = serde_json::from_slice(first).map_err(|error| damaged(0, error))?;
    if let Some(what) = difference(&found, head) {
        return Err(RestoreError::OtherWorld { path: path.to_owned(), what });
    }
    let lines = lines.map(|(at, line)| serde_json::from_slice(line).map_err(|error| damaged(at, error))).collect::<Result<_, _>>()?;
    Ok(Readback { lines, file, chain })
}

fn difference(found: &Head, wanted: &Head) -> Option<String> {
    if found.world_log != FORMAT {
        Some(format!("its format is {}, and this lifeboat reads format {FORMAT}", found.world_log))
    } else if found.digest != wanted.digest {
        Some(format!("it is of the world `{}` with the fingerprint {}, not {}", found.name, found.digest, wanted.digest))
    } else if found.seed != wanted.seed {
        Some(format!("it began with seed {}, not {}", found.seed, wanted.seed))
    } else if found.start != wanted.start {
        Some(format!("it began at {}, not at {}", found.start, wanted.start))
    } else {
        None
    }
}

impl Readback {
    /// Makes the trace of every call again in a fresh estate. Nothing waits, and nothing is written.
    pub(super) fn replay(self, path: &Path, estate: &mut Estate) -> Result<Restored, RestoreError> {
        // What calls left when they arrived, in the order of their arrival …
        let mut arrivals: Vec<&Line> = self.lines.iter().collect();
        arrivals.sort_by_key(|line| line.n);
        for line in arrivals {
            estate.calls = estate.calls.max(line.n);
            for number in &line.struck {
                estate.faults.struck(*number);
            }
            if line.reached.is_some() && line.call.service == "route53" {
                // It was taken then, so it is taken now.
                estate.route53_takes(line.call.at.wall);
            }
        }
        // … and what they did, in the order in which they did it. (The resolvers' caches are a function of time.)
        for (at, line) in self.lines.iter().enumerate() {
            let Some(Reached { at: t, request: Some(request) }) = &line.reached else { continue };
            again(estate, line, *t, request).map_err(|what| RestoreError::Damaged { path: path.to_owned(), line: at + 2, what })?;
        }
        let last = self.lines.iter().map(Line::written).max();
        let audit = self.lines.into_iter().map(|line| line.call).collect();
        Ok(Restored { ledger: Ledger::go_on(path, self.file, self.chain, audit), last })
    }
}

/// Lets a request take effect again, at the time and with the number it had.
fn again(estate: &mut Estate, line: &Line, t: Timestamp, request: &Request) -> Result<(), String> {
    let Request { method, uri, body } = request.clone();
    let mock = MockRequest { method, uri, headers: HeaderMap::new(), body: Bytes::from(body) };
    let call = &line.call;
    let place = Place { service: &call.service, operation: &call.operation, region: &call.region };
    let outcome = (aws::parse(&call.service, &mock).effect)(estate, Moment { t, n: line.n, place });
    let outcome = outcome.map(|_| ()).map_err(|refused| refused.code.to_string());
    if outcome == call.outcome {
        return Ok(());
    }
    let words = |outcome: &Result<(), String>| outcome.as_ref().map_or_else(Clone::clone, |()| "done".into());
    Err(format!("{} on {} was then: {}; now: {}", call.operation, call.resource, words(&call.outcome), words(&outcome)))
}
