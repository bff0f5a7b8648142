//! Requests wait for their turn where a service takes only so many a second: one limiter for everything that a run does.
//!
//! Whoever asks gets the next of the service's places, in the order of asking. A place is free again a second after the answer to its
//! request came: whatever the network did in between, the service has never seen more than so many within a second. Who gives up
//! waiting leaves the queue and takes nothing with him.

mod client;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use client::LimitedClient;

use crate::clock::Clock;
use crate::plan::rate::{Rate, rate_of};

/// How long a place is taken after an answer. A millisecond more than the second that is meant: that is how fine stamps are.
const HELD_MS: u64 = 1_001;

/// Is told that a caller waits, and for what: `RUN/STEP`, and words.
pub type OnWait = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// The limiter of a world. Clones are one limiter.
#[derive(Clone, Default)]
pub struct Limits(Arc<Inner>);

#[derive(Default)]
struct Inner {
    queues: Mutex<HashMap<(String, &'static str), Arc<Queue>>>,
    /// How many requests of each caller wait.
    callers: Mutex<HashMap<String, usize>>,
    on_wait: Mutex<Option<OnWait>>,
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}

/// The places of one service in one account, and who waits for them.
struct Queue {
    /// Fair: who asks first is let in first.
    places: Arc<Semaphore>,
    /// When each free place may be used, in the clock's monotonic milliseconds.
    free_at: Mutex<VecDeque<u64>>,
    waiting: AtomicUsize,
}

impl Queue {
    fn new(rate: &Rate) -> Self {
        let places = usize::try_from(rate.per_second).unwrap_or(1).max(1);
        Self {
            places: Arc::new(Semaphore::new(places)),
            free_at: Mutex::new(std::iter::repeat_n(0, places).collect()),
            waiting: AtomicUsize::new(0),
        }
    }

    fn take(&self) -> u64 {
        self.free_at.lock().unwrap_or_else(PoisonError::into_inner).pop_front().unwrap_or_default()
    }

    fn give(&self, at: u64) {
        self.free_at.lock().unwrap_or_else(PoisonError::into_inner).push_back(at);
    }
}

/// A place in use; given back when it is dropped.
pub(crate) struct Turn {
    queue: Arc<Queue>,
    clock: Arc<dyn Clock>,
    /// When the place was free, as long as nothing has been sent.
    unused: Option<u64>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.queue.give(self.unused.unwrap_or_else(|| self.clock.now().mono_ms + HELD_MS));
    }
}

/// One more that waits.
struct Waiting<'a> {
    queue: &'a AtomicUsize,
    limits: &'a Inner,
    caller: &'a str,
}

impl<'a> Waiting<'a> {
    /// Gives how many waited before it, too.
    fn new(queue: &'a AtomicUsize, limits: &'a Inner, caller: &'a str) -> (Self, usize) {
        *limits.callers.lock().unwrap_or_else(PoisonError::into_inner).entry(caller.to_owned()).or_default() += 1;
        let before = queue.fetch_add(1, Ordering::SeqCst);
        (Self { queue, limits, caller }, before)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.queue.fetch_sub(1, Ordering::SeqCst);
        let mut callers = self.limits.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = callers.get_mut(self.caller) {
            *count -= 1;
            if *count == 0 {
                callers.remove(self.caller);
            }
        }
    }
}

impl Limits {
    /// Tells `on_wait` from now on when a caller has to wait for longer than a moment.
    pub fn on_wait(&self, on_wait: OnWait) {
        *self.0.on_wait.lock().unwrap_or_else(PoisonError::into_inner) = Some(on_wait);
    }

    /// Waits until `service` takes one more request of `account`; `None` where the service has no known limit. The turn is held until
    /// the answer has come.
    pub(crate) async fn turn(&self, clock: &Arc<dyn Clock>, account: &str, service: &str, caller: &str) -> Option<Turn> {
        let rate = rate_of(service)?;
        let queue = {
            let mut queues = self.0.queues.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(queues.entry((account.to_owned(), rate.service)).or_insert_with(|| Arc::new(Queue::new(rate))))
        };
        let permit = {
            let (_one_more, before) = Waiting::new(&queue.waiting, &self.0, caller);
            // Who is among the next places waits for a second at the most: that is not worth a word.
            if queue.places.available_permits() == 0 && before >= usize::try_from(rate.per_second).unwrap_or(usize::MAX) {
                self.tell(caller, &format!("waiting for its turn at {}: {before} calls before it", rate.name));
            }
            Arc::clone(&queue.places).acquire_owned().await.ok()?
        };
        let free_at = queue.take();
        let mut turn = Turn { queue, clock: Arc::clone(clock), unused: Some(free_at), _permit: permit };
        let now = clock.now().mono_ms;
        if free_at > now {
            clock.sleep(Duration::from_millis(free_at - now)).await;
        }
        turn.unused = None;
        Some(turn)
    }

    /// Whether a request of this caller waits for its turn: then nothing is late but the run itself.
    pub fn holds_back(&self, caller: &str) -> bool {
        self.0.callers.lock().unwrap_or_else(PoisonError::into_inner).contains_key(caller)
    }

    fn tell(&self, caller: &str, text: &str) {
        let on_wait = self.0.on_wait.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(on_wait) = on_wait {
            on_wait(caller, text);
        }
    }
}

#[cfg(test)]
mod tests;
