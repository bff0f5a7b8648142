//! What every piece of work shares.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use super::dispatch::Message;
use crate::clock::Clock;
use crate::engine::{Place, State, scope_with};
use crate::id::StepId;
use crate::plan::Check;
use crate::view::Telemetry;
use crate::world::{LineSink, World};

/// The world, its time, and the way back to the dispatcher.
pub(super) struct Context {
    pub(super) world: Arc<dyn World>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) back: UnboundedSender<Message>,
    random: std::sync::Mutex<fastrand::Rng>,
}

impl Context {
    pub(super) fn new(world: Arc<dyn World>, back: UnboundedSender<Message>, seed: Option<u64>) -> Self {
        let random = seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        let clock = world.clock();
        let (to, time) = (back.clone(), Arc::clone(&clock));
        world.limits().on_wait(Arc::new(move |caller: &str, text: &str| {
            // `RUN/STEP`; of a check, which is no step, nothing is shown.
            let Some((_, step)) = caller.split_once('/') else { return };
            let progress = Telemetry::Progress { step: StepId::from(step), at: time.now(), waiting_for: text.to_owned(), counted: None };
            drop(to.send(Message::Telemetry(progress)));
        }));
        Self { clock, world, back, random: std::sync::Mutex::new(random) }
    }

    /// What expressions can see, secrets included: for what leaves for the world, never for a record.
    pub(super) fn scope(&self, state: &State, place: Place<'_>) -> Value {
        let secrets = self.world.secrets();
        scope_with(state, place, self.clock.now().wall, |name| secrets.value(name))
    }

    /// What the expressions of some checks can see, which stand at the same place.
    pub(super) fn scope_of(&self, state: &State, place: Place<'_>, checks: &[Check]) -> Value {
        let texts = checks.iter().map(|check| check.with.value()).collect();
        self.scope(state, place.reading(&texts, checks.iter().map(|check| check.expect.as_str())))
    }

    /// A random number in 0..1; the same row of them for the same seed.
    pub(super) fn spread(&self) -> f64 {
        match self.random.lock() {
            Ok(mut random) => random.f64(),
            Err(poisoned) => poisoned.into_inner().f64(),
        }
    }

    /// Seconds since the clock's [`awake`](Clock::awake) time was `begun`: what limits are measured in.
    pub(super) fn awake_since(&self, begun: Duration) -> f64 {
        self.clock.awake().saturating_sub(begun).as_secs_f64()
    }

    /// Passes telemetry on. It is droppable: when the dispatcher is gone, so is everybody who would look at it.
    pub(super) fn telemetry(&self, telemetry: Telemetry) {
        drop(self.back.send(Message::Telemetry(telemetry)));
    }

    pub(super) fn progress(&self, step: &StepId, waiting_for: String, counted: Option<(u64, u64)>) {
        self.telemetry(Telemetry::Progress { step: step.clone(), at: self.clock.now(), waiting_for, counted });
    }

    /// Takes the lines of a step's log.
    pub(super) fn log_sink(&self, step: &StepId) -> LineSink {
        let (back, clock, step) = (self.back.clone(), Arc::clone(&self.clock), step.clone());
        Arc::new(move |line: &str| {
            let log = Telemetry::Log { step: step.clone(), at: clock.now(), line: line.to_owned() };
            drop(back.send(Message::Telemetry(log)));
        })
    }
}
