//! Safety of hands: what begins to wait elsewhere raises a flag and takes nothing; a key means what was on the screen.

use crossterm::event::{KeyCode, KeyEvent};
use insta::assert_snapshot;

use super::frames::{choices, running, select};
use super::stage::Stage;
use super::support::*;
use crate::engine::{Event, Given, RunKind};
use crate::tui::rows::Selected;
use crate::tui::{Msg, update};

fn scaling_shown() -> Stage {
    let mut stage = Stage::empty(120, 40).at_gate(RunKind::Live).open();
    stage.events(proposed("scale_system", 1));
    stage.go_to(30);
    stage
}

#[test]
fn a_prompt_elsewhere_raises_a_flag_and_takes_neither_selection_nor_keys() {
    let mut stage = scaling_shown();
    stage.frame();
    let selected = stage.model.selected;
    stage.events(proposed("scale_general", 1));
    let frame = stage.frame();
    assert_eq!(stage.model.selected, selected);
    assert!(frame.contains("2 WAIT FOR YOU") && frame.contains("NEW: Scale the general node group to… (w goes there)"), "{frame}");
    stage.press(KeyCode::Char('w'));
    let frame = stage.frame();
    assert_eq!(stage.model.selected_step().map(|(plan, _)| plan.id.as_str()), Some("scale_general"));
    assert!(!frame.contains("NEW:"), "it was looked at: {frame}");
    // And it does not come back when one goes away from it.
    stage.press(KeyCode::Char('w'));
    assert!(!stage.frame().contains("NEW:"));
}

#[test]
fn a_prompt_while_a_dialog_is_open_is_named_inside_it() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = choices(width, height, RunKind::Live);
        stage.events(applied("scale_general", Given::Enter, Vec::new()));
        select(&mut stage, "promote_db");
        stage.enter();
        let typed = "primary fenced";
        stage.type_text(typed);
        stage.event(conflict("scale_general"));
        let frame = stage.frame();
        assert!(frame.contains("Confirm: Promote the orders replica") && frame.contains(typed), "{frame}");
        assert!(frame.contains("Another step waits") || frame.contains("NEW: esc, w"), "{frame}");
        assert_snapshot!(format!("flag_in_a_dialog_{width}"), stage.picture());
        stage.press(KeyCode::Esc);
        assert_eq!(stage.model.selected_step().map(|(plan, _)| plan.id.as_str()), Some("promote_db"), "closing moves nothing either");
        stage.press(KeyCode::Char('w'));
        assert_eq!(stage.model.selected_step().map(|(plan, _)| plan.id.as_str()), Some("scale_general"));
        assert!(stage.model.dialogs.is_empty(), "going there opens nothing");
    }
}

#[test]
fn the_flag_goes_when_nothing_waits_there_any_more() {
    let mut stage = scaling_shown();
    stage.frame();
    stage.events(proposed("scale_general", 1));
    assert!(stage.frame().contains("NEW:"));
    stage.event(Event::StepSkipped { step: "scale_general".into(), reason: "elsewhere".into(), by: Some(alice()) });
    assert!(!stage.frame().contains("NEW:"));
}

#[test]
fn a_key_pressed_as_the_selection_moves_is_not_taken_for_another_step() {
    let mut stage = running(120, 40, RunKind::Live);
    stage.event(Event::StepSkipped { step: "scale_system".into(), reason: "elsewhere".into(), by: Some(alice()) });
    stage.frame();
    let before = stage.model.selected;
    stage.event(conflict("scale_general"));
    // Nobody has pressed a key yet, so the selection follows to what failed, in the moment in which the first one comes.
    assert_eq!(stage.raw(KeyEvent::from(KeyCode::Char('r'))), []);
    assert_ne!(stage.model.selected, before);
    assert!(stage.frame().contains("has just moved on"), "{}", stage.frame());
    stage.press(KeyCode::Char('r'));
    assert!(stage.frame().contains("Try again: "), "now it was seen: {}", stage.frame());
}

#[test]
fn a_paste_where_nothing_is_written_does_nothing() {
    let mut stage = scaling_shown();
    stage.enter();
    update(&mut stage.model, Msg::Paste("y\n\n\n".into()));
    assert!(stage.frame().contains("Pasting does nothing here") && stage.model.dialogs.len() == 1, "{}", stage.frame());
    stage.press(KeyCode::Esc);
    update(&mut stage.model, Msg::Paste("rrr\n".into()));
    assert!(stage.model.dialogs.is_empty() && stage.frame().contains("was dropped"));
    assert_ne!(stage.model.selected, Selected::Run);
}

#[test]
fn notes_say_beside_the_field_what_is_wrong_and_where_they_will_stand() {
    let mut stage = scaling_shown();
    stage.press(KeyCode::Char('n'));
    stage.type_text("@25:61");
    assert!(stage.frame().contains("@25:61 is no time: @11:58, @11:58:30 or @-5m"), "{}", stage.frame());
    assert_eq!(stage.enter(), None);
    for _ in 0..6 {
        stage.press(KeyCode::Backspace);
    }
    stage.type_text("@-5m pager went off");
    assert_snapshot!("note_120", stage.picture());
    let Some(crate::engine::Command::Note { text, at }) = stage.enter() else { panic!("no note") };
    assert_eq!((text.as_str(), at), ("pager went off", "2026-03-12T02:42:30Z".parse().ok()));
    stage.event(Event::Note { by: alice(), text, at });
    let frame = stage.frame();
    assert!(frame.contains("02:42:30Z     -1:00 · alice notes: pager went off (written at 02:47:30Z)"), "{frame}");
}
