//! `choose`: the operator decides which way the run goes. The engine records the answer; later steps read it in their `when`.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Action, Cx, Poll, Receipt};
use super::with::With;
use crate::plan::{Change, Failure};
use crate::runbook::spec::{ActionSpec, ParamSpec, ParamType, Reversibility};

static SPEC: ActionSpec = ActionSpec {
    name: "choose",
    summary: "A question with named options; later steps read the answer as `steps.ID.choice`",
    details: "The operator chooses on the screen, with the arrows, by number or by name, or beforehand with \
              `--answer STEP.choice=OPTION`; a drill's autopilot takes the `example` when \
              nothing was said. Later steps say \
              `when: steps.triage.choice == \"nodes\"`; a step that is skipped counts as done for those that need it.",
    errors: &[],
    params: &[
        ParamSpec { name: "question", ty: ParamType::String, required: true, default: "", doc: "What is to be decided." },
        ParamSpec {
            name: "options",
            ty: ParamType::Map(&ParamType::String),
            required: true,
            default: "",
            doc: "What can be chosen: a snake_case name for each, with what it means.",
        },
        ParamSpec {
            name: "example",
            ty: ParamType::String,
            required: false,
            default: "the first option",
            doc: "The option that a drill's autopilot takes.",
        },
        ParamSpec { name: "instructions", ty: ParamType::String, required: false, default: "", doc: "How to decide, as Markdown." },
    ],
    rule: None,
    outputs: &[],
    reversibility: Reversibility::NoChange,
    subject: None,
    permissions: &[],
    needs_target: false,
    lasts: None,
    usual_seconds: 120,
    example: "{question: What is lost?, options: {nodes: Only nodes, region: The whole region}, example: region}",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct Choose;

#[async_trait]
impl Action for Choose {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn observe(&self, _cx: &Cx, with: &Value) -> Result<Value, Failure> {
        With::new(SPEC.name, with).text("question")?;
        Ok(json!({}))
    }

    fn change(&self, _cx: &Cx, _with: &Value, _seen: &Value) -> Result<Change, Failure> {
        Ok(Change::of_nothing(SPEC.name))
    }

    async fn apply(&self, _cx: &Cx, _with: &Value, _seen: &Value, _token: &str) -> Result<Receipt, Failure> {
        Ok(Receipt { data: json!({}), summary: "decided".into() })
    }

    async fn poll(&self, _cx: &Cx, _with: &Value, _receipt: &Value) -> Result<Poll, Failure> {
        Ok(Poll::Settled(json!({})))
    }
}
