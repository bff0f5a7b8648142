//! `manual`: people do something. The instructions stand on the screen, the answers are recorded by the engine.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Action, Cx, Poll, Receipt};
use super::with::With;
use crate::plan::{Change, Failure};
use crate::runbook::spec::{ActionSpec, ParamSpec, ParamType, Reversibility};

const ASK: [ParamSpec; 3] = [
    ParamSpec { name: "prompt", ty: ParamType::String, required: true, default: "", doc: "What to ask for." },
    ParamSpec {
        name: "pattern",
        ty: ParamType::String,
        required: false,
        default: "",
        doc: "A regular expression that the whole answer must match.",
    },
    ParamSpec { name: "example", ty: ParamType::String, required: false, default: "", doc: "An answer that would do." },
];

static SPEC: ActionSpec = ActionSpec {
    name: "manual",
    summary: "Something that people do; confirmed, with answers where asked, when it is done",
    details: "`instructions` is Markdown and stands on the screen. `ask` maps names to `{prompt, pattern, example}`; the step is \
              done when somebody has answered and confirmed it, and later steps read the answers as `steps.ID.answers.NAME`. The \
              answers are recorded: never ask for a secret. In a drill the autopilot answers with \
              `example`, or with what `--answer STEP.NAME=TEXT` says.",
    errors: &[],
    params: &[
        ParamSpec { name: "instructions", ty: ParamType::String, required: true, default: "", doc: "What to do, as Markdown." },
        ParamSpec {
            name: "ask",
            ty: ParamType::Record(&ASK),
            required: false,
            default: "",
            doc: "Answers to ask for; later steps read them as `steps.ID.answers.NAME`.",
        },
    ],
    rule: None,
    outputs: &[],
    reversibility: Reversibility::NoChange,
    subject: None,
    permissions: &[],
    needs_target: false,
    lasts: None,
    usual_seconds: 120,
    example: "{instructions: Open the incident., ask: {ticket: {prompt: Incident ticket, pattern: 'INC-[0-9]+', example: INC-4711}}}",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct Manual;

#[async_trait]
impl Action for Manual {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn observe(&self, _cx: &Cx, with: &Value) -> Result<Value, Failure> {
        With::new(SPEC.name, with).text("instructions")?;
        Ok(json!({}))
    }

    fn change(&self, _cx: &Cx, _with: &Value, _seen: &Value) -> Result<Change, Failure> {
        Ok(Change::of_nothing(SPEC.name))
    }

    async fn apply(&self, _cx: &Cx, _with: &Value, _seen: &Value, _token: &str) -> Result<Receipt, Failure> {
        Ok(Receipt { data: json!({}), summary: "done by hand".into() })
    }

    async fn poll(&self, _cx: &Cx, _with: &Value, _receipt: &Value) -> Result<Poll, Failure> {
        Ok(Poll::Settled(json!({})))
    }
}
