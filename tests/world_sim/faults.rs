//! Faults, each as the real SDK clients meet it.

use std::time::Duration;

use aws_sdk_rds::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_types::retry::RetryConfig;
use lifeboat::world::sim::SimWorld;

use super::clouds::in_service;
use super::{eks, pass, rds, route53, world};

const ESTATE: &str = "
rds:
  - {id: primary, region: eu-west-1}
  - {id: replica, region: us-east-1, replica_of: primary, promotion: 5m}
eks:
  - {cluster: core-dr, region: us-east-1, nodegroups: {general: {min: 1, desired: 2, max: 40, join: 60s, every: 5s, update: 20s}}}
route53:
  zones: [{name: example.com, id: Z1, propagation: 30s, records: [{name: a.example.com, type: A, ttl: 60, values: [192.0.2.1]}]}]
services: [{name: api, address: 192.0.2.1, region: us-east-1, paths: {/: 200}}]
";

fn with(faults: &str) -> std::sync::Arc<SimWorld> {
    world(&format!("{ESTATE}\nfaults:\n{faults}"))
}

/// A client that does not try again.
fn once(world: &SimWorld) -> aws_sdk_rds::Client {
    let config = world.sdk_config("us-east-1", "x").to_builder().retry_config(RetryConfig::disabled()).build();
    aws_sdk_rds::Client::new(&config)
}

fn operations(world: &SimWorld) -> Vec<(String, Result<(), String>)> {
    world.audit().into_iter().map(|entry| (entry.operation, entry.outcome)).collect()
}

#[tokio::test(start_paused = true)]
async fn throttling_is_what_the_sdk_retries() {
    let world = with("  - {service: rds, throttle: true, times: 2}\n");
    rds(&world, "us-east-1").describe_db_instances().send().await.expect("the third attempt is answered");
    let seen = operations(&world);
    assert_eq!(seen.iter().filter(|(_, outcome)| *outcome == Err("Throttling".into())).count(), 2, "{seen:?}");
    assert_eq!(seen.len(), 3);

    let world = with("  - {service: eks, until: 1m, throttle: true}\n");
    let error = eks(&world).describe_cluster().name("core-dr").send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("ThrottlingException"));
    pass(&world, 60).await;
    eks(&world).describe_cluster().name("core-dr").send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_error_comes_with_its_code_status_and_message() {
    let world = with(
        "  - {service: rds, operation: PromoteReadReplica, error: {code: InternalFailure, status: 500, message: \"try & again\"}, times: 1}\n",
    );
    let error = once(&world).promote_read_replica().db_instance_identifier("replica").send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 500);
    let error = error.into_service_error();
    assert_eq!((error.code(), error.message()), (Some("InternalFailure"), Some("try & again")));
    once(&world).describe_db_instances().send().await.expect("another operation is not hit");
    assert!(world.mutations().is_empty());
}

#[tokio::test(start_paused = true)]
async fn credentials_that_lack_or_expired_are_told_apart_in_every_protocol() {
    let world = with("  - {access_denied: true}\n");
    let query = rds(&world, "us-east-1").describe_db_instances().send().await.unwrap_err().into_service_error();
    assert_eq!(query.code(), Some("AccessDenied"));
    assert!(query.message().unwrap().contains("is not authorized to perform: rds:DescribeDBInstances"), "{query:?}");
    let json = eks(&world).describe_cluster().name("core-dr").send().await.unwrap_err().into_service_error();
    assert_eq!(json.code(), Some("AccessDeniedException"));
    let xml = route53(&world).list_hosted_zones().send().await.unwrap_err().into_service_error();
    assert_eq!(xml.code(), Some("AccessDenied"));

    let world = with("  - {expired_credentials: true}\n");
    let query = rds(&world, "us-east-1").describe_db_instances().send().await.unwrap_err().into_service_error();
    assert_eq!(query.code(), Some("ExpiredToken"));
    let json = eks(&world).describe_cluster().name("core-dr").send().await.unwrap_err().into_service_error();
    assert_eq!(json.code(), Some("ExpiredTokenException"));
    let cbor = super::cloudwatch(&world).get_metric_data().send().await.unwrap_err();
    let cbor = cbor.into_service_error();
    assert_eq!(cbor.code(), Some("ExpiredTokenException"));
}

#[tokio::test(start_paused = true)]
async fn latency_is_added_to_what_a_call_takes() {
    let world = with("  - {service: rds, latency: 7s}\n");
    once(&world).describe_db_instances().send().await.unwrap();
    assert_eq!(world.sim_clock().elapsed(), Duration::from_millis(7_100));
    assert_eq!(world.audit()[0].took, Duration::from_millis(7_100));
}

#[tokio::test(start_paused = true)]
async fn a_reset_loses_the_call_or_only_its_answer() {
    let world = with("  - {operation: PromoteReadReplica, reset: true, times: 1}\n");
    let error = once(&world).promote_read_replica().db_instance_identifier("replica").send().await.unwrap_err();
    let SdkError::DispatchFailure(failure) = &error else { panic!("{error:?}") };
    assert!(failure.is_io(), "{error:?}");
    assert!(world.mutations().is_empty(), "nothing happened");

    let world = with("  - {operation: PromoteReadReplica, reset: true, lost_answer: true, times: 1}\n");
    let client = once(&world);
    let error = client.promote_read_replica().db_instance_identifier("replica").send().await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_io()), "{error:?}");
    let [mutation] = &world.mutations()[..] else { panic!("it happened") };
    assert!(!mutation.answered);
    pass(&world, 10).await;
    let seen = client.describe_db_instances().send().await.unwrap();
    assert_eq!(seen.db_instances()[0].db_instance_status(), Some("modifying"));
}

#[tokio::test(start_paused = true)]
async fn garbage_cannot_be_read() {
    for how in ["truncated", "malformed"] {
        let world = with(&format!("  - {{garbage: {how}}}\n"));
        let error = once(&world).describe_db_instances().send().await.unwrap_err();
        assert!(matches!(&error, SdkError::ResponseError(_) | SdkError::ServiceError(_)), "{how}: {error:?}");
        assert_eq!(world.mutations().len(), 0);
        let error = eks(&world).describe_cluster().name("core-dr").send().await.unwrap_err();
        assert!(matches!(&error, SdkError::ResponseError(_) | SdkError::ServiceError(_)), "{how}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hang_lasts_until_the_client_gives_up() {
    let world = with("  - {service: rds, hang: true}\n");
    let timeouts = aws_smithy_types::timeout::TimeoutConfig::builder().operation_timeout(Duration::from_secs(30)).build();
    let config = world.sdk_config("us-east-1", "x").to_builder().timeout_config(timeouts).build();
    let error = aws_sdk_rds::Client::new(&config).describe_db_instances().send().await.unwrap_err();
    assert!(matches!(&error, SdkError::TimeoutError(_)), "{error:?}");
    assert_eq!(world.sim_clock().elapsed().as_secs(), 30);
    assert_eq!(operations(&world), [("DescribeDBInstances".to_owned(), Err("Hang".to_owned()))]);
}

#[tokio::test(start_paused = true)]
async fn what_is_stuck_moves_on_when_the_fault_is_over() {
    let world = with("  - {service: rds, operation: PromoteReadReplica, from: 1m, until: 20m, stuck: true}\n");
    let client = once(&world);
    client.promote_read_replica().db_instance_identifier("replica").send().await.unwrap();
    pass(&world, 1200).await;
    let status = async || client.describe_db_instances().send().await.unwrap().db_instances.unwrap().remove(0);
    assert_eq!(status().await.db_instance_status(), Some("modifying"));
    pass(&world, 245).await;
    assert_eq!(status().await.read_replica_source_db_instance_identifier(), None);

    let world = with("  - {service: eks, stuck: true}\n  - {service: route53, stuck: true}\n");
    let sizes = aws_sdk_eks::types::NodegroupScalingConfig::builder().min_size(5).desired_size(5).max_size(40).build();
    let call = eks(&world).update_nodegroup_config().cluster_name("core-dr").nodegroup_name("general").scaling_config(sizes);
    call.send().await.unwrap();
    pass(&world, 36_000).await;
    let group = eks(&world).describe_nodegroup().cluster_name("core-dr").nodegroup_name("general").send().await.unwrap().nodegroup.unwrap();
    assert_eq!(group.status().unwrap().as_str(), "UPDATING");
    assert_eq!(in_service(&world, "general").await, Some(2.0));
}

#[tokio::test(start_paused = true)]
async fn a_part_of_the_nodes_comes() {
    let world = with("  - {service: eks, operation: UpdateNodegroupConfig, partial: 0.5}\n");
    let sizes = aws_sdk_eks::types::NodegroupScalingConfig::builder().min_size(12).desired_size(12).max_size(40).build();
    let call = eks(&world).update_nodegroup_config().cluster_name("core-dr").nodegroup_name("general").scaling_config(sizes);
    call.send().await.unwrap();
    pass(&world, 3600).await;
    assert_eq!(in_service(&world, "general").await, Some(7.0), "two and half of ten");
}

#[tokio::test(start_paused = true)]
async fn a_region_can_go_and_come_back() {
    let world = with("  - {from: 1m, until: 3m, region_down: us-east-1}\n");
    let client = once(&world);
    client.describe_db_instances().send().await.unwrap();
    pass(&world, 60).await;
    let before = world.sim_clock().elapsed();
    let error = client.describe_db_instances().send().await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_timeout()), "{error:?}");
    assert_eq!(world.sim_clock().elapsed() - before, Duration::from_millis(3_100));
    pass(&world, 120).await;
    client.describe_db_instances().send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn chance_is_repeatable_and_about_as_likely_as_said() {
    let outcomes = async |seed: u64| {
        let world = super::seeded(&format!("{ESTATE}\nfaults: [{{service: rds, probability: 0.3, error: {{code: Oops}}}}]\n"), Some(seed));
        let client = once(&world);
        for _ in 0..200 {
            // Failing is what is counted here.
            drop(client.describe_db_instances().send().await);
        }
        world.audit().into_iter().map(|entry| entry.outcome.is_err()).collect::<Vec<_>>()
    };
    let first = outcomes(1).await;
    assert_eq!(first, outcomes(1).await);
    assert_ne!(first, outcomes(2).await);
    let hits = first.iter().filter(|hit| **hit).count();
    assert!((40..80).contains(&hits), "{hits} of 200");
}

#[tokio::test(start_paused = true)]
async fn services_and_names_can_fail_too() {
    use lifeboat::world::{DnsQuery, DnsVia, HttpRequest, World as _};
    let world = with("  - {service: http, error: {code: x, status: 502}, times: 1}\n  - {service: dns, hang: true, times: 1}\n");
    let request = || HttpRequest {
        method: "GET".into(),
        url: "http://192.0.2.1/".into(),
        headers: vec![],
        body: None,
        timeout: Duration::from_secs(3),
        redirects: 0,
        writes: false,
        caller: String::new(),
    };
    assert_eq!(world.http().send(request()).await.unwrap().status, 502);
    assert_eq!(world.http().send(request()).await.unwrap().status, 200);
    let query = || DnsQuery {
        name: "a.example.com".into(),
        kind: "A".into(),
        via: DnsVia::System,
        timeout: Duration::from_secs(5),
        caller: String::new(),
    };
    assert!(world.dns().query(query()).await.unwrap_err().message.contains("no answer about a.example.com within 5.0 s"));
    assert_eq!(world.dns().query(query()).await.unwrap().values, ["192.0.2.1"]);
}
