//! The logs of steps: what a program printed, bounded, for people. Not part of the record: losing a line loses no promise.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::JournalError;
use super::file_name::file_name;
use crate::file;
use crate::id::StepId;

/// The most a step's log holds, all attempts together: 16 MiB.
pub const LOG_LIMIT: u64 = 16 << 20;

/// The log of one step, `logs/STEP.log` in the run's folder. Lines have the wall clock's time in front.
#[derive(Debug)]
pub struct StepLog {
    file: File,
    path: PathBuf,
    written: u64,
    limit: u64,
}

impl StepLog {
    /// Opens the log where it ended.
    ///
    /// # Errors
    /// The folder or the file cannot be made.
    pub fn open(run_dir: &Path, step: &StepId) -> Result<Self, JournalError> {
        Self::open_bounded(run_dir, step, LOG_LIMIT)
    }

    fn open_bounded(run_dir: &Path, step: &StepId, limit: u64) -> Result<Self, JournalError> {
        let dir = run_dir.join("logs");
        match DirBuilder::new().mode(0o700).create(&dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(JournalError::io("make the folder", &dir)(error)),
            _ => {}
        }
        let path = dir.join(log_file_name(step));
        let open = || {
            let file = file::open_in_place(&path, OpenOptions::new().append(true).create(true).mode(0o600))?;
            let written = file.metadata()?.len();
            Ok((file, written))
        };
        let (file, written) = open().map_err(JournalError::io("write to", &path))?;
        Ok(Self { file, path, written, limit })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a line. The first that does not fit is replaced by a notice, and all after it are dropped.
    ///
    /// # Errors
    /// The disk refuses. The run can go on without its logs.
    pub fn line(&mut self, at: Timestamp, line: &str) -> io::Result<()> {
        if self.written >= self.limit {
            return Ok(());
        }
        let mut text = format!("{at:.3}  {line}\n");
        if self.written + text.len() as u64 > self.limit {
            text = format!("{at:.3}  [the log ends here: it has reached {} bytes]\n", self.limit);
            self.written = self.limit;
        }
        self.written += text.len() as u64;
        self.file.write_all(text.as_bytes())
    }
}

/// The file name of a step's log, `deploy%5Bapi%5D.log`. Two steps never share a file.
pub fn log_file_name(step: &StepId) -> String {
    file_name(&[step.as_str()]) + ".log"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_its_steps_name() {
        assert_eq!(log_file_name(&"deploy[api]".into()), "deploy%5Bapi%5D.log");
    }

    #[test]
    fn a_log_is_bounded_across_attempts() {
        let dir = tempfile::tempdir().unwrap();
        let at = "2026-03-12T02:47:00.5Z".parse().unwrap();
        let step = StepId::from("freeze");
        for _ in 0..2 {
            let mut log = StepLog::open_bounded(dir.path(), &step, 120).unwrap();
            log.line(at, "freezing production").unwrap();
            log.line(at, "frozen").unwrap();
        }
        let mut log = StepLog::open_bounded(dir.path(), &step, 120).unwrap();
        log.line(at, "and one more line than fits").unwrap();
        log.line(at, "never seen").unwrap();
        let text = std::fs::read_to_string(log.path()).unwrap();
        assert_eq!(text.lines().next(), Some("2026-03-12T02:47:00.500Z  freezing production"));
        assert_eq!(text.matches("ends here").count(), 1);
        assert!(!text.contains("never seen"), "{text}");
    }
}
