//! The chain of a world's log: each line ends with a hash of the one before and of itself, so that a line that was changed is found.

use std::path::Path;

use super::restore::RestoreError;
use crate::file;
use crate::id::Digest;

/// What stands before the hash, at the end of a line.
const KEY: &[u8] = b",\"chain\":\"";
/// The largest log that is read, in bytes.
const LIMIT: u64 = 1 << 30;

/// How far a log is chained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain(Digest);

impl Chain {
    /// Before the first line.
    pub(super) fn new() -> Self {
        Self(Digest::from(""))
    }

    /// Puts the next hash at the end of a line, which is an object.
    pub(super) fn seal(&mut self, line: &mut Vec<u8>) {
        if line.pop() == Some(b'}') {
            self.0 = self.next(line);
            line.extend_from_slice(KEY);
            line.extend_from_slice(self.0.as_str().as_bytes());
            line.extend_from_slice(b"\"}");
        }
    }

    /// Whether a line is the next, without its line feed.
    pub(super) fn follows(&mut self, line: &[u8]) -> bool {
        let Some((text, hash)) = parts(line) else { return false };
        self.0 = self.next(text);
        self.0.as_str().as_bytes() == hash
    }

    fn next(&self, text: &[u8]) -> Digest {
        Digest::of(&[self.0.as_str().as_bytes(), text].concat())
    }
}

/// Whether the log that begins with this line has a chain: those of earlier versions have none.
pub(super) fn is_chained(first: &[u8]) -> bool {
    parts(first).is_some()
}

fn parts(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.strip_suffix(b"\"}")?;
    let at = line.windows(KEY.len()).rposition(|window| window == KEY)?;
    Some((&line[..at], &line[at + KEY.len()..]))
}

/// Checks the chain of the lines of a log, as far as they are whole; `None` for one that has none.
pub(super) fn check(path: &Path, bytes: &[u8]) -> Result<Option<Chain>, RestoreError> {
    let mut lines = bytes.split(|byte| *byte == b'\n').collect::<Vec<_>>();
    lines.pop(); // Behind the last line feed is nothing, or a line that is torn.
    if !lines.first().is_some_and(|first| is_chained(first)) {
        return Ok(None);
    }
    let mut chain = Chain::new();
    match lines.iter().position(|line| !chain.follows(line)) {
        None => Ok(Some(chain)),
        Some(at) => {
            let what = "it is not as it was written: its hash is not that of its text and of the line before".into();
            Err(RestoreError::Damaged { path: path.to_owned(), line: at + 1, what })
        }
    }
}

/// Whether the log of a world is as it was written: true, or false for one of an earlier version, which has no chain.
///
/// # Errors
/// It is not, or cannot be read.
pub fn verify_log(path: &Path) -> Result<bool, RestoreError> {
    let io = |source| RestoreError::Io { doing: "read", path: path.to_owned(), source };
    check(path, &file::read(path, LIMIT).map_err(io)?).map(|chain| chain.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_changed_moved_or_left_out_is_found() {
        let mut chain = Chain::new();
        let lines: Vec<Vec<u8>> = (0..5)
            .map(|n| {
                let mut line = format!("{{\"n\":{n}}}").into_bytes();
                chain.seal(&mut line);
                [line, b"\n".to_vec()].concat()
            })
            .collect();
        let path = Path::new("world.jsonl");
        assert_eq!(check(path, &lines.concat()).unwrap(), Some(chain));
        assert!(check(path, &[lines.concat(), b"{\"n\":".to_vec()].concat()).unwrap().is_some(), "a torn line counts for nothing");
        let mut swapped = lines.clone();
        swapped.swap(2, 3);
        let mut without = lines.clone();
        without.remove(1);
        for wrong in [swapped, without] {
            assert!(check(path, &wrong.concat()).is_err());
        }
        let whole = lines.concat();
        for at in (0..whole.len() - 1).filter(|at| whole[*at] != b'\n') {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(!matches!(check(path, &changed), Ok(Some(_))), "{at}");
        }
        assert_eq!(check(path, b"{\"world_log\":1}\n{\"n\":1}\n").unwrap(), None);
    }
}
