//! The journal's promises.

use std::fs;
use std::path::{Path, PathBuf};

use lifeboat::clock::Stamp;
use lifeboat::engine::{Event, Outcome, RunKind, State, begin, evolve};
use lifeboat::id::RunId;
use lifeboat::journal::{self, Journal, JournalError, Record, Standing, Store, Sync};
use proptest::prelude::*;

use super::events::{event, stamp};
use super::sample::{RUN, actor, at, holder, script, started};

fn store(dir: &Path) -> Store {
    Store::new(dir.join("state/lifeboat"))
}

fn create(dir: &Path) -> Journal {
    store(dir).create(&RUN.into(), b"lifeboat: 1\n", &holder("alice")).unwrap()
}

fn fold(records: &[Record]) -> Option<State> {
    let mut records = records.iter();
    let first = records.next()?;
    let mut state = begin(&first.event, first.at)?;
    for record in records {
        evolve(&mut state, &record.event, record.at);
    }
    Some(state)
}

/// A short run with few bytes: what is tried at every byte.
fn short() -> Vec<Event> {
    vec![
        Event::StepIntent { step: "a".into(), attempt: 1, token: "t".into() },
        Event::Note { by: actor("bø"), text: "ü\n".into(), at: None },
        Event::RunPaused { by: None, reason: String::new() },
    ]
}

fn written(dir: &Path, events: &[Event]) -> (PathBuf, Vec<Record>) {
    let mut journal = create(dir);
    let records = journal.append(at(1_500), events, Sync::Now).unwrap();
    (journal.path().to_owned(), records)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// What was appended is what is read, in any batches, and so is the state folded from it.
    #[test]
    fn any_events_read_back_as_they_were_appended(
        batches in prop::collection::vec((stamp(), prop::collection::vec(event(), 0..5)), 0..6),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = create(dir.path());
        let mut told = journal.append(at(0), &[started(RunKind::Live)], Sync::Now).unwrap();
        let mut events = vec![started(RunKind::Live)];
        for (at, batch) in &batches {
            told.extend(journal.append(*at, batch, Sync::Now).unwrap());
            events.extend(batch.iter().cloned());
        }
        let back = journal::read(journal.path()).unwrap();
        prop_assert_eq!(back.records.iter().map(|record| &record.event).collect::<Vec<_>>(), events.iter().collect::<Vec<_>>());
        prop_assert_eq!(fold(&back.records), fold(&told));
        prop_assert_eq!(&back.records, &told);
        prop_assert_eq!(&back.last, journal.last_hash());
        prop_assert_eq!(back.torn, None);
    }

    /// Any line that is changed, removed, doubled or swapped with another is found.
    #[test]
    fn any_tampering_with_lines_is_found(kind in 0usize..4, one in 0usize..30, other in 0usize..30) {
        let dir = tempfile::tempdir().unwrap();
        let events: Vec<Event> = script().into_iter().map(|(_, event)| event).collect();
        let (path, _) = written(dir.path(), &events);
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        match kind {
            0 => { lines.remove(one); }
            1 => { let line = lines[one].clone(); lines.insert(other, line); }
            2 => { prop_assume!(one != other); lines.swap(one, other); }
            _ => lines[one] = lines[one].replacen("\":", "\": ", 1),
        }
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        prop_assert!(journal::verify(&path).is_err());
    }

    /// Whatever bytes a file has, reading it ends, without a panic.
    #[test]
    fn no_file_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(mut reader) = journal::Reader::new(Path::new("any"), bytes.as_slice()) {
            prop_assert!(reader.by_ref().count() <= bytes.len());
        }
    }
}

#[test]
fn a_journal_cut_at_any_byte_of_its_last_record_is_recovered_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (path, records) = written(dir.path(), &short());
    let whole = fs::read(&path).unwrap();
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for cut in last..whole.len() {
        for zeros in [0, 7] {
            let mut bytes = whole[..cut].to_vec();
            bytes.resize(cut + zeros, 0);
            fs::write(&path, &bytes).unwrap();
            let kept = if cut == whole.len() - 1 { 3 } else { 2 };
            let (mut journal, back) = store(dir.path()).reopen(&RUN.into(), &holder("alice")).unwrap();
            assert_eq!(back.records, records[..kept], "cut at {cut}");
            let torn = back.torn.map(|torn| (torn.line, torn.bytes));
            let rest = (cut - last + zeros) as u64;
            assert_eq!(torn, (kept == 2 && rest > 0).then_some((4, rest)), "cut at {cut}");
            let more = journal.append(at(9_000), &[started(RunKind::Live)], Sync::Now).unwrap();
            let again = journal::read(&path).unwrap();
            assert_eq!(again.records.len(), kept + 1);
            assert_eq!(again.records.last(), more.last());
            assert_eq!(again.torn, None);
        }
    }
}

#[test]
fn a_journal_cut_anywhere_holds_the_records_before_the_cut() {
    let dir = tempfile::tempdir().unwrap();
    let (path, records) = written(dir.path(), &short());
    let whole = fs::read(&path).unwrap();
    let header = whole.iter().position(|byte| *byte == b'\n').unwrap();
    for cut in 0..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        match journal::read(&path) {
            Ok(back) => assert_eq!(back.records, records[..back.records.len()], "cut at {cut}"),
            Err(JournalError::Empty { .. }) => assert!(cut < header, "cut at {cut}"),
            Err(error) => panic!("cut at {cut}: {error}"),
        }
    }
}

/// What a power cut can leave: everything up to the last sync, and of what came after it any beginning, with or without zeros.
#[test]
fn a_journal_cut_anywhere_after_its_last_sync_is_taken_up_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = create(dir.path());
    let path = journal.path().to_owned();
    let mut records = journal.append(at(0), &short(), Sync::Now).unwrap();
    let synced = fs::metadata(&path).unwrap().len() as usize;
    for _ in 0..2 {
        records.extend(journal.append(at(1), &short()[..2], Sync::Later).unwrap());
    }
    assert_eq!((journal.syncs(), journal.unsaved()), (1, &records[3..]));
    drop(journal);
    let whole = fs::read(&path).unwrap();
    for cut in synced..=whole.len() {
        for zeros in [0, 5] {
            let mut bytes = whole[..cut].to_vec();
            bytes.resize(cut + zeros, 0);
            fs::write(&path, &bytes).unwrap();
            let (mut journal, back) = store(dir.path()).reopen(&RUN.into(), &holder("alice")).unwrap();
            assert!(back.records.len() >= 3, "cut at {cut}");
            assert_eq!(back.records, records[..back.records.len()], "cut at {cut}");
            let more = journal.append(at(9), &short(), Sync::Now).unwrap();
            let again = journal::read(&path).unwrap();
            assert_eq!((again.records.len(), again.torn), (back.records.len() + 3, None), "cut at {cut}");
            assert_eq!(again.records[back.records.len()..], more, "cut at {cut}");
        }
    }
}

#[test]
fn a_journal_with_any_byte_changed_is_refused_or_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (path, records) = written(dir.path(), &short());
    let whole = fs::read(&path).unwrap();
    let mut refused = 0;
    for place in 0..whole.len() {
        for flip in [0x01, 0x20, 0x80, 0xff, whole[place], whole[place] ^ b'\n'] {
            let mut bytes = whole.clone();
            bytes[place] ^= flip;
            if bytes == whole {
                continue;
            }
            match journal::Reader::new(&path, bytes.as_slice()).and_then(|reader| reader.collect::<Result<Vec<_>, _>>()) {
                // Only the last line end can go: the record before it is whole.
                Ok(read) => assert_eq!((read, place), (records.clone(), whole.len() - 1)),
                Err(error) => {
                    refused += 1;
                    let line = 1 + whole[..place].iter().filter(|byte| **byte == b'\n').count() as u64;
                    if let JournalError::Damaged { line: named, .. } = error {
                        assert!(named == line || named == line + 1, "byte {place} is in line {line}, not {named}");
                    }
                }
            }
        }
    }
    assert!(refused > whole.len() * 4);
}

#[test]
fn damage_before_the_end_names_its_line_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = written(dir.path(), &short());
    let text = fs::read_to_string(&path).unwrap().replace("\"token\":\"t\"", "\"token\":\"u\"");
    fs::write(&path, text).unwrap();
    let error = journal::read(&path).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { line: 2, .. }));
    assert!(error.to_string().contains("changed after it was written"), "{error}");
    assert!(error.to_string().contains("restore it from a copy"), "{error}");
    assert!(store(dir.path()).reopen(&RUN.into(), &holder("bob")).is_err());
}

/// A journal as another version would write it.
fn versioned(dir: &Path, version: &str) -> PathBuf {
    let (path, _) = written(dir, &[]);
    let body = format!("{{\"journal\":\"lifeboat\",\"v\":\"{version}\",\"run\":\"{RUN}\"");
    fs::write(&path, format!("{body},\"hash\":\"{}\"}}\n", lifeboat::id::Digest::of(body.as_bytes()))).unwrap();
    path
}

#[test]
fn an_unknown_major_version_is_refused_and_a_newer_minor_one_only_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = versioned(dir.path(), "2.0");
    assert!(matches!(journal::read(&path), Err(JournalError::Version { found, .. }) if found == "2.0"));
    let dir = tempfile::tempdir().unwrap();
    let path = versioned(dir.path(), "1.7");
    assert_eq!(journal::read(&path).unwrap().header.minor, 7);
    let refused = store(dir.path()).reopen(&RUN.into(), &holder("alice")).unwrap_err();
    assert!(matches!(refused, JournalError::NewerMinor { .. }), "{refused}");
}

#[test]
fn a_second_driver_is_refused_until_the_first_has_gone() {
    let dir = tempfile::tempdir().unwrap();
    let journal = create(dir.path());
    let error = store(dir.path()).reopen(&RUN.into(), &holder("bob")).unwrap_err();
    assert!(error.to_string().contains("alice on ops-1 (process 4711)"), "{error}");
    assert!(matches!(store(dir.path()).create(&RUN.into(), b"", &holder("bob")), Err(JournalError::Exists { .. })));
    drop(journal);
    assert!(store(dir.path()).reopen(&RUN.into(), &holder("bob")).is_ok());
}

#[test]
fn files_are_for_the_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let journal = create(dir.path());
    journal.keep("world.yaml", b"lifeboat_world: 1\n").unwrap();
    journal.step_log(&"freeze".into()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let run = journal.dir();
    for folder in [run, run.parent().unwrap(), &run.join("logs"), store(dir.path()).root()] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    for file in ["journal.jsonl", "runbook.yaml", "lock", "world.yaml", "logs/freeze.log"] {
        assert_eq!(mode(&run.join(file)), 0o600, "{file}");
    }
    assert_eq!(store(dir.path()).runbook(&RUN.into()).unwrap(), b"lifeboat: 1\n");
    assert!(journal.keep("world.yaml", b"").is_err(), "a file that is kept is not overwritten");
}

#[test]
fn runs_are_listed_newest_first_with_the_damaged_ones() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    assert!(store.list().unwrap().is_empty());
    let run = |id: &str| store.create(&id.into(), b"", &holder("alice")).unwrap();
    let begun = |id: &str, more: &[Event]| {
        let mut journal = run(id);
        // The start holds the plan's run name of the sample; a list looks at the folder and the header.
        journal.append(at(0), &[started(RunKind::Drill)], Sync::Now).unwrap();
        journal.append(at(60_000), more, Sync::Now).unwrap();
        journal
    };
    let note = || Event::Note { by: actor("alice"), text: "x".repeat(100_000), at: None };
    let finished = Event::RunFinished { outcome: Outcome::Succeeded, reason: "done".into(), by: None };
    drop(begun("20260101T000000Z-aaaa", &[finished, note()]));
    drop(begun("20260102T000000Z-bbbb", &[Event::RunPaused { by: None, reason: "tea".into() }]));
    let held = begun("20260103T000000Z-cccc", &[]);
    drop(run("20260104T000000Z-dddd"));
    let broken = begun("20260105T000000Z-eeee", &[note()]).path().to_owned();
    let mut bytes = fs::read(&broken).unwrap();
    let middle = bytes.len() - 500;
    bytes[middle] = b'y';
    fs::write(&broken, bytes).unwrap();

    let list = store.list().unwrap();
    let names: Vec<&str> = list.iter().map(|entry| &entry.run.as_str()[17..]).collect();
    assert_eq!(names, ["eeee", "dddd", "cccc", "bbbb", "aaaa"]);
    assert!(matches!(&list[0].info, Err(JournalError::Damaged { line: 3, .. })), "{:?}", list[0].info);
    assert!(matches!(&list[1].info, Err(JournalError::Empty { .. })));
    let [cccc, bbbb, aaaa] = [2, 3, 4].map(|place| list[place].info.as_ref().unwrap());
    assert_eq!((&cccc.standing, cccc.driver.clone()), (&Standing::Open, Some(Some(holder("alice")))));
    assert_eq!((&bbbb.standing, bbbb.driver.clone()), (&Standing::Paused { reason: "tea".into() }, None));
    assert_eq!(aaaa.standing, Standing::Finished { outcome: Outcome::Succeeded, reason: "done".into() });
    assert_eq!((aaaa.records, aaaa.name.as_str(), aaaa.last), (3, "small_failover", at(60_000).wall));
    drop(held);
}

#[test]
fn a_run_is_found_by_any_part_that_tells_it_apart() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let none = store.find("latest").unwrap_err();
    assert!(none.is_bad_name() && none.to_string().contains("no runs yet"), "{none}");
    for id in ["20260101T000000Z-aaaa", "20260102T000000Z-bbbb", "20260102T000001Z-cccc"] {
        store.create(&id.into(), b"", &holder("alice")).unwrap();
    }
    let found = |name: &str| store.find(name).map(|run: RunId| run.as_str()[17..].to_owned());
    assert_eq!(found("latest").unwrap(), "cccc");
    assert_eq!(found("20260101").unwrap(), "aaaa");
    assert_eq!(found("20260102t000000z-bbbb").unwrap(), "bbbb");
    assert_eq!(found("bbbb").unwrap(), "bbbb");
    let error = found("20260102").unwrap_err();
    assert!(error.to_string().contains("20260102T000001Z-cccc, 20260102T000000Z-bbbb"), "{error}");
    assert!(found("").unwrap_err().is_bad_name());
    assert!(found("../..").unwrap_err().to_string().contains("the newest are 20260102T000001Z-cccc"));
}

#[test]
fn an_event_that_would_not_read_back_is_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = create(dir.path());
    let before = fs::read(journal.path()).unwrap();
    let broken = Event::StepRetrying { step: "a".into(), attempt: 2, delay: f64::NAN, by: None, reason: None };
    let error = journal.append(at(0), &[started(RunKind::Live), broken], Sync::Now).unwrap_err();
    assert!(matches!(error, JournalError::Unrepresentable { .. }), "{error}");
    assert_eq!(fs::read(journal.path()).unwrap(), before);
    assert_eq!(journal.append(at(0), &[started(RunKind::Live)], Sync::Now).unwrap()[0].seq, 0);
}

#[test]
fn stamps_and_numbers_survive_as_a_reader_will_see_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = create(dir.path());
    // A number that is no JSON becomes null; what `append` returns says so, and so does the file.
    let odd = |number| super::sample::reading("c", 0, lifeboat::plan::Verdict::Pass, "", Some(number), serde_json::json!({"x": 0.1 + 0.2}));
    let event = Event::StepConfirmed {
        step: "a".into(),
        readings: vec![odd(f64::INFINITY), odd(0.1 + 0.2), odd(5e-324), odd(1.7976931348623157e308)],
    };
    let wall = "2026-03-12T02:47:00.123456789Z".parse().unwrap();
    let told = journal.append(Stamp { wall, mono_ms: u64::MAX }, &[event], Sync::Now).unwrap();
    assert_eq!(told[0].at, Stamp { wall, mono_ms: u64::MAX });
    assert_eq!(journal::read(journal.path()).unwrap().records, told);
}
