//! The runbook language from the outside: good files become plans, bad files get the findings that are kept in snapshots.
#![expect(clippy::unwrap_used, reason = "clippy allows it in #[test] functions, not in their helpers")]

#[path = "language/catalog.rs"]
mod catalog;
#[path = "language/corpus.rs"]
mod corpus;
#[path = "language/examples.rs"]
mod examples;
#[path = "language/explained.rs"]
mod explained;
#[path = "language/hostile.rs"]
mod hostile;
#[path = "language/nested.rs"]
mod nested;
#[path = "language/plan.rs"]
mod plan;
#[path = "language/skipped.rs"]
mod skipped;
#[path = "language/written.rs"]
mod written;
