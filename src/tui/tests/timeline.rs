//! The timeline on its own screen: marked, filtered, left for the step of an entry.

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use insta::assert_snapshot;

use super::frames::running;
use super::stage::Stage;
use super::support::*;
use crate::engine::{Event, RunKind};
use crate::tui::model::Screen;
use crate::tui::{Msg, mark, update};

fn open(width: u16, height: u16) -> Stage {
    let mut stage = running(width, height, RunKind::Drill);
    stage.press(KeyCode::Char('t'));
    stage.frame();
    stage
}

fn marked(stage: &Stage) -> String {
    mark::entry(&stage.model).map(|entry| entry.text.clone()).unwrap_or_default()
}

fn note(stage: &mut Stage, text: &str) {
    stage.event(Event::Note { by: alice(), text: text.into(), at: None });
}

#[test]
fn enter_goes_to_the_step_of_the_marked_entry() {
    let mut stage = open(120, 40);
    stage.press(KeyCode::Home);
    assert!(marked(&stage).contains("DRILL of"), "{}", marked(&stage));
    assert_eq!(stage.press(KeyCode::Enter), []);
    assert!(stage.frame().contains("about the run, not about one step"));
    while !marked(&stage).contains("freeze done") {
        stage.press(KeyCode::Down);
    }
    assert_eq!(stage.press(KeyCode::Enter), []);
    assert_eq!(stage.model.screen, Screen::Steps);
    assert_eq!(stage.model.selected_step().map(|(plan, _)| plan.id.as_str()), Some("freeze"));
    assert!(!stage.model.follow, "it stays where one went");
}

#[test]
fn what_was_found_is_seen_among_its_neighbours_once_the_filter_goes() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = open(width, height);
        for i in 0..80 {
            note(&mut stage, &format!("line {i}"));
        }
        stage.press(KeyCode::Char('/'));
        stage.type_text("INTENT");
        assert!(stage.frame().contains("Nothing holds this text."));
        stage.press(KeyCode::Esc);
        stage.press(KeyCode::Char('/'));
        stage.type_text("freeze");
        stage.press(KeyCode::Enter);
        stage.press(KeyCode::Up);
        let found = marked(&stage);
        assert!(found.contains("freeze"), "{found}");
        stage.press(KeyCode::Esc);
        assert_eq!(marked(&stage), found);
        let frame = stage.frame();
        assert!(frame.contains("freeze") && frame.contains("promote_db"), "{frame}");
        assert_snapshot!(format!("timeline_found_{width}"), stage.picture());
    }
}

#[test]
fn what_is_read_stands_still_while_new_entries_come() {
    let mut stage = open(120, 40);
    for i in 0..80 {
        note(&mut stage, &format!("line {i}"));
    }
    stage.press(KeyCode::Home);
    let body = |frame: String| frame.lines().skip(3).take(30).map(str::to_owned).collect::<Vec<_>>();
    let before = body(stage.frame());
    note(&mut stage, "another");
    assert_eq!(body(stage.frame()), before);
    // On the newest, it follows.
    stage.press(KeyCode::End);
    note(&mut stage, "the newest of all");
    assert!(stage.frame().contains("the newest of all"));
    assert!(marked(&stage).contains("the newest of all"));
}

#[test]
fn the_mouse_marks_and_scrolls() {
    let mut stage = open(120, 40);
    for i in 0..80 {
        note(&mut stage, &format!("line {i}"));
    }
    let frame = stage.frame();
    let (row, _) = frame.lines().enumerate().find(|(_, line)| line.contains("line 60")).expect("it is in view");
    let mouse = |kind| MouseEvent { kind, column: 40, row: u16::try_from(row).expect("small"), modifiers: KeyModifiers::NONE };
    update(&mut stage.model, Msg::Mouse(mouse(MouseEventKind::Down(MouseButton::Left))));
    assert!(marked(&stage).contains("line 60"), "{}", marked(&stage));
    update(&mut stage.model, Msg::Mouse(mouse(MouseEventKind::ScrollUp)));
    assert!(marked(&stage).contains("line 59"), "{}", marked(&stage));
}
