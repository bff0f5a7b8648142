//! Wire answers through the real clients, and what is said about them.

use serde_json::json;

use super::*;
use crate::world::World;
use crate::world::testing::{Answer, Canned, target};

const RDS_ERROR: &str = "<ErrorResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><Error><Type>Sender</Type><Code>CODE</Code>\
    <Message>TEXT</Message></Error><RequestId>6f1c</RequestId></ErrorResponse>";

fn rds_error(code: &str, text: &str) -> String {
    RDS_ERROR.replace("CODE", code).replace("TEXT", text)
}

fn call<'a>(world: &'a Canned, target: &'a Target, mutating: bool) -> Call<'a> {
    Call { operation: "rds:PromoteReadReplica", region: "us-east-1", resource: "orders-replica", target, mutating, world }
}

/// What is said when RDS gives these answers to one `PromoteReadReplica`, and how many requests were made.
async fn promote(answers: Vec<Answer>) -> Failure {
    let world = Canned::new(answers);
    world.secrets().learn("hunter2-hunter2");
    let failure = promote_in(&world).await;
    assert_eq!(world.unused(), 0);
    failure
}

async fn promote_in(world: &Canned) -> Failure {
    let target = target();
    let config = world.aws(&target, "run/step").await.unwrap();
    let once = aws_sdk_rds::config::Builder::new().retry_config(aws_sdk_rds::config::retry::RetryConfig::disabled());
    let request = aws_sdk_rds::Client::new(&config).promote_read_replica().db_instance_identifier("orders-replica");
    let error = request.customize().config_override(once).send().await.unwrap_err();
    call(world, &target, true).failure(&error)
}

#[tokio::test]
async fn a_refusal_names_code_request_and_what_to_allow() {
    let failure = promote(vec![Answer::xml(403, rds_error("AccessDenied", "User x is not authorized\n to perform it"))]).await;
    assert_eq!((failure.kind, failure.effect), (FailureKind::AccessDenied, Happened::No));
    assert_eq!(
        failure.to_string(),
        "rds:PromoteReadReplica in us-east-1 on orders-replica: AccessDenied: User x is not authorized to perform it (request req-1)"
    );
    assert!(failure.hint.starts_with("allow rds:PromoteReadReplica on orders-replica for profile dr-operator"), "{}", failure.hint);
}

#[tokio::test]
async fn what_a_service_repeats_is_hidden() {
    let refused = promote(vec![Answer::xml(403, rds_error("AccessDenied", "the token hunter2-hunter2 is not known"))]).await;
    assert_eq!(refused.message, "the token [redacted] is not known");
    // A page of a proxy, of which only the beginning is told: what is cut off must not leave half a secret.
    let page = format!("<html>{}hunter2-hunter2</html>", " ".repeat(400 - "<html>hunter2".len()));
    let garbage = promote(vec![Answer::Wire(404, page.into_bytes())]).await;
    assert!(garbage.message.contains("<html>") && !garbage.message.contains("hunter2"), "{}", garbage.message);
}

#[tokio::test]
async fn kinds_follow_codes() {
    let cases = [
        (400, "Throttling", FailureKind::Throttled, Happened::No),
        (404, "DBInstanceNotFound", FailureKind::NotFound, Happened::No),
        (400, "InvalidDBInstanceState", FailureKind::Conflict, Happened::No),
        (400, "InvalidParameterValue", FailureKind::Invalid, Happened::No),
        (403, "ExpiredToken", FailureKind::Credentials, Happened::No),
        (403, "SomethingNew", FailureKind::AccessDenied, Happened::No),
        (500, "InternalFailure", FailureKind::Server, Happened::Unknown),
        (503, "ServiceUnavailable", FailureKind::Server, Happened::Unknown),
    ];
    for (status, code, kind, effect) in cases {
        let failure = promote(vec![Answer::xml(status, rds_error(code, "no"))]).await;
        assert_eq!((failure.kind, failure.effect, failure.code.as_deref()), (kind, effect, Some(code)));
    }
}

#[tokio::test]
async fn expired_credentials_say_how_to_log_in_and_a_wrong_clock_that_it_is_the_clock() {
    let expired = promote(vec![Answer::xml(403, rds_error("ExpiredToken", "The security token included in the request is expired"))]).await;
    assert!(expired.hint.contains("aws sso login --profile dr-operator"), "{}", expired.hint);
    let text = "Signature expired: 20260312T000000Z is now earlier than 20260312T024700Z";
    let skewed = promote(vec![Answer::xml(403, rds_error("SignatureDoesNotMatch", text))]).await;
    assert!(skewed.hint.contains("set this machine's clock"), "{}", skewed.hint);
}

#[tokio::test]
async fn a_connection_that_never_came_about_changed_nothing_and_one_that_broke_may_have() {
    let refused = promote(vec![Answer::Refused]).await;
    assert_eq!((refused.kind, refused.effect), (FailureKind::Unreachable, Happened::No));
    let reset = promote(vec![Answer::Reset]).await;
    assert_eq!((reset.kind, reset.effect), (FailureKind::Unreachable, Happened::Unknown));
    assert!(reset.hint.starts_with("whether the call took effect is not known: look first"), "{}", reset.hint);
}

#[tokio::test]
async fn garbage_is_called_garbage() {
    let page = "<!doctype html><h1>Please log in</h1>";
    let portal = promote(vec![Answer::xml(200, page)]).await;
    assert_eq!((portal.kind, portal.effect), (FailureKind::Unreachable, Happened::Unknown));
    assert!(portal.message.contains("HTTP status 200") && portal.message.contains("Please log in"), "{}", portal.message);
    assert!(portal.hint.contains("AWS_ENDPOINT_URL"), "{}", portal.hint);

    // Whoever answers in the service's place may have passed the call on before.
    let proxy = promote(vec![Answer::xml(407, page)]).await;
    assert_eq!((proxy.kind, proxy.effect), (FailureKind::Unreachable, Happened::Unknown));
    let gateway = promote(vec![Answer::xml(502, page)]).await;
    assert_eq!((gateway.kind, gateway.effect), (FailureKind::Server, Happened::Unknown));
    let unknown = promote(vec![Answer::xml(404, page)]).await;
    assert_eq!((unknown.kind, unknown.effect), (FailureKind::Unreachable, Happened::Unknown));
}

#[tokio::test]
async fn missing_credentials_name_the_profile() {
    let failure = promote_in(&Canned::without_credentials()).await;
    assert_eq!((failure.kind, failure.effect), (FailureKind::Credentials, Happened::No));
    assert!(failure.message.starts_with("no credentials for profile dr-operator"), "{}", failure.message);
    assert!(failure.hint.contains("aws sts get-caller-identity --profile dr-operator"), "{}", failure.hint);
}

#[tokio::test]
async fn a_read_never_changed_anything() {
    let world = Canned::new([Answer::Reset, Answer::Reset]);
    let target = target();
    let config = world.aws(&target, "run/step").await.unwrap();
    let error = aws_sdk_rds::Client::new(&config).describe_db_instances().send().await.unwrap_err();
    assert_eq!(call(&world, &target, false).failure(&error).effect, Happened::No);
}

#[tokio::test]
async fn the_other_protocols_errors_are_read_too() {
    let target = target();
    // The SDK takes this one for a passing state and asks again by itself.
    let busy = || {
        Answer::xml(
            400,
            "<ErrorResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Error><Type>Sender</Type>\
             <Code>PriorRequestNotComplete</Code><Message>wait</Message></Error><RequestId>r</RequestId></ErrorResponse>",
        )
    };
    let world = Canned::new([
        Answer::json(409, &json!({"__type": "ResourceInUseException", "message": "an update is in progress"})),
        busy(),
        busy(),
    ]);
    let config = world.aws(&target, "run/step").await.unwrap();
    let eks = aws_sdk_eks::Client::new(&config);
    let error = eks.describe_nodegroup().cluster_name("c").nodegroup_name("n").send().await.unwrap_err();
    let failure = call(&world, &target, true).failure(&error);
    assert_eq!((failure.kind, failure.code.as_deref()), (FailureKind::Conflict, Some("ResourceInUseException")));

    let zones = aws_sdk_route53::Client::new(&config);
    let error = zones.get_hosted_zone().id("Z1").send().await.unwrap_err();
    let failure = call(&world, &target, true).failure(&error);
    assert_eq!((failure.kind, failure.code.as_deref()), (FailureKind::Conflict, Some("PriorRequestNotComplete")));
}

#[tokio::test]
async fn the_world_learns_that_a_service_takes_the_credentials_no_longer() {
    for (code, rejections) in [("ExpiredToken", 1), ("InvalidClientTokenId", 1), ("AccessDenied", 0), ("Throttling", 0)] {
        let world = Canned::new([Answer::xml(403, rds_error(code, "no"))]);
        promote_in(&world).await;
        assert_eq!(world.rejections(), rejections, "{code}");
    }
}
