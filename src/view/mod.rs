//! The read model: [`RunView`], folded from durable events and passing telemetry.

mod model;

pub use model::{Entry, RunView, StepProgress, Telemetry, Tone};
