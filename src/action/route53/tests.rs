//! Weight shifts against canned answers of Route 53 and of name servers.

use super::*;
use crate::action::testing::cx;
use crate::world::DnsAnswer;
use crate::world::testing::{Answer, Canned};

const NS: &str = "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"";

fn with() -> Value {
    json!({"zone": "example.com", "record": "api.example.com", "type": "A", "weights": {"us": 100, "eu": 0}})
}

fn zones(zones: &[(&str, &str, bool)]) -> Answer {
    let zones: String = zones
        .iter()
        .map(|(id, name, private)| {
            format!(
                "<HostedZone><Id>/hostedzone/{id}</Id><Name>{name}.</Name><CallerReference>r</CallerReference>\
                 <Config><PrivateZone>{private}</PrivateZone></Config></HostedZone>"
            )
        })
        .collect();
    let rest = "<IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>";
    Answer::xml(
        200,
        format!("<ListHostedZonesByNameResponse {NS}><HostedZones>{zones}</HostedZones>{rest}</ListHostedZonesByNameResponse>"),
    )
}

fn set(id: &str, weight: u32, rest: &str) -> String {
    format!(
        "<ResourceRecordSet><Name>api.example.com.</Name><Type>A</Type><SetIdentifier>{id}</SetIdentifier><Weight>{weight}</Weight>{rest}\
         </ResourceRecordSet>"
    )
}

fn address(value: &str) -> String {
    format!("<TTL>60</TTL><ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords>")
}

fn sets(sets: &[String], next: Option<(&str, &str)>) -> Answer {
    let next = match next {
        Some((name, set)) => format!(
            "<IsTruncated>true</IsTruncated><NextRecordName>{name}.</NextRecordName><NextRecordType>A</NextRecordType>\
             <NextRecordIdentifier>{set}</NextRecordIdentifier>"
        ),
        None => "<IsTruncated>false</IsTruncated>".into(),
    };
    let sets = sets.concat();
    let body = format!("<ResourceRecordSets>{sets}</ResourceRecordSets>{next}<MaxItems>300</MaxItems>");
    Answer::xml(200, format!("<ListResourceRecordSetsResponse {NS}>{body}</ListResourceRecordSetsResponse>"))
}

fn both(eu: u32, us: u32) -> Answer {
    sets(&[set("eu", eu, &address("203.0.113.10")), set("us", us, &address("198.51.100.20"))], None)
}

fn change_info(operation: &str, status: &str) -> Answer {
    let info =
        format!("<ChangeInfo><Id>/change/C1</Id><Status>{status}</Status><SubmittedAt>2026-03-12T02:47:00Z</SubmittedAt></ChangeInfo>");
    Answer::xml(200, format!("<{operation}Response {NS}>{info}</{operation}Response>"))
}

/// A health check with so many checkers of each kind.
fn health(good: usize, bad: usize) -> Answer {
    let one = |status: &str| {
        format!(
            "<HealthCheckObservation><Region>us-east-1</Region><IPAddress>192.0.2.1</IPAddress><StatusReport><Status>{status}</Status>\
             <CheckedTime>2026-03-12T02:47:00Z</CheckedTime></StatusReport></HealthCheckObservation>"
        )
    };
    let all = [vec![one("Success: HTTP Status Code 200, OK"); good], vec![one("Failure: Connection timed out."); bad]].concat().concat();
    let body = format!("<HealthCheckObservations>{all}</HealthCheckObservations>");
    Answer::xml(200, format!("<GetHealthCheckStatusResponse {NS}>{body}</GetHealthCheckStatusResponse>"))
}

/// What Route 53 itself answers.
fn test_answer(values: &[&str]) -> Answer {
    let data: String = values.iter().map(|value| format!("<RecordDataEntry>{value}</RecordDataEntry>")).collect();
    let body = format!(
        "<Nameserver>ns-1.example</Nameserver><RecordName>api.example.com.</RecordName><RecordType>A</RecordType><RecordData>{data}\
         </RecordData><ResponseCode>NOERROR</ResponseCode><Protocol>UDP</Protocol>"
    );
    Answer::xml(200, format!("<TestDNSAnswerResponse {NS}>{body}</TestDNSAnswerResponse>"))
}

fn error(status: u16, code: &str) -> Answer {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>");
    Answer::xml(status, format!("<ErrorResponse {NS}>{error}<RequestId>r</RequestId></ErrorResponse>"))
}

fn answers(values: &[&str]) -> DnsAnswer {
    DnsAnswer { values: values.iter().map(ToString::to_string).collect(), ttl: Some(60), server: "ns-1.example".into() }
}

fn zone() -> Answer {
    zones(&[("Z1", "example.com", false)])
}

#[tokio::test]
async fn a_shift_is_done_when_in_sync_and_answered() {
    let world = Canned::new([zone(), both(100, 0), both(100, 0), change_info("ChangeResourceRecordSets", "PENDING")]);
    let cx = cx(&world);
    let seen = ShiftWeights.observe(&cx, &with()).await.unwrap();
    let change = ShiftWeights.change(&cx, &with(), &seen).unwrap();
    let fields: Vec<String> = change.fields.iter().map(|field| format!("{}: {} {}", field.name, field.before, field.after)).collect();
    assert_eq!(fields, ["weight of us: 0 100", "weight of eu: 100 0"]);
    let receipt = ShiftWeights.apply(&cx, &with(), &seen, "t").await.unwrap();
    assert_eq!(receipt.data, json!({"change": "C1", "zone_id": "Z1", "private": false}));

    world.more([change_info("GetChange", "PENDING")]);
    assert_eq!(ShiftWeights.poll(&cx, &with(), &receipt.data).await.unwrap(), pending("change PENDING to become INSYNC"));
    world.more([change_info("GetChange", "INSYNC"), both(0, 100)]);
    world.dns_says(Ok(answers(&["203.0.113.10"])));
    let still = ShiftWeights.poll(&cx, &with(), &receipt.data).await.unwrap();
    assert_eq!(still, pending("ns-1.example to stop answering 203.0.113.10; the change is INSYNC"));
    world.more([change_info("GetChange", "INSYNC"), both(0, 100)]);
    world.dns_says(Ok(answers(&["198.51.100.20"])));
    let Poll::Settled(outputs) = ShiftWeights.poll(&cx, &with(), &receipt.data).await.unwrap() else { panic!("not settled") };
    assert_eq!((&outputs["answered"], &outputs["weights"]), (&json!(["198.51.100.20"]), &json!({"eu": 0, "us": 100})));
    for output in SPEC.outputs {
        assert!(outputs.get(output.name).is_some() && seen.get(output.name).is_some(), "{}", output.name);
    }
    assert_eq!(world.unused(), 0);
}

#[tokio::test]
async fn the_whole_set_is_written_back_with_only_its_weight_changed() {
    let alias = "<AliasTarget><HostedZoneId>Z35</HostedZoneId><DNSName>lb.example.com.</DNSName><EvaluateTargetHealth>true\
                 </EvaluateTargetHealth></AliasTarget><HealthCheckId>hc-1</HealthCheckId>";
    let cidr = "<CidrRoutingConfig><CollectionId>c-1</CollectionId><LocationName>home</LocationName></CidrRoutingConfig>";
    let listed = || {
        let many = "<TTL>30</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord><ResourceRecord>\
                    <Value>192.0.2.2</Value></ResourceRecord></ResourceRecords>";
        sets(&[set("eu", 100, &format!("{many}{cidr}")), set("other", 7, &address("192.0.2.9")), set("us", 0, alias)], None)
    };
    let world = Canned::new([zone(), listed(), health(1, 15), listed(), change_info("ChangeResourceRecordSets", "PENDING")]);
    let cx = cx(&world);
    let seen = ShiftWeights.observe(&cx, &with()).await.unwrap();
    let change = ShiftWeights.change(&cx, &with(), &seen).unwrap();
    assert!(change.notes.contains(&"weight of other stays 7".to_owned()), "{:?}", change.notes);
    assert!(change.notes.contains(&"us is answered only while its health check hc-1 is healthy".to_owned()), "{:?}", change.notes);
    let unhealthy =
        "the health check hc-1 of us is unhealthy now: Route 53 does not answer with us; eu, with weight 0, is answered when it is not";
    assert!(change.notes.contains(&unhealthy.to_owned()), "{:?}", change.notes);
    let evaluated = "us is answered only while its target is healthy (EvaluateTargetHealth); eu, with weight 0, is answered when it is not";
    assert!(change.notes.contains(&evaluated.to_owned()), "{:?}", change.notes);
    let not_asked = "name servers will not be asked, since us is an alias; Route 53 itself is, where that is allowed";
    assert!(change.notes.contains(&not_asked.to_owned()), "{:?}", change.notes);
    ShiftWeights.apply(&cx, &with(), &seen, "t").await.unwrap();
    let sent = world.asked().pop().unwrap().body;
    for kept in [
        "<HealthCheckId>hc-1",
        "<DNSName>lb.example.com.",
        "<EvaluateTargetHealth>true",
        "192.0.2.1",
        "192.0.2.2",
        "<TTL>30",
        "<CollectionId>c-1",
    ] {
        assert!(sent.contains(kept), "{kept} is lost: {sent}");
    }
    assert_eq!((sent.matches("UPSERT").count(), sent.contains("other")), (2, false), "{sent}");
    assert!(sent.contains("<Weight>100</Weight>") && sent.contains("<Weight>0</Weight>"), "{sent}");
}

#[tokio::test]
async fn pages_are_read_to_the_last_set() {
    let first = sets(&[set("eu", 100, &address("203.0.113.10"))], Some(("api.example.com", "us")));
    let second = sets(&[set("us", 0, &address("198.51.100.20"))], Some(("www.example.com", "x")));
    let world = Canned::new([zone(), first, second]);
    let seen = ShiftWeights.observe(&cx(&world), &with()).await.unwrap();
    assert_eq!(seen["weights"], json!({"eu": 100, "us": 0}));
    assert!(world.asked()[2].line.contains("identifier=us"), "{}", world.asked()[2].line);
}

#[tokio::test]
async fn what_is_not_there_is_said_with_what_is() {
    let said = async |answers: Vec<Answer>, with: Value| ShiftWeights.observe(&cx(&Canned::new(answers)), &with).await.unwrap_err().message;
    let mut unknown = with();
    unknown["weights"] = json!({"usa": 1});
    assert_eq!(said(vec![zone(), both(100, 0)], unknown).await, "api.example.com A has no set usa; it has eu, us");
    assert_eq!(said(vec![zone(), sets(&[], None)], with()).await, "zone example.com has no record api.example.com A");
    assert_eq!(said(vec![zones(&[("Z2", "example.org", false)])], with()).await, "no hosted zone example.com; there is example.org");
    assert_eq!(said(vec![zones(&[("Z2", "example.com", true)])], with()).await, "example.com is a private hosted zone (Z2)");
    let twice = zones(&[("Z1", "example.com", false), ("Z2", "example.com", false), ("Z3", "example.com", true)]);
    assert_eq!(said(vec![twice], with()).await, "there are 2 public hosted zones called example.com: Z1, Z2");
    let simple = "<ResourceRecordSet><Name>api.example.com.</Name><Type>A</Type><TTL>60</TTL></ResourceRecordSet>".to_owned();
    assert_eq!(said(vec![zone(), sets(&[simple], None)], with()).await, "api.example.com A is not a weighted record");
}

#[tokio::test]
async fn a_private_zone_beside_a_public_one_is_no_trouble_and_an_id_is_taken_as_it_is() {
    let world = Canned::new([zones(&[("Z3", "example.com", true), ("Z1", "example.com", false)]), both(100, 0)]);
    assert_eq!(ShiftWeights.observe(&cx(&world), &with()).await.unwrap()["zone_id"], "Z1");
}

#[tokio::test]
async fn weights_that_somebody_changed_meanwhile_are_not_overwritten() {
    let world = Canned::new([both(50, 50)]);
    let seen = json!({"zone_id": "Z1", "weights": {"eu": 100, "us": 0}});
    let failure = ShiftWeights.apply(&cx(&world), &with(), &seen, "t").await.unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::Conflict, Happened::No));
    assert!(!world.asked().iter().any(|asked| asked.line.starts_with("POST")));
}

#[tokio::test]
async fn a_prior_request_that_is_not_complete_is_a_refusal_for_now() {
    let busy = || {
        let error = "<Error><Type>Sender</Type><Code>PriorRequestNotComplete</Code><Message>wait</Message></Error>";
        Answer::xml(400, format!("<ErrorResponse {NS}>{error}<RequestId>r</RequestId></ErrorResponse>"))
    };
    let world = Canned::new([both(100, 0), busy()]);
    let seen = json!({"zone_id": "Z1", "weights": {"eu": 100, "us": 0}});
    // Sent once: the engine looks again before it goes out once more.
    let failure = ShiftWeights.apply(&cx(&world), &with(), &seen, "t").await.unwrap_err();
    assert_eq!((failure.kind, failure.effect, world.unused()), (FailureKind::Throttled, Happened::No, 0));
    assert!(failure.hint.contains("an earlier change of this zone"), "{}", failure.hint);
}

#[tokio::test]
async fn a_shift_undone_by_somebody_is_a_conflict() {
    let world = Canned::new([change_info("GetChange", "INSYNC"), both(100, 0)]);
    let failure = ShiftWeights.poll(&cx(&world), &with(), &json!({"change": "C1", "zone_id": "Z1"})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(failure.message.contains("somebody has changed it since"), "{}", failure.message);
}

#[test]
fn all_weights_at_zero_is_said() {
    let with = json!({"zone": "example.com", "record": "api.example.com", "type": "A", "weights": {"eu": 0}});
    let seen = json!({"weights": {"eu": 100, "us": 0}});
    let change = ShiftWeights.change(&cx(&Canned::new([])), &with, &seen).unwrap();
    assert!(change.notes.iter().any(|note| note.contains("answers with all sets alike")), "{:?}", change.notes);
    let same = json!({"weights": {"eu": 0, "us": 100}});
    assert!(ShiftWeights.change(&cx(&Canned::new([])), &with, &same).unwrap().already);
}

#[tokio::test]
async fn what_is_wrong_with_a_batch_is_told_as_route_53_tells_it() {
    let messages = "<Messages><Message>Tried to do this</Message><Message>and that</Message></Messages>";
    let refused = Answer::xml(400, format!("<InvalidChangeBatch {NS}>{messages}<RequestId>r</RequestId></InvalidChangeBatch>"));
    let world = Canned::new([both(100, 0), refused]);
    let seen = json!({"zone_id": "Z1", "weights": {"eu": 100, "us": 0}});
    let failure = ShiftWeights.apply(&cx(&world), &with(), &seen, "t").await.unwrap_err();
    assert_eq!((failure.kind, failure.effect, failure.code.as_deref()), (FailureKind::Invalid, Happened::No, Some("InvalidChangeBatch")));
    assert_eq!(failure.message, "Tried to do this; and that");
}

mod looks;
mod several;
