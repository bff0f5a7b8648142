//! The two clocks and the gate, over the failover of these tests.

use std::time::Duration;

use serde_json::json;

use super::stage::Stage;
use super::support::*;
use crate::engine::{Event, Given, Outcome, RunKind};
use crate::plan::{OnFailure, Verdict};
use crate::view::{GateNow, RecoveryPoint, RecoveryTime, Telemetry};

fn open() -> Stage {
    Stage::empty(120, 40).at_gate(RunKind::Drill).open()
}

/// Seconds left by the forecast, and the steps that decide it.
fn left(stage: &mut Stage) -> (u64, Vec<String>) {
    stage.frame();
    let forecast = stage.model.forecast.as_ref().expect("a run that is not over");
    let name = |place: &usize| stage.model.step(*place).map(|(plan, _)| plan.id.to_string());
    (forecast.left.as_secs(), forecast.critical.iter().filter_map(name).collect())
}

#[test]
fn the_forecast_is_the_longest_way_through_what_is_left() {
    let mut stage = open();
    // declare 120, freeze 15, promote 480 (beside 240 and 300), flip 120, smoke test 120, hand over 120
    let (seconds, critical) = left(&mut stage);
    assert_eq!(seconds, 975);
    assert_eq!(critical, ["declare", "freeze", "promote_db", "flip_dns", "smoke_test", "hand_over"]);
    for id in ["declare", "freeze"] {
        stage.events(proposed(id, 1));
        stage.events(applied(id, Given::Enter, Vec::new()));
        stage.events(done(id, json!({})));
    }
    assert_eq!(left(&mut stage).0, 840);
    // The promotion has run for 400 of its 480 s: the scaling that nobody has confirmed yet is the longest now.
    stage.events(proposed("promote_db", 1));
    stage.events(applied("promote_db", Given::Enter, Vec::new()));
    stage.go_to(420);
    let (seconds, critical) = left(&mut stage);
    assert_eq!(seconds, 300 + 360);
    assert_eq!(critical[0], "scale_general");
}

#[test]
fn a_step_past_its_usual_time_needs_a_tenth_of_it_still() {
    let mut stage = open();
    for id in ["promote_db", "scale_system", "scale_general"] {
        stage.events(proposed(id, 1));
        stage.events(applied(id, Given::Enter, Vec::new()));
    }
    for id in ["declare", "freeze", "scale_system", "scale_general"] {
        stage.event(Event::StepSkipped { step: id.into(), reason: "x".into(), by: None });
    }
    stage.go_to(2_000);
    assert_eq!(left(&mut stage).0, 48 + 360);
    assert!(stage.model.forecast.as_ref().is_some_and(|forecast| forecast.overdue));
}

#[test]
fn rolling_back_is_forecast_from_the_rollbacks() {
    let mut stage = open();
    stage.events(proposed("scale_general", 1));
    stage.events(applied("scale_general", Given::Enter, Vec::new()));
    stage.events(done("scale_general", json!({})));
    stage.event(Event::RollbackStarted { by: None, reason: "x".into() });
    let (seconds, critical) = left(&mut stage);
    assert_eq!((seconds, critical), (60, vec!["rollback[scale_general]".to_owned()]));
}

#[test]
fn a_run_that_is_over_has_no_forecast_and_its_clock_stands() {
    let mut stage = open();
    stage.seconds = 100;
    stage.event(finished(Outcome::Aborted, "enough"));
    stage.go_to(5_000);
    assert_eq!(stage.model.forecast, None);
    let state = stage.model.state().expect("a run");
    let time = RecoveryTime::of(state, &stage.model.run.watch, stage.model.now);
    assert_eq!(time.gone, Duration::from_secs(310));
    assert_eq!(time.left(), Some(Ok(Duration::from_secs(3_290))));
}

#[test]
fn the_accepted_lag_is_the_one_that_was_confirmed() {
    let mut stage = open();
    let mut lag = reading("promote_db.preconditions[0]", 20, Verdict::Pass, "12 s", None);
    lag.fields = json!({"seconds": 12.0}).into();
    stage.tell(Telemetry::Reading { reading: lag.clone() });
    let point = RecoveryPoint::of(&stage.model.run);
    assert_eq!((point.lag.map(|(lag, _)| lag), point.accepted), (Some(Duration::from_secs(12)), None));
    stage.events(proposed("promote_db", 1));
    stage.events(applied("promote_db", Given::Enter, vec![lag.clone()]));
    lag.fields = json!({"seconds": 99.0}).into();
    stage.tell(Telemetry::Reading { reading: lag });
    assert_eq!(RecoveryPoint::of(&stage.model.run).accepted, Some(Duration::from_secs(12)));
}

#[test]
fn unknown_missing_and_stale_readings_block() {
    let mut stage = open();
    let plan = plan();
    let checks = &plan.steps[2].preconditions;
    let look = |stage: &Stage| {
        let gate = GateNow::look(&stage.model.run, checks, at(stage.seconds));
        (gate.blocking().count(), gate.unknown())
    };
    assert_eq!(look(&stage), (2, 2), "not sampled");
    for check in checks {
        stage.tell(sampled(reading(check.id.as_str(), 20, Verdict::Pass, "fine", None)));
    }
    assert_eq!(look(&stage), (0, 0));
    stage.seconds = 35;
    assert_eq!(look(&stage), (0, 0), "15 s is as old as a reading may be");
    stage.seconds = 36;
    assert_eq!(look(&stage), (2, 2), "stale");
    stage.tell(sampled(reading(checks[0].id.as_str(), 36, Verdict::Fail, "900 s", None)));
    assert_eq!(look(&stage), (2, 1));
}

#[test]
fn a_failure_that_the_run_goes_on_from_waits_for_nobody() {
    let mut plan = plan();
    plan.steps[3].on_failure = OnFailure::Continue;
    let mut stage = Stage::empty(80, 24);
    stage.begin(RunKind::Drill, plan);
    let mut stage = stage.open();
    for id in ["scale_system", "scale_general"] {
        stage.events(proposed(id, 1));
        stage.events(applied(id, Given::Enter, Vec::new()));
        stage.event(conflict(id));
    }
    assert_eq!(stage.model.waiting().collect::<Vec<_>>(), [4]);
}

#[test]
fn a_wall_clock_that_is_set_moves_no_clock_of_the_run() {
    let mut stage = open();
    stage.go_to(100);
    let before = RecoveryTime::of(stage.model.state().expect("a run"), &stage.model.run.watch, stage.model.now).gone;
    let mut now = at(160);
    now.wall = start() - Duration::from_secs(86_400);
    let after = RecoveryTime::of(stage.model.state().expect("a run"), &stage.model.run.watch, now).gone;
    assert_eq!(after - before, Duration::from_secs(60));
}

#[test]
fn the_badge_tells_how_fast_the_world_runs_just_now() {
    let mut stage = open();
    assert!(stage.frame().contains("×60"));
    stage.speed = 1.0;
    let frame = stage.frame();
    assert!(frame.contains("×1 ") && !frame.contains("×60"), "{frame}");
}
