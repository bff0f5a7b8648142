//! The plan: what a run will do, resolved and immutable, and the words for what is seen on the way.

mod build;
mod build_step;
mod change;
mod endpoint;
mod expand;
mod failure;
mod index;
mod model;
mod nested;
mod open;
mod packed;
mod part;
mod partition;
mod permissions;
mod question;
pub mod rate;
mod reading;
mod secret;
mod values;

pub use crate::runbook::format_duration;
pub use crate::runbook::spec::is_safe_method;
pub use build::{build, build_on};
pub use change::{Change, FieldChange, NO_CALL};
pub use endpoint::{Endpoint, endpoint_words};
pub use failure::{Failure, FailureKind, Happened};
pub use index::StepIndex;
pub use model::{Check, Confirm, Gate, Link, Nested, Objectives, OnFailure, Plan, Requested, Retry, Step, Target};
pub use packed::Packed;
pub use partition::{Partition, is_aws, partition};
pub use permissions::{Grant, Need, Statement, account_of};
pub use question::{CHOICE, Question, questions};
pub use reading::{Reading, Verdict};
