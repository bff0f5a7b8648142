//! Disks that break: what was promised stays, whatever fails and wherever the power goes.

use std::io;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::*;
use crate::journal::lock::{FileLock, Holder};
use crate::journal::record::encode_header;
use crate::journal::{Header, Reader};

/// A disk under a kernel that loses pages: after a sync that failed, what was to be written counts as written and never is.
#[derive(Debug, Default)]
struct Platter {
    /// What reads see.
    cached: Vec<u8>,
    /// What is left when the power goes.
    durable: Vec<u8>,
    /// From here on nothing was tried to be written yet.
    clean: usize,
    /// What the next operations do; fine when there are no more.
    fates: std::collections::VecDeque<Fate>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Fine,
    /// It fails; a write gets this share of its bytes out, in 255ths.
    Fails(u8),
}

#[derive(Debug, Clone)]
struct Disk(Arc<Mutex<Platter>>);

impl Platter {
    fn fate(&mut self) -> Fate {
        self.fates.pop_front().unwrap_or(Fate::Fine)
    }

    /// What a reader finds after a power cut that let this share of the unsynced bytes through.
    fn after_power_cut(&self, share: u8) -> Vec<u8> {
        let mut left = self.durable.clone();
        let more = self.cached.len().saturating_sub(self.clean) * usize::from(share) / 255;
        left.resize(self.clean.min(self.cached.len()), 0);
        left.extend_from_slice(&self.cached[self.cached.len().min(self.clean)..][..more]);
        left
    }
}

impl Medium for Disk {
    fn look(&self) -> io::Result<(u64, u64)> {
        Ok((1, self.0.lock().unwrap().cached.len() as u64))
    }

    fn is_at(&self, _: &Path) -> io::Result<bool> {
        Ok(true)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        match disk.fate() {
            Fate::Fine => disk.cached.extend_from_slice(bytes),
            Fate::Fails(share) => {
                disk.cached.extend_from_slice(&bytes[..bytes.len() * usize::from(share) / 255]);
                return Err(io::ErrorKind::StorageFull.into());
            }
        }
        Ok(())
    }

    fn sync_data(&mut self) -> io::Result<()> {
        let mut guard = self.0.lock().unwrap();
        let disk = &mut *guard;
        let (from, to) = (disk.clean.min(disk.cached.len()), disk.cached.len());
        disk.clean = to;
        disk.durable.resize(to, 0);
        if disk.fate() != Fate::Fine {
            return Err(io::Error::other("the disk lost a page"));
        }
        disk.durable[from..].copy_from_slice(&disk.cached[from..]);
        Ok(())
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        if disk.fate() != Fate::Fine {
            return Err(io::Error::other("the disk is read-only now"));
        }
        let length = usize::try_from(length).unwrap();
        disk.cached.truncate(length);
        disk.durable.truncate(length);
        disk.clean = disk.clean.min(length);
        Ok(())
    }
}

const RUN: &str = "20260312T024700Z-k3f9";

fn at(ms: u64) -> Stamp {
    Stamp { wall: jiff::Timestamp::UNIX_EPOCH, mono_ms: ms }
}

fn note(text: &str) -> Event {
    Event::RunPaused { by: None, reason: text.into() }
}

/// A journal with a header on a disk, and the folder of its lock.
fn journal() -> (Journal, Disk, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let holder = Holder { name: "alice".into(), host: "ops-1".into(), pid: 1, since: jiff::Timestamp::UNIX_EPOCH };
    let lock = FileLock::take(&dir.path().join("lock"), &holder).unwrap().unwrap();
    let mut header = Vec::new();
    let last = encode_header(&RUN.into(), &mut header).unwrap();
    let end = Mark { seq: 0, last, length: header.len() as u64 };
    let platter = Platter { clean: header.len(), cached: header.clone(), durable: header, fates: [].into() };
    let disk = Disk(Arc::new(Mutex::new(platter)));
    (Journal::at(RUN.into(), dir.path().join("journal.jsonl"), Box::new(disk.clone()), end, lock), disk, dir)
}

/// The records on a disk up to the first line that is not believed, and whether there was one.
fn found(bytes: &[u8]) -> (Vec<Record>, bool) {
    let mut reader = Reader::new(Path::new("disk"), bytes).unwrap();
    let Header { run, .. } = reader.header();
    assert_eq!(run.as_str(), RUN);
    let (mut records, mut damaged) = (Vec::new(), false);
    for record in reader.by_ref() {
        match record {
            Ok(record) => records.push(record),
            Err(_) => damaged = true,
        }
    }
    (records, damaged)
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![6 => Just(Fate::Fine), 1 => any::<u8>().prop_map(Fate::Fails)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Law: what `append` handed out and does not name as unsaved is there after a power cut, at any moment, whatever failed before.
    #[test]
    fn what_counts_as_saved_survives_any_failure_and_a_power_cut(
        steps in prop::collection::vec((0usize..4, any::<bool>(), 0usize..60), 1..12),
        fates in prop::collection::vec(fate(), 0..20),
        share in any::<u8>(),
    ) {
        let (mut journal, disk, _dir) = journal();
        disk.0.lock().unwrap().fates = fates.into();
        let mut told = Vec::new();
        for (count, now, size) in steps {
            let events = vec![note(&"x".repeat(size)); count];
            let sync = if now { Sync::Now } else { Sync::Later };
            let batch = journal.append(at(1), &events, sync);
            if let Ok(records) = &batch {
                told.extend(records.iter().cloned());
                prop_assert_eq!(journal.records(), told.len() as u64);
                prop_assert!(!now || journal.unsaved().is_empty());
            }
            let unsaved = journal.unsaved();
            let saved = told.len() - unsaved.len();
            prop_assert_eq!(&told[saved..], unsaved);
            let (left, damaged) = found(&disk.0.lock().unwrap().after_power_cut(share));
            prop_assert!(left.len() >= saved, "{} records of {saved} were left", left.len());
            prop_assert_eq!(&left[..saved], &told[..saved]);
            if batch.is_err() {
                let closed = journal.closed().unwrap_or_default();
                // Where the rest could be cut off, nothing is left that was not saved, and nothing that a reader stumbles on.
                if !closed.contains("could not be cut off") {
                    prop_assert_eq!(left.len(), saved);
                    prop_assert!(!damaged);
                }
                let refused = matches!(journal.append(at(2), &[note("more")], Sync::Later), Err(JournalError::Closed { .. }));
                prop_assert!(refused);
                let refused = matches!(journal.sync(), Err(JournalError::Closed { .. }));
                prop_assert!(refused);
                break;
            }
            prop_assert!(!damaged);
        }
    }
}

#[test]
fn a_later_batch_costs_no_sync_and_the_next_makes_all_of_it_durable() {
    let (mut journal, disk, _dir) = journal();
    journal.append(at(0), &[note("a")], Sync::Later).unwrap();
    journal.append(at(0), &[note("b")], Sync::Later).unwrap();
    assert_eq!((journal.syncs(), journal.unsaved().len()), (0, 2));
    assert_eq!(found(&disk.0.lock().unwrap().durable).0.len(), 0);
    journal.append(at(0), &[note("c")], Sync::Now).unwrap();
    assert_eq!((journal.syncs(), journal.unsaved().len()), (1, 0));
    assert_eq!(found(&disk.0.lock().unwrap().durable).0.len(), 3);
    // Nothing to do: no sync is spent.
    journal.sync().unwrap();
    journal.append(at(0), &[], Sync::Now).unwrap();
    assert_eq!(journal.syncs(), 1);
    journal.append(at(0), &[note("d")], Sync::Later).unwrap();
    journal.sync().unwrap();
    assert_eq!(journal.syncs(), 2);
    assert_eq!(found(&disk.0.lock().unwrap().durable).0.len(), 4);
}

#[test]
fn a_sync_that_failed_takes_everything_since_the_last_one_with_it() {
    let (mut journal, disk, _dir) = journal();
    journal.append(at(0), &[note("a")], Sync::Now).unwrap();
    let told = journal.append(at(0), &[note("b")], Sync::Later).unwrap();
    disk.0.lock().unwrap().fates = [Fate::Fine, Fate::Fails(0)].into();
    let error = journal.append(at(0), &[note("c")], Sync::Now).unwrap_err();
    assert!(matches!(error, JournalError::Io { doing: "write to", .. }), "{error}");
    assert_eq!(journal.unsaved(), told);
    assert_eq!((journal.records(), found(&disk.0.lock().unwrap().cached).0.len()), (1, 1));
}

#[test]
fn a_write_that_failed_takes_only_itself_with_it() {
    let (mut journal, disk, _dir) = journal();
    journal.append(at(0), &[note("a")], Sync::Later).unwrap();
    disk.0.lock().unwrap().fates = [Fate::Fails(128)].into();
    journal.append(at(0), &[note("b")], Sync::Later).unwrap_err();
    assert_eq!(journal.unsaved(), []);
    assert_eq!((journal.records(), found(&disk.0.lock().unwrap().durable).0.len()), (1, 1));
}
