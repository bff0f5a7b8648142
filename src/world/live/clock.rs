//! The machine's clocks.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::clock::{Clock, Stamp};

/// Wall time from the system, monotonic time since this was made.
#[derive(Debug)]
pub struct LiveClock {
    start: Instant,
}

impl LiveClock {
    /// A clock whose monotonic time begins now.
    #[expect(clippy::new_without_default, reason = "it begins now: that is worth a word")]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

#[async_trait]
impl Clock for LiveClock {
    fn now(&self) -> Stamp {
        Stamp { wall: Timestamp::now(), mono_ms: u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX) }
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
