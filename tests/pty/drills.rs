//! Whole drills by keys, and what the screen shows on the way.

use crate::terminal::{Terminal, everything, given_back};

#[test]
fn a_region_is_failed_over_by_keys() {
    failover(40, 120);
}

#[test]
fn a_region_is_failed_over_by_keys_on_a_small_terminal() {
    failover(24, 80);
}

/// The whole failover, by keys, on a terminal of this size.
fn failover(rows: u16, columns: u16) {
    let mut terminal = Terminal::drill(rows, columns);
    terminal.wait_for("READY");
    let header = ["regional_failover", "DRILL", "123456789012 dr-operator", "us-east-1", "RTO 60m", "gone", "left", "forecast", "RPO 5m"];
    terminal.wait("which world, who, where, both clocks", |screen| header.iter().all(|word| screen.contains(word)));
    terminal.enter_until("the first step waits", |screen| screen.contains("WAITS FOR YOU: Declare"));
    terminal.enter_until("its dialog", |screen| screen.contains("Confirm: Declare the incident"));
    terminal.press("INC-42");
    terminal.wait_for("INC-42");
    terminal.enter_until("the next step waits", |screen| screen.contains("WAITS FOR YOU: Freeze"));
    terminal.enter_until("three branches", |screen| {
        screen.contains("3 WAIT FOR YOU") || screen.contains("Promote the orders replica") && screen.contains("CANNOT BE UNDONE")
    });
    terminal.enter_until("the dialog of what cannot be undone", |screen| screen.contains("Confirm: Promote"));
    terminal.wait("its open gate", |screen| screen.contains("Type orders-replica") && !screen.contains("Override:"));
    let dialog = [
        "alice as dr-operator/drill in 123456789012 us-east-1",
        "Nothing real is touched",
        "rds:PromoteReadReplica on orders-replica",
        "replica of orders-primary → instance of its own",
        "CANNOT BE UNDONE",
        "DATA LOSS",
        "READY",
        "What would be lost is within the RPO",
        "The primary does not accept writes",
    ];
    terminal.wait("who, where, what, at which price, on which readings", |screen| dialog.iter().all(|word| screen.contains(word)));
    // A paste does not confirm.
    terminal.press("\x1b[200~orders-replica\x1b[201~");
    terminal.wait_for("Pasting is refused");
    // Nor does something else that is typed.
    terminal.press("orders-replicas");
    terminal.enter_until("the text is refused", |screen| screen.contains("Not yet: does not match"));
    terminal.press("\x7f");
    terminal.wait_for("✔ Type orders-replica");
    terminal.enter_until("the promotion", |screen| !screen.contains("Confirm: Promote"));
    terminal.enter_until("the traffic step", |screen| screen.contains("WAITS FOR YOU: Send the traffic"));
    terminal.enter_until("the last step", |screen| screen.contains("WAITS FOR YOU: Announce"));
    terminal.enter_until("the summary", |screen| screen.contains("succeeded") || screen.contains("SUCCEEDED"));
    let summary = ["from the outage to the end; objective 60m", "of data accepted as lost; objective 5m", "lifeboat report"];
    terminal.wait("RTO, RPO and what now", |screen| summary.iter().all(|word| screen.contains(word)));
    terminal.press_until("\x1b[6~", "the steps", |screen| screen.contains("Promote the orders replica"));
    terminal.press("q");
    let (status, screen, home) = terminal.end();
    assert_eq!(status.code(), Some(0), "{}", screen.screen().contents());
    given_back(&screen);
    assert!(everything(screen).contains("succeeded"), "the summary is left on the normal screen");
    let runs: Vec<_> = std::fs::read_dir(home.path().join(".local/state/lifeboat/runs")).unwrap().collect();
    let journal = std::fs::read_to_string(runs[0].as_ref().unwrap().path().join("journal.jsonl")).unwrap();
    let confirmed = journal.lines().find(|line| line.contains(r#""event":"step_confirming""#) && line.contains("promote_db")).unwrap();
    assert!(confirmed.contains(r#""kind":"person""#) && confirmed.contains(r#""typed":"orders-replica""#), "{confirmed}");
    assert_eq!(journal.matches(r#""event":"step_intent","step":"promote_db""#).count(), 1);
}

/// Nothing happens any more in a run that is over: each key must be seen by itself.
#[test]
fn a_run_that_is_over_is_read_at_leisure() {
    let mut terminal = Terminal::open(40, 120, &["drill", "runbooks/regional_failover.yaml", "--speed", "600", "--autopilot"]);
    terminal.wait_for("SUCCEEDED");
    for _ in 0..2 {
        for (key, shown) in [("t", "›Timeline"), ("c", "›Gantt"), ("P", "›Plan: "), ("o", "›Outcome")] {
            terminal.press(key);
            terminal.wait_for(shown);
        }
    }
    terminal.press("q");
    let (status, screen, _home) = terminal.end();
    assert_eq!(status.code(), Some(0));
    given_back(&screen);
}
