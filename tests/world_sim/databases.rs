//! Replicas and their promotion.

use aws_sdk_rds::error::ProvideErrorMetadata;
use aws_sdk_rds::operation::RequestId;
use aws_sdk_rds::types::DbInstance;
use lifeboat::world::sim::SimWorld;

use super::{pass, rds, world};

const PAIR: &str = "
rds:
  - {id: orders-primary, region: eu-west-1}
  - id: orders-replica
    region: us-east-1
    replica_of: orders-primary
    resource_id: db-REPLICA
    promotion: 10m
    backing_up: [{from: 30m, until: 40m}]
";

async fn replica(world: &SimWorld) -> DbInstance {
    let answer = rds(world, "us-east-1").describe_db_instances().db_instance_identifier("orders-replica").send().await.unwrap();
    let [instance] = <[DbInstance; 1]>::try_from(answer.db_instances.unwrap()).unwrap();
    instance
}

async fn state(world: &SimWorld) -> (String, bool) {
    let instance = replica(world).await;
    (instance.db_instance_status.unwrap(), instance.read_replica_source_db_instance_identifier.is_some())
}

#[tokio::test(start_paused = true)]
async fn a_replica_shows_its_source_and_its_replication() {
    let world = world(PAIR);
    let instance = replica(&world).await;
    assert_eq!(instance.read_replica_source_db_instance_identifier(), Some("arn:aws:rds:eu-west-1:123456789012:db:orders-primary"));
    assert_eq!(instance.dbi_resource_id(), Some("db-REPLICA"));
    assert_eq!(instance.endpoint().unwrap().port(), Some(5432));
    let [info] = instance.status_infos() else { panic!("{instance:?}") };
    assert_eq!((info.status_type(), info.status(), info.normal()), (Some("read replication"), Some("replicating"), Some(true)));
    let primary = rds(&world, "eu-west-1").describe_db_instances().send().await.unwrap();
    let [primary] = primary.db_instances() else { panic!("{primary:?}") };
    assert_eq!(primary.read_replica_db_instance_identifiers(), ["arn:aws:rds:us-east-1:123456789012:db:orders-replica"]);
    assert!(primary.status_infos().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_promotion_goes_through_its_stages_and_ends_without_a_source() {
    let world = world(PAIR);
    let client = rds(&world, "us-east-1");
    let accepted = client.promote_read_replica().db_instance_identifier("orders-replica").backup_retention_period(7).send().await.unwrap();
    assert!(accepted.request_id().is_some());
    assert_eq!(state(&world).await, ("available".into(), true), "right after the call nothing is to be seen of it");
    pass(&world, 10).await;
    assert_eq!(state(&world).await, ("modifying".into(), true));
    pass(&world, 510).await;
    assert_eq!(state(&world).await, ("rebooting".into(), true));
    pass(&world, 70).await;
    assert_eq!(state(&world).await, ("rebooting".into(), true));
    pass(&world, 12).await;
    assert_eq!(state(&world).await, ("available".into(), false));
    let promoted = replica(&world).await;
    assert_eq!(promoted.backup_retention_period(), Some(7));
    assert!(promoted.status_infos().is_empty());

    let again = client.promote_read_replica().db_instance_identifier("orders-replica").send().await.unwrap_err().into_service_error();
    assert!(again.is_invalid_db_instance_state_fault(), "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn the_audit_says_since_when_the_answer_was_so() {
    let world = world(PAIR);
    rds(&world, "us-east-1").promote_read_replica().db_instance_identifier("orders-replica").send().await.unwrap();
    pass(&world, 605).await;
    assert_eq!(state(&world).await, ("available".into(), false));
    let audit = world.audit();
    let [promotion, look] = &audit[..] else { panic!("{audit:?}") };
    assert_eq!((promotion.operation.as_str(), promotion.mutating, promotion.caller.as_str()), ("PromoteReadReplica", true, "test/rds"));
    assert_eq!(promotion.params["DBInstanceIdentifier"], "orders-replica");
    // Half of the latency of 100 ms until it takes effect, ten minutes of work.
    assert_eq!(look.settled_since.to_string(), "2026-03-12T02:57:00.05Z");
    assert_eq!(look.at.wall.to_string(), "2026-03-12T02:57:05.1Z");
    assert_eq!(world.mutations().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_promotion_is_refused_as_aws_refuses_it() {
    let world = world(PAIR);
    let client = rds(&world, "us-east-1");
    let promote = |id: &str| client.promote_read_replica().db_instance_identifier(id).send();
    let missing = promote("nobody").await.unwrap_err().into_service_error();
    assert!(missing.is_db_instance_not_found_fault(), "{missing:?}");
    assert_eq!(missing.code(), Some("DBInstanceNotFound"));
    assert!(missing.request_id().is_some());
    let elsewhere = promote("orders-primary").await.unwrap_err().into_service_error();
    assert!(elsewhere.is_db_instance_not_found_fault(), "another region's instance: {elsewhere:?}");
    let primary = rds(&world, "eu-west-1").promote_read_replica().db_instance_identifier("orders-primary").send().await;
    assert!(primary.unwrap_err().into_service_error().is_invalid_db_instance_state_fault());

    pass(&world, 1850).await;
    assert_eq!(state(&world).await, ("backing-up".into(), true));
    let backing_up = promote("orders-replica").await.unwrap_err().into_service_error();
    assert!(backing_up.is_invalid_db_instance_state_fault(), "{backing_up:?}");
    assert!(backing_up.message().unwrap().contains("backing-up"), "{backing_up:?}");
    assert!(world.mutations().is_empty(), "refused calls change nothing");

    pass(&world, 600).await;
    promote("orders-replica").await.unwrap();
    let twice = promote("orders-replica").await.unwrap_err().into_service_error();
    assert!(twice.is_invalid_db_instance_state_fault(), "{twice:?}");
}

#[tokio::test(start_paused = true)]
async fn unknown_operations_say_that_they_are_not_simulated() {
    let world = world(PAIR);
    let error = rds(&world, "us-east-1").describe_db_clusters().send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("InvalidAction"));
    assert!(error.message().unwrap().contains("does not simulate rds:DescribeDBClusters"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn sts_tells_who_asks() {
    let world = world("caller: {arn: \"arn:aws:sts::123456789012:assumed-role/dr-operator/drill\"}\n");
    let sts = aws_sdk_sts::Client::new(&world.sdk_config("us-east-1", "x"));
    let identity = sts.get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some("123456789012"));
    assert_eq!(identity.arn(), Some("arn:aws:sts::123456789012:assumed-role/dr-operator/drill"));
}
