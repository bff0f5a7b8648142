//! The lines of a long journal, with their seals looked at ahead of time.
//!
//! Hashing and finding the lines is a third of the work of reading a journal and needs nothing of the rest, so from the second block
//! on it is done on a thread of its own. Nearly every journal is a single block and never sees that thread.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use super::record::{Seal, unseal};

/// The longest line that is read. A line longer than this is damage: the longest there is holds the plan, and a runbook is bounded.
pub(super) const LINE_LIMIT: usize = 256 << 20;

/// How many bytes make a block, give or take a line.
const BLOCK: usize = 128 << 10;

/// Blocks that may be ready before their turn.
const AHEAD: usize = 4;

/// Appends the next line, line end included, to `bytes`; nothing at the end. Gives its seal when that is whole.
pub(super) fn read_line(input: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<Option<Seal>> {
    let start = bytes.len();
    Read::by_ref(input).take(LINE_LIMIT as u64).read_until(b'\n', bytes)?;
    Ok(unseal(text(&bytes[start..])))
}

/// A line without its end. Where a line has none, it is the last, and a crash can have left zeros after it.
pub(super) fn text(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or_else(|| {
        let end = line.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        &line[..end]
    })
}

/// Hands every line over, with its seal if that is whole, in their order.
pub(super) fn each_line<E>(
    mut input: impl BufRead + Send,
    broken: impl Fn(io::Error) -> E,
    mut take: impl FnMut(&[u8], Option<Seal>) -> Result<(), E>,
) -> Result<(), E> {
    let first = Block::read(&mut input).map_err(&broken)?;
    first.hand_over(&mut take)?;
    if first.is_last {
        return Ok(());
    }
    thread::scope(|scope| {
        let (full, blocks) = sync_channel(AHEAD);
        thread::Builder::new().spawn_scoped(scope, move || read_ahead(input, &full)).map_err(&broken)?;
        for block in blocks {
            block.map_err(&broken)?.hand_over(&mut take)?;
        }
        Ok(())
    })
}

fn read_ahead(mut input: impl BufRead, full: &SyncSender<io::Result<Block>>) {
    loop {
        let block = Block::read(&mut input);
        let is_last = block.as_ref().map_or(true, |block| block.is_last);
        // Nobody takes it when a line before was not believed.
        if full.send(block).is_err() || is_last {
            return;
        }
    }
}

/// Lines that lie one after the other.
struct Block {
    bytes: Vec<u8>,
    /// Where each ends, and its seal.
    lines: Vec<(usize, Option<Seal>)>,
    is_last: bool,
}

impl Block {
    fn read(input: &mut impl BufRead) -> io::Result<Self> {
        let mut block = Self { bytes: Vec::with_capacity(BLOCK + BLOCK / 8), lines: Vec::new(), is_last: false };
        while block.bytes.len() < BLOCK {
            let start = block.bytes.len();
            let seal = read_line(input, &mut block.bytes)?;
            if block.bytes.len() == start {
                block.is_last = true;
                break;
            }
            block.lines.push((block.bytes.len(), seal));
        }
        Ok(block)
    }

    fn hand_over<E>(&self, take: &mut impl FnMut(&[u8], Option<Seal>) -> Result<(), E>) -> Result<(), E> {
        let mut start = 0;
        for (end, seal) in &self.lines {
            take(&self.bytes[start..*end], *seal)?;
            start = *end;
        }
        Ok(())
    }
}
