//! Checks: preconditions, and the proofs of `verify`.

use super::model::{Key, Keys, Refused, Takes, key};

const TITLE: Key = key("title", Takes::Template, "What is true when it passes.").required().such_as(&["The API answers"]);
const PROBE: Key = key("probe", Takes::Probe, "What is read; `lifeboat probes` lists the probes.").required().such_as(&["http"]);
const WITH: Key = key("with", Takes::With, "What the probe takes, checked to the leaf; `lifeboat probes NAME` explains it.");
const TARGET: Key =
    key("target", Takes::Name, "Where it is read, for probes that go to AWS.").otherwise("that of the step, then `defaults.target`");
const EXPECT: Key = key("expect", Takes::Condition, "The condition over the probe's fields; what is not known never passes.")
    .required()
    .such_as(&["status == 200", "error or status >= 500"]);
const EVERY: Key = key("every", Takes::Positive, "How often it is read.").otherwise("10s");
const FRESH: Key = key("fresh", Takes::Positive, "How old a reading may be to count; an older one is unknown.")
    .otherwise("three times `every`, at least 15s");

/// A precondition, of the run or of a step.
pub static PRECONDITION: Keys = Keys {
    name: "precondition",
    what: "a precondition",
    lacking: "a precondition",
    doc: "A probe with an expectation, kept live until the decision that it guards.",
    known: &[
        TITLE,
        PROBE,
        WITH,
        TARGET,
        EXPECT,
        EVERY,
        FRESH,
        key(
            "severity",
            Takes::Words(&[("block", "nothing begins until it passes"), ("warn", "the operator is told, and may go on")]),
            "What it means when it does not pass.",
        )
        .otherwise("block"),
    ],
    refused: &[
        Refused { name: "within", why: "it belongs to `verify`; a precondition holds now or it does not" },
        Refused { name: "stable", why: "it belongs to `verify`; a precondition holds now or it does not" },
    ],
    one_of: &[],
};

/// A proof, one of `verify`.
pub static PROOF: Keys = Keys {
    name: "proof",
    what: "a proof of `verify`",
    lacking: "a proof of `verify`",
    doc: "A probe with an expectation, taken after the action.",
    known: &[
        TITLE,
        PROBE,
        WITH,
        TARGET,
        EXPECT,
        EVERY,
        FRESH,
        key("within", Takes::Positive, "It must pass by then.").otherwise("5m"),
        key("stable", Takes::Duration, "It must hold that long without a break.").otherwise("0s"),
    ],
    refused: &[Refused { name: "severity", why: "it belongs to `preconditions`; a proof always counts" }],
    one_of: &[],
};
