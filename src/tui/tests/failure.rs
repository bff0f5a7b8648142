//! A failure in full: on the screen, on the clipboard, in a file.

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::frames::{running, select};
use super::stage::Stage;
use super::support::*;
use crate::engine::{Command, Event, RunKind};
use crate::plan::Happened;
use crate::tui::{Cmd, Msg, update};
use crate::view::Telemetry;

/// The scaling has failed, with some of its log.
fn failed(width: u16, height: u16) -> Stage {
    let mut stage = running(width, height, RunKind::Live);
    for (seconds, line) in [(111, "update 0c2b accepted"), (140, "waiting: 5 of 12 nodes"), (205, "\u{1b}[31mupdate 0c2b: Failed\u{7}")] {
        stage.tell(Telemetry::Log { step: "scale_general".into(), at: at(seconds), line: line.into() });
    }
    stage.event(conflict("scale_general"));
    stage.go_to(212);
    select(&mut stage, "scale_general");
    stage
}

#[test]
fn the_whole_account_at_three_sizes() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = failed(width, height);
        stage.enter();
        assert_snapshot!(format!("failure_{width}"), stage.picture());
        stage.press(KeyCode::PageDown);
        let below = stage.frame();
        assert!(height > 24 || below.contains("What was called"), "{below}");
    }
}

#[test]
fn what_happened_is_said_in_words() {
    for (effect, word) in [(Happened::No, " NO "), (Happened::Yes, " YES "), (Happened::Unknown, " NOBODY KNOWS ")] {
        let mut stage = running(120, 40, RunKind::Drill);
        let Event::StepFailed { step, attempt, mut failure, readings } = conflict("scale_general") else { panic!("another event") };
        failure.effect = effect;
        failure.hint = String::new();
        stage.event(Event::StepFailed { step, attempt, failure, readings });
        select(&mut stage, "scale_general");
        let frame = stage.frame();
        assert!(frame.contains(word.trim()), "the details: {frame}");
        stage.enter();
        let frame = stage.frame();
        assert!(frame.contains(word), "{frame}");
        let suggestion = frame.split("What lifeboat suggests").nth(1).expect("it suggests something");
        assert!(suggestion.contains(if effect == Happened::Unknown { "look at the resource before" } else { "or" }), "{frame}");
    }
}

#[test]
fn it_is_copied_as_plain_text() {
    let mut stage = failed(120, 40);
    let [Cmd::Copy(text)] = &stage.press(KeyCode::Char('y'))[..] else { panic!("nothing copied") };
    assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
    assert_snapshot!("failure_as_text", text);
    assert!(stage.frame().contains("clipboard. If pasting gives nothing"));
    // The same from the screen that explains it.
    stage.enter();
    assert_eq!(stage.press(KeyCode::Char('y')), [Cmd::Copy(text.clone())]);
    assert!(stage.frame().contains("clipboard. If pasting gives nothing"));
}

#[test]
fn it_is_written_into_the_runs_folder_and_the_path_is_told() {
    let mut stage = failed(80, 24);
    stage.enter();
    let [Cmd::Keep { name, text }] = &stage.press(KeyCode::Char('W'))[..] else { panic!("nothing written") };
    assert_eq!(name, "failure-scale_general-attempt-1");
    assert!(text.contains("ResourceInUseException"));
    update(&mut stage.model, Msg::Kept(Ok("/runs/x/failure-scale_general-attempt-1.txt".into())));
    assert!(stage.frame().contains("Written to /runs/x/failure-scale_general-attempt-1.txt"), "{}", stage.frame());
    update(&mut stage.model, Msg::Kept(Err("Not written to /runs/x: no space left on device".into())));
    assert!(stage.frame().contains("no space left on device"));
}

#[test]
fn nothing_is_copied_where_nothing_failed() {
    let mut stage = running(120, 40, RunKind::Drill);
    select(&mut stage, "promote_db");
    assert_eq!(stage.press(KeyCode::Char('y')), []);
    assert!(stage.frame().contains("has not failed"));
}

#[test]
fn a_step_in_doubt_is_explained_too_and_cannot_be_left_out() {
    let mut stage = running(120, 40, RunKind::Drill);
    stage.event(Event::StepInDoubt { step: "promote_db".into(), attempt: 1, reason: "the connection was reset".into(), undecided: true });
    select(&mut stage, "promote_db");
    let [Cmd::Copy(text)] = &stage.press(KeyCode::Char('y'))[..] else { panic!("nothing copied") };
    assert!(text.contains("NOBODY KNOWS") && text.contains("the connection was reset"), "{text}");
    assert_eq!(stage.press(KeyCode::Char('s')), []);
    assert!(stage.model.dialogs.is_empty() && stage.frame().contains("Say first whether its call happened"));
}

#[test]
fn its_choices_still_want_a_fresh_press() {
    let mut stage = failed(120, 40);
    stage.frame();
    stage.raw(crossterm::event::KeyEvent::from(KeyCode::Enter));
    assert_eq!(stage.raw(crossterm::event::KeyEvent::from(KeyCode::Char('r'))), [], "it has not been drawn");
    assert_eq!(stage.press(KeyCode::Char('r')), []);
    assert!(stage.frame().contains("Try again: "), "{}", stage.frame());
    assert_eq!(stage.enter(), Some(Command::Retry { step: "scale_general".into(), reason: None }));
}
