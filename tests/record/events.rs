//! Arbitrary events: every kind, with texts and numbers nobody would think of.

use indexmap::IndexMap;
use jiff::Timestamp;
use lifeboat::clock::Stamp;
use lifeboat::engine::{Actor, ActorKind, Event, Given, Identity, Outcome, Override, RunKind, WorldName};
use lifeboat::id::Digest;
use lifeboat::plan::{Change, Failure, FailureKind, FieldChange, Happened, Reading, Verdict};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-z_]{0,8}", 1 => any::<String>(), 1 => Just("\",\"hash\":\"\n\u{0}}{\u{2028}".to_owned())]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        number().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((text(), inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Numbers as probes give them: a shortest decimal of at most six digits.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![(-1_000_000i32..1_000_000).prop_map(|n| f64::from(n) / 1_000.0), Just(0.0), Just(1e15)]
}

pub(crate) fn stamp() -> impl Strategy<Value = Stamp> {
    (0i64..4_000_000_000_000, any::<u64>()).prop_map(|(ms, mono_ms)| Stamp { wall: Timestamp::from_millisecond(ms).unwrap(), mono_ms })
}

fn wall() -> impl Strategy<Value = Timestamp> {
    (-30_000_000_000i64..200_000_000_000, 0i32..1_000_000_000).prop_map(|(s, n)| Timestamp::new(s, n).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn actor() -> impl Strategy<Value = Actor> {
    let kind = prop_oneof![Just(ActorKind::Person), Just(ActorKind::Autopilot), Just(ActorKind::CommandLine)];
    (text(), text(), kind).prop_map(|(name, host, kind)| Actor { name, host, kind })
}

fn reading() -> impl Strategy<Value = Reading> {
    let verdict = prop_oneof![Just(Verdict::Pass), Just(Verdict::Fail), text().prop_map(Verdict::Unknown)];
    (text(), stamp(), verdict, text(), option::of(number()), value()).prop_map(|(check, at, verdict, shown, number, fields)| Reading {
        check: check.into(),
        at,
        verdict,
        shown,
        number,
        fields: fields.into(),
    })
}

fn overrides() -> impl Strategy<Value = Vec<Override>> {
    vec((text(), text()).prop_map(|(check, reason)| Override { check: check.into(), reason }), 0..2)
}

fn failure() -> impl Strategy<Value = Failure> {
    let kind = prop_oneof![Just(FailureKind::Throttled), Just(FailureKind::NotVerified), Just(FailureKind::Internal)];
    let effect = prop_oneof![Just(Happened::No), Just(Happened::Yes), Just(Happened::Unknown)];
    (kind, text(), text(), text(), option::of(text()), effect).prop_map(|(kind, message, operation, hint, code, effect)| Failure {
        operation,
        code: code.clone(),
        request_id: code,
        ..Failure::new(kind, message, hint).effect(effect)
    })
}

fn change() -> impl Strategy<Value = Change> {
    let field = (text(), text(), text()).prop_map(|(name, before, after)| FieldChange { name, before, after });
    let costs = (option::of(text()), option::of(text()), option::of(text()));
    (text(), text(), text(), vec(field, 0..3), any::<bool>(), any::<bool>(), vec(text(), 0..2), costs).prop_map(
        |(operation, resource, region, fields, reversible, already, notes, (data_loss, takes_away, waits_for))| Change {
            operation,
            resource,
            region,
            fields,
            reversible,
            data_loss,
            already,
            notes,
            takes_away,
            waits_for,
        },
    )
}

fn given() -> impl Strategy<Value = Given> {
    prop_oneof![Just(Given::NotAsked), Just(Given::Enter), text().prop_map(Given::Typed), text().prop_map(Given::SecondPerson)]
}

fn step() -> impl Strategy<Value = lifeboat::id::StepId> {
    prop_oneof![Just("promote_db".to_owned()), Just("scale_general".to_owned()), Just("rollback[scale_general]".to_owned()), text()]
        .prop_map(Into::into)
}

fn run_event() -> BoxedStrategy<Event> {
    let readings = || vec(reading(), 0..3);
    let kind = prop_oneof![Just(RunKind::Live), Just(RunKind::DryRun), Just(RunKind::Drill)];
    let outcome = prop_oneof![
        Just(Outcome::Succeeded),
        Just(Outcome::Failed),
        Just(Outcome::Aborted),
        Just(Outcome::RolledBack),
        Just(Outcome::Refused)
    ];
    let start = (kind, option::of((text(), any::<u64>())), actor(), wall(), value(), text()).prop_map(
        |(kind, world, by, incident_start, param, version)| {
            let mut plan = super::sample::plan();
            plan.params.insert("any".into(), param);
            Event::RunStarted {
                endpoints: Vec::new(),
                run: super::sample::RUN.into(),
                kind,
                world: world.map(|(name, seed)| WorldName { name, digest: Digest::of(b"w"), seed }),
                by,
                incident_start,
                plan_digest: plan.digest(),
                plan: std::sync::Arc::new(plan),
                version,
                runbook: None,
                folder: None,
            }
        },
    );
    prop_oneof![
        start,
        (text(), text(), text())
            .prop_map(|(target, account, arn)| Event::IdentityConfirmed { target: target.into(), identity: Identity { account, arn } }),
        vec(failure(), 0..3).prop_map(|failures| Event::RunRefused { failures }),
        (actor(), overrides()).prop_map(|(by, overrides)| Event::RunOpening { by, overrides }),
        (actor(), readings(), overrides()).prop_map(|(by, readings, overrides)| Event::RunOpened { by, readings, overrides }),
        (actor(), text(), readings()).prop_map(|(by, reason, readings)| Event::RunOpenRefused { by, reason, readings }),
        any::<u64>().prop_map(|for_ms| Event::MachineSlept { for_ms }),
        (actor(), text(), option::of(wall())).prop_map(|(by, text, at)| Event::Note { by, text, at }),
        (option::of(actor()), text()).prop_map(|(by, reason)| Event::RunPaused { by, reason }),
        (actor(), text(), option::of(any::<u64>())).prop_map(|(by, reason, absent_ms)| Event::RunResumed { by, reason, absent_ms }),
        (option::of(actor()), text()).prop_map(|(by, reason)| Event::RollbackStarted { by, reason }),
        (outcome, text(), option::of(actor())).prop_map(|(outcome, reason, by)| Event::RunFinished { outcome, reason, by }),
    ]
    .boxed()
}

fn step_event() -> BoxedStrategy<Event> {
    let readings = || vec(reading(), 0..3);
    let answers = vec((text(), value()), 0..2).prop_map(|pairs| pairs.into_iter().collect::<IndexMap<_, _>>());
    prop_oneof![
        (step(), any::<u32>(), value()).prop_map(|(step, attempt, with)| Event::StepReady { step, attempt, with }),
        (step(), text(), option::of(actor())).prop_map(|(step, reason, by)| Event::StepSkipped { step, reason, by }),
        (step(), any::<u32>(), value(), change()).prop_map(|(step, attempt, observation, change)| Event::StepProposed {
            step,
            attempt,
            observation,
            change
        }),
        (step(), actor(), given(), change(), overrides(), answers).prop_map(|(step, by, given, change, overrides, answers)| {
            Event::StepConfirming { step, by, given, change: change.digest(), overrides, answers }
        }),
        (step(), text(), readings()).prop_map(|(step, reason, readings)| Event::StepConfirmationRefused { step, reason, readings }),
        (step(), readings()).prop_map(|(step, readings)| Event::StepConfirmed { step, readings }),
        (step(), readings()).prop_map(|(step, readings)| Event::StepPlanned { step, readings }),
        (step(), any::<u32>(), text()).prop_map(|(step, attempt, token)| Event::StepIntent { step, attempt, token }),
        (step(), any::<u32>(), value(), text()).prop_map(|(step, attempt, receipt, summary)| Event::StepApplied {
            step,
            attempt,
            receipt,
            summary
        }),
        (step(), any::<u32>(), value(), any::<bool>()).prop_map(|(step, attempt, outputs, already)| Event::StepSettled {
            step,
            attempt,
            outputs,
            already
        }),
        (step(), any::<u32>(), text(), text(), readings()).prop_map(|(step, attempt, check, token, readings)| Event::StepProofIntent {
            step,
            attempt,
            check: check.as_str().into(),
            token,
            readings
        }),
        (step(), any::<u32>(), readings()).prop_filter_map("a reading", |(step, attempt, readings)| {
            Some(Event::StepProofSent { step, attempt, reading: readings.into_iter().next()? })
        }),
        (step(), readings()).prop_map(|(step, readings)| Event::StepSucceeded { step, readings }),
        (step(), any::<u32>(), failure(), readings()).prop_map(|(step, attempt, failure, readings)| Event::StepFailed {
            step,
            attempt,
            failure,
            readings
        }),
        (step(), any::<u32>(), text(), any::<bool>()).prop_map(|(step, attempt, reason, undecided)| Event::StepInDoubt {
            step,
            attempt,
            reason,
            undecided
        }),
        (step(), any::<u32>(), any::<bool>(), text(), option::of(actor()))
            .prop_map(|(step, attempt, happened, reason, by)| { Event::StepDoubtResolved { step, attempt, happened, reason, by } }),
        (step(), any::<u32>(), number(), option::of(actor()), option::of(text()))
            .prop_map(|(step, attempt, delay, by, reason)| Event::StepRetrying { step, attempt, delay, by, reason }),
        (step(), any::<u32>(), failure(), number()).prop_map(|(step, attempt, failure, delay)| Event::StepHeldBack {
            step,
            attempt,
            failure,
            delay
        }),
        (step(), actor(), text()).prop_map(|(step, by, reason)| Event::StepTakenOver { step, by, reason }),
    ]
    .boxed()
}

/// Any event.
pub(crate) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![1 => run_event(), 2 => step_event()]
}
