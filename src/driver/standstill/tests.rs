//! A machine that sleeps while a run goes on. Tokio's paused time is the time awake; a nap is added to the other clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use aws_types::SdkConfig;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use crate::clock::{Clock, Stamp};
use crate::driver::context::Context;
use crate::driver::standstill::Standstill;
use crate::driver::work::work;
use crate::driver::{Driver, Ended, Hands, Message, Orders, Said, Setup};
use crate::engine::{Actor, ActorKind, Effect, Event, Given, Input, RunKind, RunPhase, State, begin, evolve};
use crate::id::Digest;
use crate::journal::{Holder, Store};
use crate::plan::{Check, Confirm, Failure, FailureKind, Gate, Happened, Objectives, OnFailure, Plan, Retry, Step, Target, Verdict};
use crate::view::{GateNow, RunView, Telemetry, Update};
use crate::world::testing::{Canned, START};
use crate::world::{Dns, Http, HttpResponse, Process, World};

const HOUR: Duration = Duration::from_secs(3_600);

#[derive(Debug)]
struct Sleeper {
    begun: Instant,
    asleep_ms: AtomicU64,
}

impl Sleeper {
    fn nap(&self, duration: Duration) {
        self.asleep_ms.fetch_add(u64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for Sleeper {
    fn now(&self) -> Stamp {
        let mono_ms = u64::try_from(self.awake().as_millis()).unwrap() + self.asleep_ms.load(Ordering::SeqCst);
        Stamp { wall: Timestamp::from_second(START).unwrap() + Duration::from_millis(mono_ms), mono_ms }
    }

    fn awake(&self) -> Duration {
        self.begun.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Services answer 200 until told otherwise.
#[derive(Debug)]
struct Bedroom {
    clock: Arc<Sleeper>,
    inner: Arc<Canned>,
    /// What asks a service breaks down.
    broken: AtomicBool,
}

impl Bedroom {
    fn new() -> Arc<Self> {
        let world = Self {
            clock: Arc::new(Sleeper { begun: Instant::now(), asleep_ms: AtomicU64::new(0) }),
            inner: Canned::new([]),
            broken: AtomicBool::new(false),
        };
        world.answers(200);
        Arc::new(world)
    }

    fn answers(&self, status: u16) {
        self.inner.http_says(HttpResponse { status, headers: Vec::new(), body: String::new(), took: Duration::ZERO, not_followed: None });
    }

    /// Sleeps once it has been awake for `after`.
    fn nap_after(self: &Arc<Self>, after: Duration, duration: Duration) {
        let clock = Arc::clone(&self.clock);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            clock.nap(duration);
        });
    }
}

#[async_trait]
impl World for Bedroom {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    async fn aws(&self, target: &Target, caller: &str) -> Result<SdkConfig, Failure> {
        self.inner.aws(target, caller).await
    }

    fn http(&self) -> Arc<dyn Http> {
        assert!(!self.broken.load(Ordering::SeqCst), "OS can't spawn worker thread");
        self.inner.http()
    }

    fn dns(&self) -> Arc<dyn Dns> {
        self.inner.dns()
    }

    fn process(&self) -> Arc<dyn Process> {
        self.inner.process()
    }
}

fn alice() -> Actor {
    Actor { name: "alice".into(), host: "laptop".into(), kind: ActorKind::Person }
}

fn check(id: &str) -> Check {
    Check {
        id: id.into(),
        title: format!("{id} answers"),
        inside: None,
        probe: "http".into(),
        with: json!({"url": "https://api.example.com/healthz"}).into(),
        target: None,
        expect: "status == 200".into(),
        every: 5.0,
        fresh: 15.0,
        severity: Gate::Block,
        within: 300.0,
        stable: 0.0,
        rpo_field: None,
        requested: crate::plan::Requested::Read,
        look: None,
    }
}

/// One step, `pause`, that waits for two hours and gives up after five minutes.
fn plan() -> Plan {
    let step = Step {
        id: "pause".into(),
        title: "Wait".into(),
        why: None,
        phase: None,
        action: "wait".into(),
        with: json!({"seconds": "2h"}).into(),
        target: None,
        item: None,
        within: None,
        needs: Vec::new(),
        when: None,
        preconditions: Vec::new(),
        confirm: Confirm::Enter,
        confirm_reason: None,
        expected: 60.0,
        timeout: 300.0,
        retry: Retry { attempts: 1, delay: 0.0, once: false },
        on_failure: OnFailure::Pause,
        verify: vec![Check { stable: 30.0, ..check("pause.verify[0]") }],
        reversible: true,
        mutates: true,
    };
    Plan {
        name: "nap".into(),
        title: "Nap".into(),
        description: String::new(),
        owners: Vec::new(),
        severity: None,
        objectives: Objectives { rto: None, rpo: None },
        impaired: None,
        failback: None,
        links: Vec::new(),
        params: IndexMap::new(),
        secrets: Default::default(),
        targets: IndexMap::new(),
        nested: Default::default(),
        preconditions: vec![check("preconditions[0]")],
        steps: vec![step],
        rollbacks: IndexMap::new(),
        source_digest: Digest::of(b"nap"),
        index: Default::default(),
    }
}

fn started() -> Event {
    let plan = plan();
    Event::RunStarted {
        endpoints: Vec::new(),
        run: "20260312T024700Z-nap1".into(),
        kind: RunKind::Live,
        world: None,
        by: alice(),
        incident_start: Timestamp::from_second(START).unwrap(),
        plan_digest: plan.digest(),
        plan: std::sync::Arc::new(plan),
        version: "0.0.0".into(),
        runbook: None,
        folder: None,
    }
}

/// The step's call was accepted now.
fn settling(world: &Bedroom) -> Arc<State> {
    let now = world.clock.now();
    let mut state = begin(&started(), now).unwrap();
    let receipt = json!({"since": now});
    let summary = String::new();
    evolve(&mut state, &Event::StepReady { step: "pause".into(), attempt: 1, with: json!({"seconds": "2h"}) }, now);
    evolve(&mut state, &Event::StepApplied { step: "pause".into(), attempt: 1, receipt, summary }, now);
    Arc::new(state)
}

fn context(world: &Arc<Bedroom>) -> (Arc<Context>, UnboundedReceiver<Message>) {
    let (back, inbox) = unbounded_channel();
    (Arc::new(Context::new(Arc::clone(world) as Arc<dyn World>, back, Some(1))), inbox)
}

#[tokio::test(start_paused = true)]
async fn a_sleep_is_noticed_once_and_in_full() {
    let world = Bedroom::new();
    let clock = world.clock.as_ref();
    let mut standstill = Standstill::new(clock);
    tokio::time::sleep(HOUR).await;
    assert_eq!(standstill.notice(clock), None, "awake all the time");
    clock.nap(Duration::from_millis(1_900));
    assert_eq!(standstill.notice(clock), None, "too short to matter");
    clock.nap(Duration::from_secs(60));
    assert_eq!(standstill.notice(clock), Some(Duration::from_millis(61_900)));
    assert_eq!(standstill.notice(clock), None);
}

#[tokio::test(start_paused = true)]
async fn a_step_is_not_out_of_time_because_the_machine_slept() {
    let world = Bedroom::new();
    world.nap_after(Duration::from_secs(60), HOUR);
    let (cx, _inbox) = context(&world);
    let answer = work(cx, settling(&world), Effect::Poll("pause".into(), 1)).await;
    let Some(Input::Settled { result: Err(failure), .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert_eq!(world.clock.awake().as_secs(), 300, "its five minutes are those in which somebody looked");
    assert!(world.clock.now().mono_ms >= 3_900_000, "the record counts the sleep");
}

#[tokio::test(start_paused = true)]
async fn what_only_needs_time_has_it_also_while_the_machine_sleeps() {
    let world = Bedroom::new();
    world.nap_after(Duration::from_secs(60), 2 * HOUR);
    let (cx, _inbox) = context(&world);
    let answer = work(cx, settling(&world), Effect::Poll("pause".into(), 1)).await;
    assert!(matches!(&answer, Some(Input::Settled { result: Ok(_), .. })), "{answer:?}");
    assert!(world.clock.awake().as_secs() < 90);
}

#[tokio::test(start_paused = true)]
async fn a_proof_holds_anew_after_a_sleep_and_keeps_its_time() {
    let world = Bedroom::new();
    world.nap_after(Duration::from_secs(20), HOUR);
    let (cx, _inbox) = context(&world);
    let answer = work(cx, settling(&world), Effect::Verify("pause".into(), 1)).await;
    let Some(Input::Verified { failure, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(failure, None);
    let awake = world.clock.awake().as_secs();
    assert!((50..60).contains(&awake), "30 s in a row after the nap at 20 s, not {awake}");

    let world = Bedroom::new();
    world.answers(503);
    world.nap_after(Duration::from_secs(20), HOUR);
    let (cx, _inbox) = context(&world);
    let answer = work(cx, settling(&world), Effect::Verify("pause".into(), 1)).await;
    let Some(Input::Verified { failure: Some(_), .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(world.clock.awake().as_secs(), 300, "`within` is time in which somebody looked");
}

struct Driven {
    updates: UnboundedReceiver<Update>,
    messages: UnboundedSender<Message>,
    run: tokio::task::JoinHandle<Ended>,
    view: RunView,
    _folder: tempfile::TempDir,
}

impl Driven {
    fn new(world: &Arc<Bedroom>, hands: Hands) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let holder = Holder { name: "alice".into(), host: "laptop".into(), pid: 1, since: Timestamp::UNIX_EPOCH };
        let journal = Store::new(folder.path().to_owned()).create(&"20260312T024700Z-nap1".into(), b"", &holder).unwrap();
        let (out, updates) = unbounded_channel();
        let machine = Some(world.clock());
        let world = Arc::clone(world) as Arc<dyn World>;
        let setup = Setup {
            world,
            seed: Some(1),
            journal,
            hands,
            orders: Orders::default(),
            claim: None,
            operator: alice(),
            out: Box::new(out),
            pace: None,
            machine,
        };
        let (driver, messages) = Driver::start(setup, started()).unwrap();
        Self { updates, messages, run: tokio::spawn(driver.run(false)), view: RunView::new(), _folder: folder }
    }

    /// Folds what comes until `wanted` comes.
    async fn until(&mut self, wanted: impl Fn(&RunView, &Update) -> bool) {
        while let Some(update) = self.updates.recv().await {
            match &update {
                Update::Record(record) => self.view.record(record),
                Update::Telemetry(telemetry) => self.view.telemetry(telemetry),
                _ => {}
            }
            if wanted(&self.view, &update) {
                return;
            }
        }
        panic!("the driver ended: {:?}", self.view.timeline);
    }
}

fn is_reading(update: &Update) -> bool {
    matches!(update, Update::Telemetry(Telemetry::Reading { .. }))
}

fn gate(view: &RunView, now: Stamp) -> Verdict {
    let plan = plan();
    GateNow::look(view, &plan.preconditions, now).checks[0].verdict.clone()
}

#[tokio::test(start_paused = true)]
async fn the_sleep_is_on_record_and_what_was_sampled_before_it_is_stale_at_once() {
    let world = Bedroom::new();
    let mut driven = Driven::new(&world, Hands::Person);
    driven.until(|_, update| is_reading(update)).await;
    assert_eq!(gate(&driven.view, world.clock.now()), Verdict::Pass);
    // Shorter than the reading would be fresh: its age alone would not tell.
    world.clock.nap(Duration::from_secs(10));
    driven.until(|view, _| view.state.as_ref().is_some_and(|state| state.woke.is_some())).await;
    let last = driven.view.timeline.last().unwrap();
    assert!(last.text.contains("nobody was there for 10 s"), "{}", last.text);
    assert!(matches!(gate(&driven.view, world.clock.now()), Verdict::Unknown(why) if why.contains("slept")));
    // Everything is sampled again at once, not when its turn comes.
    let woke = world.clock.awake();
    driven.until(|_, update| is_reading(update)).await;
    assert_eq!(gate(&driven.view, world.clock.now()), Verdict::Pass);
    assert!(world.clock.awake() - woke < Duration::from_secs(1));
    driven.messages.send(Message::Signal("SIGTERM")).unwrap();
    assert!(matches!(driven.run.await.unwrap(), Ended::Paused(..)));
}

#[tokio::test(start_paused = true)]
async fn hands_without_a_person_grow_impatient_only_awake() {
    let world = Bedroom::new();
    world.answers(503);
    world.nap_after(Duration::from_secs(60), HOUR);
    let driven = Driven::new(&world, Hands::Flags(Said::default()));
    let ended = driven.run.await.unwrap();
    assert!(matches!(ended, Ended::Refused(..)), "{ended:?}");
    assert_eq!(world.clock.awake().as_secs(), 120);
}

#[tokio::test(start_paused = true)]
async fn work_that_breaks_down_is_an_answer_and_the_run_comes_to_an_end() {
    let world = Bedroom::new();
    world.broken.store(true, Ordering::SeqCst);
    let mut driven = Driven::new(&world, Hands::Flags(Said::default()));
    driven.until(|_, update| is_reading(update)).await;
    let Verdict::Unknown(why) = gate(&driven.view, world.clock.now()) else { panic!("it is not known") };
    assert!(why.contains("lifeboat broke down at this: OS can't spawn worker thread"), "{why}");
    assert!(matches!(driven.run.await.unwrap(), Ended::Refused(..)));
}

#[tokio::test(start_paused = true)]
async fn a_step_that_is_out_of_time_says_what_it_waited_for_and_whether_anything_was_called() {
    let world = Bedroom::new();
    let (cx, _inbox) = context(&world);
    let answer = work(cx, settling(&world), Effect::Poll("pause".into(), 1)).await;
    let Some(Input::Settled { result: Err(failure), .. }) = answer else { panic!("{answer:?}") };
    assert!(failure.message.starts_with("not done within 5 min 00 s; at last: "), "{}", failure.message);
    assert!(failure.message.ends_with("6900 s more"), "what is left of the two hours: {}", failure.message);
    // There was no intent.
    assert_eq!((failure.effect, failure.hint.starts_with("nothing was called")), (Happened::No, true), "{}", failure.hint);
}

#[test]
fn a_confirmation_given_before_a_sleep_is_asked_for_again() {
    let at = |second: u64| Stamp { wall: Timestamp::from_second(START).unwrap(), mono_ms: second * 1_000 };
    let mut state = begin(&started(), at(0)).unwrap();
    evolve(&mut state, &Event::RunOpened { by: alice(), readings: Vec::new(), overrides: Vec::new() }, at(1));
    evolve(&mut state, &Event::StepReady { step: "pause".into(), attempt: 1, with: Value::Null }, at(2));
    let change = crate::plan::Change {
        operation: "wait".into(),
        resource: String::new(),
        region: String::new(),
        fields: Vec::new(),
        reversible: true,
        data_loss: None,
        already: false,
        notes: Vec::new(),
        takes_away: None,
        waits_for: None,
    };
    let (observation, digest) = (json!({}), change.digest());
    evolve(&mut state, &Event::StepProposed { step: "pause".into(), attempt: 1, observation, change: change.clone() }, at(3));
    let (given, overrides, answers) = (Given::Enter, Vec::new(), IndexMap::new());
    evolve(&mut state, &Event::StepConfirming { step: "pause".into(), by: alice(), given, change: digest, overrides, answers }, at(4));
    let recheck = || Input::Rechecked {
        step: "pause".into(),
        attempt: 1,
        result: Ok(crate::engine::Seen { observation: json!({}), change: change.clone() }),
        readings: Vec::new(),
    };
    let awake = crate::engine::decide(&state, at(10), recheck()).unwrap();
    assert!(matches!(awake.effects[..], [Effect::Apply(..)]), "{:?}", awake.effects);
    let slept = crate::engine::decide(&state, at(3_600), Input::Slept { for_ms: 3_590_000 }).unwrap();
    let asleep = crate::engine::decide(&slept.state, at(3_600), recheck()).unwrap();
    assert!(asleep.effects.is_empty(), "{:?}", asleep.effects);
    assert!(matches!(&asleep.events[..], [Event::StepConfirmationRefused { reason, .. }] if reason.contains("slept")));
    assert!(matches!(asleep.state.phase, RunPhase::Running));
}
