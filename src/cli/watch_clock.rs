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
    /// A drill's time is its world's: it may go sixty times as fast, or stand still.
    drill: bool,
}

impl WatchClock {
    /// Before the first record. `own` is the machine's time.
    pub(super) fn new(own: Arc<dyn Clock>) -> Self {
        Self { own, known: Mutex::default() }
    }

    /// Takes note of a record.
    pub(super) fn note(&self, record: &Record) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.last = Some(record.at);
        drop(known);
        if let Event::RunStarted { kind, .. } = &record.event {
            self.begun(*kind);
        }
    }

    fn begun(&self, kind: RunKind) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).drill = kind == RunKind::Drill;
    }
}

#[async_trait]
impl Clock for WatchClock {
    /// Live: the wall clock, with the run's monotonic time as far as the wall clock tells how long ago the last record was. A drill:
    /// the time of the last record, and nothing more.
    fn now(&self) -> Stamp {
        let own = self.own.now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.last {
            None => own,
            Some(last) if known.drill => last,
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
        clock.note(&record(at));
        clock.sleep(Duration::from_secs(2)).await;
        assert_eq!(clock.now(), Stamp { wall: own.now().wall, mono_ms: 3_602_000 });
        // The driver's clock is ahead of ours: the run's time does not go back.
        let ahead = Stamp { wall: own.now().wall + Duration::from_secs(9), mono_ms: 3_700_000 };
        clock.note(&record(ahead));
        assert_eq!(clock.now().mono_ms, 3_700_000);
    }

    #[tokio::test]
    async fn the_time_of_a_drill_stands_between_its_records() {
        let clock = WatchClock::new(Arc::new(StoppedClock::default()));
        let at = Stamp { wall: "2026-03-12T02:47:00Z".parse().unwrap(), mono_ms: 7 };
        clock.begun(RunKind::Drill);
        clock.note(&record(at));
        clock.sleep(Duration::from_secs(9)).await;
        assert_eq!(clock.now(), at);
    }
}
