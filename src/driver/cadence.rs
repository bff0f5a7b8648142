//! How long to wait between two looks at something that takes its time.
//!
//! A look that comes late adds its lateness to the recovery, a look too many costs a request. So the pause is a small share of
//! the time that has gone by: whatever a change takes, it is noticed within about one per cent of that. Around the time at
//! which it is expected to end, looks are twice as close.

use std::time::Duration;

/// The shortest pause, in seconds: a tenth of what Route 53 allows an account, and no burden for any other service.
const SHORTEST: f64 = 1.0;

/// The longest pause, in seconds, also for what takes hours.
const LONGEST: f64 = 15.0;

/// The pause as a share of the time since the change began.
const SHARE: f64 = 0.0075;

/// The pause before the next look. `elapsed` and `expected` in seconds; `spread` in 0..1 is random and keeps many lifeboats, and
/// many steps of one, from asking in step.
pub(super) fn pause(elapsed: f64, expected: f64, spread: f64) -> Duration {
    let near_the_end = expected > 0.0 && (0.6..1.5).contains(&(elapsed / expected));
    let share = if near_the_end { SHARE / 2.0 } else { SHARE };
    let seconds = (elapsed * share).clamp(SHORTEST, LONGEST);
    Duration::from_secs_f64(seconds * (0.8 + 0.4 * spread))
}

#[cfg(test)]
mod tests {
    use super::pause;

    #[test]
    fn a_pause_is_a_small_share_of_what_has_gone_by() {
        for elapsed in [60.0, 480.0, 3_600.0, 36_000.0] {
            for spread in [0.0, 0.5, 1.0] {
                let seconds = pause(elapsed, 600.0, spread).as_secs_f64();
                assert!(seconds <= (elapsed * 0.012).max(1.2), "{elapsed} s: {seconds} s");
                assert!((0.8..=18.0).contains(&seconds), "{elapsed} s: {seconds} s");
            }
        }
    }

    #[test]
    fn looks_are_closer_around_the_expected_end() {
        assert!(pause(600.0, 600.0, 0.5) < pause(350.0, 600.0, 0.5));
        assert!(pause(600.0, 600.0, 0.5) < pause(901.0, 600.0, 0.5));
    }

    #[test]
    fn nothing_is_asked_more_than_about_once_a_second() {
        assert!(pause(0.0, 0.0, 0.0).as_secs_f64() >= 0.8);
    }
}
