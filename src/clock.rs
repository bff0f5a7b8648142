//! The time port. Nothing outside an implementation of [`Clock`] reads a clock or sleeps.

mod moment;

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use moment::{MOMENT_EXAMPLES, Moment, Past};

/// A moment as both clocks saw it. Wall time is for people; durations are differences of `mono`, which never jumps.
///
/// A machine that sleeps does not stop an outage: `mono` counts on meanwhile. What must not end because of a sleep (a timeout, a
/// patience) is measured by [`Clock::awake`] instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// The wall clock of the world the run is in (a drill has its own).
    pub wall: Timestamp,
    /// Milliseconds since the run was started, the machine's sleep and the time between two processes of a run included.
    pub mono_ms: u64,
}

impl Stamp {
    /// The monotonic time that went by from `earlier` to `self`; zero when `earlier` is later.
    pub fn since(self, earlier: Stamp) -> Duration {
        Duration::from_millis(self.mono_ms.saturating_sub(earlier.mono_ms))
    }
}

/// Where time comes from: the machine's clocks in the live world, the world's own time in a drill.
#[async_trait]
pub trait Clock: Send + Sync + Debug {
    /// Both clocks, now.
    fn now(&self) -> Stamp;

    /// The time in which there was a chance to do something: [`Stamp::mono_ms`] without the machine's sleep, and without the time in
    /// which the process was stopped. For limits, which must not end because nobody was there to keep them.
    fn awake(&self) -> Duration {
        Duration::from_millis(self.now().mono_ms)
    }

    /// Seconds of this clock in one of the machine's: other than 1 only in a drill.
    fn rate(&self) -> f64 {
        1.0
    }

    /// Waits until `duration` of this clock's time has gone by, [awake](Self::awake).
    async fn sleep(&self, duration: Duration);
}

/// Runs `work` for at most `limit` of the clock's time, awake; `None` when the limit came first.
pub async fn timeout<T>(clock: &dyn Clock, limit: Duration, work: impl Future<Output = T> + Send) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = clock.sleep(limit) => None,
    }
}
