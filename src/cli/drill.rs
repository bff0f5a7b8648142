//! `lifeboat drill`: the runbook, in a simulated world.

use std::path::PathBuf;

use super::args;
use super::drive::{Begin, record_problem, store};
use super::exit::Exit;
use super::operator::operator;
use super::prepare::{Prepared, absolute, journal, prepare, refuse_secret};
use super::rehearsal::{self, Rehearsal, WORLD_FILE, WORLD_LOG};
use super::say::{findings, problem};
use crate::driver::Orders;
use crate::engine::{Event, RunKind, WorldName};
use crate::journal::Store;
use crate::world::sim::{Definition, SimWorld};

/// Rehearses.
pub(super) fn drill(args: &args::Drill) -> Exit {
    match rehearse(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn rehearse(args: &args::Drill) -> Result<Exit, Exit> {
    let prepared = prepare(&args.runbook, &args.common.given)?;
    let definition = world_of(args, &prepared)?;
    let hands = rehearsal::Hands { autopilot: args.pace.autopilot, said: &args.said };
    let rehearsal = Rehearsal::new(&args.pace, args.common.output, &args.common.screen, hands, &prepared.plan, Orders::default())?;
    let store = store(args.common.state.state_dir.as_deref())?;
    let runtime = rehearsal.runtime()?;
    Ok(runtime.block_on(begin(args, prepared, definition, rehearsal, store)))
}

async fn begin(args: &args::Drill, prepared: Prepared, definition: Definition, rehearsal: Rehearsal, store: Store) -> Exit {
    let operator = operator();
    // Runs are named by the real time: drills of the same world must sort, too.
    let made = journal(&store, jiff::Timestamp::now(), &prepared, &operator);
    let made = made.and_then(|(run, journal)| journal.keep(WORLD_FILE, definition.text().as_bytes()).map(|()| (run, journal)));
    let (run, journal) = match made {
        Ok(made) => made,
        Err(error) => return record_problem(&error, &[]),
    };
    let world = SimWorld::start_kept(definition, rehearsal.speed, args.seed, &journal.dir().join(WORLD_LOG));
    let started = Event::RunStarted {
        endpoints: Vec::new(),
        run,
        kind: RunKind::Drill,
        world: Some(WorldName { name: world.name().to_owned(), digest: world.digest().clone(), seed: world.seed() }),
        by: operator.clone(),
        incident_start: world.incident_start(),
        plan_digest: prepared.plan.digest(),
        plan: prepared.plan.into(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        runbook: absolute(&args.runbook),
        folder: super::prepare::here(),
    };
    rehearsal.drive(world, journal, operator, Begin::Start(Box::new(started))).await
}

/// The world file: `--world`, or what the runbook names.
fn world_of(args: &args::Drill, prepared: &Prepared) -> Result<Definition, Exit> {
    let path: PathBuf = match (&args.world, &prepared.world) {
        (Some(path), _) => path.clone(),
        (None, Some(named)) => args.runbook.parent().map_or_else(|| PathBuf::from(named), |folder| folder.join(named)),
        (None, None) => {
            problem("the runbook names no world to rehearse in", Some("write `world: worlds/FILE.yaml` into it, or give --world FILE"));
            return Err(Exit::BadInput);
        }
    };
    let definition = SimWorld::load(&path).map_err(|error| {
        findings(error.source.as_ref(), &error.diagnostics);
        Exit::BadInput
    })?;
    refuse_secret("the world file", definition.text())?;
    Ok(definition)
}
