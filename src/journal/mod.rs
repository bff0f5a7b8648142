//! The journal: append-only, hash-chained, fsynced before anything it speaks of is done. docs/journal-format.md is its contract.
//!
//! A run has a folder, `runs/RUN/` under the state folder, with `journal.jsonl`, a copy of the runbook, the logs of its steps and
//! a lock that one driver holds. [`Store`] knows the folders, [`Journal`] writes, [`Reader`] reads and trusts nothing it reads.

mod alive;
mod claim;
mod error;
mod file_name;
mod flat;
mod follow;
mod guard;
mod lines;
mod list;
mod lock;
mod log;
mod medium;
mod read;
mod record;
mod run_id;
mod store;
mod write;

pub use claim::{Claim, Claimant, Others};
pub use error::JournalError;
pub use follow::Follower;
pub use list::{RunEntry, RunInfo, Standing};
pub use lock::Holder;
pub use log::{LOG_LIMIT, StepLog, log_file_name};
pub use read::{Readback, Reader, Replayed, TornTail, read, replay, verify};
pub use record::{Header, Record};
pub use run_id::{named_at, new_run_id};
pub use store::{JOURNAL_FILE, RUNBOOK_FILE, Store, copy_name};
pub use write::{Journal, Sync};
