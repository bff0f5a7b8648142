//! Following a journal that another process writes: what has become whole since the last look, and nothing twice.

use std::fs::File;
use std::io::{BufReader, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::error::JournalError;
use super::lines::{LINE_LIMIT, read_line};
use super::lock::{self, Holder};
use super::read::damaged;
use super::record::{Fault, Header, MAJOR, Record, Seal, decode, decode_header};
use super::store::{LOCK_FILE, Store};
use crate::file;
use crate::id::RunId;

/// Reads a journal as it grows. Each line is believed only when its hash, its place and its event are right, as [`super::Reader`]
/// does; a last line without its end is not written yet.
#[derive(Debug)]
pub struct Follower {
    input: BufReader<File>,
    path: PathBuf,
    run: RunId,
    /// With the hash of the last line believed.
    header: Option<(Header, crate::id::Digest)>,
    /// The number of the next record.
    seq: u64,
    /// Bytes of the lines believed.
    length: u64,
    line: Vec<u8>,
    /// Its seal, where that is whole.
    seal: Option<Seal>,
}

impl Store {
    /// Follows the journal of a run from its beginning. Takes no lock and writes nothing.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn follow(&self, run: &RunId) -> Result<Follower, JournalError> {
        self.trust_run(run)?;
        Follower::open(&self.journal_path(run), run)
    }

    /// Who drives a run now: nobody, or somebody (and who, as far as the lock file tells).
    ///
    /// # Errors
    /// The lock cannot be looked at.
    pub fn driver(&self, run: &RunId) -> Result<Option<Option<Holder>>, JournalError> {
        let path = self.run_dir(run).join(LOCK_FILE);
        match lock::holder_of(&path).map_err(JournalError::io("look at", &path))? {
            Some(holder) => Ok(Some(holder)),
            // Whoever drives has the journal itself locked, too, and the lock file may have been deleted.
            None => {
                let path = self.journal_path(run);
                Ok(lock::holder_of::<Holder>(&path).map_err(JournalError::io("look at", &path))?.map(|_| None))
            }
        }
    }
}

impl Follower {
    fn open(path: &Path, run: &RunId) -> Result<Self, JournalError> {
        let file = file::open_to_read(path).map_err(JournalError::io("read", path))?;
        let input = BufReader::with_capacity(64 << 10, file);
        Ok(Self { input, path: path.to_owned(), run: run.clone(), header: None, seq: 0, length: 0, line: Vec::new(), seal: None })
    }

    /// The next record, if it is there already.
    ///
    /// # Errors
    /// A line is damaged, of another run or another major version; the file was deleted; records that were read are gone again,
    /// because they could not be made durable.
    pub fn next_record(&mut self) -> Result<Option<Record>, JournalError> {
        while self.next_line()? {
            let Some((header, last)) = &mut self.header else {
                self.header = Some(self.first_line()?);
                continue;
            };
            let record =
                decode(&self.line, self.seal, self.seq, last).map_err(|fault| damaged(&self.path, self.seq + 2, fault, Some(header)))?;
            *last = record.hash.clone();
            self.seq += 1;
            return Ok(Some(record));
        }
        Ok(None)
    }

    fn first_line(&self) -> Result<(Header, crate::id::Digest), JournalError> {
        let header = decode_header(&self.line).map_err(|fault| match fault {
            Fault::Changed => damaged(&self.path, 1, Fault::Changed, None),
            fault => JournalError::NotAJournal { path: self.path.clone(), what: fault.words(None) },
        })?;
        if header.major != MAJOR {
            return Err(JournalError::Version { path: self.path.clone(), found: header.version() });
        }
        if header.run != self.run {
            return Err(JournalError::WrongRun { path: self.path.clone(), found: header.run, expected: self.run.clone() });
        }
        let hash = header.hash.clone();
        Ok((header, hash))
    }

    /// Reads a line that has its end (and takes that off); false, and back at the line's beginning, when there is none.
    fn next_line(&mut self) -> Result<bool, JournalError> {
        let io = |error| JournalError::io("read", &self.path)(error);
        self.line.clear();
        self.seal = read_line(&mut self.input, &mut self.line).map_err(io)?;
        if self.line.len() >= LINE_LIMIT {
            let fault = Fault::Shape("it is longer than any line that lifeboat writes".into());
            return Err(damaged(&self.path, self.seq + 2, fault, None));
        }
        if self.line.last() == Some(&b'\n') {
            self.length += self.line.len() as u64;
            self.line.pop();
            return Ok(true);
        }
        // Read again from here when there is more: a torn line may be cut off and written anew in the meantime.
        self.input.seek(SeekFrom::Start(self.length)).map_err(io)?;
        let meta = self.input.get_ref().metadata().map_err(io)?;
        if meta.nlink() == 0 {
            return Err(JournalError::Vanished { path: self.path.clone() });
        }
        if meta.len() < self.length {
            return Err(JournalError::TakenBack { path: self.path.clone(), found: meta.len(), read: self.length });
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;

    use super::super::{Journal, Sync};
    use super::*;
    use crate::clock::Stamp;
    use crate::engine::Event;

    fn holder() -> Holder {
        Holder { name: "alice".into(), host: "ops-1".into(), pid: 4711, since: jiff::Timestamp::UNIX_EPOCH }
    }

    /// A run that has begun.
    fn begun() -> (tempfile::TempDir, Store, Journal) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().to_owned());
        let journal = store.create(&"a-run".into(), b"", &holder()).unwrap();
        (dir, store, journal)
    }

    fn paused(reason: &str) -> Event {
        Event::RunPaused { by: None, reason: reason.into() }
    }

    fn append(journal: &mut Journal, reasons: &[&str]) -> Vec<Record> {
        let events: Vec<Event> = reasons.iter().map(|reason| paused(reason)).collect();
        journal.append(Stamp { wall: jiff::Timestamp::UNIX_EPOCH, mono_ms: 0 }, &events, Sync::Now).unwrap()
    }

    fn all(follower: &mut Follower) -> Vec<Record> {
        std::iter::from_fn(|| follower.next_record().unwrap()).collect()
    }

    #[test]
    fn records_come_as_they_are_written_and_once() {
        let (_dir, store, mut journal) = begun();
        let mut follower = store.follow(&"a-run".into()).unwrap();
        assert_eq!(all(&mut follower), []);
        let first = append(&mut journal, &["one", "two"]);
        assert_eq!(all(&mut follower), first);
        assert_eq!(all(&mut follower), []);
        let second = append(&mut journal, &["three"]);
        assert_eq!(all(&mut follower), second);
    }

    #[test]
    fn a_line_without_its_end_is_not_written_yet() {
        let (_dir, store, mut journal) = begun();
        let records = append(&mut journal, &["one", "two"]);
        let path = journal.path().to_owned();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, b"").unwrap();
        let mut follower = store.follow(&"a-run".into()).unwrap();
        let mut seen = Vec::new();
        // Byte by byte, looked at after each.
        for byte in &whole {
            OpenOptions::new().append(true).open(&path).unwrap().write_all(&[*byte]).unwrap();
            seen.extend(all(&mut follower));
        }
        assert_eq!(seen, records);
    }

    #[test]
    fn a_torn_line_that_is_cut_off_and_written_anew_is_read_anew() {
        let (_dir, store, mut journal) = begun();
        let first = append(&mut journal, &["one"]);
        let path = journal.path().to_owned();
        let mut follower = store.follow(&"a-run".into()).unwrap();
        assert_eq!(all(&mut follower), first);
        drop(journal);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(br#"{"seq":1,"wall":"2026-"#).unwrap();
        assert_eq!(all(&mut follower), []);
        let (mut journal, _) = store.reopen(&"a-run".into(), &holder()).unwrap();
        let second = append(&mut journal, &["two"]);
        assert_eq!(all(&mut follower), second);
    }

    #[test]
    fn what_is_not_as_it_was_written_is_an_error() {
        let (_dir, store, mut journal) = begun();
        append(&mut journal, &["one", "two"]);
        let path = journal.path().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("two", "six")).unwrap();
        let mut follower = store.follow(&"a-run".into()).unwrap();
        assert!(follower.next_record().unwrap().is_some());
        assert!(matches!(follower.next_record().unwrap_err(), JournalError::Damaged { line: 3, .. }));

        std::fs::write(&path, &text).unwrap();
        let mut follower = store.follow(&"a-run".into()).unwrap();
        assert_eq!(all(&mut follower).len(), 2);
        OpenOptions::new().write(true).open(&path).unwrap().set_len(text.len() as u64 - 40).unwrap();
        assert!(matches!(follower.next_record().unwrap_err(), JournalError::TakenBack { .. }));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(follower.next_record().unwrap_err(), JournalError::Vanished { .. }));
        std::fs::write(&path, text.replace("a-run", "b-run")).unwrap();
        assert!(store.follow(&"a-run".into()).unwrap().next_record().is_err());
    }

    #[test]
    fn the_driver_is_named_while_there_is_one() {
        let (_dir, store, journal) = begun();
        assert_eq!(store.driver(&"a-run".into()).unwrap(), Some(Some(holder())));
        drop(journal);
        assert_eq!(store.driver(&"a-run".into()).unwrap(), None);
    }
}
