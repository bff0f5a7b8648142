//! Any sequence of keys, sizes and findings: no panic, and nothing live without the typed word.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;
use ratatui::layout::Size;

use super::stage::{Stage, broken, failback, failover, runs};
use crate::engine::RunKind;
use crate::tui::home::dialog::Kind;
use crate::tui::home::model::{Cmd, Left, Msg, Start};
use crate::tui::home::update::update;

#[derive(Debug, Clone)]
enum Move {
    Key(KeyCode, bool, bool, u64),
    Type(&'static str),
    Paste(&'static str),
    Draw,
    Found(u8),
    Size(u16, u16),
    Mouse(u8, u16, u16),
    Focus,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let code = prop_oneof![
        6 => Just(KeyCode::Enter),
        4 => prop_oneof![Just('d'), Just('y'), Just('x'), Just('r'), Just('w'), Just('o'), Just('n'), Just('/')].prop_map(KeyCode::Char),
        3 => prop_oneof![Just(KeyCode::Up), Just(KeyCode::Down), Just(KeyCode::PageDown), Just(KeyCode::PageUp), Just(KeyCode::End)],
        2 => prop_oneof![Just(KeyCode::Tab), Just(KeyCode::BackTab), Just(KeyCode::Left), Just(KeyCode::Right), Just(KeyCode::Backspace)],
        1 => Just(KeyCode::Esc),
        2 => "[a-zA-Z:?0-9 ]".prop_map(|s| KeyCode::Char(s.chars().next().unwrap_or('x'))),
    ];
    let one = prop_oneof![
        12 => (code, any::<bool>(), prop::bool::weighted(0.1), 0u64..3_000).prop_map(|(code, repeat, ctrl, ms)| Move::Key(code, repeat, ctrl, ms)),
        4 => prop_oneof![Just("live"), Just("liv"), Just("Live"), Just("99"), Just("INC-7"), Just("back")].prop_map(Move::Type),
        1 => prop_oneof![Just("live"), Just("\u{1b}[31m\n日本")].prop_map(Move::Paste),
        8 => Just(Move::Draw),
        1 => (0u8..4).prop_map(Move::Found),
        1 => (1u16..220, 1u16..70).prop_map(|(w, h)| Move::Size(w, h)),
        1 => (0u8..3, 0u16..200, 0u16..60).prop_map(|(kind, x, y)| Move::Mouse(kind, x, y)),
        1 => Just(Move::Focus),
    ];
    prop::collection::vec(one, 0..120)
}

/// What is live about a command.
fn live(cmd: &Cmd, stage: &Stage) -> bool {
    match cmd {
        Cmd::Leave(Left::Start(Start::Run { kind, .. })) => *kind == RunKind::Live,
        Cmd::Leave(Left::Start(Start::Resume(name))) => {
            stage.model.runs.iter().any(|run| run.run == *name && run.kind() == Some(RunKind::Live))
        }
        _ => false,
    }
}

/// Whether these moves bring a live run about, by the letter.
fn plays(script: Vec<Move>) -> Result<bool, TestCaseError> {
    let mut stage = Stage::project(100, 30);
    stage.frame();
    let mut drawn = true;
    let mut begun = false;
    for step in script {
        match step {
            Move::Draw => {
                stage.frame();
                drawn = true;
            }
            Move::Found(0) => stage.found(Vec::new(), Vec::new()),
            Move::Found(1) => stage.found(vec![failback(), broken()], runs().split_off(2)),
            Move::Found(2) => stage.tell(Msg::Report(runs()[4].run.clone(), Ok("# a\n\n| b | 日本語 |\n".repeat(99)))),
            Move::Found(_) => stage.found(vec![failover(), failback(), broken()], runs()),
            Move::Size(width, height) => {
                update(&mut stage.model, Msg::Resize(Size { width, height }));
                drawn = false;
            }
            Move::Mouse(kind, column, row) => {
                let kind = match kind {
                    0 => MouseEventKind::Down(MouseButton::Left),
                    1 => MouseEventKind::ScrollUp,
                    _ => MouseEventKind::ScrollDown,
                };
                stage.tell(Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
            }
            Move::Focus => {
                stage.tell(Msg::FocusLost);
                drawn = false;
            }
            Move::Paste(text) => stage.tell(Msg::Paste(text.into())),
            Move::Type(text) => {
                for c in text.chars() {
                    let dialog = !stage.model.dialogs.is_empty();
                    let cmds = stage.raw(KeyEvent::from(KeyCode::Char(c)));
                    prop_assert!(!cmds.iter().any(|cmd| live(cmd, &stage)), "a letter began it");
                    drawn &= !dialog;
                }
            }
            Move::Key(code, repeat, ctrl, ms) => {
                let kind = if repeat { KeyEventKind::Repeat } else { KeyEventKind::Press };
                let modifiers = if ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
                let before = stage.model.dialogs.last().cloned();
                stage.hand += Duration::from_millis(ms);
                let cmds = stage.raw(KeyEvent::new_with_kind(code, modifiers, kind));
                if cmds.iter().any(|cmd| live(cmd, &stage)) {
                    prop_assert!(drawn && !repeat && code == KeyCode::Enter && ms >= 700, "by an accident");
                    let Some(Kind::Live { field, .. }) = before.as_ref().map(|dialog| &dialog.kind) else { panic!("nothing was asked") };
                    prop_assert_eq!(field.input.value(), "live");
                    begun = true;
                }
                if stage.model.dialogs.len() != usize::from(before.is_some()) {
                    drawn = false;
                }
            }
        }
    }
    stage.frame();
    Ok(begun)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn nothing_live_begins_by_accident(script in moves()) {
        plays(script)?;
    }
}

/// The rule above can be met: with the right moves a live run does begin.
#[test]
fn with_the_right_moves_it_begins() {
    let key = |code| Move::Key(code, false, false, 2_000);
    let right = vec![
        key(KeyCode::Down),
        Move::Draw,
        key(KeyCode::Char('x')),
        Move::Draw,
        key(KeyCode::Enter),
        Move::Draw,
        Move::Type("live"),
        Move::Draw,
        key(KeyCode::Enter),
    ];
    assert!(plays(right.clone()).expect("no rule is broken"));
    for missing in [0, 2, 4, 6, 7, 8] {
        let mut wrong = right.clone();
        wrong.remove(missing);
        assert!(!plays(wrong).expect("no rule is broken"), "without move {missing}");
    }
}
