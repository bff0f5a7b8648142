//! One run of a runbook against an account at a time, unless somebody wants more: two failovers at once is how outages grow.
//!
//! Every live run holds a lock of its own in the folder of what it claims. A gate, held for as long as looking takes, makes looking
//! and claiming one thing, so that of two that start at once exactly one gets it.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::JournalError;
use super::file_name::file_name;
use super::guard;
use super::lock::{FileLock, Holder, holder_of};
use super::store::{Store, make_dirs};
use crate::id::RunId;

/// The lock that makes looking and claiming one thing. No run is called like that.
const GATE: &str = "gate";

/// A run that holds a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimant {
    /// The run.
    pub run: RunId,
    /// Who drives it.
    #[serde(flatten)]
    pub holder: Holder,
}

impl fmt::Display for Claimant {
    /// `run 20260312T024700Z-k3f9, driven by alice on ops-1 (process 4711) since 2026-03-12T02:47:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "run {}, driven by {}", self.run, self.holder)
    }
}

/// What to do about another run that holds the same claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Refuse to begin.
    Refuse,
    /// Go on beside it: `--allow-concurrent`. The claim is registered all the same, so that a third run sees this one.
    Allow,
}

/// A runbook and an account that a run of this process acts on. Held until dropped; also let go when the process dies.
#[derive(Debug)]
pub struct Claim {
    /// Those that were there already, where that was allowed; `None` for one whose note could not be read.
    pub others: Vec<Option<Claimant>>,
    lock: FileLock,
}

impl Claim {
    /// Whether the claim still keeps others out.
    ///
    /// # Errors
    /// Its file was deleted or replaced, so that another run may have claimed the same.
    pub fn check(&self) -> Result<(), JournalError> {
        let path = self.lock.path();
        match self.lock.is_held().map_err(JournalError::io("look at", path))? {
            true => Ok(()),
            false => Err(JournalError::Replaced { path: path.to_owned() }),
        }
    }
}

impl Store {
    /// Claims `account` for a run of the runbook `name`. Claims of different runbooks or accounts have nothing to do with each other,
    /// and neither have those of different state folders.
    ///
    /// # Errors
    /// Another run holds it ([`JournalError::Claimed`], unless that is allowed), or the state folder cannot be written.
    pub fn claim(&self, name: &str, account: &str, by: &Claimant, others: Others) -> Result<Claim, JournalError> {
        let dir = self.root().join("locks").join(file_name(&[name, account]));
        make_dirs(&dir)?;
        guard::shared_folder(self.root())?;
        guard::own_folder(&self.root().join("locks"))?;
        guard::own_folder(&dir)?;
        let gate = dir.join(GATE);
        let _gate = FileLock::wait(&gate).map_err(JournalError::io("lock", &gate))?;
        let own = dir.join(by.run.as_str());
        let found = standing_claims(&dir, &own).map_err(JournalError::io("look through", &dir))?;
        if others == Others::Refuse
            && let Some(other) = found.first()
        {
            let other = other.clone().map(Box::new);
            return Err(JournalError::Claimed { runbook: name.into(), account: account.into(), other });
        }
        match FileLock::take(&own, by).map_err(JournalError::io("lock", &own))? {
            Ok(lock) => Ok(Claim { others: found, lock }),
            Err(other) => Err(JournalError::Locked { run: by.run.clone(), holder: other.map(|other| Box::new(other.holder)) }),
        }
    }
}

/// The claims in a folder that are held now, but for `own`. Files of runs that let go are swept out on the way: nobody can be about to
/// lock one of them, for that is done behind the gate.
fn standing_claims(dir: &Path, own: &Path) -> io::Result<Vec<Option<Claimant>>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path == own || path.file_name().is_some_and(|name| name == GATE) {
            continue;
        }
        match holder_of(&path)? {
            Some(claimant) => found.push(claimant),
            None => fs::remove_file(&path)?,
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(run: &str, name: &str) -> Claimant {
        let since = "2026-03-12T02:47:00.25Z".parse().unwrap();
        Claimant { run: run.into(), holder: Holder { name: name.into(), host: "ops-1".into(), pid: 4711, since } }
    }

    #[test]
    fn a_second_run_is_told_which_holds_the_claim_and_how_to_go_on_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().to_owned());
        let claim = |name: &str, account: &str, by: &Claimant, others| store.claim(name, account, by, others);
        let (alice, bob, carol) = (by("r-alice", "alice"), by("r-bob", "bob"), by("r-carol", "carol"));
        let first = claim("../failover [eu]", "123456789012", &alice, Others::Refuse).unwrap();
        assert_eq!(first.others, []);
        let refused = claim("../failover [eu]", "123456789012", &bob, Others::Refuse).unwrap_err().to_string();
        for words in ["r-alice", "alice on ops-1 (process 4711)", "123456789012", "../failover [eu]", "--allow-concurrent"] {
            assert!(refused.contains(words), "{refused}");
        }
        // Another account, another runbook: no business of this claim.
        claim("../failover [eu]", "210987654321", &bob, Others::Refuse).unwrap();
        claim("failback", "123456789012", &bob, Others::Refuse).unwrap();
        // Beside it, and a third sees the second when the first has gone.
        let second = claim("../failover [eu]", "123456789012", &bob, Others::Allow).unwrap();
        assert_eq!(second.others, [Some(alice.clone())]);
        drop(first);
        let refused = claim("../failover [eu]", "123456789012", &carol, Others::Refuse).unwrap_err();
        assert!(matches!(&refused, JournalError::Claimed { other: Some(other), .. } if **other == bob), "{refused}");
        drop(second);
        assert_eq!(claim("../failover [eu]", "123456789012", &carol, Others::Refuse).unwrap().others, []);
        // A run that is taken up again claims again.
        claim("../failover [eu]", "123456789012", &alice, Others::Refuse).unwrap();
        assert!(!dir.path().parent().unwrap().join("failover [eu]").exists());
    }

    #[test]
    fn of_two_that_start_at_once_exactly_one_gets_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().to_owned());
        for _ in 0..200 {
            let barrier = std::sync::Barrier::new(2);
            let got: Vec<bool> = std::thread::scope(|scope| {
                let start = |name: &'static str| {
                    let (store, barrier) = (&store, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        let claim = store.claim("failover", "1", &by(name, name), Others::Refuse);
                        barrier.wait();
                        claim.is_ok()
                    })
                };
                [start("a"), start("b")].map(|thread| thread.join().unwrap()).into()
            });
            assert_eq!(got.iter().filter(|got| **got).count(), 1);
        }
    }
}
