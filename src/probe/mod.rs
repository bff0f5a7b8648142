//! The catalogue of read-only probes, one file per kind.

mod port;

pub use port::{Cx, Probe, Sample};
