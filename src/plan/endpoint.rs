//! Where calls go that do not go to AWS.

use serde::{Deserialize, Serialize};

use crate::id::TargetId;

/// An address that takes the place of AWS: by `AWS_ENDPOINT_URL`, by the variable of one service, or by `endpoint_url` of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// `http://127.0.0.1:5201`, without a path and without what is secret in it.
    pub url: String,
    /// The services whose calls go there, by the names that IAM has for them; empty when all do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// The targets whose calls go there.
    pub targets: Vec<TargetId>,
}

impl Endpoint {
    /// `http://127.0.0.1:5201`, or `http://127.0.0.1:5201 (rds, sts)`.
    pub fn words(&self) -> String {
        if self.services.is_empty() { self.url.clone() } else { format!("{} ({})", self.url, self.services.join(", ")) }
    }
}

/// All of them in one sentence's part; empty when everything goes to AWS.
pub fn endpoint_words(endpoints: &[Endpoint]) -> String {
    let mut words: Vec<String> = endpoints.iter().map(Endpoint::words).collect();
    words.dedup();
    words.join(", ")
}
