//! What a running driver tells whoever watches.

use super::model::Telemetry;
use crate::journal::Record;

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
    /// The driver has stopped: nothing more will come.
    Ended,
}
