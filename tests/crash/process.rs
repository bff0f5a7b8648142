//! The process that is killed: a drill, or a drill taken up again, wired as the program wires it.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;

use indexmap::IndexMap;
use lifeboat::driver::{self, Driver, Ended, Hands, Order, Said, Setup};
use lifeboat::engine::{Actor, ActorKind, Event, RunKind, State, WorldName, begin, evolve};
use lifeboat::id::RunId;
use lifeboat::journal::{Holder, Store};
use lifeboat::runbook::spec::Catalog;
use lifeboat::world::sim::{Definition, SimWorld, Speed};
use serde::{Deserialize, Serialize};

use super::deadly::{Deadly, Death, Fuse, Listener};
use super::scenario::Scenario;

/// The run's name: the same in every state folder, so that what is called with it can be compared.
pub(crate) const RUN: &str = "20260312T024700Z-dead";
/// What the matrix tells the process.
const ORDERS: &str = "LIFEBOAT_CRASH_PROCESS";

#[derive(Debug, Serialize, Deserialize)]
struct Orders {
    runbook: String,
    world: String,
    state: PathBuf,
    resume: bool,
    death: Option<Death>,
    /// What the operator found out about calls in doubt: whether they were made.
    decided: Vec<(String, bool)>,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Killed,
    Finished,
    /// It stopped for want of a person.
    Stopped,
}

/// Runs a scenario in a process of its own that may die, from the beginning or from where the state folder has got to.
pub(crate) fn spawn(scenario: Scenario, state: &Path, resume: bool, death: Option<Death>, decided: Vec<(String, bool)>) -> End {
    let orders = Orders { runbook: scenario.runbook.into(), world: scenario.world.into(), state: state.into(), resume, death, decided };
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process", "--nocapture", "--test-threads=1"])
        .env(ORDERS, serde_json::to_string(&orders).unwrap())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .unwrap();
    end(ended.status).unwrap_or_else(|| panic!("{orders:?}: {}\n{}", ended.status, String::from_utf8_lossy(&ended.stderr)))
}

fn end(status: ExitStatus) -> Option<End> {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.signal(), status.code()) {
        (Some(9), _) => Some(End::Killed),
        (_, Some(10)) => Some(End::Finished),
        (_, Some(15)) => Some(End::Stopped),
        _ => None,
    }
}

/// The life of the process, when this is it.
pub(crate) fn live() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let orders: Orders = serde_json::from_str(&orders).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let ended = runtime.block_on(async { if orders.resume { take_up(orders).await } else { start(orders).await } });
    match ended {
        Ended::Finished(_) => std::process::exit(10),
        Ended::Paused(..) | Ended::Refused(..) => std::process::exit(15),
        Ended::Unrecorded(error, _) => panic!("{error}"),
    }
}

fn operator() -> Actor {
    Actor { name: "alice".into(), host: "laptop".into(), kind: ActorKind::Person }
}

fn holder() -> Holder {
    Holder { name: "alice".into(), host: "laptop".into(), pid: std::process::id(), since: jiff::Timestamp::now() }
}

async fn start(orders: Orders) -> Ended {
    let catalog = Catalog {
        actions: lifeboat::action::catalog().iter().map(|action| action.spec()).collect(),
        probes: lifeboat::probe::catalog().iter().map(|probe| probe.spec()).collect(),
    };
    let source = lifeboat::runbook::read_source(Path::new(&orders.runbook)).unwrap();
    let (book, findings) = lifeboat::runbook::examine(&source, &catalog);
    let book = book.unwrap_or_else(|| panic!("{findings:?}"));
    let plan = lifeboat::plan::build(&source, &book, &catalog, &IndexMap::<String, String>::new())
        .unwrap_or_else(|findings| panic!("{findings:?}"));
    let journal = Store::new(orders.state).create(&RUN.into(), source.text.as_bytes(), &holder()).unwrap();
    let definition = SimWorld::load(Path::new(&orders.world)).unwrap();
    journal.keep("world.yaml", definition.text().as_bytes()).unwrap();
    let world = SimWorld::start_kept(definition, Speed::Max, None, &journal.dir().join("world.jsonl"));
    let started = Event::RunStarted {
        endpoints: Vec::new(),
        run: RUN.into(),
        kind: RunKind::Drill,
        world: Some(WorldName { name: world.name().into(), digest: world.digest().clone(), seed: world.seed() }),
        by: operator(),
        incident_start: world.incident_start(),
        plan_digest: plan.digest(),
        plan: std::sync::Arc::new(plan),
        version: env!("CARGO_PKG_VERSION").into(),
        runbook: Some(orders.runbook),
        folder: None,
    };
    let (driver, _messages) = Driver::start(setup(&world, journal, orders.death, vec![]), started).unwrap();
    let ended = driver.run(false).await;
    world.kept().unwrap();
    ended
}

async fn take_up(orders: Orders) -> Ended {
    let store = Store::new(orders.state);
    let (journal, readback) = store.reopen(&RUN.into(), &holder()).unwrap();
    let state = fold(&readback.records);
    let world = restore(journal.dir(), &state);
    let (driver, _messages) = Driver::resume(setup(&world, journal, orders.death, orders.decided), state);
    driver.run(true).await
}

fn setup(world: &Arc<SimWorld>, journal: lifeboat::journal::Journal, death: Option<Death>, decided: Vec<(String, bool)>) -> Setup {
    let order = |(step, happened): (String, bool)| {
        let why = "seen by hand".to_owned();
        (step.into(), if happened { Order::Happened(why) } else { Order::DidNotHappen(why) })
    };
    let fuse = Fuse::new(death);
    Setup {
        world: Arc::new(Deadly { world: Arc::clone(world), fuse: Arc::clone(&fuse) }),
        seed: Some(world.seed()),
        journal,
        hands: Hands::Autopilot { reads_for: world.operator_reads_for(), said: Said::default() },
        orders: driver::Orders(decided.into_iter().map(order).collect()),
        operator: operator(),
        out: Box::new(Listener { fuse, heard: 0 }),
        pace: None,
        machine: None,
        claim: None,
    }
}

/// The state that records tell of.
pub(crate) fn fold(records: &[lifeboat::journal::Record]) -> State {
    let mut state = begin(&records[0].event, records[0].at).unwrap();
    for record in &records[1..] {
        evolve(&mut state, &record.event, record.at);
    }
    state
}

/// The world of the run in `folder`, as it stands.
pub(crate) fn restore(folder: &Path, state: &State) -> Arc<SimWorld> {
    let path = folder.join("world.yaml");
    let definition = Definition::parse(&path, &std::fs::read_to_string(&path).unwrap()).unwrap();
    let seed = state.world.as_ref().map(|world| world.seed);
    SimWorld::restore(definition, Speed::Max, seed, &folder.join("world.jsonl"), state.last).unwrap_or_else(|error| panic!("{error}"))
}

/// The folder of the run in a state folder.
pub(crate) fn folder(state: &Path) -> PathBuf {
    Store::new(state.into()).run_dir(&RunId::from(RUN))
}
