//! The work behind an effect: one future each, which ends in the input that answers it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;

use super::cadence;
use super::context::Context;
use super::sample::{sample, write};
use super::standstill::Standstill;
use crate::action::{self, Action, Judged, Poll};
use crate::clock;
use crate::engine::{Effect, Input, Judgement, Place, Seen, State, fill_with, is_placed};
use crate::expr;
use crate::id::{CheckId, StepId};
use crate::plan::{Change, Check, Failure, FailureKind, Happened, Reading, Step, Verdict};
use crate::view::{Telemetry, seconds_words};

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
        Effect::WriteProof(step, attempt, check) => {
            let result = write_proof(&cx, &state, &step, &check).await;
            Some(Input::ProofAnswered { step, attempt, check, result })
        }
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
        folder: state.folder.clone(),
        first: now.first.as_ref().map(|first| first.value()),
        log: cx.log_sink(id),
        timeout: Duration::from_secs_f64(left(cx, state, step).max(1.0)),
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

/// Seconds that a step has left of its `timeout`, without a person.
fn left(cx: &Context, state: &State, step: &Step) -> f64 {
    step.timeout - state.steps.get(&step.id).map_or(0.0, |now| state.spent(now, cx.clock.now()))
}

/// Whether looking again later may help, with nothing to be done by hand.
fn passes_by_itself(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Throttled | FailureKind::Unreachable | FailureKind::Server)
}

async fn observe(cx: &Context, state: &State, id: &StepId) -> Result<Seen, Failure> {
    let job = job(cx, state, id)?;
    loop {
        let observation = patiently(cx, state, &job, || job.action.observe(&job.cx, &job.with)).await?;
        let mut change = job.action.change(&job.cx, &job.shown, &observation)?;
        change.notes.extend(job.step.writing_proofs().map(proof_note));
        match stale(cx, state, &job, &change) {
            // A service may go on showing what was there before a call of this very run: "already so" is no answer yet.
            Some(rest) => {
                let shown =
                    format!("{} shows what was there before an own call: looking for {} s more", change.resource, rest.as_secs().max(1));
                cx.progress(id, shown, None);
                cx.clock.sleep(rest.min(Duration::from_secs_f64(4.0 + 2.0 * cx.spread()))).await;
            }
            None => return Ok(Seen { observation, change }),
        }
    }
}

/// For how long "already so" is not to be believed: this run has changed the same resource so lately that a look may not show it.
fn stale(cx: &Context, state: &State, job: &Job<'_>, change: &Change) -> Option<Duration> {
    if !change.already || change.resource.is_empty() {
        return None;
    }
    let window = job.action.seen_within();
    let same = |other: &Change| (&other.resource, &other.region) == (&change.resource, &change.region);
    let now = cx.clock.now();
    let last = state.steps.values().filter(|other| other.change.as_ref().is_some_and(same)).filter_map(|other| other.times.intent).max()?;
    window.checked_sub(now.since(last)).filter(|rest| !rest.is_zero())
}

/// Repeats a read for as long as its failure is of the kind that passes.
async fn patiently<T, F: Future<Output = Result<T, Failure>>>(
    cx: &Context,
    state: &State,
    job: &Job<'_>,
    read: impl Fn() -> F,
) -> Result<T, Failure> {
    let begun = cx.clock.awake();
    let patience = PATIENCE.min(left(cx, state, job.step));
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
    // A call that was refused for now is given time to be taken.
    if let Some(wait) = state.held_back(&step) {
        cx.progress(&step, "the service takes no call just now: looking again, then sending once more".into(), None);
        cx.clock.sleep(Duration::from_secs_f64(wait * (0.8 + 0.4 * cx.spread()))).await;
    }
    loop {
        let (result, readings) = futures::join!(observe(cx, state, &step), sample_all(cx, state, state.plan.step(&step), &checks));
        if waited_for(state, &step, &result).is_none() {
            return Input::Rechecked { step, attempt, result, readings };
        }
        // What was read before the wait is of before it: once it is over, everything is looked at once more.
        if let Err(failure) = wait_before(cx, state, &step, result).await {
            return Input::Rechecked { step, attempt, result: Err(failure), readings };
        }
    }
}

/// What has to end by itself before the confirmed change can be made. Nothing where it is another change by now, or in a dry run, which
/// makes none.
fn waited_for<'a>(state: &State, id: &StepId, seen: &'a Result<Seen, Failure>) -> Option<&'a str> {
    let shown = state.steps.get(id)?.change.as_ref()?;
    let now = &seen.as_ref().ok()?.change;
    now.waits_for.as_deref().filter(|_| state.kind != crate::engine::RunKind::DryRun && now.is_same(shown))
}

/// Looks until nothing has to be waited for any more, for as long as the step may take.
async fn wait_before(cx: &Context, state: &State, id: &StepId, mut seen: Result<Seen, Failure>) -> Result<(), Failure> {
    let begun = cx.clock.awake();
    while let Some(what) = waited_for(state, id, &seen) {
        let (elapsed, left) = (cx.awake_since(begun), state.plan.step(id).map_or(0.0, |step| left(cx, state, step)));
        if left <= 0.0 {
            let message = format!("{what}, and was so for all of the step's time");
            return Err(Failure::new(
                FailureKind::Timeout,
                message,
                "it ends by itself: nothing was called, confirm again to go on waiting",
            ));
        }
        cx.progress(id, format!("{what}, to end by itself: then the call is made"), None);
        cx.clock.sleep(cadence::pause(elapsed, 0.0, cx.spread()).min(Duration::from_secs_f64(left))).await;
        seen = observe(cx, state, id).await;
    }
    Ok(())
}

/// The one mutating call, sent once: what is refused for now is for the engine to decide about.
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
    let budget = left(cx, state, job.step);
    let called = was_called(state, job.step);
    let mut last = String::new();
    loop {
        let left = budget - cx.awake_since(begun);
        // A look that hangs must not hold the step longer than it may take; the first is made in any case.
        let look = job.action.poll(&job.cx, &job.with, &receipt);
        match clock::timeout(cx.clock.as_ref(), Duration::from_secs_f64(left.max(LAST_LOOK)), look).await {
            Some(Ok(Poll::Settled(outputs))) => return Ok(outputs),
            Some(Ok(Poll::Pending(progress))) => {
                last.clone_from(&progress.waiting_for);
                cx.progress(id, progress.waiting_for, progress.counted);
            }
            Some(Err(failure)) if passes_by_itself(&failure) => {
                last = format!("it cannot be looked at: {failure}");
                cx.progress(id, format!("cannot look: {failure}"), None);
            }
            Some(Err(failure)) => return Err(if called { failure } else { failure.effect(Happened::No) }),
            None => last = with_reason(last, "the last look had no answer"),
        }
        let elapsed = cx.awake_since(begun);
        let left = budget - elapsed;
        if left <= 0.0 {
            return Err(late(job.step, called, &last));
        }
        cx.clock.sleep(cadence::pause(elapsed, job.step.expected, cx.spread()).min(Duration::from_secs_f64(left))).await;
    }
}

/// What a look may take that is made when the time of a step is over: one is always made, so that what is done counts as done.
const LAST_LOOK: f64 = 10.0;

fn with_reason(last: String, reason: &str) -> String {
    if last.is_empty() { reason.to_owned() } else { format!("{last}; {reason}") }
}

/// Whether this attempt of a step has changed something outside: what was already so, and what only waits or asks, has called nothing.
fn was_called(state: &State, step: &Step) -> bool {
    step.mutates && state.steps.get(&step.id).is_some_and(|now| !now.already && (now.times.intent.is_some() || now.taken_over))
}

/// The failure of a step that is not done in time, with what it was waiting for when that was over.
fn late(step: &Step, called: bool, last: &str) -> Failure {
    let last = if last.is_empty() { String::new() } else { format!("; at last: {last}") };
    let failed = |hint| Failure::new(FailureKind::Timeout, format!("not done within {}{last}", seconds_words(step.timeout)), hint);
    if called {
        let hint = "the call was accepted and may still be under way: look by hand, then retry (which looks first) or take over";
        failed(hint).effect(Happened::Yes)
    } else {
        failed("nothing was called: retry, which goes on where it was, take over, or raise `timeout` in the runbook")
    }
}

async fn verify(cx: &Context, state: &State, step: StepId, attempt: u32) -> Input {
    let (checks, known) = to_be_read(state, &step);
    let scope = cx.scope_of(state, Place::of(state.plan.step(&step)), &checks);
    let read = join_all(checks.iter().map(|check| prove(cx, state, &step, check, &scope))).await;
    let missing: Vec<String> = checks
        .iter()
        .zip(&read)
        .filter(|(_, reading)| reading.verdict != Verdict::Pass)
        .map(|(check, reading)| {
            format!("“{}” did not come true within {} ({})", check.title, seconds_words(check.within), unmet_words(check, reading))
        })
        .collect();
    let called = state.plan.step(&step).is_some_and(|step| was_called(state, step));
    let failure = (!missing.is_empty()).then(|| {
        let hint = if called {
            "look at the service by hand; then retry (which looks first), take over, or roll back"
        } else {
            "nothing was called: look at the service by hand; then retry, take over, or skip"
        };
        Failure::new(FailureKind::NotVerified, missing.join("; "), hint).effect(if called { Happened::Yes } else { Happened::No })
    });
    let proofs = state.plan.step(&step).map_or(&[][..], |step| &step.verify);
    let reading = |check: &Check| read.iter().chain(&known).find(|reading| reading.check == check.id).cloned();
    let readings = proofs.iter().filter_map(reading).collect();
    Input::Verified { step, attempt, readings, failure }
}

/// What is still to be read of a step's proofs: those that only read; and once they held and one that writes was answered, what became of
/// that. With the readings that are known already.
fn to_be_read(state: &State, id: &StepId) -> (Vec<Check>, Vec<Reading>) {
    let Some((step, now)) = state.plan.step(id).zip(state.steps.get(id)) else { return Default::default() };
    let answers: Vec<&Reading> = now.written.iter().filter_map(|written| written.answer.as_ref()).collect();
    if answers.is_empty() {
        return (step.verify.iter().filter(|check| !check.writes()).cloned().collect(), Vec::new());
    }
    let answered = |check: &&Check| answers.iter().any(|answer| answer.check == check.id);
    let looks = step.writing_proofs().filter(answered).filter_map(|check| check.look.as_deref().cloned()).collect();
    let known = answers.into_iter().chain(&now.proofs).cloned().collect();
    (looks, known)
}

/// Sends a proof that writes: its intent is recorded.
async fn write_proof(cx: &Context, state: &State, id: &StepId, check: &CheckId) -> Result<Reading, Failure> {
    let of = state.plan.check(check).zip(state.steps.get(id).and_then(|step| step.unanswered()));
    let Some((check, written)) = of.filter(|(check, written)| written.check == check.id && check.writes()) else {
        let message = format!("there is no intent for {check}");
        return Err(Failure::new(FailureKind::Internal, message, "use the version of lifeboat that started the run"));
    };
    let scope = cx.scope_of(state, Place::of(state.plan.step(id)), std::slice::from_ref(check));
    let reading = write(&cx.world, &state.plan, &state.run, check, &scope, written.token.clone()).await?;
    cx.telemetry(Telemetry::Reading { reading: reading.clone() });
    Ok(reading)
}

/// What is said of a proof that writes before anything is confirmed.
fn proof_note(check: &Check) -> String {
    format!("its proof “{}” writes: {}, sent once when it is done", check.title, check.request())
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
    format!("the proof “{}”: {}", check.title, unmet_words(check, reading))
}

fn unmet_words(check: &Check, reading: &Reading) -> String {
    let shown = if reading.shown.is_empty() { String::new() } else { format!("{}, ", reading.shown) };
    match &reading.verdict {
        Verdict::Unknown(why) => format!("{shown}not known: {why}"),
        Verdict::Pass | Verdict::Fail => format!("{shown}not {}", check.expect.trim()),
    }
}

/// Looks until it is clear what became of a call in doubt. That it happened is believed at once; that it did not, only when nothing of
/// it has shown for as long as the service may take to show it. What is under way there is waited for, as long as the step may take.
async fn look(cx: &Context, state: &State, id: &StepId) -> Result<(Judgement, String), Failure> {
    let job = job(cx, state, id)?;
    let window = job.action.seen_within();
    let begun = cx.clock.awake();
    let budget = left(cx, state, job.step);
    loop {
        let now = patiently(cx, state, &job, || job.action.observe(&job.cx, &job.with)).await?;
        let looked = cx.clock.awake().saturating_sub(begun);
        let seconds = looked.as_secs_f64();
        let left = match job.action.judge(&job.cx, &job.with, &job.seen, &now) {
            Judged::Happened(why) => return Ok((Judgement::Happened, why)),
            Judged::CannotTell(why) => return Ok((Judgement::CannotTell, why)),
            Judged::NotYet(why) if seconds >= budget => {
                return Ok((Judgement::CannotTell, format!("{why}, and was for all of {seconds:.0} s")));
            }
            Judged::NotYet(why) => {
                cx.progress(id, format!("in doubt: {why}; looking until it has ended"), None);
                Duration::from_secs_f64(budget - seconds)
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
