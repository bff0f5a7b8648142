//! Zones, changes, and who answers what when.

use aws_sdk_route53::error::ProvideErrorMetadata;
use aws_sdk_route53::operation::RequestId;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecord, ResourceRecordSet, RrType};
use lifeboat::world::sim::SimWorld;
use lifeboat::world::{DnsAnswer, DnsQuery, DnsVia, World as _};
use std::time::Duration;

use super::{pass, route53, world};

const ZONE: &str = "
route53:
  zones:
    - name: example.com
      id: Z0123456789EXAMPLE
      propagation: 30s
      records:
        - {name: api.example.com, type: A, set: eu, weight: 100, ttl: 60, values: [203.0.113.10]}
        - {name: api.example.com, type: A, set: us, weight: 0,   ttl: 60, values: [198.51.100.20]}
        - {name: www.example.com, type: CNAME, ttl: 300, values: [api.example.com]}
        - {name: example.com, type: A, alias: {zone: Z0123456789EXAMPLE, name: api.example.com}}
";

fn weighted(set: &str, weight: i64, value: &str) -> ResourceRecordSet {
    let builder = ResourceRecordSet::builder().name("api.example.com").r#type(RrType::A).set_identifier(set).weight(weight).ttl(60);
    builder.resource_records(ResourceRecord::builder().value(value).build().unwrap()).build().unwrap()
}

fn plain(name: &str, kind: RrType, value: &str) -> ResourceRecordSet {
    let builder = ResourceRecordSet::builder().name(name).r#type(kind).ttl(60);
    builder.resource_records(ResourceRecord::builder().value(value).build().unwrap()).build().unwrap()
}

async fn change(world: &SimWorld, changes: &[(ChangeAction, ResourceRecordSet)]) -> Result<String, aws_sdk_route53::Error> {
    let changes =
        changes.iter().map(|(action, set)| Change::builder().action(action.clone()).resource_record_set(set.clone()).build().unwrap());
    let batch = ChangeBatch::builder().set_changes(Some(changes.collect())).comment("test").build().unwrap();
    let answer = route53(world).change_resource_record_sets().hosted_zone_id("Z0123456789EXAMPLE").change_batch(batch).send().await?;
    Ok(answer.change_info.unwrap().id)
}

async fn flip(world: &SimWorld) -> String {
    let changes = [(ChangeAction::Upsert, weighted("us", 100, "198.51.100.20")), (ChangeAction::Upsert, weighted("eu", 0, "203.0.113.10"))];
    change(world, &changes).await.unwrap()
}

async fn status(world: &SimWorld, id: &str) -> ChangeStatus {
    route53(world).get_change().id(id).send().await.unwrap().change_info.unwrap().status
}

async fn ask(world: &SimWorld, name: &str, kind: &str, via: DnsVia) -> DnsAnswer {
    let timeout = Duration::from_secs(5);
    world.dns().query(DnsQuery { name: name.into(), kind: kind.into(), via, timeout, caller: "test/dns".into() }).await.unwrap()
}

async fn authoritative(world: &SimWorld) -> Vec<String> {
    ask(world, "api.example.com", "A", DnsVia::Authoritative).await.values
}

#[tokio::test(start_paused = true)]
async fn a_change_reaches_the_name_servers_when_it_is_insync_and_resolvers_after_the_ttl() {
    let world = world(ZONE);
    assert_eq!(authoritative(&world).await, ["203.0.113.10"]);
    let id = flip(&world).await;
    assert_eq!(status(&world, &id).await, ChangeStatus::Pending);
    let listed = route53(&world).list_resource_record_sets().hosted_zone_id("Z0123456789EXAMPLE").send().await.unwrap();
    let weights: Vec<_> = listed.resource_record_sets().iter().filter_map(|set| Some((set.set_identifier()?, set.weight()?))).collect();
    assert_eq!(weights, [("eu", 0), ("us", 100)], "the API shows it at once");
    pass(&world, 28).await;
    assert_eq!(authoritative(&world).await, ["203.0.113.10"]);
    pass(&world, 2).await;
    assert_eq!(status(&world, &id).await, ChangeStatus::Insync);
    assert_eq!(authoritative(&world).await, ["198.51.100.20"]);

    // No resolver asks again before its entry has run out, and every one has by a TTL later.
    let mut seen = Vec::new();
    for _ in 0..30 {
        let answer = ask(&world, "api.example.com", "A", DnsVia::System).await;
        assert!(answer.ttl.unwrap() <= 60);
        seen.push(answer.values == ["198.51.100.20"]);
        pass(&world, 2).await;
    }
    assert!(seen.is_sorted(), "once it is new it stays new: {seen:?}");
    assert!(*seen.last().unwrap());
}

#[tokio::test(start_paused = true)]
async fn names_lead_to_names() {
    let world = world(ZONE);
    assert_eq!(ask(&world, "www.example.com", "A", DnsVia::Authoritative).await.values, ["203.0.113.10"]);
    assert_eq!(ask(&world, "example.com.", "A", DnsVia::System).await.values, ["203.0.113.10"]);
    assert_eq!(ask(&world, "www.example.com", "CNAME", DnsVia::Authoritative).await.values, ["api.example.com"]);
    let servers = ask(&world, "example.com", "NS", DnsVia::Authoritative).await;
    assert_eq!(servers.values.len(), 4);
    assert!(servers.values.contains(&servers.server), "{servers:?}");
    assert_eq!(ask(&world, "nobody.example.com", "A", DnsVia::System).await.values, [""; 0]);
    let query = DnsQuery {
        name: "api.example.org".into(),
        kind: "A".into(),
        via: DnsVia::Authoritative,
        timeout: Duration::from_secs(5),
        caller: String::new(),
    };
    let failure = world.dns().query(query).await.unwrap_err();
    assert!(failure.message.contains("no name server found for api.example.org"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn weights_share_the_answers() {
    let world = world(ZONE);
    let half = [(ChangeAction::Upsert, weighted("us", 50, "198.51.100.20")), (ChangeAction::Upsert, weighted("eu", 150, "203.0.113.10"))];
    change(&world, &half).await.unwrap();
    pass(&world, 31).await;
    let mut us = 0;
    for _ in 0..400 {
        us += u32::from(authoritative(&world).await == ["198.51.100.20"]);
    }
    assert!((70..130).contains(&us), "a quarter of 400, not {us}");
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_taken_as_a_whole_or_not_at_all() {
    let world = world(ZONE);
    let good = (ChangeAction::Create, plain("new.example.com", RrType::A, "192.0.2.1"));
    let bad = (ChangeAction::Create, weighted("us", 1, "198.51.100.20"));
    let error = change(&world, &[good.clone(), bad]).await.unwrap_err();
    let aws_sdk_route53::Error::InvalidChangeBatch(inner) = &error else { panic!("{error:?}") };
    assert_eq!(
        inner.meta().message(),
        Some("[Tried to create resource record set [name='api.example.com.', type='A', set identifier='us'] but it already exists]")
    );
    assert!(error.request_id().is_some());
    assert!(world.mutations().is_empty());
    change(&world, &[good]).await.expect("the first half of the refused batch left nothing behind");
}

#[tokio::test(start_paused = true)]
async fn objections_are_route_53_s_own() {
    let world = world(ZONE);
    let refused = async |action: ChangeAction, set: ResourceRecordSet| {
        let error = change(&world, &[(action, set)]).await.unwrap_err();
        // Five requests a second are all that is allowed.
        pass(&world, 1).await;
        (error.code().unwrap_or_default().to_owned(), error.message().unwrap_or_default().to_owned())
    };
    let expect = |(code, message): (String, String), wanted_code: &str, wanted: &str| {
        assert_eq!(code, wanted_code, "{message}");
        assert!(message.contains(wanted), "{message}");
    };
    let a = |name: &str, value: &str| plain(name, RrType::A, value);
    expect(
        refused(ChangeAction::Upsert, a("x.example.org", "192.0.2.1")).await,
        "InvalidChangeBatch",
        "not permitted in zone example.com.",
    );
    expect(refused(ChangeAction::Upsert, a("badexample.com", "192.0.2.1")).await, "InvalidChangeBatch", "not permitted in zone");
    expect(refused(ChangeAction::Upsert, a("x.example.com", "nonsense")).await, "InvalidChangeBatch", "not a valid IPv4 address");
    expect(refused(ChangeAction::Delete, a("x.example.com", "192.0.2.1")).await, "InvalidChangeBatch", "but it was not found");
    expect(
        refused(ChangeAction::Delete, weighted("eu", 99, "203.0.113.10")).await,
        "InvalidChangeBatch",
        "the values provided do not match the current values",
    );
    expect(refused(ChangeAction::Create, a("api.example.com", "192.0.2.1")).await, "InvalidChangeBatch", "a weighted RRSet");
    expect(refused(ChangeAction::Create, a("www.example.com", "192.0.2.1")).await, "InvalidChangeBatch", "conflicting RRSet of type CNAME");
    let apex = plain("example.com", RrType::Cname, "x.example.com");
    expect(refused(ChangeAction::Create, apex).await, "InvalidChangeBatch", "not permitted at apex");
    let mut no_id = weighted("us", 5, "192.0.2.1");
    no_id.set_identifier = None;
    expect(refused(ChangeAction::Upsert, no_id).await, "InvalidInput", "Missing field 'SetIdentifier'");
    expect(refused(ChangeAction::Upsert, weighted("us", 256, "192.0.2.1")).await, "InvalidInput", "between 0 and 255");
}

#[tokio::test(start_paused = true)]
async fn zones_are_found_by_name_and_by_id() {
    let world = world(ZONE);
    let client = route53(&world);
    let by_name = client.list_hosted_zones_by_name().dns_name("example.com").send().await.unwrap();
    let [zone] = by_name.hosted_zones() else { panic!("{by_name:?}") };
    assert_eq!((zone.id(), zone.name(), zone.resource_record_set_count()), ("/hostedzone/Z0123456789EXAMPLE", "example.com.", Some(6)));
    assert_eq!(client.list_hosted_zones().send().await.unwrap().hosted_zones().len(), 1);
    let zone = client.get_hosted_zone().id(zone.id()).send().await.unwrap();
    assert_eq!(zone.delegation_set().unwrap().name_servers().len(), 4);
    let missing = client.get_hosted_zone().id("ZNOBODY").send().await.unwrap_err().into_service_error();
    assert!(missing.is_no_such_hosted_zone(), "{missing:?}");
    let change = client.get_change().id("CNOBODY").send().await.unwrap_err().into_service_error();
    assert!(change.is_no_such_change(), "{change:?}");
}

#[tokio::test(start_paused = true)]
async fn lists_come_in_pages() {
    let world = world(ZONE);
    let client = route53(&world);
    let mut names = Vec::new();
    let mut call = client.list_resource_record_sets().hosted_zone_id("Z0123456789EXAMPLE").max_items(2);
    loop {
        let page = call.send().await.unwrap();
        names.extend(page.resource_record_sets().iter().map(|set| format!("{} {}", set.name(), set.r#type())));
        if !page.is_truncated() {
            break;
        }
        call = client.list_resource_record_sets().hosted_zone_id("Z0123456789EXAMPLE").max_items(2);
        call = call.set_start_record_name(page.next_record_name).set_start_record_type(page.next_record_type);
        call = call.set_start_record_identifier(page.next_record_identifier);
    }
    let all =
        ["example.com. A", "example.com. NS", "example.com. SOA", "api.example.com. A", "api.example.com. A", "www.example.com. CNAME"];
    assert_eq!(names, all);
}

#[tokio::test(start_paused = true)]
async fn five_requests_a_second_are_all_that_route_53_takes() {
    let world = world(ZONE);
    let config = world.sdk_config("us-east-1", "x").to_builder().retry_config(aws_smithy_types::retry::RetryConfig::disabled()).build();
    let client = aws_sdk_route53::Client::new(&config);
    let calls = (0..8).map(|_| client.list_hosted_zones().send());
    let answers = futures::future::join_all(calls).await;
    let throttled: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert_eq!(throttled.len(), 3);
    assert!(throttled.into_iter().all(|error| error.into_service_error().code() == Some("Throttling")));
    pass(&world, 1).await;
    client.list_hosted_zones().send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_control_plane_is_lost_with_us_east_1_and_answers_go_on() {
    let world = world(&format!("{ZONE}\nevents: [{{at: 1m, region_down: us-east-1}}]\n"));
    let id = flip(&world).await;
    pass(&world, 120).await;
    let error = route53(&world).get_change().id(id).send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 503);
    assert_eq!(authoritative(&world).await, ["198.51.100.20"], "what was on its way arrives");
}

fn set(name: &str, kind: &str, values: &[&str], edit: impl Fn(&mut ResourceRecordSet)) -> ResourceRecordSet {
    let values = values.iter().map(|value| ResourceRecord::builder().value(*value).build().unwrap());
    let builder = ResourceRecordSet::builder().name(name).r#type(RrType::from(kind)).ttl(60);
    let mut set = builder.set_resource_records(Some(values.collect())).build().unwrap();
    edit(&mut set);
    set
}

fn alias(name: &str, kind: &str, zone: &str, target: &str) -> ResourceRecordSet {
    let target = aws_sdk_route53::types::AliasTarget::builder().hosted_zone_id(zone).dns_name(target).evaluate_target_health(true);
    set(name, kind, &[], |set| {
        (set.ttl, set.resource_records, set.alias_target) = (None, None, Some(target.clone().build().unwrap()));
    })
}

#[tokio::test(start_paused = true)]
async fn record_sets_that_cannot_be_are_refused() {
    use aws_sdk_route53::types::{ResourceRecordSetFailover as Failover, ResourceRecordSetRegion as Region};
    let world = world(ZONE);
    let address: &[&str] = &["192.0.2.9"];
    let plain = |name: &str| set(name, "A", address, |_| {});
    let failover = |id: &str, kind: Failover| {
        set("t.example.com", "A", address, |set| (set.set_identifier, set.failover) = (Some(id.into()), Some(kind.clone())))
    };
    let long_text = format!("\"{}\"", "x".repeat(300));
    let many: Vec<_> = (0..140).map(|n| set(&format!("u{n}.example.com"), "TXT", &[&format!("\"{}\"", "x".repeat(248))], |_| {})).collect();
    let zone = "Z0123456789EXAMPLE";
    let cases: Vec<(&str, Vec<ResourceRecordSet>, &str)> = vec![
        ("a type", vec![set("t.example.com", "FOO", address, |_| {})], "InvalidInput"),
        (
            "two policies",
            vec![set("t.example.com", "A", address, |set| {
                (set.set_identifier, set.weight, set.region) = (Some("x".into()), Some(1), Some(Region::UsEast1));
            })],
            "InvalidInput",
        ),
        ("two primaries", vec![failover("1", Failover::Primary), failover("2", Failover::Primary)], "InvalidChangeBatch"),
        ("a failover", vec![failover("1", Failover::from("FOO"))], "InvalidInput"),
        (
            "a health check",
            vec![set("t.example.com", "A", address, |set| set.health_check_id = Some("11111111-2222-3333-4444-555555555555".into()))],
            "NoSuchHealthCheck",
        ),
        (
            "an identifier",
            vec![set("t.example.com", "A", address, |set| (set.set_identifier, set.weight) = (Some("x".repeat(129)), Some(1)))],
            "InvalidInput",
        ),
        ("an empty label", vec![plain("t..example.com")], "InvalidChangeBatch"),
        ("a long label", vec![plain(&format!("{}.example.com", "a".repeat(64)))], "InvalidChangeBatch"),
        ("a long name", vec![plain(&format!("{}.example.com", vec!["a".repeat(60); 5].join(".")))], "InvalidChangeBatch"),
        ("two canonical names", vec![set("t.example.com", "CNAME", &["a.b", "c.d"], |_| {})], "InvalidChangeBatch"),
        ("a value twice", vec![set("t.example.com", "A", &["192.0.2.9", "192.0.2.9"], |_| {})], "InvalidChangeBatch"),
        ("a mail exchanger", vec![set("t.example.com", "MX", &["mail.example.com"], |_| {})], "InvalidChangeBatch"),
        ("a text", vec![set("t.example.com", "TXT", &[&long_text], |_| {})], "InvalidChangeBatch"),
        ("too many characters", many, "InvalidChangeBatch"),
        ("a set twice", vec![plain("t.example.com"), plain("t.example.com")], "InvalidChangeBatch"),
        ("an alias to nowhere", vec![alias("t.example.com", "A", zone, "nowhere.example.com")], "InvalidChangeBatch"),
        ("an alias of another type", vec![alias("t.example.com", "AAAA", zone, "api.example.com")], "InvalidChangeBatch"),
        ("an alias out of the zone", vec![alias("t.example.com", "A", zone, "api.example.org")], "InvalidChangeBatch"),
        ("an alias to itself", vec![alias("t.example.com", "A", zone, "t.example.com")], "InvalidChangeBatch"),
    ];
    for (what, sets, code) in cases {
        for action in [ChangeAction::Create, ChangeAction::Upsert] {
            let changes: Vec<_> = sets.iter().map(|set| (action.clone(), set.clone())).collect();
            let error = change(&world, &changes).await.unwrap_err();
            assert_eq!(error.code(), Some(code), "{what}: {error:?}");
            pass(&world, 1).await;
        }
    }
    assert!(world.mutations().is_empty());
    let both = [
        (ChangeAction::Create, alias("alias.example.com", "A", zone, "target.example.com")),
        (ChangeAction::Create, plain("target.example.com")),
        (ChangeAction::Create, alias("lb.example.com", "A", "Z35SXDOTRQ7X7K", "lb-1.us-east-1.elb.amazonaws.com")),
    ];
    change(&world, &both).await.expect("an alias and its target may come together");
}

#[tokio::test(start_paused = true)]
async fn names_are_in_the_order_of_route_53() {
    let records = ["a.example.com", "a-b.example.com", "*.example.com", "b.a.example.com"];
    let records = records.map(|name| format!("{{name: \"{name}\", type: A, ttl: 60, values: [192.0.2.1]}}")).join(", ");
    let world = world(&format!("route53: {{zones: [{{name: example.com, id: Z1, records: [{records}]}}]}}\n"));
    let listed = route53(&world).list_resource_record_sets().hosted_zone_id("Z1").send().await.unwrap();
    let names: Vec<&str> = listed.resource_record_sets().iter().filter(|set| *set.r#type() == RrType::A).map(|set| set.name()).collect();
    assert_eq!(names, ["\\052.example.com.", "a-b.example.com.", "a.example.com.", "b.a.example.com."]);
    let from = route53(&world).list_resource_record_sets().hosted_zone_id("Z1").start_record_name("a.example.com");
    assert_eq!(from.send().await.unwrap().resource_record_sets()[0].name(), "a.example.com.");
    let call = || route53(&world).list_resource_record_sets().hosted_zone_id("Z1");
    for wrong in [call().start_record_type(RrType::A), call().start_record_name("a.").start_record_type(RrType::from("FOO"))] {
        assert_eq!(wrong.send().await.unwrap_err().into_service_error().code(), Some("InvalidInput"));
    }
}

#[tokio::test(start_paused = true)]
async fn wildcards_answer_for_names_that_are_not_there() {
    let world = world(
        "
route53:
  zones:
    - name: shop.example
      id: Z1
      records:
        - {name: \"*.shop.example\", type: A, set: eu, weight: 100, ttl: 60, values: [203.0.113.10]}
        - {name: \"*.shop.example\", type: A, set: us, weight: 0, ttl: 60, values: [198.51.100.20]}
        - {name: www.shop.example, type: AAAA, ttl: 60, values: [\"2001:db8::1\"]}
",
    );
    let a = async |name: &str| ask(&world, name, "A", DnsVia::Authoritative).await.values;
    for name in ["one.shop.example", "x.y.shop.example", "*.shop.example"] {
        assert_eq!(a(name).await, ["203.0.113.10"], "{name}");
    }
    for name in ["www.shop.example", "x.www.shop.example", "shop.example"] {
        assert_eq!(a(name).await, [""; 0], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn failover_follows_the_health_of_what_it_checks() {
    let world = world(
        "
route53:
  health_checks:
    - {id: check-eu, service: eu, path: /healthz}
  zones:
    - name: example.com
      id: Z1
      records:
        - {name: api.example.com, type: A, set: p, failover: PRIMARY, ttl: 60, values: [203.0.113.10], health_check: check-eu}
        - {name: api.example.com, type: A, set: s, failover: SECONDARY, ttl: 60, values: [198.51.100.20]}
        - {name: www.example.com, type: A, set: eu, weight: 100, alias: {zone: Z1, name: eu.example.com, evaluate_target_health: true}}
        - {name: www.example.com, type: A, set: us, weight: 0, alias: {zone: Z1, name: us.example.com}}
        - {name: eu.example.com, type: A, ttl: 60, values: [203.0.113.10], set: x, weight: 1, health_check: check-eu}
        - {name: us.example.com, type: A, ttl: 60, values: [198.51.100.20]}
services:
  - {name: eu, address: 203.0.113.10, region: eu-west-1, paths: {/healthz: 200}}
events: [{at: 10m, region_down: eu-west-1}, {at: 20m, region_up: eu-west-1}]
",
    );
    let both = async || {
        let api = ask(&world, "api.example.com", "A", DnsVia::Authoritative).await.values;
        (api, ask(&world, "www.example.com", "A", DnsVia::Authoritative).await.values)
    };
    let (eu, us) = (vec!["203.0.113.10".to_owned()], vec!["198.51.100.20".to_owned()]);
    assert_eq!(both().await, (eu.clone(), eu.clone()));
    pass(&world, 600).await;
    assert_eq!(both().await, (eu.clone(), eu.clone()), "three checks in a row are not over yet");
    pass(&world, 95).await;
    assert_eq!(both().await, (us.clone(), us), "by itself, with no change made");
    let status = route53(&world).get_health_check_status().health_check_id("check-eu").send().await.unwrap();
    assert!(status.health_check_observations()[0].status_report().unwrap().status().unwrap().starts_with("Failure"));
    let check = route53(&world).get_health_check().health_check_id("check-eu").send().await.unwrap().health_check.unwrap();
    assert_eq!(check.health_check_config().unwrap().ip_address(), Some("203.0.113.10"));
    assert_eq!(route53(&world).list_health_checks().send().await.unwrap().health_checks().len(), 1);
    let missing = route53(&world).get_health_check().health_check_id("nobody").send().await.unwrap_err().into_service_error();
    assert!(missing.is_no_such_health_check(), "{missing:?}");
    pass(&world, 600).await;
    assert_eq!(both().await, (eu.clone(), eu));
    let listed =
        route53(&world).list_resource_record_sets().hosted_zone_id("Z1").start_record_name("api.example.com").send().await.unwrap();
    assert_eq!(listed.resource_record_sets()[0].health_check_id(), Some("check-eu"), "the API shows it");
}

#[tokio::test(start_paused = true)]
async fn route_53_says_itself_what_it_answers_of_public_zones() {
    let world = world(&format!("{ZONE}    - {{name: corp.internal, id: Z0PRIVATE, private: true, records: []}}\n"));
    let ask = async |zone: &str, name: &str| {
        route53(&world).test_dns_answer().hosted_zone_id(zone).record_name(name).record_type(RrType::A).send().await
    };
    let said = ask("Z0123456789EXAMPLE", "api.example.com").await.unwrap();
    assert_eq!((said.record_data(), said.response_code()), (&["203.0.113.10".to_owned()][..], "NOERROR"));
    flip(&world).await;
    assert_eq!(ask("Z0123456789EXAMPLE", "api.example.com").await.unwrap().record_data(), ["203.0.113.10"], "not yet");
    pass(&world, 31).await;
    assert_eq!(ask("Z0123456789EXAMPLE", "API.example.com.").await.unwrap().record_data(), ["198.51.100.20"]);
    assert_eq!(ask("Z0123456789EXAMPLE", "example.com").await.unwrap().record_data(), ["198.51.100.20"], "an alias");
    for (zone, name) in [("Z0PRIVATE", "db.corp.internal"), ("Z0123456789EXAMPLE", "api.example.org")] {
        assert_eq!(ask(zone, name).await.unwrap_err().code(), Some("InvalidInput"), "{name}");
    }
    assert_eq!(ask("Z0NOBODY", "api.example.com").await.unwrap_err().code(), Some("NoSuchHostedZone"));
}

#[tokio::test(start_paused = true)]
async fn calls_of_a_run_wait_for_their_turn_and_are_never_throttled() {
    let world = world(ZONE);
    let target = lifeboat::plan::Target {
        id: "dr".into(),
        region: "us-east-1".into(),
        account: Some("123456789012".into()),
        profile: None,
        role: None,
        external_id: None,
    };
    let callers = (0..12).map(|n| {
        let (world, target) = (&world, &target);
        async move {
            for _ in 0..4 {
                let config = world.aws(target, &format!("run/step{n}")).await.unwrap();
                aws_sdk_route53::Client::new(&config).get_hosted_zone().id("Z0123456789EXAMPLE").send().await.unwrap();
            }
        }
    });
    futures::future::join_all(callers).await;
    let audit = world.audit();
    assert_eq!(audit.len(), 48, "no call was made twice");
    assert!(audit.iter().all(|call| call.outcome.is_ok()));
}
