//! Disks that refuse.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use lifeboat::engine::{Event, RunKind};
use lifeboat::journal::{self, JournalError, Store, Sync};

use super::sample::{RUN, actor, at, holder, started};

const CHILD_DIR: &str = "LIFEBOAT_TEST_FULL_DISK";

fn note(size: usize) -> Event {
    Event::Note { by: actor("alice"), text: "x".repeat(size), at: None }
}

/// Runs itself again in a process whose files cannot grow beyond 64 KiB: the same error path as a full disk, after a write that
/// got some of its bytes out.
#[test]
fn a_full_disk_closes_the_journal_and_keeps_what_was_recorded() {
    let dir = tempfile::tempdir().unwrap();
    // XFSZ is ignored so that the write fails with an error; a shell's ignored signals stay ignored in what it starts.
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "disk::in_a_process_with_a_full_disk", "--ignored", "--nocapture"])
        .env(CHILD_DIR, dir.path())
        .output()
        .unwrap();
    assert!(child.status.success(), "{}\n{}", String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    let store = Store::new(dir.path().to_owned());
    let path = store.journal_path(&RUN.into());
    let recorded: usize = fs::read_to_string(dir.path().join("recorded")).unwrap().parse().unwrap();
    let back = journal::read(&path).unwrap();
    assert!(recorded > 5, "some batches fitted");
    assert_eq!(back.records.len(), recorded);
    assert_eq!(back.torn, None, "the torn line was cut off again");
    assert_eq!(fs::metadata(&path).unwrap().len(), back.length);
    // With room again, the run goes on.
    let (mut journal, _) = store.reopen(&RUN.into(), &holder("alice")).unwrap();
    assert_eq!(journal.append(at(0), &[note(10)], Sync::Now).unwrap()[0].seq, recorded as u64);
}

#[test]
#[ignore = "started by a_full_disk_closes_the_journal_and_keeps_what_was_recorded"]
fn in_a_process_with_a_full_disk() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else { return };
    let dir = Path::new(&dir);
    let mut journal = Store::new(dir.to_owned()).create(&RUN.into(), b"", &holder("alice")).unwrap();
    let mut recorded = journal.append(at(0), &[started(RunKind::Live)], Sync::Now).unwrap().len();
    let error = loop {
        match journal.append(at(1), &[note(3_000), note(3_000)], Sync::Now) {
            Ok(records) => recorded += records.len(),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::Io { doing: "write to", .. }), "{error}");
    assert!(error.to_string().contains("free some space there, or name another folder with --state-dir"), "{error}");
    // A small one would fit by now. It is refused all the same.
    assert!(matches!(journal.append(at(2), &[note(1)], Sync::Now), Err(JournalError::Closed { .. })));
    assert!(journal.closed().is_some());
    fs::write(dir.join("recorded"), recorded.to_string()).unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_named_and_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("state");
    fs::write(&file, "in the way").unwrap();
    let error = Store::new(file.clone()).create(&RUN.into(), b"", &holder("alice")).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(file.to_str().unwrap()) && text.contains("name another folder with --state-dir"), "{text}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "in the way");
    // Something else than a folder where the runs' folders are.
    let root = dir.path().join("other");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("runs"), "in the way").unwrap();
    let store = Store::new(root);
    assert!(store.create(&RUN.into(), b"", &holder("alice")).is_err());
    assert!(store.list().is_err());
}

#[test]
fn a_lock_that_leads_to_a_device_is_refused_and_not_written_to() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path().to_owned());
    // What is written to the lock would go to a device: here to one without room.
    let run = store.run_dir(&RUN.into());
    fs::create_dir_all(&run).unwrap();
    std::os::unix::fs::symlink("/dev/full", run.join("lock")).unwrap();
    fs::write(run.join("journal.jsonl"), "").unwrap();
    let error = store.reopen(&RUN.into(), &holder("alice")).unwrap_err();
    assert!(matches!(error, JournalError::NotOrdinary { .. }) && error.to_string().contains("symbolic link"), "{error}");
}

#[test]
fn a_journal_that_was_deleted_or_written_to_takes_no_more_records() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path().to_owned());
    let mut journal = store.create(&"20260101T000000Z-aaaa".into(), b"", &holder("alice")).unwrap();
    fs::remove_dir_all(journal.dir()).unwrap();
    assert!(matches!(journal.append(at(0), &[note(1)], Sync::Now), Err(JournalError::Vanished { .. })));
    assert!(matches!(journal.append(at(0), &[note(1)], Sync::Now), Err(JournalError::Closed { .. })));

    let mut journal = store.create(&"20260101T000000Z-bbbb".into(), b"", &holder("alice")).unwrap();
    fs::OpenOptions::new().append(true).open(journal.path()).unwrap().write_all(b"x").unwrap();
    let error = journal.append(at(0), &[note(1)], Sync::Now).unwrap_err();
    assert!(matches!(error, JournalError::Meddled { .. }), "{error}");
}
