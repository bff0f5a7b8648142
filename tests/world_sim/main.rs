//! The simulated world, seen through the real SDK clients and the ports.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod clouds;
mod databases;
mod faults;
mod files;
mod flagship;
mod nodegroups;
mod records;
mod restore;
mod served;
mod services;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lifeboat::clock::Clock as _;
use lifeboat::world::sim::{Definition, SimWorld, Speed};

/// The head that every test world has.
const HEAD: &str = "
world: 1
name: test
seed: 7
account: \"123456789012\"
start: 2026-03-12T02:47:00Z
latency: 100ms
regions: {eu-west-1: {}, us-east-1: {}, us-west-2: {}}
";

/// Starts a world at top speed; `yaml` follows the head.
fn world(yaml: &str) -> Arc<SimWorld> {
    seeded(yaml, None)
}

fn seeded(yaml: &str, seed: Option<u64>) -> Arc<SimWorld> {
    let text = format!("{HEAD}{yaml}");
    let definition = Definition::parse(Path::new("test.yaml"), &text).unwrap_or_else(|error| panic!("{error}"));
    SimWorld::start(definition, Speed::Max, seed)
}

async fn pass(world: &SimWorld, seconds: u64) {
    world.sim_clock().sleep(Duration::from_secs(seconds)).await;
}

fn rds(world: &SimWorld, region: &str) -> aws_sdk_rds::Client {
    aws_sdk_rds::Client::new(&world.sdk_config(region, "test/rds"))
}

fn eks(world: &SimWorld) -> aws_sdk_eks::Client {
    aws_sdk_eks::Client::new(&world.sdk_config("us-east-1", "test/eks"))
}

fn route53(world: &SimWorld) -> aws_sdk_route53::Client {
    aws_sdk_route53::Client::new(&world.sdk_config("us-east-1", "test/route53"))
}

fn cloudwatch(world: &SimWorld) -> aws_sdk_cloudwatch::Client {
    aws_sdk_cloudwatch::Client::new(&world.sdk_config("us-east-1", "test/cloudwatch"))
}
