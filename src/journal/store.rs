//! The folders of the record: where they are, how a run's is made, how it is opened again.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::error::JournalError;
use super::file_name::file_name;
use super::guard;
use super::lock::{FileLock, Holder, acquire};
use super::read::{Readback, Replayed, replay};
use super::record::{MINOR, Record, encode_header};
use super::write::{Journal, Mark};
use crate::file;
use crate::id::{Digest, RunId};

/// The journal's name in a run's folder.
pub const JOURNAL_FILE: &str = "journal.jsonl";
/// The name of the runbook's copy in a run's folder.
pub const RUNBOOK_FILE: &str = "runbook.yaml";
/// The largest file beside a journal that is read: a runbook or a world is of 1 MiB at most.
const KEPT_LIMIT: u64 = 4 << 20;
/// The lock's name in a run's folder.
pub(super) const LOCK_FILE: &str = "lock";

/// All runs of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    root: PathBuf,
}

/// The file beside a journal with the copy of a runbook that a step of the run runs: its name and the fingerprint of its bytes.
pub fn copy_name(runbook: &str, digest: &Digest) -> String {
    format!("{}.yaml", file_name(&[runbook, digest.short()]))
}

impl Store {
    /// The store in the state folder `root`. Nothing is touched yet.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Which folder is the state folder: `--state-dir`, else `LIFEBOAT_STATE_DIR`, else `lifeboat` under `XDG_STATE_HOME`, else
    /// `.local/state/lifeboat` under `HOME`. Empty values count as not set; so does an `XDG_STATE_HOME` that is not absolute, as the
    /// XDG base directory specification asks.
    ///
    /// # Errors
    /// None of them is set.
    pub fn resolve(
        flag: Option<&Path>,
        lifeboat_state_dir: Option<&Path>,
        xdg_state_home: Option<&Path>,
        home: Option<&Path>,
    ) -> Result<PathBuf, JournalError> {
        let set = |path: Option<&Path>| path.filter(|path| !path.as_os_str().is_empty()).map(Path::to_owned);
        set(flag)
            .or_else(|| set(lifeboat_state_dir))
            .or_else(|| set(xdg_state_home).filter(|path| path.is_absolute()).map(|path| path.join("lifeboat")))
            .or_else(|| set(home).map(|path| path.join(".local/state/lifeboat")))
            .ok_or(JournalError::NoPlace)
    }

    /// The state folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether both are in the same folder, by whatever path.
    pub fn is_same_folder(&self, other: &Self) -> bool {
        let at = |store: &Self| fs::metadata(store.root()).map(|meta| (meta.dev(), meta.ino())).ok();
        self.root == other.root || at(self).is_some_and(|own| at(other) == Some(own))
    }

    /// The folder that holds the runs' folders.
    pub fn runs_dir(&self) -> PathBuf {
        self.root.join("runs")
    }

    /// The folder of a run. Run names come from [`super::new_run_id`] or from [`Store::find`], never straight from a user.
    pub fn run_dir(&self, run: &RunId) -> PathBuf {
        self.runs_dir().join(run.as_str())
    }

    /// The journal of a run.
    pub fn journal_path(&self, run: &RunId) -> PathBuf {
        self.run_dir(run).join(JOURNAL_FILE)
    }

    /// Makes a run's folder with its lock, the runbook's copy and an empty journal. When this returns, all of it, and the way
    /// there, is on the disk. Folders are for the user alone (0700), and so are files (0600).
    ///
    /// # Errors
    /// The folder is there already, or cannot be written. What was begun is taken away again.
    pub fn create(&self, run: &RunId, runbook: &[u8], holder: &Holder) -> Result<Journal, JournalError> {
        let runs = self.runs_dir();
        make_dirs(&runs)?;
        self.trust()?;
        let dir = self.run_dir(run);
        match DirBuilder::new().mode(0o700).create(&dir) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(JournalError::Exists { path: dir }),
            Err(error) => return Err(JournalError::io("make the folder", &dir)(error)),
        }
        self.furnish(run, runbook, holder).inspect_err(|_| {
            // The error at hand is the one to tell; a folder left behind only shows up as a run that never began.
            fs::remove_dir_all(&dir).unwrap_or(());
        })
    }

    fn furnish(&self, run: &RunId, runbook: &[u8], holder: &Holder) -> Result<Journal, JournalError> {
        let dir = self.run_dir(run);
        let lock = lock(&dir, run, holder)?;
        write_new(&dir.join(RUNBOOK_FILE), runbook)?;
        let path = dir.join(JOURNAL_FILE);
        let mut line = Vec::new();
        let last = encode_header(run, &mut line).map_err(|error| JournalError::Unrepresentable { what: error.to_string() })?;
        write_new(&path, &line)?;
        sync_dir(&dir)?;
        sync_dir(&self.runs_dir())?;
        let file = open_to_append(&path, run)?;
        let end = Mark { seq: 0, last, length: line.len() as u64 };
        Ok(Journal::at(run.clone(), path, Box::new(file), end, lock))
    }

    /// Opens the journal of a run to go on with it, as [`Store::reopen_with`], and keeps its records.
    ///
    /// # Errors
    /// As [`Store::reopen_with`].
    pub fn reopen(&self, run: &RunId, holder: &Holder) -> Result<(Journal, Readback), JournalError> {
        let mut records = Vec::new();
        let (journal, found) = self.reopen_with(run, holder, |record| records.push(record))?;
        Ok((journal, Readback::of(found, records)))
    }

    /// Opens the journal of a run to go on with it: takes the lock, reads everything and hands over every record, cuts off a torn last
    /// line. When this returns, everything that was read is on the disk.
    ///
    /// # Errors
    /// Another process drives the run; the journal is damaged, or of a version that cannot be written; the disk refuses.
    pub fn reopen_with(&self, run: &RunId, holder: &Holder, each: impl FnMut(Record)) -> Result<(Journal, Replayed), JournalError> {
        let dir = self.run_dir(run);
        let path = dir.join(JOURNAL_FILE);
        self.trust_run(run)?;
        // Seen first: an open lock file would be made in passing, and there is nothing to lock where there is no journal.
        fs::metadata(&path).map_err(JournalError::io("read", &path))?;
        let lock = lock(&dir, run, holder)?;
        let mut file = open_to_append(&path, run)?;
        let back = replay(&path, each)?;
        if back.header.run != *run {
            return Err(JournalError::WrongRun { path, found: back.header.run, expected: run.clone() });
        }
        if back.header.minor > MINOR {
            return Err(JournalError::NewerMinor { path, found: back.header.version() });
        }
        // Synced even where there is nothing to mend: what the process before left in the kernel's hands counts from here on.
        let mend = |file: &mut File| {
            file.set_len(back.length)?;
            if back.unended {
                file.write_all(b"\n")?;
            }
            file.sync_all()
        };
        mend(&mut file).map_err(JournalError::io("write to", &path))?;
        let end = Mark { seq: back.records, last: back.last.clone(), length: back.length + u64::from(back.unended) };
        Ok((Journal::at(run.clone(), path, Box::new(file), end, lock), back))
    }

    /// A copy of the runbook as it was when the run began.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn runbook(&self, run: &RunId) -> Result<Vec<u8>, JournalError> {
        self.kept(run, RUNBOOK_FILE)
    }

    /// What was kept beside the journal under this name.
    ///
    /// # Errors
    /// It cannot be read, or is not ours alone.
    pub fn kept(&self, run: &RunId, name: &str) -> Result<Vec<u8>, JournalError> {
        self.trust_run(run)?;
        let path = self.run_dir(run).join(name);
        file::read(&path, KEPT_LIMIT).map_err(JournalError::io("read", &path))
    }

    /// Whether nobody else can change what is ours in the state folder.
    pub(super) fn trust(&self) -> Result<(), JournalError> {
        guard::shared_folder(self.root())?;
        guard::shared_folder(&self.runs_dir())
    }

    /// Whether nobody else can have written what a run's folder holds.
    pub(super) fn trust_run(&self, run: &RunId) -> Result<(), JournalError> {
        self.trust()?;
        guard::run_folder(&self.run_dir(run))
    }
}

fn lock(dir: &Path, run: &RunId, holder: &Holder) -> Result<FileLock, JournalError> {
    let path = dir.join(LOCK_FILE);
    let taken = FileLock::take(&path, holder).map_err(JournalError::io("lock", &path))?;
    taken.map_err(|holder| JournalError::Locked { run: run.clone(), holder })
}

/// Opens the journal to write to it, and locks it: the lock file beside it can be deleted, and then another be locked. What is deleted or
/// replaced here is noticed at the next record.
fn open_to_append(path: &Path, run: &RunId) -> Result<File, JournalError> {
    let file = file::open_in_place(path, OpenOptions::new().append(true)).map_err(JournalError::io("write to", path))?;
    if acquire(&file).map_err(JournalError::io("lock", path))? {
        Ok(file)
    } else {
        Err(JournalError::Locked { run: run.clone(), holder: None })
    }
}

/// Writes a file that must not be there yet, down to the disk.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), JournalError> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(JournalError::io("write", path))
}

/// Makes the entries of a folder durable.
pub(super) fn sync_dir(path: &Path) -> Result<(), JournalError> {
    File::open(path).and_then(|dir| dir.sync_all()).map_err(JournalError::io("write to", path))
}

/// Makes a folder and those above it that are missing, durably.
pub(super) fn make_dirs(path: &Path) -> Result<(), JournalError> {
    let missing: Vec<&Path> = path.ancestors().take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists()).collect();
    for dir in missing.into_iter().rev() {
        match DirBuilder::new().mode(0o700).create(dir) {
            // Another run made it in the meantime.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => {}
            made => made.map_err(JournalError::io("make the folder", dir))?,
        }
        let above = dir.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        sync_dir(above)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_folder_is_the_first_that_is_named() {
        let [flag, own, xdg, home] = ["f", "o", "/x", "/h"].map(|path| Some(Path::new(path)));
        let place = |flag, own, xdg, home| Store::resolve(flag, own, xdg, home).map(|path| path.to_str().unwrap().to_owned()).ok();
        assert_eq!(place(flag, own, xdg, home).as_deref(), Some("f"));
        assert_eq!(place(None, own, xdg, home).as_deref(), Some("o"));
        assert_eq!(place(Some(Path::new("")), None, xdg, home).as_deref(), Some("/x/lifeboat"));
        assert_eq!(place(None, None, Some(Path::new("relative")), home).as_deref(), Some("/h/.local/state/lifeboat"));
        assert_eq!(place(None, None, None, None), None);
    }
}
