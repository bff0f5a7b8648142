//! Durations across a resume. The monotonic clock counts from the start of a process, so two stamps of different processes can
//! only be compared by their wall clocks.

use std::time::Duration;

use crate::clock::Stamp;
use crate::engine::Event;
use crate::journal::Record;

/// How far `wall - mono` may drift within one process before a `RunResumed` is taken for another process's.
const DRIFT_MS: i64 = 1_000;

/// Measures time between stamps of a run, whichever process they were taken in.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stopwatch {
    last: Option<Stamp>,
    /// The first record of the present process, when there was another process before.
    boundary: Option<Stamp>,
}

impl Stopwatch {
    /// Takes note of a record; to be called for every record, in order.
    pub fn note(&mut self, record: &Record) {
        if let Some(last) = self.last {
            let backwards = record.at.mono_ms < last.mono_ms;
            let drifted = (offset(record.at) - offset(last)).abs() > DRIFT_MS;
            if backwards || (drifted && matches!(record.event, Event::RunResumed { .. })) {
                self.boundary = Some(record.at);
            }
        }
        self.last = Some(record.at);
    }

    /// The time from `earlier` to `later`; zero when they are the other way round.
    pub fn between(&self, earlier: Stamp, later: Stamp) -> Duration {
        match self.boundary {
            Some(boundary) if earlier.wall < boundary.wall => wall_between(earlier.wall, later.wall),
            _ => later.since(earlier),
        }
    }
}

/// The time from one wall-clock moment to another; zero when they are the other way round.
pub fn wall_between(earlier: jiff::Timestamp, later: jiff::Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or(Duration::ZERO)
}

fn offset(at: Stamp) -> i64 {
    at.wall.as_millisecond().saturating_sub(i64::try_from(at.mono_ms).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Actor, ActorKind};
    use crate::id::Digest;

    fn stamp(wall_s: i64, mono_s: u64) -> Stamp {
        Stamp { wall: jiff::Timestamp::from_second(wall_s).expect("in range"), mono_ms: mono_s * 1_000 }
    }

    fn record(at: Stamp, resumed: bool) -> Record {
        let by = Actor { name: "alice".into(), host: "bastion".into(), kind: ActorKind::Person };
        let event =
            if resumed { Event::RunResumed { by, reason: "resumed".into() } } else { Event::Note { by, text: "x".into(), at: None } };
        Record { seq: 0, at, prev: Digest::of(b""), hash: Digest::of(b""), event }
    }

    #[test]
    fn one_process_is_measured_by_the_monotonic_clock() {
        let mut watch = Stopwatch::default();
        watch.note(&record(stamp(1_000, 10), false));
        watch.note(&record(stamp(5_000, 20), false)); // the wall clock was set forward
        assert_eq!(watch.between(stamp(1_000, 10), stamp(5_000, 20)), Duration::from_secs(10));
    }

    #[test]
    fn stamps_of_an_earlier_process_are_measured_by_the_wall_clock() {
        let mut watch = Stopwatch::default();
        watch.note(&record(stamp(1_000, 100), false));
        watch.note(&record(stamp(2_000, 1), true));
        assert_eq!(watch.between(stamp(1_000, 100), stamp(2_009, 10)), Duration::from_secs(1_009));
        assert_eq!(watch.between(stamp(2_000, 1), stamp(2_009, 10)), Duration::from_secs(9));
    }

    #[test]
    fn a_resume_soon_after_the_start_is_seen_by_its_drift() {
        let mut watch = Stopwatch::default();
        watch.note(&record(stamp(1_000, 1), false));
        watch.note(&record(stamp(2_000, 2), true));
        assert_eq!(watch.between(stamp(1_000, 1), stamp(2_000, 2)), Duration::from_secs(1_000));
    }
}
