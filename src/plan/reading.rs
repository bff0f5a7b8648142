//! Readings: what a probe saw and whether that is what the check expects.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::packed::Packed;
use crate::clock::Stamp;
use crate::id::CheckId;

/// Pass, Fail, or not known. Unknown never counts as Pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The expectation holds.
    Pass,
    /// The expectation does not hold.
    Fail,
    /// Nobody can tell, and why.
    Unknown(String),
}

/// One sample of one check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The check.
    pub check: CheckId,
    /// When it was taken (the moment the answer came).
    pub at: Stamp,
    /// What it means.
    pub verdict: Verdict,
    /// What was seen, in a few words: `12 s`, `200 OK`, `connection refused`.
    pub shown: String,
    /// The same as a number, for the sparkline.
    pub number: Option<f64>,
    /// All fields.
    pub fields: Packed,
}

impl Reading {
    /// The verdict as of `now`: a reading older than `fresh` is Unknown. What was unknown keeps its reason, which says more than its age.
    pub fn verdict_at(&self, now: Stamp, fresh: Duration) -> Verdict {
        let age = now.since(self.at);
        match &self.verdict {
            Verdict::Pass | Verdict::Fail if age > fresh => {
                Verdict::Unknown(format!("stale: {} s old, then {}", age.as_secs(), self.shown))
            }
            verdict => verdict.clone(),
        }
    }
}
