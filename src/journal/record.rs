//! One line of a journal.

use serde::{Deserialize, Serialize};

use crate::clock::Stamp;
use crate::engine::Event;
use crate::id::Digest;

/// An event with its place in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Counts from 0 without gaps.
    pub seq: u64,
    /// When it was recorded.
    #[serde(flatten)]
    pub at: Stamp,
    /// Fingerprint of the record before; of the empty text for the first.
    pub prev: Digest,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}
