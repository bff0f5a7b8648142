//! Watching a run that another process drives: from outside, with real processes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

#[path = "support/cli.rs"]
mod support;

use std::io::{BufRead, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use support::{Home, Ran, Served};

const FLAGSHIP: &str = "runbooks/regional_failover.yaml";

/// A live run that waits for its test, in a process of its own.
struct Held {
    home: Home,
    gate: PathBuf,
    run: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// What it has printed.
    printed: Vec<String>,
    _served: Served,
}

impl Held {
    fn new() -> Self {
        let home = Home::new();
        let gate = home.path().join("gate");
        assert!(Command::new("mkfifo").arg(&gate).status().unwrap().success());
        let served = Served::world(&home, "tests/worlds/quick.yaml", "1");
        let param = format!("gate={}", gate.display());
        let args = ["run", "tests/runbooks/held.yaml", "--yes", "--param", &param, "--output", "json"];
        let mut run = home.against(&served.endpoint, &args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(run.stdout.take().unwrap()).lines();
        let mut held = Self { home, gate, run, lines, printed: Vec::new(), _served: served };
        while !held.printed.last().is_some_and(|line| line.contains(r#""event":"step_intent""#)) {
            let line = held.lines.next().expect("the run ended before its step").unwrap();
            held.printed.push(line);
        }
        held
    }

    /// Lets the run go on, and gives how it ended.
    fn let_go(&mut self) -> Option<i32> {
        // Opening waits for the program at the other end.
        drop(std::fs::OpenOptions::new().write(true).open(&self.gate).unwrap());
        self.printed.extend(self.lines.by_ref().map(Result::unwrap));
        self.run.wait().unwrap().code()
    }

    /// A watcher that has come to where the run is held, and what it printed until then.
    fn watched(&self, args: &[&str]) -> (Child, Lines<BufReader<ChildStdout>>, Vec<String>) {
        let mut watch = self.home.lifeboat(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
        let mut printed = Vec::new();
        while printed.len() < self.printed.len() {
            printed.push(lines.next().expect("the watcher ended before the run").unwrap());
        }
        (watch, lines, printed)
    }
}

fn text(stream: impl std::io::Read) -> String {
    std::io::read_to_string(stream).unwrap()
}

#[test]
fn a_run_is_watched_to_its_end() {
    let mut held = Held::new();
    let (mut watch, lines, mut seen) = held.watched(&["watch", "--output", "json"]);
    assert_eq!(seen, held.printed, "what the driver tells, its watcher tells");
    assert_eq!(held.let_go(), Some(0));
    seen.extend(lines.map(Result::unwrap));
    assert_eq!(seen, held.printed);
    assert_eq!(watch.wait().unwrap().code(), Some(0));
}

#[test]
fn a_second_resume_says_who_drives_and_how_to_watch() {
    let mut held = Held::new();
    let pid = held.run.id().to_string();
    let run = held.home.only_run().file_name().unwrap().to_str().unwrap().to_owned();
    let refused = held.home.run(&["resume", "--yes"]).ended(4);
    let refused = refused.says("driven by alice on ").says(&format!("(process {pid})")).says(&format!("lifeboat watch {run}"));
    assert!(refused.out.is_empty(), "{}", refused.out);
    assert_eq!(held.let_go(), Some(0), "the run is not touched by it");
}

#[test]
fn a_watcher_says_when_the_driver_is_gone() {
    let mut held = Held::new();
    let (mut watch, lines, _) = held.watched(&["watch", "latest", "--output", "json"]);
    held.run.kill().unwrap();
    held.run.wait().unwrap();
    assert_eq!(watch.wait().unwrap().code(), Some(5));
    let last: Value = lines.map(Result::unwrap).last().map(|line| serde_json::from_str(&line).unwrap()).unwrap();
    assert!(last["summary"].is_object(), "{last}");
    let said = text(watch.stderr.take().unwrap());
    assert!(said.contains("nobody drives it any more") && said.contains("lifeboat resume"), "{said}");
    // The program that it had started still waits.
    drop(std::fs::OpenOptions::new().write(true).open(&held.gate).unwrap());
}

#[test]
fn a_run_that_is_over_is_shown_to_its_end() {
    let home = Home::new();
    let drilled = home.run(&["drill", FLAGSHIP, "--output", "json"]).ended(0);
    let watched = home.run(&["watch", "--output", "json"]).ended(0);
    let records = |text: &str| text.lines().filter(|line| !line.contains(r#""summary""#)).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(records(&drilled.out), records(&watched.out));
    home.run(&["watch"]).ended(0).says("DRILL").says("promote_db confirmed by").says("RTO");
}

#[test]
fn what_cannot_be_watched_is_said() {
    let home = Home::new();
    home.run(&["watch"]).ended(2).says("no run to watch");
    home.run(&["watch", "nothing"]).ended(2).says("nothing");
    home.run(&["drill", FLAGSHIP]).ended(0);
    let journal = home.only_run().join("journal.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, text.replacen("orders-replica", "orders-primary", 1)).unwrap();
    home.run(&["watch"]).ended(4).says("damaged at line").says("only reads");
    // A last line that never got its end, and nobody to write it.
    let (whole, last) = text.trim_end().rsplit_once('\n').unwrap();
    std::fs::write(&journal, format!("{whole}\n{}", &last[..last.len() / 2])).unwrap();
    let ran = Ran::of(home.lifeboat(&["watch"]).output().unwrap()).ended(5);
    assert!(ran.err.contains("nobody drives it any more"), "{}", ran.err);
}
