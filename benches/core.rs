//! What a person waits for: a runbook checked, a plan made, a whole drill computed. `cargo bench`.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop there")]

use std::path::Path;

use indexmap::IndexMap;
use lifeboat::diag::Source;
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

/// A runbook of so many steps, each with what real ones have: a precondition, a proof, a read of the step before and of the first one.
fn many_steps(steps: usize) -> String {
    let mut text = String::from(
        "lifeboat: 1\nname: many\ntitle: Many\nimpaired: eu-west-1\nobjectives: {rto: 90d}\ntargets: {dr: {region: us-east-1}}\ndefaults: {target: dr, timeout: 30m}\nparams: {n: {type: integer, default: 3, min: 1, max: 9}}\nsteps:\n",
    );
    for step in 0..steps {
        let before = step.saturating_sub(1);
        text.push_str(&format!("  - id: s{step}\n    title: Step {step} of ${{{{ params.n }}}}\n    action: command\n"));
        if step == 0 {
            text.push_str("    with: {argv: [echo, begin]}\n");
            continue;
        }
        text.push_str(&format!(
            "    when: params.n > 1 or steps.s0.state == 'skipped'\n    with: {{argv: [echo, \"${{{{ steps.s{before}.outputs.stdout }}}}\", \"${{{{ steps.s0.outputs.stdout }}}}\"]}}\n"
        ));
        if step % 5 == 0 {
            text.push_str(
                "    preconditions:\n      - {title: Well, probe: http, with: {url: \"https://api.example.com/\"}, expect: status == 200 and latency < 1}\n",
            );
        }
    }
    text
}

/// Parse and check a runbook of many steps: the cost of a step must not depend on how many there are.
#[divan::bench(args = [100, 1_000, 2_000, 4_000])]
fn check_many_steps(bencher: divan::Bencher<'_, '_>, steps: usize) {
    let source = Source { path: "many.yaml".into(), text: many_steps(steps).into() };
    let catalog = catalog();
    assert!(runbook::examine(&source, &catalog).1.is_empty());
    bencher.bench(|| runbook::examine(&source, &catalog).1.len());
}

/// About the most steps that a file can hold, each as short as can be.
fn short_steps(steps: usize) -> Source {
    let mut text = String::from("lifeboat: 1\nname: many\ntitle: Many\nsteps:\n");
    for step in 0..steps {
        text.push_str(&format!("  - {{id: s{step}, title: T{step}, action: wait, with: {{seconds: 1s}}}}\n"));
    }
    Source { path: "many.yaml".into(), text: text.into() }
}

/// The same of as many steps as a file can hold.
#[divan::bench(args = [1_000, 2_000, 4_000, 9_000])]
fn check_short_steps(bencher: divan::Bencher<'_, '_>, steps: usize) {
    let (source, catalog) = (short_steps(steps), catalog());
    assert!(runbook::examine(&source, &catalog).1.is_empty());
    bencher.bench(|| runbook::examine(&source, &catalog).1.len());
}

/// From the checked flagship to its plan.
#[divan::bench]
fn plan_the_flagship(bencher: divan::Bencher<'_, '_>) {
    let source = runbook::read_source(Path::new(FLAGSHIP)).unwrap();
    let (book, catalog) = (runbook::parse(&source).unwrap(), catalog());
    bencher.bench(|| plan::build(&source, &book, &catalog, &IndexMap::<String, String>::new()).unwrap().digest());
}

/// From a parsed file to its plan: the check that goes before it, the steps, and the fingerprint.
fn plan(bencher: divan::Bencher<'_, '_>, source: &Source, steps: usize) {
    let (book, catalog) = (runbook::parse(source).unwrap(), catalog());
    let make = || plan::build(source, &book, &catalog, &IndexMap::<String, String>::new()).unwrap();
    assert_eq!(make().steps.len(), steps);
    bencher.bench(|| make().digest());
}

/// As many steps as a file can hold.
#[divan::bench(args = [1_000, 9_000])]
fn plan_short_steps(bencher: divan::Bencher<'_, '_>, steps: usize) {
    plan(bencher, &short_steps(steps), steps);
}

/// Steps with preconditions and expressions.
#[divan::bench(args = [1_000, 4_000])]
fn plan_many_steps(bencher: divan::Bencher<'_, '_>, steps: usize) {
    plan(bencher, &Source { path: "many.yaml".into(), text: many_steps(steps).into() }, steps);
}

/// One list with so many items: a step for each, that reads its item and what it waits for, is proved and can be taken back.
#[divan::bench(args = [1_000, 10_000])]
fn plan_for_each(bencher: divan::Bencher<'_, '_>, items: usize) {
    let names: Vec<String> = (0..items).map(|item| format!("service-{item}")).collect();
    let text = format!(
        "lifeboat: 1\nname: each\ntitle: Each\nparams: {{services: {{type: list, of: string, default: [{}]}}}}\nsteps:\n  \
         - {{id: begin, title: Begin, action: command, with: {{argv: [begin]}}}}\n  \
         - id: deploy\n    title: Deploy ${{{{ item }}}}\n    for_each: ${{{{ params.services }}}}\n    action: command\n    \
         with: {{argv: [deploy, \"${{{{ item }}}}\", \"${{{{ steps.begin.outputs.stdout }}}}\"]}}\n    \
         verify: [{{title: Up, probe: http, with: {{url: \"https://${{{{ item }}}}.example.com/\"}}, expect: status == 200}}]\n    \
         rollback: {{action: command, with: {{argv: [undo, \"${{{{ item }}}}\"]}}}}\n  \
         - {{id: finish, title: Finish, action: wait, with: {{seconds: 1s}}}}\n",
        names.join(", ")
    );
    plan(bencher, &Source { path: "each.yaml".into(), text: text.into() }, items + 2);
}

/// Ten lists of a thousand items, one after the other, with a step between that waits for all of one.
#[divan::bench]
fn plan_ten_lists(bencher: divan::Bencher<'_, '_>) {
    let names: Vec<String> = (0..1_000).map(|item| format!("s{item}")).collect();
    let list = names.join(", ");
    let mut text = format!("lifeboat: 1\nname: ten\ntitle: Ten\nparams: {{s: {{type: list, of: string, default: [{list}]}}}}\nsteps:\n");
    for step in 0..10 {
        text.push_str(&format!("  - {{id: a{step}, title: \"A{step} ${{{{ item }}}}\", for_each: \"${{{{ params.s }}}}\", action: wait, with: {{seconds: 1s}}}}\n"));
        text.push_str(&format!("  - {{id: all{step}, title: All of A{step}, action: wait, with: {{seconds: 1s}}}}\n"));
    }
    plan(bencher, &Source { path: "ten.yaml".into(), text: text.into() }, 10_010);
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
        folder: None,
        caller: "bench/step".into(),
        first: None,
        log: std::sync::Arc::new(|_| {}),
        world,
    };
    let with = serde_json::json!({ "instance": "orders-replica" });
    let promote = action::find("rds.promote_replica").unwrap();
    bencher.bench_local(|| runtime.block_on(promote.observe(&cx, &with)).unwrap());
}
