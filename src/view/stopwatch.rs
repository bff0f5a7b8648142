//! Durations. The monotonic clock of a run goes on from process to process, so they are its differences, and a wall clock that is set
//! changes none. Only where it went backwards, in the record of some other clock, is there nothing better than the wall clock.

use std::time::Duration;

use jiff::SignedDuration;

use crate::clock::Stamp;
use crate::engine::State;
use crate::journal::Record;

/// Measures time between stamps of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stopwatch {
    last: Option<Stamp>,
    /// The first record after the monotonic clock went backwards.
    boundary: Option<Stamp>,
}

impl Stopwatch {
    /// Takes note of a record; to be called for every record, in order.
    pub fn note(&mut self, record: &Record) {
        if self.last.is_some_and(|last| record.at.mono_ms < last.mono_ms) {
            self.boundary = Some(record.at);
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

impl Stopwatch {
    /// The time from the beginning of the incident to `at`, negative before it. That beginning is known by the wall clock alone, the
    /// run's own time is measured.
    pub fn since_incident(&self, state: &State, at: Stamp) -> SignedDuration {
        let before = state.started.wall.duration_since(state.incident_start);
        let own = SignedDuration::try_from(self.between(state.started, at)).unwrap_or(SignedDuration::MAX);
        before.saturating_add(own)
    }
}

/// The time from one wall-clock moment to another; zero when they are the other way round.
fn wall_between(earlier: jiff::Timestamp, later: jiff::Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Actor, ActorKind, Event};
    use crate::id::Digest;

    fn stamp(wall_s: i64, mono_s: u64) -> Stamp {
        Stamp { wall: jiff::Timestamp::from_second(wall_s).expect("in range"), mono_ms: mono_s * 1_000 }
    }

    fn record(at: Stamp) -> Record {
        let by = Actor { name: "alice".into(), host: "bastion".into(), kind: ActorKind::Person };
        let event = Event::RunResumed { by, reason: "taken up again".into(), absent_ms: None };
        Record { seq: 0, at, prev: Digest::of(b""), hash: Digest::of(b""), event }
    }

    #[test]
    fn a_wall_clock_that_is_set_changes_no_duration() {
        let mut watch = Stopwatch::default();
        watch.note(&record(stamp(1_000, 10)));
        watch.note(&record(stamp(5_000, 20)));
        assert_eq!(watch.between(stamp(1_000, 10), stamp(5_000, 20)), Duration::from_secs(10));
        watch.note(&record(stamp(100, 30)));
        assert_eq!(watch.between(stamp(1_000, 10), stamp(100, 30)), Duration::from_secs(20));
    }

    #[test]
    fn a_monotonic_clock_that_began_again_is_bridged_by_the_wall_clock() {
        let mut watch = Stopwatch::default();
        watch.note(&record(stamp(1_000, 100)));
        watch.note(&record(stamp(2_000, 1)));
        assert_eq!(watch.between(stamp(1_000, 100), stamp(2_009, 10)), Duration::from_secs(1_009));
        assert_eq!(watch.between(stamp(2_000, 1), stamp(2_009, 10)), Duration::from_secs(9));
    }
}
