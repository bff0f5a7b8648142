//! Promotion against canned answers of RDS.

use super::*;
use crate::action::testing::cx;
use crate::world::testing::{Answer, Canned};

const WITH: &str = r#"{"instance": "orders-replica", "source": "orders-primary", "backup_retention_days": 7}"#;

fn with() -> Value {
    serde_json::from_str(WITH).unwrap()
}

fn described(status: &str, source: Option<&str>, resource_id: &str) -> Answer {
    described_with(status, source, resource_id, "")
}

fn described_with(status: &str, source: Option<&str>, resource_id: &str, more: &str) -> Answer {
    let source = source.map(|id| format!("<ReadReplicaSourceDBInstanceIdentifier>{id}</ReadReplicaSourceDBInstanceIdentifier>"));
    Answer::xml(
        200,
        format!(
            "<DescribeDBInstancesResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><DescribeDBInstancesResult><DBInstances>\
             <DBInstance><DBInstanceIdentifier>orders-replica</DBInstanceIdentifier><DBInstanceStatus>{status}</DBInstanceStatus>\
             <DbiResourceId>{resource_id}</DbiResourceId><Engine>postgres</Engine><BackupRetentionPeriod>0</BackupRetentionPeriod>\
             <Endpoint><Address>orders-replica.example</Address><Port>5432</Port></Endpoint>\
             <DBInstanceArn>arn:aws:rds:us-east-1:123456789012:db:orders-replica</DBInstanceArn>{}{more}</DBInstance></DBInstances>\
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
async fn only_what_was_seen_as_the_replica_counts_as_promoted() {
    let own = "<ReadReplicaDBInstanceIdentifiers><ReadReplicaDBInstanceIdentifier>arn:aws:rds:eu-west-1:123456789012:db:far\
               </ReadReplicaDBInstanceIdentifier></ReadReplicaDBInstanceIdentifiers>";
    let itself = json!({"instance": "orders-replica", "source": "arn:aws:rds:us-east-1:123456789012:db:Orders-Replica"});
    for (answer, with, message) in [
        (described("available", None, "db-1"), with(), "orders-replica is no read replica, and nothing shows that it ever was one"),
        (described("available", None, "db-1"), json!({"instance": "orders-replica"}), "nothing shows that it ever was one"),
        (described("available", None, "db-1"), itself, "it is itself the `source` that the step names"),
        (described_with("available", None, "db-1", own), with(), "has read replicas of its own (far): it may be the source"),
    ] {
        let cx = cx(&Canned::new([answer]));
        let seen = PromoteReplica.observe(&cx, &with).await.unwrap();
        let failure = PromoteReplica.change(&cx, &with, &seen).unwrap_err();
        assert!(failure.message.contains(message), "{}", failure.message);
        assert!(!failure.hint.is_empty());
    }

    // This run has seen it as the replica: what it is now, it has become since.
    let world = Canned::new([described("available", Some(ARN), "db-1"), described("backing-up", None, "db-1")]);
    let mut cx = cx(&world);
    cx.first = Some(PromoteReplica.observe(&cx, &with()).await.unwrap());
    let seen = PromoteReplica.observe(&cx, &with()).await.unwrap();
    let change = PromoteReplica.change(&cx, &with(), &seen).unwrap();
    assert!(change.already);
    assert_eq!(
        change.notes,
        [
            "it was a replica of orders-primary when this run saw it first, and is none any more: it has been promoted",
            "its status is backing-up: it takes reads and writes"
        ]
    );
    // Another instance of the same name has proven nothing.
    cx.first.as_mut().unwrap()["resource_id"] = json!("db-0");
    assert!(PromoteReplica.change(&cx, &with(), &seen).is_err());
}

#[tokio::test]
async fn a_status_that_ends_is_waited_for_and_one_that_stays_is_said_before_anything_is_asked() {
    let change = async |status: &str| {
        let cx = cx(&Canned::new([described(status, Some(ARN), "db-1")]));
        let seen = PromoteReplica.observe(&cx, &with()).await.unwrap();
        PromoteReplica.change(&cx, &with(), &seen)
    };
    let free = change("available").await.unwrap();
    let waits = change("backing-up").await.unwrap();
    assert_eq!(waits.waits_for.as_deref(), Some("the status backing-up of orders-replica"));
    assert!(waits.is_same(&free) && waits.digest() == free.digest(), "a confirmation is good for both");
    for (status, hint) in
        [("storage-full", "more storage"), ("inaccessible-encryption-credentials-recoverable", "KMS key"), ("stopped", "start it")]
    {
        let failure = change(status).await.unwrap_err();
        assert!(failure.message.contains("does not end by itself") && failure.hint.contains(hint), "{failure}: {}", failure.hint);
    }
}

#[tokio::test]
async fn it_is_done_in_every_status_in_which_it_takes_writes() {
    for (status, done) in [("storage-optimization", true), ("backing-up", true), ("configuring-log-exports", true), ("rebooting", false)] {
        let world = Canned::new([described(status, None, "db-1")]);
        let poll = PromoteReplica.poll(&cx(&world), &with(), &json!({"resource_id": "db-1"})).await.unwrap();
        assert_eq!(matches!(poll, Poll::Settled(_)), done, "{status}");
        if let Poll::Settled(outputs) = poll {
            assert_eq!(outputs["note"], format!("its status is {status}: it takes reads and writes"));
        }
    }
}

#[tokio::test]
async fn replication_that_does_not_run_is_said_with_all_that_rds_says() {
    let info = |status: &str, normal: bool| {
        format!(
            "<DBInstanceStatusInfo><StatusType>read replication</StatusType><Normal>{normal}</Normal><Status>{status}</Status>\
             </DBInstanceStatusInfo>"
        )
    };
    let noted = async |infos: &str| {
        let infos = format!("<StatusInfos>{infos}</StatusInfos>");
        let cx = cx(&Canned::new([described_with("available", Some(ARN), "db-1", &infos)]));
        let seen = PromoteReplica.observe(&cx, &with()).await.unwrap();
        PromoteReplica.change(&cx, &with(), &seen).unwrap().notes.into_iter().find(|note| note.contains("replication is not running"))
    };
    assert_eq!(noted(&info("replicating", true)).await, None);
    for status in ["stopped", "error", "terminated", "replication degraded"] {
        assert!(noted(&info(status, false)).await.unwrap().contains(status), "{status}");
    }
    assert!(noted(&info("replicating", false)).await.is_some());
    let two = info("replicating", true) + &info("stopped", true);
    assert!(noted(&two).await.unwrap().contains("is not running (stopped)"));
}

#[tokio::test]
async fn names_are_compared_as_rds_compares_them_and_what_it_refuses_is_refused() {
    let change = async |with: Value, more: &str| {
        let cx = cx(&Canned::new([described_with("available", Some(ARN), "db-1", more)]));
        let seen = PromoteReplica.observe(&cx, &with).await?;
        PromoteReplica.change(&cx, &with, &seen)
    };
    for source in ["Orders-Primary", "arn:aws:rds:eu-west-1:123456789012:db:Orders-Primary"] {
        assert!(change(json!({"instance": "Orders-Replica", "source": source}), "").await.is_ok(), "{source}");
    }
    let elsewhere = json!({"instance": "orders-replica", "source": "arn:aws:rds:eu-central-1:123456789012:db:orders-primary"});
    assert!(change(elsewhere, "").await.unwrap_err().message.contains("not of arn:aws:rds:eu-central-1"));

    let replicas = "<ReadReplicaDBInstanceIdentifiers><ReadReplicaDBInstanceIdentifier>third</ReadReplicaDBInstanceIdentifier>\
                    </ReadReplicaDBInstanceIdentifiers>";
    let off = json!({"instance": "orders-replica", "backup_retention_days": 0});
    assert!(change(off.clone(), "").await.is_ok());
    assert!(change(off, replicas).await.unwrap_err().message.contains("read replicas of its own: third"));
    let window = "<PreferredMaintenanceWindow>mon:03:15-mon:03:45</PreferredMaintenanceWindow>";
    let at_three = json!({"instance": "orders-replica", "backup_window": "03:00-03:30"});
    assert!(change(at_three, window).await.unwrap_err().message.contains("its maintenance window is mon:03:15"));
    let lunch = json!({"instance": "orders-replica", "backup_window": "after lunch"});
    assert!(change(lunch, "").await.unwrap_err().message.contains("no backup window"));
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

    world.more([refused("InvalidDBInstanceState"), described("storage-full", Some(ARN), "db-1")]);
    let failure = PromoteReplica.apply(&cx, &with(), &seen, "t").await.unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::Conflict, Happened::No));
    assert!(
        failure.hint.starts_with("orders-replica is storage-full, which does not end by itself: give it more storage"),
        "{}",
        failure.hint
    );
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
