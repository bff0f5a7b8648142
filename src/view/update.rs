//! What a running driver tells whoever watches.

use super::model::Telemetry;
use crate::journal::Record;

/// One message from the driver to a screen, a line printer or a JSON stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// A record has reached the journal.
    Record(Box<Record>),
    /// A reading, a progress or a log line; may be dropped.
    Telemetry(Telemetry),
    /// The engine refused an operator's command; nothing was recorded. Says why, and what would make sense.
    Refused(String),
    /// The driver has stopped: nothing more will come.
    Ended,
}
