//! Noticing that nobody was there: the machine slept, or the process was stopped.

use std::time::Duration;

use crate::clock::Clock;

/// Two clocks that drift apart by less than this were only read one after the other.
const LEAST: Duration = Duration::from_secs(2);

/// Compares the time that went by with the time in which something could be done.
#[derive(Debug)]
pub(super) struct Standstill {
    seen: Seen,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    mono_ms: u64,
    awake: Duration,
}

impl Seen {
    fn now(clock: &dyn Clock) -> Self {
        // In this order: what goes by in between is more time awake, never a sleep.
        let mono_ms = clock.now().mono_ms;
        Self { mono_ms, awake: clock.awake() }
    }
}

impl Standstill {
    /// Watches from now on.
    pub(super) fn new(clock: &dyn Clock) -> Self {
        Self { seen: Seen::now(clock) }
    }

    /// How long nobody was there since this was last asked; `None` when somebody was.
    pub(super) fn notice(&mut self, clock: &dyn Clock) -> Option<Duration> {
        let now = Seen::now(clock);
        let gone = Duration::from_millis(now.mono_ms.saturating_sub(self.seen.mono_ms));
        let slept = gone.saturating_sub(now.awake.saturating_sub(self.seen.awake));
        if slept < LEAST {
            // Not forgotten: a sleep that is seen in small pieces adds up.
            return None;
        }
        self.seen = now;
        Some(slept)
    }
}

#[cfg(test)]
mod tests;
