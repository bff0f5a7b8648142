//! Every view, dialog and state at the three sizes, text and style; what other files hold at one size stands here at all of them.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use serde_json::json;

use super::frames::{choices, doubtful, running, sampled_gate, select};
use super::stage::Stage;
use super::support::*;
use crate::engine::{Event, Given, Outcome, Override, RunKind};
use crate::plan::{Change, Verdict};
use crate::tui::theme::Palette;
use crate::tui::{Msg, Options, update};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn at_every_size(name: &str, stage: impl Fn(u16, u16) -> Stage) {
    for (width, height) in SIZES {
        assert_snapshot!(format!("{name}_{width}"), stage(width, height).picture());
    }
}

fn press(mut stage: Stage, key: char) -> Stage {
    stage.press(KeyCode::Char(key));
    stage
}

fn gate(width: u16, height: u16, kind: RunKind, verdict: Verdict, shown: &str) -> Stage {
    let mut stage = Stage::empty(width, height).at_gate(kind);
    sampled_gate(&mut stage, verdict, shown);
    stage
}

#[test]
fn before_the_run() {
    at_every_size("opening_nothing_yet", Stage::empty);
    at_every_size("identifying", |width, height| {
        let mut stage = Stage::empty(width, height);
        stage.event(started(RunKind::Live, plan()));
        stage
    });
}

#[test]
fn the_gate() {
    at_every_size("gate_ready_live", |width, height| gate(width, height, RunKind::Live, Verdict::Pass, "123456789012"));
    at_every_size("gate_ready_drill", |width, height| gate(width, height, RunKind::Drill, Verdict::Pass, "123456789012"));
    at_every_size("gate_ready_dry_run", |width, height| gate(width, height, RunKind::DryRun, Verdict::Pass, "123456789012"));
    at_every_size("gate_unknown", |width, height| gate(width, height, RunKind::Live, Verdict::Unknown("access denied".into()), ""));
    at_every_size("gate_stale", |width, height| {
        let mut stage = gate(width, height, RunKind::Drill, Verdict::Pass, "123456789012");
        stage.go_to(40);
        stage
    });
    at_every_size("gate_overriding", |width, height| {
        let mut stage = gate(width, height, RunKind::Live, Verdict::Fail, "999999999999");
        stage.enter();
        stage.type_text("the account was renumbered");
        stage
    });
    at_every_size("gate_overridden", |width, height| {
        let mut stage = gate(width, height, RunKind::Live, Verdict::Fail, "999999999999");
        let overrides = || vec![Override { check: "preconditions[1]".into(), reason: "the account was renumbered".into() }];
        stage.event(Event::RunOpening { by: alice(), overrides: overrides() });
        let Event::RunOpened { by, mut readings, .. } = opened() else { panic!("another event") };
        readings[1] = reading("preconditions[1]", 14, Verdict::Fail, "999999999999", None);
        stage.event(Event::RunOpened { by, readings, overrides: overrides() });
        stage.press(KeyCode::Home);
        stage
    });
    at_every_size("gate_begin", |width, height| {
        let mut stage = gate(width, height, RunKind::Live, Verdict::Pass, "123456789012");
        stage.enter();
        stage
    });
}

/// One step in each state a run can leave it in, and the selection on `id`.
fn states(width: u16, height: u16, kind: RunKind) -> Stage {
    let mut stage = running(width, height, kind);
    stage.events(proposed("scale_system", 1));
    stage.event(Event::StepConfirming {
        step: "scale_system".into(),
        by: alice(),
        given: Given::Enter,
        change: change("scale_system").digest(),
        overrides: Vec::new(),
        answers: Default::default(),
    });
    stage.go_to(214);
    stage
}

#[test]
fn steps_under_way() {
    at_every_size("step_proposed", |width, height| choices(width, height, RunKind::Live));
    at_every_size("step_confirming", |width, height| {
        let mut stage = states(width, height, RunKind::Live);
        select(&mut stage, "scale_system");
        stage
    });
    at_every_size("step_settling", |width, height| {
        let mut stage = running(width, height, RunKind::Drill);
        select(&mut stage, "scale_general");
        stage
    });
    at_every_size("step_verifying", |width, height| {
        let mut stage = running(width, height, RunKind::Live);
        stage.event(Event::StepSettled {
            step: "promote_db".into(),
            attempt: 1,
            outputs: json!({"endpoint": "db.example"}),
            already: false,
        });
        stage.tell(sampled(reading("promote_db.verify[0]", 209, Verdict::Fail, "modifying", None)));
        stage.go_to(212);
        select(&mut stage, "promote_db");
        stage
    });
    at_every_size("step_retrying", |width, height| {
        let mut stage = running(width, height, RunKind::Drill);
        stage.event(conflict("scale_general"));
        stage.event(Event::StepRetrying { step: "scale_general".into(), attempt: 2, delay: 30.0, by: None, reason: None });
        stage.go_to(215);
        select(&mut stage, "scale_general");
        stage
    });
}

#[test]
fn steps_that_stopped() {
    at_every_size("step_failed", |width, height| {
        let mut stage = running(width, height, RunKind::Live);
        stage.event(conflict("scale_general"));
        stage.go_to(215);
        select(&mut stage, "scale_general");
        stage
    });
    at_every_size("step_in_doubt", doubtful);
    at_every_size("step_skipped", |width, height| {
        let mut stage = choices(width, height, RunKind::Live);
        stage.event(Event::StepSkipped { step: "scale_system".into(), reason: "there is room enough".into(), by: Some(alice()) });
        select(&mut stage, "scale_system");
        stage
    });
    at_every_size("step_taken_over", |width, height| {
        let mut stage = choices(width, height, RunKind::Live);
        stage.event(Event::StepTakenOver { step: "promote_db".into(), by: alice(), reason: "promoted in the console".into() });
        select(&mut stage, "promote_db");
        stage
    });
    at_every_size("step_already_so", |width, height| {
        let mut stage = choices(width, height, RunKind::Drill);
        let so = Change { already: true, ..change("scale_system") };
        stage.event(Event::StepProposed { step: "scale_system".into(), attempt: 1, observation: json!({}), change: so });
        stage.event(Event::StepSettled { step: "scale_system".into(), attempt: 1, outputs: json!({}), already: true });
        stage.event(Event::StepSucceeded { step: "scale_system".into(), readings: Vec::new() });
        select(&mut stage, "scale_system");
        stage
    });
    at_every_size("step_done", |width, height| {
        let mut stage = running(width, height, RunKind::Drill);
        stage.events(done("promote_db", json!({"endpoint": "orders-replica.abc.us-east-1.rds.amazonaws.com"})));
        select(&mut stage, "promote_db");
        stage
    });
    at_every_size("step_planned", |width, height| {
        let mut stage = choices(width, height, RunKind::DryRun);
        stage.event(Event::StepPlanned { step: "scale_system".into(), readings: Vec::new() });
        select(&mut stage, "scale_system");
        stage
    });
}

#[test]
fn confirmations() {
    at_every_size("confirm_enter", |width, height| {
        let mut stage = choices(width, height, RunKind::Live);
        select(&mut stage, "scale_general");
        stage.enter();
        stage
    });
    at_every_size("confirm_type", |width, height| {
        let mut stage = choices(width, height, RunKind::Live);
        stage.tell(sampled(reading("promote_db.preconditions[1]", 98, Verdict::Pass, "connection refused", None)));
        stage.enter();
        stage.type_text("orders-replic");
        stage
    });
    at_every_size("confirm_overriding", |width, height| {
        let mut stage = choices(width, height, RunKind::Live);
        stage.enter();
        stage.type_text("primary fenced by hand");
        stage.press(KeyCode::Tab);
        stage.type_text("orders-replica");
        stage
    });
    at_every_size("confirm_two_persons", |width, height| {
        let mut stage = choices(width, height, RunKind::Live);
        stage.events(proposed("flip_dns", 1));
        select(&mut stage, "flip_dns");
        stage.enter();
        stage.type_text("alice");
        stage
    });
    at_every_size("confirm_question", |width, height| {
        let mut stage = Stage::empty(width, height).at_gate(RunKind::Drill).open();
        stage.events(proposed("declare", 1));
        stage.enter();
        stage.type_text("INC");
        stage
    });
    at_every_size("confirm_refused_paste", |width, height| {
        let mut stage = choices(width, height, RunKind::Live);
        stage.enter();
        stage.press(KeyCode::Tab);
        update(&mut stage.model, Msg::Paste("orders-replica".into()));
        stage
    });
    at_every_size("confirm_change_is_another", |width, height| {
        let mut stage = choices(width, height, RunKind::Live);
        stage.enter();
        let mut other = change("promote_db");
        other.fields[1].before = "yes".into();
        stage.event(Event::StepProposed { step: "promote_db".into(), attempt: 1, observation: json!({}), change: other });
        stage
    });
    at_every_size("confirm_refused_by_the_last_look", |width, height| {
        let mut stage = choices(width, height, RunKind::Live);
        stage.events(applied("promote_db", Given::Typed("orders-replica".into()), Vec::new()).drain(..1).collect());
        let readings = vec![reading("promote_db.preconditions[1]", 99, Verdict::Fail, "200 OK", None)];
        let reason = "The primary does not accept writes: 200 OK".to_owned();
        stage.event(Event::StepConfirmationRefused { step: "promote_db".into(), reason, readings });
        stage
    });
}

#[test]
fn dialogs() {
    at_every_size("skip", |width, height| {
        let mut stage = press(choices(width, height, RunKind::Live), 's');
        stage.type_text("not needed");
        stage
    });
    at_every_size("take_over", |width, height| press(choices(width, height, RunKind::Live), 'm'));
    at_every_size("roll_back", |width, height| {
        let mut stage = running(width, height, RunKind::Live);
        stage.events(done("scale_general", json!({})));
        stage.events(done("promote_db", json!({})));
        press(stage, 'b')
    });
    at_every_size("abort_live", |width, height| press(running(width, height, RunKind::Live), 'a'));
    at_every_size("abort_drill", |width, height| press(running(width, height, RunKind::Drill), 'a'));
    at_every_size("pause", |width, height| press(running(width, height, RunKind::Live), 'p'));
    at_every_size("resume", |width, height| {
        let mut stage = running(width, height, RunKind::Live);
        stage.event(Event::RunPaused { by: Some(alice()), reason: "waiting for the incident commander".into() });
        let mut stage = press(stage, 'p');
        stage.type_text("the commander agrees");
        stage
    });
    at_every_size("retry", |width, height| {
        let mut stage = running(width, height, RunKind::Live);
        stage.event(conflict("scale_general"));
        select(&mut stage, "scale_general");
        press(stage, 'r')
    });
    at_every_size("note", |width, height| {
        let mut stage = press(running(width, height, RunKind::Live), 'n');
        stage.type_text("@02:30 pager went off");
        stage
    });
    at_every_size("help", |width, height| press(running(width, height, RunKind::Live), '?'));
    at_every_size("palette", |width, height| {
        let mut stage = press(running(width, height, RunKind::Live), ':');
        stage.type_text("scale");
        stage
    });
    at_every_size("leave_under_way", |width, height| press(running(width, height, RunKind::Live), 'q'));
    at_every_size("leave", |width, height| press(choices(width, height, RunKind::Live), 'q'));
    at_every_size("in_doubt", |width, height| {
        let mut stage = doubtful(width, height);
        stage.enter();
        stage
    });
    at_every_size("in_doubt_did_not_happen", |width, height| {
        let mut stage = doubtful(width, height);
        stage.enter();
        stage.press(KeyCode::Char('n'));
        stage
    });
}

#[test]
fn the_timeline() {
    let open = |width, height| {
        let mut stage = running(width, height, RunKind::Live);
        stage.event(Event::Note { by: alice(), text: "pager went off".into(), at: "2026-03-12T02:41:00Z".parse().ok() });
        press(stage, 't')
    };
    at_every_size("timeline", open);
    at_every_size("timeline_filter", |width, height| {
        let mut stage = press(open(width, height), '/');
        stage.type_text("freeze");
        stage
    });
    at_every_size("timeline_search", |width, height| {
        let mut stage = press(open(width, height), 'f');
        stage.type_text("freeze");
        stage.press(KeyCode::Enter);
        press(stage, '[')
    });
}

#[test]
fn the_run_as_a_whole() {
    at_every_size("paused", |width, height| {
        let mut stage = running(width, height, RunKind::Live);
        stage.event(Event::RunPaused { by: Some(alice()), reason: "waiting for the incident commander".into() });
        stage
    });
    at_every_size("rolling_back", |width, height| {
        let mut stage = running(width, height, RunKind::Live);
        stage.events(done("scale_general", json!({})));
        stage.event(Event::RollbackStarted { by: Some(alice()), reason: "the region came back".into() });
        stage.go_to(220);
        stage
    });
    at_every_size("unrecorded", |width, height| {
        let mut stage = running(width, height, RunKind::Live);
        update(&mut stage.model, Msg::Unrecorded("write to journal.jsonl: no space left on device".into()));
        stage
    });
    at_every_size("watching", |width, height| {
        let options = Options { watching: Some("bob on ops-1 (process 4711)".into()), ..Options::default() };
        let mut stage = Stage::with(options, width, height).at_gate(RunKind::Live).open();
        stage.events(proposed("declare", 1));
        stage
    });
    at_every_size("late", |width, height| {
        let mut stage = running(width, height, RunKind::Live);
        stage.go_to(3_700);
        stage
    });
    for (name, outcome, reason) in [
        ("summary_aborted", Outcome::Aborted, "the region is back"),
        ("summary_failed", Outcome::Failed, "scale_general failed, and the run stops at a failure"),
    ] {
        at_every_size(name, |width, height| {
            let mut stage = running(width, height, RunKind::Live);
            stage.event(conflict("scale_general"));
            stage.seconds = 700;
            stage.event(finished(outcome, reason));
            stage
        });
    }
}

#[test]
fn looks() {
    let looks = [
        ("light", Options { theme: Palette::Light, ..Options::default() }),
        ("high_contrast", Options { theme: Palette::HighContrast, ..Options::default() }),
        ("no_colour", Options { no_color: true, ..Options::default() }),
        ("ascii", Options { ascii: true, ..Options::default() }),
    ];
    for (name, options) in looks {
        at_every_size(&format!("look_{name}"), |width, height| {
            let mut stage = running(width, height, RunKind::Live);
            stage.model.options = options.clone();
            stage.model.theme = crate::tui::theme::Theme::new(options.theme, !options.no_color, options.ascii);
            stage.event(conflict("scale_general"));
            select(&mut stage, "promote_db");
            stage
        });
        at_every_size(&format!("look_{name}_dialog"), |width, height| {
            let mut stage = choices(width, height, RunKind::Live);
            stage.model.options = options.clone();
            stage.model.theme = crate::tui::theme::Theme::new(options.theme, !options.no_color, options.ascii);
            stage.enter();
            stage.type_text("fenced");
            stage
        });
    }
}

#[test]
fn too_small_by_one() {
    for (width, height) in [(79, 24), (80, 23), (20, 5)] {
        let mut stage = running(width, height, RunKind::Live);
        assert_snapshot!(format!("too_small_{width}x{height}"), stage.picture());
    }
}
