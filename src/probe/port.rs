//! What every probe is: one read, with named, typed fields.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::plan::{Failure, Target};
use crate::runbook::spec::ProbeSpec;
use crate::world::World;

/// A read-only probe of the catalogue.
#[async_trait]
pub trait Probe: Send + Sync {
    /// What it is.
    fn spec(&self) -> &'static ProbeSpec;

    /// Takes one sample.
    ///
    /// # Errors
    /// The sample could not be made. The reading is then Unknown unless `expect` mentions `error`.
    async fn sample(&self, cx: &Cx, with: &Value) -> Result<Sample, Failure>;
}

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What `expect` sees: an object with the fields of the spec. A field that is not known is null.
    pub fields: Value,
    /// The same in a few words: `12 s`, `200 OK in 84 ms`.
    pub shown: String,
    /// The same as a number, for the sparkline.
    pub number: Option<f64>,
}

/// What a probe works with.
#[derive(Clone)]
pub struct Cx {
    /// The world it is in.
    pub world: Arc<dyn World>,
    /// Where it looks; `None` for one that needs no target.
    pub target: Option<Target>,
    /// `RUN/CHECK`.
    pub caller: String,
    /// The longest a sample may take.
    pub timeout: Duration,
    /// What it may send.
    pub leave: Leave,
}

/// What a sample may send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Leave {
    /// What only reads by the rules of its protocol.
    #[default]
    Read,
    /// What only reads on its author's word.
    AuthorRead,
    /// A change, which has an intent.
    Write {
        /// The idempotency token of the intent.
        token: String,
    },
}
