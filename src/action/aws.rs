//! How actions and probes get at AWS: configuration for a target, and the names that an error must carry.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_types::SdkConfig;

use crate::clock::Clock;
use crate::plan::{Failure, FailureKind, Target};
use crate::world::World;
use crate::world::aws_error::Call;

/// A target, opened.
#[derive(Debug, Clone)]
pub struct Aws {
    /// For the SDK's clients.
    pub config: SdkConfig,
    /// Where.
    pub target: Target,
    /// The world's time.
    pub clock: Arc<dyn Clock>,
    /// Where it was opened.
    pub world: Arc<dyn World>,
}

impl Aws {
    /// Opens a target. No call is made yet.
    ///
    /// # Errors
    /// The step has no target, or its profile is not there.
    pub async fn open(world: &Arc<dyn World>, target: Option<&Target>, caller: &str) -> Result<Self, Failure> {
        let target = target
            .ok_or_else(|| Failure::new(FailureKind::Invalid, "no target", "name a `target` at the step, or one for all in `defaults`"))?;
        Ok(Self { config: world.aws(target, caller).await?, target: target.clone(), clock: world.clock(), world: Arc::clone(world) })
    }

    /// A call that only reads, in the target's region.
    pub fn read<'a>(&'a self, operation: &'static str, resource: &'a str) -> Call<'a> {
        Call { operation, region: &self.target.region, resource, target: &self.target, mutating: false, world: &*self.world }
    }

    /// A call that changes something, in the target's region.
    pub fn write<'a>(&'a self, operation: &'static str, resource: &'a str) -> Call<'a> {
        Call { mutating: true, ..self.read(operation, resource) }
    }
}

/// Waits between attempts; together about a minute, which outlasts a burst of throttling.
const WAITS: [u64; 7] = [1, 2, 4, 8, 15, 15, 15];

/// Makes a read until it is no longer throttled, for about a minute. A mutating call is never made so: it goes out once, with the SDK's
/// own retries switched off, and what is refused for now goes back to the engine, which looks again before it is sent once more.
///
/// # Errors
/// The last attempt's.
pub async fn patiently<T, W>(clock: &dyn Clock, mut attempt: impl FnMut() -> W) -> Result<T, Failure>
where
    W: Future<Output = Result<T, Failure>>,
{
    let mut waits = WAITS.iter();
    loop {
        let failure = match attempt().await {
            Ok(done) => return Ok(done),
            Err(failure) => failure,
        };
        let again = failure.kind == FailureKind::Throttled;
        match waits.next() {
            Some(seconds) if again => clock.sleep(Duration::from_secs(*seconds)).await,
            _ => return Err(failure),
        }
    }
}

/// Up to three names that are close to the one that was not found, as a sentence; empty when there are none.
pub fn near(wanted: &str, names: impl IntoIterator<Item = String>) -> String {
    let mut scored: Vec<(f64, String)> = names.into_iter().map(|name| (strsim::jaro_winkler(wanted, &name), name)).collect();
    scored.retain(|(score, _)| *score > 0.75);
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let names: Vec<String> = scored.into_iter().take(3).map(|(_, name)| name).collect();
    if names.is_empty() { String::new() } else { format!("; there is {}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::world::testing::StoppedClock;

    #[tokio::test]
    async fn throttling_for_a_minute_is_outlasted() {
        let clock = StoppedClock::default();
        let tries = Cell::new(0);
        let result = patiently(&clock, || async {
            tries.set(tries.get() + 1);
            if tries.get() <= 7 { Err(Failure::new(FailureKind::Throttled, "no", "")) } else { Ok(tries.get()) }
        })
        .await;
        assert_eq!(result, Ok(8));
        assert_eq!(clock.now().mono_ms, 60_000);
    }

    #[tokio::test]
    async fn what_does_not_pass_by_itself_is_not_tried_again() {
        let clock = StoppedClock::default();
        let tries = Cell::new(0);
        let refused = || async {
            tries.set(tries.get() + 1);
            Err::<(), _>(Failure::new(FailureKind::AccessDenied, "no", ""))
        };
        assert_eq!(patiently(&clock, refused).await.unwrap_err().kind, FailureKind::AccessDenied);
        assert_eq!(tries.get(), 1);
    }

    #[test]
    fn close_names_are_offered() {
        let names = ["orders-replica", "billing", "orders-primary"].map(str::to_owned);
        assert_eq!(near("order-replica", names.clone()), "; there is orders-replica, orders-primary");
        assert_eq!(near("zzz", names), "");
    }
}
