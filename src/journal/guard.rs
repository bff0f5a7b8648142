//! Whose a record is. What is believed is executed: a folder or a file that somebody else owns or may write to is refused before anything in
//! it is read.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::error::JournalError;
use crate::file::other_than_a_file;

/// May be written by the group, or by everybody.
const OTHERS_WRITE: u32 = 0o022;
/// In such a folder only its owner takes a file away or gives it another name.
const STICKY: u32 = 0o1000;

/// A folder in which folders of several users may lie: ours, or root's, and nobody else can change what is ours in it.
pub(super) fn shared_folder(path: &Path) -> Result<(), JournalError> {
    let Some(meta) = there(fs::metadata(path), path)? else { return Ok(()) };
    owned(path, &meta)?;
    if meta.mode() & STICKY == 0 { unwritable(path, &meta) } else { Ok(()) }
}

/// A folder that nobody else may change.
pub(super) fn own_folder(path: &Path) -> Result<(), JournalError> {
    let Some(meta) = there(fs::symlink_metadata(path), path)? else { return Ok(()) };
    if !meta.is_dir() {
        let what = other_than_a_file(meta.file_type()).unwrap_or("a file");
        return Err(JournalError::NotOrdinary { path: path.to_owned(), what: format!("{what}, not a folder") });
    }
    owned(path, &meta)?;
    unwritable(path, &meta)
}

/// A run's folder, and in it everything that is believed: the journal, its lock, the copies of the runbook and of the world.
pub(super) fn run_folder(path: &Path) -> Result<(), JournalError> {
    own_folder(path)?;
    let Some(entries) = there(fs::read_dir(path), path)? else { return Ok(()) };
    for entry in entries {
        let path = entry.map_err(JournalError::io("read", path))?.path();
        let believed = path.extension().is_none_or(|ending| ["yaml", "jsonl"].iter().any(|one| ending == *one));
        let Some(meta) = there(fs::symlink_metadata(&path), &path)?.filter(|meta| believed && !meta.is_dir()) else { continue };
        file(&path, &meta)?;
    }
    Ok(())
}

/// A file that nobody else may change.
pub(super) fn file(path: &Path, meta: &Metadata) -> Result<(), JournalError> {
    if let Some(what) = other_than_a_file(meta.file_type()) {
        return Err(JournalError::NotOrdinary { path: path.to_owned(), what: format!("{what}, not a file") });
    }
    owned(path, meta)?;
    unwritable(path, meta)
}

/// Ours, or root's, who needs no file to make us do anything: what root has recorded may be looked at.
fn owned(path: &Path, meta: &Metadata) -> Result<(), JournalError> {
    let own = rustix::process::geteuid().as_raw();
    if meta.uid() == own || meta.uid() == 0 { Ok(()) } else { Err(JournalError::NotOwn { path: path.to_owned(), owner: meta.uid(), own }) }
}

fn unwritable(path: &Path, meta: &Metadata) -> Result<(), JournalError> {
    if meta.mode() & OTHERS_WRITE == 0 {
        Ok(())
    } else {
        Err(JournalError::OthersWrite { path: path.to_owned(), mode: meta.mode() & 0o7777 })
    }
}

/// What is not there yet is nobody's.
fn there<T>(found: io::Result<T>, path: &Path) -> Result<Option<T>, JournalError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(JournalError::io("look at", path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::super::{Holder, Others, Store};
    use super::*;
    use crate::id::RunId;

    fn holder() -> Holder {
        Holder { name: "alice".into(), host: "ops-1".into(), pid: 4711, since: jiff::Timestamp::UNIX_EPOCH }
    }

    /// A store with one run in it.
    fn begun() -> (tempfile::TempDir, Store, RunId) {
        let dir = tempfile::tempdir().unwrap();
        let (store, run) = (Store::new(dir.path().join("state")), RunId::from("a-run"));
        drop(store.create(&run, b"book", &holder()).unwrap());
        (dir, store, run)
    }

    /// Every way to a run's record, and what each says.
    fn all_ways(store: &Store, run: &RunId) -> [Option<JournalError>; 5] {
        [
            store.find("a-run").err(),
            store.list().map_or_else(Some, |runs| runs.into_iter().next().and_then(|run| run.info.err())),
            store.reopen(run, &holder()).err(),
            store.follow(run).err(),
            store.runbook(run).err(),
        ]
    }

    #[test]
    fn what_others_may_write_is_not_believed() {
        for (name, mode) in [
            ("", 0o770),
            ("", 0o777),
            ("runs", 0o720),
            ("runs/a-run", 0o702),
            ("runs/a-run", 0o1777),
            ("runs/a-run/journal.jsonl", 0o620),
            ("runs/a-run/runbook.yaml", 0o602),
            ("runs/a-run/lock", 0o666),
        ] {
            let (_dir, store, run) = begun();
            let path = store.root().join(name);
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            for error in all_ways(&store, &run) {
                let error = error.unwrap_or_else(|| panic!("{name} {mode:o} is believed"));
                assert!(matches!(&error, JournalError::OthersWrite { .. }), "{error}");
                assert!(error.to_string().contains("chmod go-w"), "{error}");
            }
            if !name.contains('/') {
                let other = RunId::from("another");
                assert!(matches!(store.create(&other, b"", &holder()), Err(JournalError::OthersWrite { .. })), "{name} {mode:o}");
            }
            fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
            store.reopen(&run, &holder()).unwrap();
        }
    }

    #[test]
    fn folders_may_be_shared_where_nobody_can_take_anything_away() {
        let (_dir, store, run) = begun();
        for name in ["", "runs"] {
            fs::set_permissions(store.root().join(name), Permissions::from_mode(0o1777)).unwrap();
        }
        for error in all_ways(&store, &run).into_iter().flatten() {
            // The run has no records.
            assert!(matches!(error, JournalError::Empty { .. }), "{error}");
        }
    }

    #[test]
    fn links_pipes_and_folders_are_no_record() {
        for name in ["journal.jsonl", "runbook.yaml", "lock"] {
            for kind in ["link", "pipe"] {
                let (dir, store, run) = begun();
                let path = store.run_dir(&run).join(name);
                let aside = dir.path().join("aside");
                fs::rename(&path, &aside).unwrap();
                match kind {
                    "link" => symlink(&aside, &path).unwrap(),
                    _ => rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::from_raw_mode(0o600)).unwrap(),
                }
                for error in all_ways(&store, &run) {
                    assert!(matches!(error, Some(JournalError::NotOrdinary { .. })), "{name} {kind}: {error:?}");
                }
            }
        }
        let (dir, store, run) = begun();
        let aside = dir.path().join("aside");
        fs::rename(store.run_dir(&run), &aside).unwrap();
        symlink(&aside, store.run_dir(&run)).unwrap();
        assert!(matches!(store.reopen(&run, &holder()), Err(JournalError::NotOrdinary { .. })));
        assert!(matches!(store.info(&run), Err(JournalError::NotOrdinary { .. })));
    }

    #[test]
    fn what_belongs_to_somebody_else_is_not_believed() {
        if !rustix::process::geteuid().is_root() {
            return; // Only root can give a file away; the check of the owner is the same for all.
        }
        for name in ["", "runs", "runs/a-run", "runs/a-run/journal.jsonl", "runs/a-run/runbook.yaml"] {
            let (_dir, store, run) = begun();
            std::os::unix::fs::chown(store.root().join(name), Some(65_534), None).unwrap();
            for error in all_ways(&store, &run) {
                let error = error.unwrap_or_else(|| panic!("{name} of somebody else is believed"));
                assert!(matches!(&error, JournalError::NotOwn { owner: 65_534, .. }), "{error}");
            }
        }
        let (_dir, store, _) = begun();
        std::os::unix::fs::chown(store.root(), Some(65_534), None).unwrap();
        let by = super::super::Claimant { run: "b-run".into(), holder: holder() };
        assert!(matches!(store.claim("failover", "1", &by, Others::Refuse), Err(JournalError::NotOwn { .. })));
    }
}
