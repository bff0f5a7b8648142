//! Promotion against canned answers of RDS.

use super::*;
use crate::action::testing::cx;
use crate::world::testing::{Answer, Canned};

const WITH: &str = r#"{"instance": "orders-replica", "source": "orders-primary", "backup_retention_days": 7}"#;

fn with() -> Value {
    serde_json::from_str(WITH).unwrap()
}

fn described(status: &str, source: Option<&str>, resource_id: &str) -> Answer {
    let source = source.map(|id| format!("<ReadReplicaSourceDBInstanceIdentifier>{id}</ReadReplicaSourceDBInstanceIdentifier>"));
    Answer::xml(
        200,
        format!(
            "<DescribeDBInstancesResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><DescribeDBInstancesResult><DBInstances>\
             <DBInstance><DBInstanceIdentifier>orders-replica</DBInstanceIdentifier><DBInstanceStatus>{status}</DBInstanceStatus>\
             <DbiResourceId>{resource_id}</DbiResourceId><Engine>postgres</Engine><BackupRetentionPeriod>0</BackupRetentionPeriod>\
             <Endpoint><Address>orders-replica.example</Address><Port>5432</Port></Endpoint>{}</DBInstance></DBInstances>\
             </DescribeDBInstancesResult></DescribeDBInstancesResponse>",
            source.unwrap_or_default()
        ),
    )
}

fn accepted() -> Answer {
    Answer::xml(
        200,
        "<PromoteReadReplicaResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><PromoteReadReplicaResult><DBInstance>\
         <DBInstanceIdentifier>orders-replica</DBInstanceIdentifier></DBInstance></PromoteReadReplicaResult></PromoteReadReplicaResponse>",
    )
}

fn refused(code: &str) -> Answer {
    let body = format!("<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>");
    Answer::xml(400, body)
}

const ARN: &str = "arn:aws:rds:eu-west-1:123456789012:db:orders-primary";

#[tokio::test]
async fn it_is_done_only_when_cut_off_and_available() {
    let world = Canned::new([described("available", Some(ARN), "db-1"), accepted()]);
    let cx = cx(&world);
    let seen = PromoteReplica.observe(&cx, &with()).await.unwrap();
    let change = PromoteReplica.change(&cx, &with(), &seen).unwrap();
    assert!(!change.already && !change.reversible);
    assert_eq!(change.fields[0], field("role", "replica of orders-primary", "instance of its own"));
    assert_eq!(change.fields[1], field("backup retention", "0 days", "7 days"));
    assert!(change.data_loss.is_some_and(|loss| loss.contains("orders-primary")));

    let receipt = PromoteReplica.apply(&cx, &with(), &seen, "t").await.unwrap();
    assert_eq!(receipt.summary, "PromoteReadReplica accepted (request req-1)");
    let sent = world.asked().pop().unwrap().body;
    assert!(sent.contains("Action=PromoteReadReplica") && sent.contains("BackupRetentionPeriod=7"), "{sent}");

    let looks = [("available", Some(ARN)), ("modifying", Some(ARN)), ("rebooting", None), ("available", None)];
    world.more(looks.map(|(status, source)| described(status, source, "db-1")));
    for _ in 0..3 {
        let poll = PromoteReplica.poll(&cx, &with(), &receipt.data).await.unwrap();
        assert!(matches!(poll, Poll::Pending(_)), "{poll:?}");
    }
    let Poll::Settled(outputs) = PromoteReplica.poll(&cx, &with(), &receipt.data).await.unwrap() else { panic!("not settled") };
    assert_eq!(outputs["endpoint"], "orders-replica.example");
    for output in SPEC.outputs {
        assert!(outputs.get(output.name).is_some() && seen.get(output.name).is_some(), "{}", output.name);
    }
}

#[tokio::test]
async fn promoted_before_is_done_without_a_call_if_the_source_is_named_and_an_error_if_not() {
    let world = Canned::new([described("available", None, "db-1"), described("available", None, "db-1")]);
    let cx = cx(&world);
    let seen = PromoteReplica.observe(&cx, &with()).await.unwrap();
    let change = PromoteReplica.change(&cx, &with(), &seen).unwrap();
    assert!(change.already);
    assert_eq!(change.notes, ["no longer a replica of orders-primary: it has been promoted before, or never was one"]);

    let unnamed = json!({"instance": "orders-replica"});
    let seen = PromoteReplica.observe(&cx, &unnamed).await.unwrap();
    let failure = PromoteReplica.change(&cx, &unnamed, &seen).unwrap_err();
    assert_eq!(failure.message, "orders-replica is not a read replica");
}

#[tokio::test]
async fn a_replica_of_something_else_is_not_promoted() {
    let world = Canned::new([described("available", Some("billing-primary"), "db-1")]);
    let cx = cx(&world);
    let seen = PromoteReplica.observe(&cx, &with()).await.unwrap();
    let failure = PromoteReplica.change(&cx, &with(), &seen).unwrap_err();
    assert_eq!(failure.message, "orders-replica is a replica of billing-primary, not of orders-primary");
}

#[tokio::test]
async fn the_call_goes_out_once_whatever_comes_back() {
    let world = Canned::new([described("available", Some(ARN), "db-1"), Answer::Reset]);
    let cx = cx(&world);
    let seen = PromoteReplica.observe(&cx, &with()).await.unwrap();
    let lost = PromoteReplica.apply(&cx, &with(), &seen, "t").await.unwrap_err();
    assert_eq!((lost.effect, world.asked().len()), (Happened::Unknown, 2));

    // Before it goes out again everything is looked at anew: that is the engine's to do.
    world.more([refused("Throttling")]);
    let failure = PromoteReplica.apply(&cx, &with(), &seen, "t").await.unwrap_err();
    assert_eq!((failure.kind, failure.effect, world.asked().len()), (FailureKind::Throttled, Happened::No, 3));

    world.more([refused("InvalidDBInstanceState")]);
    let failure = PromoteReplica.apply(&cx, &with(), &seen, "t").await.unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::Conflict, Happened::No));
    assert!(failure.hint.contains("a backup under way ends by itself"), "{}", failure.hint);
    assert_eq!(cx.world.clock().now().mono_ms, 0);
}

#[tokio::test]
async fn another_instance_of_the_same_name_is_not_taken_for_it() {
    let world = Canned::new([described("available", None, "db-2")]);
    let failure = PromoteReplica.poll(&cx(&world), &with(), &json!({"resource_id": "db-1"})).await.unwrap_err();
    assert!(failure.message.contains("is another instance now"), "{}", failure.message);
    assert_eq!((failure.kind, failure.effect), (FailureKind::Unhealthy, Happened::Yes));
}

#[test]
fn a_call_in_doubt_is_judged_by_the_source_pointer() {
    let seen = |source: Option<&str>, status: &str| json!({"instance": "r", "resource_id": "db-1", "source": source, "status": status});
    let judge = |before: &Value, now: &Value| PromoteReplica.judge(&cx(&Canned::new([])), &with(), before, now);
    let before = seen(Some("p"), "available");
    assert!(matches!(judge(&before, &seen(None, "rebooting")), Judged::Happened(_)));
    assert!(matches!(judge(&before, &before), Judged::DidNotHappen(_)));
    assert!(matches!(judge(&before, &seen(Some("p"), "modifying")), Judged::NotYet(_)));
    let mut other = seen(None, "available");
    other["resource_id"] = json!("db-2");
    assert!(matches!(judge(&before, &other), Judged::CannotTell(_)));
}

#[tokio::test]
async fn an_unknown_instance_is_named_with_those_that_are_there() {
    let world = Canned::new([Answer::xml(
        404,
        "<ErrorResponse><Error><Code>DBInstanceNotFound</Code><Message>gone</Message></Error></ErrorResponse>",
    )]);
    world.more([described("available", None, "db-1")]);
    let with = json!({"instance": "order-replica"});
    let failure = PromoteReplica.observe(&cx(&world), &with).await.unwrap_err();
    assert_eq!(failure.message, "no database instance order-replica; there is orders-replica");
    assert!(failure.hint.contains("us-east-1 of account 123456789012"), "{}", failure.hint);
}
