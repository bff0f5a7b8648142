//! What confirms, and what must not.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Size;
use serde_json::json;

use super::stage::{Stage, repeat};
use super::support::*;
use crate::engine::{Command, Event, Given, NO_REASON_YET, Outcome, RunKind};
use crate::plan::Verdict;
use crate::tui::{Cmd, Left, Msg, update};

const ENTER: KeyCode = KeyCode::Enter;

/// One step proposed, with `Confirm::Enter`.
fn simple() -> Stage {
    let mut stage = Stage::empty(80, 24).at_gate(RunKind::Drill).open();
    stage.events(proposed("scale_system", 1));
    stage.go_to(30);
    stage
}

/// The promotion proposed, with its preconditions passing.
fn typed() -> Stage {
    let mut stage = Stage::empty(80, 24).at_gate(RunKind::Live).open();
    stage.events(proposed("promote_db", 1));
    for id in ["promote_db.preconditions[0]", "promote_db.preconditions[1]"] {
        stage.tell(sampled(reading(id, 30, Verdict::Pass, "fine", Some(1.0))));
    }
    stage.go_to(31);
    stage
}

#[test]
fn a_fresh_enter_confirms() {
    let mut stage = simple();
    assert_eq!(stage.enter(), None, "the first opens the dialog");
    let confirmed = stage.enter().expect("the second confirms");
    let Command::Confirm { step, given, change: digest, overrides, .. } = confirmed else { panic!("{confirmed:?}") };
    assert_eq!((step.as_str(), given, overrides), ("scale_system", Given::Enter, vec![]));
    assert_eq!(digest, change("scale_system").digest());
    assert!(stage.model.dialogs.is_empty());
}

#[test]
fn a_held_enter_confirms_nothing() {
    // A terminal that tells repeats.
    let mut stage = simple();
    stage.enter();
    stage.frame();
    for _ in 0..100 {
        assert_eq!(stage.after(Duration::from_millis(33), repeat(ENTER)), []);
        stage.frame();
    }
    // One that does not: the first repeat comes after 660 ms, the others every 33.
    let mut stage = simple();
    stage.enter();
    stage.frame();
    assert_eq!(stage.after(Duration::from_millis(660), KeyEvent::from(ENTER)), []);
    for _ in 0..100 {
        stage.frame();
        assert_eq!(stage.after(Duration::from_millis(33), KeyEvent::from(ENTER)), []);
    }
    assert!(stage.frame().contains("Not taken"));
    assert!(stage.enter().is_some(), "a press of its own is taken");
}

#[test]
fn keys_queued_before_the_first_frame_confirm_nothing() {
    let mut stage = simple();
    stage.frame();
    stage.raw(KeyEvent::from(ENTER));
    assert_eq!(stage.after(Duration::from_secs(5), KeyEvent::from(ENTER)), [], "the dialog has not been drawn");
    stage.frame();
    assert!(matches!(stage.after(Duration::from_secs(5), KeyEvent::from(ENTER))[..], [Cmd::Send(Command::Confirm { .. })]));
}

#[test]
fn text_that_streams_in_with_its_enter_confirms_nothing() {
    let mut stage = typed();
    stage.enter();
    stage.frame();
    for c in "orders-replica".chars() {
        assert_eq!(stage.raw(KeyEvent::from(KeyCode::Char(c))), []);
    }
    assert_eq!(stage.after(Duration::from_secs(2), KeyEvent::from(ENTER)), []);
    assert!(matches!(stage.enter(), Some(Command::Confirm { given: Given::Typed(_), .. })), "it was seen, and a press of its own came");
}

#[test]
fn typed_text_must_match() {
    let mut stage = typed();
    stage.enter();
    stage.type_text("orders-replic");
    assert_eq!(stage.enter(), None);
    assert!(stage.frame().contains("Not yet"));
    stage.type_text("a");
    let Some(Command::Confirm { given, .. }) = stage.enter() else { panic!("not confirmed") };
    assert_eq!(given, Given::Typed("orders-replica".into()));
}

#[test]
fn pasting_into_a_confirmation_is_refused() {
    let mut stage = typed();
    stage.enter();
    update(&mut stage.model, Msg::Paste("orders-replica".into()));
    assert!(stage.frame().contains("Pasting is refused"));
    assert_eq!(stage.enter(), None);
    // A reason may be pasted; line ends in it press nothing.
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Char('s'));
    update(&mut stage.model, Msg::Paste("done by\nhand\r\n".into()));
    let Some(Command::Skip { reason, .. }) = stage.enter() else { panic!("not skipped") };
    assert_eq!(reason, "done by hand");
}

#[test]
fn a_check_that_is_still_being_sampled_asks_for_no_reason_and_lets_nothing_pass() {
    let mut stage = Stage::empty(120, 40).at_gate(RunKind::Live).open();
    stage.events(proposed("promote_db", 1));
    stage.go_to(30);
    stage.enter();
    let frame = stage.frame();
    assert!(frame.contains("SAMPLING") && !frame.contains("Override:"), "{frame}");
    stage.type_text("orders-replica");
    assert_eq!(stage.enter(), None);
    assert!(stage.frame().contains("Still being sampled"));
    // Once one is known to block, it asks; what is being typed elsewhere keeps the keys.
    stage.tell(sampled(reading("promote_db.preconditions[0]", 30, Verdict::Pass, "fine", Some(1.0))));
    stage.tell(sampled(reading("promote_db.preconditions[1]", 30, Verdict::Fail, "200 OK", None)));
    let frame = stage.frame();
    assert!(frame.contains("Override:"), "{frame}");
    let form = &stage.model.dialogs.last().expect("open").form;
    assert!(form.fields[form.focus].label.starts_with("Type orders-replica"));
    // All is sampled again after the machine slept.
    stage.go_to(35);
    stage.event(Event::MachineSlept { for_ms: 4_000 });
    let frame = stage.frame();
    assert!(frame.contains("SAMPLING"), "{frame}");
    assert_eq!(stage.enter(), None);
}

#[test]
fn a_blocking_precondition_wants_a_reason_each() {
    let mut stage = typed();
    stage.tell(sampled(reading("promote_db.preconditions[1]", 31, Verdict::Fail, "200 OK", None)));
    stage.enter();
    stage.type_text("nah");
    assert_eq!(stage.enter(), None);
    stage.type_text(", fenced");
    assert_eq!(stage.enter(), None, "moves on to the next field");
    stage.type_text("orders-replica");
    let Some(Command::Confirm { overrides, .. }) = stage.enter() else { panic!("not confirmed") };
    assert_eq!(overrides.len(), 1);
    assert_eq!((overrides[0].check.as_str(), overrides[0].reason.as_str()), ("promote_db.preconditions[1]", "nah, fenced"));
}

#[test]
fn a_precondition_that_begins_to_block_stops_the_confirmation() {
    let mut stage = typed();
    stage.enter();
    stage.type_text("orders-replica");
    stage.tell(sampled(reading("promote_db.preconditions[1]", 31, Verdict::Unknown("timed out".into()), "", None)));
    assert_eq!(stage.enter(), None);
    // It recovers by itself: nothing is overridden.
    stage.tell(sampled(reading("promote_db.preconditions[1]", 31, Verdict::Pass, "refused", None)));
    let Some(Command::Confirm { overrides, .. }) = stage.enter() else { panic!("not confirmed") };
    assert_eq!(overrides, []);
}

#[test]
fn another_change_must_be_looked_at_again() {
    let mut stage = typed();
    stage.enter();
    stage.type_text("orders-replica");
    let mut other = change("promote_db");
    other.notes.push("a new note".into());
    stage.event(Event::StepProposed { step: "promote_db".into(), attempt: 1, observation: json!({}), change: other.clone() });
    assert_eq!(stage.enter(), None, "looks at the new change");
    assert!(stage.frame().contains("a new note"));
    assert_eq!(stage.enter(), None, "what was typed for the old change is gone");
    stage.type_text("orders-replica");
    let Some(Command::Confirm { change: digest, .. }) = stage.enter() else { panic!("not confirmed") };
    assert_eq!(digest, other.digest());
}

#[test]
fn a_step_that_goes_on_takes_its_dialog_away() {
    let mut stage = simple();
    stage.enter();
    stage.event(Event::StepSkipped { step: "scale_system".into(), reason: "elsewhere".into(), by: None });
    assert_eq!(stage.enter(), None);
    assert!(stage.model.dialogs.is_empty());
}

#[test]
fn a_new_prompt_does_not_touch_an_open_dialog() {
    let mut stage = simple();
    stage.enter();
    stage.events(proposed("scale_general", 1));
    assert!(stage.frame().contains("Confirm: Scale the system node group"));
    let Some(Command::Confirm { step, .. }) = stage.enter() else { panic!("not confirmed") };
    assert_eq!(step.as_str(), "scale_system");
}

#[test]
fn the_second_person_is_named() {
    let mut stage = Stage::empty(80, 24).at_gate(RunKind::Live).open();
    stage.events(proposed("flip_dns", 1));
    stage.enter();
    stage.type_text("Alice");
    assert_eq!(stage.enter(), None);
    for _ in 0..5 {
        stage.press(KeyCode::Backspace);
    }
    stage.type_text("bob");
    let Some(Command::Confirm { given, .. }) = stage.enter() else { panic!("not confirmed") };
    assert_eq!(given, Given::SecondPerson("bob".into()));
}

#[test]
fn answers_go_with_the_confirmation() {
    let mut stage = Stage::empty(80, 24).at_gate(RunKind::Drill).open();
    stage.events(proposed("declare", 1));
    stage.enter();
    stage.type_text("4711");
    assert_eq!(stage.enter(), None);
    stage.press(KeyCode::Home);
    stage.type_text("INC-");
    let Some(Command::Confirm { answers, given, .. }) = stage.enter() else { panic!("not confirmed") };
    assert_eq!((given, answers.get("ticket")), (Given::Enter, Some(&json!("INC-4711"))));
}

#[test]
fn ending_a_live_run_wants_its_name() {
    let mut stage = simple_live();
    stage.press(KeyCode::Char('a'));
    stage.type_text("the region is back");
    assert_eq!(stage.enter(), None);
    stage.type_text("regional_failover");
    assert_eq!(stage.enter(), Some(Command::Abort { reason: "the region is back".into() }));
}

fn simple_live() -> Stage {
    let mut stage = Stage::empty(80, 24).at_gate(RunKind::Live).open();
    stage.events(proposed("scale_system", 1));
    stage
}

#[test]
fn losing_the_focus_asks_for_a_new_frame() {
    let mut stage = simple();
    stage.enter();
    stage.frame();
    update(&mut stage.model, Msg::FocusLost);
    assert_eq!(stage.after(Duration::from_secs(5), KeyEvent::from(ENTER)), []);
}

#[test]
fn the_selection_follows_until_it_is_moved() {
    let mut stage = simple();
    stage.frame();
    assert_eq!(stage.model.selected_step().map(|(plan, _)| plan.id.as_str()), Some("scale_system"));
    stage.press(KeyCode::Up);
    stage.events(applied("scale_system", Given::Enter, Vec::new()));
    stage.events(proposed("scale_general", 1));
    stage.frame();
    assert_eq!(stage.model.selected_step().map(|(plan, _)| plan.id.as_str()), Some("promote_db"));
    assert!(stage.frame().contains("WAITS FOR YOU: Scale the general"));
    stage.press(KeyCode::Char('w'));
    assert_eq!(stage.model.selected_step().map(|(plan, _)| plan.id.as_str()), Some("scale_general"));
}

#[test]
fn notes_pauses_and_retries_are_sent() {
    let mut stage = simple();
    stage.press(KeyCode::Char('n'));
    stage.type_text("@02:45 pager went off");
    let Some(Command::Note { text, at }) = stage.enter() else { panic!("no note") };
    assert_eq!((text.as_str(), at), ("pager went off", "2026-03-12T02:45:00Z".parse().ok()));
    // At once; and then why.
    assert_eq!(stage.press(KeyCode::Char('p')), [Cmd::Send(Command::Pause { reason: String::new() })]);
    stage.event(Event::RunPaused { by: Some(alice()), reason: NO_REASON_YET.into() });
    stage.type_text("waiting");
    assert_eq!(stage.enter(), Some(Command::Pause { reason: "waiting".into() }));
    stage.event(Event::RunPaused { by: Some(alice()), reason: "waiting".into() });
    stage.press(KeyCode::Char('p'));
    assert_eq!(stage.enter(), Some(Command::Resume { reason: None }), "a reason may be left out");
    stage.press(KeyCode::Char('p'));
    stage.type_text("the commander agrees");
    assert_eq!(stage.enter(), Some(Command::Resume { reason: Some("the commander agrees".into()) }));
    stage.events(applied("scale_system", Given::Enter, Vec::new()));
    stage.event(conflict("scale_system"));
    assert_eq!(stage.press(KeyCode::Char('r')), []);
    assert_eq!(stage.enter(), Some(Command::Retry { step: "scale_system".into(), reason: None }));
    stage.enter();
    assert_eq!(stage.press(KeyCode::Char('r')), [], "chosen in the dialog of the failure it asks as well");
    stage.type_text("quota raised");
    assert_eq!(stage.enter(), Some(Command::Retry { step: "scale_system".into(), reason: Some("quota raised".into()) }));
    // Somebody else, or its `retry`, was faster.
    stage.press(KeyCode::Char('r'));
    stage.events(proposed("scale_system", 2));
    assert!(stage.frame().contains("The step has gone on") && stage.model.dialogs.is_empty(), "{}", stage.frame());
}

#[test]
fn a_doubt_is_resolved_with_a_reason() {
    let mut stage = simple();
    stage.events(applied("scale_system", Given::Enter, Vec::new()));
    stage.event(Event::StepInDoubt { step: "scale_system".into(), attempt: 1, reason: "lost".into(), undecided: true });
    stage.enter();
    stage.press(KeyCode::Char('y'));
    stage.type_text("seen in the console");
    let reason = "seen in the console".to_owned();
    assert_eq!(stage.enter(), Some(Command::Resolve { step: "scale_system".into(), happened: true, reason }));
}

#[test]
fn a_paused_run_confirms_nothing() {
    let mut stage = simple();
    stage.event(Event::RunPaused { by: Some(alice()), reason: "waiting".into() });
    assert_eq!(stage.enter(), None);
    assert!(stage.model.dialogs.is_empty());
    assert!(stage.frame().contains("Press p to go on"));
    // The keys below offer what works, and nothing else.
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Up);
    let foot = |stage: &mut Stage| stage.frame().lines().last().map(str::to_owned).unwrap_or_default();
    assert!(foot(&mut stage).contains("p resume") && !foot(&mut stage).contains("enter"), "{}", foot(&mut stage));
    stage.event(Event::RunResumed { by: alice(), reason: "waiting".into(), absent_ms: None });
    assert!(foot(&mut stage).contains("enter confirm"), "{}", foot(&mut stage));
    // Paused behind an open dialog, it says so there.
    stage.enter();
    stage.event(Event::RunPaused { by: None, reason: "the record is behind".into() });
    assert!(stage.frame().contains("paused: esc, then p goes on"), "{}", stage.frame());
    assert_eq!(stage.enter(), None);
    assert!(stage.frame().contains("The run is paused (the record is behind)."), "{}", stage.frame());
}

#[test]
fn a_driver_that_stops_gives_the_terminal_back_unless_the_run_is_over() {
    let mut stage = simple();
    assert_eq!(update(&mut stage.model, Msg::Ended), [Cmd::Leave(Left::Quit)]);
    stage.event(finished(Outcome::Aborted, "enough"));
    assert_eq!(update(&mut stage.model, Msg::Ended), []);
    assert_eq!(stage.press(KeyCode::Char('q')), [Cmd::Leave(Left::Finished)]);
}

#[test]
fn refusals_are_shown() {
    let mut stage = simple();
    update(&mut stage.model, Msg::Refused("The step is already running.".into()));
    assert!(stage.frame().contains("The step is already running."));
    stage.press(KeyCode::Down);
    assert!(!stage.frame().contains("The step is already running."));
}

#[test]
fn keys_that_were_pressed_while_nothing_could_be_read_are_not_taken() {
    let size = |stage: &mut Stage, width, height| drop(update(&mut stage.model, Msg::Resize(Size { width, height })));
    let mut stage = simple();
    stage.press(KeyCode::Char('n'));
    stage.type_text("seen");
    size(&mut stage, 40, 10);
    assert!(!stage.frame().contains("seen"));
    size(&mut stage, 80, 24);
    // The screen is large again, and nobody has seen it yet.
    stage.raw(KeyEvent::from(KeyCode::Char('X')));
    assert!(stage.frame().contains("seen_"));
    stage.type_text("Y");
    assert!(stage.frame().contains("seenY_"));
}
