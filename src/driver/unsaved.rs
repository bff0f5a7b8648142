//! What happens once the journal takes no more records: nothing new is started, what is in flight is followed to its end, and what
//! happens is kept for a person to write down.

use crate::clock::Stamp;
use crate::engine::{Effect, Event};
use crate::id::Digest;
use crate::journal::{Journal, JournalError, Record};

/// The events that no journal holds.
#[derive(Debug)]
pub(super) struct Unsaved {
    pub(super) error: JournalError,
    pub(super) records: Vec<Record>,
    next: u64,
}

impl Unsaved {
    /// Since `error`. What was written and shown before it and could not be made durable is lost with it: it is the first to be kept.
    pub(super) fn since(error: JournalError, journal: &Journal) -> Self {
        let lost = journal.unsaved().iter().filter(|record| record.seq >= journal.records());
        let records: Vec<Record> = lost.cloned().collect();
        Self { next: journal.records() + records.len() as u64, error, records }
    }

    /// Keeps an event in the shape of a record, without a place in the chain.
    pub(super) fn keep(&mut self, at: Stamp, event: &Event) -> Record {
        let record = Record { seq: self.next, at, prev: Digest::from(""), event: event.clone(), hash: Digest::from("") };
        self.next += 1;
        self.records.push(record.clone());
        record
    }
}

/// Whether an effect belongs to a call that has been made, so that it is followed to its end also without a record.
pub(super) fn belongs_to_a_call(effect: &Effect) -> bool {
    matches!(effect, Effect::Apply(..) | Effect::Poll(..) | Effect::Verify(..) | Effect::WriteProof(..) | Effect::Look(..))
}
