//! A small plan in code, with every shape of step that matters to the engine.

use indexmap::IndexMap;
use lifeboat::clock::Stamp;
use lifeboat::engine::{Actor, ActorKind, Event, RunKind};
use lifeboat::id::{CheckId, Digest, RunId, StepId, TargetId};
use lifeboat::plan::{Change, Check, Confirm, Gate, Objectives, OnFailure, Plan, Retry, Step, Target};
use serde_json::json;

pub(crate) fn at(second: u64) -> Stamp {
    let start: jiff::Timestamp = "2026-03-12T02:47:00Z".parse().unwrap();
    Stamp { wall: start + jiff::SignedDuration::from_secs(i64::try_from(second).unwrap()), mono_ms: second * 1000 }
}

pub(crate) fn alice() -> Actor {
    Actor { name: "alice".into(), host: "laptop".into(), kind: ActorKind::Person }
}

pub(crate) fn step(id: &str, needs: &[&str]) -> Step {
    Step {
        id: id.into(),
        title: id.to_owned(),
        why: None,
        phase: None,
        action: "eks.scale_nodegroup".into(),
        with: json!({ "nodegroup": id }).into(),
        target: Some("dr".into()),
        item: None,
        within: None,
        needs: needs.iter().map(|need| (*need).into()).collect(),
        when: None,
        preconditions: Vec::new(),
        confirm: Confirm::Enter,
        confirm_reason: None,
        expected: 60.0,
        timeout: 600.0,
        retry: Retry { attempts: 1, delay: 5.0, once: false },
        on_failure: OnFailure::Pause,
        verify: Vec::new(),
        reversible: true,
        mutates: true,
    }
}

pub(crate) fn check(id: &str, severity: Gate) -> Check {
    Check {
        id: CheckId::from(id),
        inside: None,
        title: format!("{id} holds"),
        probe: "http".into(),
        with: json!({}).into(),
        target: None,
        expect: "status == 200".into(),
        every: 5.0,
        fresh: 15.0,
        severity,
        within: 60.0,
        stable: 0.0,
        rpo_field: None,
        requested: lifeboat::plan::Requested::Read,
        look: None,
    }
}

/// `a` → {`b` ∥ `c`} → `d`: typed and two-person confirmations, preconditions, proofs, retries, rollbacks, every `on_failure`.
pub(crate) fn plan() -> Plan {
    let mut a = step("a", &[]);
    a.preconditions = vec![check("a.preconditions[0]", Gate::Block), check("a.preconditions[1]", Gate::Warn)];
    a.verify = vec![check("a.verify[0]", Gate::Block)];
    let mut b = step("b", &["a"]);
    b.confirm = Confirm::Type("the-replica".into());
    b.reversible = false;
    b.retry = Retry { attempts: 2, delay: 5.0, once: false };
    let mut c = step("c", &["a"]);
    c.confirm = Confirm::TwoPerson;
    c.on_failure = OnFailure::Continue;
    let mut d = step("d", &["b", "c"]);
    d.confirm = Confirm::None;
    d.on_failure = OnFailure::RollBack;
    let rollback = |of: &str| (StepId::from(of), step(&format!("rollback[{of}]"), &[]));
    Plan {
        name: "small".into(),
        title: "A small plan".into(),
        description: String::new(),
        owners: Vec::new(),
        severity: None,
        objectives: Objectives { rto: Some(3600.0), rpo: Some(300.0) },
        impaired: Some("eu-west-1".into()),
        failback: None,
        links: Vec::new(),
        params: IndexMap::new(),
        secrets: Default::default(),
        targets: IndexMap::from([(TargetId::from("dr"), target())]),
        nested: Default::default(),
        preconditions: vec![check("preconditions[0]", Gate::Block)],
        steps: vec![a, b, c, d],
        rollbacks: IndexMap::from([rollback("a"), rollback("c")]),
        source_digest: Digest::of(b"small"),
        index: Default::default(),
    }
}

fn target() -> Target {
    Target {
        id: "dr".into(),
        region: "us-east-1".into(),
        account: Some("123456789012".into()),
        profile: None,
        role: None,
        external_id: None,
    }
}

pub(crate) fn started(kind: RunKind) -> Event {
    let plan = plan();
    Event::RunStarted {
        endpoints: Vec::new(),
        run: RunId::from("20260312T024700Z-test"),
        kind,
        world: None,
        by: alice(),
        incident_start: at(0).wall,
        plan_digest: plan.digest(),
        plan: std::sync::Arc::new(plan),
        version: "0.0.0".into(),
        runbook: None,
        folder: None,
    }
}

pub(crate) fn change(resource: &str, version: u8, already: bool) -> Change {
    Change {
        operation: "eks:UpdateNodegroupConfig".into(),
        resource: resource.into(),
        region: "us-east-1".into(),
        fields: vec![lifeboat::plan::FieldChange { name: "desired".into(), before: version.to_string(), after: "12".into() }],
        reversible: true,
        data_loss: None,
        already,
        notes: Vec::new(),
        takes_away: None,
        waits_for: None,
    }
}
