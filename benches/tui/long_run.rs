//! A run of many steps, event by event: phases of ten branches, each with a precondition, a proof, a rollback, a call and a log.

use indexmap::IndexMap;
use lifeboat::clock::Stamp;
use lifeboat::engine::{Actor, ActorKind, Event, Given, Identity, RunKind};
use lifeboat::id::{Digest, StepId};
use lifeboat::plan::{Change, Check, Confirm, FieldChange, Gate, Objectives, OnFailure, Plan, Reading, Retry, Step, Target, Verdict};
use lifeboat::view::Telemetry;
use serde_json::json;

/// Steps of a phase: they run beside one another.
const BRANCHES: usize = 10;

pub(crate) fn at(ms: u64) -> Stamp {
    Stamp { wall: "2026-03-12T02:47:00Z".parse::<jiff::Timestamp>().unwrap() + std::time::Duration::from_millis(ms), mono_ms: ms }
}

pub(crate) fn alice() -> Actor {
    Actor { name: "alice".into(), host: "ops-1".into(), kind: ActorKind::Person }
}

fn id(place: usize) -> StepId {
    StepId::from(format!("scale_group_{place:05}"))
}

fn check(id: String, rpo: bool) -> Check {
    Check {
        inside: None,
        id: id.as_str().into(),
        title: "The node group is active and has its nodes".into(),
        probe: "eks.nodegroup".into(),
        with: json!({"cluster": "core-dr", "nodegroup": "general"}).into(),
        target: Some("dr".into()),
        expect: "status == \"ACTIVE\"".into(),
        every: 5.0,
        fresh: 15.0,
        severity: Gate::Block,
        within: 300.0,
        stable: 5.0,
        rpo_field: rpo.then(|| "seconds".into()),
        requested: lifeboat::plan::Requested::Read,
        look: None,
    }
}

fn step(place: usize) -> Step {
    let (phase, branch) = (place / BRANCHES, place % BRANCHES);
    let needs = match phase {
        0 => Vec::new(),
        // Most wait for their own branch, one for the whole phase before.
        _ if branch == 0 => (0..BRANCHES).map(|other| id((phase - 1) * BRANCHES + other)).collect(),
        _ => vec![id((phase - 1) * BRANCHES), id((phase - 1) * BRANCHES + branch)],
    };
    Step {
        id: id(place),
        title: format!("Scale node group {place} of the standby region to its full load"),
        why: Some("The standby region carries **none** of the traffic before this.".into()),
        phase: Some(format!("Phase {phase}")),
        action: "eks.scale_nodegroup".into(),
        with: json!({"cluster": "core-dr", "nodegroup": format!("general-{place}"), "desired": 12, "min": 12}).into(),
        target: Some("dr".into()),
        item: None,
        within: None,
        needs,
        when: None,
        preconditions: vec![check(format!("{}.preconditions[0]", id(place)), place.is_multiple_of(100))],
        confirm: Confirm::Enter,
        confirm_reason: None,
        expected: 60.0 + branch as f64,
        timeout: 1_800.0,
        retry: Retry { attempts: 3, delay: 5.0, once: false },
        on_failure: OnFailure::Pause,
        verify: vec![check(format!("{}.verify[0]", id(place)), false)],
        reversible: true,
        mutates: true,
    }
}

/// The plan.
pub(crate) fn plan(steps: usize) -> Plan {
    let undo = |place: usize| {
        let undone = Step { needs: Vec::new(), ..step(place) };
        (id(place), Step { id: StepId::from(format!("rollback[{}]", id(place))), ..undone })
    };
    let dr = Target {
        id: "dr".into(),
        region: "us-east-1".into(),
        account: Some("123456789012".into()),
        profile: None,
        role: None,
        external_id: None,
    };
    Plan {
        name: "long_failover".into(),
        title: "Fail everything over".into(),
        description: "A long one.".into(),
        owners: vec!["sre".into()],
        severity: Some("SEV-1".into()),
        objectives: Objectives { rto: Some(36_000.0), rpo: Some(300.0) },
        impaired: Some("eu-west-1".into()),
        failback: None,
        links: Vec::new(),
        params: IndexMap::new(),
        secrets: Default::default(),
        targets: IndexMap::from([("dr".into(), dr)]),
        nested: Default::default(),
        preconditions: Vec::new(),
        steps: (0..steps).map(step).collect(),
        rollbacks: (0..steps).step_by(2).map(undo).collect(),
        source_digest: Digest::of(b"long"),
        index: Default::default(),
    }
}

/// The run's beginning.
pub(crate) fn opening(steps: usize) -> Vec<(u64, Event)> {
    let plan = plan(steps);
    let arn = "arn:aws:sts::123456789012:assumed-role/dr-operator/alice".into();
    let started = Event::RunStarted {
        endpoints: Vec::new(),
        run: "20260312T024700Z-k3f9".into(),
        kind: RunKind::Live,
        world: None,
        by: alice(),
        incident_start: at(0).wall,
        plan_digest: plan.digest(),
        plan: std::sync::Arc::new(plan),
        version: "0.1.0".into(),
        runbook: None,
        folder: None,
    };
    let identity = Identity { account: "123456789012".into(), arn };
    vec![
        (0, started),
        (10, Event::IdentityConfirmed { target: "dr".into(), identity }),
        (20, Event::RunOpened { by: alice(), readings: Vec::new(), overrides: Vec::new() }),
    ]
}

/// A sample of a check.
pub(crate) fn reading(check: &str, ms: u64) -> Reading {
    let fields = json!({"status": "ACTIVE", "desired": 12, "ready": 12, "seconds": 4.0});
    Reading {
        check: check.into(),
        at: at(ms),
        verdict: Verdict::Pass,
        shown: "ACTIVE 12/12".into(),
        number: Some(4.0),
        fields: fields.into(),
    }
}

fn change(place: usize) -> Change {
    let field = |name: &str, before: &str| FieldChange { name: name.into(), before: before.into(), after: "12".into() };
    Change {
        operation: "eks:UpdateNodegroupConfig".into(),
        resource: format!("core-dr/general-{place}"),
        region: "us-east-1".into(),
        fields: vec![field("min", "1"), field("desired", "2")],
        reversible: true,
        data_loss: None,
        already: false,
        notes: vec![],
        takes_away: None,
        waits_for: None,
    }
}

/// A step is looked at and proposed.
pub(crate) fn proposed(place: usize) -> Vec<Event> {
    let with = json!({"cluster": "core-dr", "nodegroup": format!("general-{place}"), "desired": 12, "min": 12});
    let observation = json!({"min": 1, "desired": 2, "max": 40, "status": "ACTIVE", "version": "1.33"});
    vec![
        Event::StepReady { step: id(place), attempt: 1, with },
        Event::StepProposed { step: id(place), attempt: 1, observation, change: change(place) },
    ]
}

/// It is confirmed and its call made.
pub(crate) fn applied(place: usize, ms: u64) -> Vec<Event> {
    let step = id(place);
    let confirming = Event::StepConfirming {
        step: step.clone(),
        by: alice(),
        given: Given::Enter,
        change: Digest::of(b"what was shown"),
        overrides: vec![],
        answers: IndexMap::new(),
    };
    vec![
        confirming,
        Event::StepConfirmed { step: step.clone(), readings: vec![reading(&format!("{step}.preconditions[0]"), ms)] },
        Event::StepIntent { step: step.clone(), attempt: 1, token: format!("lifeboat-20260312T024700Z-k3f9-{step}-1") },
        Event::StepApplied { step, attempt: 1, receipt: json!({"update": "8b1e6f9c"}), summary: "accepted (request 6f1c0b7e)".into() },
    ]
}

/// It is done.
pub(crate) fn done(place: usize, ms: u64) -> Vec<Event> {
    let step = id(place);
    vec![
        Event::StepSettled { step: step.clone(), attempt: 1, outputs: json!({"desired": 12}), already: false },
        Event::StepSucceeded { step: step.clone(), readings: vec![reading(&format!("{step}.verify[0]"), ms)] },
    ]
}

/// What is told of a step meanwhile: its checks sampled as often as a sparkline is wide, and its log.
pub(crate) fn telemetry(place: usize, ms: u64, samples: u64, lines: u64) -> impl Iterator<Item = Telemetry> {
    let step = id(place);
    let name = format!("{step}.preconditions[0]");
    let readings = (0..samples).map(move |sample| Telemetry::Reading { reading: reading(&name, ms + sample) });
    let logs = (0..lines).map(move |line| Telemetry::Log {
        step: step.clone(),
        at: at(ms + line),
        line: format!("node ip-10-0-{line}-17.ec2.internal is InService in the group"),
    });
    readings.chain(logs)
}
