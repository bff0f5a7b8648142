//! Processes: racing for a lock, killed, without the right to write.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use lifeboat::engine::{Event, RunKind};
use lifeboat::journal::{self, Claimant, JournalError, Others, Store, Sync};

use super::sample::{RUN, actor, at, holder, started};

/// The folder that a process of a test works in.
const DIR: &str = "LIFEBOAT_TEST_FOLDER";

/// Tries of each of the two that race.
const TRIES: usize = 1_000;

/// A process that runs one ignored test of this file, without its words for people.
fn process(program: &Path, test: &str, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["--exact", &format!("race::{test}"), "--ignored", "--nocapture", "--quiet"]).env(DIR, dir);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

fn start(test: &str, dir: &Path) -> Child {
    process(&std::env::current_exe().unwrap(), test, dir).spawn().unwrap()
}

/// The folder, in a process that was started by a test; `None` in one that was not.
fn folder() -> Option<std::path::PathBuf> {
    std::env::var_os(DIR).map(Into::into)
}

/// The next line of a child that is one of ours.
fn word(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> String {
    lines.map(Result::unwrap).find_map(|line| line.split_once("says: ").map(|(_, word)| word.to_owned())).unwrap()
}

fn say(word: impl std::fmt::Display) {
    println!("says: {word}");
}

fn hear() {
    std::io::stdin().lock().read_line(&mut String::new()).unwrap();
}

fn note(text: &str) -> Event {
    Event::Note { by: actor("alice"), text: text.into(), at: None }
}

#[test]
fn of_two_processes_that_race_for_a_run_never_both_get_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Store::new(dir.path().to_owned()).create(&RUN.into(), b"", &holder("alice")).unwrap();
    journal.append(at(0), &[started(RunKind::Live)], Sync::Now).unwrap();
    drop(journal);
    let mut racers = [start("a_racer", dir.path()), start("a_racer", dir.path())];
    let mut lines = racers.each_mut().map(|racer| BufReader::new(racer.stdout.take().unwrap()).lines());
    for racer in &mut lines {
        assert_eq!(word(racer), "ready");
    }
    for racer in &mut racers {
        racer.stdin.take().unwrap().write_all(b"go\n").unwrap();
    }
    let (mut won, mut refused) = (0, 0);
    for (racer, lines) in racers.iter_mut().zip(&mut lines) {
        let told = word(lines);
        assert!(racer.wait().unwrap().success(), "two drivers at once: {told}");
        let (times, not) = told.split_once(' ').unwrap();
        won += times.parse::<usize>().unwrap();
        refused += not.parse::<usize>().unwrap();
    }
    println!("{won} times got, {refused} times refused, never both");
    assert_eq!(won + refused, 2 * TRIES);
    assert!(won > 0 && refused > 0, "they did not race: {won} {refused}");
    let found = journal::verify(&Store::new(dir.path().to_owned()).journal_path(&RUN.into())).unwrap();
    assert_eq!(found.records, won as u64 + 1, "each that had it could write, and nobody else did");
}

#[test]
#[ignore = "started by of_two_processes_that_race_for_a_run_never_both_get_it"]
fn a_racer() {
    let Some(dir) = folder() else { return };
    let (store, inside) = (Store::new(dir.clone()), dir.join("inside"));
    say("ready");
    hear();
    let (mut won, mut refused) = (0, 0);
    for _ in 0..TRIES {
        match store.reopen_with(&RUN.into(), &holder("bob"), drop) {
            Ok((mut journal, _)) => {
                // Only one can make it, and it is gone again before the lock is.
                fs::OpenOptions::new().write(true).create_new(true).open(&inside).expect("somebody else is inside");
                journal.append(at(1), &[note("x")], Sync::Later).unwrap();
                fs::remove_file(&inside).unwrap();
                won += 1;
            }
            Err(JournalError::Locked { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    say(format!("{won} {refused}"));
}

#[test]
fn what_was_appended_survives_the_death_of_the_process_without_a_sync_and_so_do_no_locks() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path().to_owned());
    let mut child = start("one_that_is_killed", dir.path());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told: usize = word(&mut lines).parse().unwrap();
    let by = Claimant { run: "another".into(), holder: holder("bob") };
    assert!(matches!(store.reopen(&RUN.into(), &holder("bob")), Err(JournalError::Locked { .. })));
    assert!(matches!(store.claim("failover", "1", &by, Others::Refuse), Err(JournalError::Claimed { .. })));
    child.kill().unwrap();
    child.wait().unwrap();
    let (journal, back) = store.reopen(&RUN.into(), &holder("bob")).unwrap();
    assert_eq!((back.records.len(), back.torn), (told, None));
    assert_eq!((journal.records(), journal.unsaved().len()), (told as u64, 0));
    store.claim("failover", "1", &by, Others::Refuse).unwrap();
}

#[test]
#[ignore = "started by what_was_appended_survives_the_death_of_the_process_without_a_sync_and_so_do_no_locks"]
fn one_that_is_killed() {
    let Some(dir) = folder() else { return };
    let store = Store::new(dir);
    let mut journal = store.create(&RUN.into(), b"", &holder("alice")).unwrap();
    let _claim = store.claim("failover", "1", &Claimant { run: RUN.into(), holder: holder("alice") }, Others::Refuse).unwrap();
    let mut records = journal.append(at(0), &[started(RunKind::Live)], Sync::Now).unwrap().len();
    for _ in 0..10 {
        records += journal.append(at(1), &[note("a"), note("b")], Sync::Later).unwrap().len();
    }
    assert_eq!((journal.syncs(), journal.unsaved().len()), (1, 20));
    say(records);
    hear();
}

/// As somebody who may not write there: root may everywhere, so root asks a process of nobody's.
#[test]
fn a_folder_that_may_only_be_read_is_named_and_what_is_in_it_can_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let mut journal = Store::new(state.clone()).create(&RUN.into(), b"", &holder("alice")).unwrap();
    journal.append(at(0), &[started(RunKind::Live)], Sync::Now).unwrap();
    drop(journal);
    let run = state.join("runs").join(RUN);
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for file in fs::read_dir(&run).unwrap() {
        mode(&file.unwrap().path(), 0o444);
    }
    for folder in [&run, &state.join("runs"), &state, dir.path()] {
        mode(folder, 0o555);
    }
    let program = dir.path().join("program");
    let mut child = if rustix::process::geteuid().is_root() {
        // Where the tests are built may be hidden from others.
        fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        mode(&program, 0o555);
        let mut command = process(&program, "one_that_may_only_read", &state);
        command.uid(65_534).gid(65_534).current_dir("/");
        command
    } else {
        process(&std::env::current_exe().unwrap(), "one_that_may_only_read", &state)
    };
    // A test beside this one that starts a process holds the copy open for writing until that has begun.
    let output = loop {
        match child.output() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            output => break output.unwrap(),
        }
    };
    for folder in [dir.path(), &state, &state.join("runs"), &run] {
        mode(folder, 0o755);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("says: seen"), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "started by a_folder_that_may_only_be_read_is_named_and_what_is_in_it_can_be_read"]
fn one_that_may_only_read() {
    let Some(dir) = folder() else { return };
    let store = Store::new(dir.clone());
    let refused = |error: JournalError| {
        let text = error.to_string();
        assert!(text.contains(dir.to_str().unwrap()) && text.contains("make it writable for you"), "{text}");
    };
    refused(store.create(&"20260312T024701Z-aaaa".into(), b"", &holder("bob")).unwrap_err());
    refused(store.reopen(&RUN.into(), &holder("bob")).unwrap_err());
    refused(store.claim("failover", "1", &Claimant { run: RUN.into(), holder: holder("bob") }, Others::Refuse).unwrap_err());
    assert_eq!(store.list().unwrap().len(), 1);
    assert_eq!(store.info(&RUN.into()).unwrap().records, 1);
    assert_eq!(journal::verify(&store.journal_path(&RUN.into())).unwrap().records, 1);
    say("seen");
}

/// Where nobody can make a folder, root included.
#[test]
fn places_of_the_kernel_are_no_place_for_a_record() {
    for place in ["/proc/lifeboat", "/sys/lifeboat", "/dev/null/lifeboat"] {
        let error = Store::new(place.into()).create(&RUN.into(), b"", &holder("alice")).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, JournalError::Io { doing: "make the folder", .. }), "{text}");
        assert!(text.contains(place), "{text}");
    }
}
