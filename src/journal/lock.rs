//! An OS lock on a file, and a note in it that says who holds it.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::file;

/// Who drives a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user's name.
    pub name: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// Since when, by the machine's wall clock.
    pub since: Timestamp,
}

impl fmt::Display for Holder {
    /// `alice on ops-1 (process 4711) since 2026-03-12T02:47:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {} (process {}) since {:.0}", self.name, self.host, self.pid, self.since)
    }
}

/// How long somebody who only looks can stand in the way. Looking takes microseconds, but on a busy machine whoever looks may be put
/// to sleep in the middle of it.
const PATIENCE: u32 = 5_000;
const PAUSE: Duration = Duration::from_millis(1);

/// The lock, held until dropped; also when the process dies, for the kernel lets go of it then.
#[derive(Debug)]
pub(super) struct FileLock {
    /// Holds the lock by being open.
    file: File,
    path: PathBuf,
}

impl FileLock {
    /// Takes the lock and leaves a note in it, or says what its holder wrote (`Ok(Err(…))`).
    pub(super) fn take<N: Serialize + DeserializeOwned>(path: &Path, note: &N) -> io::Result<Result<Self, Option<Box<N>>>> {
        let mut file = open(path)?;
        if !acquire(&file)? {
            return Ok(Err(read_note(&mut file).map(Box::new)));
        }
        file.set_len(0)?;
        file.rewind()?;
        serde_json::to_writer(&mut file, note)?;
        file.write_all(b"\n")?;
        Ok(Ok(Self { file, path: path.to_owned() }))
    }

    /// Takes a lock that is only ever held for a moment, waiting for it.
    pub(super) fn wait(path: &Path) -> io::Result<Self> {
        let file = open(path)?;
        file.lock()?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Whether the file at its place is still the one that is locked: who deletes it could lock another.
    pub(super) fn is_held(&self) -> io::Result<bool> {
        is_at(&self.file, &self.path)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Who holds this lock, if anybody does now, and what they wrote in it.
pub(super) fn holder_of<N: DeserializeOwned>(path: &Path) -> io::Result<Option<Option<N>>> {
    let mut file = match file::open_in_place(path, OpenOptions::new().read(true)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match file.try_lock_shared() {
        Ok(()) => {
            file.unlock()?;
            Ok(None)
        }
        Err(TryLockError::WouldBlock) => Ok(Some(read_note(&mut file))),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether an open file is the one at this place.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let own = file.metadata()?;
    match std::fs::symlink_metadata(path) {
        Ok(there) => Ok((own.dev(), own.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A holder locks exclusively, somebody who only looks locks shared for a moment. An exclusive lock that is refused while a shared
/// one would be granted stands against a looker, so it is tried again; where both are refused there is a holder.
pub(super) fn acquire(file: &File) -> io::Result<bool> {
    for _ in 0..PATIENCE {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        match file.try_lock_shared() {
            Ok(()) => file.unlock()?,
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // The machine's own time, not the run's: no clock of a world has anything to do with this.
        std::thread::sleep(PAUSE);
    }
    Ok(false)
}

fn open(path: &Path) -> io::Result<File> {
    file::open_in_place(path, OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600))
}

/// What the holder wrote; `None` when it has not come to that yet.
fn read_note<N: DeserializeOwned>(file: &mut File) -> Option<N> {
    let mut text = String::new();
    file.rewind().and_then(|()| file.take(4_096).read_to_string(&mut text)).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alice() -> Holder {
        Holder { name: "alice".into(), host: "ops-1".into(), pid: 4711, since: "2026-03-12T02:47:00.25Z".parse().unwrap() }
    }

    #[test]
    fn a_second_driver_is_told_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        assert_eq!(holder_of::<Holder>(&path).unwrap(), None);
        let held = FileLock::take(&path, &alice()).unwrap().unwrap();
        assert_eq!(holder_of::<Holder>(&path).unwrap(), Some(Some(alice())));
        let refused = FileLock::take(&path, &Holder { name: "bob".into(), ..alice() }).unwrap().unwrap_err().unwrap();
        assert_eq!(refused.to_string(), "alice on ops-1 (process 4711) since 2026-03-12T02:47:00Z");
        drop(held);
        assert_eq!(holder_of::<Holder>(&path).unwrap(), None);
        assert!(FileLock::take(&path, &Holder { name: "bob".into(), ..alice() }).unwrap().is_ok());
    }

    #[test]
    fn somebody_who_looks_does_not_stand_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        drop(FileLock::take(&path, &alice()).unwrap().unwrap());
        std::thread::scope(|scope| {
            let taking = scope.spawn(|| {
                for _ in 0..300 {
                    drop(FileLock::take(&path, &alice()).unwrap().expect("only a looker is there"));
                }
            });
            while !taking.is_finished() {
                let seen = holder_of::<Holder>(&path).unwrap();
                assert!(seen.is_none_or(|holder| holder.is_none_or(|holder| holder == alice())));
            }
        });
    }

    #[test]
    fn two_racing_drivers_never_both_get_it() {
        use std::sync::atomic::{AtomicU32, Ordering};
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let (inside, won) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        if let Ok(held) = FileLock::take(&path, &alice()).unwrap() {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two drivers at once");
                            won.fetch_add(1, Ordering::SeqCst);
                            inside.fetch_sub(1, Ordering::SeqCst);
                            drop(held);
                        }
                    }
                });
            }
        });
        assert!(won.load(Ordering::SeqCst) > 0);
    }
}
