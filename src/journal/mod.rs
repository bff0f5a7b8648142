//! The journal: append-only, hash-chained, fsynced before anything it speaks of is done.

mod record;

pub use record::Record;
