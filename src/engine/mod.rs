//! The state machine of a run. Pure: no clock, no files, no network, no screen.
//!
//! `decide` chooses events and effects for an input; `evolve` folds an event into the state; `recover` says what a
//! resumed run must do first. Replaying a journal runs `evolve` alone, so a recovery cannot fire an effect by accident.

mod event;
mod evolve;
mod input;
mod state;

pub use event::{Actor, ActorKind, Event, Given, Identity, Outcome, Override, RunKind, WorldName};
pub use evolve::{begin, evolve};
pub use input::{Command, Effect, Input, Judgement, Refusal, Seen};
pub use state::{Confirmation, RunPhase, State, StepPhase, StepState, Times};
