//! The documents that are made from the program's own tables are as the tables are now, and what they show works.
#![expect(clippy::unwrap_used, reason = "clippy allows it in #[test] functions, not in their helpers")]

#[path = "language/catalog.rs"]
mod catalog;
#[path = "docs/catalogue.rs"]
mod catalogue;
#[path = "support/cli.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod cli;
#[path = "docs/current.rs"]
mod current;
#[path = "docs/guide.rs"]
mod guide;
#[path = "docs/new.rs"]
mod new;
#[path = "docs/readme.rs"]
mod readme;
#[path = "docs/reference.rs"]
mod reference;
#[path = "docs/schema.rs"]
mod schema;
