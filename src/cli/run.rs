//! `lifeboat run`: the runbook, against AWS.

use std::sync::Arc;

use jiff::Timestamp;

use super::args;
use super::claims::claim;
use super::doubts;
use super::drive::{Begin, Drive, default_output, drive, record_problem, runtime, store};
use super::exit::Exit;
use super::hands::{hands, refuse_what_is_missing, refuse_what_is_not_asked};
use super::operator::operator;
use super::prepare::{Prepared, absolute, journal, prepare};
use super::say::{note, problem};
use super::secrets;
use super::way::settle;
use crate::driver::{Hands, Orders};
use crate::engine::{Event, RunKind};
use crate::journal::Store;
use crate::plan::Plan;
use crate::world::World as _;
use crate::world::live::LiveWorld;

/// Executes, or shows what would be executed.
pub(super) fn run(args: &args::Run) -> Exit {
    match execute(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn execute(args: &args::Run) -> Result<Exit, Exit> {
    let mut prepared = prepare(&args.runbook, &args.common.given)?;
    if args.dry_run {
        author_reads(&mut prepared.plan, args.no_author_reads);
    }
    let output = default_output(args.common.output, args.hands.yes);
    let kind = if args.dry_run { RunKind::DryRun } else { RunKind::Live };
    let hands = hands(&args.hands, kind, output);
    refuse_what_is_not_asked(&args.hands.said, &prepared.plan, hands.is_person())?;
    if kind == RunKind::Live {
        refuse_what_is_missing(&args.hands, &hands, &prepared.plan, &operator(), |_| true)?;
    }
    doubts::tell(&prepared.plan, kind, output);
    let store = store(args.common.state.state_dir.as_deref())?;
    let runtime = runtime(false).map_err(|error| {
        problem(&format!("the run cannot begin: {error}"), None);
        Exit::Short
    })?;
    Ok(runtime.block_on(in_world(args, prepared, kind, hands, output, store)))
}

/// Says which requests a dry run makes only because the runbook says that they read, or makes none of them.
fn author_reads(plan: &mut Plan, none: bool) {
    if none {
        return plan.withhold_author_reads();
    }
    let reads: Vec<String> = plan.author_reads().map(|check| format!("  {}  ({})\n", check.request(), check.title)).collect();
    if !reads.is_empty() {
        note(&format!(
            "This dry run makes these requests, of which the runbook says that they only read (--no-author-reads makes none of them):\n{}",
            reads.concat()
        ));
    }
}

/// When the outage began. What was written is shown back: it decides what the clock of the objective says.
fn outage(args: &args::Run, now: Timestamp) -> Result<Timestamp, Exit> {
    let Some(moment) = args.incident_start else { return Ok(now) };
    match moment.before(now) {
        Ok(past) => {
            note(&format!("the outage began {past}\n"));
            Ok(past.at)
        }
        Err(error) => {
            problem(&format!("--incident-start: {error}"), None);
            Err(Exit::BadInput)
        }
    }
}

async fn in_world(args: &args::Run, prepared: Prepared, kind: RunKind, hands: Hands, output: args::Output, store: Store) -> Exit {
    let operator = operator();
    let world = Arc::new(LiveWorld::new(&operator.name));
    let now = world.clock().now().wall;
    let incident_start = match outage(args, now) {
        Ok(began) => began,
        Err(exit) => return exit,
    };
    if let Err(exit) = secrets::read(&prepared.plan, &*world) {
        return exit;
    }
    let endpoints = match settle(&world, &prepared.plan).await {
        Ok(endpoints) => endpoints,
        Err(exit) => return exit,
    };
    let (run, journal) = match journal(&store, now, &prepared, &operator) {
        Ok(made) => made,
        Err(error) => return record_problem(&error, &[]),
    };
    let claim = (kind == RunKind::Live).then(|| claim(store, &prepared.plan, &endpoints, &run, &operator, args.allow_concurrent));
    let started = Event::RunStarted {
        endpoints,
        run,
        kind,
        world: None,
        by: operator.clone(),
        incident_start,
        plan_digest: prepared.plan.digest(),
        plan: prepared.plan.into(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        runbook: absolute(&args.runbook),
        folder: super::prepare::here(),
    };
    let setup = Drive {
        machine: Some(world.clock()),
        world,
        drill: None,
        journal,
        hands,
        orders: Orders::default(),
        claim,
        operator,
        output,
        screen: args.common.screen.clone(),
        pace: None,
    };
    drive(setup, Begin::Start(Box::new(started))).await
}
