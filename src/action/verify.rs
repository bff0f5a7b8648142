//! `verify`: does nothing. The step's proofs are the work.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Action, Cx, Poll, Receipt};
use crate::plan::{Change, Failure};
use crate::runbook::spec::{ActionSpec, ErrorSpec, Reversibility};

static SPEC: ActionSpec = ActionSpec {
    name: "verify",
    summary: "Does nothing by itself: the step's proofs (`verify`) are the work",
    details: "A step of this action must have `verify`. It fails when a proof has not passed within its `within`.",
    errors: &[ErrorSpec { name: "not verified", doc: "A proof did not pass in time: the failure names it with its last reading." }],
    params: &[],
    rule: None,
    outputs: &[],
    reversibility: Reversibility::NoChange,
    subject: None,
    permissions: &[],
    needs_target: false,
    lasts: None,
    usual_seconds: 60,
    example: "{}",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct Verify;

#[async_trait]
impl Action for Verify {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn observe(&self, _cx: &Cx, _with: &Value) -> Result<Value, Failure> {
        Ok(json!({}))
    }

    fn change(&self, _cx: &Cx, _with: &Value, _seen: &Value) -> Result<Change, Failure> {
        Ok(Change::of_nothing(SPEC.name))
    }

    async fn apply(&self, _cx: &Cx, _with: &Value, _seen: &Value, _token: &str) -> Result<Receipt, Failure> {
        Ok(Receipt { data: json!({}), summary: "nothing to call; the proofs follow".into() })
    }

    async fn poll(&self, _cx: &Cx, _with: &Value, _receipt: &Value) -> Result<Poll, Failure> {
        Ok(Poll::Settled(json!({})))
    }
}
