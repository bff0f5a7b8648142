//! The flagship's world as a whole: the smoke test passes only if the failover was really done, in an order that works.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_eks::types::NodegroupScalingConfig;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use lifeboat::world::sim::{SimWorld, Speed};
use lifeboat::world::{HttpRequest, World as _};

use super::{eks, pass, rds, route53};

fn flagship(seed: Option<u64>) -> Arc<SimWorld> {
    let definition = SimWorld::load(Path::new("runbooks/worlds/region_loss.yaml")).unwrap_or_else(|error| panic!("{error}"));
    SimWorld::start(definition, Speed::Max, seed)
}

pub(crate) async fn smoke(world: &SimWorld) -> Option<u16> {
    let request = HttpRequest {
        method: "POST".into(),
        url: "https://api.example.com/orders/smoke".into(),
        headers: vec![],
        body: None,
        timeout: Duration::from_secs(1),
        redirects: 0,
        writes: false,
        caller: "test".into(),
    };
    world.http().send(request).await.ok().map(|answer| answer.status)
}

async fn promote(world: &SimWorld) {
    rds(world, "us-east-1").promote_read_replica().db_instance_identifier("orders-replica").send().await.unwrap();
}

async fn scale(world: &SimWorld) {
    let sizes = NodegroupScalingConfig::builder().min_size(12).desired_size(12).max_size(40).build();
    let call = eks(world).update_nodegroup_config().cluster_name("core-dr").nodegroup_name("general").scaling_config(sizes);
    call.send().await.unwrap();
}

async fn flip(world: &SimWorld) {
    try_flip(world).await.unwrap();
}

pub(crate) async fn try_flip(world: &SimWorld) -> Result<(), String> {
    let set = |id: &str, weight: i64, address: &str| {
        let record = ResourceRecord::builder().value(address).build().unwrap();
        let set = ResourceRecordSet::builder().name("api.example.com").r#type(RrType::A).ttl(60).set_identifier(id).weight(weight);
        let set = set.resource_records(record).build().unwrap();
        Change::builder().action(ChangeAction::Upsert).resource_record_set(set).build().unwrap()
    };
    let batch = ChangeBatch::builder().changes(set("us", 100, "198.51.100.20")).changes(set("eu", 0, "203.0.113.10")).build().unwrap();
    let call = route53(world).change_resource_record_sets().hosted_zone_id("Z0123456789EXAMPLE").change_batch(batch);
    call.send().await.map(drop).map_err(|error| format!("{error:?}"))
}

#[tokio::test(start_paused = true)]
async fn every_part_of_the_failover_is_needed() {
    for skipped in 0..4 {
        let world = flagship(None);
        assert_eq!(smoke(&world).await, None, "eu-west-1 is down");
        if skipped != 0 {
            promote(&world).await;
        }
        if skipped != 1 {
            scale(&world).await;
        }
        pass(&world, 1800).await;
        if skipped != 2 {
            flip(&world).await;
        }
        pass(&world, 300).await;
        let mut served = 0;
        for _ in 0..20 {
            served += u32::from(smoke(&world).await == Some(201));
        }
        match skipped {
            3 => assert_eq!(served, 20, "all of it was done"),
            _ => assert_eq!(served, 0, "part {skipped} was skipped"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_would_be_lost_stays_within_the_objective_however_long_a_person_reads() {
    let world = flagship(None);
    pass(&world, 3600).await;
    let target =
        lifeboat::plan::Target { id: "dr".into(), region: "us-east-1".into(), account: None, profile: None, role: None, external_id: None };
    let cx = lifeboat::probe::Cx {
        world: world.clone(),
        target: Some(target),
        caller: "test".into(),
        timeout: Duration::from_secs(30),
        leave: lifeboat::probe::Leave::Read,
    };
    let with = serde_json::json!({ "instance": "orders-replica", "as_of": world.incident_start() });
    let sample = lifeboat::probe::find("rds.replica_lag").unwrap().sample(&cx, &with).await.unwrap();
    let (lag, lost) = (sample.fields["seconds"].as_f64().unwrap(), sample.fields["lost"].as_f64().unwrap());
    assert!(lag > 3600.0, "the lag grows with the outage: {lag}");
    assert!((0.5..=60.0).contains(&lost), "what is lost does not: {lost}");
}

#[tokio::test(start_paused = true)]
async fn a_seed_makes_a_world() {
    let promoted_at = async |seed: Option<u64>| {
        let world = flagship(seed);
        promote(&world).await;
        pass(&world, 3600).await;
        rds(&world, "us-east-1").describe_db_instances().send().await.unwrap();
        world.audit().last().unwrap().settled_since
    };
    assert_eq!(promoted_at(None).await, promoted_at(Some(20_240_613)).await, "the file's seed");
    assert_ne!(promoted_at(None).await, promoted_at(Some(1)).await);
}

#[tokio::test(start_paused = true)]
async fn what_the_driver_asks_of_it() {
    let world = flagship(Some(5));
    assert_eq!((world.name(), world.seed(), world.account()), ("region_loss", 5, "123456789012"));
    assert_eq!(world.start_stamp().wall.to_string(), "2026-03-12T02:47:00Z");
    assert_eq!(world.incident_start().to_string(), "2026-03-12T02:43:30Z");
    assert_eq!(world.operator_reads_for(), Duration::from_secs(20));
    assert!(world.digest().as_str().starts_with("sha256:"));
}
