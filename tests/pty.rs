//! The screen in a real pseudo-terminal: whole drills by keys, and the terminal as it is left.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::io::{Read, Write};
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty};
use rustix::process::{Pid, Signal, WaitOptions};

/// What is never waited for longer: the slowest machine's patience, not a measure of speed.
const PATIENCE: Duration = Duration::from_secs(30);

const ENTER: &str = "\r";

fn cells(count: u16) -> std::num::NonZero<u16> {
    std::num::NonZero::new(count).unwrap()
}

/// The program in a terminal of its own.
struct Terminal {
    home: tempfile::TempDir,
    pty: Pty,
    child: Child,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// The thread that reads is to let go of the terminal after what it reads next.
    closing: Arc<AtomicBool>,
}

impl Terminal {
    fn open(rows: u16, columns: u16, args: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .env("HOME", home.path())
            .env("TERM", "xterm-256color")
            .env("USER", "alice")
            .spawn(pts)
            .unwrap();
        let (send, output) = channel();
        // A second handle on the same terminal, for the thread that reads.
        let closing = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&closing);
        let mut reader = std::fs::File::from(std::os::fd::AsFd::as_fd(&pty).try_clone_to_owned().unwrap());
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            // The read fails when the program has gone and took the other end with it.
            while let Ok(read) = reader.read(&mut buffer) {
                if read == 0 || closed.load(Ordering::SeqCst) || send.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { home, pty, child, output, screen: vt100::Parser::new(cells(rows), cells(columns), 0), closing }
    }

    fn drill(rows: u16, columns: u16) -> Self {
        Self::open(rows, columns, &["drill", "runbooks/regional_failover.yaml", "--speed", "300"])
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    fn press(&mut self, keys: &str) {
        self.pty.write_all(keys.as_bytes()).unwrap();
    }

    /// Reads until the screen is as wanted.
    #[track_caller]
    fn wait(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !wanted(&self.text()) {
            match self.output.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Timeout) => panic!("never came: {what}\n{}", self.text()),
                Err(RecvTimeoutError::Disconnected) => panic!("ended before: {what}\n{}", self.text()),
            }
        }
    }

    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        self.wait(text, |screen| screen.contains(text));
    }

    /// Presses Enter until the screen is as wanted: a confirmation needs a fresh press on a dialog that was drawn.
    #[track_caller]
    fn enter_until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        self.press_until(ENTER, what, wanted);
    }

    /// Presses a key, again and again but no faster than a person, until the screen is as wanted.
    #[track_caller]
    fn press_until(&mut self, keys: &str, what: &str, wanted: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        let mut pressed = None::<Instant>;
        while !wanted(&self.text()) {
            assert!(begun.elapsed() < PATIENCE, "never came: {what}\n{}", self.text());
            // Slower than any key that repeats by itself.
            if pressed.is_none_or(|last| last.elapsed() > Duration::from_millis(900)) {
                self.press(keys);
                pressed = Some(Instant::now());
            }
            match self.output.recv_timeout(Duration::from_millis(50)) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("ended before: {what}\n{}", self.text()),
            }
        }
    }

    /// A promotion of the replica is under way, in a world where it takes so long.
    fn promoting(promotion: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = folder.path().join("world.yaml");
        let quick = std::fs::read_to_string("tests/worlds/quick.yaml").unwrap();
        assert!(quick.contains("promotion: 3s"));
        std::fs::write(&world, quick.replace("promotion: 3s", &format!("promotion: {promotion}"))).unwrap();
        let args = ["drill", "tests/runbooks/small.yaml", "--world", world.to_str().unwrap(), "--speed", "1"];
        let mut terminal = Self::open(40, 120, &args);
        terminal.wait_for("READY");
        terminal.enter_until("the first steps wait", |screen| screen.contains("2 WAIT FOR YOU"));
        terminal.enter_until("the dialog", |screen| screen.contains("Confirm: Promote"));
        terminal.wait("its open gate", |screen| screen.contains("Type orders-replica") && screen.contains("READY"));
        terminal.press("orders-replica");
        terminal.enter_until("the promotion", |screen| screen.contains("1 under way") && screen.contains("settling"));
        terminal
    }

    fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until the program has been stopped.
    fn wait_until_stopped(&self) {
        let (_, status) = rustix::process::waitpid(Some(Pid::from_child(&self.child)), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped(), "{status:?}");
    }

    /// Reads until the alternate screen is on or off.
    #[track_caller]
    fn wait_for_alternate(&mut self, on: bool) {
        while self.screen.screen().alternate_screen() != on {
            let bytes = self.output.recv_timeout(PATIENCE).expect("the terminal never changed hands");
            self.screen.process(&bytes);
        }
    }

    /// Closes the window: the terminal is gone, for everybody.
    fn hang_up(self) -> (ExitStatus, tempfile::TempDir) {
        let Self { home, pty, mut child, output, closing, .. } = self;
        closing.store(true, Ordering::SeqCst);
        while output.recv_timeout(PATIENCE).is_ok() {}
        drop(pty);
        let (send, ended) = channel();
        let pid = Pid::from_child(&child);
        std::thread::spawn(move || send.send(child.wait()));
        let Ok(status) = ended.recv_timeout(PATIENCE) else {
            rustix::process::kill_process(pid, Signal::KILL).unwrap();
            panic!("it goes on without a terminal, and no end of it is to be seen");
        };
        (status.unwrap(), home)
    }

    /// Waits for the end of the program and gives all that it wrote since.
    fn end(mut self) -> (ExitStatus, vt100::Parser, tempfile::TempDir) {
        let status = self.child.wait().unwrap();
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(500)) {
            self.screen.process(&bytes);
        }
        (status, self.screen, self.home)
    }
}

/// The terminal is as it was: the normal screen, a cursor, no mouse, no pasting mode.
#[track_caller]
fn given_back(screen: &vt100::Parser) {
    let screen = screen.screen();
    assert!(!screen.alternate_screen(), "the alternate screen was left on");
    assert!(!screen.hide_cursor(), "the cursor is still hidden");
    assert!(!screen.bracketed_paste(), "bracketed paste was left on");
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is still captured");
}

#[test]
fn a_region_is_failed_over_by_keys() {
    let mut terminal = Terminal::drill(40, 120);
    terminal.wait_for("READY");
    terminal.wait("the world's badge", |screen| screen.contains("DRILL") && screen.contains("region_loss"));
    terminal.enter_until("the first step waits", |screen| screen.contains("WAITS FOR YOU: Declare"));
    terminal.enter_until("its dialog", |screen| screen.contains("Confirm: Declare the incident"));
    terminal.press("INC-42");
    terminal.wait_for("INC-42");
    terminal.enter_until("the next step waits", |screen| screen.contains("WAITS FOR YOU: Freeze"));
    terminal.enter_until("three branches", |screen| {
        screen.contains("3 WAIT FOR YOU") || screen.contains("Promote the orders replica") && screen.contains("CANNOT BE UNDONE")
    });
    terminal.enter_until("the dialog of what cannot be undone", |screen| screen.contains("Confirm: Promote"));
    terminal.wait("its open gate", |screen| screen.contains("Type orders-replica") && !screen.contains("Override:"));
    // A paste does not confirm.
    terminal.press("\x1b[200~orders-replica\x1b[201~");
    terminal.wait_for("Pasting is refused");
    // Enter without the text does not, either: the dialog stays.
    terminal.press("orders-replica");
    terminal.enter_until("the promotion", |screen| !screen.contains("Confirm: Promote"));
    terminal.enter_until("the traffic step", |screen| screen.contains("WAITS FOR YOU: Send the traffic"));
    terminal.enter_until("the last step", |screen| screen.contains("WAITS FOR YOU: Announce"));
    terminal.enter_until("the summary", |screen| screen.contains("succeeded") || screen.contains("SUCCEEDED"));
    terminal.wait("RTO and RPO", |screen| screen.contains("RTO") && screen.contains("RPO"));
    terminal.press("q");
    let (status, screen, home) = terminal.end();
    assert_eq!(status.code(), Some(0), "{}", screen.screen().contents());
    given_back(&screen);
    assert!(screen.screen().contents().contains("succeeded"), "the summary is left on the normal screen");
    let runs: Vec<_> = std::fs::read_dir(home.path().join(".local/state/lifeboat/runs")).unwrap().collect();
    let journal = std::fs::read_to_string(runs[0].as_ref().unwrap().path().join("journal.jsonl")).unwrap();
    let confirmed = journal.lines().find(|line| line.contains(r#""event":"step_confirming""#) && line.contains("promote_db")).unwrap();
    assert!(confirmed.contains(r#""kind":"person""#) && confirmed.contains(r#""typed":"orders-replica""#), "{confirmed}");
    assert_eq!(journal.matches(r#""event":"step_intent","step":"promote_db""#).count(), 1);
}

#[test]
fn leaving_in_the_middle_gives_the_terminal_back_and_says_how_to_go_on() {
    let mut terminal = Terminal::drill(24, 80);
    terminal.wait_for("READY");
    terminal.press("q");
    terminal.wait_for("Leave lifeboat");
    terminal.press("l");
    let (status, screen, _home) = terminal.end();
    assert_eq!(status.code(), Some(5), "{}", screen.screen().contents());
    given_back(&screen);
    assert!(screen.screen().contents().contains("lifeboat resume"), "{}", screen.screen().contents());
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let mut terminal = Terminal::drill(24, 80);
    terminal.wait_for("READY");
    let pid = rustix::process::Pid::from_child(&terminal.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let (status, screen, _home) = terminal.end();
    assert_eq!(status.code(), Some(5), "{}", screen.screen().contents());
    given_back(&screen);
    assert!(screen.screen().contents().contains("SIGTERM"), "{}", screen.screen().contents());
}

#[test]
fn a_screen_that_is_too_small_says_so_and_comes_back() {
    let mut terminal = Terminal::drill(20, 60);
    terminal.wait("the notice", |screen| screen.contains("80") && screen.contains("24"));
    terminal.pty.resize(Size::new(24, 80)).unwrap();
    terminal.screen.screen_mut().set_size(cells(24), cells(80));
    terminal.wait_for("READY");
    terminal.press("?");
    terminal.wait_for("The selected step");
    for (rows, columns) in [(40, 120), (24, 80), (10, 20), (60, 200), (24, 80)] {
        terminal.pty.resize(Size::new(rows, columns)).unwrap();
        terminal.screen.screen_mut().set_size(cells(rows), cells(columns));
    }
    terminal.wait_for("The selected step");
    terminal.press_until("\x1b", "the help is closed", |screen| screen.contains("Freeze") && !screen.contains("The selected step"));
    terminal.press_until("q", "the way out", |screen| screen.contains("Leave lifeboat"));
    terminal.press("l");
    let (status, screen, _home) = terminal.end();
    assert_eq!(status.code(), Some(5), "{}", screen.screen().contents());
}

/// The events of the one run that was recorded there.
fn journal(home: &tempfile::TempDir) -> String {
    let runs: Vec<_> = std::fs::read_dir(home.path().join(".local/state/lifeboat/runs")).unwrap().map(|run| run.unwrap().path()).collect();
    let run = runs.iter().find(|path| path.join("journal.jsonl").exists()).unwrap();
    std::fs::read_to_string(run.join("journal.jsonl")).unwrap()
}

fn runs(home: &tempfile::TempDir) -> String {
    let mut list = std::process::Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    let output = list.arg("runs").env_clear().env("HOME", home.path()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_closed_terminal_stops_the_run_safely() {
    let (status, home) = Terminal::promoting("3s").hang_up();
    assert_eq!(status.code(), Some(5));
    let journal = journal(&home);
    let paused = journal.find(r#""event":"run_paused""#).expect("the pause is on record");
    assert!(journal[paused..].lines().next().unwrap().contains("terminal"), "{}", &journal[paused..]);
    let done = journal.find(r#""event":"step_succeeded","step":"promote_db""#).expect("what was in flight was followed to its end");
    assert!(paused < done);
    assert!(!journal.contains(r#""event":"step_intent","step":"scale_general""#), "nothing new was begun");
    assert!(runs(&home).contains("paused"), "{}", runs(&home));
}

#[test]
fn a_first_signal_waits_for_what_is_in_flight_and_a_second_does_not() {
    let mut terminal = Terminal::promoting("3s");
    terminal.signal(Signal::TERM);
    terminal.wait("the pause", |screen| screen.contains("PAUSED"));
    let (status, screen, home) = terminal.end();
    assert_eq!(status.code(), Some(5));
    given_back(&screen);
    assert!(journal(&home).contains(r#""event":"step_succeeded","step":"promote_db""#));

    let mut terminal = Terminal::promoting("10m");
    terminal.signal(Signal::TERM);
    terminal.wait("the pause", |screen| screen.contains("PAUSED"));
    terminal.signal(Signal::TERM);
    let (status, screen, home) = terminal.end();
    assert_eq!(status.code(), Some(5));
    given_back(&screen);
    assert!(!journal(&home).contains(r#""event":"step_succeeded","step":"promote_db""#));
}

#[test]
fn a_stop_gives_the_terminal_back_and_going_on_takes_it_again() {
    let mut terminal = Terminal::drill(24, 80);
    terminal.wait_for("READY");
    terminal.signal(Signal::TSTP);
    terminal.wait_until_stopped();
    terminal.wait_for_alternate(false);
    given_back(&terminal.screen);
    terminal.wait_for("lifeboat is stopped");
    terminal.signal(Signal::CONT);
    terminal.wait_for_alternate(true);
    terminal.wait_for("READY");

    // Stopped without having been asked; the shell takes the terminal and sets it as shells do.
    terminal.signal(Signal::STOP);
    terminal.wait_until_stopped();
    let tty = std::fs::read_link(format!("/proc/{}/fd/0", terminal.child.id())).unwrap();
    assert!(std::process::Command::new("stty").arg("-F").arg(tty).arg("sane").status().unwrap().success());
    terminal.screen.process(b"\x1b[?1049l\x1b[?25h$ ");
    terminal.signal(Signal::CONT);
    terminal.wait_for_alternate(true);
    terminal.wait_for("READY");
    // A single key without Enter reaches it: the terminal is raw again.
    terminal.press("q");
    terminal.wait_for("Leave lifeboat");
    terminal.press("l");
    let (status, screen, _home) = terminal.end();
    assert_eq!(status.code(), Some(5));
    given_back(&screen);
}

/// Another terminal of the same person: who drives is told, watching is offered, and nothing can be asked from there.
#[test]
fn a_second_terminal_watches() {
    let mut driving = Terminal::drill(24, 80);
    driving.wait_for("READY");
    let state = driving.home.path().join(".local/state/lifeboat").to_str().unwrap().to_owned();

    let mut second = Terminal::open(24, 100, &["resume", "--state-dir", &state]);
    second.wait_for("watch it? [Y/n]");
    assert!(second.text().contains("is driven by alice on"), "{}", second.text());
    second.press(ENTER);
    second.wait("the watcher's screen", |screen| screen.contains("WATCHING") && screen.contains("DRILL"));
    second.press_until(ENTER, "the refusal", |screen| screen.contains("You are only watching: alice on"));
    second.press("q");
    let (status, screen, _home) = second.end();
    assert_eq!(status.code(), Some(0), "{}", screen.screen().contents());
    given_back(&screen);
    assert!(screen.screen().contents().contains("goes on without you"), "{}", screen.screen().contents());

    let mut no = Terminal::open(24, 100, &["resume", "--state-dir", &state]);
    no.wait_for("watch it? [Y/n]");
    no.press("n\r");
    assert_eq!(no.end().0.code(), Some(4));

    for signal in [rustix::process::Signal::INT, rustix::process::Signal::TERM] {
        let mut signalled = Terminal::open(24, 100, &["watch", "--state-dir", &state]);
        signalled.wait_for("WATCHING");
        rustix::process::kill_process(rustix::process::Pid::from_child(&signalled.child), signal).unwrap();
        let (status, screen, _home) = signalled.end();
        assert_eq!(status.code(), Some(0), "{signal:?}: {}", screen.screen().contents());
        given_back(&screen);
    }

    let mut third = Terminal::open(24, 100, &["watch", "--state-dir", &state]);
    third.wait_for("WATCHING");
    driving.press_until("q", "the way out", |screen| screen.contains("Leave lifeboat"));
    driving.press("l");
    assert_eq!(driving.child.wait().unwrap().code(), Some(5));
    let (status, screen, _home) = third.end();
    assert_eq!(status.code(), Some(5), "{}", screen.screen().contents());
    given_back(&screen);
    assert!(screen.screen().contents().contains("nobody drives it any more"), "{}", screen.screen().contents());
}

/// The home screen chooses; what was chosen has the terminal, the keys and the exit code from then on.
#[test]
fn a_drill_begins_at_home() {
    let mut terminal = Terminal::open(24, 80, &[]);
    terminal.wait("the runbooks", |screen| screen.contains("Fail the core API over") && screen.contains("never"));
    terminal.press_until("j", "the failover", |screen| screen.contains("File       runbooks/regional_failover.yaml"));
    terminal.press("d");
    terminal.wait("its form", |screen| screen.contains("node_count") && screen.contains("DRILL: a simulated world"));
    terminal.press("\t\t9");
    terminal.wait_for("129 is not allowed");
    terminal.press("\x7f\x7f0");
    terminal.wait_for("a whole number from 3 to 40");
    terminal.enter_until("the drill", |screen| screen.contains("READY") && screen.contains("DRILL"));
    terminal.press("q");
    terminal.wait_for("Leave lifeboat");
    terminal.press("l");
    let (status, screen, home) = terminal.end();
    assert_eq!(status.code(), Some(5), "{}", screen.screen().contents());
    given_back(&screen);
    let text = screen.screen().contents();
    assert!(text.contains("lifeboat drill runbooks/regional_failover.yaml -p node_count=10"), "the line to type the next time: {text}");
    assert!(journal(&home).contains(r#""node_count":10"#));
}

/// What stopped is found again at home, and goes on from there; the word for a live run cannot be pasted.
#[test]
fn home_resumes_reads_and_asks_before_anything_live() {
    let mut drill = Terminal::drill(24, 80);
    drill.wait_for("READY");
    drill.press("q");
    drill.wait_for("Leave lifeboat");
    drill.press("l");
    let (_, _, folder) = drill.end();
    let state = folder.path().join(".local/state/lifeboat").to_str().unwrap().to_owned();

    let mut home = Terminal::open(40, 120, &["--state-dir", &state]);
    home.wait("the unfinished run", |screen| {
        screen.contains("Runbooks 2") && screen.contains("Unfinished runs 1") && screen.contains("paused")
    });
    home.press("l");
    home.wait_for("LIVE: the real AWS");
    home.enter_until("the last question", |screen| screen.contains("Type live to start the live run"));
    home.press("\x1b[200~live\x1b[201~");
    home.wait_for("Pasting is refused");
    home.press_until("\x1b", "the list", |screen| !screen.contains("LIVE"));
    home.press("n");
    home.wait_for("Nobody drives it");
    home.press("o");
    home.wait("its report", |screen| screen.contains("Report of") && screen.contains("# DRILL"));
    home.press_until("\x1b", "the list again", |screen| screen.contains("Nobody drives it"));
    home.press("r");
    home.wait("the run", |screen| screen.contains("READY") && screen.contains("DRILL"));
    home.press_until("q", "the way out", |screen| screen.contains("Leave lifeboat"));
    home.press("l");
    let (status, screen, _) = home.end();
    assert_eq!(status.code(), Some(5), "{}", screen.screen().contents());
    given_back(&screen);

    let mut again = Terminal::open(24, 80, &[]);
    again.wait_for("Runbooks 2");
    again.signal(Signal::INT);
    let (status, screen, _) = again.end();
    assert_eq!(status.code(), Some(0));
    given_back(&screen);
}
