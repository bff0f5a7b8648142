//! The catalogue of mutating actions, one file per service.

pub mod aws;
mod catalog;
mod choose;
mod command;
mod eks;
mod manual;
mod port;
mod rds;
pub mod reads;
mod route53;
mod runbook;
mod verify;
mod wait;
pub mod with;

#[cfg(test)]
pub(crate) mod testing;

pub use catalog::{catalog, find};
pub use port::{Action, Cx, Judged, Poll, Progress, Receipt};
