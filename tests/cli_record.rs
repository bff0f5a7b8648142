//! The record as a person checks it: `lifeboat verify`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

#[path = "support/cli.rs"]
#[expect(dead_code, reason = "other tests of the program need more of it")]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::Home;

const FLAGSHIP: &str = "runbooks/regional_failover.yaml";

/// A home with one drill in it, and that run's folder.
fn drilled() -> (Home, PathBuf) {
    let home = Home::new();
    home.run(&["drill", FLAGSHIP]).ended(0);
    let folder = home.only_run();
    (home, folder)
}

fn lines(journal: &Path) -> Vec<String> {
    fs::read_to_string(journal).unwrap().lines().map(str::to_owned).collect()
}

fn write(journal: &Path, lines: &[String]) {
    fs::write(journal, lines.join("\n") + "\n").unwrap();
}

fn hash_of(line: &str) -> String {
    serde_json::from_str::<Value>(line).unwrap()["hash"].as_str().unwrap().to_owned()
}

#[test]
fn a_whole_record_is_found_by_name_by_folder_and_by_file() {
    let (home, folder) = drilled();
    let journal = folder.join("journal.jsonl");
    let written = lines(&journal);
    let (count, last) = (written.len() - 1, hash_of(written.last().unwrap()));
    for named in ["latest", folder.file_name().unwrap().to_str().unwrap(), folder.to_str().unwrap(), journal.to_str().unwrap()] {
        let ran = home.run(&["verify", named]).ended(0);
        ran.says("whole").says(&format!("{count} records")).says(&last).says("the run is over").says("the one the plan was made of");
    }
    // By itself, far from its folder.
    let alone = home.path().join("copy.jsonl");
    fs::copy(&journal, &alone).unwrap();
    home.run(&["verify", alone.to_str().unwrap()]).ended(0).says("not beside the journal");
    let report: Value = serde_json::from_str(&home.run(&["verify", "--json", "--hash", &last]).ended(0).out).unwrap();
    assert_eq!((report["whole"].as_bool(), report["records"].as_u64()), (Some(true), Some(count as u64)));
    assert_eq!((report["last_hash"].as_str(), report["kept_hash"]["is_last"].as_bool()), (Some(last.as_str()), Some(true)));
}

#[test]
fn whatever_was_done_to_a_record_is_found_with_its_line() {
    let (home, folder) = drilled();
    let journal = folder.join("journal.jsonl");
    let written = lines(&journal);
    let expect = |lines: &[String], line: usize, words: &str| {
        write(&journal, lines);
        let place = format!("damaged at line {line}:");
        home.run(&["verify"]).ended(4).says(&place).says(words).says(&format!("{} records before it are whole", line - 2));
        let ran = home.run(&["verify", "--json"]).ended(4);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!((report["whole"].as_bool(), report["line"].as_u64()), (Some(false), Some(line as u64)));
    };
    let mut changed = written.clone();
    changed[6] = changed[6].replacen("\"mono_ms\":", "\"mono_ms\":1", 1);
    expect(&changed, 7, "it was changed after it was written");
    let mut removed = written.clone();
    removed.remove(6);
    expect(&removed, 7, "what was before it was removed or moved");
    let mut inserted = written.clone();
    inserted.insert(8, written[5].clone());
    expect(&inserted, 9, "it was inserted, doubled or moved");
    let mut reordered = written.clone();
    reordered.swap(6, 7);
    expect(&reordered, 7, "removed or moved");
    // A record of another run with the right number: whole in itself, and not the one that followed.
    let other = Home::new();
    other.run(&["drill", FLAGSHIP, "--seed", "5"]).ended(0);
    let foreign = lines(&other.only_run().join("journal.jsonl"));
    let mut replaced = written.clone();
    replaced[4] = foreign[4].clone();
    expect(&replaced, 5, "does not follow the line before it");
    write(&journal, &written);
    home.run(&["verify"]).ended(0);
}

#[test]
fn records_cut_off_the_end_are_found_with_a_hash_that_was_kept() {
    let (home, folder) = drilled();
    let journal = folder.join("journal.jsonl");
    let written = lines(&journal);
    let last = hash_of(written.last().unwrap());
    home.run(&["verify", "--hash", &last]).ended(0).says("nothing was cut off");
    home.run(&["verify", "--hash", &last["sha256:".len()..][..32]]).ended(0).says("nothing was cut off");
    // So few can be found again by trying.
    home.run(&["verify", "--hash", &last["sha256:".len()..][..12]]).ended(2).says("prove nothing");
    // An older one still stands in the chain.
    home.run(&["verify", "--hash", &hash_of(&written[5])]).ended(0).says("that of record 4 (line 6)");
    write(&journal, &written[..written.len() - 2]);
    home.run(&["verify"]).ended(0).says("whole");
    home.run(&["verify", "--hash", &last]).ended(4).says("records were cut off the end or replaced");
    home.run(&["verify", "--hash", "not hex"]).ended(2).says("hex digits");
}

#[test]
fn a_torn_line_is_told_and_is_no_damage() {
    let (home, folder) = drilled();
    let journal = folder.join("journal.jsonl");
    let bytes = fs::read(&journal).unwrap();
    fs::write(&journal, &bytes[..bytes.len() - 30]).unwrap();
    home.run(&["verify"]).ended(0).says("is torn").says("the run is not over");
}

#[test]
fn the_copy_of_the_runbook_belongs_to_the_record() {
    let (home, folder) = drilled();
    let copy = folder.join("runbook.yaml");
    let bytes = fs::read(&copy).unwrap();
    fs::write(&copy, [bytes.as_slice(), b"# one more line\n"].concat()).unwrap();
    home.run(&["verify"]).ended(4).says("runbook.yaml is not the runbook that the plan was made of");
    fs::remove_file(&copy).unwrap();
    home.run(&["verify"]).ended(4).says("runbook.yaml cannot be read").says("its chain is whole");
}

#[test]
fn what_is_no_record_is_said_to_be_none() {
    let home = Home::new();
    home.run(&["verify"]).ended(2).says("no runs yet");
    home.run(&["verify", "no/such/folder"]).ended(4).says("cannot read no/such/folder");
    home.run(&["verify", "./Cargo.toml"]).ended(4).says("is not a journal of lifeboat");
    home.run(&["verify", "Cargo.toml"]).ended(4).says("is not a journal of lifeboat");
}

#[test]
fn runs_are_a_table_that_can_be_narrowed_and_old_ones_are_dismissed() {
    let home = Home::new();
    // It stops at a question that nobody answers, and so is not over.
    let stopped = home.run(&["drill", "tests/runbooks/ways.yaml", "--world", "tests/worlds/quick.yaml"]);
    assert_ne!(stopped.code, Some(2), "{}", stopped.err);
    home.run(&["drill", FLAGSHIP]).ended(0);
    let table = home.run(&["runs"]).ended(0).out;
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("RUN ") && lines[0].contains("RUNBOOK") && lines[0].contains("TOOK"), "{table}");
    let column = lines[0].find("STATE").unwrap();
    for line in &lines[1..] {
        assert!(line.is_char_boundary(column) && line.as_bytes()[column - 1] == b' ' && line.as_bytes()[column] != b' ', "{table}");
    }
    assert_eq!(home.run(&["runs", "--limit", "1"]).ended(0).out.lines().count(), 2);
    assert!(home.run(&["runs", "--kind", "live"]).ended(0).out.is_empty());
    home.run(&["runs", "--kind", "drill"]).ended(0).says("regional_failover");
}

#[test]
fn a_run_that_is_over_or_unknown_is_not_dismissed_and_a_paused_drill_is() {
    let home = Home::new();
    home.run(&["drill", FLAGSHIP]).ended(0);
    home.run(&["runs", "--dismiss", "latest"]).ended(2).says("is over already");
    home.run(&["runs", "--dismiss", "nothing"]).ended(2).says("nothing");
    // Cut off where it still waited: as after a process that was killed.
    let journal = home.only_run().join("journal.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    let kept: Vec<&str> = text.lines().take_while(|line| !line.contains(r#""event":"step_settled""#)).collect();
    assert!(kept.last().unwrap().contains(r#""event":"#));
    std::fs::write(&journal, kept.join("\n") + "\n").unwrap();
    home.run(&["runs", "--unfinished"]).ended(0).says("interrupted");
    home.run(&["runs", "--dismiss", "latest"]).ended(0).says("is ended, on record");
    let table = home.run(&["runs"]).ended(0).says("aborted").out;
    assert!(table.contains("dismissed, not taken up again"), "{table}");
    assert!(home.run(&["runs", "--unfinished"]).ended(0).out.is_empty());
    home.run(&["verify"]).ended(0);
    home.run(&["resume"]).ended(2).says("no run is unfinished");
}

#[test]
fn a_report_begins_with_what_it_came_to_and_is_written_into_a_new_file() {
    let home = Home::new();
    home.run(&["drill", FLAGSHIP]).ended(0);
    let report = home.run(&["report"]).ended(0).out;
    let summary = report.split("## Summary").next().unwrap();
    for said in [
        "This drill of `regional_failover`",
        "succeeded after",
        "within the RTO",
        "accepted as lost",
        "Confirmed by the autopilot",
        "8 of 8 steps done",
    ] {
        assert!(summary.contains(said), "{said}: {summary}");
    }
    assert!(report.contains("| Parameter `max_lag` | `5m` |"), "{report}");
    let numbers: Vec<usize> = report
        .split("## Timeline")
        .nth(1)
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>());
    let file = home.path().join("report.md");
    let file = file.to_str().unwrap();
    assert!(home.run(&["report", "-o", file]).ended(0).says("Written to").out.is_empty());
    assert_eq!(std::fs::read_to_string(file).unwrap(), report);
    home.run(&["report", "-o", file]).ended(2).says("is not written to").says("name another file");
}

#[test]
fn a_line_of_the_worlds_log_that_was_changed_is_found() {
    let (home, folder) = drilled();
    let log = folder.join("world.jsonl");
    let written = std::fs::read_to_string(&log).unwrap();
    home.run(&["verify"]).ended(0).says("chained and whole").says("Keep the last hash elsewhere");
    let changed = written.replacen(r#""n":1"#, r#""n":9"#, 1);
    assert_ne!(changed, written);
    std::fs::write(&log, changed).unwrap();
    home.run(&["verify"]).ended(4).says("world.jsonl is damaged at line 2");
    // Of an earlier version, it has no chain.
    let chain = regex::Regex::new(r#","chain":"[^"]*""#).unwrap();
    std::fs::write(&log, &*chain.replace_all(&written, "")).unwrap();
    home.run(&["verify"]).ended(0).says("is not checked");
}
