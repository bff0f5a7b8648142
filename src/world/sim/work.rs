//! Work that takes time, and can be stuck: a promotion, an update, a change on its way to the name servers.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A time after another; at the end of time when it would be later.
pub(crate) fn after(moment: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| moment.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

/// How long from `earlier` to `later`; zero when it is the other way round.
pub(crate) fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or(Duration::ZERO)
}

/// A time in which nothing moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frozen {
    pub(crate) from: Timestamp,
    /// `None`: for ever.
    pub(crate) until: Option<Timestamp>,
}

/// Work that began at a time and needs so much of it, not counting the times in which it is stuck.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) begun: Timestamp,
    pub(crate) takes: Duration,
    /// Ordered by their beginning.
    frozen: Vec<Frozen>,
}

impl Work {
    pub(crate) fn new(begun: Timestamp, takes: Duration, mut frozen: Vec<Frozen>) -> Self {
        frozen.sort_by_key(|window| window.from);
        Self { begun, takes, frozen }
    }

    /// When so much of it is done; `None` for never.
    pub(crate) fn reaches(&self, progress: Duration) -> Option<Timestamp> {
        let mut end = after(self.begun, progress);
        // Up to here the windows before have been counted: overlapping windows count once.
        let mut counted = self.begun;
        for window in &self.frozen {
            if window.from >= end {
                break;
            }
            let from = window.from.max(counted);
            let until = window.until?;
            if until > from {
                end = after(end, between(from, until));
                counted = until;
            }
        }
        Some(end)
    }

    /// When it is done; `None` for never.
    pub(crate) fn done(&self) -> Option<Timestamp> {
        self.reaches(self.takes)
    }

    /// Whether it is done at `t`.
    pub(crate) fn is_done(&self, t: Timestamp) -> bool {
        self.done().is_some_and(|done| done <= t)
    }
}

/// The latest of `moments` that is not after `t`, and not before `floor`.
pub(crate) fn latest(floor: Timestamp, t: Timestamp, moments: impl IntoIterator<Item = Timestamp>) -> Timestamp {
    moments.into_iter().filter(|moment| *moment <= t).fold(floor, Timestamp::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn frozen(from: i64, until: Option<i64>) -> Frozen {
        Frozen { from: at(from), until: until.map(at) }
    }

    #[test]
    fn stuck_time_does_not_count() {
        let takes = Duration::from_secs(100);
        assert_eq!(Work::new(at(0), takes, vec![]).done(), Some(at(100)));
        assert_eq!(Work::new(at(0), takes, vec![frozen(50, Some(80))]).done(), Some(at(130)));
        assert_eq!(Work::new(at(0), takes, vec![frozen(-50, Some(20))]).done(), Some(at(120)), "stuck from the beginning");
        assert_eq!(Work::new(at(0), takes, vec![frozen(60, Some(90)), frozen(50, Some(80))]).done(), Some(at(140)), "overlap counts once");
        assert_eq!(
            Work::new(at(0), takes, vec![frozen(50, Some(80)), frozen(125, Some(135))]).done(),
            Some(at(140)),
            "the delay meets the next"
        );
        assert_eq!(Work::new(at(0), takes, vec![frozen(100, Some(180))]).done(), Some(at(100)), "after the end");
        let never = Work::new(at(0), takes, vec![frozen(50, None)]);
        assert_eq!(never.done(), None);
        assert_eq!(never.reaches(Duration::from_secs(40)), Some(at(40)));
        assert!(!never.is_done(at(1_000_000)));
    }

    #[test]
    fn latest_looks_back_only() {
        assert_eq!(latest(at(0), at(10), [at(3), at(12), at(7)]), at(7));
        assert_eq!(latest(at(0), at(10), [at(12), at(-5)]), at(0));
    }
}
