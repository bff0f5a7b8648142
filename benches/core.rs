//! What a person waits for: a runbook checked, a plan made, a whole drill computed. `cargo bench`.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop there")]

use std::path::Path;

use indexmap::IndexMap;
use lifeboat::runbook::{self, spec::Catalog};
use lifeboat::world::sim::{SimWorld, Speed};
use lifeboat::{action, plan, probe};

fn main() {
    divan::main();
}

const FLAGSHIP: &str = "runbooks/regional_failover.yaml";

fn catalog() -> Catalog {
    Catalog {
        actions: action::catalog().iter().map(|action| action.spec()).collect(),
        probes: probe::catalog().iter().map(|probe| probe.spec()).collect(),
    }
}

/// Read, parse and check the flagship.
#[divan::bench]
fn check_the_flagship() -> usize {
    let source = runbook::read_source(Path::new(FLAGSHIP)).unwrap();
    runbook::examine(&source, &catalog()).1.len()
}

/// From the checked flagship to its plan.
#[divan::bench]
fn plan_the_flagship(bencher: divan::Bencher<'_, '_>) {
    let source = runbook::read_source(Path::new(FLAGSHIP)).unwrap();
    let (book, catalog) = (runbook::parse(&source).unwrap(), catalog());
    bencher.bench(|| plan::build(&source, &book, &catalog, &IndexMap::<String, String>::new()).unwrap().digest());
}

/// Read, check and start the flagship's world.
#[divan::bench]
fn load_the_world() -> u64 {
    let definition = SimWorld::load(Path::new("runbooks/worlds/region_loss.yaml")).unwrap();
    SimWorld::start(definition, Speed::Max, None).seed()
}

/// One look of an action at the simulated world, through the SDK and the wire.
#[divan::bench]
fn observe_a_replica(bencher: divan::Bencher<'_, '_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let definition = SimWorld::load(Path::new("runbooks/worlds/region_loss.yaml")).unwrap();
    let world = runtime.block_on(async { SimWorld::start(definition, Speed::Max, None) });
    let target = plan::Target { id: "dr".into(), region: "us-east-1".into(), account: None, profile: None, role: None, external_id: None };
    let cx = action::Cx {
        timeout: std::time::Duration::from_secs(60),
        target: Some(target),
        caller: "bench/step".into(),
        log: std::sync::Arc::new(|_| {}),
        world,
    };
    let with = serde_json::json!({ "instance": "orders-replica" });
    let promote = action::find("rds.promote_replica").unwrap();
    bencher.bench_local(|| runtime.block_on(promote.observe(&cx, &with)).unwrap());
}
