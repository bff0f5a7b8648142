//! Turns in virtual time.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::*;
use crate::world::sim::{SimClock, Speed};

fn clock() -> Arc<dyn Clock> {
    Arc::new(SimClock::new("2026-03-12T02:47:00Z".parse().unwrap(), Speed::Max))
}

async fn call(limits: &Limits, clock: &Arc<dyn Clock>, account: &str, service: &str, takes: u64) -> (u64, u64) {
    let turn = limits.turn(clock, account, service, "run/step").await;
    let begun = clock.now().mono_ms;
    clock.sleep(Duration::from_millis(takes)).await;
    let ended = clock.now().mono_ms;
    drop(turn);
    (begun, ended)
}

#[tokio::test(start_paused = true)]
async fn no_second_holds_more_than_five_whatever_the_network_does() {
    let (limits, clock) = (Limits::default(), clock());
    let calls = (0..40).map(|n| call(&limits, &clock, "1", "route53", [5, 400, 90, 1_700, 30][n % 5]));
    let calls = join_all(calls).await;
    // A request is seen by the service at some time between its sending and its answer.
    for (first, sixth) in calls.iter().zip(calls.iter().skip(5)) {
        let overlapping = calls.iter().filter(|(begun, _)| (first.0..first.0 + 1_000).contains(begun)).count();
        assert!(overlapping <= 5, "{overlapping} were sent within a second");
        assert!(sixth.0 >= first.0 + 1_000, "{first:?} {sixth:?}");
    }
    let ends = calls.iter().map(|(_, ended)| *ended).max().unwrap();
    assert!((8_000..20_000).contains(&ends), "all of them, and not for ever: {ends} ms");
    assert!(calls.windows(2).all(|two| two[0].0 <= two[1].0), "in the order of asking: {calls:?}");
}

#[tokio::test(start_paused = true)]
async fn accounts_and_services_do_not_wait_for_each_other() {
    let (limits, clock) = (Limits::default(), clock());
    join_all((0..5).map(|_| call(&limits, &clock, "1", "route53", 10))).await;
    assert!(call(&limits, &clock, "2", "route53", 10).await.0 < 100);
    assert!(call(&limits, &clock, "1", "rds", 10).await.0 < 100);
    assert!(call(&limits, &clock, "1", "route53", 10).await.0 >= 1_000);
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_takes_nothing_along() {
    let (limits, clock) = (Limits::default(), clock());
    join_all((0..5).map(|_| call(&limits, &clock, "1", "route53", 0))).await;
    for patience in [10, 500] {
        // The first gives up in the queue or before its place is free.
        let given_up = join_all((0..8).map(|_| call(&limits, &clock, "1", "route53", 0)));
        assert!(crate::clock::timeout(clock.as_ref(), Duration::from_millis(patience), given_up).await.is_none());
    }
    let calls = join_all((0..5).map(|_| call(&limits, &clock, "1", "route53", 0))).await;
    assert!(calls.iter().all(|(begun, _)| (1_000..1_010).contains(begun)), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn who_waits_long_is_told_of() {
    let (limits, clock) = (Limits::default(), clock());
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    limits.on_wait(Arc::new(move |caller, text| sink.lock().unwrap().push(format!("{caller}: {text}"))));
    join_all((0..12).map(|_| call(&limits, &clock, "1", "route53", 10))).await;
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0], "run/step: waiting for its turn at Route 53: 5 calls before it");
}

#[tokio::test(start_paused = true)]
async fn it_is_known_who_waits() {
    let (limits, clock) = (Limits::default(), clock());
    let waiting = join_all((0..12).map(|_| call(&limits, &clock, "1", "route53", 0)));
    assert!(crate::clock::timeout(clock.as_ref(), Duration::from_millis(500), waiting).await.is_none());
    assert!(!limits.holds_back("run/step"), "whoever gave up waits no more");
    let look = async {
        clock.sleep(Duration::from_millis(500)).await;
        (limits.holds_back("run/step"), limits.holds_back("run/other"))
    };
    let (_, looked) = futures::join!(join_all((0..12).map(|_| call(&limits, &clock, "1", "route53", 0))), look);
    assert_eq!(looked, (true, false));
    assert!(!limits.holds_back("run/step"));
}
