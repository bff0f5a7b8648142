//! Every key that a runbook may have, as data: its type, its default and what it means. The parser, the JSON Schema and the reference
//! read these tables, so they cannot say different things. What a `with` takes is data too, in [`super::spec`].

mod check;
mod model;
mod root;
mod sample;
mod step;
#[cfg(test)]
mod tests;

pub use check::{LOOK, PRECONDITION, PROOF};
pub use model::{Key, Keys, Refused, Takes};
pub use root::{DEFAULTS, LINK, OBJECTIVES, PARAM, ROOT, SECRET, TARGET};
pub use step::{CONFIRM, RETRY, ROLLBACK, STEP};
