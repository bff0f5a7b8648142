//! A small plan and a run of it, event by event.

use indexmap::IndexMap;
use jiff::Timestamp;
use lifeboat::clock::Stamp;
use lifeboat::engine::{Actor, ActorKind, Event, Given, Identity, Outcome, Override, RunKind, WorldName};
use lifeboat::id::Digest;
use lifeboat::journal::Holder;
use lifeboat::plan::{
    Change, Check, Confirm, Failure, FailureKind, FieldChange, Gate, Objectives, OnFailure, Plan, Reading, Retry, Step, Target, Verdict,
};
use serde_json::{Value, json};

pub(crate) const RUN: &str = "20260312T024700Z-k3f9";

pub(crate) fn holder(name: &str) -> Holder {
    Holder { name: name.into(), host: "ops-1".into(), pid: 4711, since: wall(0) }
}

pub(crate) fn actor(name: &str) -> Actor {
    Actor { name: name.into(), host: "ops-1".into(), kind: ActorKind::Person }
}

fn wall(ms: u64) -> Timestamp {
    let start: Timestamp = "2026-03-12T02:47:00Z".parse().unwrap();
    start + std::time::Duration::from_millis(ms)
}

pub(crate) fn at(ms: u64) -> Stamp {
    Stamp { wall: wall(ms), mono_ms: ms }
}

fn check(id: &str, title: &str, rpo_field: Option<&str>) -> Check {
    Check {
        inside: None,
        id: id.into(),
        title: title.into(),
        probe: "http".into(),
        with: json!({}).into(),
        target: None,
        expect: "status == 200".into(),
        every: 5.0,
        fresh: 15.0,
        severity: Gate::Block,
        within: 300.0,
        stable: 0.0,
        rpo_field: rpo_field.map(Into::into),
        requested: lifeboat::plan::Requested::Read,
        look: None,
    }
}

fn step(id: &str, title: &str, action: &str) -> Step {
    Step {
        id: id.into(),
        title: title.into(),
        why: None,
        phase: None,
        action: action.into(),
        with: json!({}).into(),
        target: Some("dr".into()),
        item: None,
        within: None,
        needs: vec![],
        when: None,
        preconditions: vec![],
        confirm: Confirm::Enter,
        confirm_reason: None,
        expected: 300.0,
        timeout: 1_800.0,
        retry: Retry { attempts: 1, delay: 0.0, once: false },
        on_failure: OnFailure::Pause,
        verify: vec![],
        reversible: true,
        mutates: true,
    }
}

/// Promote, scale (with a rollback), announce.
pub(crate) fn plan() -> Plan {
    let promote = Step {
        why: Some("The writer is in the lost region. Nothing else matters until writes work.".into()),
        preconditions: vec![
            check("promote_db.preconditions[0]", "Replica lag is within the RPO", Some("seconds")),
            check("promote_db.preconditions[1]", "The primary does not accept writes", None),
        ],
        confirm: Confirm::Type("orders-replica".into()),
        expected: 480.0,
        verify: vec![check("promote_db.verify[0]", "The database is its own primary", None)],
        reversible: false,
        ..step("promote_db", "Promote the orders replica", "rds.promote_replica")
    };
    let scale = Step {
        retry: Retry { attempts: 2, delay: 5.0, once: false },
        item: None,
        within: None,
        needs: vec!["promote_db".into()],
        ..step("scale_general", "Scale the general node group", "eks.scale_nodegroup")
    };
    let announce = Step { mutates: false, target: None, ..step("announce", "Announce <and> hand_over", "manual") };
    let rollback = step("rollback[scale_general]", "Scale the general node group back", "eks.scale_nodegroup");
    let target = Target {
        id: "dr".into(),
        region: "us-east-1".into(),
        account: Some("123456789012".into()),
        profile: None,
        role: None,
        external_id: None,
    };
    Plan {
        name: "small_failover".into(),
        title: "Fail the core API over".into(),
        description: "Moves the core API.".into(),
        owners: vec!["sre_on_call".into()],
        severity: Some("SEV-1".into()),
        objectives: Objectives { rto: Some(3_600.0), rpo: Some(300.0) },
        impaired: Some("eu-west-1".into()),
        failback: None,
        links: vec![],
        params: IndexMap::from([("node_count".to_owned(), json!(12))]),
        secrets: Default::default(),
        targets: IndexMap::from([("dr".into(), target)]),
        nested: Default::default(),
        preconditions: vec![check("preconditions[0]", "The core API is failing for users", None)],
        steps: vec![promote, scale, announce],
        rollbacks: IndexMap::from([("scale_general".into(), rollback)]),
        source_digest: Digest::of(b"a runbook"),
        index: Default::default(),
    }
}

pub(crate) fn reading(check: &str, ms: u64, verdict: Verdict, shown: &str, number: Option<f64>, fields: Value) -> Reading {
    Reading { check: check.into(), at: at(ms), verdict, shown: shown.into(), number, fields: fields.into() }
}

fn change(operation: &str, resource: &str, region: &str, fields: &[(&str, &str, &str)], reversible: bool) -> Change {
    let field = |&(name, before, after): &(&str, &str, &str)| FieldChange { name: name.into(), before: before.into(), after: after.into() };
    Change {
        operation: operation.into(),
        resource: resource.into(),
        region: region.into(),
        fields: fields.iter().map(field).collect(),
        reversible,
        data_loss: None,
        already: false,
        notes: vec![],
        takes_away: None,
        waits_for: None,
    }
}

fn promote_change() -> Change {
    Change {
        data_loss: Some("writes not yet replicated are lost for good".into()),
        ..change("rds:PromoteReadReplica", "orders-replica", "us-east-1", &[("source", "orders-primary", "none")], false)
    }
}

fn conflict() -> Failure {
    Failure {
        operation: "eks:UpdateNodegroupConfig".into(),
        region: "us-east-1".into(),
        resource: "core-dr/general".into(),
        code: Some("ResourceInUseException".into()),
        request_id: Some("6f1c".into()),
        ..Failure::new(FailureKind::Conflict, "another update | is <running>", "wait for update 9b2 to end, then retry")
    }
}

pub(crate) fn started(kind: RunKind) -> Event {
    let plan = plan();
    Event::RunStarted {
        endpoints: Vec::new(),
        run: RUN.into(),
        kind,
        world: (kind == RunKind::Drill).then(|| WorldName { name: "region_loss".into(), digest: Digest::of(b"world"), seed: 7 }),
        by: actor("alice"),
        incident_start: wall(0) - std::time::Duration::from_secs(960),
        plan_digest: plan.digest(),
        plan: std::sync::Arc::new(plan),
        version: env!("CARGO_PKG_VERSION").into(),
        runbook: None,
        folder: None,
    }
}

/// A drill with everything in it: an override, a refused confirmation, a retry, a doubt, a backdated note, a pause, a skip.
pub(crate) fn script() -> Vec<(u64, Event)> {
    let (promote, scale, announce) = ("promote_db", "scale_general", "announce");
    let lag = |ms, seconds: f64| {
        let (verdict, shown) = if seconds <= 300.0 { (Verdict::Pass, "4 s") } else { (Verdict::Fail, "412 s") };
        reading("promote_db.preconditions[0]", ms, verdict, shown, Some(seconds), json!({"seconds": seconds}))
    };
    let primary = |ms| reading("promote_db.preconditions[1]", ms, Verdict::Unknown("timed out after 3 s".into()), "", None, json!({}));
    let over = Override { check: "promote_db.preconditions[1]".into(), reason: "region confirmed lost by AWS".into() };
    let confirming = |change: &Change, overrides: Vec<Override>| Event::StepConfirming {
        step: promote.into(),
        by: actor("alice"),
        given: Given::Typed("orders-replica".into()),
        change: change.digest(),
        overrides,
        answers: IndexMap::new(),
    };
    let scale_change =
        change("eks:UpdateNodegroupConfig", "core-dr/general", "us-east-1", &[("min", "1", "12"), ("desired", "2", "12")], true);
    let scale_confirming = || Event::StepConfirming {
        step: scale.into(),
        by: Actor { name: "autopilot".into(), host: "ops-1".into(), kind: ActorKind::Autopilot },
        given: Given::Enter,
        change: scale_change.digest(),
        overrides: vec![],
        answers: IndexMap::new(),
    };
    let proposed = |step: &str, attempt, change: &Change| Event::StepProposed {
        step: step.into(),
        attempt,
        observation: json!({"seen": true}),
        change: change.clone(),
    };
    let ready = |step: &str, attempt, with| Event::StepReady { step: step.into(), attempt, with };
    let intent = |step: &str, attempt| Event::StepIntent { step: step.into(), attempt, token: format!("{RUN}/{step}/{attempt}") };
    let api = |ms| reading("preconditions[0]", ms, Verdict::Pass, "503", Some(503.0), json!({"status": 503}));
    vec![
        (0, started(RunKind::Drill)),
        (
            400,
            Event::IdentityConfirmed {
                target: "dr".into(),
                identity: Identity {
                    account: "123456789012".into(),
                    arn: "arn:aws:sts::123456789012:assumed-role/dr-operator/alice".into(),
                },
            },
        ),
        (5_000, Event::RunOpening { by: actor("alice"), overrides: vec![] }),
        (5_300, Event::RunOpened { by: actor("alice"), readings: vec![api(5_200)], overrides: vec![] }),
        (5_300, ready(promote, 1, json!({"instance": "orders-replica"}))),
        (5_900, proposed(promote, 1, &promote_change())),
        (20_000, confirming(&promote_change(), vec![])),
        (
            20_400,
            Event::StepConfirmationRefused {
                step: promote.into(),
                reason: "a blocking precondition does not hold".into(),
                readings: vec![lag(20_300, 412.0), primary(20_350)],
            },
        ),
        (
            60_000,
            Event::Note {
                by: actor("bob"),
                text: "pager went off\n\u{1b}[31mtwice".into(),
                at: Some(wall(0) - std::time::Duration::from_secs(600)),
            },
        ),
        (70_000, confirming(&promote_change(), vec![over])),
        (70_500, Event::StepConfirmed { step: promote.into(), readings: vec![lag(70_400, 4.0), primary(70_450)] }),
        (70_500, intent(promote, 1)),
        (
            71_200,
            Event::StepInDoubt {
                step: promote.into(),
                attempt: 1,
                reason: "the connection was reset before an answer came".into(),
                undecided: false,
            },
        ),
        (
            72_000,
            Event::StepDoubtResolved {
                step: promote.into(),
                attempt: 1,
                happened: true,
                reason: "the instance is being modified".into(),
                by: None,
            },
        ),
        (
            542_500,
            Event::StepSettled {
                step: promote.into(),
                attempt: 1,
                outputs: json!({"endpoint": "orders-replica.us.example.com"}),
                already: false,
            },
        ),
        (
            548_000,
            Event::StepSucceeded {
                step: promote.into(),
                readings: vec![reading("promote_db.verify[0]", 547_900, Verdict::Pass, "available", None, json!({"status": "available"}))],
            },
        ),
        (548_000, ready(scale, 1, json!({"desired": 12}))),
        (548_600, proposed(scale, 1, &scale_change)),
        (550_000, scale_confirming()),
        (550_300, Event::StepConfirmed { step: scale.into(), readings: vec![] }),
        (550_300, intent(scale, 1)),
        (551_000, Event::StepFailed { step: scale.into(), attempt: 1, failure: conflict(), readings: vec![] }),
        (551_000, Event::StepRetrying { step: scale.into(), attempt: 2, delay: 5.0, by: None, reason: None }),
        (556_000, ready(scale, 2, json!({"desired": 12}))),
        (556_400, proposed(scale, 2, &scale_change)),
        (557_000, scale_confirming()),
        (557_200, Event::StepConfirmed { step: scale.into(), readings: vec![] }),
        (557_200, intent(scale, 2)),
        (
            557_900,
            Event::StepApplied {
                step: scale.into(),
                attempt: 2,
                receipt: json!({"update": "u-1"}),
                summary: "UpdateNodegroupConfig accepted (request 7a2d)".into(),
            },
        ),
        (600_000, Event::RunPaused { by: Some(actor("alice")), reason: "hand-over of the shift".into() }),
        (790_000, Event::StepSettled { step: scale.into(), attempt: 2, outputs: json!({}), already: false }),
        (790_000, Event::StepSucceeded { step: scale.into(), readings: vec![] }),
        (800_000, Event::RunResumed { by: actor("bob"), reason: "shift handed over".into(), absent_ms: None }),
        (800_000, ready(announce, 1, json!({}))),
        (800_500, proposed(announce, 1, &change("manual", "Announce and hand over", "", &[], true))),
        (860_000, Event::StepSkipped { step: announce.into(), reason: "this is a drill".into(), by: Some(actor("bob")) }),
        (860_000, Event::RunFinished { outcome: Outcome::Succeeded, reason: "every step is done or was skipped".into(), by: None }),
        (900_000, Event::Note { by: actor("alice"), text: "review on Monday".into(), at: None }),
    ]
}
