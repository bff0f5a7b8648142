//! The time of a run that is watched: its world's clock is in another process, the stamps of its records are here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::{Clock, Stamp};
use crate::engine::{Event, RunKind};
use crate::journal::Record;

/// Goes on from the last record of a run.
#[derive(Debug)]
pub(super) struct WatchClock {
    own: Arc<dyn Clock>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    last: Option<Stamp>,
    /// When the last record was made, by the machine's own monotonic time.
    made_ms: u64,
    /// Nobody drives it: the world of a drill stands still.
    alone: bool,
    /// A drill's time is its world's.
    drill: bool,
}

impl WatchClock {
    /// Before the first record. `own` is the machine's time.
    pub(super) fn new(own: Arc<dyn Clock>) -> Self {
        Self { own, known: Mutex::default() }
    }

    /// Takes note of a record, written so long ago at the most.
    pub(super) fn note(&self, record: &Record, age: Duration) {
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.last = Some(record.at);
        known.made_ms = self.own.now().mono_ms.saturating_sub(age);
        drop(known);
        if let Event::RunStarted { kind, .. } = &record.event {
            self.begun(*kind);
        }
    }

    /// Takes note of whether anybody drives the run.
    pub(super) fn driven(&self, driven: bool) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).alone = !driven;
    }

    fn begun(&self, kind: RunKind) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).drill = kind == RunKind::Drill;
    }
}

#[async_trait]
impl Clock for WatchClock {
    /// Live: the wall clock, with the run's monotonic time as far as the wall clock tells how long ago the last record was. A drill: its
    /// world's time goes as ours does while a person is waited for, and faster while it works; how much faster is not on record, so the
    /// next record brings it up. Without a driver it stands still.
    fn now(&self) -> Stamp {
        let own = self.own.now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.last {
            None => own,
            Some(last) if known.drill && known.alone => last,
            Some(last) if known.drill => {
                let since = own.mono_ms.saturating_sub(known.made_ms);
                let gone = i64::try_from(since).map(jiff::SignedDuration::from_millis).unwrap_or(jiff::SignedDuration::ZERO);
                Stamp { wall: last.wall.checked_add(gone).unwrap_or(last.wall), mono_ms: last.mono_ms.saturating_add(since) }
            }
            Some(last) => {
                let since = u64::try_from(own.wall.duration_since(last.wall).as_millis()).unwrap_or(0);
                Stamp { wall: own.wall, mono_ms: last.mono_ms.saturating_add(since) }
            }
        }
    }

    async fn sleep(&self, duration: Duration) {
        self.own.sleep(duration).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Digest;
    use crate::world::testing::StoppedClock;

    fn record(at: Stamp) -> Record {
        let event = Event::RunPaused { by: None, reason: String::new() };
        Record { seq: 0, at, prev: Digest::of(b""), hash: Digest::of(b""), event }
    }

    #[tokio::test]
    async fn live_time_goes_on_from_the_last_record() {
        let own = Arc::new(StoppedClock::default());
        let clock = WatchClock::new(own.clone());
        assert_eq!(clock.now(), own.now());
        // The run has been going for an hour when it is watched.
        let at = Stamp { mono_ms: 3_600_000, ..own.now() };
        clock.note(&record(at), Duration::ZERO);
        clock.sleep(Duration::from_secs(2)).await;
        assert_eq!(clock.now(), Stamp { wall: own.now().wall, mono_ms: 3_602_000 });
        // The driver's clock is ahead of ours: the run's time does not go back.
        let ahead = Stamp { wall: own.now().wall + Duration::from_secs(9), mono_ms: 3_700_000 };
        clock.note(&record(ahead), Duration::ZERO);
        assert_eq!(clock.now().mono_ms, 3_700_000);
    }

    #[tokio::test]
    async fn the_time_of_a_drill_goes_on_while_it_is_driven() {
        let clock = WatchClock::new(Arc::new(StoppedClock::default()));
        let at = Stamp { wall: "2026-03-12T02:47:00Z".parse().unwrap(), mono_ms: 7 };
        clock.begun(RunKind::Drill);
        clock.note(&record(at), Duration::ZERO);
        clock.sleep(Duration::from_secs(9)).await;
        assert_eq!(clock.now(), Stamp { wall: "2026-03-12T02:47:09Z".parse().unwrap(), mono_ms: 9_007 });
        clock.driven(false);
        assert_eq!(clock.now(), at, "its world stands still with its driver");
    }
}
