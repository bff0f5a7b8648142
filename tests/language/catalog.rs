//! A catalogue for these tests: the names and shapes of the real one, as far as the runbooks here use it.

use ParamType::{Any, Bool, Duration, Enum, Integer, List, Map, Number, Record, String as Text};
use lifeboat::runbook::spec::{ActionSpec, Catalog, FieldSpec, ParamSpec, ParamType, ProbeSpec, Reversibility};

const COUNT: ParamType = Integer { min: 0, max: 450 };

const fn need(name: &'static str, ty: ParamType) -> ParamSpec {
    ParamSpec { name, ty, required: true, doc: "for the tests" }
}
const fn may(name: &'static str, ty: ParamType) -> ParamSpec {
    ParamSpec { name, ty, required: false, doc: "for the tests" }
}
const fn field(name: &'static str, ty: ParamType) -> FieldSpec {
    FieldSpec { name, ty, doc: "for the tests" }
}

const BASE: ActionSpec = ActionSpec {
    name: "",
    summary: "",
    params: &[],
    outputs: &[],
    reversibility: Reversibility::NoChange,
    subject: None,
    permissions: &[],
    needs_target: false,
    usual_seconds: 60,
    example: "{}",
};

static ACTIONS: &[ActionSpec] = &[
    ActionSpec {
        name: "command",
        params: &[need("argv", List(&Text)), may("env", Map(&Text)), may("cwd", Text)],
        outputs: &[field("exit_code", Integer { min: 0, max: 255 }), field("stdout", Text)],
        reversibility: Reversibility::Reversible,
        ..BASE
    },
    ActionSpec {
        name: "eks.scale_nodegroup",
        params: &[need("cluster", Text), need("nodegroup", Text), need("min", COUNT), need("desired", COUNT), need("max", COUNT)],
        outputs: &[field("desired", COUNT)],
        reversibility: Reversibility::Reversible,
        needs_target: true,
        usual_seconds: 240,
        ..BASE
    },
    ActionSpec {
        name: "manual",
        params: &[need("instructions", Text), may("ask", Record(&[need("prompt", Text), may("pattern", Text), may("example", Text)]))],
        ..BASE
    },
    ActionSpec {
        name: "rds.promote_replica",
        params: &[need("instance", Text), may("source", Text), may("backup_retention_days", Integer { min: 0, max: 35 })],
        outputs: &[field("endpoint", Text), field("port", Integer { min: 1, max: 65_535 })],
        reversibility: Reversibility::Irreversible,
        subject: Some("instance"),
        needs_target: true,
        usual_seconds: 480,
        ..BASE
    },
    ActionSpec {
        name: "route53.shift_weights",
        params: &[
            need("zone", Text),
            need("record", Text),
            need("type", Enum(&["A", "AAAA", "CNAME"])),
            need("weights", Map(&Integer { min: 0, max: 255 })),
        ],
        outputs: &[field("change_id", Text)],
        reversibility: Reversibility::Reversible,
        needs_target: true,
        ..BASE
    },
    ActionSpec { name: "verify", ..BASE },
    ActionSpec { name: "wait", params: &[need("seconds", Duration)], ..BASE },
];

const PROBE: ProbeSpec =
    ProbeSpec { name: "", summary: "", params: &[], fields: &[], permissions: &[], needs_target: false, rpo_field: None, example: "{}" };

static PROBES: &[ProbeSpec] = &[
    ProbeSpec { name: "aws.identity", fields: &[field("account", Text), field("arn", Text)], needs_target: true, ..PROBE },
    ProbeSpec {
        name: "cloudwatch.metric",
        params: &[need("namespace", Text), need("metric", Text), may("period", Duration)],
        fields: &[field("value", Number)],
        needs_target: true,
        ..PROBE
    },
    ProbeSpec {
        name: "dns",
        params: &[need("name", Text), may("type", Enum(&["A", "AAAA", "CNAME", "TXT"]))],
        fields: &[field("values", List(&Text)), field("ttl", Integer { min: 0, max: i64::MAX })],
        ..PROBE
    },
    ProbeSpec {
        name: "eks.nodegroup",
        params: &[need("cluster", Text), need("nodegroup", Text)],
        fields: &[field("status", Text), field("in_service", COUNT), field("issues", COUNT)],
        needs_target: true,
        ..PROBE
    },
    ProbeSpec {
        name: "http",
        params: &[need("url", Text), may("method", Enum(&["GET", "HEAD", "POST"])), may("timeout", Duration), may("headers", Map(&Text))],
        fields: &[field("status", Integer { min: 100, max: 599 }), field("latency", Number), field("json", Any), field("ok", Bool)],
        ..PROBE
    },
    ProbeSpec {
        name: "rds.instance",
        params: &[need("instance", Text)],
        fields: &[field("status", Text), field("is_replica", Bool), field("endpoint", Text)],
        needs_target: true,
        ..PROBE
    },
    ProbeSpec {
        name: "rds.replica_lag",
        params: &[need("instance", Text)],
        fields: &[field("seconds", Number)],
        needs_target: true,
        rpo_field: Some("seconds"),
        ..PROBE
    },
    ProbeSpec {
        name: "route53.record",
        params: &[need("zone", Text), need("record", Text), may("type", Text)],
        fields: &[field("weights", Map(&Integer { min: 0, max: 255 }))],
        needs_target: true,
        ..PROBE
    },
];

pub(crate) fn catalog() -> Catalog {
    Catalog { actions: ACTIONS.iter().collect(), probes: PROBES.iter().collect() }
}
