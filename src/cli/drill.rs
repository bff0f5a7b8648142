//! `lifeboat drill`: the runbook, in a simulated world.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::account::account;
use super::args;
use super::drive::{Begin, Drive, default_output, drive, record_problem, runtime, store};
use super::exit::Exit;
use super::operator::operator;
use super::prepare::{Prepared, absolute, journal, prepare};
use super::say::problem;
use crate::clock::Clock;
use crate::driver::{Hands, Orders, Pace};
use crate::engine::{Event, RunKind, WorldName};
use crate::journal::Store;
use crate::world::live::LiveClock;
use crate::world::sim::{Definition, SimWorld, Speed};

/// The speed of a drill on the screen.
const SCREEN_SPEED: f64 = 60.0;

/// Rehearses.
pub(super) fn drill(args: &args::Drill) -> Exit {
    match rehearse(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn rehearse(args: &args::Drill) -> Result<Exit, Exit> {
    let prepared = prepare(&args.runbook, &args.common.params)?;
    let definition = world_of(args, &prepared)?;
    let fastest = matches!(args.speed, Some(args::Speed::Max));
    let output = default_output(args.common.output, fastest);
    if output == args::Output::Tui && fastest {
        problem("the screen cannot keep up with --speed max", Some("give a number, or leave the screen out with --output line"));
        return Err(Exit::BadInput);
    }
    let speed = match (args.speed, output) {
        (Some(args::Speed::Times(times)), _) => Speed::Times(times),
        (None, args::Output::Tui) => Speed::Times(SCREEN_SPEED),
        (Some(args::Speed::Max), _) | (None, _) => Speed::Max,
    };
    let store = store(args.common.state.state_dir.as_deref())?;
    let runtime = runtime(speed == Speed::Max).map_err(|error| {
        problem(&format!("the drill cannot begin: {error}"), None);
        Exit::Short
    })?;
    Ok(runtime.block_on(in_world(args, prepared, definition, speed, output, store)))
}

async fn in_world(
    args: &args::Drill,
    prepared: Prepared,
    definition: Definition,
    speed: Speed,
    output: args::Output,
    store: Store,
) -> Exit {
    let world = SimWorld::start(definition, speed, args.seed);
    let operator = operator();
    // Runs are named by the real time: drills of the same world must sort, too.
    let (run, journal) = match journal(&store, jiff::Timestamp::now(), &prepared.source, &operator) {
        Ok(made) => made,
        Err(error) => return record_problem(&error, &[]),
    };
    let hands = if args.autopilot || output != args::Output::Tui {
        Hands::Autopilot { reads_for: world.operator_reads_for() }
    } else {
        Hands::Person
    };
    let started = Event::RunStarted {
        run,
        kind: RunKind::Drill,
        world: Some(WorldName { name: world.name().to_owned(), digest: world.digest().clone(), seed: world.seed() }),
        by: operator.clone(),
        incident_start: world.incident_start(),
        plan_digest: prepared.plan.digest(),
        plan: Box::new(prepared.plan),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        runbook: absolute(&args.runbook),
    };
    let machine = Arc::new(LiveClock::new());
    let pace: Option<Arc<dyn Pace>> = match speed {
        Speed::Times(times) => {
            let pace = WorldPace { world: Arc::clone(&world), times, machine: Arc::clone(&machine), stopped_ms: AtomicU64::new(0) };
            Some(Arc::new(pace))
        }
        Speed::Max => None,
    };
    let setup = Drive {
        world: world.clone(),
        seed: Some(world.seed()),
        journal,
        hands,
        orders: Orders::default(),
        operator,
        output,
        screen: args.common.screen.clone(),
        pace,
        machine: (speed != Speed::Max).then_some(machine as Arc<dyn Clock>),
    };
    drive(setup, Begin::Start(Box::new(started)), |state| account(state, &world.audit())).await
}

/// The world's time beside ours. It stands still while the process is stopped. While only a person is waited for, the world's time goes no faster than theirs: reading must not cost minutes.
struct WorldPace {
    world: Arc<SimWorld>,
    times: f64,
    machine: Arc<LiveClock>,
    /// For how long the process had been stopped when the world was last held back.
    stopped_ms: AtomicU64,
}

impl Pace for WorldPace {
    fn waiting_for_person(&self, waiting: bool) {
        self.world.sim_clock().set_rate(if waiting { self.times.min(1.0) } else { self.times });
    }

    fn stood_still(&self) {
        let stopped = self.machine.stopped();
        let before = self.stopped_ms.swap(stopped.as_millis().try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
        self.world.sim_clock().hold_back(stopped.saturating_sub(Duration::from_millis(before)));
    }
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
    SimWorld::load(&path).map_err(|error| {
        problem(&error.to_string(), None);
        Exit::BadInput
    })
}
