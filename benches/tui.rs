//! What the screen costs in a run of 10,000 steps: a frame, a key, a flood of telemetry, the memory. `cargo bench --bench tui`.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop there")]

use std::process::Command;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent};
use lifeboat::engine::{Event, Outcome};
use lifeboat::id::Digest;
use lifeboat::journal::Record;
use lifeboat::tui::{Model, Msg, Options, update, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

#[path = "tui/long_run.rs"]
mod long_run;

use long_run::{alice, applied, at, done, opening, proposed, reading, telemetry};

const STEPS: usize = 10_000;
const SIZE: Size = Size { width: 200, height: 60 };
/// Tells a process of its own to build the run and to say what it holds.
const ALONE: &str = "LIFEBOAT_BENCH_TUI";

fn main() {
    if std::env::var_os(ALONE).is_some() {
        return alone();
    }
    if !std::env::args().any(|arg| arg == "--list") {
        frames();
        let alone = Command::new(std::env::current_exe().unwrap()).env(ALONE, "1").output().unwrap();
        assert!(alone.status.success());
        print!("{}", String::from_utf8_lossy(&alone.stdout));
    }
    divan::main();
}

/// A screen and the run on it.
struct Stage {
    model: Model,
    terminal: Terminal<TestBackend>,
    ms: u64,
    seq: u64,
}

impl Stage {
    fn new() -> Self {
        let model = Model::new(alice(), Options::default(), SIZE, at(0));
        Self { model, terminal: Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).unwrap(), ms: 0, seq: 0 }
    }

    fn event(&mut self, event: Event) {
        let record = Record { seq: self.seq, at: at(self.ms), prev: Digest::of(b""), hash: Digest::of(b""), event };
        self.seq += 1;
        self.ms += 50;
        update(&mut self.model, Msg::Record(Box::new(record)));
    }

    /// So many steps done, the next ten half-way: two wait for a person, eight are at work.
    fn at_step(done_steps: usize, samples: u64, lines: u64) -> Self {
        let mut stage = Self::new();
        for (ms, event) in opening(STEPS) {
            stage.ms = ms;
            stage.event(event);
        }
        for place in 0..(done_steps + 10).min(STEPS) {
            proposed(place).into_iter().for_each(|event| stage.event(event));
            for told in telemetry(place, stage.ms, samples, lines) {
                update(&mut stage.model, Msg::Telemetry(told));
            }
            if place >= done_steps + 8 {
                continue;
            }
            applied(place, stage.ms).into_iter().for_each(|event| stage.event(event));
            if place < done_steps {
                done(place, stage.ms).into_iter().for_each(|event| stage.event(event));
            }
        }
        stage.frame();
        stage
    }

    fn finish(&mut self) {
        self.event(Event::RunFinished { outcome: Outcome::Succeeded, reason: "every step is done".into(), by: None });
        self.frame();
    }

    /// As the loop does it: the time is told, the model drawn.
    fn frame(&mut self) {
        self.ms += 33;
        update(&mut self.model, Msg::Tick { now: at(self.ms), own: Duration::from_millis(self.ms), speed: 1.0 });
        self.terminal.draw(|frame| view(&self.model, frame)).unwrap();
        update(&mut self.model, Msg::Drawn);
    }

    fn press(&mut self, code: KeyCode) {
        self.ms += 1_000;
        update(&mut self.model, Msg::Key(KeyEvent::from(code), Duration::from_millis(self.ms)));
    }

    /// What fifty preconditions and a chatty command say in a thirtieth of a second.
    fn flood(&mut self) {
        for place in 0..50 {
            update(
                &mut self.model,
                Msg::Telemetry(lifeboat::view::Telemetry::Reading {
                    reading: reading(&format!("scale_group_{:05}.preconditions[0]", STEPS / 2 + place), self.ms),
                }),
            );
        }
        for told in telemetry(STEPS / 2, self.ms, 0, 1_000) {
            update(&mut self.model, Msg::Telemetry(told));
        }
    }
}

/// Median and 99th percentile of each kind of frame.
fn frames() {
    let mut stage = Stage::at_step(STEPS / 2, 3, 3);
    let screens = [("steps", '1'), ("timeline", 't'), ("gantt", 'g'), ("plan", 'P')];
    for (name, key) in screens {
        stage.press(KeyCode::Char(key));
        stage.frame();
        measure(&format!("a frame of the {name} view"), &mut stage, Stage::frame);
        let codes = [KeyCode::Down, KeyCode::PageDown, KeyCode::End, KeyCode::PageUp, KeyCode::Up, KeyCode::Home];
        let mut turn = 0;
        measure(&format!("a key and its frame in the {name} view, in a flood"), &mut stage, |stage| {
            stage.flood();
            stage.press(codes[turn % codes.len()]);
            turn += 1;
            stage.frame();
        });
        stage.press(KeyCode::Esc);
    }
    let mut over = Stage::at_step(STEPS, 1, 1);
    over.finish();
    measure("a frame of the summary", &mut over, Stage::frame);
}

fn measure(what: &str, stage: &mut Stage, mut act: impl FnMut(&mut Stage)) {
    let mut taken: Vec<Duration> = (0..500)
        .map(|_| {
            let begun = Instant::now();
            act(stage);
            begun.elapsed()
        })
        .collect();
    taken.sort_unstable();
    let (median, p99, max) = (taken[taken.len() / 2], taken[taken.len() * 99 / 100], taken[taken.len() - 1]);
    println!("{what:<58} median {median:>10.1?}   p99 {p99:>10.1?}   max {max:>10.1?}");
}

/// A whole run with as many samples and log lines as are kept.
fn alone() {
    let begun = Instant::now();
    let mut stage = Stage::at_step(STEPS, 120, 200);
    stage.finish();
    let taken = begun.elapsed();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim();
    println!("a run of {STEPS} steps to its end: {:.3} s, {peak} at most, {} records", taken.as_secs_f64(), stage.seq);
}

/// The time is told, the frame built.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn frame_of_a_long_run(bencher: divan::Bencher<'_, '_>) {
    let mut stage = Stage::at_step(STEPS / 2, 3, 3);
    bencher.bench_local(|| stage.frame());
}

/// Nothing but the plan.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn first_frame(bencher: divan::Bencher<'_, '_>) {
    bencher
        .with_inputs(|| {
            let mut stage = Stage::new();
            for (ms, event) in opening(STEPS) {
                stage.ms = ms;
                stage.event(event);
            }
            stage
        })
        .bench_local_values(|mut stage| {
            stage.frame();
            stage
        });
}
