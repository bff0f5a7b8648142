//! Looking for a text: marked where it stands, counted, and gone through round about.

use crossterm::event::KeyCode;
use insta::assert_snapshot;

use super::frames::{choices, running};
use super::stage::Stage;
use super::support::*;
use crate::engine::{Event, RunKind};
use crate::tui::model::Screen;
use crate::tui::{Msg, Options, mark, update};

fn note(stage: &mut Stage, text: &str) {
    stage.event(Event::Note { by: alice(), text: text.into(), at: None });
}

/// A timeline in which the pager is heard three times.
fn paged(width: u16, height: u16) -> Stage {
    let mut stage = running(width, height, RunKind::Drill);
    for i in 0..60 {
        note(&mut stage, &if i % 20 == 7 { format!("Pager {i}: the PAGER again") } else { format!("line {i}") });
    }
    stage.press(KeyCode::Char('t'));
    stage
}

fn marked(stage: &mut Stage) -> String {
    stage.frame();
    mark::entry(&stage.model).map(|entry| entry.text.clone()).unwrap_or_default()
}

fn title(stage: &mut Stage) -> String {
    stage.frame().lines().nth(3).unwrap_or_default().trim_matches(['╭', '╮', '─', ' ']).to_owned()
}

#[test]
fn typing_goes_to_the_nearest_before_and_the_keys_go_round() {
    let mut stage = paged(120, 40);
    stage.press(KeyCode::Char('f'));
    stage.type_text("pager");
    assert!(marked(&mut stage).contains("Pager 47"), "the newest before where one was");
    assert_eq!(title(&mut stage), "›Timeline, \"pager\": 3 of 3");
    assert_snapshot!("search_typing_120", stage.picture());
    stage.press(KeyCode::Enter);
    stage.press(KeyCode::Char('['));
    assert!(marked(&mut stage).contains("Pager 27"));
    assert_eq!(title(&mut stage), "›Timeline, \"pager\": 2 of 3");
    stage.press(KeyCode::Char(']'));
    assert!(!stage.frame().contains("round to"));
    stage.press(KeyCode::Char(']'));
    let frame = stage.frame();
    assert!(frame.contains("That was the last of 3: round to the first.") && frame.contains("1 of 3"), "{frame}");
    stage.press(KeyCode::Char('['));
    assert!(stage.frame().contains("That was the first of 3: round to the last."));
    // Between two of them it says how many there are.
    stage.press(KeyCode::Up);
    assert_eq!(title(&mut stage), "›Timeline, \"pager\": 3 matches");
    stage.press(KeyCode::Char('['));
    assert_eq!(title(&mut stage), "›Timeline, \"pager\": 2 of 3");
    stage.press(KeyCode::Esc);
    assert_eq!(title(&mut stage), "›Timeline");
    assert!(marked(&mut stage).contains("Pager 27"), "it stays where one went");
}

#[test]
fn a_search_given_up_leads_back() {
    let mut stage = paged(120, 40);
    for _ in 0..5 {
        stage.press(KeyCode::Up);
    }
    let before = marked(&mut stage);
    stage.press(KeyCode::Char('f'));
    stage.type_text("freeze");
    assert_ne!(marked(&mut stage), before);
    stage.press(KeyCode::Esc);
    assert_eq!(marked(&mut stage), before);
    assert_eq!(stage.model.screen, Screen::Timeline);
}

#[test]
fn what_comes_meanwhile_is_counted_and_moves_nothing() {
    let mut stage = paged(120, 40);
    stage.press(KeyCode::Char('f'));
    stage.type_text("pager");
    stage.press(KeyCode::Enter);
    let before = marked(&mut stage);
    note(&mut stage, "pager, once more");
    assert_eq!(marked(&mut stage), before);
    assert_eq!(title(&mut stage), "›Timeline, \"pager\": 3 of 4");
    // Also on the newest of all.
    stage.press(KeyCode::Char(']'));
    note(&mut stage, "something else");
    assert!(marked(&mut stage).contains("once more"));
}

#[test]
fn the_filter_is_counted_too_and_gone_through_by_the_same_keys() {
    let mut stage = paged(120, 40);
    stage.press(KeyCode::Char('/'));
    stage.type_text("pager");
    stage.press(KeyCode::Enter);
    assert_eq!(title(&mut stage), "›Timeline with \"pager\": 3 of 3");
    stage.press(KeyCode::Char('['));
    assert_eq!(title(&mut stage), "›Timeline with \"pager\": 2 of 3");
    // All lines again, at the same place.
    stage.press(KeyCode::Char('f'));
    stage.press(KeyCode::Enter);
    assert_eq!(title(&mut stage), "›Timeline, \"pager\": 2 of 3");
    assert!(stage.frame().contains("line 26"));
}

#[test]
fn without_a_text_or_without_a_match_it_says_so() {
    let mut stage = paged(120, 40);
    stage.press(KeyCode::Char(']'));
    assert!(stage.frame().contains("Nothing is looked for: press f and type it."), "{}", stage.frame());
    stage.press(KeyCode::Char('f'));
    stage.type_text("walrus");
    stage.press(KeyCode::Enter);
    assert_eq!(title(&mut stage), "›Timeline, \"walrus\": no match");
    stage.press(KeyCode::Char(']'));
    assert!(stage.frame().contains("Nothing here holds \"walrus\"."));
}

#[test]
fn the_plan_is_searched_by_the_same_keys() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = choices(width, height, RunKind::Live);
        stage.press(KeyCode::Char('P'));
        stage.press(KeyCode::Home);
        stage.press(KeyCode::Char('f'));
        stage.type_text("core-dr");
        let selected = |stage: &Stage| stage.model.selected_step().map(|(plan, _)| plan.id.to_string());
        assert_eq!(selected(&stage).as_deref(), Some("scale_system"));
        stage.press(KeyCode::Enter);
        stage.press(KeyCode::Char(']'));
        assert_eq!(selected(&stage).as_deref(), Some("scale_general"));
        assert_snapshot!(format!("plan_search_{width}"), stage.picture());
        stage.press(KeyCode::Char(']'));
        assert!(stage.frame().contains("That was the last of 2: round to the first."), "{}", stage.frame());
        assert_eq!(selected(&stage).as_deref(), Some("scale_system"));
        stage.press(KeyCode::Esc);
        assert_eq!(stage.model.screen, Screen::Plan, "first the search ends");
        assert!(!stage.frame().contains("core-dr\":"));
    }
}

#[test]
fn a_match_is_seen_on_the_marked_line_without_colour_too() {
    let options = Options { no_color: true, ascii: true, ..Options::default() };
    let mut stage = Stage::with(options, 80, 24).at_gate(RunKind::Drill).open();
    for i in 0..4 {
        note(&mut stage, &format!("pager {i}"));
    }
    stage.press(KeyCode::Char('t'));
    stage.press(KeyCode::Char('f'));
    stage.type_text("pager");
    stage.press(KeyCode::Enter);
    assert_snapshot!("search_no_colour_80", stage.picture());
}

#[test]
fn a_run_that_ends_while_one_types_leaves_the_keys_to_the_summary() {
    let mut stage = paged(120, 40);
    stage.press(KeyCode::Char('f'));
    stage.type_text("pag");
    stage.event(finished(crate::engine::Outcome::Aborted, "enough"));
    assert_eq!(update(&mut stage.model, Msg::Ended), []);
    stage.frame();
    assert_eq!(stage.model.screen, Screen::Summary);
    stage.press(KeyCode::Char('t'));
    assert!(stage.model.screen == Screen::Timeline, "the key is not taken for a letter of the text");
}
