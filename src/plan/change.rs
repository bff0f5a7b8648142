//! The change a step would make, as shown before it is confirmed.

use serde::{Deserialize, Serialize};

use crate::id::Digest;

/// The key of a receipt that says `true` where an action found its work under way or done and made no call itself: then the change is
/// not the run's to roll back.
pub const NO_CALL: &str = "no_call";

/// What would be called and what it would do. Everything here is on the screen before the operator confirms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The API operation, `rds:PromoteReadReplica`; or `manual`, `command`, `wait`.
    pub operation: String,
    /// What it is done to, `orders-replica`.
    pub resource: String,
    /// Where, `us-east-1`; `global` for Route 53; empty when it has no place.
    pub region: String,
    /// Property by property.
    pub fields: Vec<FieldChange>,
    /// Whether a reverse call exists.
    pub reversible: bool,
    /// Whether data may be lost, and which, in one sentence.
    pub data_loss: Option<String>,
    /// The wanted state is already there: nothing will be called.
    pub already: bool,
    /// What else the operator should know: a health issue, a side effect.
    pub notes: Vec<String>,
}

/// One property, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// `desired`.
    pub name: String,
    /// What is there now.
    pub before: String,
    /// What will be there.
    pub after: String,
}

impl Change {
    /// The change of an action that calls nothing: `manual`, `choose`, `verify`.
    pub fn of_nothing(operation: &str) -> Self {
        Self {
            operation: operation.into(),
            resource: String::new(),
            region: String::new(),
            fields: Vec::new(),
            reversible: true,
            data_loss: None,
            already: false,
            notes: Vec::new(),
        }
    }

    /// The fingerprint a confirmation names.
    pub fn digest(&self) -> Digest {
        Digest::of_json(self)
    }
}
