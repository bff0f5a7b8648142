//! A run that does not go to AWS: said on every screen, and nothing says otherwise.

use crossterm::event::KeyCode;

use super::stage::Stage;
use super::support::*;
use crate::engine::{Event, Outcome, RunKind};
use crate::plan::Endpoint;

fn begun(kind: RunKind, url: &str, width: u16, height: u16) -> Stage {
    let mut stage = Stage::empty(width, height);
    let Event::RunStarted { run, world, by, incident_start, plan_digest, plan, version, runbook, folder, .. } = started(kind, plan())
    else {
        unreachable!("it is one")
    };
    let endpoints = vec![Endpoint { url: url.into(), services: Vec::new(), targets: vec!["dr".into(), "primary".into()] }];
    stage.event(Event::RunStarted { run, kind, world, by, incident_start, plan_digest, plan, version, runbook, folder, endpoints });
    stage
}

fn says_so(stage: &mut Stage, kind: RunKind, address: &str) {
    let frame = stage.frame();
    let first = frame.lines().next().unwrap_or_default();
    assert!(first.contains(&format!("{} via ", kind.word())) && first.contains(address), "{first}");
    assert!(!frame.contains("real AWS"), "{frame}");
}

#[test]
fn every_screen_says_where_it_goes() {
    for (width, height) in [(80, 24), (100, 30), (160, 45)] {
        // The narrowest screen has not always room for the port, beside the account and the time.
        let address = if width == 80 { "127.0.0.1" } else { "127.0.0.1:5201" };
        for kind in [RunKind::Live, RunKind::DryRun] {
            let mut stage = begun(kind, "http://127.0.0.1:5201", width, height);
            says_so(&mut stage, kind, address);
            stage.events(identified());
            says_so(&mut stage, kind, address);
            let first = stage.frame().lines().next().unwrap().to_owned();
            assert!(first.contains("123456789012") && first.contains("02:47:"), "{first}");
            stage.press(KeyCode::Enter);
            says_so(&mut stage, kind, address);
            stage.press(KeyCode::Esc);
            let mut stage = stage.open();
            stage.events(proposed("declare", 1));
            says_so(&mut stage, kind, address);
            stage.event(finished(Outcome::Succeeded, "every step is done"));
            says_so(&mut stage, kind, address);
        }
    }
    let mut narrow = begun(RunKind::Live, "http://127.0.0.1:5201", 60, 18);
    assert!(narrow.frame().contains("LIVE via http://127.0.0.1:5201"), "{}", narrow.frame());
}

#[test]
fn a_long_address_takes_nothing_else_away() {
    let mut stage = begun(RunKind::Live, "https://localstack.internal.platform.example.com:4566", 80, 24);
    stage.events(identified());
    let first = stage.frame().lines().next().unwrap().to_owned();
    assert!(first.contains("LIVE via localstack.") && first.contains("123456789012") && first.contains("02:47:"), "{first}");
}
