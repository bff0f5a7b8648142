//! What can go wrong with the record, where, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use super::claim::Claimant;
use super::lock::Holder;
use crate::id::RunId;

/// The record cannot be written, read or trusted. Exit code 4, except where [`JournalError::is_bad_name`].
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// No folder to keep the record in.
    #[error(
        "there is no place for the record: neither HOME nor XDG_STATE_HOME is set; name a folder with --state-dir or LIFEBOAT_STATE_DIR"
    )]
    NoPlace,
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}; {}", path.display(), advice(source))]
    Io {
        /// What was tried, `write to`.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A run of that name is there already.
    #[error("the folder {} exists already; start again: the next run gets another name", path.display())]
    Exists {
        /// The run's folder.
        path: PathBuf,
    },
    /// Another process drives the run.
    #[error("run {run} is driven by {}; stop it there first, or wait until it has ended", holder_words(holder.as_deref()))]
    Locked {
        /// The run.
        run: RunId,
        /// Who holds it, as far as the lock file tells.
        holder: Option<Box<Holder>>,
    },
    /// Another run of the same runbook acts on the same account.
    #[error(
        "{runbook} is being run against account {account} already: {}; two at once is how outages grow: wait until it has ended, or start beside it with --allow-concurrent",
        other.as_ref().map_or_else(|| "another process holds it".into(), ToString::to_string)
    )]
    Claimed {
        /// The runbook's name.
        runbook: String,
        /// The account.
        account: String,
        /// The run that holds it, as far as its lock file tells.
        other: Option<Box<Claimant>>,
    },
    /// No run of that name.
    #[error("no run is called {name:?}; {}", known_words(known))]
    NotFound {
        /// What was asked for.
        name: String,
        /// The newest runs there are.
        known: Vec<RunId>,
    },
    /// Several runs answer to that name.
    #[error("{name:?} fits more than one run: {}; give more of the name", join(candidates))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Those that fit.
        candidates: Vec<RunId>,
    },
    /// The file ends before its first record: the run was being created and never began.
    #[error("{} holds no record: the run never began and changed nothing; its folder can be deleted", path.display())]
    Empty {
        /// The journal.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a journal of lifeboat: {what}; is it the right file?", path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// Written in a format with another major version.
    #[error("{} is written in journal format {found}, and this lifeboat reads format {}; use the lifeboat that wrote it", path.display(), super::record::FORMAT)]
    Version {
        /// The journal.
        path: PathBuf,
        /// Its version.
        found: String,
    },
    /// Written in a newer minor version: it can be read with care but not written.
    #[error("{} is written in journal format {found}, newer than {}: it can be read, but only a newer lifeboat can go on with the run", path.display(), super::record::FORMAT)]
    NewerMinor {
        /// The journal.
        path: PathBuf,
        /// Its version.
        found: String,
    },
    /// A line is not as it was written.
    #[error("{} is damaged at line {line}: {what}; keep the file as it is, restore it from a copy, and do not trust the run's state until then", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Counts from 1; the header is line 1.
        line: u64,
        /// What is wrong there.
        what: String,
    },
    /// The journal speaks of another run than the folder it lies in.
    #[error("{} is the journal of run {found}, not of {expected}; move it back to where it belongs", path.display())]
    WrongRun {
        /// The journal.
        path: PathBuf,
        /// The run in its header.
        found: RunId,
        /// The run of the folder.
        expected: RunId,
    },
    /// An event that would not read back as one. Nothing was written.
    #[error("an event cannot be recorded: {what}; nothing was written; please report this")]
    Unrepresentable {
        /// Why.
        what: String,
    },
    /// An earlier error closed the journal.
    #[error("{} takes no more records since an earlier error: {because}", path.display())]
    Closed {
        /// The journal.
        path: PathBuf,
        /// That error.
        because: String,
    },
    /// The file was deleted while the run went on.
    #[error("{} was deleted while the run went on; nothing more can be recorded, so nothing more is done", path.display())]
    Vanished {
        /// The journal.
        path: PathBuf,
    },
    /// Records that a watcher had read are gone.
    #[error("{} is {found} bytes long and {read} were read: its last records could not be made durable and were taken back; watch it again to see where the run stands", path.display())]
    TakenBack {
        /// The journal.
        path: PathBuf,
        /// Its length.
        found: u64,
        /// What had been read of it.
        read: u64,
    },
    /// It belongs to another user.
    #[error("{} belongs to user {owner} and not to you (user {own}): whoever owns it could make you execute what they like, so nothing in it is believed; if it is yours, `chown -R {own} {}`, else name another folder with --state-dir", path.display(), path.display())]
    NotOwn {
        /// The folder or file.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who we are.
        own: u32,
    },
    /// Other users may write to it.
    #[error("other users may write to {} (mode {mode:04o}) and could make you execute what they like, so nothing in it is believed; look who wrote to it, then `chmod go-w {}`, or name another folder with --state-dir", path.display(), path.display())]
    OthersWrite {
        /// The folder or file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A pipe, a device, a link or a folder where a file should be.
    #[error("{} is {what}: nobody but lifeboat puts anything there, and lifeboat did not put that there; restore it from a copy, or name another folder with --state-dir", path.display())]
    NotOrdinary {
        /// Where.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// Another file is where the record was, or the claim.
    #[error("{} was removed or replaced while the run went on: another process may drive the run, so nothing more is done", path.display())]
    Replaced {
        /// The journal or the claim.
        path: PathBuf,
    },
    /// Somebody else wrote to the file.
    #[error("{} is {found} bytes long and should be {expected}: something else writes to it; nothing more is recorded, so nothing more is done", path.display())]
    Meddled {
        /// The journal.
        path: PathBuf,
        /// Its length.
        found: u64,
        /// The length it was left with.
        expected: u64,
    },
}

impl JournalError {
    /// An error of the operating system.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }

    /// The user named a run that is not there, or not exactly: exit code 2 rather than 4.
    pub fn is_bad_name(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::Ambiguous { .. })
    }
}

fn advice(error: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => "free some space there, or name another folder with --state-dir",
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => "make it writable for you, or name another folder with --state-dir",
        Kind::InvalidInput => "put an ordinary file there, or name another folder with --state-dir",
        Kind::NotADirectory | Kind::IsADirectory => "something else has that name; name another folder with --state-dir",
        Kind::NotFound => "look whether the folder is still there",
        _ => "look at that disk, or name another folder with --state-dir",
    }
}

fn holder_words(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| "another process".into(), ToString::to_string)
}

fn known_words(known: &[RunId]) -> String {
    if known.is_empty() {
        "there are no runs yet; `lifeboat runs` shows where they would be".into()
    } else {
        format!("the newest are {}", join(known))
    }
}

fn join(ids: &[RunId]) -> String {
    ids.iter().map(RunId::as_str).collect::<Vec<_>>().join(", ")
}
