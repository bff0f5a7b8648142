//! Probes against canned answers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::plan::{Failure, FailureKind};
use crate::world::testing::{Answer, Canned, target};
use crate::world::{DnsAnswer, HttpResponse};

async fn sample(world: &Arc<Canned>, probe: &str, with: Value) -> Result<Sample, Failure> {
    let cx = Cx {
        world: world.clone(),
        target: Some(target()),
        caller: "run/check".into(),
        timeout: Duration::from_secs(8),
        leave: Leave::AuthorRead,
    };
    let probe = find(probe).unwrap();
    let sample = probe.sample(&cx, &with).await?;
    let fields: Vec<&str> = probe.spec().fields.iter().map(|field| field.name).collect();
    let given: Vec<&String> = sample.fields.as_object().unwrap().keys().collect();
    assert_eq!(fields, given, "the fields of the spec, in its order");
    Ok(sample)
}

fn instance(source: &str) -> Answer {
    Answer::xml(
        200,
        format!(
            "<DescribeDBInstancesResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><DescribeDBInstancesResult><DBInstances>\
             <DBInstance><DBInstanceIdentifier>orders-replica</DBInstanceIdentifier><DBInstanceStatus>available</DBInstanceStatus>{source}\
             <StatusInfos><DBInstanceStatusInfo><StatusType>read replication</StatusType><Normal>true</Normal><Status>replicating</Status>\
             </DBInstanceStatusInfo></StatusInfos></DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>"
        ),
    )
}

fn replica() -> Answer {
    instance("<ReadReplicaSourceDBInstanceIdentifier>orders-primary</ReadReplicaSourceDBInstanceIdentifier>")
}

#[tokio::test]
async fn lag_is_known_only_from_a_fresh_datapoint_that_is_no_minus_one() {
    let lag = async |points: &[(i64, f64)]| {
        let world = Canned::new([replica(), Answer::datapoints(points)]);
        sample(&world, "rds.replica_lag", json!({"instance": "orders-replica"})).await.unwrap()
    };
    let fresh = lag(&[(130, 9.0), (70, 4.0)]).await;
    assert_eq!((fresh.shown.as_str(), &fresh.fields["seconds"], &fresh.fields["age"]), ("4 s", &json!(4.0), &json!(70.0)));
    assert_eq!((&fresh.fields["replicating"], &fresh.fields["status"]), (&json!(true), &json!("replicating")));
    let unknown = [
        (lag(&[]).await, "no ReplicaLag in the last 10 min"),
        (lag(&[(70, -1.0)]).await, "replication is inactive or its lag undetermined (−1)"),
        (lag(&[(300, 4.0)]).await, "the last ReplicaLag is 300 s old"),
    ];
    for (sample, reason) in unknown {
        assert_eq!((&sample.fields["seconds"], sample.number), (&Value::Null, None));
        assert_eq!(sample.shown, format!("unknown: {reason}"));
        assert_eq!(sample.fields["reason"], reason);
    }
}

#[tokio::test]
async fn an_instance_of_its_own_has_no_lag() {
    let world = Canned::new([instance(""), Answer::datapoints(&[(70, 0.0)])]);
    let failure = sample(&world, "rds.replica_lag", json!({"instance": "orders-replica"})).await.unwrap_err();
    assert_eq!(failure.message, "orders-replica is not a read replica, so it has no lag");
}

#[tokio::test]
async fn an_instance_is_shown_with_its_role() {
    let world = Canned::new([replica()]);
    let seen = sample(&world, "rds.instance", json!({"instance": "orders-replica"})).await.unwrap();
    assert_eq!(seen.shown, "available, replica of orders-primary");
    assert_eq!(seen.fields["is_replica"], true);
}

fn nodegroup() -> Answer {
    Answer::json(
        200,
        &json!({"nodegroup": {
            "status": "DEGRADED", "scalingConfig": {"minSize": 1, "desiredSize": 12, "maxSize": 40},
            "resources": {"autoScalingGroups": [{"name": "eks-1"}]},
            "health": {"issues": [{"code": "AsgInstanceLaunchFailures", "message": "quota"}]},
        }}),
    )
}

#[tokio::test]
async fn a_node_group_is_counted_where_the_metric_can_be_read() {
    let with = json!({"cluster": "core-dr", "nodegroup": "general"});
    let seen = sample(&Canned::new([nodegroup(), Answer::datapoints(&[(70, 3.0)])]), "eks.nodegroup", with.clone()).await.unwrap();
    assert_eq!(seen.shown, "DEGRADED, 3 of 12 nodes, AsgInstanceLaunchFailures: quota");
    assert_eq!((seen.number, &seen.fields["issues"]), (Some(3.0), &json!(1)));

    for (status, code) in [(403, "AccessDeniedException"), (503, "InternalFailure")] {
        let down = || Answer::cloudwatch_error(status, code);
        let world = Canned::new([nodegroup(), down(), down(), down()]);
        let seen = sample(&world, "eks.nodegroup", with.clone()).await.unwrap();
        assert_eq!((seen.number, &seen.fields["in_service"], &seen.fields["status"]), (None, &Value::Null, &json!("DEGRADED")));
        assert!(seen.fields["reason"].as_str().unwrap().starts_with("CloudWatch cannot be asked: "), "{}", seen.fields);
    }
}

#[tokio::test]
async fn a_metric_has_an_age_and_may_have_no_datapoint() {
    let with = json!({"namespace": "AWS/RDS", "metric": "CPUUtilization", "period": "5m", "dimensions": {"DBInstanceIdentifier": "x"}});
    let seen = sample(&Canned::new([Answer::datapoints(&[(90, 1.5), (390, 2.0)])]), "cloudwatch.metric", with.clone()).await.unwrap();
    assert_eq!(seen.fields, json!({"value": 1.5, "age": 90.0, "reason": null, "datapoints": 2}));
    assert_eq!(seen.shown, "1.500, 90 s old");
    let nothing = sample(&Canned::new([Answer::datapoints(&[])]), "cloudwatch.metric", with).await.unwrap();
    assert_eq!((nothing.shown.as_str(), &nothing.fields["value"]), ("no datapoint in the last 1500 s", &Value::Null));
}

#[tokio::test]
async fn identity_is_what_sts_says() {
    let body = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                <Arn>arn:aws:sts::123456789012:assumed-role/dr-operator/alice</Arn><UserId>AROA:alice</UserId>\
                <Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let world = Canned::new([Answer::xml(200, body), Answer::xml(200, body)]);
    let seen = sample(&world, "aws.identity", json!({})).await.unwrap();
    assert_eq!(seen.shown, "dr-operator/alice in 123456789012");
    let (account, arn) = identity(&(world as Arc<dyn crate::world::World>), &target(), "run/identify").await.unwrap();
    assert_eq!((account.as_str(), arn.as_str()), ("123456789012", "arn:aws:sts::123456789012:assumed-role/dr-operator/alice"));
}

#[tokio::test]
async fn http_gives_headers_as_a_map_and_the_body_as_json_where_it_is() {
    let world = Canned::new([]);
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    world.http_says(HttpResponse {
        status: 200,
        headers: vec![header("content-type", "application/json"), header("via", "a"), header("via", "b")],
        body: r#"{"region": "us-east-1"}"#.into(),
        took: Duration::from_millis(84),
        not_followed: None,
    });
    let with = json!({"url": "https://x.example/", "method": "post", "body": {"a": 1}, "timeout": "1m", "redirects": 3});
    let seen = sample(&world, "http", with).await.unwrap();
    assert_eq!((seen.shown.as_str(), seen.number), ("200 OK in 84 ms", Some(0.084)));
    assert_eq!((&seen.fields["headers"]["via"], &seen.fields["json"]["region"]), (&json!("a, b"), &json!("us-east-1")));
    let asked = &world.asked()[0];
    // The sample's own limit is shorter than the timeout asked for.
    assert_eq!(asked.line, r#"POST https://x.example/ [("content-type", "application/json")] 8 3"#);
    assert_eq!(asked.body, r#"{"a":1}"#);

    let long = "é".repeat(20_000);
    world.http_says(HttpResponse { status: 599, headers: vec![], body: long, took: Duration::from_millis(1_240), not_followed: None });
    let seen = sample(&world, "http", json!({"url": "https://x.example/"})).await.unwrap();
    assert_eq!(seen.shown, "599 in 1.2 s");
    assert_eq!((seen.fields["body"].as_str().unwrap().len(), &seen.fields["json"]), (16 << 10, &Value::Null));
}

#[tokio::test]
async fn dns_asks_the_zone_unless_told_otherwise() {
    let world = Canned::new([]);
    let values = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"].map(str::to_owned).to_vec();
    world.dns_says(Ok(DnsAnswer { values, ttl: Some(60), server: "ns-1".into() }));
    let name = "api.example.com";
    let seen = sample(&world, "dns", json!({"name": name})).await.unwrap();
    assert_eq!(seen.shown, "192.0.2.1, 192.0.2.2, 192.0.2.3 and 2 more");
    sample(&world, "dns", json!({"name": name, "type": "aaaa", "resolvers": "system"})).await.unwrap();
    sample(&world, "dns", json!({"name": name, "resolvers": ["1.1.1.1", "2606:4700::1111"]})).await.unwrap();
    let lines: Vec<String> = world.asked().into_iter().map(|asked| asked.line).collect();
    let expected =
        ["api.example.com A Authoritative", "api.example.com AAAA System", "api.example.com A Resolvers([1.1.1.1, 2606:4700::1111])"];
    assert_eq!(lines, expected);
    let failure = sample(&world, "dns", json!({"name": name, "resolvers": ["dns.google"]})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Invalid);

    world.dns_says(Ok(DnsAnswer::default()));
    assert_eq!(sample(&world, "dns", json!({"name": name})).await.unwrap().shown, "no A record");
}

#[tokio::test]
async fn a_record_is_read_as_a_set_or_as_all_of_them() {
    let ns = "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"";
    let zone = || {
        let zone = "<HostedZone><Id>/hostedzone/Z1</Id><Name>example.com.</Name><CallerReference>r</CallerReference></HostedZone>";
        let rest = "<IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>";
        Answer::xml(
            200,
            format!("<ListHostedZonesByNameResponse {ns}><HostedZones>{zone}</HostedZones>{rest}</ListHostedZonesByNameResponse>"),
        )
    };
    let sets = || {
        let set = |id: &str, weight: u32, value: &str| {
            format!(
                "<ResourceRecordSet><Name>api.example.com.</Name><Type>A</Type><SetIdentifier>{id}</SetIdentifier><Weight>{weight}</Weight>\
                 <TTL>60</TTL><ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
            )
        };
        let sets = set("eu", 100, "203.0.113.10") + &set("us", 0, "198.51.100.20");
        let rest = "<IsTruncated>false</IsTruncated><MaxItems>300</MaxItems>";
        let body = format!("<ResourceRecordSets>{sets}</ResourceRecordSets>{rest}");
        Answer::xml(200, format!("<ListResourceRecordSetsResponse {ns}>{body}</ListResourceRecordSetsResponse>"))
    };
    let world = Canned::new([zone(), sets(), zone(), sets(), zone(), sets()]);
    let with = |set: Option<&str>| json!({"zone": "example.com", "record": "api.example.com", "type": "A", "set": set});
    let all = sample(&world, "route53.record", with(None)).await.unwrap();
    assert_eq!((all.shown.as_str(), all.number), ("eu 100, us 0", None));
    assert_eq!(all.fields["values"], json!(["198.51.100.20", "203.0.113.10"]));
    let one = sample(&world, "route53.record", with(Some("eu"))).await.unwrap();
    assert_eq!(one.fields, json!({"exists": true, "weight": 100, "values": ["203.0.113.10"], "ttl": 60}));
    let none = sample(&world, "route53.record", with(Some("ap"))).await.unwrap();
    assert_eq!((none.shown.as_str(), &none.fields["exists"]), ("no such record", &json!(false)));
}

#[tokio::test]
async fn what_may_change_something_is_sent_only_when_it_is_said_what_it_does() {
    let world = Canned::new([]);
    let response = HttpResponse { status: 201, headers: vec![], body: String::new(), took: Duration::from_millis(84), not_followed: None };
    world.http_says(response);
    let ask = async |leave: Leave, method: &str| {
        let cx = Cx { world: world.clone(), target: None, caller: "run/check".into(), timeout: Duration::from_secs(8), leave };
        find("http").unwrap().sample(&cx, &json!({"url": "https://api.example.com/orders", "method": method})).await
    };
    for method in ["POST", "put", "PATCH", "DELETE"] {
        let failure = ask(Leave::Read, method).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Invalid);
        assert!(failure.message.ends_with("it was not sent"), "{}", failure.message);
        assert!(ask(Leave::AuthorRead, method).await.is_ok());
        assert!(ask(Leave::Write { token: "t".into() }, method).await.is_ok());
    }
    for method in ["GET", "head", "OPTIONS"] {
        assert!(ask(Leave::Read, method).await.is_ok());
    }
}
