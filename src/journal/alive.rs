//! When the process that drives a run was there last: a small file beside the journal, written about once a second and never synced.
//!
//! A process that is killed writes no last record. Without this, a run that is taken up again could not tell the time that was spent on
//! a step from the time in which nobody was there. It is no part of the record, and losing it loses no promise: the last record's time
//! stands in for it then.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::clock::Stamp;

const NAME: &str = "alive";

/// The mark of the process that drives a run.
#[derive(Debug, Default)]
pub(super) struct Alive {
    file: Option<File>,
    last_ms: Option<u64>,
}

impl Alive {
    /// Reads what the process before has left in the run's folder, and goes on from there.
    pub(super) fn open(dir: &Path) -> Self {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let Ok(file) = options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed()).open(dir.join(NAME)) else {
            return Self::default();
        };
        let mut bytes = [0; 8];
        let last_ms = file.read_exact_at(&mut bytes, 0).ok().map(|()| u64::from_be_bytes(bytes));
        Self { file: Some(file), last_ms }
    }

    /// When the process before was there last, in milliseconds of the run's monotonic clock; `None` when it left nothing.
    pub(super) fn last_ms(&self) -> Option<u64> {
        self.last_ms
    }

    /// Says that this process is there.
    pub(super) fn beat(&self, at: Stamp) {
        if let Some(file) = &self.file {
            // Nothing hangs on it: see the file's text.
            file.write_all_at(&at.mono_ms.to_be_bytes(), 0).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_process_knows_when_the_last_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let first = Alive::open(dir.path());
        assert_eq!(first.last_ms(), None);
        first.beat(Stamp { wall: jiff::Timestamp::UNIX_EPOCH, mono_ms: 4_711 });
        first.beat(Stamp { wall: jiff::Timestamp::UNIX_EPOCH, mono_ms: 61_000 });
        assert_eq!(Alive::open(dir.path()).last_ms(), Some(61_000));
        std::fs::write(dir.path().join(NAME), "?").unwrap();
        assert_eq!(Alive::open(dir.path()).last_ms(), None);
        assert_eq!(Alive::open(&dir.path().join("gone")).last_ms(), None);
    }
}
