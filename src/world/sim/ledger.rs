//! What the world keeps of the calls it received: the audit in memory and, for a world that must outlive its process, a log.
//!
//! The log is a file of lines of JSON: a head that says which world it is, then one line for each call, in the order in which
//! they took effect. A line is written in one `write` when its call takes effect and before the answer leaves, so that a process
//! killed at any moment leaves every effect that anybody could have heard of; the line of a call that changes something is
//! synced to the disk as well. Headers, the bodies of HTTP requests and the environment of programs are never in it.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::audit::AuditEntry;
use super::chain::Chain;
use super::dice::Dice;
use super::file::Definition;
use crate::id::Digest;

/// The version of the log's format.
pub(super) const FORMAT: u32 = 1;

/// The first line: which world it is the log of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) world_log: u32,
    pub(super) name: String,
    pub(super) digest: Digest,
    pub(super) seed: u64,
    pub(super) start: Timestamp,
}

impl Head {
    pub(super) fn new(definition: &Definition, dice: Dice) -> Self {
        let (name, digest) = (definition.name().to_owned(), definition.digest().clone());
        Self { world_log: FORMAT, name, digest, seed: dice.seed(), start: definition.file.start }
    }
}

/// A call, with what it takes to let it happen again.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Its number: calls are numbered as they arrive, and stand in the log as they took effect.
    pub(crate) n: u64,
    pub(crate) call: AuditEntry,
    /// The faults that hit it when it arrived, by their place in the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) struck: Vec<usize>,
    /// Only of an AWS call that its service took up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reached: Option<Reached>,
}

/// When an AWS call reached its service, and what it asked for if that could change something.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Reached {
    pub(crate) at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Request>,
}

/// A request that could change something: all of it that its service reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) body: String,
}

impl Line {
    /// When it was written.
    pub(super) fn written(&self) -> Timestamp {
        self.reached.as_ref().map_or(self.call.at.wall, |reached| reached.at)
    }
}

/// What is told of each call as it is written down.
pub(super) type Watcher = Box<dyn Fn(&AuditEntry) + Send>;

/// Every call, in the order in which they took effect.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(super) audit: Vec<AuditEntry>,
    log: Option<Log>,
    pub(super) watcher: Option<Watcher>,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("calls", &self.audit.len()).field("log", &self.log).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Log {
    path: PathBuf,
    file: Result<File, String>,
    /// `None` in a log that was begun without.
    chain: Option<Chain>,
}

impl Ledger {
    /// With a new log at `path`. A world whose log cannot be made runs all the same, and says so: see [`Ledger::kept`].
    pub(super) fn begin(path: &Path, head: &Head) -> Self {
        let made = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path);
        let mut chain = Some(Chain::new());
        let made = made.and_then(|mut file| put(&mut file, head, chain.as_mut(), true).map(|()| file));
        let log = Log { path: path.to_owned(), file: made.map_err(|error| trouble(path, &error)), chain };
        Self { audit: Vec::new(), log: Some(log), watcher: None }
    }

    /// With the log that is there; `file` stands at the end of its last whole line.
    pub(super) fn go_on(path: &Path, file: File, chain: Option<Chain>, audit: Vec<AuditEntry>) -> Self {
        Self { audit, log: Some(Log { path: path.to_owned(), file: Ok(file), chain }), watcher: None }
    }

    /// Writes a call down.
    pub(crate) fn note(&mut self, line: Line) {
        if let Some(log) = &mut self.log {
            log.put(&line);
        }
        if let Some(watcher) = &self.watcher {
            watcher(&line.call);
        }
        self.audit.push(line.call);
    }

    /// Whether the world can be restored from its log.
    pub(super) fn kept(&self) -> Result<(), String> {
        match &self.log {
            None => Err("this world keeps no log".into()),
            Some(log) => log.file.as_ref().map(|_| ()).map_err(Clone::clone),
        }
    }
}

impl Log {
    fn put(&mut self, line: &Line) {
        let Ok(file) = &mut self.file else { return };
        if let Err(error) = put(file, line, self.chain.as_mut(), line.call.mutating) {
            let mut said = trouble(&self.path, &error);
            // From here on the world has done what its log does not know. A log with a gap must never be taken for a whole one.
            let aside = self.path.with_extension("jsonl.incomplete");
            if let Err(error) = std::fs::rename(&self.path, &aside) {
                said = format!("{said}; it could not be set aside either ({error}), so delete it");
            }
            self.file = Err(said);
        }
    }
}

/// One line, in one write.
fn put(file: &mut File, line: &impl Serialize, chain: Option<&mut Chain>, sync: bool) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    if let Some(chain) = chain {
        chain.seal(&mut bytes);
    }
    bytes.push(b'\n');
    file.write_all(&bytes)?;
    if sync { file.sync_data() } else { Ok(()) }
}

fn trouble(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be written: {error}; the drill goes on, but it cannot be resumed once its process has ended", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(n: u64) -> Line {
        let at = crate::clock::Stamp { wall: Timestamp::UNIX_EPOCH, mono_ms: 0 };
        let call = AuditEntry {
            at,
            took: std::time::Duration::ZERO,
            caller: String::new(),
            service: "dns".into(),
            operation: "A".into(),
            region: String::new(),
            resource: String::new(),
            params: serde_json::Value::Null,
            outcome: Ok(()),
            mutating: false,
            answered: true,
            request_id: String::new(),
            settled_since: at.wall,
        };
        Line { n, call, struck: Vec::new(), reached: None }
    }

    #[test]
    fn a_log_that_has_a_gap_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.jsonl");
        std::fs::write(&path, "head\n").unwrap();
        // A file that cannot be written, as on a disk that has filled up.
        let mut ledger = Ledger::go_on(&path, File::open(&path).unwrap(), None, Vec::new());
        ledger.kept().unwrap();
        ledger.note(line(1));
        ledger.note(line(2));
        assert_eq!(ledger.audit.len(), 2, "the world goes on");
        let said = ledger.kept().unwrap_err();
        assert!(said.contains("world.jsonl cannot be written") && said.contains("cannot be resumed"), "{said}");
        assert!(!path.exists());
        assert_eq!(std::fs::read_to_string(folder.path().join("world.jsonl.incomplete")).unwrap(), "head\n");
    }
}
