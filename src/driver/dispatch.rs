//! The one place where order is decided. Answers of the world, commands of people, signals and telemetry all arrive here, one at a
//! time, and each is handled to its end before the next: decide, append and sync, publish, and only then run the effects.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::context::Context;
use super::hands::{Hands, Move, Waits};
use super::hidden::hidden;
use super::logs::StepLogs;
use super::sampler::Samplers;
use super::work::work;
use crate::engine::{Actor, Command, Effect, Event, Input, RunPhase, State, begin, decide, recover};
use crate::id::{CheckId, StepId};
use crate::journal::{Journal, JournalError};
use crate::plan::{OnFailure, Reading};
use crate::view::{Telemetry, Update};
use crate::world::World;

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
    /// SIGINT, SIGTERM or SIGHUP arrived: its name.
    Signal(&'static str),
}

/// Told whether the world waits for a person, so that a drill's time need not run ahead of one.
pub trait Pace: Send + Sync {
    /// Something waits for somebody's reading and deciding.
    fn waiting_for_person(&self, waiting: bool);
}

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
    /// Who is at the keys, or started the run.
    pub operator: Actor,
    /// Where everything that can be shown goes.
    pub out: UnboundedSender<Update>,
    /// A drill's pace.
    pub pace: Option<Arc<dyn Pace>>,
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
    /// The journal could not be written. Nothing more was scheduled; these events are not in it.
    Unrecorded(JournalError, Vec<Event>),
}

/// A run being driven.
pub struct Driver {
    cx: Arc<Context>,
    journal: Journal,
    state: Arc<State>,
    share: watch::Sender<Arc<State>>,
    hands: Hands,
    operator: Actor,
    out: UnboundedSender<Update>,
    pace: Option<Arc<dyn Pace>>,
    inbox: UnboundedReceiver<Message>,
    samplers: Samplers,
    /// Work that has not been answered, with its step (`None`: the run's own).
    in_flight: HashMap<u64, (Option<StepId>, AbortHandle)>,
    spawned: u64,
    latest: HashMap<CheckId, Reading>,
    waits: Waits,
    logs: StepLogs,
    signals: u8,
    stop: Option<String>,
}

impl Driver {
    /// Makes the first event durable. Gives the driver and the way to send it messages.
    ///
    /// # Errors
    /// The journal cannot be written: nothing may be executed.
    pub fn start(setup: Setup, started: Event) -> Result<(Self, UnboundedSender<Message>), JournalError> {
        let at = setup.world.clock().now();
        let mut journal = setup.journal;
        let records = journal.append(at, std::slice::from_ref(&started))?;
        let Some(state) = begin(&started, at) else {
            return Err(JournalError::Unrepresentable { what: "a run begins with RunStarted and nothing else".into() });
        };
        let setup = Setup { journal, ..setup };
        let (driver, back) = Self::with_state(setup, state);
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
            operator: setup.operator,
            out: setup.out,
            pace: setup.pace,
            inbox,
            samplers: Samplers::default(),
            in_flight: HashMap::new(),
            spawned: 0,
            latest: HashMap::new(),
            waits: Waits::default(),
            logs,
            signals: 0,
            stop: None,
        };
        (driver, back)
    }

    /// Drives the run until it is over or stops.
    pub async fn run(mut self, resumed: bool) -> Ended {
        let begun = if resumed {
            let decision = recover(&self.state, self.cx.clock.now(), self.operator.clone());
            self.take(decision)
        } else {
            if self.state.phase == RunPhase::Identifying {
                self.spawn(Effect::Identify);
            }
            Ok(())
        };
        if let Err(ended) = begun {
            return ended;
        }
        loop {
            if let Some(ended) = self.is_over() {
                self.publish(Update::Ended);
                return ended;
            }
            self.samplers.follow(&self.cx, &self.share.subscribe());
            self.keep_pace();
            let now = self.cx.clock.now();
            let turn = match self.waits.next(&self.hands, &self.state, &self.latest, now) {
                Some(Move::Give(by, command)) => self.turn(Input::Operator { by, command }),
                Some(Move::GiveUp(reason)) => {
                    self.publish(Update::Ended);
                    return Ended::Refused(Box::new((*self.state).clone()), reason);
                }
                Some(Move::Wait(wait)) => self.receive(Some(wait)).await,
                None => self.receive(None).await,
            };
            if let Err(ended) = turn {
                self.publish(Update::Ended);
                return ended;
            }
        }
    }

    /// Handles the next message, or lets `wait` go by.
    async fn receive(&mut self, wait: Option<Duration>) -> Result<(), Ended> {
        let clock = Arc::clone(&self.cx.clock);
        let message = tokio::select! {
            biased;
            message = self.inbox.recv() => message,
            () = async { match wait { Some(wait) => clock.sleep(wait).await, None => std::future::pending().await } } => return Ok(()),
        };
        // The context holds a sender, so the channel stays open.
        let Some(message) = message else { return Ok(()) };
        match message {
            Message::Answer { work, input } => match self.in_flight.remove(&work) {
                Some(_) => self.turn(input),
                None => Ok(()), // It was cancelled, and its answer was on the way already.
            },
            Message::Command(command) => self.turn(Input::Operator { by: self.operator.clone(), command }),
            Message::Signal(name) => self.signal(name),
            Message::Telemetry(telemetry) => {
                if let Telemetry::Reading { reading } = &telemetry {
                    self.latest.insert(reading.check.clone(), reading.clone());
                }
                if let Telemetry::Log { step, at, line } = &telemetry
                    && let Some(lost) = self.logs.write(step, *at, line)
                {
                    self.publish(Update::Refused(lost));
                }
                self.publish(Update::Telemetry(telemetry));
                Ok(())
            }
        }
    }

    /// Decide, append and sync, publish, run.
    fn turn(&mut self, input: Input) -> Result<(), Ended> {
        let input = match input {
            Input::Operator { by, command } => Input::Operator { by, command: hidden(command, &self.cx.world.secrets()) },
            answer => answer, // The world's ports hide what they know.
        };
        match decide(&self.state, self.cx.clock.now(), input) {
            Ok(decision) => self.take(decision),
            Err(refusal) => {
                self.publish(Update::Refused(refusal.to_string()));
                Ok(())
            }
        }
    }

    fn take(&mut self, decision: crate::engine::Decision) -> Result<(), Ended> {
        if !decision.events.is_empty() {
            let records = match self.journal.append(decision.state.last, &decision.events) {
                Ok(records) => records,
                Err(error) => return Err(Ended::Unrecorded(error, decision.events)),
            };
            self.state = Arc::new(decision.state);
            self.share.send_replace(Arc::clone(&self.state));
            for record in records {
                self.publish(Update::Record(Box::new(record)));
            }
        }
        for effect in decision.effects {
            self.spawn(effect);
        }
        Ok(())
    }

    fn spawn(&mut self, effect: Effect) {
        if let Effect::Cancel(step) = &effect {
            self.in_flight.retain(|_, (owner, task)| {
                let keep = owner.as_ref() != Some(step);
                if !keep {
                    task.abort();
                }
                keep
            });
            return;
        }
        self.spawned += 1;
        let (id, owner) = (self.spawned, owner(&effect));
        let (cx, state) = (Arc::clone(&self.cx), Arc::clone(&self.state));
        let task = tokio::spawn(async move {
            let back = cx.back.clone();
            if let Some(input) = work(cx, state, effect).await {
                drop(back.send(Message::Answer { work: id, input })); // Nobody listens when the run has ended meanwhile.
            }
        });
        self.in_flight.insert(id, (owner, task.abort_handle()));
    }

    /// First signal: schedule nothing more and let what is in flight finish. Second: stop waiting; what has an intent and no
    /// outcome is in doubt, and a resume looks before it acts.
    fn signal(&mut self, name: &'static str) -> Result<(), Ended> {
        self.signals += 1;
        if self.signals > 1 {
            let reason = format!("{name}, the second signal: stopped without waiting for what was in flight");
            return Err(Ended::Paused(Box::new((*self.state).clone()), reason));
        }
        self.stop = Some(format!("{name} received"));
        if self.state.paused.is_none() && !matches!(self.state.phase, RunPhase::Finished { .. }) {
            let command = Command::Pause { reason: format!("{name} received") };
            return self.turn(Input::Operator { by: self.operator.clone(), command });
        }
        Ok(())
    }

    fn is_over(&mut self) -> Option<Ended> {
        let state = || Box::new((*self.state).clone());
        if matches!(self.state.phase, RunPhase::Finished { .. }) {
            return Some(Ended::Finished(state()));
        }
        if !self.in_flight.is_empty() {
            return None;
        }
        if let Some(reason) = &self.stop {
            return Some(Ended::Paused(state(), reason.clone()));
        }
        if self.hands.is_person() {
            return None;
        }
        // Without a person, what waits for one waits for ever.
        let stuck = self.state.steps.iter().find(|(id, step)| {
            use crate::engine::StepPhase::{Failed, InDoubt};
            let pauses = self.state.plan.step(id).is_some_and(|step| step.on_failure == OnFailure::Pause);
            matches!(step.phase, InDoubt { undecided: true, .. }) || step.phase == Failed && pauses
        });
        let (id, step) = stuck?;
        if self.state.kind == crate::engine::RunKind::DryRun {
            return None;
        }
        let waiting = self.state.steps.values().any(|step| step.phase == crate::engine::StepPhase::Proposed);
        if waiting && !self.state.rolling_back && self.state.paused.is_none() {
            return None; // Another branch can still go on.
        }
        let why = step.failure.as_ref().map_or_else(|| "it is in doubt".to_owned(), ToString::to_string);
        Some(Ended::Paused(state(), format!("{id} needs a person to decide: {why}")))
    }

    fn keep_pace(&self) {
        if let Some(pace) = &self.pace {
            let person = self.hands.is_person();
            let waits = self.state.phase == RunPhase::Gate || self.state.steps.values().any(|step| step.phase.waits_for_person());
            pace.waiting_for_person(person && waits);
        }
    }

    /// Everybody who shows the run may have left; the run goes on and the journal has it all.
    fn publish(&self, update: Update) {
        drop(self.out.send(update));
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.in_flight.values().for_each(|(_, task)| task.abort());
    }
}

fn owner(effect: &Effect) -> Option<StepId> {
    match effect {
        Effect::Identify | Effect::SampleGate => None,
        Effect::Observe(step, _)
        | Effect::Recheck(step, _)
        | Effect::Apply(step, _)
        | Effect::Poll(step, _)
        | Effect::Verify(step, _)
        | Effect::Look(step, _)
        | Effect::Delay { step, .. }
        | Effect::Cancel(step) => Some(step.clone()),
    }
}
