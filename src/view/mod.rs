//! The read model: [`RunView`], folded from durable events and passing telemetry.

mod fold;
mod forecast;
mod gate;
mod model;
mod stopwatch;
mod timeline;
mod update;

pub use fold::{LOG_LINES_KEPT, READINGS_KEPT};
pub use forecast::{Forecast, RecoveryPoint, RecoveryTime, forecast, worked};
pub use gate::{CheckNow, GateNow};
pub use model::{Entry, RunView, StepProgress, Telemetry, Tone};
pub use stopwatch::{Stopwatch, wall_between};
pub use update::Update;
