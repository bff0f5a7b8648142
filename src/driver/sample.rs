//! Taking one sample of one check.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::broken::caught;
use crate::clock::timeout;
use crate::engine::scope_at;
use crate::expr;
use crate::id::RunId;
use crate::plan::{Check, Failure, FailureKind, Happened, Plan, Reading, Requested, Verdict};
use crate::probe::{self, Leave};
use crate::world::World;

/// The longest one sample may take, in seconds, whatever the probe's own timeout says.
const LONGEST: f64 = 30.0;

/// Samples `check` once. Whatever goes wrong is a reading, too. What writes, or may, is not sent.
pub(super) async fn sample(world: &Arc<dyn World>, plan: &Plan, run: &RunId, check: &Check, scope: &Value) -> Reading {
    let leave = match check.requested {
        Requested::Read => Leave::Read,
        Requested::AuthorRead => Leave::AuthorRead,
        Requested::Withheld => return not_made(world, check, "its author's word that it only reads is not taken: --no-author-reads"),
        Requested::Write => return not_made(world, check, "a proof that writes is sent once, in its step, and not made in a dry run"),
    };
    let taken = take(world, plan, run, check, scope, leave).await;
    judged(world, check, scope, taken)
}

/// Sends a proof that writes, once, and judges its answer.
///
/// # Errors
/// There is no answer, with what is known of whether it arrived.
pub(super) async fn write(
    world: &Arc<dyn World>,
    plan: &Plan,
    run: &RunId,
    check: &Check,
    scope: &Value,
    token: String,
) -> Result<Reading, Failure> {
    let sample = take(world, plan, run, check, scope, Leave::Write { token }).await?;
    Ok(judged(world, check, scope, Ok(sample)))
}

fn not_made(world: &Arc<dyn World>, check: &Check, why: &str) -> Reading {
    Reading {
        check: check.id.clone(),
        at: world.clock().now(),
        verdict: Verdict::Unknown(why.to_owned()),
        shown: "not made".into(),
        number: None,
        fields: json!({ "error": why }).into(),
    }
}

async fn take(
    world: &Arc<dyn World>,
    plan: &Plan,
    run: &RunId,
    check: &Check,
    scope: &Value,
    leave: Leave,
) -> Result<probe::Sample, Failure> {
    let clock = world.clock();
    let unanswered = if matches!(leave, Leave::Write { .. }) { Happened::Unknown } else { Happened::No };
    let limit = Duration::from_secs_f64(LONGEST);
    let mut taking = pin!(caught(unanswered, attempt(world, plan, run, check, scope, limit, leave)));
    let mut taken = timeout(clock.as_ref(), limit, &mut taking).await;
    // What waits for its turn behind the run's own calls is not late.
    while taken.is_none() && world.limits().holds_back(&caller(run, check)) {
        taken = timeout(clock.as_ref(), limit, &mut taking).await;
    }
    match taken {
        Some(taken) => taken,
        None => Err(Failure::new(
            FailureKind::Timeout,
            format!("no answer within {LONGEST} s"),
            "look at the service by hand; a reading that cannot be made is Unknown",
        )
        .effect(unanswered)),
    }
}

fn judged(world: &Arc<dyn World>, check: &Check, scope: &Value, taken: Result<probe::Sample, Failure>) -> Reading {
    let at = world.clock().now();
    // It is judged at the time that the reading is recorded with: from the record, the verdict can be reached again.
    let later = expr::mentions(&check.expect, "run").then(|| scope_at(scope, at.wall));
    let scope = later.as_ref().unwrap_or(scope);
    let outcome = match &taken {
        Ok(sample) => expr::expect(&check.expect, Ok(&sample.fields), scope),
        Err(failure) => expr::expect(&check.expect, Err(&failure.to_string()), scope),
    };
    let verdict = match outcome {
        expr::Outcome::Pass => Verdict::Pass,
        expr::Outcome::Fail => Verdict::Fail,
        expr::Outcome::Unknown(unknown) => Verdict::Unknown(match taken.as_ref().ok().and_then(|sample| reason(&sample.fields)) {
            Some(reason) => format!("{unknown}: {reason}"),
            None => unknown,
        }),
    };
    let (shown, number, fields) = match taken {
        Ok(sample) => (sample.shown, sample.number, sample.fields),
        Err(failure) => (in_short(&failure), None, json!({ "error": failure.to_string() })),
    };
    Reading { check: check.id.clone(), at, verdict, shown, number, fields: fields.into() }
}

fn caller(run: &RunId, check: &Check) -> String {
    format!("{run}/{}", check.id)
}

async fn attempt(
    world: &Arc<dyn World>,
    plan: &Plan,
    run: &RunId,
    check: &Check,
    scope: &Value,
    limit: Duration,
    leave: Leave,
) -> Result<probe::Sample, Failure> {
    let with = expr::render(&check.with.value(), scope)
        .map_err(|error| Failure::new(FailureKind::Invalid, error.to_string(), "the value is not there yet, or the runbook is wrong"))?;
    let probe = probe::find(&check.probe).ok_or_else(|| {
        let message = format!("this version of lifeboat has no probe {}", check.probe);
        Failure::new(FailureKind::Internal, message, "use the version that started the run")
    })?;
    let cx = probe::Cx {
        world: Arc::clone(world),
        target: check.target.as_ref().and_then(|id| plan.targets.get(id)).cloned(),
        caller: caller(run, check),
        timeout: limit,
        leave,
    };
    probe.sample(&cx, &with).await
}

/// Why a field of a sample is not known, where the probe says so.
fn reason(fields: &Value) -> Option<&str> {
    fields.get("reason")?.as_str().filter(|reason| !reason.is_empty())
}

/// A failure in the few words that fit beside a check.
fn in_short(failure: &Failure) -> String {
    match (&failure.code, failure.kind) {
        (Some(code), _) => code.clone(),
        (None, FailureKind::Unreachable) => "unreachable".into(),
        (None, FailureKind::Timeout) => "no answer".into(),
        (None, FailureKind::Credentials) => "no credentials".into(),
        (None, FailureKind::AccessDenied) => "access denied".into(),
        (None, FailureKind::Throttled) => "throttled".into(),
        (None, FailureKind::NotFound) => "not found".into(),
        _ => failure.message.chars().take(40).collect(),
    }
}
