//! The screen's own pace. The only clock is the run's, which in a drill runs at a multiple of ours.

use std::time::Duration;

use crate::clock::Stamp;

/// Our time since the run's clock began, whatever its speed.
pub(super) fn own_time(at: Stamp, speed: f64) -> Duration {
    let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
    Duration::from_millis(at.mono_ms).div_f64(speed)
}

/// The run's time for so much of ours.
pub(super) fn world_time(own: Duration, speed: f64) -> Duration {
    let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
    Duration::try_from_secs_f64(own.as_secs_f64() * speed).unwrap_or(Duration::MAX)
}
