//! What must hold for any bytes: run by the fuzz targets, and by tests/fuzz_corpus.rs over the corpus and mutations of it.

mod expression;
mod journal;
mod language;

pub use expression::expression;
pub use journal::{evolve, journal_reader};
pub use language::runbook;
