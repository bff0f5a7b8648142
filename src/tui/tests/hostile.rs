//! Texts from outside that would harm a terminal or a layout: nothing of them but their letters reaches a cell.

use crossterm::event::KeyCode;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::json;

use super::stage::Stage;
use super::support::*;
use crate::engine::{Event, Given, RunKind};
use crate::id::StepId;
use crate::plan::{Change, Plan, Verdict};
use crate::tui::{Cmd, Options, Palette, view};
use crate::view::{LOG_LINES_KEPT, Telemetry};

/// A character that a terminal acts on, that turns the reading direction, or that hides.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Every cell of the frame is harmless, and every row has its width.
#[track_caller]
fn harmless(stage: &mut Stage) {
    let text = stage.frame();
    let mut terminal = Terminal::new(TestBackend::new(stage.model.size.width, stage.model.size.height)).expect("a test backend");
    terminal.draw(|frame| view(&stage.model, frame)).expect("a test backend does not fail");
    for cell in &terminal.backend().buffer().content {
        assert!(!cell.symbol().chars().any(acts), "{:?} in\n{text}", cell.symbol());
    }
}

/// A run in which every text is this one.
fn filled(text: &str, width: u16, height: u16) -> Stage {
    let options = Options { record: text.into(), theme: Palette::HighContrast, ..Options::default() };
    let mut stage = Stage::with(options, width, height);
    stage.begin(RunKind::Live, poisoned(text));
    let mut stage = stage.open();
    for id in ["declare", "promote_db", "scale_general"] {
        let mut change = change(id);
        poison(&mut change, text);
        let with = json!({"instructions": text, "ask": {text: {"prompt": text, "example": text}}});
        stage.event(Event::StepReady { step: id.into(), attempt: 1, with });
        stage.event(Event::StepProposed { step: id.into(), attempt: 1, observation: json!({}), change });
    }
    for check in ["promote_db.preconditions[0]", "promote_db.preconditions[1]"] {
        stage.tell(sampled(reading(check, 30, Verdict::Unknown(text.into()), text, None)));
    }
    stage.tell(Telemetry::Log { step: "scale_general".into(), at: at(31), line: text.into() });
    stage.tell(Telemetry::Progress { step: "scale_general".into(), at: at(31), waiting_for: text.into(), counted: None });
    stage.event(Event::Note { by: alice(), text: text.into(), at: "2026-03-12T02:41:00Z".parse().ok() });
    stage.go_to(32);
    stage
}

fn poison(change: &mut Change, text: &str) {
    (change.operation, change.resource, change.region) = (text.into(), text.into(), text.into());
    change.data_loss = Some(text.into());
    change.notes = vec![text.into()];
    for field in &mut change.fields {
        (field.name, field.before, field.after) = (text.into(), text.into(), text.into());
    }
}

fn poisoned(text: &str) -> Plan {
    let mut plan = plan();
    (plan.name, plan.title, plan.description) = (text.into(), text.into(), text.into());
    for step in plan.steps.iter_mut().chain(plan.rollbacks.values_mut()) {
        step.title = text.into();
        step.why = Some(text.into());
        step.phase = Some(text.into());
        step.confirm_reason = Some(text.into());
        for check in step.preconditions.iter_mut().chain(&mut step.verify) {
            check.title = text.into();
        }
    }
    for check in &mut plan.preconditions {
        check.title = text.into();
    }
    plan.params.insert(text.into(), json!(text));
    plan
}

/// Looks at every screen and every dialog there is a key for.
fn tour(stage: &mut Stage, text: &str) {
    for key in ['1', 't', 'c', 'P', '1', ':', 'n', 's', 'm', 'p', 'b', 'a', 'q', '?'] {
        stage.press(KeyCode::Char(key));
        stage.press(KeyCode::PageDown);
        harmless(stage);
        stage.press(KeyCode::Esc);
        stage.press(KeyCode::Esc);
    }
    stage.press(KeyCode::Enter);
    harmless(stage);
    stage.press(KeyCode::Esc);
    // It fails with that, too.
    stage.events(applied("scale_general", Given::Enter, Vec::new()));
    let Event::StepFailed { step, attempt, mut failure, readings } = conflict("scale_general") else { panic!("another event") };
    (failure.message, failure.operation, failure.hint) = (text.into(), text.into(), text.into());
    (failure.code, failure.request_id) = (Some(text.into()), Some(text.into()));
    stage.event(Event::StepFailed { step, attempt, failure, readings });
    stage.event(Event::StepInDoubt { step: "promote_db".into(), attempt: 1, reason: text.into(), undecided: true });
    for _ in 0..2 {
        stage.press(KeyCode::Char('w'));
        harmless(stage);
        stage.press(KeyCode::Enter);
        harmless(stage);
        stage.press(KeyCode::Esc);
        if let Some(Cmd::Copy(copied)) = stage.press(KeyCode::Char('y')).pop() {
            assert!(!copied.chars().any(|c| c != '\n' && acts(c)), "{copied:?}");
        }
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => any::<String>(),
        2 => prop::char::range('\u{0}', '\u{a0}').prop_map(String::from),
        2 => prop_oneof![
            Just("\u{1b}[2J"), Just("\u{1b}]0;x\u{7}"), Just("\u{9b}31m"), Just("\u{202e}"), Just("\u{1b}P"), Just("\r\n"), Just("\t"),
            Just("日本語"), Just("e\u{301}\u{302}\u{303}"), Just("👩\u{200d}👩\u{200d}👧"), Just("\u{fe0f}"), Just("\u{ad}"), Just("\u{e0041}"),
            Just("**bold** `code` [a](b)"), Just("\u{61c}"), Just("\u{206f}"),
        ].prop_map(String::from),
        1 => "[a-z ]{0,300}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    #[test]
    fn no_text_reaches_the_terminal_but_as_letters(text in hostile(), size in prop_oneof![Just((80, 24)), Just((120, 40)), Just((200, 60))]) {
        let mut stage = filled(&text, size.0, size.1);
        tour(&mut stage, &text);
    }
}

#[test]
fn the_worst_that_is_known() {
    let worst = "\u{1b}]52;c;cm0gLXJm\u{7}\u{1b}[2J\u{1b}c\u{9b}6n\u{202e}\u{ad}\u{61c}\u{206a}\u{e0041}\r\n\t\u{0}日本語e\u{301}";
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        tour(&mut filled(worst, width, height), worst);
    }
}

#[test]
fn very_long_titles_keep_everything_in_its_place() {
    for text in ["x".repeat(1_000), "語".repeat(1_000), "long words ".repeat(100)] {
        for (width, height) in [(80, 24), (120, 40), (200, 60)] {
            let mut stage = filled(&text, width, height);
            for line in stage.frame().lines() {
                assert_eq!(unicode_width::UnicodeWidthStr::width(line), usize::from(width), "{line:?}");
            }
            let frame = stage.frame();
            assert!(frame.contains(" LIVE ") && frame.contains("? help") && frame.contains("q leave"), "{frame}");
            if width == 80 {
                tour(&mut stage, &text);
            }
        }
    }
}

#[test]
fn a_flood_of_output_is_held_in_bounds_and_the_screen_goes_on() {
    let mut stage = Stage::empty(120, 40).at_gate(RunKind::Drill).open();
    stage.events(proposed("freeze", 1));
    stage.events(applied("freeze", Given::Enter, Vec::new()).drain(..3).collect());
    let line = "y".repeat(1_000);
    let lines: u64 = 100_000;
    for _ in 0..lines {
        stage.tell(Telemetry::Log { step: "freeze".into(), at: at(40), line: line.clone() });
    }
    stage.go_to(41);
    assert!(stage.frame().contains("of 100000 lines"), "{}", stage.frame());
    let kept = &stage.model.run.logs[&StepId::from("freeze")];
    assert_eq!(kept.len(), LOG_LINES_KEPT);
    // One line of 100 MB is no other thing.
    stage.tell(Telemetry::Log { step: "freeze".into(), at: at(42), line: "z".repeat(100_000_000) });
    stage.go_to(43);
    harmless(&mut stage);
    let held: usize = stage.model.run.logs[&StepId::from("freeze")].iter().map(|(_, line)| line.capacity()).sum();
    assert!(held < 16 << 20, "{held} bytes are held for one log");
}
