//! Writing a journal: one write for a batch, one fsync where the batch asks for it, all of it or an error that closes the journal.

use std::io;
use std::path::{Path, PathBuf};

use super::alive::Alive;
use super::error::JournalError;
use super::lock::FileLock;
use super::log::StepLog;
use super::medium::Medium;
use super::record::{Record, decode, encode};
use crate::clock::Stamp;
use crate::engine::Event;
use crate::id::{Digest, RunId, StepId};

/// When a batch must be on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// Before `append` returns: something is done on the strength of it.
    Now,
    /// With the next batch that is `Now`. It survives the death of the process at once, and a power cut only then: for events that
    /// a resumed run comes to again by itself.
    Later,
}

/// A place between two lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// The number of the next record.
    pub(super) seq: u64,
    /// Hash of the line before.
    pub(super) last: Digest,
    /// Bytes before it.
    pub(super) length: u64,
}

/// The journal of a run that this process drives. Holds the run's lock until dropped.
#[derive(Debug)]
pub struct Journal {
    run: RunId,
    dir: PathBuf,
    path: PathBuf,
    file: Box<dyn Medium>,
    /// Where the next record goes.
    end: Mark,
    /// Up to here everything is on the disk.
    synced: Mark,
    /// The records between the two, as they were handed out.
    unsaved: Vec<Record>,
    /// How often the disk was asked to make something durable.
    syncs: u64,
    /// The error that closed it.
    closed: Option<String>,
    alive: Alive,
    _lock: FileLock,
}

impl Journal {
    /// A journal that goes on at `end`, with everything before it on the disk already.
    pub(super) fn at(run: RunId, path: PathBuf, file: Box<dyn Medium>, end: Mark, lock: FileLock) -> Self {
        let dir = path.parent().map(Path::to_owned).unwrap_or_default();
        let alive = Alive::open(&dir);
        Self { run, dir, path, file, synced: end.clone(), end, unsaved: Vec::new(), syncs: 0, closed: None, alive, _lock: lock }
    }

    /// Notes that this process is there and drives the run, about once a second.
    pub fn beat(&self, at: Stamp) {
        self.alive.beat(at);
    }

    /// When the process that drove the run before was there last, in milliseconds of the run's monotonic clock, where that is known.
    pub fn alive_ms(&self) -> Option<u64> {
        self.alive.last_ms()
    }

    /// Records events that happened at one moment. When this returns, they are in the file; with [`Sync::Now`] they are on the disk,
    /// with every record before them, and what they announce may be done then and not before. The records are those that a later
    /// reader will read, bit for bit: fold these, not the events handed in.
    ///
    /// # Errors
    /// The disk is full, broken or gone, the file was deleted, or something else writes to it. Nothing of the batch counts as
    /// recorded, and every later call is refused: nothing may be executed on the strength of this journal any more. What of the batch
    /// had reached the file is cut off again if that can be done. When it is the sync that failed, nobody knows what of the records
    /// since the last sync has reached the disk, so they are cut off with it: [`Journal::unsaved`] has them. Only
    /// [`JournalError::Unrepresentable`], found before anything is written, leaves the journal open.
    pub fn append(&mut self, at: Stamp, events: &[Event], sync: Sync) -> Result<Vec<Record>, JournalError> {
        self.refuse_if_closed()?;
        let (bytes, records) = self.lines(at, events)?;
        let written = self.write(&bytes, &records).and_then(|()| if sync == Sync::Now { self.flush() } else { Ok(()) });
        written.inspect_err(|error| self.closed = Some(error.to_string()))?;
        if sync == Sync::Later {
            self.unsaved.extend_from_slice(&records);
        }
        Ok(records)
    }

    /// Makes everything that was recorded durable.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.refuse_if_closed()?;
        let synced = self.look().and_then(|()| self.flush());
        synced.inspect_err(|error| self.closed = Some(error.to_string()))
    }

    fn refuse_if_closed(&self) -> Result<(), JournalError> {
        match &self.closed {
            Some(because) => Err(JournalError::Closed { path: self.path.clone(), because: because.clone() }),
            None => Ok(()),
        }
    }

    /// The lines of a batch, and what a reader will make of them.
    fn lines(&self, at: Stamp, events: &[Event]) -> Result<(Vec<u8>, Vec<Record>), JournalError> {
        let unrepresentable = |what: String| JournalError::Unrepresentable { what };
        let mut bytes = Vec::new();
        let mut records = Vec::with_capacity(events.len());
        for (seq, event) in (self.end.seq..).zip(events) {
            let prev = records.last().map_or(&self.end.last, |record: &Record| &record.hash);
            let start = bytes.len();
            let seal = encode(seq, at, prev, event, &mut bytes).map_err(|error| unrepresentable(error.to_string()))?;
            let line = &bytes[start..bytes.len() - 1];
            let record = decode(line, Some(seal), seq, prev).map_err(|fault| unrepresentable(fault.words(None)))?;
            records.push(record);
        }
        Ok((bytes, records))
    }

    /// Whether the file is still there and as it was left.
    fn look(&self) -> Result<(), JournalError> {
        let (links, found) = self.file.look().map_err(JournalError::io("look at", &self.path))?;
        if links == 0 {
            return Err(JournalError::Vanished { path: self.path.clone() });
        }
        if !self.file.is_at(&self.path).map_err(JournalError::io("look at", &self.path))? {
            return Err(JournalError::Replaced { path: self.path.clone() });
        }
        if found != self.end.length {
            return Err(JournalError::Meddled { path: self.path.clone(), found, expected: self.end.length });
        }
        Ok(())
    }

    /// Puts the lines of `records` at the end of the file.
    fn write(&mut self, bytes: &[u8], records: &[Record]) -> Result<(), JournalError> {
        let Some(last) = records.last() else { return Ok(()) };
        self.look()?;
        if let Err(error) = self.file.write_all(bytes) {
            return Err(self.retreat(error));
        }
        self.end = Mark { seq: last.seq + 1, last: last.hash.clone(), length: self.end.length + bytes.len() as u64 };
        Ok(())
    }

    /// Makes what is in the file durable.
    fn flush(&mut self) -> Result<(), JournalError> {
        if self.synced == self.end {
            return Ok(());
        }
        self.syncs += 1;
        if let Err(error) = self.file.sync_data() {
            // The kernel reports a lost page once and takes it for written from then on: a second sync of the same bytes would
            // succeed and prove nothing. Only what an earlier sync confirmed is believed.
            self.end = self.synced.clone();
            return Err(self.retreat(error));
        }
        self.synced = self.end.clone();
        self.unsaved.clear();
        Ok(())
    }

    /// Cuts off what an error left behind `end`; where even that cannot be made durable, everything that never was.
    fn retreat(&mut self, error: io::Error) -> JournalError {
        let mut cut = self.cut_back();
        if cut.is_err() && self.end != self.synced {
            self.end = self.synced.clone();
            cut = self.cut_back();
        }
        let error = match cut {
            Ok(()) => error,
            Err(cut) => io::Error::new(error.kind(), format!("{error} (and what is not whole could not be cut off: {cut})")),
        };
        JournalError::io("write to", &self.path)(error)
    }

    fn cut_back(&mut self) -> io::Result<()> {
        self.file.set_len(self.end.length)?;
        self.syncs += 1;
        self.file.sync_data()?;
        self.synced = self.end.clone();
        self.unsaved.retain(|record| record.seq >= self.synced.seq);
        Ok(())
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
        self.end.seq
    }

    /// Hash of the last line.
    pub fn last_hash(&self) -> &Digest {
        &self.end.last
    }

    /// Records that `append` handed out and that a power cut could still take: those since the last sync. After an error, those that
    /// are lost, to be shown to a person beside the batch that was refused.
    pub fn unsaved(&self) -> &[Record] {
        &self.unsaved
    }

    /// How often the disk was asked to make something durable since the journal was opened.
    pub fn syncs(&self) -> u64 {
        self.syncs
    }

    /// Why it takes no more records, once that is so.
    pub fn closed(&self) -> Option<&str> {
        self.closed.as_deref()
    }
}

#[cfg(test)]
mod tests;
