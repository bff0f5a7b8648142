//! The machine's clocks.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

use crate::clock::{Clock, Stamp};

/// A sleeper looks at the clock at least this often: a limit is late by no more than this after the process was stopped.
const LOOK: Duration = Duration::from_secs(1);

/// Somebody looks at the clock about once a [`LOOK`]. When nobody did for longer than this, nobody could: the process was stopped. Not
/// less, so that a machine that is merely busy is not taken for one that stood still.
const STOPPED: Duration = Duration::from_secs(10);

/// The clock that counts on while the machine sleeps. On macOS that is the monotonic one; where no clock does, a sleep is not seen.
#[cfg(any(target_os = "linux", target_os = "android"))]
const THROUGH_SLEEP: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const THROUGH_SLEEP: ClockId = ClockId::Monotonic;

/// Wall time from the system, and two monotonic times since this was made (or since the run was first started): one that counts the
/// machine's sleep, one that does not.
#[derive(Debug)]
pub struct LiveClock {
    /// What [`THROUGH_SLEEP`] showed when this was made.
    start: Duration,
    /// Monotonic milliseconds that had gone by at `start`.
    before_ms: u64,
    awake: Mutex<Awake>,
}

impl LiveClock {
    /// A clock whose monotonic time begins now.
    #[expect(clippy::new_without_default, reason = "it begins now: that is worth a word")]
    pub fn new() -> Self {
        Self::beginning_at(0)
    }

    /// A clock that goes on from the last stamp of a run that stopped. The time in between counts as far as the wall clock tells it,
    /// for nothing else reaches from one boot of a machine into the next; a wall clock that was set back takes nothing away.
    pub fn resumed(last: Stamp) -> Self {
        let stopped_for = u64::try_from(Timestamp::now().duration_since(last.wall).as_millis()).unwrap_or(0);
        Self::beginning_at(last.mono_ms.saturating_add(stopped_for))
    }

    fn beginning_at(before_ms: u64) -> Self {
        Self { start: through_sleep(), before_ms, awake: Mutex::new(Awake::new(Instant::now())) }
    }

    /// For how long the process has been stopped so far (and not the machine asleep), as far as it was noticed.
    pub fn stopped(&self) -> Duration {
        self.look().stopped
    }

    fn look(&self) -> std::sync::MutexGuard<'_, Awake> {
        // A panic between two lines that cannot panic is no reason to stop counting.
        let mut awake = self.awake.lock().unwrap_or_else(PoisonError::into_inner);
        awake.look(Instant::now());
        awake
    }
}

#[async_trait]
impl Clock for LiveClock {
    fn now(&self) -> Stamp {
        let gone = through_sleep().saturating_sub(self.start);
        let gone_ms = u64::try_from(gone.as_millis()).unwrap_or(u64::MAX);
        Stamp { wall: Timestamp::now(), mono_ms: self.before_ms.saturating_add(gone_ms) }
    }

    fn awake(&self) -> Duration {
        self.look().total
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.awake().saturating_add(duration);
        loop {
            let left = until.saturating_sub(self.awake());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LOOK)).await;
        }
    }
}

fn through_sleep() -> Duration {
    let now = clock_gettime(THROUGH_SLEEP);
    // A clock that counts from a boot shows nothing below zero.
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Counts the time in which the process ran. `Instant` stands still while the machine sleeps, but not while the process is stopped:
/// that shows in nobody looking.
#[derive(Debug)]
struct Awake {
    seen: Instant,
    total: Duration,
    stopped: Duration,
}

impl Awake {
    fn new(seen: Instant) -> Self {
        Self { seen, total: Duration::ZERO, stopped: Duration::ZERO }
    }

    fn look(&mut self, now: Instant) {
        let gone = now.saturating_duration_since(self.seen);
        let ours = if gone > STOPPED { LOOK } else { gone };
        self.total += ours;
        self.stopped += gone - ours;
        self.seen = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_in_which_nobody_looked_is_not_awake() {
        let begun = Instant::now();
        let mut awake = Awake::new(begun);
        let mut at = |seconds: u64| {
            awake.look(begun + Duration::from_secs(seconds));
            awake.total.as_secs()
        };
        assert_eq!(at(1), 1);
        assert_eq!(at(9), 9, "a busy machine");
        assert_eq!(at(3_609), 10, "stopped for an hour: one second of it may have been ours");
        assert_eq!(at(3_611), 12);
        assert_eq!(awake.stopped.as_secs(), 3_599);
    }

    #[test]
    fn both_clocks_go_on_together_and_from_where_they_were() {
        let clock = LiveClock::new();
        let (mono, awake) = (clock.now().mono_ms, clock.awake());
        assert!(clock.now().mono_ms >= mono && clock.awake() >= awake);
        let last = Stamp { wall: Timestamp::now() - Duration::from_secs(60), mono_ms: 5_000 };
        assert!(LiveClock::resumed(last).now().mono_ms >= 65_000);
        let set_back = Stamp { wall: Timestamp::now() + Duration::from_secs(600), mono_ms: 5_000 };
        let resumed = LiveClock::resumed(set_back).now().mono_ms;
        assert!((5_000..65_000).contains(&resumed), "{resumed}: a wall clock that was set back takes nothing away");
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleeper_wakes_when_it_was_awake_for_long_enough() {
        // Tokio's paused time lets the looks pass at once; the clock itself is real, and so is its last look.
        let clock = LiveClock::new();
        let before = clock.awake();
        clock.sleep(Duration::from_millis(5)).await;
        assert!(clock.awake() - before >= Duration::from_millis(5));
    }
}
