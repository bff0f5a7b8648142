//! The machine's clocks.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::clock::{Clock, Stamp};

/// Wall time from the system, monotonic time since this was made (or since the run was first started).
#[derive(Debug)]
pub struct LiveClock {
    start: Instant,
    /// Monotonic milliseconds that had gone by at `start`.
    before_ms: u64,
}

impl LiveClock {
    /// A clock whose monotonic time begins now.
    #[expect(clippy::new_without_default, reason = "it begins now: that is worth a word")]
    pub fn new() -> Self {
        Self { start: Instant::now(), before_ms: 0 }
    }

    /// A clock that goes on from the last stamp of a run that stopped. The time in between counts as far as the wall clock tells it;
    /// a wall clock that was set back takes nothing away.
    pub fn resumed(last: Stamp) -> Self {
        let stopped_for = u64::try_from(Timestamp::now().duration_since(last.wall).as_millis()).unwrap_or(0);
        Self { start: Instant::now(), before_ms: last.mono_ms.saturating_add(stopped_for) }
    }
}

#[async_trait]
impl Clock for LiveClock {
    fn now(&self) -> Stamp {
        Stamp {
            wall: Timestamp::now(),
            mono_ms: self.before_ms.saturating_add(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)),
        }
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
