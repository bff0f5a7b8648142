//! What a running driver tells whoever watches.

use jiff::Timestamp;

use super::model::Telemetry;
use crate::journal::Record;

/// Who drives a run that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Driven {
    /// This one.
    By(String),
    /// Nobody any more, since when; the run is not over and can be taken up.
    Nobody {
        /// When that was seen, by the machine's wall clock.
        since: Timestamp,
    },
}

/// One message from the driver to a screen, a line printer or a JSON stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// A record has reached the journal.
    Record(Box<Record>),
    /// The journal takes no more records: why. Nothing new is started; what is in flight is followed to its end.
    Unrecorded(String),
    /// What happened since then, in the shape of a record. It is not in the journal, and its hashes are empty.
    Unsaved(Box<Record>),
    /// A reading, a progress or a log line; may be dropped.
    Telemetry(Telemetry),
    /// The engine refused an operator's command; nothing was recorded. Says why, and what would make sense.
    Refused(String),
    /// Told to somebody who only watches: who drives the run now, or, when nobody does any more, who has left and when.
    Driven(Driven),
    /// The driver has stopped: nothing more will come.
    Ended,
}
