//! Scaling against canned answers of EKS and CloudWatch.

use super::*;
use crate::action::testing::cx;
use crate::world::testing::{Answer, Canned};

fn with() -> Value {
    json!({"cluster": "core-dr", "nodegroup": "general", "min": 12, "desired": 12, "max": 40})
}

fn group(status: &str, sizes: (i64, i64, i64), issues: Value) -> Answer {
    let (min, desired, max) = sizes;
    Answer::json(
        200,
        &json!({"nodegroup": {
            "nodegroupName": "general", "clusterName": "core-dr", "status": status,
            "scalingConfig": {"minSize": min, "desiredSize": desired, "maxSize": max},
            "resources": {"autoScalingGroups": [{"name": "eks-general-1"}]},
            "health": {"issues": issues},
        }}),
    )
}

fn update(status: &str, errors: Value) -> Answer {
    Answer::json(200, &json!({"update": {"id": "u-1", "status": status, "errors": errors}}))
}

const SMALL: (i64, i64, i64) = (1, 2, 40);
const FULL: (i64, i64, i64) = (12, 12, 40);

fn receipt() -> Value {
    json!({"counted": true, "issues": [], "update": "u-1"})
}

async fn poll(answers: impl IntoIterator<Item = Answer>, receipt: Value) -> Result<Poll, Failure> {
    let world = Canned::new(answers);
    let result = ScaleNodegroup.poll(&cx(&world), &with(), &receipt).await;
    assert_eq!(world.unused(), 0);
    result
}

fn waiting_for(poll: Result<Poll, Failure>) -> String {
    match poll {
        Ok(Poll::Pending(progress)) => progress.waiting_for,
        other => panic!("not pending: {other:?}"),
    }
}

#[tokio::test]
async fn all_three_sizes_and_the_token_are_sent() {
    let world = Canned::new([group("ACTIVE", SMALL, json!([])), Answer::datapoints(&[(70, 2.0)]), update("InProgress", json!([]))]);
    let cx = cx(&world);
    let seen = ScaleNodegroup.observe(&cx, &with()).await.unwrap();
    let change = ScaleNodegroup.change(&cx, &with(), &seen).unwrap();
    let fields: Vec<String> = change.fields.iter().map(|field| format!("{} {} {}", field.name, field.before, field.after)).collect();
    assert_eq!(fields, ["desired 2 12", "min 1 12"]);
    let receipt = ScaleNodegroup.apply(&cx, &with(), &seen, "token-of-the-step").await.unwrap();
    assert_eq!(receipt.data, json!({"counted": true, "issues": [], "at": "2026-03-12T02:47:00Z", "update": "u-1"}));
    let sent: Value = serde_json::from_str(&world.asked().pop().unwrap().body).unwrap();
    assert_eq!(sent["clientRequestToken"], "token-of-the-step");
    assert_eq!(sent["scalingConfig"], json!({"minSize": 12, "desiredSize": 12, "maxSize": 40}));
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_is_not_sent_again() {
    let world = Canned::new([Answer::Reset, update("InProgress", json!([]))]);
    let seen = json!({"min": 1, "desired": 2, "max": 40, "in_service": 2, "issues": []});
    let failure = ScaleNodegroup.apply(&cx(&world), &with(), &seen, "same").await.unwrap_err();
    assert_eq!(failure.effect, Happened::Unknown);
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_explained_by_what_the_node_group_is_then_and_not_by_its_code() {
    let seen = json!({"min": 1, "desired": 2, "max": 40, "in_service": 2, "issues": []});
    let quota = json!([{"code": "AsgInstanceLaunchFailures", "message": "vCPU quota of 32 reached"}]);
    for (code, now, hint) in [
        ("ResourceInUseException", group("UPDATING", SMALL, json!([])), "ends by itself: try again, and the call waits for it"),
        (
            "ResourceInUseException",
            group("DEGRADED", SMALL, quota),
            "vCPU quota of 32 reached; no update is under way, and waiting does not help: raise",
        ),
        ("InvalidRequestException", group("ACTIVE", SMALL, json!([])), "look at the cluster"),
    ] {
        let world =
            Canned::new([Answer::json(if code.starts_with('R') { 409 } else { 400 }, &json!({"__type": code, "message": "no"})), now]);
        let failure = ScaleNodegroup.apply(&cx(&world), &with(), &seen, "t").await.unwrap_err();
        assert_eq!((failure.kind, failure.effect), (FailureKind::Conflict, Happened::No));
        assert!(failure.hint.contains(hint), "{}", failure.hint);
    }
}

#[test]
fn an_update_under_way_is_waited_for_and_a_status_that_stays_is_said() {
    let cx = cx(&Canned::new([]));
    let seen = |status: &str| json!({"status": status, "min": 1, "desired": 2, "max": 40, "in_service": 2, "issues": []});
    let change = ScaleNodegroup.change(&cx, &with(), &seen("UPDATING")).unwrap();
    assert_eq!(change.waits_for.as_deref(), Some("the status UPDATING of core-dr/general"));
    assert!(change.is_same(&ScaleNodegroup.change(&cx, &with(), &seen("ACTIVE")).unwrap()));
    let failure = ScaleNodegroup.change(&cx, &with(), &seen("CREATE_FAILED")).unwrap_err();
    assert!(failure.hint.contains("create it again"), "{}", failure.hint);
}

#[tokio::test]
async fn at_least_takes_nothing_away() {
    let mut floor = with();
    floor["at_least"] = json!(true);
    let seen = |min: i64, desired: i64, max: i64| json!({"status": "ACTIVE", "min": min, "desired": desired, "max": max, "in_service": desired, "issues": []});
    let grown = cx(&Canned::new([]));
    assert!(ScaleNodegroup.change(&grown, &floor, &seen(12, 26, 60)).unwrap().already);
    let change = ScaleNodegroup.change(&grown, &floor, &seen(1, 26, 30)).unwrap();
    let fields: Vec<String> = change.fields.iter().map(|field| format!("{} {} {}", field.name, field.before, field.after)).collect();
    assert_eq!((fields, change.takes_away.as_ref()), (vec!["min 1 12".to_owned(), "max 30 40".to_owned()], None));
    assert!(change.notes.contains(&"at least 12 are wanted and 26 are set: none is taken away".to_owned()), "{:?}", change.notes);

    // The Cluster Autoscaler has added four more since.
    let world = Canned::new([group("ACTIVE", (1, 30, 30), json!([])), update("InProgress", json!([]))]);
    ScaleNodegroup.apply(&cx(&world), &floor, &seen(1, 26, 30), "t").await.unwrap();
    let sent: Value = serde_json::from_str(&world.asked().pop().unwrap().body).unwrap();
    assert_eq!(sent["scalingConfig"], json!({"minSize": 12, "desiredSize": 30, "maxSize": 40}));

    let exact = ScaleNodegroup.change(&grown, &with(), &seen(12, 26, 60)).unwrap();
    assert_eq!(exact.takes_away.as_deref(), Some("14 of 26 nodes: what runs on them is drained and moved"));
    assert_eq!(exact.name(), "general");
}

#[tokio::test]
async fn degraded_with_all_nodes_there_is_done_with_a_note() {
    let mismatch = json!([{"code": "Ec2LaunchTemplateVersionMismatch", "message": "version 7 is not the version 5"}]);
    let answers =
        |count: f64| [update("Successful", json!([])), group("DEGRADED", FULL, mismatch.clone()), Answer::datapoints(&[(40, count)])];
    assert_eq!(waiting_for(poll(answers(3.0), receipt()).await), "3 of 12 nodes in service");
    let Ok(Poll::Settled(outputs)) = poll(answers(12.0), receipt()).await else { panic!("not settled") };
    assert_eq!(outputs["note"], "its status is DEGRADED; health issue: Ec2LaunchTemplateVersionMismatch: version 7 is not the version 5");
    // What keeps nodes from coming is no matter once they are there; what keeps them from joining is.
    for (code, done) in [("InstanceLimitExceeded", true), ("NodeCreationFailure", false)] {
        let issue = json!([{"code": code, "message": "text"}]);
        let full = [update("Successful", json!([])), group("DEGRADED", FULL, issue), Answer::datapoints(&[(40, 12.0)])];
        assert_eq!(matches!(poll(full, receipt()).await, Ok(Poll::Settled(_))), done, "{code}");
    }
}

#[tokio::test]
async fn one_zone_without_room_is_waited_for_while_nodes_come() {
    let zone =
        json!([{"code": "AsgInstanceLaunchFailures", "message": "we do not have sufficient capacity in the Availability Zone us-east-1a"}]);
    let answers =
        |points: &[(i64, f64)]| [update("Successful", json!([])), group("DEGRADED", FULL, zone.clone()), Answer::datapoints(points)];
    let long_ago = json!({"counted": true, "issues": [], "update": "u-1", "at": "2026-03-12T02:30:00Z"});
    let just_now = json!({"counted": true, "issues": [], "update": "u-1", "at": "2026-03-12T02:46:30Z"});
    assert!(waiting_for(poll(answers(&[(40, 4.0)]), just_now).await).starts_with("4 of 12 nodes in service; EKS says AsgInstance"));
    assert!(waiting_for(poll(answers(&[(40, 6.0), (200, 4.0)]), long_ago.clone()).await).starts_with("6 of 12 nodes"));
    let failure = poll(answers(&[(40, 6.0), (200, 6.0)]), long_ago).await.unwrap_err();
    assert!(failure.message.ends_with("6 of 12 nodes are in service, and no more came for five minutes"), "{}", failure.message);
}

#[tokio::test]
async fn a_cloudwatch_that_cannot_be_asked_keeps_no_change_from_being_done() {
    for down in [Answer::cloudwatch_error(503, "InternalFailure"), Answer::cloudwatch_error(403, "AccessDeniedException"), Answer::Hang] {
        let never = json!({"counted": false, "issues": [], "update": "u-1", "at": "2026-03-12T02:46:59Z"});
        let world = Canned::new([update("Successful", json!([])), group("ACTIVE", FULL, json!([])), down.clone(), down.clone(), down]);
        let cx = cx(&world);
        let done = ScaleNodegroup.poll(&cx, &with(), &never).await;
        let Ok(Poll::Settled(outputs)) = done else { panic!("not settled: {done:?}") };
        assert_eq!((&outputs["in_service"], &outputs["note"]), (&Value::Null, &json!(NOT_COUNTED)));
        assert!(cx.world.clock().now().mono_ms <= 8_000);
    }
}

#[tokio::test]
async fn a_successful_update_is_not_the_end_while_nodes_are_missing() {
    let pending = poll([update("InProgress", json!([])), group("UPDATING", FULL, json!([])), Answer::datapoints(&[(40, 3.0)])], receipt());
    assert_eq!(waiting_for(pending.await), "3 of 12 nodes in service");
    let some = [Answer::datapoints(&[(100, 3.0), (40, 5.0), (160, 2.0)])];
    let pending = poll([update("Successful", json!([])), group("ACTIVE", FULL, json!([]))].into_iter().chain(some), receipt()).await;
    let Ok(Poll::Pending(progress)) = pending else { panic!("not pending: {pending:?}") };
    assert_eq!((progress.waiting_for.as_str(), progress.counted), ("5 of 12 nodes in service", Some((5, 12))));
    let done = poll([update("Successful", json!([])), group("ACTIVE", FULL, json!([])), Answer::datapoints(&[(40, 12.0)])], receipt());
    let Ok(Poll::Settled(outputs)) = done.await else { panic!("not settled") };
    assert_eq!((&outputs["in_service"], &outputs["note"]), (&json!(12), &Value::Null));
    for output in SPEC.outputs {
        assert!(outputs.get(output.name).is_some(), "{}", output.name);
    }
}

#[tokio::test]
async fn without_a_metric_update_and_status_decide_and_the_outputs_say_so() {
    let answers = || [update("Successful", json!([])), group("ACTIVE", FULL, json!([])), Answer::datapoints(&[])];
    let Ok(Poll::Settled(outputs)) = poll(answers(), json!({"counted": false, "update": "u-1"})).await else { panic!("not settled") };
    assert_eq!((&outputs["in_service"], &outputs["note"]), (&Value::Null, &json!(NOT_COUNTED)));
    // A count that was there before will come back: settling without it would be settling early.
    assert_eq!(waiting_for(poll(answers(), receipt()).await), "CloudWatch to count the nodes in service again");
}

#[tokio::test]
async fn an_endpoint_without_updates_and_metrics_is_judged_by_the_group() {
    let page = || Answer::xml(404, "<!doctype html>");
    let small = poll([page(), group("ACTIVE", SMALL, json!([])), page()], json!({"counted": false, "update": "u-1"})).await;
    assert_eq!(waiting_for(small), "EKS to end the update");
    let full = poll([page(), group("ACTIVE", FULL, json!([])), page()], json!({"counted": false, "update": "u-1"})).await;
    assert!(matches!(full, Ok(Poll::Settled(_))), "{full:?}");
}

#[tokio::test]
async fn health_issues_end_the_wait_with_their_text() {
    let issue = json!([{"code": "AsgInstanceLaunchFailures", "message": "vCPU quota of 32 reached", "resourceIds": ["eks-general-1"]}]);
    let hopeless = [update("Successful", json!([])), group("DEGRADED", FULL, issue.clone()), Answer::datapoints(&[(40, 3.0)])];
    let failure = poll(hopeless, receipt()).await.unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::Unhealthy, Happened::Yes));
    assert_eq!(failure.message, "core-dr/general is DEGRADED: AsgInstanceLaunchFailures: vCPU quota of 32 reached");

    // An issue from before the call may go away with it.
    let known = json!({"counted": true, "issues": ["AsgInstanceLaunchFailures: another text"], "update": "u-1"});
    let answers = [update("InProgress", json!([])), group("DEGRADED", FULL, issue), Answer::datapoints(&[(40, 3.0)])];
    assert_eq!(waiting_for(poll(answers, known).await), "3 of 12 nodes in service");

    let errors = json!([{"errorCode": "InsufficientFreeAddresses", "errorMessage": "subnet-1 is full"}]);
    let failure = poll([update("Failed", errors)], receipt()).await.unwrap_err();
    assert!(failure.message.ends_with("is Failed: InsufficientFreeAddresses: subnet-1 is full"), "{}", failure.message);
}

#[tokio::test]
async fn a_desired_size_lowered_by_somebody_else_is_a_conflict_and_not_a_long_wait() {
    let answers = [update("Successful", json!([])), group("ACTIVE", (1, 5, 40), json!([])), Answer::datapoints(&[(40, 5.0)])];
    let failure = poll(answers, receipt()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(failure.hint.contains("raise `min`"), "{}", failure.hint);
}

#[tokio::test]
async fn already_means_sizes_and_nodes() {
    let cx = cx(&Canned::new([]));
    let seen = |status: &str, count: Option<i64>| json!({"status": status, "min": 12, "desired": 12, "max": 40, "in_service": count, "issues": []});
    assert!(ScaleNodegroup.change(&cx, &with(), &seen("ACTIVE", Some(12))).unwrap().already);
    assert!(ScaleNodegroup.change(&cx, &with(), &seen("ACTIVE", None)).unwrap().already);
    let growing = ScaleNodegroup.change(&cx, &with(), &seen("ACTIVE", Some(3))).unwrap();
    assert!(!growing.already);
    // The count grows while the operator reads: what was shown must not change with it.
    assert_eq!(growing.digest(), ScaleNodegroup.change(&cx, &with(), &seen("ACTIVE", Some(4))).unwrap().digest());
    let receipt = ScaleNodegroup.apply(&cx, &with(), &seen("ACTIVE", Some(3)), "t").await.unwrap();
    assert_eq!(receipt.summary, "no call: the sizes are already so");
}

#[test]
fn a_call_in_doubt_is_judged_by_the_sizes() {
    let cx = cx(&Canned::new([]));
    let seen = |sizes: (i64, i64, i64), status: &str| json!({"min": sizes.0, "desired": sizes.1, "max": sizes.2, "status": status, "in_service": 2, "issues": []});
    let judge = |now: Value| ScaleNodegroup.judge(&cx, &with(), &seen(SMALL, "ACTIVE"), &now);
    assert!(matches!(judge(seen(FULL, "UPDATING")), Judged::Happened(_)));
    assert!(matches!(judge(seen(SMALL, "ACTIVE")), Judged::DidNotHappen(_)));
    assert!(matches!(judge(seen(SMALL, "UPDATING")), Judged::NotYet(_)));
    assert!(matches!(judge(seen((1, 7, 40), "ACTIVE")), Judged::CannotTell(_)));
}

#[tokio::test]
async fn sizes_that_contradict_each_other_are_refused_before_any_call() {
    let with = json!({"cluster": "c", "nodegroup": "n", "min": 5, "desired": 3, "max": 10});
    let failure = ScaleNodegroup.observe(&cx(&Canned::new([])), &with).await.unwrap_err();
    assert!(failure.message.contains("min ≤ desired ≤ max"), "{}", failure.message);
}
