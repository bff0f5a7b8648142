//! A failover like the flagship's, event by event, to build frames from.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::Stamp;
use crate::engine::{Actor, ActorKind, Event, Given, Identity, Outcome, RunKind, WorldName};
use crate::id::{CheckId, Digest, StepId, TargetId};
use crate::journal::Record;
use crate::plan::{
    Change, Check, Confirm, Failure, FailureKind, FieldChange, Gate, Happened, Objectives, OnFailure, Plan, Reading, Retry, Step, Target,
    Verdict,
};
use crate::view::Telemetry;

/// Who runs it.
pub(super) fn alice() -> Actor {
    Actor { name: "alice".into(), host: "bastion".into(), kind: ActorKind::Person }
}

/// When the run begins; the outage began 210 s before.
pub(super) fn start() -> Timestamp {
    "2026-03-12T02:47:00Z".parse().expect("a time")
}

/// So many seconds after the run began.
pub(super) fn at(seconds: u64) -> Stamp {
    let wall = start().checked_add(jiff::SignedDuration::from_secs(i64::try_from(seconds).expect("small"))).expect("in range");
    Stamp { wall, mono_ms: seconds * 1_000 }
}

/// A record; its place in the chain does not matter to a screen.
pub(super) fn record(seq: u64, seconds: u64, event: Event) -> Record {
    Record { seq, at: at(seconds), prev: Digest::of(b""), hash: Digest::of(b""), event }
}

/// A precondition or a proof.
pub(super) fn check(id: &str, title: &str, probe: &str) -> Check {
    Check {
        id: id.into(),
        title: title.into(),
        inside: None,
        probe: probe.into(),
        with: json!({}).into(),
        target: Some("dr".into()),
        expect: "true".into(),
        every: 5.0,
        fresh: 15.0,
        severity: Gate::Block,
        within: 300.0,
        stable: 5.0,
        rpo_field: None,
        requested: crate::plan::Requested::Read,
        look: None,
    }
}

/// A step with nothing special.
pub(super) fn step(id: &str, title: &str, phase: &str, action: &str, needs: &[&str], expected: f64) -> Step {
    Step {
        id: id.into(),
        title: title.into(),
        why: None,
        phase: Some(phase.into()),
        action: action.into(),
        with: json!({}).into(),
        target: Some("dr".into()),
        item: None,
        within: None,
        needs: needs.iter().map(|id| StepId::from(*id)).collect(),
        when: None,
        preconditions: Vec::new(),
        confirm: Confirm::Enter,
        confirm_reason: None,
        expected,
        timeout: 1_800.0,
        retry: Retry { attempts: 1, delay: 0.0, once: false },
        on_failure: OnFailure::Pause,
        verify: Vec::new(),
        reversible: true,
        mutates: true,
    }
}

/// The failover.
pub(super) fn plan() -> Plan {
    let mut promote = Step {
        why: Some("The writer is in the lost region. **Nothing else matters** until writes work.".into()),
        confirm: Confirm::Type("orders-replica".into()),
        reversible: false,
        ..step("promote_db", "Promote the orders replica", "Data", "rds.promote_replica", &["freeze"], 480.0)
    };
    let lag = Check {
        rpo_field: Some("seconds".into()),
        requested: crate::plan::Requested::Read,
        look: None,
        ..check("promote_db.preconditions[0]", "Replica lag is within the RPO", "rds.replica_lag")
    };
    promote.preconditions = vec![lag, check("promote_db.preconditions[1]", "The primary does not accept writes", "http")];
    promote.verify = vec![check("promote_db.verify[0]", "The database is its own primary and available", "rds.instance")];
    let mut flip = step(
        "flip_dns",
        "Send the traffic to us-east-1",
        "Traffic",
        "route53.shift_weights",
        &["promote_db", "scale_system", "scale_general"],
        120.0,
    );
    flip.confirm = Confirm::TwoPerson;
    let manual = |id: &str, title: &str, phase: &str, needs: &[&str]| Step {
        mutates: false,
        target: None,
        ..step(id, title, phase, "manual", needs, 120.0)
    };
    let scale = |id: &str, title: &str, seconds| step(id, title, "Compute", "eks.scale_nodegroup", &["freeze"], seconds);
    let warn = |id: &str, title: &str| Check { severity: Gate::Warn, ..check(id, title, "http") };
    let undo = |id: &str, title: &str| Step {
        item: None,
        needs: Vec::new(),
        ..step(&format!("rollback[{id}]"), title, "Roll back", "eks.scale_nodegroup", &[], 60.0)
    };
    let target = |id: &str, region: &str| Target {
        id: id.into(),
        region: region.into(),
        account: Some("123456789012".into()),
        profile: None,
        role: None,
        external_id: None,
    };
    Plan {
        name: "regional_failover".into(),
        title: "Fail the core API over to us-east-1".into(),
        description: "Moves the core API from the lost region to the standby region.\n\n**Use it when** the primary region is gone, or so sick that waiting costs more than moving.\n".into(),
        owners: vec!["sre_on_call".into(), "platform_data".into()],
        severity: Some("SEV-1".into()),
        objectives: Objectives { rto: Some(3_600.0), rpo: Some(300.0) },
        impaired: Some("eu-west-1".into()),
        failback: Some("regional_failback.yaml".into()),
        links: Vec::new(),
        params: IndexMap::from([("to".to_owned(), json!("us-east-1")), ("node_count".to_owned(), json!(12))]),
        secrets: Default::default(),
        targets: IndexMap::from([(TargetId::from("dr"), target("dr", "us-east-1")), (TargetId::from("primary"), target("primary", "eu-west-1"))]),
        nested: Default::default(),
        preconditions: vec![
            warn("preconditions[0]", "The core API is failing for users"),
            check("preconditions[1]", "We are who we should be", "aws.identity"),
            check("preconditions[2]", "The standby region's database API answers", "rds.instance"),
        ],
        steps: vec![
            manual("declare", "Declare the incident", "Declare", &[]),
            Step { confirm: Confirm::Enter, ..step("freeze", "Freeze deployments", "Declare", "command", &["declare"], 15.0) },
            promote,
            scale("scale_system", "Scale the system node group", 240.0),
            scale("scale_general", "Scale the general node group to full load", 300.0),
            flip,
            step("smoke_test", "Smoke test through the public name", "Traffic", "verify", &["flip_dns"], 120.0),
            manual("hand_over", "Announce and hand over", "Hand over", &["smoke_test"]),
        ],
        rollbacks: IndexMap::from([
            (StepId::from("freeze"), undo("freeze", "Unfreeze deployments")),
            (StepId::from("scale_general"), undo("scale_general", "Scale the general node group back")),
        ]),
        source_digest: Digest::of(b"regional_failover"),
        index: Default::default(),
    }
}

/// The first event.
pub(super) fn started(kind: RunKind, plan: Plan) -> Event {
    let world = WorldName { name: "region_loss".into(), digest: Digest::of(b"world"), seed: 20_240_613 };
    Event::RunStarted {
        endpoints: Vec::new(),
        run: "20260312T024700Z-k3f9".into(),
        kind,
        world: (kind == RunKind::Drill).then_some(world),
        by: alice(),
        incident_start: "2026-03-12T02:43:30Z".parse().expect("a time"),
        plan_digest: plan.digest(),
        plan: std::sync::Arc::new(plan),
        version: "0.1.0".into(),
        runbook: None,
        folder: None,
    }
}

/// STS answers for both targets.
pub(super) fn identified() -> Vec<Event> {
    let identity = || Identity { account: "123456789012".into(), arn: "arn:aws:sts::123456789012:assumed-role/dr-operator/alice".into() };
    ["dr", "primary"].into_iter().map(|id| Event::IdentityConfirmed { target: id.into(), identity: identity() }).collect()
}

/// The run is open.
pub(super) fn opened() -> Event {
    let readings = vec![
        reading("preconditions[0]", 20, Verdict::Pass, "503 Service Unavailable", None),
        reading("preconditions[1]", 20, Verdict::Pass, "123456789012", None),
        reading("preconditions[2]", 20, Verdict::Pass, "available", None),
    ];
    Event::RunOpened { by: alice(), readings, overrides: Vec::new() }
}

/// A sample.
pub(super) fn reading(check: &str, seconds: u64, verdict: Verdict, shown: &str, number: Option<f64>) -> Reading {
    Reading { check: CheckId::from(check), at: at(seconds), verdict, shown: shown.into(), number, fields: json!({}).into() }
}

/// A sample as telemetry.
pub(super) fn sampled(reading: Reading) -> Telemetry {
    Telemetry::Reading { reading }
}

/// The change of a step of the plan.
pub(super) fn change(id: &str) -> Change {
    let field = |name: &str, before: &str, after: &str| FieldChange { name: name.into(), before: before.into(), after: after.into() };
    let plain = |operation: &str, resource: &str, region: &str, fields| Change {
        operation: operation.into(),
        resource: resource.into(),
        region: region.into(),
        fields,
        reversible: true,
        data_loss: None,
        already: false,
        notes: Vec::new(),
        takes_away: None,
        waits_for: None,
    };
    match id {
        "promote_db" => Change {
            reversible: false,
            data_loss: Some("writes that had not been replicated when the region went down are lost (about 4 s)".into()),
            notes: vec!["backups are switched on, which reboots the instance".into()],
            ..plain(
                "rds:PromoteReadReplica",
                "orders-replica",
                "us-east-1",
                vec![
                    field("source", "orders-primary (eu-west-1)", "none"),
                    field("writable", "no", "yes"),
                    field("backup_retention_days", "0", "7"),
                ],
            )
        },
        "scale_system" => plain(
            "eks:UpdateNodegroupConfig",
            "core-dr/system",
            "us-east-1",
            vec![field("min", "2", "4"), field("desired", "2", "4"), field("max", "10", "10")],
        ),
        "scale_general" => plain(
            "eks:UpdateNodegroupConfig",
            "core-dr/general",
            "us-east-1",
            vec![field("min", "1", "12"), field("desired", "2", "12"), field("max", "40", "40")],
        ),
        "flip_dns" => plain(
            "route53:ChangeResourceRecordSets",
            "api.example.com A",
            "global",
            vec![field("weight us", "0", "100"), field("weight eu", "100", "0")],
        ),
        "freeze" => plain("command", "deployctl freeze --env production --reason INC-4711", "", Vec::new()),
        _ => plain("manual", "a person does it", "", Vec::new()),
    }
}

/// What a manual step with a question resolves to.
pub(super) fn ask() -> Value {
    json!({
        "instructions": "Open the incident, name the incident commander, and write the number of the ticket here.",
        "ask": {"ticket": {"prompt": "Incident ticket", "pattern": "INC-[0-9]+", "example": "INC-4711"}},
    })
}

/// A step becomes ready and is proposed.
pub(super) fn proposed(id: &str, attempt: u32) -> Vec<Event> {
    let with = if id == "declare" { ask() } else { json!({}) };
    vec![
        Event::StepReady { step: id.into(), attempt, with },
        Event::StepProposed { step: id.into(), attempt, observation: json!({}), change: change(id) },
    ]
}

/// A proposed step is confirmed and its call accepted.
pub(super) fn applied(id: &str, given: Given, readings: Vec<Reading>) -> Vec<Event> {
    let answers = if id == "declare" { IndexMap::from([("ticket".to_owned(), json!("INC-4711"))]) } else { IndexMap::new() };
    vec![
        Event::StepConfirming { step: id.into(), by: alice(), given, change: change(id).digest(), overrides: Vec::new(), answers },
        Event::StepConfirmed { step: id.into(), readings },
        Event::StepIntent { step: id.into(), attempt: 1, token: format!("lb-{id}-1") },
        Event::StepApplied { step: id.into(), attempt: 1, receipt: json!({}), summary: "accepted (request 6f1c0a52)".into() },
    ]
}

/// An applied step is done.
pub(super) fn done(id: &str, outputs: Value) -> Vec<Event> {
    vec![
        Event::StepSettled { step: id.into(), attempt: 1, outputs, already: false },
        Event::StepSucceeded { step: id.into(), readings: Vec::new() },
    ]
}

/// The scaling fails with an AWS error.
pub(super) fn conflict(id: &str) -> Event {
    let failure = Failure {
        kind: FailureKind::Conflict,
        message: "Nodegroup cannot be updated as it is currently not in Active State\u{1b}[2J".into(),
        operation: "eks:UpdateNodegroupConfig".into(),
        region: "us-east-1".into(),
        resource: "core-dr/general".into(),
        code: Some("ResourceInUseException".into()),
        request_id: Some("6f1c0a52-98aa-4c1e-9a53-000000000001".into()),
        effect: Happened::No,
        hint: "another update is in progress: wait for it to end, then retry".into(),
    };
    Event::StepFailed { step: id.into(), attempt: 1, failure, readings: Vec::new() }
}

/// The end.
pub(super) fn finished(outcome: Outcome, reason: &str) -> Event {
    Event::RunFinished { outcome, reason: reason.into(), by: None }
}
