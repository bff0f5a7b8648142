//! What the record costs: replaying a long journal, appending to a long journal, and the share of an append that is not the disk's.
//! `cargo bench --bench journal`.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop there")]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use lifeboat::engine::{Event, State, begin, evolve};
use lifeboat::journal::{self, Holder, Journal, Record, Store, Sync};

#[path = "journal/story.rs"]
mod story;

use story::{at, story};

const RUN: &str = "20260312T024700Z-k3f9";
/// Names the journal to a process that only replays it, so that what it holds is what a replay needs.
const REPLAY: &str = "LIFEBOAT_BENCH_REPLAY";

fn main() {
    if let Some(path) = std::env::var_os(REPLAY) {
        return replayed_alone(Path::new(&path));
    }
    if !std::env::args().any(|arg| arg == "--list") {
        ratios();
    }
    divan::main();
}

struct Kept {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

fn create(dir: &Path) -> Journal {
    let holder = Holder { name: "bench".into(), host: "here".into(), pid: 1, since: at(0).wall };
    Store::new(dir.to_owned()).create(&RUN.into(), b"", &holder).unwrap()
}

/// A journal of so many records.
fn kept(records: u64) -> Kept {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = create(dir.path());
    for (ms, event) in story().take(records as usize) {
        journal.append(at(ms), &[event], Sync::Later).unwrap();
    }
    journal.sync().unwrap();
    Kept { path: journal.path().to_owned(), _dir: dir }
}

static SHORT: LazyLock<Kept> = LazyLock::new(|| kept(100_000));
static LONG: LazyLock<Kept> = LazyLock::new(|| kept(1_000_000));

fn replay(path: &Path) -> State {
    let mut state = None;
    let fold = |record: Record| match &mut state {
        None => state = begin(&record.event, record.at),
        Some(state) => evolve(state, &record.event, record.at),
    };
    journal::replay(path, fold).unwrap();
    state.unwrap()
}

/// Read, check the chain, decode and fold.
#[divan::bench(args = [100_000, 1_000_000], sample_count = 5, sample_size = 1)]
fn replay_a_journal(bencher: divan::Bencher<'_, '_>, records: u64) {
    let kept = if records > 100_000 { &*LONG } else { &*SHORT };
    bencher.bench_local(|| replay(&kept.path));
}

/// One batch of two events, without a sync, to a journal that holds so many records.
#[divan::bench(args = [100, 100_000, 1_000_000], sample_count = 50, sample_size = 20)]
fn append_to_a_journal(bencher: divan::Bencher<'_, '_>, records: u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = create(dir.path());
    let mut events = story();
    for (ms, event) in events.by_ref().take(records as usize) {
        journal.append(at(ms), &[event], Sync::Later).unwrap();
    }
    journal.sync().unwrap();
    let batch = [events.next().unwrap().1, events.next().unwrap().1];
    bencher.bench_local(|| journal.append(at(1), &batch, Sync::Later).unwrap());
}

fn replayed_alone(path: &Path) {
    let begun = Instant::now();
    let state = replay(path);
    let taken = begun.elapsed();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim();
    println!("{:.3} s, {peak} at most, {} steps", taken.as_secs_f64(), state.steps.len());
}

fn ratios() {
    let size = fs::metadata(&LONG.path).unwrap().len();
    for _ in 0..3 {
        let alone = Command::new(std::env::current_exe().unwrap()).env(REPLAY, &LONG.path).output().unwrap();
        assert!(alone.status.success());
        print!("replay of 1,000,000 records ({} MB), process of its own: {}", size >> 20, String::from_utf8_lossy(&alone.stdout));
    }
    overhead();
}

/// The same bytes, written and synced raw and as a journal, turn by turn so that both meet the same disk.
fn overhead() {
    const BATCHES: usize = 1_000;
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let batches: Vec<Vec<Event>> = {
        let mut events = story().map(|(_, event)| event);
        (0..BATCHES).map(|_| events.by_ref().take(3).collect()).collect()
    };
    let mut rehearsed = create(dirs[0].path());
    let mut ends = vec![length(&rehearsed)];
    for batch in &batches {
        rehearsed.append(at(1), batch, Sync::Later).unwrap();
        ends.push(length(&rehearsed));
    }
    let bytes = fs::read(rehearsed.path()).unwrap();
    let mut journal = create(dirs[1].path());
    let mut raw: File = OpenOptions::new().append(true).create(true).open(dirs[1].path().join("raw")).unwrap();
    let (mut of_raw, mut of_journal) = (Duration::ZERO, Duration::ZERO);
    for (batch, place) in batches.iter().zip(ends.windows(2)) {
        let begun = Instant::now();
        journal.append(at(1), batch, Sync::Now).unwrap();
        of_journal += begun.elapsed();
        let begun = Instant::now();
        raw.write_all(&bytes[place[0]..place[1]]).unwrap();
        raw.sync_data().unwrap();
        of_raw += begun.elapsed();
    }
    assert_eq!(journal.syncs(), BATCHES as u64);
    println!(
        "append + sync of three events: {:.1} µs, raw write + fdatasync of the same bytes: {:.1} µs, ratio {:.3}",
        of_journal.as_secs_f64() * 1e6 / BATCHES as f64,
        of_raw.as_secs_f64() * 1e6 / BATCHES as f64,
        of_journal.as_secs_f64() / of_raw.as_secs_f64(),
    );
}

fn length(journal: &Journal) -> usize {
    fs::metadata(journal.path()).unwrap().len() as usize
}
