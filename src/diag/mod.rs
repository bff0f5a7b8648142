//! What is wrong in a file a user wrote: where, why, and what to do about it.

pub mod code;
mod example;
mod lines;
mod model;
mod render;
mod suggest;

pub use example::{Example, Made, example};
pub use lines::Lines;
pub use model::{Diagnostic, Severity, Source, Span};
pub use render::{position, render};
pub use suggest::closest;
