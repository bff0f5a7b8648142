//! The top of a runbook, its parameters and its targets.

use super::check::PRECONDITION;
use super::model::{Key, Keys, Refused, Takes, key};
use super::step::STEP;

/// A runbook.
pub static ROOT: Keys = Keys {
    name: "runbook",
    what: "a runbook",
    lacking: "the runbook",
    doc: "A disaster-recovery runbook for lifeboat.",
    known: &[
        key("lifeboat", Takes::Version, "Version of the runbook format.").required(),
        key("name", Takes::Id, "Name of the runbook, for lists and records.").required().such_as(&["regional_failover"]),
        key("title", Takes::Template, "What the runbook does, in one line. It may read `params` and `targets`.")
            .required()
            .such_as(&["Fail the core API over to us-east-1"]),
        key("description", Takes::Markdown, "What the runbook does, when to use it and when not; shown before anything is started."),
        key("owners", Takes::Texts, "Who answers for the runbook.").such_as(&["[sre_on_call]"]),
        key("severity", Takes::Text, "The severity of incidents that it is for.").such_as(&["SEV-1"]),
        key(
            "objectives",
            Takes::One(&OBJECTIVES),
            "What recovery has to keep to; both clocks run against it from the start of the incident.",
        ),
        key(
            "impaired",
            Takes::Region,
            "The region presumed lost: changes that depend on it are flagged. It may read `params` and `targets`.",
        )
        .such_as(&["${{ params.from }}"]),
        key("failback", Takes::Path, "File of the runbook that leads back, from the folder of this one.").such_as(&["failback.yaml"]),
        key(
            "world",
            Takes::Path,
            "World file that the runbook is rehearsed in, from the folder of this one; `lifeboat drill --world` takes its place.",
        )
        .such_as(&["worlds/region_loss.yaml"]),
        key("links", Takes::Many(&LINK), "Dashboards and documents that help during the run."),
        key("params", Takes::Named(&PARAM), "What may be set when a run is started, as `--param NAME=VALUE` or in a form."),
        key(
            "secrets",
            Takes::Named(&SECRET),
            "Values that nobody may see: read when a run starts, usable as `secrets.NAME` inside of `with`, never recorded or shown.",
        ),
        key("targets", Takes::Named(&TARGET), "Accounts and regions where actions and probes happen."),
        key("defaults", Takes::One(&DEFAULTS), "For steps and checks that do not say otherwise."),
        key("preconditions", Takes::Many(&PRECONDITION), "What must hold before the run begins: gates on the run as a whole."),
        key("steps", Takes::Many(&STEP), "The work, in the order in which people read it.").required(),
    ],
    refused: &[],
    one_of: &[],
};

/// `objectives`.
pub static OBJECTIVES: Keys = Keys {
    name: "objectives",
    what: "`objectives`",
    lacking: "`objectives`",
    doc: "What recovery has to keep to.",
    known: &[
        key("rto", Takes::Positive, "Recovery time objective: from the start of the incident to the end of the run.").such_as(&["60m"]),
        key("rpo", Takes::Duration, "Recovery point objective: how much written data may be lost.").such_as(&["5m"]),
    ],
    refused: &[],
    one_of: &[],
};

/// One of `links`.
pub static LINK: Keys = Keys {
    name: "link",
    what: "a link",
    lacking: "the link",
    doc: "A dashboard or a document.",
    known: &[
        key("title", Takes::Text, "What is behind the link.").required(),
        key("url", Takes::Text, "Its address.").required().such_as(&["https://grafana.example.com/d/core"]),
    ],
    refused: &[],
    one_of: &[],
};

/// `defaults`.
pub static DEFAULTS: Keys = Keys {
    name: "defaults",
    what: "`defaults`",
    lacking: "`defaults`",
    doc: "For steps and checks that do not say otherwise.",
    known: &[
        key("target", Takes::Name, "The target of every step and check that names none."),
        key("timeout", Takes::Positive, "The timeout of every step that has none.").otherwise("30m"),
    ],
    refused: &[],
    one_of: &[],
};

/// One of `params`.
pub static PARAM: Keys = Keys {
    name: "parameter",
    what: "a parameter",
    lacking: "the parameter",
    doc: "A value that may be set when a run is started; expressions read it as `params.NAME`.",
    known: &[
        key("type", Takes::Words(KINDS), "What its values are.").required(),
        key("default", Takes::Value, "Its value when nobody says otherwise; a plain value, no expression.")
            .otherwise("none: the parameter is required"),
        key("min", Takes::Bound, "The least allowed, inclusive; for `integer`, `number` and `duration`."),
        key("max", Takes::Bound, "The greatest allowed, inclusive; for `integer`, `number` and `duration`."),
        key("pattern", Takes::Pattern, "A regular expression that the whole value must match; for `string` and `region`.")
            .such_as(&["'[a-z]+-[0-9]+'"]),
        key("values", Takes::Texts, "The words of an `enum`, or of a list of them.").such_as(&["[blue, green]"]),
        key("of", Takes::Words(ITEMS), "What the items of a `list` are.").otherwise("string"),
        key(
            "secret",
            Takes::Flag,
            "Whether it is a secret, of type `string`. Its value then says where the secret is, `env:NAME` or `file:PATH`; what is there is read \
             when a run starts, usable inside of `with`, never recorded or shown.",
        )
        .otherwise("false"),
        key("description", Takes::Text, "One sentence, for whoever fills in the form."),
    ],
    refused: &[Refused { name: "required", why: "a parameter is required when it has no `default`; remove the key" }],
    one_of: &[],
};

/// What the items of a list can be.
const ITEMS: &[(&str, &str)] = &[
    ("string", "any text"),
    ("integer", "a whole number"),
    ("number", "a number"),
    ("boolean", "`true` or `false`"),
    ("duration", "`90s`, `5m`, `1h30m`; a number of seconds in expressions"),
    ("region", "the name of an AWS region"),
    ("enum", "one of `values`"),
];

/// What a parameter can be.
const KINDS: &[(&str, &str)] =
    &[ITEMS[0], ITEMS[1], ITEMS[2], ITEMS[3], ITEMS[4], ITEMS[5], ITEMS[6], ("list", "a list; `of` says of what")];

/// One of `secrets`.
pub static SECRET: Keys = Keys {
    name: "secret",
    what: "a secret",
    lacking: "the secret",
    doc: "Where a secret is read from when a run starts.",
    known: &[
        key("env", Takes::Variable, "The environment variable that holds it.").such_as(&["SLACK_WEBHOOK_URL"]),
        key("file", Takes::Path, "The file that holds it, from the folder of the runbook.").such_as(&["/run/secrets/slack"]),
    ],
    refused: &[],
    one_of: &["env", "file"],
};

const ACCOUNT: Key = key(
    "account",
    Takes::Account,
    "The AWS account; quotes keep a leading zero. A run refuses to start in another one, and without it in none.",
)
.such_as(&["\"123456789012\""]);

/// One of `targets`.
pub static TARGET: Keys = Keys {
    name: "target",
    what: "a target",
    lacking: "the target",
    doc: "An account and a region, and how to get in. Its texts may read `params`.",
    known: &[
        key("region", Takes::Region, "The AWS region.").required().such_as(&["us-east-1", "${{ params.to }}"]),
        ACCOUNT,
        key("profile", Takes::Template, "Profile of the shared AWS configuration.")
            .otherwise("the standard credential chain")
            .such_as(&["dr-operator"]),
        key("role", Takes::Template, "ARN of a role to assume.").such_as(&["arn:aws:iam::123456789012:role/dr-operator"]),
        key("external_id", Takes::Template, "Given when the role is assumed."),
    ],
    refused: &[],
    one_of: &[],
};
