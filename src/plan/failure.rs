//! What went wrong outside, in the words that an operator can act on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A call, a probe or a step that did not work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its kind; decides whether trying again by itself makes sense.
    pub kind: FailureKind,
    /// What happened, in one sentence without a full stop.
    pub message: String,
    /// The API operation, `eks:UpdateNodegroupConfig`; empty when no API was involved.
    pub operation: String,
    /// Where it was called.
    pub region: String,
    /// What it was called on.
    pub resource: String,
    /// The AWS error code, `ResourceInUseException`.
    pub code: Option<String>,
    /// The AWS request id, for the support case.
    pub request_id: Option<String>,
    /// Whether the change happened.
    pub effect: Happened,
    /// What to do next.
    pub hint: String,
}

/// Whether a mutating call took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It was refused, or never sent.
    No,
    /// It was accepted, and failed later.
    Yes,
    /// The answer was lost: only looking can tell.
    Unknown,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The resource is not there.
    NotFound,
    /// No credentials, or they have expired.
    Credentials,
    /// The credentials do not allow it.
    AccessDenied,
    /// Too many requests, also after the SDK's own retries.
    Throttled,
    /// Somebody else is changing the resource, or its state forbids the call.
    Conflict,
    /// The request makes no sense to the service.
    Invalid,
    /// The endpoint refused, reset, hung or sent garbage.
    Unreachable,
    /// The service gave a server error.
    Server,
    /// It took longer than the step's timeout.
    Timeout,
    /// It was accepted and came out wrong: DEGRADED, Failed, a health issue.
    Unhealthy,
    /// A command ended with a status other than zero.
    Command,
    /// The proof did not come in time.
    NotVerified,
    /// The operator's own decision.
    Operator,
    /// Something inside lifeboat; please report it.
    Internal,
}

impl Failure {
    /// A failure with no API behind it.
    pub fn new(kind: FailureKind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            operation: String::new(),
            region: String::new(),
            resource: String::new(),
            code: None,
            request_id: None,
            effect: Happened::No,
            hint: hint.into(),
        }
    }

    /// The same, saying whether the change happened.
    #[must_use]
    pub fn effect(mut self, effect: Happened) -> Self {
        self.effect = effect;
        self
    }
}

impl fmt::Display for Failure {
    /// One line: `eks:UpdateNodegroupConfig in us-east-1 on core-dr/general: ResourceInUseException: … (request 6f1c…)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.operation.is_empty() {
            write!(f, "{}", self.operation)?;
            match self.region.as_str() {
                "" => {}
                "global" => write!(f, " (global)")?,
                region => write!(f, " in {region}")?,
            }
            if !self.resource.is_empty() {
                write!(f, " on {}", self.resource)?;
            }
            write!(f, ": ")?;
        }
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
