//! `runbook`: another runbook's steps, as part of this one. The step itself is their gate: what the other runbook asks for before it runs
//! is asked here; its steps are made part of the plan, and each is a step like any other.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Action, Cx, Poll, Receipt};
use super::with::With;
use crate::plan::{Change, Failure};
use crate::runbook::RUN_RUNBOOK;
use crate::runbook::spec::{ActionSpec, ParamSpec, ParamType, Reversibility};

static SPEC: ActionSpec = ActionSpec {
    name: RUN_RUNBOOK,
    summary: "The steps of another runbook, as part of this one",
    details: "With the id `data`, the steps of the other file stand in the plan as `data/promote_db`, its targets as `data/dr`; this step \
              is their gate, and holds its preconditions. Whoever `needs` it waits for all of them; when it is skipped, so are they. The \
              other file sees nothing of this one but the parameters that it is given; its secrets and its world are its own. Here its \
              steps are read as `steps.data.steps.promote_db.outputs.endpoint`, and `steps.data.state` is `failed` when one of them has \
              failed, and otherwise over when all are. A secret is handed on whole, `params: {token: \"${{ secrets.slack }}\"}`, to a parameter with \
              `secret: true`. Its `failback`, `objectives` and `impaired` count only where it is run by itself. \
              Runbooks can be eight deep.",
    errors: &[],
    params: &[
        ParamSpec {
            name: "file",
            ty: ParamType::String,
            required: true,
            default: "",
            doc: "The other runbook; the path counts from the folder of this one.",
        },
        ParamSpec {
            name: "params",
            ty: ParamType::Map(&ParamType::Any),
            required: false,
            default: "the defaults of its parameters",
            doc: "Values for its parameters, known when the plan is made.",
        },
    ],
    rule: None,
    outputs: &[],
    reversibility: Reversibility::NoChange,
    subject: None,
    permissions: &[],
    needs_target: false,
    lasts: None,
    usual_seconds: 0,
    example: "{file: node_recycle.yaml, params: {nodes: 6}}",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct RunRunbook;

#[async_trait]
impl Action for RunRunbook {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn observe(&self, _cx: &Cx, with: &Value) -> Result<Value, Failure> {
        With::new(SPEC.name, with).text("file")?;
        Ok(json!({}))
    }

    fn change(&self, _cx: &Cx, with: &Value, _seen: &Value) -> Result<Change, Failure> {
        let file = With::new(SPEC.name, with).text("file")?.to_owned();
        Ok(Change { resource: file, ..Change::of_nothing(SPEC.name) })
    }

    async fn apply(&self, _cx: &Cx, _with: &Value, _seen: &Value, _token: &str) -> Result<Receipt, Failure> {
        Ok(Receipt { data: json!({}), summary: "open".into() })
    }

    async fn poll(&self, _cx: &Cx, _with: &Value, _receipt: &Value) -> Result<Poll, Failure> {
        Ok(Poll::Settled(json!({})))
    }
}
