//! The read model: [`RunView`], folded from durable events and passing telemetry.

mod fold;
mod model;
mod timeline;
mod update;

pub use fold::{LOG_LINES_KEPT, READINGS_KEPT};
pub use model::{Entry, RunView, StepProgress, Telemetry, Tone};
pub use update::Update;
