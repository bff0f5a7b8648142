//! What the screen costs in a run of 10,000 steps: a frame, a key, a flood of telemetry, the memory. `cargo bench --bench tui`.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop there")]

use std::process::Command;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent};
use lifeboat::engine::{Event, Outcome, State, begin, evolve};
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
/// What the screen takes at most before it looks at the keys again.
const BATCH: u64 = 4_096;
/// Tells a process of its own to build the run and to say what it holds: a `screen`, or the whole `process`.
const ALONE: &str = "LIFEBOAT_BENCH_TUI";

fn main() {
    if let Ok(what) = std::env::var(ALONE) {
        return alone(&what);
    }
    if !std::env::args().any(|arg| arg == "--list") {
        frames();
        for what in ["screen", "process"] {
            let alone = Command::new(std::env::current_exe().unwrap()).env(ALONE, what).output().unwrap();
            assert!(alone.status.success());
            print!("{}", String::from_utf8_lossy(&alone.stdout));
        }
    }
    divan::main();
}

/// A screen and the run on it.
struct Stage {
    model: Model,
    terminal: Terminal<TestBackend>,
    ms: u64,
    seq: u64,
    /// The driver's own fold, where one is kept.
    driver: Option<Option<State>>,
}

impl Stage {
    fn new() -> Self {
        let model = Model::new(alice(), Options::default(), SIZE, at(0));
        let terminal = Terminal::new(TestBackend::new(SIZE.width, SIZE.height)).unwrap();
        Self { model, terminal, ms: 0, seq: 0, driver: None }
    }

    fn event(&mut self, event: Event) {
        let record = Record { seq: self.seq, at: at(self.ms), prev: Digest::of(b""), hash: Digest::of(b""), event };
        match &mut self.driver {
            Some(Some(state)) => evolve(state, &record.event, record.at),
            Some(none) => *none = begin(&record.event, record.at),
            None => {}
        }
        self.seq += 1;
        self.ms += 50;
        update(&mut self.model, Msg::Record(Box::new(record)));
    }

    /// The run is open.
    fn open(mut self) -> Self {
        for (ms, event) in opening(STEPS) {
            self.ms = ms;
            self.event(event);
        }
        self
    }

    /// So many steps done, the next ten half-way: two wait for a person, eight are at work.
    fn at_step(done_steps: usize, samples: u64, lines: u64) -> Self {
        Self::new().open().on_to(done_steps, samples, lines)
    }

    fn on_to(self, done_steps: usize, samples: u64, lines: u64) -> Self {
        let mut stage = self;
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

    /// A whole batch of what fifty preconditions and a flooding command say: a key is behind one at worst.
    fn flood(&mut self) {
        for place in 0..50 {
            update(
                &mut self.model,
                Msg::Telemetry(lifeboat::view::Telemetry::Reading {
                    reading: reading(&format!("scale_group_{:05}.preconditions[0]", STEPS / 2 + place), self.ms),
                }),
            );
        }
        for told in telemetry(STEPS / 2, self.ms, 0, BATCH - 50) {
            update(&mut self.model, Msg::Telemetry(told));
        }
    }
}

/// Median and 99th percentile of each kind of frame.
fn frames() {
    let mut stage = Stage::at_step(STEPS / 2, 3, 3);
    let screens = [("steps", '1'), ("timeline", 't'), ("gantt", 'c'), ("plan", 'P')];
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

/// By the clock on the wall, and by the processor's time: on a busy machine only the second is ours.
fn measure(what: &str, stage: &mut Stage, mut act: impl FnMut(&mut Stage)) {
    let mut taken: Vec<(Duration, Duration)> = (0..500)
        .map(|_| {
            let (begun, worked) = (Instant::now(), processor_time());
            act(stage);
            (begun.elapsed(), processor_time() - worked)
        })
        .collect();
    let mut percentile = |of: fn(&(Duration, Duration)) -> Duration, part: usize| {
        taken.sort_unstable_by_key(of);
        of(&taken[taken.len() * part / 100])
    };
    let [median, p99] = [50, 99].map(|part| percentile(|taken| taken.0, part));
    let [own_median, own_p99] = [50, 99].map(|part| percentile(|taken| taken.1, part));
    println!("{what:<54} median {median:>9.1?} p99 {p99:>9.1?}; of the processor: median {own_median:>9.1?} p99 {own_p99:>9.1?}");
}

fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// A whole run with as many samples and log lines as are kept.
fn alone(what: &str) {
    let begun = Instant::now();
    let mut stage = Stage::new();
    if what == "process" {
        stage.driver = Some(None);
    }
    let mut stage = stage.open();
    stage.frame();
    let opened = memory("VmRSS:");
    stage = stage.on_to(STEPS, 120, 200);
    stage.finish();
    let taken = begun.elapsed();
    let (peak, end) = (memory("VmHWM:"), memory("VmRSS:"));
    println!(
        "a run of {STEPS} steps, the {what}: {opened} when it is open, {end} at its end, {peak} at most; {:.3} s, {} records",
        taken.as_secs_f64(),
        stage.seq
    );
}

fn memory(name: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
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
    bencher.with_inputs(|| Stage::new().open()).bench_local_values(|mut stage| {
        stage.frame();
        stage
    });
}
