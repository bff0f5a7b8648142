//! Services behind names: healthy only if everything below them is.

use std::time::Duration;

use aws_sdk_eks::types::NodegroupScalingConfig;
use lifeboat::plan::{FailureKind, Happened};
use lifeboat::world::sim::SimWorld;
use lifeboat::world::{HttpRequest, HttpResponse, LineSink, ProcessRequest, World as _};
use std::sync::{Arc, Mutex};

use super::{eks, pass, rds, world};

const STANDBY: &str = "
rds:
  - {id: primary, region: eu-west-1}
  - {id: replica, region: us-east-1, replica_of: primary, promotion: 5m}
eks:
  - {cluster: core-dr, region: us-east-1, nodegroups: {general: {min: 1, desired: 2, max: 40, join: 60s, every: 10s}}}
route53:
  zones:
    - {name: example.com, id: Z1, records: [{name: us.example.com, type: A, ttl: 60, values: [198.51.100.20]}, {name: eu.example.com, type: A, ttl: 60, values: [203.0.113.10]}, {name: lost.example.com, type: A, ttl: 60, values: [192.0.2.99]}]}
services:
  - {name: api-us, address: 198.51.100.20, region: us-east-1, writer: replica, nodegroup: core-dr/general, nodes_needed: 10, paths: {/healthz: 200, /orders: 201}}
  - {name: api-eu, address: 203.0.113.10, region: eu-west-1, writer: primary, paths: {/healthz: 200}}
commands:
  - {argv: [deployctl, freeze], takes: 4s, output: \"one\\ntwo\\n\"}
  - {argv: [deployctl, break], exit: 3}
events: [{at: 10m, region_down: eu-west-1}]
";

fn request(method: &str, url: &str) -> HttpRequest {
    HttpRequest {
        method: method.into(),
        url: url.into(),
        headers: vec![],
        body: None,
        timeout: Duration::from_secs(3),
        redirects: 0,
        writes: method != "GET",
        caller: "test/http".into(),
    }
}

async fn get(world: &SimWorld, url: &str) -> HttpResponse {
    world.http().send(request("GET", url)).await.unwrap()
}

async fn scale(world: &SimWorld, to: i32) {
    let sizes = NodegroupScalingConfig::builder().min_size(to).desired_size(to).max_size(40).build();
    eks(world).update_nodegroup_config().cluster_name("core-dr").nodegroup_name("general").scaling_config(sizes).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_service_needs_its_writer_and_its_nodes() {
    let world = world(STANDBY);
    let answer = get(&world, "https://us.example.com/healthz").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (503, r#"{"status":"no_writable_database","region":"us-east-1","service":"api-us"}"#)
    );
    rds(&world, "us-east-1").promote_read_replica().db_instance_identifier("replica").send().await.unwrap();
    pass(&world, 305).await;

    let mut short = Vec::new();
    for _ in 0..40 {
        let answer = get(&world, "https://us.example.com/healthz").await;
        assert!(answer.took > Duration::from_secs(1), "short of capacity it is slow: {:?}", answer.took);
        short.push(answer.status);
    }
    assert!(short.contains(&503) && short.contains(&200), "with a fifth of its nodes it serves a fifth: {short:?}");

    scale(&world, 10).await;
    pass(&world, 300).await;
    for _ in 0..20 {
        let answer = get(&world, "https://us.example.com/healthz").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"status":"ok","region":"us-east-1","service":"api-us"}"#));
        assert!(answer.took < Duration::from_secs(1));
    }
    assert_eq!(world.http().send(request("POST", "https://us.example.com/orders")).await.unwrap().status, 201);
    assert_eq!(get(&world, "https://us.example.com/nowhere").await.status, 404);
    assert_eq!(get(&world, "http://198.51.100.20:8080/healthz?x=1").await.status, 200, "by address too");
    assert_eq!(world.http().send(request("HEAD", "https://us.example.com/healthz")).await.unwrap().body, "");
}

#[tokio::test(start_paused = true)]
async fn the_audit_says_since_when_a_service_is_healthy() {
    let world = world(STANDBY);
    rds(&world, "us-east-1").promote_read_replica().db_instance_identifier("replica").send().await.unwrap();
    scale(&world, 10).await;
    pass(&world, 600).await;
    get(&world, "https://us.example.com/healthz").await;
    let audit = world.audit();
    let look = audit.last().unwrap();
    assert_eq!((look.service.as_str(), look.region.as_str(), look.caller.as_str()), ("http", "us-east-1", "test/http"));
    // The promotion, accepted after 50 ms, ended later than the last node joined.
    assert_eq!(look.settled_since.to_string(), "2026-03-12T02:52:00.05Z");
}

#[tokio::test(start_paused = true)]
async fn a_lost_region_is_silent() {
    let world = world(STANDBY);
    assert_eq!(get(&world, "https://eu.example.com/healthz").await.status, 200);
    pass(&world, 600).await;
    let before = world.sim_clock().elapsed();
    let failure = world.http().send(request("GET", "https://eu.example.com/healthz")).await.unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::Unreachable, Happened::No));
    assert!(failure.message.contains("203.0.113.10") && failure.message.contains("3.0 s"), "{failure}");
    assert_eq!((world.sim_clock().elapsed() - before).as_secs(), 3, "until the client gives up");
    let failure = world.http().send(request("POST", "https://eu.example.com/healthz")).await.unwrap_err();
    assert_eq!(failure.effect, Happened::Unknown, "it may have arrived");

    let error = rds(&world, "eu-west-1").describe_db_instances().send().await.unwrap_err();
    let aws_sdk_rds::error::SdkError::DispatchFailure(failure) = &error else { panic!("{error:?}") };
    assert!(failure.is_timeout(), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn addresses_that_lead_nowhere_say_so() {
    let world = world(STANDBY);
    for (url, what) in [
        ("https://nobody.example.com/", "does not resolve"),
        ("https://lost.example.com/", "connection refused"),
        ("https://[2001:db8::1]/", "connection refused"),
    ] {
        let failure = world.http().send(request("GET", url)).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unreachable);
        assert!(failure.message.contains(what), "{failure}");
    }
    for url in ["ftp://us.example.com/", "us.example.com", "https://"] {
        assert_eq!(world.http().send(request("GET", url)).await.unwrap_err().kind, FailureKind::Invalid, "{url}");
    }
}

fn run(argv: &[&str], timeout: u64) -> ProcessRequest {
    ProcessRequest {
        argv: argv.iter().map(ToString::to_string).collect(),
        aws: lifeboat::world::ProgramAws::Nobody,
        env: vec![],
        folder: None,
        cwd: None,
        timeout: Duration::from_secs(timeout),
        caller: "test/command".into(),
    }
}

#[tokio::test(start_paused = true)]
async fn programs_are_those_of_the_file_and_no_others() {
    let world = world(STANDBY);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink: LineSink = {
        let lines = Arc::clone(&lines);
        Arc::new(move |line: &str| lines.lock().unwrap().push(line.to_owned()))
    };
    let exit = world.process().run(run(&["deployctl", "freeze", "--env", "production"], 60), Arc::clone(&sink)).await.unwrap();
    assert_eq!((exit.code, exit.stdout.as_str(), exit.took.as_secs()), (Some(0), "one\ntwo\n", 4));
    assert_eq!(*lines.lock().unwrap(), ["one", "two"]);
    assert_eq!(world.sim_clock().elapsed().as_secs(), 4);

    let exit = world.process().run(run(&["deployctl", "break"], 60), Arc::clone(&sink)).await.unwrap();
    assert_eq!(exit.code, Some(3));
    let late = world.process().run(run(&["deployctl", "freeze"], 2), Arc::clone(&sink)).await.unwrap_err();
    assert_eq!((late.kind, late.effect), (FailureKind::Timeout, Happened::Unknown));
    let unknown = world.process().run(run(&["rm", "-rf", "/"], 2), sink).await.unwrap_err();
    assert_eq!(unknown.effect, Happened::No);
    assert!(unknown.message.contains("does not know the command `rm -rf /`"), "{unknown}");
    assert!(unknown.hint.contains("add it under `commands:` of test.yaml"), "{}", unknown.hint);
}
