//! Steps and their rollbacks.

use super::check::{PRECONDITION, PROOF};
use super::model::{Key, Keys, Refused, Takes, key};
use crate::runbook::rules::MOST_ATTEMPTS;

const ACTION: Key =
    key("action", Takes::Action, "What is done; `lifeboat actions` lists the actions.").required().such_as(&["eks.scale_nodegroup"]);
const WITH: Key = key("with", Takes::With, "What the action takes, checked to the leaf; `lifeboat actions NAME` explains it.");
const CONFIRMATION: Key = key(
    "confirm",
    Takes::Confirm(&[("none", "nothing is asked"), ("enter", "a key press"), ("two_person", "the name of a second person")], &CONFIRM),
    "What is asked of the operator before the change is made.",
)
.otherwise("`enter` for what can be undone, the name of what is changed for what cannot, nothing for what changes nothing");
const REASON: Key =
    key("confirm_reason", Takes::Text, "Why less confirmation than the default is enough; needed for less than the default.");
const EXPECTED: Key = key("expected", Takes::Positive, "How long the action usually takes; feeds the forecast of the finish.")
    .otherwise("what the action usually takes; of `wait`, what it waits")
    .such_as(&["8m"]);
const TIMEOUT: Key = key(
    "timeout",
    Takes::Positive,
    "When the step is given up: one budget over retries and resumes, which what waits for a person does not use up.",
)
.otherwise("`defaults.timeout`, or 30m")
.such_as(&["30m"]);
const RETRIES: Key = key(
    "retry",
    Takes::One(&RETRY),
    "Tries the whole step again when it fails. Without a person its call goes out at most so often, 3 times when nothing is written.",
)
.otherwise("one attempt")
.such_as(&["{attempts: 3, delay: 10s}"]);

/// A step.
pub static STEP: Keys = Keys {
    name: "step",
    what: "a step",
    lacking: "the step",
    doc: "One thing to do.",
    known: &[
        key("id", Takes::Id, "Name of the step; other steps read it as `steps.ID`.").required().such_as(&["promote_db"]),
        key("title", Takes::Template, "What it does, in one line.").required().such_as(&["Promote the orders replica"]),
        key("why", Takes::MarkdownTemplate, "Why it is done, for whoever has to decide at night."),
        key("phase", Takes::Template, "A heading in the list of steps.").such_as(&["Data"]),
        key("for_each", Takes::Items, "Makes one step for each item, `ID[ITEM]`, with `item` in scope; expanded when the plan is made.")
            .such_as(&["${{ params.services }}", "[api, web]"]),
        ACTION,
        WITH,
        key("target", Takes::Name, "Where it is done, for actions that go to AWS, and as whom a program goes there.")
            .otherwise("`defaults.target`"),
        key("needs", Takes::Steps, "Steps that must be done before this one starts; `[]` starts at once.")
            .otherwise("the step above")
            .such_as(&["[]", "[promote_db, scale_general]"]),
        key("when", Takes::Condition, "Whether the step is done at all; decided when it becomes ready.")
            .otherwise("always")
            .such_as(&["steps.declare.answers.severity == \"SEV-1\""]),
        key("preconditions", Takes::Many(&PRECONDITION), "What must hold before the change is made; sampled again at the confirmation."),
        CONFIRMATION,
        REASON,
        EXPECTED,
        TIMEOUT,
        RETRIES,
        key(
            "on_failure",
            Takes::Words(&[
                ("pause", "the run waits for the operator"),
                ("continue", "the run goes on, and what needs this step begins all the same"),
                ("roll_back", "what was done is taken back, in reverse order"),
                ("abort", "the run ends"),
            ]),
            "What happens when the step has failed for good.",
        )
        .otherwise("pause"),
        key("rollback", Takes::One(&ROLLBACK), "How the step is taken back."),
        key("verify", Takes::Many(&PROOF), "The proof that it worked, taken after the action."),
    ],
    refused: &[Refused { name: "secrets", why: "they are declared at the top of the file, and read as `secrets.NAME` inside of `with`" }],
    one_of: &[],
};

const ROLLBACK_ONLY: &str = "a rollback does not have it; it belongs to the step";

/// The rollback of a step.
pub static ROLLBACK: Keys = Keys {
    name: "rollback",
    what: "a rollback",
    lacking: "the step",
    doc: "How a step is taken back: shown, confirmed and recorded like any other step.",
    known: &[
        key("title", Takes::Template, "What it does, in one line.").otherwise("made from the title of the step"),
        key("why", Takes::MarkdownTemplate, "Why it is done."),
        ACTION,
        WITH,
        key("target", Takes::Name, "Where it is done, for actions that go to AWS, and as whom a program goes there.")
            .otherwise("that of the step, then `defaults.target`"),
        CONFIRMATION,
        REASON,
        EXPECTED,
        TIMEOUT,
        RETRIES,
        key("verify", Takes::Many(&PROOF), "The proof that it was taken back."),
    ],
    refused: &[
        Refused { name: "id", why: ROLLBACK_ONLY },
        Refused { name: "needs", why: "rollbacks run in the reverse order of their steps" },
        Refused { name: "when", why: ROLLBACK_ONLY },
        Refused { name: "phase", why: ROLLBACK_ONLY },
        Refused { name: "rollback", why: "a rollback is not rolled back" },
        Refused { name: "on_failure", why: "a rollback that fails pauses the run" },
        Refused { name: "preconditions", why: ROLLBACK_ONLY },
        Refused { name: "for_each", why: ROLLBACK_ONLY },
    ],
    one_of: &[],
};

/// `retry`.
pub static RETRY: Keys = Keys {
    name: "retry",
    what: "`retry`",
    lacking: "`retry`",
    doc: "Tries the whole step again when it fails.",
    known: &[
        key("attempts", Takes::Count { min: 1, max: MOST_ATTEMPTS }, "All attempts, the first one included.").required(),
        key("delay", Takes::Duration, "How long to wait between two attempts.").otherwise("10s"),
    ],
    refused: &[],
    one_of: &[],
};

/// `confirm`, as a mapping.
pub static CONFIRM: Keys = Keys {
    name: "typed confirmation",
    what: "`confirm`",
    lacking: "`confirm`",
    doc: "A text that must be typed.",
    known: &[key("type", Takes::Template, "The text that must be typed.").required().such_as(&["orders-replica"])],
    refused: &[],
    one_of: &[],
};
