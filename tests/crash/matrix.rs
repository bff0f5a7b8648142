//! All crash points: tried on all cores, counted, and reported together.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use lifeboat::engine::{RunPhase, State, StepPhase};
use lifeboat::id::StepId;
use lifeboat::journal::{JOURNAL_FILE, read};
use lifeboat::world::sim::AuditEntry;

use super::deadly::Death;
use super::points::{Job, Left, jobs};
use super::process::{End, RUN, fold, folder, restore, spawn};
use super::proof::{self, Wrong};
use super::scenario::{SCENARIOS, Scenario};

/// How many jobs of a scenario a plain `cargo test` tries.
const SAMPLE: usize = 7;
/// A run in doubt is decided this often before it counts as stuck.
const PATIENCE: usize = 8;

#[derive(Debug, Default)]
struct Count {
    points: usize,
    doubled: usize,
    lost: usize,
    wrong: Vec<String>,
}

pub(crate) fn try_all() {
    let wanted = std::env::var("LIFEBOAT_CRASH_POINTS").unwrap_or_default();
    let wholes: Vec<proof::Result> = SCENARIOS.iter().map(uninterrupted).collect();
    let queue: VecDeque<(usize, Job)> =
        (0..SCENARIOS.len()).flat_map(|at| chosen(&wanted, at, &wholes[at]).into_iter().map(move |job| (at, job))).collect();
    let (queue, count) = (Mutex::new(queue), Mutex::new(Count::default()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some((at, job)) = queue.lock().unwrap().pop_front() else { break };
                    attempt(SCENARIOS[at], &wholes[at], &job, &count);
                }
            });
        }
    });
    let count = count.into_inner().unwrap();
    println!(
        "crash points tried: {}, double mutations: {}, lost records: {}, points with something wrong: {}",
        count.points,
        count.doubled,
        count.lost,
        count.wrong.len()
    );
    assert!(wanted != "all" || count.points >= 500, "only {} crash points", count.points);
    assert!(count.points > 0, "no crash point is called {wanted:?}");
    assert_eq!(count.lost, 0, "records that were durable are gone");
    assert!(count.wrong.is_empty(), "\n{}", count.wrong.join("\n"));
}

/// The run as it goes when nobody kills it.
fn uninterrupted(scenario: &Scenario) -> proof::Result {
    let state = tempfile::tempdir().unwrap();
    assert_eq!(spawn(*scenario, state.path(), false, None, vec![]), End::Finished, "{}", scenario.name);
    let whole = proof::of(state.path());
    assert!(whole.changes.len() > 3, "{}: {:?}", scenario.name, whole.changes);
    assert!(whole.changes.values().all(|count| *count == 1), "{}: {:?}", scenario.name, whole.changes);
    whole
}

/// All jobs, those that are asked for by name, or some of them, spread evenly.
fn chosen(wanted: &str, at: usize, whole: &proof::Result) -> Vec<Job> {
    let all = jobs(whole.records, whole.calls);
    match wanted {
        "all" => all,
        "" => {
            let count = all.len();
            all.into_iter().enumerate().filter(|(n, _)| n * SAMPLE / count != (n + 1) * SAMPLE / count).map(|(_, job)| job).collect()
        }
        name => {
            let full = |job: &Job, left: Left| format!("{}: {}", SCENARIOS[at].name, job.name(left));
            all.into_iter().filter(|job| job.left.iter().any(|left| full(job, *left).contains(name))).collect()
        }
    }
}

/// Lets the processes die, and takes the run up again from everything that can be left on the disk.
fn attempt(scenario: Scenario, whole: &proof::Result, job: &Job, count: &Mutex<Count>) {
    let origin = tempfile::tempdir().unwrap();
    // What was durable at each death must still be there at the next.
    let (mut durable, mut lost) = (Vec::new(), 0);
    for (n, death) in job.deaths.iter().enumerate() {
        let decided = if n > 0 { doubts(origin.path()) } else { vec![] };
        let end = spawn(scenario, origin.path(), n > 0, Some(*death), decided);
        assert!(n > 0 || end == End::Killed, "{}: {} did not die", scenario.name, job.name(Left::Everything));
        let journal = std::fs::read(folder(origin.path()).join(JOURNAL_FILE)).unwrap();
        lost += usize::from(!journal.starts_with(&durable));
        durable = journal;
        // Later ones may find too little to do.
        if end == End::Finished {
            break;
        }
    }
    for left in &job.left {
        let state = tempfile::tempdir().unwrap();
        copy(origin.path(), state.path());
        let survived = leave(state.path(), *left);
        let wrong = match finish(state.path()) {
            Ok(()) => proof::compare(state.path(), &survived, whole),
            Err(words) => Wrong { words: vec![words], ..Wrong::default() },
        };
        let wrong = Wrong { words: wrong.words.into_iter().chain(report(state.path()).err()).collect(), ..wrong };
        let mut count = count.lock().unwrap();
        count.points += 1;
        count.doubled += wrong.doubled;
        count.lost += wrong.lost + lost;
        if !wrong.words.is_empty() {
            count.wrong.push(format!("{}: {}:\n  {}", scenario.name, job.name(*left), wrong.words.join("\n  ")));
        }
    }
}

/// Nothing was done before the first record, and nothing is afterwards.
pub(crate) fn never_began() {
    let state = tempfile::tempdir().unwrap();
    assert_eq!(spawn(SCENARIOS[0], state.path(), false, Some(Death::Record(1)), vec![]), End::Killed);
    leave(state.path(), Left::HalfOf(1));
    let ended = program(state.path(), &["resume", RUN, "--output", "json"]).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(4), "{said}");
    assert!(said.contains("before it began"), "{said}");
    let log = std::fs::read_to_string(folder(state.path()).join("world.jsonl")).unwrap();
    assert_eq!(log.lines().count(), 1, "the world was asked for nothing: {log}");
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Cuts the files back to what is left of them; gives the whole lines of the journal.
fn leave(state: &Path, left: Left) -> Vec<u8> {
    let file = |name: &str| folder(state).join(name);
    let bytes = std::fs::read(file(JOURNAL_FILE)).unwrap();
    // The header is the first line.
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let upto = |n: usize| lines[..=n].concat();
    match left {
        Left::Everything => return bytes,
        Left::UpTo(n) => std::fs::write(file(JOURNAL_FILE), upto(n)).unwrap(),
        Left::HalfOf(n) => {
            std::fs::write(file(JOURNAL_FILE), [upto(n - 1), lines[n][..lines[n].len() / 2].to_vec()].concat()).unwrap();
            return upto(n - 1);
        }
        Left::HalfACall => {
            let log = std::fs::read(file("world.jsonl")).unwrap();
            let last = log.split_inclusive(|byte| *byte == b'\n').next_back().unwrap().len();
            std::fs::write(file("world.jsonl"), &log[..log.len() - last / 2]).unwrap();
            return bytes;
        }
    }
    std::fs::read(file(JOURNAL_FILE)).unwrap()
}

fn program(state: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(args).arg("--state-dir").arg(state).env_clear().env("HOME", state).env("USER", "alice").stdin(std::process::Stdio::null());
    command
}

fn state_of(state: &Path) -> State {
    fold(&read(&folder(state).join(JOURNAL_FILE)).unwrap().records)
}

/// Takes the run up with the program, as an operator does, until it is over. What the program cannot tell, a look into the world's log
/// decides.
fn finish(state: &Path) -> Result<(), String> {
    let mut decided: Vec<String> = Vec::new();
    for _ in 0..PATIENCE {
        if matches!(state_of(state).phase, RunPhase::Finished { .. }) {
            return Ok(());
        }
        let args: Vec<&str> = ["resume", RUN, "--output", "json"].into_iter().chain(decided.iter().map(String::as_str)).collect();
        let ended = program(state, &args).output().unwrap();
        let now = state_of(state);
        let flag = |(step, happened): (String, bool)| match happened {
            true => ["--happened".to_owned(), format!("{step}=its log shows that it ran")],
            false => ["--not-happened".to_owned(), format!("{step}=its log shows no run")],
        };
        decided = doubts(state).into_iter().flat_map(flag).collect();
        // A call that was kept from happening as often as it may go out has failed its step: somebody wants it tried again.
        // So has a proof that writes and has no answer: where it arrived, they have seen it work.
        for (id, step) in now.steps.iter().filter(|(_, step)| step.phase == StepPhase::Failed) {
            let arrived = step.unanswered().is_some_and(|proof| arrived(state, &now, proof.check.as_str()));
            decided.extend(match arrived {
                true => ["--take-over".to_owned(), format!("{id}=its log shows that it was taken")],
                false => ["--retry".to_owned(), id.to_string()],
            });
        }
        if ended.status.code() != Some(5) && !matches!(now.phase, RunPhase::Finished { .. }) {
            return Err(format!("resume {}: {}", ended.status, String::from_utf8_lossy(&ended.stderr)));
        }
    }
    Err(format!("it does not come to an end; at last: {decided:?}"))
}

/// The steps of which nobody can tell whether their call was made, and what the operator finds out about it.
fn doubts(state: &Path) -> Vec<(String, bool)> {
    let now = state_of(state);
    let undecided: Vec<&StepId> =
        now.steps.iter().filter(|(_, step)| matches!(step.phase, StepPhase::InDoubt { undecided: true, .. })).map(|(id, _)| id).collect();
    if undecided.is_empty() {
        return Vec::new();
    }
    let audit = audit(state, &now);
    let found_out = |id: &&StepId| {
        let (since, caller) = (now.steps[*id].times.intent.unwrap(), format!("{RUN}/{id}"));
        audit.iter().any(|entry| entry.caller == caller && entry.mutating && entry.outcome.is_ok() && entry.at >= since)
    };
    undecided.iter().map(|id| (id.to_string(), found_out(id))).collect()
}

/// Whether the world has taken what a proof writes.
fn arrived(state: &Path, now: &State, check: &str) -> bool {
    audit(state, now).iter().any(|entry| entry.caller == format!("{RUN}/{check}") && entry.mutating && entry.outcome.is_ok())
}

/// What the world has seen.
fn audit(state: &Path, now: &State) -> Vec<AuditEntry> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async { restore(&folder(state), now).audit() })
}

/// The report is there and knows every step.
fn report(state: &Path) -> Result<(), String> {
    let ended = program(state, &["report", RUN]).output().unwrap();
    let text = String::from_utf8_lossy(&ended.stdout);
    if !ended.status.success() {
        return Err(format!("report {}: {}", ended.status, String::from_utf8_lossy(&ended.stderr)));
    }
    let missing: Vec<String> = state_of(state).plan.steps.iter().map(|step| step.id.to_string()).filter(|id| !text.contains(id)).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("the report does not name {missing:?}")) }
}
