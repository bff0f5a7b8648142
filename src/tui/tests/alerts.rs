//! Who looks elsewhere is called: once for each change of state, and never over their own typing.

use crossterm::event::KeyCode;

use super::stage::Stage;
use super::support::*;
use crate::engine::{Event, Given, Outcome, RunKind};
use crate::tui::{Cmd, Msg, Options, update};

/// The calls of the next frame.
fn calls(stage: &mut Stage) -> Vec<String> {
    let tick = Msg::Tick { now: at(stage.seconds), own: std::time::Duration::from_secs(1_000), speed: 1.0 };
    let cmds = update(&mut stage.model, tick);
    cmds.into_iter().map(|cmd| if let Cmd::Alert(text) = cmd { text } else { panic!("{cmd:?}") }).collect()
}

fn open(kind: RunKind) -> Stage {
    let mut stage = Stage::empty(120, 40).at_gate(kind).open();
    stage.events(proposed("declare", 1));
    assert_eq!(calls(&mut stage), [""; 0], "whoever opens the screen sees what is there");
    stage
}

#[test]
fn what_waits_fails_and_ends_is_called_out_once() {
    let mut stage = open(RunKind::Live);
    stage.events(proposed("scale_system", 1));
    stage.events(proposed("scale_general", 1));
    assert_eq!(calls(&mut stage), ["LIVE regional_failover: waits for you: Scale the system node group (and 1 more)"]);
    assert_eq!(calls(&mut stage), [""; 0]);
    stage.events(applied("scale_general", Given::Enter, Vec::new()));
    assert_eq!(calls(&mut stage), [""; 0]);
    stage.event(conflict("scale_general"));
    assert_eq!(calls(&mut stage), ["LIVE regional_failover: FAILED: Scale the general node group to full load"]);
    // Another attempt that fails is another failure.
    stage.event(Event::StepRetrying { step: "scale_general".into(), attempt: 2, delay: 0.0, by: Some(alice()), reason: None });
    stage.events(proposed("scale_general", 2));
    assert_eq!(calls(&mut stage), ["LIVE regional_failover: waits for you: Scale the general node group to full load"]);
    stage.event(Event::StepInDoubt { step: "scale_system".into(), attempt: 1, reason: "reset".into(), undecided: true });
    assert_eq!(calls(&mut stage), ["LIVE regional_failover: IN DOUBT, decide: Scale the system node group"]);
    stage.event(finished(Outcome::Aborted, "enough"));
    assert_eq!(calls(&mut stage), ["LIVE regional_failover: over: the run aborted"]);
    assert_eq!(calls(&mut stage), [""; 0]);
}

#[test]
fn who_types_into_the_very_dialog_is_not_called() {
    let mut stage = Stage::empty(120, 40).at_gate(RunKind::Drill).open();
    stage.events(proposed("scale_general", 1));
    calls(&mut stage);
    stage.press(KeyCode::Enter);
    // Looked at anew while its dialog is open: the same attempt, and somebody is here.
    stage.events(proposed("scale_general", 2));
    assert_eq!(calls(&mut stage), [""; 0]);
    stage.events(proposed("scale_system", 1));
    assert_eq!(calls(&mut stage), ["DRILL regional_failover: waits for you: Scale the system node group"]);
}

#[test]
fn a_blocked_step_a_record_that_cannot_be_written_and_a_quiet_screen() {
    let mut stage = open(RunKind::Drill);
    stage.events(proposed("promote_db", 1));
    let sample = reading("promote_db.preconditions[1]", 20, crate::plan::Verdict::Fail, "200 OK", None);
    stage.tell(sampled(sample));
    assert_eq!(calls(&mut stage), ["DRILL regional_failover: blocked: Promote the orders replica"]);
    update(&mut stage.model, Msg::Unrecorded("no space left".into()));
    assert_eq!(calls(&mut stage), ["DRILL regional_failover: THE RECORD CANNOT BE WRITTEN"]);
    let quiet = Options { bell: false, ..Options::default() };
    let mut stage = Stage::with(quiet, 120, 40).at_gate(RunKind::Drill).open();
    calls(&mut stage);
    stage.events(proposed("declare", 1));
    assert_eq!(calls(&mut stage), [""; 0]);
}
