//! The work behind an effect: one future each, which ends in the input that answers it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;

use super::cadence;
use super::context::Context;
use super::sample::sample;
use super::standstill::Standstill;
use crate::action::{self, Action, Judged, Poll};
use crate::engine::{Effect, Input, Judgement, Place, Seen, State, fill_with, is_placed};
use crate::expr;
use crate::id::StepId;
use crate::plan::{Check, Failure, FailureKind, Happened, Reading, Step, Verdict};
use crate::view::Telemetry;

/// How long a read that gets no answer is tried again, in seconds.
const PATIENCE: f64 = 120.0;

/// Does what `effect` asks for, with the state as it was when the effect was decided.
pub(super) async fn work(cx: Arc<Context>, state: Arc<State>, effect: Effect) -> Option<Input> {
    match effect {
        Effect::Identify => Some(Input::Identified(super::identify::identify(&cx.world, &state.plan, &state.run).await)),
        Effect::SampleGate => Some(Input::GateSampled(sample_all(&cx, &state, None, &state.plan.preconditions).await)),
        Effect::Observe(step, attempt) => {
            let result = observe(&cx, &state, &step).await;
            Some(Input::Observed { step, attempt, result })
        }
        Effect::Recheck(step, attempt) => Some(recheck(&cx, &state, step, attempt).await),
        Effect::Apply(step, attempt) => {
            let result = apply(&cx, &state, &step).await;
            Some(Input::Applied { step, attempt, result })
        }
        Effect::Poll(step, attempt) => {
            let result = poll(&cx, &state, &step).await;
            Some(Input::Settled { step, attempt, result })
        }
        Effect::Verify(step, attempt) => Some(verify(&cx, &state, step, attempt).await),
        Effect::Delay { step, attempt, ms } => {
            cx.clock.sleep(Duration::from_millis(ms)).await;
            Some(Input::RetryDue { step, attempt })
        }
        Effect::Look(step, attempt) => {
            let result = look(&cx, &state, &step).await;
            Some(Input::Looked { step, attempt, result })
        }
        Effect::Cancel(_) => None,
    }
}

/// A step with everything that its action needs.
struct Job<'a> {
    step: &'a Step,
    action: &'static dyn Action,
    cx: action::Cx,
    with: Value,
    /// The same as it is recorded: secrets are there by their names only.
    shown: Value,
    seen: Value,
}

fn job<'a>(cx: &Context, state: &'a State, id: &StepId) -> Result<Job<'a>, Failure> {
    let internal = |what: String| Failure::new(FailureKind::Internal, what, "use the version of lifeboat that started the run");
    let (step, now) = state.plan.step(id).zip(state.steps.get(id)).ok_or_else(|| internal(format!("the plan has no step {id}")))?;
    let action = action::find(&step.action).ok_or_else(|| internal(format!("there is no action {}", step.action)))?;
    let acx = action::Cx {
        world: Arc::clone(&cx.world),
        target: step.target.as_ref().and_then(|target| state.plan.targets.get(target)).cloned(),
        caller: format!("{}/{id}", state.run),
        log: cx.log_sink(id),
        timeout: Duration::from_secs_f64(step.timeout),
    };
    let shown = now.with.value();
    let with = with_secrets(cx, state, step, &shown)?;
    Ok(Job { step, action, cx: acx, with, shown, seen: now.observation.value() })
}

/// What is recorded names its secrets only; they are put into their places here, at the last moment, and nothing else may differ.
fn with_secrets(cx: &Context, state: &State, step: &Step, shown: &Value) -> Result<Value, Failure> {
    let reads = state.plan.secret_reads();
    let planned = if reads.is_empty() { Value::Null } else { step.with.value() };
    if !expr::any_reads(&planned, &reads) {
        return Ok(shown.clone());
    }
    let refused = |what: String| {
        let hint = "a secret can only be put into its place, not tested, compared or changed: let `lifeboat check` show where, and begin a new run";
        Failure::new(FailureKind::Invalid, what, hint)
    };
    let place = Place::of(Some(step)).reading(&planned, []);
    let with = fill_with(&planned, &cx.scope(state, place), state.kind)
        .map_err(|error| refused(format!("with its secrets in their places `with` has no value: {error}")))?;
    let secrets = cx.world.secrets();
    if is_placed(shown, &with, &|name| secrets.value(name)) {
        Ok(with)
    } else {
        Err(refused("with its secrets in their places, what would be executed is not what was shown: nothing was called".into()))
    }
}

/// Whether looking again later may help, with nothing to be done by hand.
fn passes_by_itself(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Throttled | FailureKind::Unreachable | FailureKind::Server)
}

async fn observe(cx: &Context, state: &State, id: &StepId) -> Result<Seen, Failure> {
    let job = job(cx, state, id)?;
    let observation = patiently(cx, &job, || job.action.observe(&job.cx, &job.with)).await?;
    let change = job.action.change(&job.cx, &job.shown, &observation)?;
    Ok(Seen { observation, change })
}

/// Repeats a read for as long as its failure is of the kind that passes.
async fn patiently<T, F: Future<Output = Result<T, Failure>>>(cx: &Context, job: &Job<'_>, read: impl Fn() -> F) -> Result<T, Failure> {
    let begun = cx.clock.awake();
    let patience = PATIENCE.min(job.step.timeout);
    loop {
        let failure = match read().await {
            Ok(value) => return Ok(value),
            Err(failure) => failure,
        };
        let elapsed = cx.awake_since(begun);
        if !passes_by_itself(&failure) || elapsed >= patience {
            return Err(failure);
        }
        cx.progress(&job.step.id, format!("trying again: {failure}"), None);
        cx.clock.sleep(Duration::from_secs_f64((elapsed * 0.2).clamp(1.0, 15.0) * (0.8 + 0.4 * cx.spread()))).await;
    }
}

async fn sample_all(cx: &Context, state: &State, step: Option<&Step>, checks: &[Check]) -> Vec<Reading> {
    if checks.is_empty() {
        return Vec::new(); // What expressions can see holds every step: it is not made for nothing.
    }
    let scope = cx.scope_of(state, Place::of(step), checks);
    // Those that a runbook within brings along read what is in there.
    let inside = |check: &Check| check.inside.as_ref().map(|_| cx.scope_of(state, Place::of_check(&state.plan, check), checks));
    let inside = checks.iter().find_map(inside).unwrap_or_default();
    let scope_of = |check: &Check| if check.inside.is_some() { &inside } else { &scope };
    let readings = join_all(checks.iter().map(|check| sample(&cx.world, &state.plan, &state.run, check, scope_of(check)))).await;
    for reading in &readings {
        cx.telemetry(Telemetry::Reading { reading: reading.clone() });
    }
    readings
}

async fn recheck(cx: &Context, state: &State, step: StepId, attempt: u32) -> Input {
    let mut checks = state.plan.step(&step).map(|step| step.preconditions.clone()).unwrap_or_default();
    if state.kind == crate::engine::RunKind::DryRun {
        checks.extend(state.plan.step(&step).map(|step| step.verify.clone()).unwrap_or_default());
    }
    let (result, readings) = futures::join!(observe(cx, state, &step), sample_all(cx, state, state.plan.step(&step), &checks));
    Input::Rechecked { step, attempt, result, readings }
}

/// The one mutating call. The action outlasts throttling by itself; nothing here sends it a second time.
async fn apply(cx: &Context, state: &State, id: &StepId) -> Result<(Value, String), Failure> {
    let job = job(cx, state, id)?;
    let token = state.steps.get(id).and_then(|step| step.token.clone()).unwrap_or_default();
    let receipt = job.action.apply(&job.cx, &job.with, &job.seen, &token).await?;
    Ok((receipt.data, receipt.summary))
}

async fn poll(cx: &Context, state: &State, id: &StepId) -> Result<Value, Failure> {
    let job = job(cx, state, id)?;
    let receipt = state.steps.get(id).and_then(|step| step.receipt.as_ref()).map(|receipt| receipt.value()).unwrap_or_default();
    let begun = cx.clock.awake();
    loop {
        match job.action.poll(&job.cx, &job.with, &receipt).await {
            Ok(Poll::Settled(outputs)) => return Ok(outputs),
            Ok(Poll::Pending(progress)) => cx.progress(id, progress.waiting_for, progress.counted),
            Err(failure) if passes_by_itself(&failure) => cx.progress(id, format!("cannot look: {failure}"), None),
            Err(failure) => return Err(failure),
        }
        let elapsed = cx.awake_since(begun);
        let left = job.step.timeout - elapsed;
        if left <= 0.0 {
            return Err(late(job.step));
        }
        cx.clock.sleep(cadence::pause(elapsed, job.step.expected, cx.spread()).min(Duration::from_secs_f64(left))).await;
    }
}

/// The failure of a step that is not done in time.
fn late(step: &Step) -> Failure {
    let failed = |hint| Failure::new(FailureKind::Timeout, format!("not done within {} s", step.timeout), hint);
    if step.mutates {
        let hint = "the call was accepted and may still be under way: look by hand, then retry (which looks first) or take over";
        failed(hint).effect(Happened::Yes)
    } else {
        failed("nothing was called: retry, which goes on where it was, take over, or raise `timeout` in the runbook")
    }
}

async fn verify(cx: &Context, state: &State, step: StepId, attempt: u32) -> Input {
    let checks = state.plan.step(&step).map(|step| step.verify.clone()).unwrap_or_default();
    let scope = cx.scope_of(state, Place::of(state.plan.step(&step)), &checks);
    let readings = join_all(checks.iter().map(|check| prove(cx, state, &step, check, &scope))).await;
    let missing: Vec<String> = checks
        .iter()
        .zip(&readings)
        .filter(|(_, reading)| reading.verdict != Verdict::Pass)
        .map(|(check, reading)| format!("“{}” did not come true within {} s (last: {})", check.title, check.within, reading.shown))
        .collect();
    let failure = (!missing.is_empty()).then(|| {
        let hint = "look at the service by hand; then retry (which looks first), take over, or roll back";
        Failure::new(FailureKind::NotVerified, missing.join("; "), hint).effect(Happened::Yes)
    });
    Input::Verified { step, attempt, readings, failure }
}

/// Samples one proof until it has held for as long as it must, or until its time is over. Gives the last reading. While nobody was
/// there to look nothing is known to have held, so holding begins anew after it.
async fn prove(cx: &Context, state: &State, step: &StepId, check: &Check, scope: &Value) -> Reading {
    let begun = cx.clock.awake();
    let mut holding_since = None;
    let mut standstill = Standstill::new(cx.clock.as_ref());
    loop {
        let reading = sample(&cx.world, &state.plan, &state.run, check, scope).await;
        cx.telemetry(Telemetry::Reading { reading: reading.clone() });
        let elapsed = cx.awake_since(begun);
        let pause = cadence::pause(elapsed, 0.0, cx.spread()).as_secs_f64().min(check.every);
        if reading.verdict == Verdict::Pass {
            // A reading is of the moment its answer came; one whose sampling outlasted a sleep may be of before.
            if standstill.notice(cx.clock.as_ref()).is_some() {
                holding_since = None;
                continue;
            }
            let since = *holding_since.get_or_insert(reading.at);
            let held = reading.at.since(since).as_secs_f64();
            if held >= check.stable {
                return reading;
            }
            cx.progress(step, format!("{}: holds for {held:.0} of {:.0} s", check.title, check.stable), None);
            cx.clock.sleep(Duration::from_secs_f64(pause.min(check.stable - held).max(0.05))).await;
            continue;
        }
        holding_since = None;
        if elapsed >= check.within {
            return reading;
        }
        cx.progress(step, unmet(check, &reading), None);
        cx.clock.sleep(Duration::from_secs_f64(pause.min(check.within - elapsed).max(0.05))).await;
    }
}

/// What stands against a proof as it was read last.
fn unmet(check: &Check, reading: &Reading) -> String {
    let shown = if reading.shown.is_empty() { String::new() } else { format!("{}, ", reading.shown) };
    match &reading.verdict {
        Verdict::Unknown(why) => format!("the proof “{}”: {shown}not known: {why}", check.title),
        Verdict::Pass | Verdict::Fail => format!("the proof “{}”: {shown}not {}", check.title, check.expect.trim()),
    }
}

/// Looks until it is clear what became of a call in doubt. That it happened is believed at once; that it did not, only when nothing of
/// it has shown for as long as the service may take to show it. What is under way there is waited for, as long as the step may take.
async fn look(cx: &Context, state: &State, id: &StepId) -> Result<(Judgement, String), Failure> {
    let job = job(cx, state, id)?;
    let window = job.action.seen_within();
    let begun = cx.clock.awake();
    loop {
        let now = patiently(cx, &job, || job.action.observe(&job.cx, &job.with)).await?;
        let looked = cx.clock.awake().saturating_sub(begun);
        let seconds = looked.as_secs_f64();
        let left = match job.action.judge(&job.cx, &job.with, &job.seen, &now) {
            Judged::Happened(why) => return Ok((Judgement::Happened, why)),
            Judged::CannotTell(why) => return Ok((Judgement::CannotTell, why)),
            Judged::NotYet(why) if seconds >= job.step.timeout => {
                return Ok((Judgement::CannotTell, format!("{why}, and was for all of {seconds:.0} s")));
            }
            Judged::NotYet(why) => {
                cx.progress(id, format!("in doubt: {why}; looking until it has ended"), None);
                Duration::from_secs_f64(job.step.timeout - seconds)
            }
            Judged::DidNotHappen(why) => {
                // From the first look and not from the intent: the call may have left long after that, or the machine may have slept.
                let left = window.saturating_sub(looked);
                if left.is_zero() {
                    return Ok((Judgement::DidNotHappen, format!("{why}, and that for {seconds:.0} s")));
                }
                cx.progress(id, format!("in doubt: {why}; looking for {} s more", left.as_secs().max(1)), None);
                left
            }
        };
        cx.clock.sleep(left.min(Duration::from_secs_f64(4.0 + 2.0 * cx.spread()))).await;
    }
}
