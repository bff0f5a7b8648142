//! The catalogue of mutating actions, one file per service.

mod port;

pub use port::{Action, Cx, Judged, Poll, Progress, Receipt};
