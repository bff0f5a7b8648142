//! A question with named options.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::stage::Stage;
use super::support::*;
use crate::engine::{Command, Event, RunKind};
use crate::plan::{Change, Plan, Step};
use crate::tui::{Msg, update};

const DOWN: KeyCode = KeyCode::Down;

fn question(options: Value) -> Value {
    json!({
        "question": "What is lost?",
        "instructions": "Look at the dashboard **before** you choose.",
        "options": options,
        "example": "region",
    })
}

fn three() -> Value {
    question(json!({
        "nodes": "Only nodes: the control plane and the database answer, and new nodes can be had in the same zones within minutes",
        "region": "The whole region",
        "unclear": "Nobody can tell",
    }))
}

/// The question is asked, and its dialog open.
fn asked(width: u16, height: u16, with: &Value) -> Stage {
    let mut stage = Stage::empty(width, height);
    let mut plan: Plan = plan();
    plan.steps[0] = Step {
        action: "choose".into(),
        with: with.clone().into(),
        ..step("declare", "Decide what is lost", "Declare", "choose", &[], 60.0)
    };
    stage.begin(RunKind::Drill, plan);
    stage.seconds = 20;
    stage.event(opened());
    let the_choice = Change { operation: "choose".into(), resource: String::new(), ..change("declare") };
    stage.events(vec![
        Event::StepReady { step: "declare".into(), attempt: 1, with: with.clone() },
        Event::StepProposed { step: "declare".into(), attempt: 1, observation: json!({}), change: the_choice },
    ]);
    stage.go_to(30);
    assert_eq!(stage.enter(), None, "it opens the dialog");
    stage
}

fn answer(stage: &mut Stage) -> Option<String> {
    match stage.enter()? {
        Command::Confirm { answers, .. } => answers["choice"].as_str().map(str::to_owned),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_chosen_beforehand_and_enter_says_what_is_wanted() {
    let mut stage = asked(80, 24, &three());
    assert_eq!(answer(&mut stage), None);
    assert!(stage.frame().contains("Not yet: choose one. Use the arrows, a number, or type a name."), "{}", stage.frame());
    stage.press(DOWN);
    stage.press(DOWN);
    assert_eq!(answer(&mut stage).as_deref(), Some("region"));
}

#[test]
fn a_number_or_a_name_will_do() {
    let mut stage = asked(80, 24, &three());
    stage.press(KeyCode::Char('3'));
    assert_eq!(answer(&mut stage).as_deref(), Some("unclear"));
    let mut stage = asked(80, 24, &three());
    stage.type_text("regio");
    assert_eq!(answer(&mut stage), None);
    assert!(stage.frame().contains("Not yet: not complete."), "{}", stage.frame());
    stage.type_text("n");
    assert_eq!(answer(&mut stage).as_deref(), Some("region"));
    let mut stage = asked(80, 24, &three());
    update(&mut stage.model, Msg::Paste("nodes\n".into()));
    assert_eq!(answer(&mut stage).as_deref(), Some("nodes"));
}

#[test]
fn what_was_chosen_must_be_seen_before_enter_confirms_it() {
    let mut stage = asked(80, 24, &three());
    stage.frame();
    stage.raw(DOWN.into());
    assert_eq!(stage.after(std::time::Duration::from_secs(2), KeyCode::Enter.into()), [], "the choice was not drawn");
    assert_eq!(answer(&mut stage).as_deref(), Some("nodes"));
}

#[test]
fn of_many_options_the_chosen_one_is_in_sight() {
    let many: serde_json::Map<String, Value> =
        (1..=14).map(|n| (format!("option_{n:02}"), Value::from(format!("Meaning {n}\u{1b}[31m")))).collect();
    let mut stage = asked(80, 24, &question(Value::Object(many)));
    assert!(stage.frame().contains("5 more"), "{}", stage.frame());
    for n in 1..=14 {
        stage.press(DOWN);
        let frame = stage.frame();
        assert!(frame.contains(&format!("› {} option_{n:02}  Meaning {n}", if n < 10 { n.to_string() } else { " ".into() })), "{frame}");
    }
    stage.press(KeyCode::Char('9'));
    assert_eq!(answer(&mut stage).as_deref(), Some("option_09"));
}

#[test]
fn frames_of_a_choice() {
    for (width, height) in [(80, 24), (100, 30), (120, 40)] {
        let mut stage = asked(width, height, &three());
        assert_snapshot!(format!("choose_{width}"), stage.frame());
        stage.press(DOWN);
        assert_snapshot!(format!("choose_{width}_chosen"), stage.picture());
    }
}
