//! The gantt and the plan: whole frames in the states that matter, and hands that do anything in them.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use insta::assert_snapshot;
use proptest::prelude::*;
use ratatui::layout::Size;
use serde_json::json;

use super::stage::Stage;
use super::support::*;
use crate::engine::{Event, Given, Outcome, RunKind};
use crate::tui::model::Screen;
use crate::tui::rows::Selected;
use crate::tui::{Cmd, Msg, Options, update};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// Before anything was begun.
fn before(width: u16, height: u16, kind: RunKind) -> Stage {
    let mut stage = Stage::empty(width, height).at_gate(kind);
    stage.go_to(12);
    stage
}

fn step(stage: &mut Stage, id: &str, ready: u64, confirmed: u64, settled: u64, ended: u64) {
    stage.seconds = ready;
    stage.events(proposed(id, 1));
    stage.seconds = confirmed;
    stage.events(applied(id, Given::Enter, Vec::new()));
    if settled == 0 {
        return;
    }
    stage.seconds = settled;
    let mut done = done(id, json!({}));
    stage.event(done.remove(0));
    if ended > 0 {
        stage.seconds = ended;
        stage.events(done);
    }
}

/// One branch late, one in its proofs, one not confirmed.
fn middle(width: u16, height: u16, kind: RunKind) -> Stage {
    let mut stage = before(width, height, kind).open();
    step(&mut stage, "declare", 20, 90, 90, 92);
    step(&mut stage, "freeze", 92, 100, 110, 115);
    step(&mut stage, "promote_db", 115, 180, 0, 0);
    step(&mut stage, "scale_system", 115, 140, 470, 0);
    stage.seconds = 480;
    stage.events(proposed("scale_general", 1));
    stage.go_to(520);
    stage
}

fn failed(width: u16, height: u16) -> Stage {
    let mut stage = middle(width, height, RunKind::Live);
    stage.seconds = 530;
    stage.events(applied("scale_general", Given::Enter, Vec::new()));
    stage.seconds = 600;
    stage.event(conflict("scale_general"));
    stage.go_to(660);
    stage
}

fn over(width: u16, height: u16) -> Stage {
    let mut stage = before(width, height, RunKind::Drill).open();
    step(&mut stage, "declare", 20, 90, 90, 92);
    step(&mut stage, "freeze", 92, 100, 110, 115);
    step(&mut stage, "promote_db", 115, 180, 800, 860);
    step(&mut stage, "scale_system", 115, 140, 300, 330);
    stage.event(Event::StepSkipped { step: "scale_general".into(), reason: "there is room enough".into(), by: Some(alice()) });
    step(&mut stage, "flip_dns", 860, 900, 960, 990);
    step(&mut stage, "smoke_test", 990, 990, 1_000, 1_040);
    step(&mut stage, "hand_over", 1_040, 1_100, 1_100, 1_100);
    stage.event(finished(Outcome::Succeeded, "every step is done"));
    stage.go_to(5_000);
    stage
}

fn rolling_back(width: u16, height: u16) -> Stage {
    let mut stage = failed(width, height);
    stage.seconds = 670;
    stage.event(Event::RollbackStarted { by: Some(alice()), reason: "the region is back".into() });
    step(&mut stage, "rollback[freeze]", 680, 690, 0, 0);
    stage.go_to(700);
    stage
}

fn dry_run(width: u16, height: u16) -> Stage {
    let mut stage = before(width, height, RunKind::DryRun).open();
    stage.events(proposed("declare", 1));
    stage.seconds = 30;
    stage.event(Event::StepPlanned { step: "declare".into(), readings: Vec::new() });
    stage.events(proposed("freeze", 1));
    stage.event(Event::StepPlanned { step: "freeze".into(), readings: Vec::new() });
    stage.seconds = 31;
    stage.events(proposed("promote_db", 1));
    stage.go_to(33);
    stage
}

/// The frames of a view in every state, at one size.
fn frames(key: char, width: u16, height: u16) -> String {
    let states = [
        ("before opening", before(width, height, RunKind::Live)),
        ("in the middle", middle(width, height, RunKind::Live)),
        ("failed", failed(width, height)),
        ("finished", over(width, height)),
        ("rolling back", rolling_back(width, height)),
        ("dry run", dry_run(width, height)),
    ];
    let show = |(name, mut stage): (&str, Stage)| {
        stage.press(KeyCode::Char(key));
        format!("---- {name}\n{}", stage.picture())
    };
    states.map(show).join("\n")
}

#[test]
fn gantt_80() {
    assert_snapshot!(frames('c', 80, 24));
}

#[test]
fn gantt_120() {
    assert_snapshot!(frames('c', 120, 40));
}

#[test]
fn gantt_200() {
    assert_snapshot!(frames('c', 200, 60));
}

#[test]
fn gantt_ascii() {
    let mut stage = middle(100, 30, RunKind::Drill);
    stage.model.options.ascii = true;
    stage.model.theme = crate::tui::theme::Theme::new(crate::tui::Palette::Dark, true, true);
    stage.press(KeyCode::Char('c'));
    assert_snapshot!(stage.picture());
}

#[test]
fn plan_80() {
    assert_snapshot!(frames('P', 80, 24));
}

#[test]
fn plan_120() {
    assert_snapshot!(frames('P', 120, 40));
}

#[test]
fn plan_200() {
    assert_snapshot!(frames('P', 200, 60));
}

#[test]
fn summaries() {
    let frames = SIZES.map(|(width, height)| over(width, height).picture());
    let mut aborted = failed(120, 40);
    aborted.event(finished(Outcome::Aborted, "the region is back"));
    assert_snapshot!(frames.into_iter().chain([aborted.picture()]).collect::<Vec<_>>().join("\n----\n"));
}

#[test]
fn enter_leads_to_the_selected_step() {
    for key in ['c', 'P'] {
        let mut stage = middle(120, 40, RunKind::Live);
        stage.press(KeyCode::Char(key));
        stage.press(KeyCode::End);
        assert_eq!(stage.press(KeyCode::Enter), [], "nothing is confirmed from here");
        assert_eq!((stage.model.screen, stage.model.selected), (Screen::Steps, Selected::Step(7)));
        assert!(stage.model.dialogs.is_empty());
    }
}

#[test]
fn who_watches_can_look_too() {
    let options = Options { watching: Some("alice on bastion".into()), ..Options::default() };
    let mut stage = Stage::with(options, 120, 40).at_gate(RunKind::Live).open();
    stage.press(KeyCode::Char('c'));
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.model.screen, Screen::Steps);
}

#[test]
fn the_chart_is_zoomed_and_scrolled_through_time() {
    let mut stage = middle(120, 40, RunKind::Drill);
    stage.press(KeyCode::Char('c'));
    assert!(stage.frame().contains("all of it"));
    stage.press(KeyCode::Char('+'));
    stage.press(KeyCode::Char('+'));
    let closer = stage.frame();
    assert!(!closer.contains("all of it"), "{closer}");
    stage.press(KeyCode::Left);
    assert_ne!(closer, stage.frame());
    stage.press(KeyCode::Char('0'));
    assert!(stage.frame().contains("all of it"));
}

#[test]
fn the_critical_path_is_what_was_and_what_will_be() {
    let mut stage = middle(120, 40, RunKind::Drill);
    stage.press(KeyCode::Char('c'));
    let critical: Vec<usize> =
        stage.model.gantt.critical.iter().enumerate().filter(|(_, critical)| **critical).map(|(place, _)| place).collect();
    // Declare, freeze, then the scaling nobody has confirmed (the promotion is nearly done), the traffic, the test, the hand-over.
    assert_eq!(critical, [0, 1, 4, 5, 6, 7]);
}

#[test]
fn a_run_that_is_over_looks_the_same_a_day_later() {
    let mut stage = over(120, 40);
    for key in ['1', 'c', 'P', 't', 'o'] {
        stage.press(KeyCode::Char(key));
        let before = stage.frame();
        stage.go_to(86_400);
        assert_eq!(before, stage.frame(), "{key}");
    }
}

#[derive(Debug, Clone)]
enum Move {
    Key(KeyCode),
    Size(u16, u16),
    Mouse(u8, u16, u16),
    Event(u8),
    Time(u64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let code = prop_oneof![
        Just(KeyCode::Up),
        Just(KeyCode::Down),
        Just(KeyCode::Left),
        Just(KeyCode::Right),
        Just(KeyCode::PageUp),
        Just(KeyCode::PageDown),
        Just(KeyCode::Home),
        Just(KeyCode::End),
        Just(KeyCode::Esc),
        prop::sample::select(vec!['c', 'P', 'c', 'P', '+', '-', '0', '1', 't', 'o', 'G', '/', 'x', 'w', ':', 'f', ']', '['])
            .prop_map(KeyCode::Char),
    ];
    let one = prop_oneof![
        10 => code.prop_map(Move::Key),
        2 => (1u16..220, 1u16..70).prop_map(|(width, height)| Move::Size(width, height)),
        2 => (0u8..3, 0u16..220, 0u16..70).prop_map(|(kind, x, y)| Move::Mouse(kind, x, y)),
        4 => (0u8..8).prop_map(Move::Event),
        2 => prop_oneof![0u64..100, Just(1_000_000u64)].prop_map(Move::Time),
    ];
    prop::collection::vec(one, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_done_in_these_views_panics_or_changes_the_run(script in moves(), rollback in any::<bool>(), plan in any::<bool>()) {
        let mut stage = if rollback { rolling_back(100, 30) } else { middle(100, 30, RunKind::Live) };
        stage.press(KeyCode::Char(if plan { 'P' } else { 'c' }));
        let steps = ["declare", "promote_db", "scale_general", "flip_dns"];
        for step in script {
            match step {
                Move::Key(code) => {
                    let cmds = stage.after(Duration::from_secs(1), KeyEvent::from(code));
                    prop_assert!(!cmds.iter().any(|cmd| matches!(cmd, Cmd::Send(_))), "{code:?} asked for something");
                }
                Move::Size(width, height) => { update(&mut stage.model, Msg::Resize(Size { width, height })); }
                Move::Mouse(kind, column, row) => {
                    let kind = match kind { 0 => MouseEventKind::Down(MouseButton::Left), 1 => MouseEventKind::ScrollUp, _ => MouseEventKind::ScrollDown };
                    update(&mut stage.model, Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
                }
                Move::Event(which) => {
                    let id = steps[usize::from(which) % steps.len()];
                    match which {
                        0..=3 => stage.events(proposed(id, 1)),
                        4 => stage.events(applied(id, Given::Enter, Vec::new())),
                        5 => stage.events(done(id, json!({}))),
                        6 => stage.event(conflict(id)),
                        _ => stage.event(Event::StepSkipped { step: id.into(), reason: "x".into(), by: None }),
                    }
                }
                Move::Time(more) => stage.go_to(stage.seconds + more),
            }
            stage.frame();
        }
    }

    /// What is kept as events come is what would be made of the whole state.
    #[test]
    fn what_is_kept_is_what_is(script in prop::collection::vec((0u8..10, 0usize..10), 0..60)) {
        let mut stage = Stage::empty(100, 30).at_gate(RunKind::Live).open();
        let ids: Vec<_> = stage.model.state().expect("a run").steps.keys().cloned().collect();
        for (which, place) in script {
            let id = ids[place % ids.len()].as_str();
            stage.seconds += 7;
            match which {
                0..=2 => stage.events(proposed(id, 1)),
                3 | 4 => stage.events(applied(id, Given::Enter, Vec::new())),
                5 | 6 => stage.events(done(id, json!({}))),
                7 => stage.event(conflict(id)),
                8 => stage.event(Event::StepInDoubt { step: id.into(), attempt: 1, reason: "lost".into(), undecided: place > 4 }),
                _ => stage.event(Event::RollbackStarted { by: None, reason: "x".into() }),
            }
        }
        let run = &stage.model.run;
        let state = run.state.as_ref().expect("a run");
        let again = crate::view::Course::of(state);
        prop_assert_eq!(&run.tally, &crate::view::Tally::of(state));
        prop_assert_eq!(run.course.forecast(state, &run.watch, at(stage.seconds)), again.forecast(state, &run.watch, at(stage.seconds)));
        prop_assert_eq!(run.course.behind(None), again.behind(None));
    }
}
