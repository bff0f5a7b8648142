//! The read model: [`RunView`], folded from durable events and passing telemetry.

mod clocks;
mod fold;
mod forecast;
mod gate;
mod model;
mod people;
mod stopwatch;
mod summary;
mod tally;
mod timeline;
mod update;
mod words;

pub use crate::text::one_line;
pub use clocks::{LagCheck, RecoveryPoint, RecoveryTime};
pub use fold::{LOG_LINES_KEPT, LOG_LINES_LEFT, READINGS_KEPT};
pub use forecast::{Course, Forecast, began, due_rollbacks, gives_up, schedule, worked};
pub use gate::{CheckNow, GateNow};
pub use model::{Entry, RunView, StepProgress, Telemetry, Tone};
pub use people::People;
pub use stopwatch::Stopwatch;
pub use summary::{Clock, ConfirmationSummary, FailureSummary, OverrideSummary, ReadingSummary, StepSummary, Summary};
pub use tally::{Tally, plan_step};
pub use update::{Driven, Update};
pub use words::{
    actor_words, call_words, calls_nothing, given_words, notes_of, outcome_word, phase_word, reading_words, seconds_words, span_words,
    wanted_words,
};
