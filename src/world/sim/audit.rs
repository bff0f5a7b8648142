//! What the world was asked to do.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Stamp;

/// One call that the world received: an AWS API call, an HTTP request, a DNS query or a program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When it arrived.
    pub at: Stamp,
    /// World time until its answer left.
    pub took: Duration,
    /// `RUN/STEP` or `RUN/CHECK`; the application name of a foreign client, or empty.
    pub caller: String,
    /// `rds`, `eks`, `route53`, `monitoring`, `sts`; `http`, `dns`, `process`.
    pub service: String,
    /// `DescribeDBInstances`; the HTTP method, the DNS record type, the program.
    pub operation: String,
    /// The region it was sent to; empty where there is none.
    pub region: String,
    /// What it was about: an instance, a node group, a zone, a URL, a name.
    pub resource: String,
    /// The request's parameters as the service read them.
    pub params: Value,
    /// What the service made of it: done, or refused with this code.
    pub outcome: Result<(), String>,
    /// Whether the operation changes something.
    pub mutating: bool,
    /// Whether an answer that can be read left the world: false after a reset, a hang, or with a garbled body.
    pub answered: bool,
    /// As in the answer.
    pub request_id: String,
    /// When the state that the answer shows last changed (never after the answer): how late the caller noticed is measured
    /// against it.
    pub settled_since: Timestamp,
}
