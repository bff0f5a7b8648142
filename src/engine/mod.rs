//! The state machine of a run. Pure: no clock, no files, no network, no screen.
//!
//! `decide` chooses events and effects for an input; `evolve` folds an event into the state; `recover` says what a
//! resumed run must do first. Replaying a journal runs `evolve` alone, so a recovery cannot fire an effect by accident.

mod command;
mod decide;
mod durable;
mod event;
mod evolve;
mod input;
mod person;
mod placed;
mod proof;
mod recover;
mod scope;
mod state;
mod steps;
mod turn;

pub use command::NO_REASON_YET;
pub use decide::decide;
pub use durable::must_be_durable;
pub use event::{Actor, ActorKind, Event, Given, Identity, Outcome, Override, RunKind, WorldName};
pub use evolve::{begin, evolve};
pub use input::{Command, Effect, Input, Judgement, Refusal, Seen};
pub use person::{may_be_same_person, name_objection};
pub use placed::is_placed;
pub use recover::recover;
pub use scope::{Place, fill_with, known_with, phase_word, scope, scope_at, scope_with};
pub use state::{Confirmation, Doubt, Resolved, RunPhase, State, StepPhase, StepState, Times, kind_words};
pub use steps::Steps;
pub use turn::Decision;
