//! The world's time, on top of tokio's: a world second is a second, or a part of one, of the runtime's clock.
//!
//! With the runtime's clock paused (`tokio::time::pause` on a current-thread runtime), tokio itself moves it to the next timer
//! as soon as nothing else is to be done, and a drill takes only the time of computing it.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_async::time::TimeSource;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use super::work::after;
use crate::clock::{Clock, Stamp};

/// How fast the world runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// As fast as it can be computed. The caller runs a current-thread runtime and pauses its clock; with a running clock this
    /// is the same as `Times(1.0)`.
    Max,
    /// So many world seconds in a second.
    Times(f64),
}

/// Where world time and runtime time were last tied together.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    world: Duration,
    runtime: Instant,
    rate: f64,
}

impl Anchor {
    fn world_at(self, now: Instant) -> Duration {
        let gone = now.saturating_duration_since(self.runtime);
        self.world + scale(gone, self.rate)
    }
}

/// `duration × factor`, exact for a factor of one, never panicking.
fn scale(duration: Duration, factor: f64) -> Duration {
    if factor == 1.0 {
        return duration;
    }
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(Duration::MAX / 4)
}

/// The clock of a simulated world. Cheap to clone: clones are one clock.
#[derive(Debug, Clone)]
pub struct SimClock {
    start: Timestamp,
    anchor: watch::Sender<Anchor>,
}

impl SimClock {
    /// A clock that shows `start` now and runs at `speed`.
    pub fn new(start: Timestamp, speed: Speed) -> Self {
        Self::going_on(start, Duration::ZERO, speed)
    }

    /// One that started at `start` and has run for `elapsed`.
    pub(super) fn going_on(start: Timestamp, elapsed: Duration, speed: Speed) -> Self {
        let rate = match speed {
            Speed::Max => 1.0,
            Speed::Times(rate) => sane(rate),
        };
        let anchor = Anchor { world: elapsed, runtime: Instant::now(), rate };
        Self { start, anchor: watch::Sender::new(anchor) }
    }

    /// World time since the start.
    pub fn elapsed(&self) -> Duration {
        self.anchor.borrow().world_at(Instant::now())
    }

    /// What the world's wall clock shows.
    pub fn wall(&self) -> Timestamp {
        after(self.start, self.elapsed())
    }

    /// Lets the world run at `rate` world seconds in a second from now on; who sleeps wakes at the same world time as before.
    /// Zero stops the world's time; what is below zero or no number counts as zero.
    pub fn set_rate(&self, rate: f64) {
        let now = Instant::now();
        self.anchor.send_modify(|anchor| *anchor = Anchor { world: anchor.world_at(now), runtime: now, rate: sane(rate) });
    }

    /// Takes back that the world's time went by for `stopped` of the runtime's: the process was stopped, and the world with it.
    pub fn hold_back(&self, stopped: Duration) {
        let now = Instant::now();
        self.anchor.send_modify(|anchor| anchor.runtime = now.min(anchor.runtime + stopped));
    }

    /// World seconds in a second.
    pub fn rate(&self) -> f64 {
        self.anchor.borrow().rate
    }

    async fn wait(&self, duration: Duration) {
        let mut changes = self.anchor.subscribe();
        let until = self.elapsed().saturating_add(duration);
        loop {
            let anchor = *changes.borrow_and_update();
            let left = until.saturating_sub(anchor.world_at(Instant::now()));
            if left.is_zero() {
                return;
            }
            if anchor.rate > 0.0 {
                tokio::select! {
                    () = tokio::time::sleep(scale(left, anchor.rate.recip())) => {}
                    changed = changes.changed() => {
                        // `self` holds the sender, so the channel is open.
                        debug_assert!(changed.is_ok());
                    }
                }
            } else if changes.changed().await.is_err() {
                return;
            }
        }
    }
}

fn sane(rate: f64) -> f64 {
    if rate.is_finite() && rate > 0.0 { rate } else { 0.0 }
}

#[async_trait]
impl Clock for SimClock {
    fn now(&self) -> Stamp {
        let elapsed = self.elapsed();
        Stamp { wall: after(self.start, elapsed), mono_ms: elapsed.as_millis().try_into().unwrap_or(u64::MAX) }
    }

    fn rate(&self) -> f64 {
        Self::rate(self)
    }

    async fn sleep(&self, duration: Duration) {
        self.wait(duration).await;
    }
}

impl TimeSource for SimClock {
    fn now(&self) -> SystemTime {
        SystemTime::from(self.wall())
    }
}

impl AsyncSleep for SimClock {
    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.clone();
        Sleep::new(async move { clock.wait(duration).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        "2026-03-12T02:47:00Z".parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn at_top_speed_world_time_is_virtual_time() {
        let clock = SimClock::new(start(), Speed::Max);
        Clock::sleep(&clock, Duration::from_secs(3600)).await;
        assert_eq!(clock.elapsed().as_secs(), 3600);
        assert_eq!(Clock::now(&clock).wall.to_string(), "2026-03-12T03:47:00Z");
        assert_eq!(Clock::now(&clock).mono_ms, 3_600_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleep_of_a_faster_world_is_shorter() {
        let clock = SimClock::new(start(), Speed::Times(60.0));
        let began = Instant::now();
        Clock::sleep(&clock, Duration::from_secs(600)).await;
        assert!(clock.elapsed() >= Duration::from_secs(600));
        assert_eq!(began.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn sleepers_follow_a_change_of_rate() {
        let clock = SimClock::new(start(), Speed::Times(1.0));
        let began = Instant::now();
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { Clock::sleep(&clock, Duration::from_secs(610)).await }
        });
        tokio::time::sleep(Duration::from_secs(10)).await;
        clock.set_rate(60.0);
        sleeper.await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 20, "10 s at x1, then 600 s at x60");
        assert_eq!(clock.elapsed().as_secs(), 610);
    }

    #[tokio::test(start_paused = true)]
    async fn a_world_that_is_held_back_goes_on_where_it_was() {
        let clock = SimClock::new(start(), Speed::Times(60.0));
        let began = Instant::now();
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { Clock::sleep(&clock, Duration::from_secs(1_200)).await }
        });
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(clock.elapsed().as_secs(), 600);
        clock.hold_back(Duration::from_secs(5));
        assert_eq!(clock.elapsed().as_secs(), 300);
        sleeper.await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 25);
        clock.hold_back(Duration::from_secs(3_600));
        assert_eq!(clock.elapsed(), Duration::ZERO, "never before its beginning");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stopped_world_waits_until_it_runs_again() {
        let clock = SimClock::new(start(), Speed::Times(0.0));
        assert_eq!(clock.rate(), 0.0);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { Clock::sleep(&clock, Duration::from_secs(5)).await }
        });
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert_eq!(clock.elapsed(), Duration::ZERO);
        clock.set_rate(f64::NAN);
        assert_eq!(clock.rate(), 0.0);
        clock.set_rate(5.0);
        sleeper.await.unwrap();
        assert_eq!(clock.elapsed().as_secs(), 5);
    }
}
