//! A run without end: the flagship's steps, each looked at, confirmed, called, settled and proven, over and over.

use std::path::Path;

use indexmap::IndexMap;
use lifeboat::clock::Stamp;
use lifeboat::engine::{Actor, ActorKind, Event, Given, RunKind};
use lifeboat::id::{Digest, StepId};
use lifeboat::plan::{self, Change, Failure, FailureKind, FieldChange, Plan, Reading, Verdict};
use lifeboat::runbook::{self, spec::Catalog};
use lifeboat::{action, probe};
use serde_json::{Value, json};

pub(crate) fn at(ms: u64) -> Stamp {
    Stamp { wall: "2026-03-12T02:47:00Z".parse::<jiff::Timestamp>().unwrap() + std::time::Duration::from_millis(ms), mono_ms: ms }
}

/// Moments and events, beginning with the start of the run.
pub(crate) fn story() -> impl Iterator<Item = (u64, Event)> {
    let plan = flagship();
    let steps: Vec<StepId> = plan.steps.iter().map(|step| step.id.clone()).collect();
    let turns = (0u64..).flat_map(move |turn| {
        let (from, attempt) = (turn * 900, (turn / steps.len() as u64) as u32 + 1);
        let step = steps[turn as usize % steps.len()].clone();
        one_step(from, step, attempt).into_iter().zip(1u64..).map(move |(event, place)| (from + place * 100, event))
    });
    std::iter::once((0, started(plan))).chain(turns)
}

fn one_step(ms: u64, step: StepId, attempt: u32) -> Vec<Event> {
    let change = change(&step);
    let proof = reading(format!("{step}.verify[0]"), ms + 700, json!({"status": "ACTIVE", "desired": 12, "ready": 12}));
    let confirming = Event::StepConfirming {
        step: step.clone(),
        by: alice(),
        given: Given::Enter,
        change: Digest::of(b"what was shown"),
        overrides: vec![],
        answers: IndexMap::new(),
    };
    let lag = reading(format!("{step}.preconditions[0]"), ms + 350, json!({"seconds": 4.0, "samples": 3}));
    let with = json!({"cluster": "core-dr", "nodegroup": "general", "desired": 12, "min": 12});
    let observation = json!({"min": 1, "desired": 2, "max": 40, "status": "ACTIVE", "version": "1.33"});
    let mut events = vec![
        Event::StepReady { step: step.clone(), attempt, with },
        Event::StepProposed { step: step.clone(), attempt, observation, change },
        confirming,
        Event::StepConfirmed { step: step.clone(), readings: vec![lag] },
        Event::StepIntent { step: step.clone(), attempt, token: format!("lifeboat-20260312T024700Z-k3f9-{step}-{attempt}") },
    ];
    if attempt.is_multiple_of(7) {
        events.push(Event::StepFailed { step: step.clone(), attempt, failure: conflict(), readings: vec![] });
        events.push(Event::StepRetrying { step, attempt: attempt + 1, delay: 5.0, by: None, reason: None });
    } else {
        let receipt = json!({"update": "8b1e6f9c-52f4-4a7b-9a55-0f4b3d0b9d1e"});
        let summary = "UpdateNodegroupConfig accepted (request 6f1c0b7e-9d1c-4f0e-8a35-6b1f0f2f3a77)".into();
        events.push(Event::StepApplied { step: step.clone(), attempt, receipt, summary });
        events.push(Event::StepSettled { step: step.clone(), attempt, outputs: json!({"desired": 12}), already: false });
        events.push(Event::StepSucceeded { step, readings: vec![proof] });
    }
    events
}

fn alice() -> Actor {
    Actor { name: "alice".into(), host: "ops-1".into(), kind: ActorKind::Person }
}

fn reading(check: String, ms: u64, fields: Value) -> Reading {
    Reading {
        check: check.as_str().into(),
        at: at(ms),
        verdict: Verdict::Pass,
        shown: "4 s".into(),
        number: Some(4.0),
        fields: fields.into(),
    }
}

fn change(step: &StepId) -> Change {
    let field = |name: &str, before: &str| FieldChange { name: name.into(), before: before.into(), after: "12".into() };
    Change {
        operation: "eks:UpdateNodegroupConfig".into(),
        resource: format!("core-dr/{step}"),
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

fn conflict() -> Failure {
    Failure {
        operation: "eks:UpdateNodegroupConfig".into(),
        region: "us-east-1".into(),
        resource: "core-dr/general".into(),
        code: Some("ResourceInUseException".into()),
        request_id: Some("6f1c0b7e-9d1c-4f0e-8a35-6b1f0f2f3a77".into()),
        ..Failure::new(FailureKind::Conflict, "another update is in progress", "wait for it to end, then retry")
    }
}

fn flagship() -> Plan {
    let catalog = Catalog {
        actions: action::catalog().iter().map(|action| action.spec()).collect(),
        probes: probe::catalog().iter().map(|probe| probe.spec()).collect(),
    };
    let source = runbook::read_source(Path::new("runbooks/regional_failover.yaml")).unwrap();
    plan::build(&source, &runbook::parse(&source).unwrap(), &catalog, &IndexMap::<String, String>::new()).unwrap()
}

fn started(plan: Plan) -> Event {
    Event::RunStarted {
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
    }
}
