//! The program in a pseudo-terminal, keys for it, and what stands on its screen.

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
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const ENTER: &str = "\r";

pub(crate) fn cells(count: u16) -> std::num::NonZero<u16> {
    std::num::NonZero::new(count).unwrap()
}

/// The program in a terminal of its own.
pub(crate) struct Terminal {
    pub(crate) home: tempfile::TempDir,
    pub(crate) pty: Pty,
    pub(crate) child: Child,
    output: Receiver<Vec<u8>>,
    pub(crate) screen: vt100::Parser,
    /// Every byte that came.
    pub(crate) written: Vec<u8>,
    /// A frame that has begun and not ended.
    held: Vec<u8>,
    /// The thread that reads is to let go of the terminal after what it reads next.
    closing: Arc<AtomicBool>,
}

impl Terminal {
    pub(crate) fn open(rows: u16, columns: u16, args: &[&str]) -> Self {
        Self::open_as(rows, columns, &[("TERM", "xterm-256color")], args)
    }

    /// The same, in another environment.
    pub(crate) fn open_as(rows: u16, columns: u16, environment: &[(&str, &str)], args: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .env("HOME", home.path())
            .env("USER", "alice")
            .envs(environment.iter().copied())
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
        Self {
            home,
            pty,
            child,
            output,
            screen: vt100::Parser::new(cells(rows), cells(columns), 1_000),
            held: Vec::new(),
            written: Vec::new(),
            closing,
        }
    }

    pub(crate) fn drill(rows: u16, columns: u16) -> Self {
        Self::open(rows, columns, &["drill", "runbooks/regional_failover.yaml", "--speed", "300"])
    }

    /// Shows what was written, but no frame before its end: the program says where each one begins and ends.
    fn show(&mut self, bytes: &[u8]) {
        const BEGIN: &[u8] = b"\x1b[?2026h";
        const END: &[u8] = b"\x1b[?2026l";
        let last = |bytes: &[u8], mark: &[u8]| bytes.windows(mark.len()).rposition(|window| window == mark);
        self.written.extend_from_slice(bytes);
        self.held.extend_from_slice(bytes);
        let begun = match (last(&self.held, BEGIN), last(&self.held, END)) {
            (Some(begin), end) if end.is_none_or(|end| end < begin) => begin,
            // The mark itself may have come in two pieces.
            _ => (1..BEGIN.len())
                .rev()
                .find(|size| self.held.ends_with(&BEGIN[..*size]))
                .map_or(self.held.len(), |size| self.held.len() - size),
        };
        self.screen.process(&self.held[..begun]);
        self.held.drain(..begun);
    }

    /// The terminal has another size from now on.
    pub(crate) fn resize(&mut self, rows: u16, columns: u16) {
        self.pty.resize(Size::new(rows, columns)).unwrap();
        self.screen.screen_mut().set_size(cells(rows), cells(columns));
    }

    /// Takes what has been written so far.
    pub(crate) fn drain(&mut self) {
        while let Ok(bytes) = self.output.try_recv() {
            self.show(&bytes);
        }
    }

    /// The screen line by line, each as wide as it is.
    pub(crate) fn lines(&self) -> Vec<String> {
        let screen = self.screen.screen();
        screen.rows(0, screen.size().1.get()).collect()
    }

    /// Leaves a run that waits at its gate, and checks how.
    #[track_caller]
    pub(crate) fn leave(mut self) {
        self.press_until("q", "the way out", |screen| screen.contains("Leave lifeboat"));
        self.press("x");
        let (status, screen, _home) = self.end();
        assert_eq!(status.code(), Some(5), "{}", screen.screen().contents());
        given_back(&screen);
        assert!(screen.screen().contents().contains("lifeboat resume"), "{}", screen.screen().contents());
    }

    pub(crate) fn text(&self) -> String {
        self.screen.screen().contents()
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.pty.write_all(keys.as_bytes()).unwrap();
    }

    /// Reads until the screen is as wanted.
    #[track_caller]
    pub(crate) fn wait(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !wanted(&self.text()) {
            match self.output.recv_timeout(PATIENCE.saturating_sub(begun.elapsed())) {
                Ok(bytes) => self.show(&bytes),
                Err(RecvTimeoutError::Timeout) => panic!("never came: {what}\n{}", self.text()),
                Err(RecvTimeoutError::Disconnected) => panic!("ended before: {what}\n{}", self.text()),
            }
        }
    }

    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        self.wait(text, |screen| screen.contains(text));
    }

    /// Presses Enter until the screen is as wanted: a confirmation needs a fresh press on a dialog that was drawn.
    #[track_caller]
    pub(crate) fn enter_until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        self.press_until(ENTER, what, wanted);
    }

    /// Presses a key, again and again but no faster than a person, until the screen is as wanted.
    #[track_caller]
    pub(crate) fn press_until(&mut self, keys: &str, what: &str, wanted: impl Fn(&str) -> bool) {
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
                Ok(bytes) => self.show(&bytes),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("ended before: {what}\n{}", self.text()),
            }
        }
    }

    /// A promotion of the replica is under way, in a world where it takes so long.
    pub(crate) fn promoting(promotion: &str) -> Self {
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

    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until the program has been stopped.
    pub(crate) fn wait_until_stopped(&self) {
        let (_, status) = rustix::process::waitpid(Some(Pid::from_child(&self.child)), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped(), "{status:?}");
    }

    /// Reads until the alternate screen is on or off.
    #[track_caller]
    pub(crate) fn wait_for_alternate(&mut self, on: bool) {
        while self.screen.screen().alternate_screen() != on {
            let bytes = self.output.recv_timeout(PATIENCE).expect("the terminal never changed hands");
            self.show(&bytes);
        }
    }

    /// Closes the window: the terminal is gone, for everybody.
    pub(crate) fn hang_up(self) -> (ExitStatus, tempfile::TempDir) {
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
    pub(crate) fn end(mut self) -> (ExitStatus, vt100::Parser, tempfile::TempDir) {
        let status = self.child.wait().unwrap();
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(500)) {
            self.show(&bytes);
        }
        (status, self.screen, self.home)
    }
}

/// All that stands on a terminal, with what has been scrolled off its top.
pub(crate) fn everything(mut screen: vt100::Parser) -> String {
    let bottom = screen.screen().contents();
    screen.screen_mut().set_scrollback(usize::MAX);
    screen.screen().contents() + "\n" + &bottom
}

/// The terminal is as it was: the normal screen, a cursor, no mouse, no pasting mode.
#[track_caller]
pub(crate) fn given_back(screen: &vt100::Parser) {
    let screen = screen.screen();
    assert!(!screen.alternate_screen(), "the alternate screen was left on");
    assert!(!screen.hide_cursor(), "the cursor is still hidden");
    assert!(!screen.bracketed_paste(), "bracketed paste was left on");
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is still captured");
}

/// The events of the one run that was recorded there.
pub(crate) fn journal(home: &tempfile::TempDir) -> String {
    let runs: Vec<_> = std::fs::read_dir(home.path().join(".local/state/lifeboat/runs")).unwrap().map(|run| run.unwrap().path()).collect();
    let run = runs.iter().find(|path| path.join("journal.jsonl").exists()).unwrap();
    std::fs::read_to_string(run.join("journal.jsonl")).unwrap()
}

pub(crate) fn runs(home: &tempfile::TempDir) -> String {
    let mut list = std::process::Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    let output = list.arg("runs").env_clear().env("HOME", home.path()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
