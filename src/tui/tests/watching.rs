//! A screen that only watches: unmistakable, and nothing can be asked of the run.

use crossterm::event::KeyCode;

use super::stage::Stage;
use super::support::*;
use crate::engine::{Outcome, RunKind};
use crate::tui::{Cmd, Left, Msg, Options, update};

fn watching(width: u16, height: u16) -> Stage {
    let options = Options { watching: Some("bob on ops-1 (process 4711)".into()), ..Options::default() };
    Stage::with(options, width, height)
}

#[test]
fn it_says_so_beside_the_kind_at_every_width() {
    for (width, height) in [(80, 24), (100, 30), (120, 40)] {
        for kind in [RunKind::Live, RunKind::DryRun, RunKind::Drill] {
            let mut stage = watching(width, height).at_gate(kind);
            let first = stage.frame().lines().next().unwrap().to_owned();
            assert!(first.contains(kind.word()) && first.contains(" WATCHING "), "{first}");
            assert!(first.contains("123456789012") && first.contains("02:47:"), "{first}");
        }
    }
    let mut own = Stage::empty(120, 40).at_gate(RunKind::Live);
    assert!(!own.frame().contains("WATCHING"));
}

#[test]
fn nothing_can_be_asked_of_the_run() {
    let mut stage = watching(100, 30).at_gate(RunKind::Live);
    let gate = stage.frame();
    assert!(gate.contains("bob on ops-1 (process 4711) decides") && !gate.contains("press enter"), "{gate}");
    stage = stage.open();
    stage.events(proposed("declare", 1));
    let frame = stage.frame();
    assert!(frame.contains("1 WAITING FOR A PERSON") && frame.contains("waiting for a confirmation"), "{frame}");
    assert!(!frame.contains("YOU") && !frame.contains("p pause") && !frame.contains("enter confirm"), "{frame}");
    for key in [KeyCode::Enter, KeyCode::Char('s'), KeyCode::Char('m'), KeyCode::Char('p'), KeyCode::Char('n'), KeyCode::Char('a')] {
        assert_eq!(stage.press(key), [], "{key:?}");
        let frame = stage.frame();
        assert!(frame.contains("You are only watching: bob on ops-1 (process 4711) drives the run."), "{key:?}: {frame}");
        assert!(stage.model.dialogs.is_empty(), "{key:?}");
    }
    // The palette offers nothing of the kind either.
    stage.press(KeyCode::Char(':'));
    assert!(!stage.frame().contains("End the run where it is"), "{}", stage.frame());
    stage.press(KeyCode::Esc);
    assert_eq!(stage.press(KeyCode::Char('q')), [Cmd::Leave(Left::Quit)], "there is nothing to stop, so nothing is asked");
}

#[test]
fn a_run_that_ends_stays_and_one_without_a_driver_leaves() {
    let mut stage = watching(100, 30).at_gate(RunKind::Live).open();
    assert_eq!(update(&mut stage.model, Msg::Ended), [Cmd::Leave(Left::Quit)]);
    let mut stage = watching(100, 30).at_gate(RunKind::Live).open();
    stage.event(finished(Outcome::Aborted, "enough"));
    assert_eq!(update(&mut stage.model, Msg::Ended), []);
    assert!(stage.frame().contains("WATCHING"));
    assert_eq!(stage.press(KeyCode::Char('q')), [Cmd::Leave(Left::Finished)]);
}
