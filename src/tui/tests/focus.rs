//! Nothing is moved under anybody's hands, and nothing that failed is hidden by what waits.

use crossterm::event::{KeyCode, KeyEvent};
use serde_json::json;

use super::frames::{choices, running, select};
use super::stage::Stage;
use super::support::*;
use crate::engine::{ActorKind, Command, Event, Given, Input, NO_REASON_YET, RunKind, decide};
use crate::plan::{FailureKind, Happened, Verdict};
use crate::tui::{Cmd, Msg, update};

fn selected(stage: &Stage) -> Option<String> {
    stage.model.selected_step().map(|(plan, _)| plan.id.to_string())
}

#[test]
fn after_a_failure_and_a_retry_the_selection_is_where_it_was() {
    let mut stage = choices(80, 24, RunKind::Live);
    select(&mut stage, "scale_general");
    stage.enter();
    stage.events(applied("scale_general", Given::Enter, Vec::new()));
    stage.event(conflict("scale_general"));
    stage.frame();
    assert_eq!(selected(&stage).as_deref(), Some("scale_general"), "others wait, and it stays");
    stage.press(KeyCode::Char('w'));
    assert_ne!(selected(&stage).as_deref(), Some("scale_general"), "one asks to be moved");
    select(&mut stage, "scale_general");
    stage.press(KeyCode::Char('r'));
    assert!(matches!(stage.enter(), Some(Command::Retry { step, .. }) if step.as_str() == "scale_general"));
    stage.event(Event::StepRetrying { step: "scale_general".into(), attempt: 2, delay: 0.0, by: Some(alice()), reason: None });
    stage.event(Event::StepReady { step: "scale_general".into(), attempt: 2, with: json!({}) });
    stage.frame();
    assert_eq!(selected(&stage).as_deref(), Some("scale_general"));
    stage.events(proposed("scale_general", 2));
    stage.press(KeyCode::Char('m'));
    assert!(stage.frame().contains("By hand: Scale the general node group"), "{}", stage.frame());
}

#[test]
fn what_one_looks_at_stays_also_when_it_is_done() {
    let mut stage = running(120, 40, RunKind::Live);
    select(&mut stage, "promote_db");
    stage.events(done("promote_db", json!({})));
    stage.frame();
    assert_eq!(selected(&stage).as_deref(), Some("promote_db"));
    // Who only watches is taken along: nothing can be asked of the run there.
    let options = crate::tui::Options { watching: Some("bob on ops-1".into()), ..crate::tui::Options::default() };
    let mut stage = Stage::with(options, 120, 40).at_gate(RunKind::Live).open();
    stage.events(proposed("scale_system", 1));
    stage.frame();
    stage.press(KeyCode::Tab);
    stage.events(applied("scale_system", Given::Enter, Vec::new()));
    stage.events(done("scale_system", json!({})));
    stage.events(proposed("scale_general", 1));
    stage.frame();
    assert_eq!(selected(&stage).as_deref(), Some("scale_general"));
}

#[test]
fn failures_come_first_and_whole_at_every_size() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = choices(width, height, RunKind::Live);
        select(&mut stage, "promote_db");
        stage.events(applied("scale_general", Given::Enter, Vec::new()));
        stage.event(conflict("scale_general"));
        let frame = stage.frame();
        let status = frame.lines().nth(2).expect("a status line").to_owned();
        assert!(status.starts_with("  ✘ FAILED: Scale the general node group to full load"), "{status}");
        assert!(status.contains("wait") || status.contains("WAIT"), "{status}");
    }
}

#[test]
fn a_blocked_step_says_so_in_the_list_and_what_would_be_allowed() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = Stage::empty(width, height);
        let mut plan = plan();
        plan.params.insert("max_lag".into(), json!(1));
        plan.steps[2].preconditions[0].expect = "seconds <= params.max_lag".into();
        stage.begin(RunKind::Drill, plan);
        let mut stage = stage.open();
        stage.events(proposed("promote_db", 1));
        stage.tell(sampled(reading("promote_db.preconditions[0]", 20, Verdict::Fail, "2.3 s would be lost (lag 234.7 s)", Some(2.3))));
        stage.tell(sampled(reading("promote_db.preconditions[1]", 20, Verdict::Pass, "connection refused", None)));
        stage.go_to(21);
        let frame = stage.frame();
        let row = frame.lines().skip(3).find(|line| line.contains(" 3 Promote")).expect("its row");
        assert!(row.contains("✘") && row.contains("blocked"), "{row}");
        let flat = frame.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("allowed 1 s") && flat.contains("(max_lag)"), "{frame}");
        assert!(!frame.contains("WAIT FOR YOU") && !frame.contains("WAITS FOR YOU"), "{frame}");
        assert!(frame.contains("✘ BLOCKED: Promote the orders replica"), "{frame}");
    }
}

#[test]
fn a_pause_is_immediate_and_the_reason_may_follow() {
    let mut stage = choices(80, 24, RunKind::Live);
    let [Cmd::Send(Command::Pause { reason })] = &stage.press(KeyCode::Char('p'))[..] else { panic!("no pause") };
    assert_eq!(reason, "");
    let state = |stage: &Stage| stage.model.state().expect("a run").clone();
    let ask = |stage: &Stage, reason: &str| {
        let command = Command::Pause { reason: reason.into() };
        decide(&state(stage), at(99), Input::Operator { by: alice(), command })
    };
    assert_eq!(alice().kind, ActorKind::Person);
    for event in ask(&stage, "").expect("paused").events {
        stage.event(event);
    }
    assert_eq!(state(&stage).paused.as_deref(), Some(NO_REASON_YET));
    assert!(ask(&stage, "  ").is_err(), "it is paused already");
    stage.press(KeyCode::Esc);
    assert!(stage.frame().contains("PAUSED: no reason given yet"), "{}", stage.frame());
    for event in ask(&stage, "waiting for the commander").expect("a reason").events {
        stage.event(event);
    }
    assert_eq!(state(&stage).paused.as_deref(), Some("waiting for the commander"));
    let told = &stage.model.run.timeline.last().expect("an entry").text;
    assert_eq!(told, "run paused by alice, the reason: waiting for the commander");
    assert!(ask(&stage, "another").is_err());
}

#[test]
fn page_keys_move_a_page_in_the_help_and_g_goes_to_its_ends() {
    let mut stage = choices(80, 24, RunKind::Drill);
    stage.press(KeyCode::Char('?'));
    let lines = |stage: &mut Stage| stage.frame().lines().map(str::to_owned).collect::<Vec<_>>();
    let first = lines(&mut stage);
    stage.press(KeyCode::PageDown);
    let second = lines(&mut stage);
    // The last line of the page is the first of the next.
    let text = |line: &str| line.trim_matches(|c| "│ ".contains(c)).to_owned();
    assert_eq!(text(&first[21]), text(&second[2]), "{}", second.join("\n"));
    stage.press(KeyCode::Char('G'));
    assert!(stage.frame().contains("None is chosen beforehand"), "{}", stage.frame());
    stage.press(KeyCode::Char('g'));
    assert_eq!(lines(&mut stage), first);
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Char('G'));
    assert_eq!(selected(&stage).as_deref(), Some("hand_over"));
    stage.press(KeyCode::Char('g'));
    assert_eq!(selected(&stage), None);
}

#[test]
fn left_and_right_never_do_anything_to_a_step() {
    for key in ['h', 'l', 'g'] {
        let mut stage = choices(80, 24, RunKind::Live);
        select(&mut stage, "scale_system");
        assert_eq!(stage.press(KeyCode::Char(key)), []);
        assert!(stage.model.dialogs.is_empty(), "{key}");
    }
}

#[test]
fn instructions_and_commands_are_copied() {
    let mut stage = choices(120, 40, RunKind::Live);
    select(&mut stage, "declare");
    let [Cmd::Copy(text)] = &stage.press(KeyCode::Char('y'))[..] else { panic!("nothing copied") };
    assert_eq!(text, "Open the incident, name the incident commander, and write the number of the ticket here.");
    let mut plan = plan();
    plan.steps[1].with = json!({"argv": ["deployctl", "freeze", "--reason", "it's ${{ params.to }}"]}).into();
    plan.steps[7].with = json!({"instructions": "Say that ${{ params.to }} serves, since ${{ steps.flip_dns.ended }}."}).into();
    let mut stage = Stage::empty(120, 40);
    stage.begin(RunKind::Live, plan);
    let mut stage = stage.open();
    select(&mut stage, "freeze");
    let [Cmd::Copy(text)] = &stage.press(KeyCode::Char('y'))[..] else { panic!("nothing copied") };
    assert_eq!(text, r"deployctl freeze --reason 'it'\''s us-east-1'");
    // Ahead of time what is known is filled in, and what is not stays as it was written.
    select(&mut stage, "hand_over");
    let frame = stage.frame();
    assert!(frame.contains("Say that us-east-1 serves, since ${{ steps.flip_dns.ended }}"), "{frame}");
}

#[test]
fn what_calls_nothing_never_came_out_wrong() {
    for (id, kind) in [("smoke_test", FailureKind::NotVerified), ("hand_over", FailureKind::Timeout), ("smoke_test", FailureKind::Timeout)]
    {
        let mut plan = plan();
        plan.steps[6].mutates = false;
        let mut stage = Stage::empty(120, 40);
        stage.begin(RunKind::Live, plan);
        let mut stage = stage.open();
        stage.events(proposed(id, 1));
        stage.events(applied(id, Given::Enter, Vec::new()));
        let failure = crate::plan::Failure::new(kind, "not done within 120 s", "").effect(Happened::Yes);
        stage.event(Event::StepFailed { step: id.into(), attempt: 1, failure, readings: Vec::new() });
        select(&mut stage, id);
        for frame in [stage.frame(), {
            stage.enter();
            stage.frame()
        }] {
            assert!(frame.contains("NOTHING CALLED"), "{frame}");
            assert!(!frame.contains("came out wrong") && !frame.contains("was accepted") && !frame.contains(", called at"), "{frame}");
        }
        let told = &stage.model.run.timeline.last().expect("an entry").text;
        assert!(!told.contains("the change was made"), "{told}");
    }
}

#[test]
fn what_was_not_checked_is_said_where_people_look() {
    let mut stage = running(120, 40, RunKind::Live);
    let note = "name servers were not asked: wait_for_dns is false";
    stage.events(done("scale_general", json!({"note": note, "in_service": 12})));
    select(&mut stage, "scale_general");
    let frame = stage.frame();
    assert!(frame.matches(note).count() >= 2, "in the details and in the timeline: {frame}");
    assert!(stage.model.run.timeline.iter().any(|entry| entry.text.contains(&format!("; note: {note}"))));
}

#[test]
fn a_small_screen_shows_a_run_that_is_watched_and_drives_none() {
    let options = crate::tui::Options { watching: Some("bob on ops-1 (process 4711)".into()), ..crate::tui::Options::default() };
    let mut stage = Stage::with(options, 44, 14).at_gate(RunKind::Live).open();
    stage.events(proposed("promote_db", 1));
    stage.events(proposed("scale_general", 1));
    stage.events(applied("scale_general", Given::Enter, Vec::new()));
    stage.event(conflict("scale_general"));
    stage.events(proposed("scale_system", 1));
    stage.events(applied("scale_system", Given::Enter, Vec::new()));
    stage.go_to(40);
    insta::assert_snapshot!("watching_44", stage.picture());
    assert_eq!(stage.raw(KeyEvent::from(KeyCode::Char('q'))), [Cmd::Leave(crate::tui::Left::Quit)]);
    let since = "2026-03-12T02:48:00Z".parse().expect("a time");
    update(&mut stage.model, Msg::Driven(crate::view::Driven::Nobody { since }));
    assert!(stage.frame().contains("nobody drives since 02:48:00Z"), "{}", stage.frame());
    stage.model.size = ratatui::layout::Size { width: 80, height: 24 };
    let frame = stage.frame();
    assert!(frame.contains("bob left at 02:48:00Z; waiting for somebody to take the run up"), "{frame}");
    update(&mut stage.model, Msg::Driven(crate::view::Driven::By("carol on ops-2".into())));
    assert!(!stage.frame().contains("bob left"));
    let mut driving = Stage::empty(44, 14).at_gate(RunKind::Live).open();
    assert!(driving.frame().contains("lifeboat needs 80x24"), "{}", driving.frame());
}

#[test]
fn a_step_under_way_can_be_given_up_and_the_run_only_elsewhere() {
    let mut stage = running(80, 24, RunKind::Live);
    select(&mut stage, "promote_db");
    assert!(stage.frame().contains("gives up in"), "{}", stage.frame());
    assert!(stage.frame().lines().last().expect("a footer").contains("a stop waiting"), "{}", stage.frame());
    stage.press(KeyCode::Char('m'));
    assert!(stage.frame().contains("a gives it up first"), "{}", stage.frame());
    stage.press(KeyCode::Char('a'));
    let frame = stage.frame();
    assert!(frame.contains("Under way: Promote the orders replica") && frame.contains("status modifying to become"), "{frame}");
    insta::assert_snapshot!("give_up_80", stage.picture());
    stage.press(KeyCode::Char('w'));
    stage.type_text("it hangs");
    let Some(command) = stage.enter() else { panic!("nothing sent") };
    assert_eq!(command, Command::StopWaiting { step: "promote_db".into(), reason: "it hangs".into() });
    let state = stage.model.state().expect("a run").clone();
    for event in decide(&state, at(211), Input::Operator { by: alice(), command }).expect("taken").events {
        stage.event(event);
    }
    assert_eq!(selected(&stage).as_deref(), Some("promote_db"));
    let frame = stage.frame();
    assert!(frame.contains("FAILED: Promote the orders replica") && frame.contains("it was accepted;"), "{frame}");
    // Where nothing is under way it ends the run, and says so beforehand.
    select(&mut stage, "scale_system");
    assert!(!stage.frame().contains("stop waiting"));
    stage.press(KeyCode::Char('a'));
    assert!(stage.frame().contains("End the run"), "{}", stage.frame());
    // A program is ended.
    let mut stage = Stage::empty(80, 24).at_gate(RunKind::Live).open();
    stage.events(proposed("freeze", 1));
    stage.events(applied("freeze", Given::Enter, Vec::new())[..3].to_vec());
    select(&mut stage, "freeze");
    stage.press(KeyCode::Char('a'));
    assert!(stage.frame().contains("End the program, and wait for it no longer"), "{}", stage.frame());
}
