//! A world that is restored from its log goes on as if its process had never ended.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_eks::types::NodegroupScalingConfig;
use lifeboat::clock::{Clock as _, Stamp};
use lifeboat::world::sim::{AuditEntry, Definition, RestoreError, SimWorld, Speed};
use lifeboat::world::{DnsQuery, DnsVia, HttpRequest, ProcessRequest, World as _};
use proptest::prelude::*;

use super::{HEAD, cloudwatch, eks, flagship, pass, rds, route53};

/// What somebody does to the flagship's world. Every one of them is one call, or a few at once.
#[derive(Debug, Clone)]
enum Act {
    Promote,
    Scale(i32),
    Flip,
    /// A promotion and two updates on their way at once: they take effect in another order than they arrived in.
    AllAtOnce,
    Look,
    Metric,
    Smoke,
    Ask(&'static str),
    Program(&'static str),
    Wait(u64),
}

async fn act(world: &SimWorld, act: &Act) {
    // What the world answers is in its audit, and that is what is compared.
    match act {
        Act::Promote => {
            drop(rds(world, "us-east-1").promote_read_replica().db_instance_identifier("orders-replica").send().await);
        }
        Act::Scale(desired) => scale(world, "general", *desired).await,
        Act::Flip => drop(flagship::try_flip(world).await),
        Act::AllAtOnce => {
            let promote =
                async { drop(rds(world, "us-east-1").promote_read_replica().db_instance_identifier("orders-replica").send().await) };
            tokio::join!(promote, scale(world, "general", 11), scale(world, "system", 4));
        }
        Act::Look => {
            drop(rds(world, "us-east-1").describe_db_instances().send().await);
            drop(eks(world).describe_nodegroup().cluster_name("core-dr").nodegroup_name("general").send().await);
            drop(route53(world).list_resource_record_sets().hosted_zone_id("Z0123456789EXAMPLE").send().await);
        }
        Act::Metric => {
            use aws_sdk_cloudwatch::types::{Dimension, Statistic};
            let now = world.sim_clock().wall().as_second();
            let call = cloudwatch(world).get_metric_statistics().namespace("AWS/RDS").metric_name("ReplicaLag").period(60);
            let call = call.dimensions(Dimension::builder().name("DBInstanceIdentifier").value("orders-replica").build());
            let call = call.statistics(Statistic::Maximum).start_time(aws_sdk_cloudwatch::primitives::DateTime::from_secs(now - 600));
            drop(call.end_time(aws_sdk_cloudwatch::primitives::DateTime::from_secs(now)).send().await);
        }
        Act::Smoke => drop(flagship::smoke(world).await),
        Act::Ask(resolver) => {
            let via = if *resolver == "system" { DnsVia::System } else { DnsVia::Resolvers(vec![resolver.parse().unwrap()]) };
            let (name, kind) = ("api.example.com".into(), "A".into());
            drop(world.dns().query(DnsQuery { name, kind, via, timeout: Duration::from_secs(5), caller: "test".into() }).await);
        }
        Act::Program(what) => {
            let argv = vec!["deployctl".into(), (*what).into()];
            let request = ProcessRequest {
                argv,
                aws: lifeboat::world::ProgramAws::Nobody,
                folder: None,
                env: vec![],
                cwd: None,
                timeout: Duration::from_secs(60),
                caller: "test".into(),
            };
            drop(world.process().run(request, Arc::new(|_: &str| {})).await);
        }
        Act::Wait(seconds) => pass(world, *seconds).await,
    }
}

async fn scale(world: &SimWorld, group: &str, desired: i32) {
    let sizes = NodegroupScalingConfig::builder().min_size(1).desired_size(desired).max_size(40).build();
    drop(eks(world).update_nodegroup_config().cluster_name("core-dr").nodegroup_name(group).scaling_config(sizes).send().await);
}

/// A world with a log in a folder of its own.
struct Kept {
    definition: Definition,
    folder: tempfile::TempDir,
    world: Arc<SimWorld>,
}

impl Kept {
    fn start(definition: Definition) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = SimWorld::start_kept(definition.clone(), Speed::Max, Some(11), &folder.path().join("world.jsonl"));
        Self { definition, folder, world }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("world.jsonl")
    }

    fn try_restore(&self, at: Stamp) -> Result<Arc<SimWorld>, RestoreError> {
        SimWorld::restore(self.definition.clone(), Speed::Max, Some(11), &self.log(), at)
    }

    /// The process ends, and another takes its place.
    fn restore(&mut self) {
        self.world = self.try_restore(self.world.sim_clock().now()).unwrap_or_else(|error| panic!("{error}"));
        self.world.kept().unwrap();
    }
}

fn region_loss() -> Definition {
    SimWorld::load(Path::new("runbooks/worlds/region_loss.yaml")).unwrap_or_else(|error| panic!("{error}"))
}

/// The flagship's world, and this goes wrong in it.
fn region_loss_with(faults: &str) -> Definition {
    let text = format!("{}\nfaults:\n{faults}", region_loss().text());
    Definition::parse(Path::new("faults.yaml"), &text).unwrap_or_else(|error| panic!("{error}"))
}

/// Does it in one process (`restored` never true), or in many; gives all that the world was asked and answered.
async fn through(definition: &Definition, acts: &[Act], restored: impl Fn(usize) -> bool) -> (Vec<AuditEntry>, Vec<String>) {
    let mut kept = Kept::start(definition.clone());
    for (n, what) in acts.iter().enumerate() {
        act(&kept.world, what).await;
        if restored(n) {
            kept.restore();
        }
    }
    pass(&kept.world, 7200).await;
    let estate = described(&kept.world).await;
    (kept.world.audit(), estate)
}

/// What the estate has come to, as the SDK's clients see it.
async fn described(world: &SimWorld) -> Vec<String> {
    let databases = rds(world, "us-east-1").describe_db_instances().send().await.unwrap();
    let group = async |name: &str| {
        let call = eks(world).describe_nodegroup().cluster_name("core-dr").nodegroup_name(name);
        format!("{:?}", call.send().await.unwrap().nodegroup)
    };
    let records = route53(world).list_resource_record_sets().hosted_zone_id("Z0123456789EXAMPLE").send().await.unwrap();
    vec![
        format!("{:?}", databases.db_instances),
        group("general").await,
        group("system").await,
        format!("{:?}", records.resource_record_sets),
    ]
}

fn failover() -> Vec<Act> {
    use Act::{Ask, Flip, Look, Metric, Program, Promote, Scale, Smoke, Wait};
    let mut acts = vec![Smoke, Program("freeze"), Metric, Look, Promote, Look, Scale(12), Look, Wait(1), Look];
    // While the replica is promoted and the nodes join.
    for _ in 0..20 {
        acts.extend([Wait(37), Look, Smoke]);
    }
    acts.extend([Ask("system"), Ask("192.0.2.53"), Flip, Look]);
    // While the change is on its way, and then while the resolvers' entries run out.
    for _ in 0..12 {
        acts.extend([Wait(9), Ask("system"), Ask("192.0.2.53"), Look, Smoke]);
    }
    acts.push(Program("unfreeze"));
    acts
}

#[tokio::test(start_paused = true)]
async fn a_failover_goes_on_whenever_its_world_is_restored() {
    let acts = failover();
    let whole = through(&region_loss(), &acts, |_| false).await;
    assert!(whole.1[0].contains("read_replica_source_db_instance_identifier: None"), "promoted: {}", whole.1[0]);
    assert_eq!(through(&region_loss(), &acts, |_| true).await, whole, "after every call");
    for only in (0..acts.len()).step_by(7) {
        assert_eq!(through(&region_loss(), &acts, |n| n == only).await, whole, "only after {:?}, the {only}th", acts[only]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_went_wrong_goes_on_going_wrong_and_no_longer() {
    let faults = [
        "  - {service: rds, throttle: true, times: 3}\n  - {service: route53, throttle: true, times: 4}\n",
        "  - {operation: PromoteReadReplica, reset: true, lost_answer: true, times: 1}\n  - {service: eks, reset: true, times: 1}\n",
        "  - {operation: PromoteReadReplica, from: 1m, until: 20m, stuck: true, times: 1}\n  - {service: eks, partial: 0.5, times: 1}\n",
        "  - {service: route53, operation: ChangeResourceRecordSets, garbage: truncated, times: 1}\n  - {service: eks, latency: 9s}\n",
        "  - {service: http, error: {code: x, status: 502}, times: 5}\n  - {service: dns, hang: true, times: 2}\n",
        "  - {service: process, hang: true, times: 1}\n  - {probability: 0.4, error: {code: Oops}, times: 9}\n",
    ];
    for faults in faults {
        let definition = region_loss_with(faults);
        let mut acts = failover();
        // What is asked for twice is refused, which uses up faults as well.
        acts.extend([Act::Promote, Act::Scale(3), Act::Flip, Act::Scale(9), Act::Wait(400), Act::Scale(2)]);
        let whole = through(&definition, &acts, |_| false).await;
        assert!(
            whole.0.iter().any(|entry| entry.outcome.is_err() || !entry.answered) || faults.contains("partial"),
            "nothing went wrong:{faults}"
        );
        assert_eq!(through(&definition, &acts, |_| true).await, whole, "{faults}");
    }
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        1 => Just(Act::Promote),
        1 => (0..42).prop_map(Act::Scale),
        1 => Just(Act::Flip),
        1 => Just(Act::AllAtOnce),
        3 => Just(Act::Look),
        1 => Just(Act::Metric),
        1 => Just(Act::Smoke),
        1 => prop_oneof![Just("system"), Just("192.0.2.53"), Just("2001:db8::53")].prop_map(Act::Ask),
        1 => prop_oneof![Just("freeze"), Just("unfreeze"), Just("no such thing")].prop_map(Act::Program),
        4 => (0_u64..400).prop_map(Act::Wait),
    ]
}

fn any_fault() -> impl Strategy<Value = String> {
    let service = prop_oneof![Just(""), Just("service: rds, "), Just("service: eks, "), Just("service: route53, ")];
    let kind = prop_oneof![
        Just("throttle: true"),
        Just("reset: true"),
        Just("reset: true, lost_answer: true"),
        Just("garbage: malformed"),
        Just("latency: {p50: 1s, p95: 20s}"),
        Just("stuck: true, from: 2m, until: 9m"),
        Just("error: {code: Oops, status: 500}"),
    ];
    (service, kind, 1_u32..4, 1_u32..=10).prop_map(|(service, kind, times, tenths)| {
        format!("  - {{{service}{kind}, times: {times}, probability: {}}}\n", f64::from(tenths) / 10.0)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_calls_is_restored_at_any_place(
        acts in prop::collection::vec((any_act(), any::<bool>()), 1..30),
        faults in prop::collection::vec(any_fault(), 1..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let definition = region_loss_with(&faults.concat());
        let (acts, restored): (Vec<Act>, Vec<bool>) = acts.into_iter().unzip();
        // Faults may still be on when the estate is described; then its audit alone is compared.
        let run = |restored: Vec<bool>| runtime.block_on(async {
            let mut kept = Kept::start(definition.clone());
            for (what, restored) in acts.iter().zip(restored) {
                act(&kept.world, what).await;
                if restored {
                    kept.restore();
                }
            }
            for _ in 0..6 {
                pass(&kept.world, 600).await;
                act(&kept.world, &Act::Look).await;
                act(&kept.world, &Act::Smoke).await;
            }
            kept.world.audit()
        });
        prop_assert_eq!(run(restored), run(vec![false; acts.len()]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_in_the_log_when_it_has_taken_effect_and_before_its_answer() {
    let yaml = "rds:\n  - {id: primary, region: eu-west-1}\n  - {id: replica, region: us-east-1, replica_of: primary, promotion: 5m}\n";
    let kept = Kept::start(Definition::parse(Path::new("test.yaml"), &format!("{HEAD}{yaml}")).unwrap());
    let lines = || std::fs::read_to_string(kept.log()).unwrap().lines().count() - 1;
    let client = rds(&kept.world, "us-east-1");
    let call = tokio::spawn(async move { client.promote_read_replica().db_instance_identifier("replica").send().await });
    // A call takes 100 ms here: half of it there, half of it back.
    pass_ms(49).await;
    assert_eq!(lines(), 0, "it is on its way");
    pass_ms(2).await;
    assert_eq!(lines(), 1, "it has happened");
    assert!(!call.is_finished(), "and nobody knows yet");
    let restored = kept.try_restore(kept.world.sim_clock().now()).unwrap();
    assert_eq!(restored.mutations(), kept.world.mutations());
    assert_eq!(restored.mutations().len(), 1);

    call.abort();
    pass(&restored, 30).await;
    let seen = rds(&restored, "us-east-1").describe_db_instances().send().await.unwrap();
    assert_eq!(seen.db_instances()[0].db_instance_status(), Some("modifying"));
}

async fn pass_ms(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

#[tokio::test(start_paused = true)]
async fn the_clock_goes_on_where_it_stood() {
    let mut kept = Kept::start(region_loss());
    pass(&kept.world, 100).await;
    act(&kept.world, &Act::Look).await;
    let last = kept.world.audit().last().unwrap().at;
    // Time passes while nobody drives the world, and it does not count.
    pass(&kept.world, 5000).await;
    let early = kept.try_restore(kept.world.start_stamp()).unwrap();
    assert!(early.sim_clock().now() >= last, "never before its last call");
    assert!(early.sim_clock().elapsed() < Duration::from_secs(110));
    kept.restore();
    assert_eq!(kept.world.sim_clock().elapsed().as_secs(), early.sim_clock().elapsed().as_secs() + 5000, "the run's own record was later");
    assert_eq!(kept.world.start_stamp(), early.start_stamp());
}

#[tokio::test(start_paused = true)]
async fn what_route_53_has_taken_in_this_second_still_counts() {
    let mut kept = Kept::start(region_loss());
    let list = |world: &SimWorld| {
        let retries = aws_smithy_types::retry::RetryConfig::disabled();
        let config = world.sdk_config("us-east-1", "test").to_builder().retry_config(retries).build();
        aws_sdk_route53::Client::new(&config).list_hosted_zones().send()
    };
    for answer in futures::future::join_all((0..5).map(|_| list(&kept.world))).await {
        answer.unwrap();
    }
    assert!(kept.world.sim_clock().elapsed() < Duration::from_millis(700), "{:?}", kept.world.sim_clock().elapsed());
    kept.restore();
    list(&kept.world).await.unwrap_err();
    pass(&kept.world, 1).await;
    kept.restore();
    list(&kept.world).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_torn_last_line_is_cut_off_and_damage_elsewhere_is_named() {
    let kept = Kept::start(region_loss());
    act(&kept.world, &Act::Promote).await;
    act(&kept.world, &Act::Look).await;
    let (at, whole) = (kept.world.sim_clock().now(), std::fs::read(kept.log()).unwrap());
    assert_eq!(std::fs::metadata(kept.log()).unwrap().permissions().mode() & 0o777, 0o600);
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len(), 5, "the head and four calls");

    let torn = whole.len() - lines[4].len();
    for keep in torn..whole.len() {
        std::fs::write(kept.log(), &whole[..keep]).unwrap();
        let world = kept.try_restore(at).unwrap_or_else(|error| panic!("{keep}: {error}"));
        assert_eq!(world.audit(), kept.world.audit()[..3], "{keep}");
        act(&world, &Act::Smoke).await;
        assert_eq!(kept.try_restore(at).unwrap().audit(), world.audit(), "{keep}: the next line stands where the torn one was");
    }

    let says = |text: &[u8], parts: &[&str]| {
        std::fs::write(kept.log(), text).unwrap();
        let said = kept.try_restore(at).unwrap_err().to_string();
        assert!(said.contains("world.jsonl"), "{said}");
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in: {said}");
        }
    };
    let text = String::from_utf8(whole.clone()).unwrap();
    says(&[lines[0], lines[1], b"{\"n\":\n", lines[3]].concat(), &["damaged at line 3"]);
    let changed = |text: &str| text.replacen("orders-replica", "orders-primary", 99);
    says(changed(&text).as_bytes(), &["damaged at line 2", "it is not as it was written"]);
    // Those of earlier versions have no chain; there, what is done again with another outcome tells.
    let unchained: String = text.lines().map(|line| line.split(",\"chain\":").next().unwrap().to_owned() + "}\n").collect();
    std::fs::write(kept.log(), &unchained).unwrap();
    assert_eq!(kept.try_restore(at).unwrap().audit(), kept.world.audit());
    says(changed(&unchained).as_bytes(), &["damaged at line 2", "PromoteReadReplica", "DBInstanceNotFound"]);
    says(b"", &["line 1", "head is missing"]);
    says(unchained.replacen("\"world_log\":1", "\"world_log\":2", 1).as_bytes(), &["format is 2"]);
    says(unchained.replacen("\"seed\":11", "\"seed\":12", 1).as_bytes(), &["seed 12, not 11"]);
    says(unchained.replacen("sha256:", "sha256:00", 1).as_bytes(), &["fingerprint"]);
    std::fs::remove_file(kept.log()).unwrap();
    assert!(kept.try_restore(at).unwrap_err().to_string().contains("begin a new drill"));
}

#[tokio::test(start_paused = true)]
async fn a_world_whose_log_cannot_be_written_goes_on_and_says_so() {
    let start = |log: &Path| SimWorld::start_kept(region_loss(), Speed::Max, None, log);
    let folder = tempfile::tempdir().unwrap();
    for log in [folder.path().join("no such folder/world.jsonl"), PathBuf::from("/dev/full")] {
        let world = start(&log);
        assert!(world.kept().unwrap_err().contains("cannot be resumed"), "{log:?}");
        act(&world, &Act::Promote).await;
        assert_eq!(world.mutations().len(), 1);
    }
    assert!(SimWorld::start(region_loss(), Speed::Max, None).kept().is_err(), "it keeps none");

    let taken = folder.path().join("world.jsonl");
    start(&taken).kept().unwrap();
    assert!(start(&taken).kept().is_err(), "the log of another world is never written over");
}

#[tokio::test(start_paused = true)]
async fn a_definition_is_kept_as_text() {
    let read = region_loss();
    assert_eq!(read.text(), std::fs::read_to_string("runbooks/worlds/region_loss.yaml").unwrap());
    let again = Definition::parse(Path::new("RUN/world.yaml"), read.text()).unwrap();
    assert_eq!((again.digest(), again.name()), (read.digest(), read.name()));
}

#[tokio::test(start_paused = true)]
async fn what_may_be_secret_is_not_in_the_log() {
    let kept = Kept::start(region_loss());
    let canary = || "canary-4711".to_owned();
    let request = HttpRequest {
        method: "POST".into(),
        url: "https://api.example.com/orders/smoke".into(),
        headers: vec![("authorization".into(), canary())],
        body: Some(canary()),
        timeout: Duration::from_secs(1),
        redirects: 0,
        writes: false,
        caller: "test".into(),
    };
    drop(kept.world.http().send(request).await);
    let argv = vec!["deployctl".into(), "freeze".into()];
    let request = ProcessRequest {
        argv,
        aws: lifeboat::world::ProgramAws::Nobody,
        folder: None,
        env: vec![("TOKEN".into(), canary())],
        cwd: None,
        timeout: Duration::from_secs(60),
        caller: "test".into(),
    };
    kept.world.process().run(request, Arc::new(|_: &str| {})).await.unwrap();
    act(&kept.world, &Act::Promote).await;
    let log = std::fs::read_to_string(kept.log()).unwrap();
    assert!(!log.contains("canary") && !log.contains("AKIA"), "{log}");
}
