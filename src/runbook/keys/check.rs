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

const READS: Key = key(
    "reads",
    Takes::Flag,
    "The author's word that the request only reads, though its method is not GET, HEAD or OPTIONS: a search, a query. A dry run makes it \
     too, unless told `--no-author-reads`.",
)
.otherwise("`false`");

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
        READS,
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
        Refused { name: "writes", why: "a precondition only reads; a proof of `verify` may write" },
        Refused { name: "look", why: "it belongs to a proof of `verify` that `writes`" },
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
        READS,
        key(
            "writes",
            Takes::Flag,
            "The proof makes a change of its own, such as a test order: it is shown before the confirmation, recorded before it is sent, sent \
             once when the other proofs hold, and never in a dry run.",
        )
        .otherwise("`false`"),
        key("look", Takes::One(&LOOK), "What is read once a proof that `writes` was answered as expected: what became of it."),
    ],
    refused: &[Refused { name: "severity", why: "it belongs to `preconditions`; a proof always counts" }],
    one_of: &[],
};

/// `look`, of a proof that writes.
pub static LOOK: Keys = Keys {
    name: "look",
    what: "`look`",
    lacking: "`look`",
    doc: "What became of a proof that writes: a probe with an expectation, read until it holds. `within` and `stable` of the proof are its.",
    known: &[PROBE, WITH, TARGET, EXPECT, EVERY, READS],
    refused: &[
        Refused { name: "title", why: "it has the title of its proof" },
        Refused { name: "within", why: "it belongs to the proof" },
        Refused { name: "stable", why: "it belongs to the proof" },
        Refused { name: "writes", why: "what is looked at is only read" },
        Refused { name: "severity", why: "it belongs to `preconditions`; a proof always counts" },
    ],
    one_of: &[],
};
