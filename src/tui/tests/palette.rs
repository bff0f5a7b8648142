//! The palette: what can be done now, here and elsewhere, and the way to any step.

use crossterm::event::{KeyCode, KeyEvent};
use insta::assert_snapshot;

use super::frames::{choices, running, select};
use super::stage::Stage;
use super::support::*;
use crate::engine::{Command, RunKind};
use crate::tui::Options;

fn open(stage: &mut Stage, typed: &str) -> String {
    stage.press(KeyCode::Char(':'));
    stage.type_text(typed);
    stage.frame()
}

#[test]
fn everything_at_once_at_three_sizes() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = choices(width, height, RunKind::Drill);
        open(&mut stage, "");
        assert_snapshot!(format!("palette_all_{width}"), stage.picture());
    }
}

#[test]
fn what_waits_elsewhere_can_be_done_from_here() {
    let mut stage = choices(120, 40, RunKind::Drill);
    stage.frame();
    assert_eq!(stage.model.selected_step().map(|(plan, _)| plan.id.as_str()), Some("promote_db"));
    let frame = open(&mut stage, "conf gen");
    assert!(frame.contains("› Confirm: Scale the general node group"), "{frame}");
    assert_eq!(stage.enter(), None, "it opens the dialog, and confirms nothing by itself");
    assert!(stage.frame().contains("Confirm: Scale the general node group to full load"));
    let Some(Command::Confirm { step, .. }) = stage.enter() else { panic!("not confirmed") };
    assert_eq!(step.as_str(), "scale_general");
}

#[test]
fn a_step_is_found_by_its_name_or_its_id() {
    for typed in ["smoke", "smoke_test", "stpn"] {
        let mut stage = running(120, 40, RunKind::Drill);
        let frame = open(&mut stage, typed);
        assert!(frame.contains("› Go to step 7: Smoke test"), "{typed}: {frame}");
        stage.enter();
        assert_eq!(stage.model.selected_step().map(|(plan, _)| plan.id.as_str()), Some("smoke_test"));
    }
}

#[test]
fn what_cannot_be_done_says_why_and_does_nothing() {
    let mut stage = running(120, 40, RunKind::Drill);
    select(&mut stage, "promote_db");
    let frame = open(&mut stage, "failed step again");
    assert!(frame.contains("NOT NOW: Only a failed step can be tried again."), "{frame}");
    assert_eq!(stage.press(KeyCode::Enter), []);
    assert_eq!(stage.model.dialogs.len(), 1, "the palette stays open with the reason");
}

#[test]
fn who_only_watches_is_offered_nothing_that_changes_the_run() {
    let options = Options { watching: Some("bob on bastion-2".into()), ..Options::default() };
    let mut stage = Stage::with(options, 120, 40).at_gate(RunKind::Live).open();
    stage.events(proposed("scale_system", 1));
    stage.events(proposed("scale_general", 1));
    assert!(!open(&mut stage, "").contains("Confirm:"));
    assert!(open(&mut stage, "note").contains("NOT NOW: You are only watching"));
}

#[test]
fn typed_ahead_letters_and_their_enter_do_nothing() {
    let mut stage = running(120, 40, RunKind::Drill);
    stage.event(conflict("scale_general"));
    select(&mut stage, "scale_general");
    stage.frame();
    for key in ":again".chars().map(KeyCode::Char).chain([KeyCode::Enter]) {
        assert_eq!(stage.raw(KeyEvent::from(key)), []);
    }
    assert_eq!(stage.press(KeyCode::Enter), []);
    assert_eq!(stage.enter(), Some(Command::Retry { step: "scale_general".into(), reason: None }), "now it was seen");
}
