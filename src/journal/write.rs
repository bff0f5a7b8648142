//! Writing a journal: one write and one fsync for a batch, all of it or an error that closes the journal.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::error::JournalError;
use super::lock::RunLock;
use super::log::StepLog;
use super::record::{Record, decode, encode};
use crate::clock::Stamp;
use crate::engine::Event;
use crate::id::{Digest, RunId, StepId};

/// The journal of a run that this process drives. Holds the run's lock until dropped.
#[derive(Debug)]
pub struct Journal {
    pub(super) run: RunId,
    pub(super) dir: PathBuf,
    pub(super) path: PathBuf,
    /// Opened for appending.
    pub(super) file: File,
    /// The number of the next record.
    pub(super) seq: u64,
    /// Hash of the last line.
    pub(super) last: Digest,
    /// Bytes of the whole lines in the file.
    pub(super) length: u64,
    /// The error that closed it.
    pub(super) closed: Option<String>,
    pub(super) _lock: RunLock,
}

impl Journal {
    /// Records events that happened at one moment. When this returns, they are on the disk; what they announce may be done then and
    /// not before. The records are those that a later reader will read, bit for bit: fold these, not the events handed in.
    ///
    /// # Errors
    /// The disk is full, broken or gone, the file was deleted, or something else writes to it. Nothing of the batch counts as
    /// recorded, what of it had reached the file is cut off again if that can be done, and every later call is refused: nothing may
    /// be executed on the strength of this journal any more. Only [`JournalError::Unrepresentable`], found before anything is
    /// written, leaves it open.
    pub fn append(&mut self, at: Stamp, events: &[Event]) -> Result<Vec<Record>, JournalError> {
        if let Some(because) = &self.closed {
            return Err(JournalError::Closed { path: self.path.clone(), because: because.clone() });
        }
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let (bytes, records) = self.lines(at, events)?;
        if let Err(error) = self.persist(&bytes) {
            self.closed = Some(error.to_string());
            return Err(error);
        }
        self.length += bytes.len() as u64;
        self.seq += records.len() as u64;
        if let Some(record) = records.last() {
            self.last = record.hash.clone();
        }
        Ok(records)
    }

    /// The lines of a batch, and what a reader will make of them.
    fn lines(&self, at: Stamp, events: &[Event]) -> Result<(Vec<u8>, Vec<Record>), JournalError> {
        let unrepresentable = |what: String| JournalError::Unrepresentable { what };
        let mut bytes = Vec::new();
        let mut records = Vec::with_capacity(events.len());
        for (seq, event) in (self.seq..).zip(events) {
            let prev = records.last().map_or(&self.last, |record: &Record| &record.hash);
            let start = bytes.len();
            encode(seq, at, prev, event, &mut bytes).map_err(|error| unrepresentable(error.to_string()))?;
            let record = decode(&bytes[start..bytes.len() - 1], seq, prev).map_err(|fault| unrepresentable(fault.words(None)))?;
            records.push(record);
        }
        Ok((bytes, records))
    }

    fn persist(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let meta = self.file.metadata().map_err(JournalError::io("look at", &self.path))?;
        if meta.nlink() == 0 {
            return Err(JournalError::Vanished { path: self.path.clone() });
        }
        if meta.len() != self.length {
            return Err(JournalError::Meddled { path: self.path.clone(), found: meta.len(), expected: self.length });
        }
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_data());
        written.map_err(|error| {
            let error = match self.cut_back() {
                Ok(()) => error,
                Err(cut) => io::Error::new(error.kind(), format!("{error} (and the torn line could not be cut off: {cut})")),
            };
            JournalError::io("write to", &self.path)(error)
        })
    }

    /// Takes away what a failed write left.
    fn cut_back(&self) -> io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.sync_data()
    }

    /// Keeps a file beside the journal, durably: the world a drill happens in, say. Refuses a name that is taken.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), JournalError> {
        super::store::write_new(&self.dir.join(name), bytes)?;
        super::store::sync_dir(&self.dir)
    }

    /// The log of a step, to write on where it stands.
    ///
    /// # Errors
    /// The log cannot be opened.
    pub fn step_log(&self, step: &StepId) -> Result<StepLog, JournalError> {
        StepLog::open(&self.dir, step)
    }

    /// Whose journal it is.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The run's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The journal's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many records there are.
    pub fn records(&self) -> u64 {
        self.seq
    }

    /// Hash of the last line.
    pub fn last_hash(&self) -> &Digest {
        &self.last
    }

    /// Why it takes no more records, once that is so.
    pub fn closed(&self) -> Option<&str> {
        self.closed.as_deref()
    }
}
