//! Route 53 takes five requests a second per account, everything together: lifeboat keeps within that by itself.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::plan::Target;

/// Requests in any one second.
const PER_SECOND: usize = 5;

/// One account as seen through one clock: a drill's time is not the machine's.
type Key = (usize, String);

static GRANTED: LazyLock<Mutex<HashMap<Key, VecDeque<u64>>>> = LazyLock::new(Mutex::default);

/// Waits for a slot of the account's five a second.
pub async fn slot(clock: &Arc<dyn Clock>, target: &Target) {
    let account = target.account.as_ref().or(target.role.as_ref()).or(target.profile.as_ref());
    let key = (Arc::as_ptr(clock).cast::<()>() as usize, account.cloned().unwrap_or_default());
    let now = clock.now().mono_ms;
    let at = {
        let mut all = GRANTED.lock().unwrap_or_else(PoisonError::into_inner);
        grant(all.entry(key).or_default(), now)
    };
    if at > now {
        clock.sleep(Duration::from_millis(at - now)).await;
    }
}

/// The next moment at which a request keeps within the limit.
fn grant(granted: &mut VecDeque<u64>, now: u64) -> u64 {
    // A clock that began again (the address of an old one was used anew) has nothing to do with what was granted before.
    if granted.back().is_some_and(|last| *last > now + 60_000) {
        granted.clear();
    }
    let at = if granted.len() < PER_SECOND { now } else { granted.pop_front().map_or(now, |first| now.max(first + 1_000)) };
    let at = granted.back().map_or(at, |last| at.max(*last));
    granted.push_back(at);
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_holds_more_than_five() {
        let mut granted = VecDeque::new();
        let at: Vec<u64> = [0, 0, 10, 10, 10, 10, 10, 20, 500, 3_000].iter().map(|now| grant(&mut granted, *now)).collect();
        assert_eq!(at, [0, 0, 10, 10, 10, 1_000, 1_000, 1_010, 1_010, 3_000]);
        for window in at.windows(PER_SECOND + 1) {
            assert!(window[PER_SECOND] - window[0] >= 1_000, "{window:?}");
        }
    }

    #[test]
    fn a_clock_that_began_again_starts_afresh() {
        let mut granted = VecDeque::from([900_000; 5]);
        assert_eq!(grant(&mut granted, 5), 5);
    }
}
