//! Any sequence of keys, events and sizes: no panic, and no confirmation without the right input on a drawn dialog.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use ratatui::layout::Size;
use serde_json::json;

use super::stage::Stage;
use super::support::*;
use crate::engine::{Command, Event, Given, Outcome, RunKind};
use crate::plan::{Confirm, Verdict};
use crate::tui::dialog::Kind;
use crate::tui::{Cmd, Msg, update};

#[derive(Debug, Clone)]
enum Move {
    Key(KeyCode, bool, bool, u64),
    Type(&'static str),
    Paste(&'static str),
    Draw,
    Event(u8),
    Reading(u8, u8),
    Size(u16, u16),
    Mouse(u8, u16, u16),
    Focus,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let code = prop_oneof![
        6 => Just(KeyCode::Enter),
        3 => Just(KeyCode::Tab),
        2 => Just(KeyCode::Esc),
        1 => prop_oneof![Just(KeyCode::Up), Just(KeyCode::Down), Just(KeyCode::PageDown), Just(KeyCode::PageUp), Just(KeyCode::Backspace)],
        4 => "[a-zA-Z:/?0-9\\[\\]]".prop_map(|s| KeyCode::Char(s.chars().next().unwrap_or('x'))),
    ];
    let one = prop_oneof![
        10 => (code, any::<bool>(), prop::bool::weighted(0.1), 0u64..3_000).prop_map(|(code, repeat, ctrl, ms)| Move::Key(code, repeat, ctrl, ms)),
        4 => prop_oneof![Just("orders-replica"), Just("orders"), Just("bob"), Just("INC-7"), Just("good reason"), Just("regional_failover")].prop_map(Move::Type),
        1 => prop_oneof![Just("orders-replica"), Just("\u{1b}[31m\n")].prop_map(Move::Paste),
        8 => Just(Move::Draw),
        4 => (0u8..12).prop_map(Move::Event),
        2 => (0u8..5, 0u8..3).prop_map(|(which, verdict)| Move::Reading(which, verdict)),
        1 => (1u16..200, 1u16..60).prop_map(|(w, h)| Move::Size(w, h)),
        1 => (0u8..3, 0u16..200, 0u16..60).prop_map(|(kind, x, y)| Move::Mouse(kind, x, y)),
        1 => Just(Move::Focus),
    ];
    prop::collection::vec(one, 0..120)
}

/// Something the driver might say; the fold takes it in any order.
fn event(stage: &mut Stage, which: u8) {
    let steps = ["declare", "promote_db", "scale_system", "flip_dns"];
    let id = steps[usize::from(which) % steps.len()];
    match which {
        0..=5 => stage.events(proposed(id, 1)),
        6 => stage.events(applied(id, Given::Enter, Vec::new())),
        7 => stage.events(done(id, json!({"a": 1}))),
        8 => stage.event(conflict(id)),
        9 => stage.event(Event::StepInDoubt { step: id.into(), attempt: 1, reason: "lost".into(), undecided: true }),
        10 => stage.event(Event::RollbackStarted { by: None, reason: "x".into() }),
        _ => stage.event(finished(Outcome::Aborted, "x")),
    }
}

fn size(stage: &mut Stage, width: u16, height: u16) {
    update(&mut stage.model, Msg::Resize(Size { width, height }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn nothing_is_confirmed_by_accident(script in moves(), live in any::<bool>()) {
        let mut stage = Stage::empty(80, 24).at_gate(if live { RunKind::Live } else { RunKind::Drill }).open();
        size(&mut stage, 100, 30);
        stage.events(proposed("promote_db", 1));
        stage.frame();
        let mut drawn = true;
        for step in script {
            match step {
                Move::Draw => {
                    stage.go_to(stage.seconds + 1);
                    stage.frame();
                    drawn = true;
                }
                Move::Event(which) => event(&mut stage, which),
                Move::Reading(which, verdict) => {
                    let ids = ["promote_db.preconditions[0]", "promote_db.preconditions[1]", "preconditions[0]", "preconditions[1]", "preconditions[2]"];
                    let verdict = match verdict { 0 => Verdict::Pass, 1 => Verdict::Fail, _ => Verdict::Unknown("x".into()) };
                    stage.tell(sampled(reading(ids[usize::from(which)], stage.seconds, verdict, "12 s", Some(12.0))));
                }
                Move::Size(w, h) => size(&mut stage, w, h),
                Move::Mouse(kind, column, row) => {
                    let kind = match kind { 0 => MouseEventKind::Down(MouseButton::Left), 1 => MouseEventKind::ScrollUp, _ => MouseEventKind::ScrollDown };
                    update(&mut stage.model, Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
                }
                Move::Focus => { update(&mut stage.model, Msg::FocusLost); }
                Move::Paste(text) => { update(&mut stage.model, Msg::Paste(text.into())); }
                Move::Type(text) => {
                    for c in text.chars() {
                        let cmds = stage.raw(KeyEvent::from(KeyCode::Char(c)));
                        let confirmed = cmds.iter().any(|cmd| matches!(cmd, Cmd::Send(Command::Confirm { .. } | Command::Open { .. })));
                        prop_assert!(!confirmed, "a letter confirmed");
                        drawn &= stage.model.dialogs.is_empty();
                    }
                }
                Move::Key(code, repeat, ctrl, ms) => {
                    let kind = if repeat { KeyEventKind::Repeat } else { KeyEventKind::Press };
                    let modifiers = if ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
                    let key = KeyEvent::new_with_kind(code, modifiers, kind);
                    let before = stage.model.dialogs.last().cloned();
                    let cmds = stage.after(Duration::from_millis(ms), key);
                    for cmd in cmds {
                        let Cmd::Send(Command::Confirm { step, given, change, overrides, .. }) = cmd else { continue };
                        prop_assert!(drawn && !repeat && code == KeyCode::Enter && ms >= 700, "by an accident");
                        let dialog = before.as_ref().expect("a dialog was open");
                        let Kind::Confirm { digest, outdated: false, .. } = &dialog.kind else { panic!("another dialog") };
                        prop_assert_eq!(&change, digest);
                        let state = stage.model.state().expect("a run");
                        let now = state.steps[&step].change.as_ref().expect("a change");
                        prop_assert_eq!(&change, &now.digest());
                        let plan = state.plan.step(&step).expect("a step");
                        match (plan.confirm_for(Some(now)).as_ref(), given) {
                            (Confirm::Type(text), Given::Typed(typed)) => prop_assert_eq!(text, &typed),
                            (Confirm::TwoPerson, Given::SecondPerson(name)) => prop_assert!(name.to_lowercase() != "alice" && name.len() > 1),
                            (Confirm::Enter, Given::Enter) => {}
                            (confirm, given) => prop_assert!(false, "{confirm:?} by {given:?}"),
                        }
                        for blocking in stage.model.step_gate(plan).blocking() {
                            let reason = overrides.iter().find(|given| given.check == blocking.check.id).map_or("", |given| &given.reason);
                            prop_assert!(reason.chars().count() >= 5, "no reason for {}", blocking.check.id);
                        }
                    }
                    if before.is_none() != stage.model.dialogs.is_empty() {
                        drawn = false;
                    }
                }
            }
        }
        stage.frame();
    }
}
