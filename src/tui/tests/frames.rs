//! Whole frames in the states that matter.

use std::time::Duration;

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use serde_json::json;

use super::stage::Stage;
use super::support::*;
use crate::engine::{Event, Given, Outcome, RunKind};
use crate::plan::{Reading, Verdict};
use crate::tui::{Msg, Options, update};
use crate::view::Telemetry;

/// The run's preconditions are sampled; one warns.
pub(super) fn sampled_gate(stage: &mut Stage, identity: Verdict, shown: &str) {
    stage.tell(sampled(reading("preconditions[0]", 9, Verdict::Fail, "200 OK", Some(0.12))));
    stage.tell(sampled(reading("preconditions[1]", 8, identity, shown, None)));
    stage.tell(sampled(reading("preconditions[2]", 10, Verdict::Pass, "available", None)));
    stage.go_to(12);
}

fn lag_history(stage: &mut Stage, from: u64) {
    for (i, lag) in [2.0, 3.0, 2.0, 6.0, 4.0, 5.0, 9.0, 12.0].into_iter().enumerate() {
        let at = from + i as u64 * 5;
        let mut sample = reading("promote_db.preconditions[0]", at, Verdict::Pass, &format!("{lag} s"), Some(lag));
        sample.fields = json!({"seconds": lag}).into();
        stage.tell(sampled(sample));
    }
}

/// Declared and frozen; the replica and both node groups are proposed; lag fine, primary still answering.
pub(super) fn choices(width: u16, height: u16, kind: RunKind) -> Stage {
    let mut stage = Stage::empty(width, height).at_gate(kind).open();
    stage.events(proposed("declare", 1));
    stage.seconds = 60;
    stage.events(applied("declare", Given::Enter, Vec::new()));
    stage.events(done("declare", json!({})));
    stage.events(proposed("freeze", 1));
    stage.seconds = 70;
    stage.events(applied("freeze", Given::Enter, Vec::new()));
    stage.seconds = 82;
    stage.events(done("freeze", json!({})));
    for id in ["promote_db", "scale_system", "scale_general"] {
        stage.events(proposed(id, 1));
    }
    lag_history(&mut stage, 60);
    stage.tell(sampled(reading("promote_db.preconditions[1]", 96, Verdict::Fail, "200 OK", None)));
    stage.go_to(98);
    stage
}

fn decided() -> Vec<Reading> {
    let mut lag = reading("promote_db.preconditions[0]", 100, Verdict::Pass, "12 s", Some(12.0));
    lag.fields = json!({"seconds": 12.0}).into();
    vec![lag, reading("promote_db.preconditions[1]", 100, Verdict::Pass, "connection refused", None)]
}

/// The replica is being promoted and the general group scaled.
pub(super) fn running(width: u16, height: u16, kind: RunKind) -> Stage {
    let mut stage = choices(width, height, kind);
    stage.seconds = 102;
    stage.events(applied("promote_db", Given::Typed("orders-replica".into()), decided()));
    stage.seconds = 110;
    stage.events(applied("scale_general", Given::Enter, Vec::new()));
    stage.tell(Telemetry::Progress {
        step: "scale_general".into(),
        at: at(200),
        waiting_for: "12 nodes InService".into(),
        counted: Some((5, 12)),
    });
    stage.tell(Telemetry::Progress {
        step: "promote_db".into(),
        at: at(205),
        waiting_for: "status modifying to become available".into(),
        counted: None,
    });
    stage.tell(Telemetry::Log { step: "promote_db".into(), at: at(102), line: "PromoteReadReplica accepted (request 6f1c0a52)".into() });
    stage.tell(Telemetry::Log { step: "promote_db".into(), at: at(205), line: "status: modifying".into() });
    stage.go_to(210);
    stage
}

/// Walks the selection to a step.
pub(super) fn select(stage: &mut Stage, id: &str) {
    stage.press(KeyCode::Home);
    for _ in 0..20 {
        if stage.model.selected_step().is_some_and(|(plan, _)| plan.id.as_str() == id) {
            return;
        }
        stage.press(KeyCode::Down);
    }
    panic!("no step {id}");
}

#[test]
fn nothing_yet() {
    assert_snapshot!(Stage::empty(80, 24).picture());
}

#[test]
fn too_small() {
    assert_snapshot!(Stage::empty(60, 10).at_gate(RunKind::Live).picture());
}

#[test]
fn gate_ready_80() {
    let mut stage = Stage::empty(80, 24).at_gate(RunKind::Drill);
    sampled_gate(&mut stage, Verdict::Pass, "123456789012");
    assert_snapshot!(stage.picture());
}

#[test]
fn gate_blocked_120_live() {
    let options = Options::default();
    let mut stage = Stage::with(options, 120, 40).at_gate(RunKind::Live);
    sampled_gate(&mut stage, Verdict::Unknown("access denied".into()), "");
    assert_snapshot!(stage.picture());
}

#[test]
fn gate_readings_go_stale() {
    let mut stage = Stage::empty(120, 40).at_gate(RunKind::Drill);
    sampled_gate(&mut stage, Verdict::Pass, "123456789012");
    stage.go_to(40);
    let frame = stage.frame();
    assert!(frame.contains("BLOCKED by 2"), "{frame}");
    assert!(frame.contains("stale"), "{frame}");
}

#[test]
fn begin_dialog_with_override_80() {
    let mut stage = Stage::empty(80, 24).at_gate(RunKind::Drill);
    sampled_gate(&mut stage, Verdict::Fail, "999999999999");
    stage.enter();
    assert_snapshot!(stage.picture());
}

#[test]
fn proposed_80() {
    assert_snapshot!(choices(80, 24, RunKind::Drill).picture());
}

#[test]
fn dry_run_120() {
    let mut stage = choices(120, 40, RunKind::DryRun);
    stage.event(Event::StepPlanned { step: "scale_system".into(), readings: Vec::new() });
    stage.press(KeyCode::Char('G'));
    select(&mut stage, "promote_db");
    assert_snapshot!(stage.picture());
    assert_eq!(stage.enter(), None);
    assert!(stage.model.dialogs.is_empty(), "a dry run confirms nothing");
}

#[test]
fn confirm_typed_80() {
    let mut stage = choices(80, 24, RunKind::Live);
    stage.enter();
    assert_snapshot!(stage.picture());
}

#[test]
fn confirm_typed_120() {
    let mut stage = choices(120, 40, RunKind::Live);
    stage.enter();
    stage.type_text("primary fenced");
    stage.press(KeyCode::Tab);
    stage.type_text("orders-re");
    assert_snapshot!(stage.picture());
}

#[test]
fn confirm_with_a_question_80() {
    let mut stage = Stage::empty(80, 24).at_gate(RunKind::Drill).open();
    stage.events(proposed("declare", 1));
    stage.go_to(30);
    stage.enter();
    stage.type_text("INC");
    assert_snapshot!(stage.picture());
}

#[test]
fn confirm_changed() {
    let mut stage = choices(80, 24, RunKind::Drill);
    stage.enter();
    let mut other = change("promote_db");
    other.fields[1].before = "yes".into();
    stage.event(Event::StepProposed { step: "promote_db".into(), attempt: 1, observation: json!({}), change: other });
    assert_snapshot!(stage.picture());
}

#[test]
fn running_80() {
    assert_snapshot!(running(80, 24, RunKind::Drill).picture());
}

#[test]
fn running_120_live() {
    let mut stage = running(120, 40, RunKind::Live);
    stage.press(KeyCode::Char('k'));
    assert_snapshot!(stage.picture());
}

#[test]
fn running_160_with_light_ascii() {
    let mut stage = Stage::with(Options { ascii: true, no_color: true, ..Options::default() }, 160, 48).at_gate(RunKind::Drill).open();
    stage.events(proposed("scale_general", 1));
    stage.seconds = 40;
    stage.events(applied("scale_general", Given::Enter, Vec::new()));
    stage.tell(Telemetry::Progress {
        step: "scale_general".into(),
        at: at(50),
        waiting_for: "12 nodes InService".into(),
        counted: Some((5, 12)),
    });
    stage.go_to(60);
    let frame = stage.frame();
    assert!(frame.is_ascii(), "{frame}");
    assert_snapshot!(stage.picture());
}

#[test]
fn failed_80() {
    let mut stage = running(80, 24, RunKind::Drill);
    stage.event(conflict("scale_general"));
    select(&mut stage, "scale_general");
    assert_snapshot!(stage.picture());
}

#[test]
fn failed_choices_120() {
    let mut stage = running(120, 40, RunKind::Live);
    stage.event(conflict("scale_general"));
    select(&mut stage, "scale_general");
    stage.enter();
    assert_snapshot!(stage.picture());
}

/// The answer to the promotion was lost, and a look could not tell.
pub(super) fn doubtful(width: u16, height: u16) -> Stage {
    let mut stage = running(width, height, RunKind::Drill);
    let doubt = |reason: &str, undecided| Event::StepInDoubt { step: "promote_db".into(), attempt: 1, reason: reason.into(), undecided };
    stage.event(doubt("the answer to the call was lost: rds:PromoteReadReplica: the connection was reset", false));
    stage.seconds += 12;
    stage.event(doubt("orders-replica is still a replica, and its status is modifying", true));
    stage.go_to(stage.seconds + 5);
    select(&mut stage, "promote_db");
    stage
}

#[test]
fn in_doubt_details_120() {
    assert_snapshot!(doubtful(120, 40).picture());
}

#[test]
fn in_doubt_dialog_80() {
    let mut stage = doubtful(80, 24);
    stage.enter();
    assert_snapshot!(stage.picture());
}

#[test]
fn what_did_not_happen_is_asked_for_again_with_the_evidence_120() {
    let mut stage = doubtful(120, 40);
    let reason = "the console shows no promotion, and the replica still follows its source";
    stage.enter();
    stage.press(KeyCode::Char('n'));
    assert!(stage.frame().contains("may be made twice"));
    stage.type_text(reason);
    let command = stage.enter().expect("it is decided");
    assert!(matches!(&command, crate::engine::Command::Resolve { happened: false, reason: given, .. } if given == reason), "{command:?}");
    let by = Some(alice());
    stage.event(Event::StepDoubtResolved { step: "promote_db".into(), attempt: 1, happened: false, reason: reason.into(), by });
    stage.events(proposed("promote_db", 1).split_off(1));
    let details = stage.frame();
    stage.enter();
    let dialog = stage.picture();
    assert!(details.contains("did NOT happen: alice decided"), "{details}");
    assert_snapshot!(dialog);
    // The next call is another matter.
    stage.events(applied("promote_db", Given::Enter, Vec::new()));
    assert!(!stage.frame().contains("Doubted "));
}

#[test]
fn leaving_with_work_under_way_80() {
    let mut stage = running(80, 24, RunKind::Live);
    stage.press(KeyCode::Char('q'));
    assert_snapshot!(stage.picture());
}

#[test]
fn help_80() {
    let mut stage = running(80, 24, RunKind::Drill);
    stage.press(KeyCode::Char('?'));
    assert_snapshot!(stage.picture());
}

#[test]
fn palette_80() {
    let mut stage = running(80, 24, RunKind::Drill);
    stage.press(KeyCode::Char(':'));
    stage.type_text("roll");
    assert_snapshot!(stage.picture());
}

#[test]
fn timeline_alone_120() {
    let mut stage = running(120, 40, RunKind::Drill);
    stage.event(Event::Note { by: alice(), text: "pager went off".into(), at: "2026-03-12T02:41:00Z".parse().ok() });
    stage.press(KeyCode::Char('t'));
    assert_snapshot!(stage.picture());
    stage.press(KeyCode::Char('/'));
    stage.type_text("PAGER");
    assert_snapshot!("timeline_filtered_120", stage.picture());
}

#[test]
fn rolling_back_and_paused_120() {
    let mut stage = running(120, 40, RunKind::Drill);
    stage.events(done("scale_general", json!({})));
    stage.event(Event::RollbackStarted { by: Some(alice()), reason: "the region came back".into() });
    stage.event(Event::RunPaused { by: Some(alice()), reason: "waiting for the incident commander".into() });
    stage.go_to(220);
    assert_snapshot!(stage.picture());
}

#[test]
fn summary_80_and_120() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut stage = running(width, height, RunKind::Drill);
        stage.seconds = 620;
        stage.events(done("promote_db", json!({"endpoint": "orders-replica.abc.us-east-1.rds.amazonaws.com"})));
        stage.event(Event::StepSkipped { step: "scale_system".into(), reason: "already at full size".into(), by: Some(alice()) });
        stage.seconds = 700;
        stage.events(done("scale_general", json!({})));
        stage.seconds = 1_500;
        stage.event(finished(Outcome::Succeeded, "every step is done"));
        stage.go_to(1_600);
        assert_snapshot!(format!("summary_{width}"), stage.picture());
    }
}

#[test]
fn overdue_and_over_the_objective() {
    let mut stage = running(120, 40, RunKind::Drill);
    select(&mut stage, "promote_db");
    stage.go_to(3_700);
    let frame = stage.frame();
    assert!(frame.contains("OVER by 5:10"), "{frame}");
    assert!(frame.contains("longer than usual"), "{frame}");
    assert!(frame.contains("forecast ~"), "{frame}");
}

#[test]
fn control_characters_never_reach_a_cell() {
    let mut stage = running(120, 40, RunKind::Drill);
    stage.tell(Telemetry::Log { step: "promote_db".into(), at: at(209), line: "\u{1b}]0;pwned\u{7}\u{202e}reversed".into() });
    stage.event(conflict("promote_db"));
    select(&mut stage, "promote_db");
    let frame = stage.frame();
    assert!(!frame.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{frame}");
    assert!(frame.contains("␛[2J"), "{frame}");
}

#[test]
fn wide_characters_keep_the_borders_in_place() {
    let mut plan = plan();
    plan.steps[0].title = "宣言する 障害を宣言して指揮官を任命する作業".into();
    plan.name = "地域フェイルオーバー地域フェイルオーバー".into();
    let mut stage = Stage::empty(80, 24);
    stage.begin(RunKind::Drill, plan);
    let mut stage = stage.open();
    stage.events(proposed("declare", 1));
    let frame = stage.frame();
    for line in frame.lines() {
        assert_eq!(unicode_width::UnicodeWidthStr::width(line), 80, "{line:?}\n{frame}");
    }
}

#[test]
fn the_spinner_turns_by_our_time_not_the_worlds() {
    let mut stage = running(120, 40, RunKind::Drill);
    let (before, now, own) = (stage.model.frame(), stage.model.now, stage.model.own);
    update(&mut stage.model, Msg::Tick { now: at(400), own, speed: 1.0 });
    assert_eq!(stage.model.frame(), before);
    update(&mut stage.model, Msg::Tick { now, own: own + Duration::from_millis(200), speed: 1.0 });
    assert_eq!(stage.model.frame(), before + 1);
}

#[test]
fn a_record_that_cannot_be_written_is_on_every_screen_and_nothing_can_be_asked_for() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut stage = running(width, height, RunKind::Live);
        stage.enter();
        update(&mut stage.model, Msg::Unrecorded("write to journal.jsonl: no space left on device".into()));
        assert!(stage.model.dialogs.is_empty(), "what cannot be confirmed is not asked");
        for screen in ['1', 't'] {
            stage.press(KeyCode::Char(screen));
            let frame = stage.frame();
            assert!(frame.contains("THE RECORD CANNOT BE WRITTEN: nothing new"), "{frame}");
        }
        stage.press(KeyCode::Char('1'));
        for key in ['s', 'r', 'm', 'u', 'p', 'n', 'b', 'a'] {
            assert_eq!(stage.press(KeyCode::Char(key)), [], "{key}");
            let frame = stage.frame();
            assert!(stage.model.dialogs.is_empty() && frame.contains("no space left on device"), "{key}: {frame}");
        }
        assert_eq!(stage.enter(), None);
        // What happens to the calls in flight is still shown.
        stage.events(done("promote_db", json!({})));
        assert!(stage.frame().contains("promote_db done"), "{}", stage.frame());
        stage.press(KeyCode::Char('q'));
        assert!(stage.frame().contains("printed when you leave"), "{}", stage.frame());
    }
}
