//! Output with a thread and a bound of its own: who writes never waits for who reads. A pipe that nobody empties, a terminal behind a dead
//! connection or stopped by Ctrl-S must not hold what drives a run.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So long nothing is taken before the reader counts as one that does not read.
const STALL: Duration = Duration::from_secs(3);
/// So much is written at once: what a reader takes is noticed piece by piece.
const PIECE: usize = 4 << 10;
/// How often a slow reader is given that time at the end.
const LAST_ROUNDS: u32 = 10;
/// Who can wait does so from here on.
const BEHIND: usize = 256 << 10;
/// From here on nothing more is kept.
const LIMIT: usize = 1 << 20;

/// The words for so many lines that were not shown, where they would have stood.
pub type Gap = fn(u64) -> String;

/// See the file's text. Dropping it stops nothing: what was put in is written as long as the process lives.
#[derive(Clone)]
pub struct Outlet {
    shared: Arc<Shared>,
    gap: Gap,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Vec<u8>>,
    /// Bytes that are waiting or being written.
    bytes: usize,
    /// Counts the pieces that were taken.
    taken: u64,
    /// Nothing was taken for a long time.
    stalled: bool,
    /// Lines that were not kept since the last that was.
    lost: u64,
    /// Nobody reads, and nobody will.
    gone: bool,
}

impl Outlet {
    /// Begins the thread that writes to `to`.
    pub fn new(to: impl Write + Send + 'static, gap: Gap) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let own = Arc::clone(&shared);
        if std::thread::Builder::new().name("output".into()).spawn(move || own.write(to)).is_err() {
            shared.state().gone = true; // Without a thread there is no output; the run has its record.
        }
        Self { shared, gap }
    }

    /// Hands a text over, without waiting. What finds no room is counted and left out.
    pub fn put(&self, text: &[u8]) {
        let mut state = self.shared.state();
        if state.bytes > LIMIT {
            state.lost += lines(text);
            return;
        }
        if state.lost > 0 {
            let words = (self.gap)(std::mem::take(&mut state.lost));
            state.push(words.as_bytes());
        }
        state.push(text);
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Hands over what must come out, whatever waits before it.
    pub fn put_in_any_case(&self, text: &[u8]) {
        self.shared.state().push(text);
        self.shared.changed.notify_all();
    }

    /// Whether something was handed over that was not taken yet.
    pub fn is_busy(&self) -> bool {
        self.shared.state().bytes > 0
    }

    /// Whether nobody reads any more, and nobody will.
    pub fn is_gone(&self) -> bool {
        self.shared.state().gone
    }

    /// Whether so much is waiting that who can wait should, for somebody who reads.
    pub fn is_behind(&self) -> bool {
        let state = self.shared.state();
        state.bytes > BEHIND && !state.stalled
    }

    /// Waits until there is room again, or nothing was taken for a long time.
    pub fn wait_for_room(&self) {
        self.wait(BEHIND, STALL, u32::MAX);
    }

    /// Waits a moment for what was handed over to be taken.
    pub fn rest(&self, at_most: Duration) {
        let taken = |state: &mut State| state.bytes > 0 && !state.stalled;
        drop(self.shared.changed.wait_timeout_while(self.shared.state(), at_most, taken).unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits at the end until everything is taken: not for a reader that does not read, and not for ever for one that is slow. Gives how many
    /// lines were not taken.
    pub fn settle(&self) -> u64 {
        self.settle_for(STALL)
    }

    fn settle_for(&self, patience: Duration) -> u64 {
        self.wait(0, patience, LAST_ROUNDS);
        let state = self.shared.state();
        if state.gone { 0 } else { state.lost + state.waiting.iter().map(|text| lines(text)).sum::<u64>() }
    }

    fn wait(&self, until: usize, patience: Duration, rounds: u32) {
        let mut state = self.shared.state();
        for _ in 0..rounds {
            let before = state.taken;
            let full = |state: &mut State| state.bytes > until && !state.stalled;
            let (now, waited) = self.shared.changed.wait_timeout_while(state, patience, full).unwrap_or_else(PoisonError::into_inner);
            state = now;
            if !waited.timed_out() {
                return;
            }
            if state.taken == before {
                state.stalled = patience >= STALL;
                return;
            }
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, mut to: impl Write) {
        loop {
            let mut state = self.state();
            let text = loop {
                match state.waiting.pop_front() {
                    Some(text) => break text,
                    None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(state);
            for piece in text.chunks(PIECE) {
                let written = to.write_all(piece).and_then(|()| to.flush());
                let mut state = self.state();
                state.bytes -= piece.len();
                state.taken += 1;
                state.stalled = false;
                if written.is_err() {
                    // A reader that went away (`| head`): the run goes on, and nobody reads.
                    *state = State { gone: true, ..State::default() };
                    self.changed.notify_all();
                    return;
                }
                drop(state);
                self.changed.notify_all();
            }
        }
    }
}

impl State {
    fn push(&mut self, text: &[u8]) {
        if !self.gone && !text.is_empty() {
            self.bytes += text.len();
            self.waiting.push_back(text.to_vec());
        }
    }
}

fn lines(text: &[u8]) -> u64 {
    (text.iter().filter(|byte| **byte == b'\n').count() as u64).max(1)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn gap(lines: u64) -> String {
        format!("[{lines}]\n")
    }

    #[test]
    fn what_is_put_in_comes_out_in_order() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let outlet = Outlet::new(writer, gap);
        let texts: Vec<String> = (0..20_000).map(|n| format!("line {n}\n")).collect();
        let reading = std::thread::spawn(move || {
            let mut text = String::new();
            let mut bytes = vec![0; 1_000];
            while !text.ends_with("line 19999\n") {
                let count = reader.read(&mut bytes).unwrap();
                text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
            }
            text
        });
        for text in &texts {
            if outlet.is_behind() {
                outlet.wait_for_room();
            }
            outlet.put(text.as_bytes());
        }
        assert_eq!(outlet.settle(), 0);
        assert_eq!(reading.join().unwrap(), texts.concat());
    }

    #[test]
    fn a_reader_that_does_not_read_holds_nobody_and_what_it_missed_is_counted() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let outlet = Outlet::new(writer, gap);
        // Far more than the pipe and the outlet hold: this would never end if anybody waited.
        for n in 0..40_000 {
            outlet.put(format!("a line with the number {n} and some more letters to be long\n").as_bytes());
        }
        assert!(outlet.is_busy());
        outlet.put_in_any_case(b"last words\n");
        let not_taken = outlet.settle_for(Duration::from_millis(50));
        assert!(not_taken > 20_000, "{not_taken}");
        outlet.wait_for_room();
        assert!(!outlet.is_behind(), "nobody waits for it any more");
        // It reads after all, and another line finds room.
        let (mut text, mut bytes) = (String::new(), vec![0; 64 << 10]);
        while !text.ends_with("last words\n") {
            let count = reader.read(&mut bytes).unwrap();
            text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
        let shown = text.lines().filter(|line| line.starts_with("a line")).count();
        outlet.put(b"more\n");
        while !text.ends_with("more\n") {
            let count = reader.read(&mut bytes).unwrap();
            text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
        assert!(text.ends_with(&format!("last words\n[{}]\nmore\n", 40_000 - shown)), "{}", &text[text.len() - 100..]);
        assert_eq!(outlet.settle(), 0);
    }

    #[test]
    fn a_reader_that_went_away_is_no_trouble() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let outlet = Outlet::new(writer, gap);
        outlet.put(b"nobody reads this\n");
        assert_eq!(outlet.settle(), 0);
        assert!(outlet.is_gone());
        outlet.put(b"nor this\n");
        assert!(!outlet.is_busy());
    }
}
