//! The one place where order is decided. Answers of the world, commands of people, signals and telemetry all arrive here, one at a
//! time, and each is handled to its end before the next: decide, append and sync, publish, and only then run the effects.

mod ending;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::audience::Audience;
use super::broken::broken;
use super::context::Context;
use super::hands::{Hands, Move, Waits};
use super::hidden::{hidden_input, hidden_telemetry};
use super::logs::StepLogs;
use super::orders::Orders;
use super::sampler::Samplers;
use super::standstill::Standstill;
use super::unsaved::{Unsaved, belongs_to_a_call};
use super::work::work;
use crate::clock::Clock;
use crate::engine::{Actor, ActorKind, Command, Decision, Effect, Event, Input, RunPhase, State, begin, decide, must_be_durable, recover};
use crate::id::{CheckId, StepId};
use crate::journal::{self, Journal, JournalError, Record};
use crate::plan::{Failure, FailureKind, Reading};
use crate::view::{Telemetry, Update};
use crate::world::World;

/// The machine's time between two looks whether it slept.
const BEAT: Duration = Duration::from_secs(1);

/// What arrives at the dispatcher.
#[derive(Debug)]
pub enum Message {
    /// Work ended.
    Answer {
        /// Which piece of work.
        work: u64,
        /// What came of it.
        input: Input,
    },
    /// Somebody wants something.
    Command(Command),
    /// Passing telemetry.
    Telemetry(Telemetry),
    /// Somebody asks the run to stop, by a signal or by leaving the screen: why. The first time safely, the second time at once.
    Signal(&'static str),
    /// Nobody is left at the screen: why. Stops the run as a first signal does. It comes by several ways at once (SIGHUP, keys that cannot
    /// be read), and nobody has pressed anything twice: so it never counts as a second signal.
    Gone(&'static str),
}

/// Told whether the world waits for a person, so that a drill's time need not run ahead of one.
pub trait Pace: Send + Sync {
    /// Something waits for somebody's reading and deciding.
    fn waiting_for_person(&self, waiting: bool);

    /// The machine slept, or the process was stopped, until just now. A drill's world lives in the process and stood still with it.
    fn stood_still(&self);
}

/// Claims an account for the run, and holds the claim as long as it lives: two runs of the same thing at once are how outages grow. Asked
/// again for one that is claimed, it says whether it still is.
pub type Claim = Box<dyn FnMut(&str) -> Result<(), JournalError> + Send>;

/// What a run is driven with.
pub struct Setup {
    /// The world.
    pub world: Arc<dyn World>,
    /// Seed of the driver's own randomness, for a run that can be repeated.
    pub seed: Option<u64>,
    /// Where events become durable.
    pub journal: Journal,
    /// Who confirms.
    pub hands: Hands,
    /// What was said beforehand about single steps.
    pub orders: Orders,
    /// Taken for each account as soon as STS has named it.
    pub claim: Option<Claim>,
    /// Who is at the keys, or started the run.
    pub operator: Actor,
    /// Where everything that can be shown goes.
    pub out: Box<dyn Audience>,
    /// A drill's pace.
    pub pace: Option<Arc<dyn Pace>>,
    /// The machine's own clock, to notice that it slept; `None` where time is virtual and waits for everybody.
    pub machine: Option<Arc<dyn Clock>>,
}

/// How driving a run ended.
#[derive(Debug)]
pub enum Ended {
    /// The run is over: its last state.
    Finished(Box<State>),
    /// It stopped where it can be resumed: why.
    Paused(Box<State>, String),
    /// It was refused, for want of what it needed to begin or go on without a person.
    Refused(Box<State>, String),
    /// The journal could not be written. Nothing more was scheduled, what was in flight was followed to its end; these are not in it.
    Unrecorded(JournalError, Vec<Record>),
}

/// A run being driven.
pub struct Driver {
    cx: Arc<Context>,
    journal: Journal,
    state: Arc<State>,
    share: watch::Sender<Arc<State>>,
    hands: Hands,
    orders: Orders,
    claim: Option<Claim>,
    operator: Actor,
    out: Box<dyn Audience>,
    pace: Option<Arc<dyn Pace>>,
    inbox: UnboundedReceiver<Message>,
    samplers: Samplers,
    /// Work that has not been answered.
    in_flight: HashMap<u64, (Effect, AbortHandle)>,
    spawned: u64,
    latest: HashMap<CheckId, Reading>,
    waits: Waits,
    machine: Option<(Arc<dyn Clock>, Standstill)>,
    /// When the last mark was left that somebody is there.
    beaten_ms: u64,
    logs: StepLogs,
    signals: u8,
    stop: Option<String>,
    /// Set once the journal takes no more records.
    unsaved: Option<Unsaved>,
}

impl Driver {
    /// Makes the first event durable. Gives the driver and the way to send it messages.
    ///
    /// # Errors
    /// The journal cannot be written: nothing may be executed.
    pub fn start(setup: Setup, started: Event) -> Result<(Self, UnboundedSender<Message>), JournalError> {
        let at = setup.world.clock().now();
        let mut journal = setup.journal;
        let records = journal.append(at, std::slice::from_ref(&started), journal::Sync::Now)?;
        let Some(state) = begin(&started, at) else {
            return Err(JournalError::Unrepresentable { what: "a run begins with RunStarted and nothing else".into() });
        };
        let setup = Setup { journal, ..setup };
        let (mut driver, back) = Self::with_state(setup, state);
        for record in records {
            driver.publish(Update::Record(Box::new(record)));
        }
        Ok((driver, back))
    }

    /// Takes up a run from the state its journal folds to.
    pub fn resume(setup: Setup, state: State) -> (Self, UnboundedSender<Message>) {
        Self::with_state(setup, state)
    }

    fn with_state(setup: Setup, state: State) -> (Self, UnboundedSender<Message>) {
        let (back, inbox) = unbounded_channel();
        let state = Arc::new(state);
        let logs = StepLogs::new(setup.journal.dir().to_path_buf());
        let driver = Self {
            cx: Arc::new(Context::new(setup.world, back.clone(), setup.seed)),
            journal: setup.journal,
            share: watch::Sender::new(Arc::clone(&state)),
            state,
            hands: setup.hands,
            orders: setup.orders,
            claim: setup.claim,
            operator: setup.operator,
            out: setup.out,
            pace: setup.pace,
            inbox,
            samplers: Samplers::default(),
            in_flight: HashMap::new(),
            spawned: 0,
            latest: HashMap::new(),
            waits: Waits::default(),
            machine: setup.machine.map(|clock| (Arc::clone(&clock), Standstill::new(clock.as_ref()))),
            beaten_ms: 0,
            logs,
            signals: 0,
            stop: None,
            unsaved: None,
        };
        (driver, back)
    }

    /// Drives the run until it is over or stops.
    pub async fn run(mut self, resumed: bool) -> Ended {
        if resumed {
            if let Err(failure) = self.hold_accounts().map_err(|error| not_claimed(&error)) {
                self.publish(Update::Ended);
                return Ended::Refused(Box::new((*self.state).clone()), failure.to_string());
            }
            let decision = recover(&self.state, self.cx.clock.now(), self.operator.clone(), self.journal.alive_ms());
            self.take(decision);
        } else if self.state.phase == RunPhase::Identifying {
            self.spawn(Effect::Identify);
        }
        let ended = loop {
            if self.unsaved.is_none()
                && let Some(command) = self.orders.next(&self.state)
            {
                let by = Actor { kind: ActorKind::CommandLine, ..self.operator.clone() };
                self.told(Input::Operator { by, command });
                continue;
            }
            if let Some(ended) = self.is_over() {
                break ended;
            }
            self.samplers.follow(&self.cx, &self.share.subscribe());
            self.keep_pace();
            let (now, awake) = (self.cx.clock.now(), self.cx.clock.awake());
            let next = if self.unsaved.is_some() { None } else { self.waits.next(&self.hands, &self.state, &self.latest, now, awake) };
            let wait = match next {
                Some(Move::Give(by, command)) => {
                    if let Err(why) = self.turn(Input::Operator { by, command: command.clone() }) {
                        self.waits.refuse(&self.state, &command, why);
                    }
                    continue;
                }
                // What is in flight is followed to its end first; another branch may even open the gate.
                Some(Move::GiveUp(reason)) if self.in_flight.is_empty() => break self.give_up(reason),
                Some(Move::GiveUp(_)) => None,
                Some(Move::Wait(wait)) => Some(wait),
                None => None,
            };
            if let Some(ended) = self.receive(wait).await {
                break ended;
            }
        };
        for unused in self.orders.unused() {
            self.publish(Update::Refused(unused));
        }
        self.publish(Update::Ended);
        ended
    }

    /// Handles the next message, or lets `wait` go by.
    async fn receive(&mut self, wait: Option<Duration>) -> Option<Ended> {
        let clock = Arc::clone(&self.cx.clock);
        let machine = self.machine.as_ref().map(|(clock, _)| Arc::clone(clock));
        let message = tokio::select! {
            biased;
            message = self.inbox.recv() => Some(message),
            () = async { match wait { Some(wait) => clock.sleep(wait).await, None => std::future::pending().await } } => None,
            () = async { match machine { Some(clock) => clock.sleep(BEAT).await, None => std::future::pending().await } } => None,
        };
        self.notice_a_sleep();
        self.beat();
        // The context holds a sender, so the channel stays open.
        match message?? {
            Message::Answer { work, input } => {
                // Without an entry it was cancelled, and its answer was on the way already.
                if self.in_flight.remove(&work).is_some() {
                    let input = self.claimed(input);
                    self.told(input);
                }
            }
            Message::Command(command) => {
                let goes_on = matches!(command, Command::Resume { .. } | Command::RollBack { .. });
                self.told(Input::Operator { by: self.operator.clone(), command });
                if goes_on && self.state.paused.is_none() {
                    // Somebody is there and wants the run to go on after all: it does not stop at the next quiet moment.
                    self.stop = None;
                    self.signals = 0;
                }
            }
            Message::Signal(why) => return self.signal(why),
            Message::Gone(why) => self.stop_safely(why.to_owned()),
            Message::Telemetry(telemetry) => {
                let telemetry = hidden_telemetry(telemetry, &self.cx.world.secrets());
                if let Telemetry::Reading { reading } = &telemetry {
                    self.latest.insert(reading.check.clone(), reading.clone());
                }
                if let Telemetry::Log { step, at, line } = &telemetry
                    && let Some(lost) = self.logs.write(step, *at, line)
                {
                    self.publish(Update::Refused(lost));
                }
                self.publish(Update::Telemetry(telemetry));
            }
        }
        None
    }

    /// Leaves a mark that somebody is there, for the process that may have to take the run up.
    fn beat(&mut self) {
        let now = self.cx.clock.now();
        if self.machine.is_some() && now.mono_ms.saturating_sub(self.beaten_ms) >= BEAT.as_millis().try_into().unwrap_or(u64::MAX) {
            self.beaten_ms = now.mono_ms;
            self.journal.beat(now);
        }
    }

    /// Nothing is decided on what was seen before a sleep: it is noticed before anything that arrived during it is handled.
    fn notice_a_sleep(&mut self) {
        let Some((clock, standstill)) = &mut self.machine else { return };
        let Some(slept) = standstill.notice(clock.as_ref()) else { return };
        if let Some(pace) = &self.pace {
            pace.stood_still();
        }
        self.latest.clear();
        self.samplers.stop();
        self.told(Input::Slept { for_ms: u64::try_from(slept.as_millis()).unwrap_or(u64::MAX) });
    }

    /// Decide, append and sync, publish, run.
    ///
    /// # Errors
    /// The engine refuses the command, and why; that has been shown.
    fn turn(&mut self, input: Input) -> Result<(), String> {
        if let (Some(unsaved), Input::Operator { .. }) = (&self.unsaved, &input) {
            let why = format!("the record cannot be written, so nothing new is started: {}", unsaved.error);
            self.publish(Update::Refused(why.clone()));
            return Err(why);
        }
        let input = hidden_input(input, &self.cx.world.secrets());
        match decide(&self.state, self.cx.clock.now(), input) {
            Ok(decision) => {
                self.take(decision);
                Ok(())
            }
            Err(refusal) => {
                self.publish(Update::Refused(refusal.to_string()));
                Err(refusal.to_string())
            }
        }
    }

    /// The same for whoever learns of a refusal by what is shown.
    fn told(&mut self, input: Input) {
        self.turn(input).unwrap_or_default();
    }

    /// An identity counts once its account is claimed.
    fn claimed(&mut self, input: Input) -> Input {
        let Input::Identified(mut answers) = input else { return input };
        for (_, answer) in &mut answers {
            if let (Ok(identity), Some(claim)) = (&*answer, &mut self.claim)
                && let Err(error) = claim(&identity.account)
            {
                *answer = Err(not_claimed(&error));
            }
        }
        Input::Identified(answers)
    }

    /// Claims the accounts of the run, or finds that they still are.
    fn hold_accounts(&mut self) -> Result<(), JournalError> {
        let Some(claim) = &mut self.claim else { return Ok(()) };
        let accounts: std::collections::BTreeSet<&str> = self.state.identities.values().map(|identity| &*identity.account).collect();
        accounts.into_iter().try_for_each(claim)
    }

    fn take(&mut self, decision: Decision) {
        if self.unsaved.is_some() {
            return self.take_unrecorded(decision);
        }
        if decision.events.iter().any(|event| matches!(event, Event::StepIntent { .. }))
            && let Err(error) = self.hold_accounts()
        {
            // Another run may act on the account by now, and this one must not act beside it.
            return self.stop_recording(error, decision);
        }
        if !decision.events.is_empty() {
            let due = decision.events.iter().any(|event| must_be_durable(&decision.state, event));
            match self.journal.append(decision.state.last, &decision.events, if due { journal::Sync::Now } else { journal::Sync::Later }) {
                Ok(records) => {
                    self.adopt(decision.state);
                    records.into_iter().for_each(|record| self.publish(Update::Record(Box::new(record))));
                }
                Err(error) => return self.stop_recording(error, decision),
            }
        }
        decision.effects.into_iter().for_each(|effect| self.spawn(effect));
    }

    /// Nothing new is begun from here on.
    fn stop_recording(&mut self, error: JournalError, decision: Decision) {
        self.publish(Update::Unrecorded(error.to_string()));
        self.unsaved = Some(Unsaved::since(error, &self.journal));
        self.take_unrecorded(decision);
    }

    /// A decision that no journal holds: it is kept and shown, and of its effects only those that follow a call to its end are run. A
    /// decision to make a call is not taken at all.
    fn take_unrecorded(&mut self, decision: Decision) {
        let Some(unsaved) = &mut self.unsaved else { return };
        if decision.effects.iter().any(|effect| matches!(effect, Effect::Apply(..) | Effect::WriteProof(..))) {
            return;
        }
        let kept: Vec<Record> = decision.events.iter().map(|event| unsaved.keep(decision.state.last, event)).collect();
        self.adopt(decision.state);
        kept.into_iter().for_each(|record| self.publish(Update::Unsaved(Box::new(record))));
        for effect in decision.effects {
            if belongs_to_a_call(&effect) || matches!(effect, Effect::Cancel(_)) {
                self.spawn(effect);
            }
        }
    }

    fn adopt(&mut self, state: State) {
        self.state = Arc::new(state);
        self.share.send_replace(Arc::clone(&self.state));
    }

    fn spawn(&mut self, effect: Effect) {
        if let Effect::Cancel(step) = &effect {
            self.in_flight.retain(|_, (other, task)| {
                let keep = owner(other) != Some(step);
                if !keep {
                    task.abort();
                }
                keep
            });
            return;
        }
        self.spawned += 1;
        let (id, kept) = (self.spawned, effect.clone());
        let (cx, state) = (Arc::clone(&self.cx), Arc::clone(&self.state));
        let task = tokio::spawn(async move {
            let back = cx.back.clone();
            let (begun, before) = (effect.clone(), Arc::clone(&state));
            let answer = AssertUnwindSafe(work(cx, state, effect)).catch_unwind().await;
            let input = answer.unwrap_or_else(|panic| broken(begun, &before, panic.as_ref()));
            if let Some(input) = input {
                drop(back.send(Message::Answer { work: id, input })); // Nobody listens when the run has ended meanwhile.
            }
        });
        self.in_flight.insert(id, (kept, task.abort_handle()));
    }

    fn keep_pace(&self) {
        if let Some(pace) = &self.pace {
            let person = self.hands.is_person();
            let waits = self.state.phase == RunPhase::Gate || self.state.steps.values().any(|step| step.phase.waits_for_person());
            pace.waiting_for_person(person && waits);
        }
    }

    fn publish(&mut self, update: Update) {
        self.out.hear(update);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.in_flight.values().for_each(|(_, task)| task.abort());
    }
}

fn not_claimed(error: &JournalError) -> Failure {
    Failure::new(FailureKind::Conflict, error.to_string(), "nothing was done")
}

fn owner(effect: &Effect) -> Option<&StepId> {
    match effect {
        Effect::Identify | Effect::SampleGate => None,
        Effect::Observe(step, _)
        | Effect::Recheck(step, _)
        | Effect::Apply(step, _)
        | Effect::Poll(step, _)
        | Effect::Verify(step, _)
        | Effect::WriteProof(step, ..)
        | Effect::Look(step, _)
        | Effect::Delay { step, .. }
        | Effect::Cancel(step) => Some(step),
    }
}
