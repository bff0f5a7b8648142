//! What keys do on the home screen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::stage::{Stage, broken, failback, failover, runs};
use crate::engine::RunKind;
use crate::tui::home::dialog::Kind;
use crate::tui::home::keymap::KEYMAP;
use crate::tui::home::model::{Cmd, Left, Msg, Request, Start};
use crate::tui::home::rows::Selected;
use crate::tui::model::Options;

fn new(kind: RunKind, file: &str, params: &[(&str, &str)]) -> Vec<Cmd> {
    let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    vec![Cmd::Leave(Left::Start(Start::Run { kind, file: file.into(), params, outage: None }))]
}

#[test]
fn no_key_has_two_meanings_and_nothing_is_bound_twice() {
    let keys: Vec<_> = KEYMAP.iter().flat_map(|binding| binding.keys).collect();
    for (i, key) in keys.iter().enumerate() {
        assert!(!keys[i + 1..].iter().any(|other| (other.code, other.ctrl) == (key.code, key.ctrl)), "{}", key.name);
    }
    for (i, binding) in KEYMAP.iter().enumerate() {
        assert!(!KEYMAP[i + 1..].iter().any(|other| other.does == binding.does), "{:?}", binding.does);
    }
}

#[test]
fn a_drill_without_parameters_starts_at_once() {
    let mut stage = Stage::project(80, 24).down(1);
    assert_eq!(stage.press(KeyCode::Char('d')), new(RunKind::Drill, "runbooks/regional_failback.yaml", &[]));
    let mut stage = Stage::project(80, 24).down(1);
    assert_eq!(stage.press(KeyCode::Char('y')), new(RunKind::DryRun, "runbooks/regional_failback.yaml", &[]));
    // By the menu: the first choice is the harmless one.
    let mut stage = Stage::project(80, 24).down(1);
    assert_eq!(stage.press(KeyCode::Enter), []);
    assert_eq!(stage.press(KeyCode::Enter), new(RunKind::Drill, "runbooks/regional_failback.yaml", &[]));
}

#[test]
fn a_form_gives_only_what_differs_and_refuses_what_is_wrong() {
    let mut stage = Stage::project(80, 24).down(2);
    stage.press(KeyCode::Char('d'));
    // The required one has the keys, and is asked for.
    assert_eq!(stage.press(KeyCode::Enter), []);
    assert!(stage.frame().contains("ticket needs a value"));
    stage.type_text("INC-42");
    stage.press(KeyCode::Down);
    stage.type_text("0");
    assert_eq!(stage.press(KeyCode::Enter), [], "120 nodes are too many");
    stage.press(KeyCode::Backspace);
    stage.press(KeyCode::Backspace);
    stage.type_text("3");
    assert_eq!(stage.press(KeyCode::Enter), [], "each value is right, together they are no plan");
    assert!(stage.frame().contains("thirteen nodes are no plan"));
    stage.press(KeyCode::Backspace);
    stage.type_text("2");
    stage.press(KeyCode::Tab);
    stage.press(KeyCode::Right);
    let started = stage.press(KeyCode::Enter);
    assert_eq!(started, new(RunKind::Drill, "runbooks/regional_failover.yaml", &[("ticket", "INC-42"), ("tier", "silver")]));
}

#[test]
fn live_needs_the_word_typed_by_hand() {
    let mut stage = Stage::project(80, 24).down(1);
    assert_eq!(stage.press(KeyCode::Char('x')), []);
    assert_eq!(stage.press(KeyCode::Enter), []);
    stage.tell(Msg::Paste("live".into()));
    assert!(stage.frame().contains("Pasting is refused"));
    assert_eq!(stage.press(KeyCode::Enter), []);
    for c in "live".chars() {
        assert_eq!(stage.raw(KeyEvent::from(KeyCode::Char(c))), []);
    }
    assert_eq!(stage.raw(KeyEvent::from(KeyCode::Enter)), [], "what streams in with its enter starts nothing");
    assert_eq!(stage.press(KeyCode::Enter), new(RunKind::Live, "runbooks/regional_failback.yaml", &[]));
}

#[test]
fn what_takes_the_place_of_aws_is_said_before_anything_is_started() {
    let options = || Options { elsewhere: Some("http://127.0.0.1:5201".into()), ..Options::default() };
    for (book, key, said) in
        [(1, 'x', "acts on http://127.0.0.1:5201"), (2, 'x', "LIVE via http://127.0.0.1:5201"), (2, 'y', "DRY RUN via http")]
    {
        let mut stage = Stage::with(options(), 80, 24).filled().down(book);
        stage.press(KeyCode::Char(key));
        if book == 1 {
            // Its form asks for nothing but when the outage began; the last question follows.
            stage.press(KeyCode::Enter);
        }
        let frame = stage.frame();
        assert!(frame.contains(said) && frame.contains("not AWS") && !frame.contains("the real AWS"), "{frame}");
    }
}

#[test]
fn the_form_of_a_live_run_asks_when_the_outage_began() {
    let mut stage = Stage::project(80, 24).down(1);
    assert_eq!(stage.press(KeyCode::Char('x')), []);
    assert!(stage.frame().contains("incident-start"), "{}", stage.frame());
    stage.type_text("adays");
    assert_eq!(stage.press(KeyCode::Enter), []);
    assert!(stage.frame().contains("Not yet: incident-start"), "{}", stage.frame());
    for _ in 0.."nowadays".len() {
        stage.press(KeyCode::Backspace);
    }
    stage.type_text("15m");
    assert_eq!(stage.press(KeyCode::Enter), []);
    stage.type_text("live");
    let started = stage.press(KeyCode::Enter);
    let [Cmd::Leave(Left::Start(Start::Run { outage, params, .. }))] = &started[..] else { panic!("{started:?}") };
    assert_eq!((outage.as_deref(), params.len()), (Some("15m"), 0));
    // A drill has its world's own outage.
    let mut stage = Stage::project(80, 24).down(0);
    stage.press(KeyCode::Char('d'));
    assert!(!stage.frame().contains("incident-start"), "{}", stage.frame());
}

#[test]
fn a_live_run_goes_on_only_after_the_word() {
    let mut stage = Stage::project(80, 24).down(4);
    assert_eq!(stage.press(KeyCode::Char('r')), []);
    assert_eq!(stage.press(KeyCode::Enter), []);
    stage.type_text("live");
    assert_eq!(stage.press(KeyCode::Enter), [Cmd::Leave(Left::Start(Start::Resume(runs()[1].run.clone())))]);
}

#[test]
fn runs_are_resumed_watched_or_read_as_they_stand() {
    let mut stage = Stage::project(80, 24).down(3);
    assert_eq!(stage.press(KeyCode::Char('r')), [], "somebody else drives it");
    assert!(stage.frame().contains("Another process drives it"));
    assert_eq!(stage.press(KeyCode::Char('w')), [Cmd::Leave(Left::Start(Start::Watch(runs()[0].run.clone())))]);
    let mut stage = Stage::project(80, 24).down(5);
    assert_eq!(stage.press(KeyCode::Char('r')), [Cmd::Leave(Left::Start(Start::Resume(runs()[2].run.clone())))]);
    let mut stage = Stage::project(80, 24).down(6);
    assert_eq!(stage.press(KeyCode::Enter), []);
    assert_eq!(stage.press(KeyCode::Enter), [Cmd::Ask(Request::Report(runs()[4].run.clone()))]);
    stage.tell(Msg::Report(runs()[4].run.clone(), Err("line 3 is not what was written".into())));
    assert!(stage.frame().contains("line 3 is not"));
    stage.press(KeyCode::Esc);
    assert!(stage.model.dialogs.is_empty());
    let mut stage = Stage::project(80, 24).down(8);
    for key in ['r', 'w', 'o'] {
        assert_eq!(stage.press(KeyCode::Char(key)), []);
        assert!(stage.frame().contains("lifeboat verify 20260309T024700Z-bad2"));
    }
}

#[test]
fn a_held_enter_starts_nothing() {
    let mut stage = Stage::project(80, 24).down(1);
    stage.press(KeyCode::Enter);
    stage.frame();
    assert_eq!(stage.raw(KeyEvent::from(KeyCode::Enter)), []);
    assert!(stage.frame().contains("let go of the key"));
}

#[test]
fn the_selection_survives_a_new_look() {
    let mut stage = Stage::project(80, 24).down(2);
    assert_eq!(stage.model.selected, Some(Selected::Book("runbooks/regional_failover.yaml".into())));
    stage.frame();
    let again = stage.raw(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::CONTROL));
    assert_eq!(again, [Cmd::Ask(Request::Look)]);
    assert_eq!(stage.raw(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::CONTROL)), [], "one look at a time");
    stage.found(vec![failover(), broken(), failback()], Vec::new());
    assert_eq!(stage.model.selected, Some(Selected::Book("runbooks/regional_failover.yaml".into())));
    // What is gone cannot stay selected.
    stage.found(vec![failback()], Vec::new());
    assert_eq!(stage.model.selected, Some(Selected::Book("runbooks/regional_failback.yaml".into())));
}

#[test]
fn the_filter_narrows_what_can_be_chosen() {
    let mut stage = Stage::project(80, 24);
    stage.press(KeyCode::Char('/'));
    stage.type_text("back");
    stage.press(KeyCode::Enter);
    assert_eq!(stage.model.selected, Some(Selected::Book("runbooks/regional_failback.yaml".into())));
    assert_eq!(stage.press(KeyCode::Char('d')), new(RunKind::Drill, "runbooks/regional_failback.yaml", &[]));
    stage.press(KeyCode::Esc);
    assert_eq!(stage.model.filter.value(), "");
    stage.press(KeyCode::Char('/'));
    stage.type_text("nowhere");
    assert_eq!(stage.model.selected, None);
    stage.press(KeyCode::Esc);
    assert!(stage.model.selected.is_some());
}

#[test]
fn a_runbook_without_a_world_is_not_drilled() {
    let mut stage = Stage::empty(80, 24);
    stage.found(vec![crate::tui::home::data::Book { world: None, ..failback() }], Vec::new());
    assert_eq!(stage.press(KeyCode::Char('d')), []);
    assert!(stage.frame().contains("--world FILE"));
    stage.press(KeyCode::Enter);
    let Kind::Menu { choices, .. } = &stage.model.dialogs[0].kind else { panic!("a menu") };
    assert_eq!(choices.iter().map(|choice| choice.key).collect::<String>(), "yxc");
}

#[test]
fn what_is_found_meanwhile_puts_nothing_else_under_the_hand() {
    let mut stage = Stage::empty(80, 24);
    stage.found(Vec::new(), runs());
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Enter);
    stage.found(vec![failover()], runs());
    assert_eq!(stage.press(KeyCode::Enter), [Cmd::Leave(Left::Start(Start::Resume(runs()[2].run.clone())))]);
    // The line is gone: the one that is selected instead is not taken for it.
    let mut stage = Stage::project(80, 24).down(1);
    stage.press(KeyCode::Enter);
    stage.found(vec![failover()], runs());
    assert_eq!(stage.press(KeyCode::Enter), []);
    assert!(stage.frame().contains("not there any more"));
}
