//! What is printed of a run: a line or a JSON object an event while it goes on, a Markdown report afterwards. All of it is a
//! projection of [`crate::view::RunView`] and the records; none of it knows more than the journal does.

mod account;
pub mod json;
mod line;
mod markdown;
pub mod plan;
mod prose;
mod sections;

pub use account::TimeAccount;
pub use line::{Lines, summary_lines};
pub use markdown::markdown;
