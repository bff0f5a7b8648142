//! Only the service's own whole answer says that a change was refused: every protocol against every answer that is not one.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use serde_json::json;

use super::*;
use crate::world::World;
use crate::world::testing::{Answer, Canned, target};

/// A protocol with one mutating call of it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Protocol {
    Query,
    RestXml,
    RestJson,
    Cbor,
}

const ALL: [Protocol; 4] = [Protocol::Query, Protocol::RestXml, Protocol::RestJson, Protocol::Cbor];

impl Protocol {
    /// What is said when a change gets this answer.
    async fn change(self, answer: Answer) -> Failure {
        self.ask(answer, true).await
    }

    async fn ask(self, answer: Answer, mutating: bool) -> Failure {
        let world = Canned::new([answer]);
        let target = target();
        let config = world.aws(&target, "run/step").await.unwrap();
        let config = config.into_builder().retry_config(aws_smithy_types::retry::RetryConfig::disabled()).build();
        let call = Call { operation: "x:Change", region: "us-east-1", resource: "it", target: &target, mutating, world: &*world };
        fn said<E: Error + ProvideErrorMetadata + 'static>(call: &Call<'_>, error: &SdkError<E, HttpResponse>) -> Failure {
            call.failure(error)
        }
        match self {
            Self::Query => {
                let request = aws_sdk_rds::Client::new(&config).promote_read_replica().db_instance_identifier("it");
                said(&call, &request.send().await.unwrap_err())
            }
            Self::RestXml => {
                let request = aws_sdk_route53::Client::new(&config).delete_hosted_zone().id("Z1");
                said(&call, &request.send().await.unwrap_err())
            }
            Self::RestJson => {
                let request = aws_sdk_eks::Client::new(&config).update_nodegroup_config().cluster_name("c").nodegroup_name("n");
                said(&call, &request.send().await.unwrap_err())
            }
            Self::Cbor => {
                let request = aws_sdk_cloudwatch::Client::new(&config).put_metric_stream().name("a");
                said(&call, &request.send().await.unwrap_err())
            }
        }
    }

    /// An error in the service's own form, with a request id where the form has one in its body.
    fn error(self, code: &str) -> Vec<u8> {
        match self {
            Self::Query | Self::RestXml => format!(
                "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"https://x/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message>\
                 </Error><RequestId>6f1c</RequestId></ErrorResponse>\n"
            )
            .into_bytes(),
            Self::RestJson => json!({"__type": code, "message": "no"}).to_string().into_bytes(),
            Self::Cbor => match Answer::cloudwatch_error(400, code) {
                Answer::Wire(_, body) => body,
                _ => unreachable!("it is one"),
            },
        }
    }
}

#[tokio::test]
async fn a_page_in_the_services_place_says_nothing_about_a_change() {
    let html = "<html><body>Request timed out at the proxy</body></html>";
    let likeness = "<html><body><Error><Code>AccessDenied</Code></Error><RequestId>1</RequestId></body></html>";
    let pages: [(&'static str, &str); 7] = [
        ("text/html", html),
        ("text/html; charset=utf-8", likeness),
        ("", likeness),
        ("text/plain", "upstream request timeout"),
        ("application/json", "{\"code\": \"RATE_LIMITED\", \"message\": \"slow down\"}"),
        ("application/json", "{\"__type\": \"ThrottlingException\", \"message\": \"of the gateway's own\"}"),
        ("", ""),
    ];
    for protocol in ALL {
        for status in [200, 301, 302, 307, 400, 401, 403, 404, 407, 408, 409, 413, 421, 429, 451, 499, 500, 502, 503, 504] {
            for (kind, page) in pages {
                // An empty 200 is a success without content; what that is worth is the action's to judge.
                if status == 200 && (page.is_empty() || page.starts_with('{')) {
                    continue;
                }
                let failure = protocol.change(Answer::Bare(status, kind, page.as_bytes().to_vec())).await;
                let case = format!("{protocol:?}, HTTP {status}, {kind}: {page}: {failure:?}");
                assert_eq!(failure.effect, Happened::Unknown, "{case}");
                assert!(matches!(failure.kind, FailureKind::Unreachable | FailureKind::Server), "{case}");
                assert!(failure.hint.starts_with("whether the call took effect is not known: look first"), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn the_services_own_refusal_says_no_in_every_protocol() {
    for protocol in ALL {
        let refused = [
            (400, "InvalidParameterValue", FailureKind::Invalid),
            (403, "AccessDenied", FailureKind::AccessDenied),
            (403, "ExpiredToken", FailureKind::Credentials),
            (404, "SomethingNotFound", FailureKind::NotFound),
            (409, "ResourceInUseException", FailureKind::Conflict),
            (418, "SomethingNew", FailureKind::Invalid),
            (400, "Throttling", FailureKind::Throttled),
            (429, "TooManyRequestsException", FailureKind::Throttled),
            (503, "SlowDown", FailureKind::Throttled),
        ];
        for (status, code, kind) in refused {
            let failure = protocol.change(Answer::Wire(status, protocol.error(code))).await;
            let what = (failure.kind, failure.effect, failure.code.as_deref());
            assert_eq!(what, (kind, Happened::No, Some(code)), "{protocol:?}: {failure:?}");
        }
    }
}

#[tokio::test]
async fn what_the_service_does_not_know_itself_is_not_known() {
    for protocol in ALL {
        let unknown =
            [(500, "InternalFailure"), (503, "ServiceUnavailable"), (500, "SomethingNew"), (408, "RequestTimeout"), (307, "Moved")];
        for (status, code) in unknown {
            let failure = protocol.change(Answer::Wire(status, protocol.error(code))).await;
            assert_eq!((failure.effect, failure.code.as_deref()), (Happened::Unknown, Some(code)), "{protocol:?}: {failure:?}");
        }
    }
}

#[tokio::test]
async fn half_an_answer_is_none() {
    for protocol in ALL {
        let whole = protocol.error("InvalidParameterValue");
        let end = whole.iter().rposition(|byte| !byte.is_ascii_whitespace()).unwrap();
        for length in 0..=end {
            let failure = protocol.change(Answer::Wire(400, whole[..length].to_vec())).await;
            assert_eq!(failure.effect, Happened::Unknown, "{protocol:?}, {length} bytes: {failure:?}");
        }
    }
}

#[tokio::test]
async fn without_the_id_of_a_request_it_may_be_anybody() {
    for protocol in [Protocol::RestJson, Protocol::Cbor] {
        let failure = protocol.change(Answer::Bare(400, "", protocol.error("InvalidParameterValue"))).await;
        assert_eq!((failure.kind, failure.effect, failure.code), (FailureKind::Unreachable, Happened::Unknown, None), "{protocol:?}");
    }
    for protocol in [Protocol::Query, Protocol::RestXml] {
        // These have one in their body, too.
        let failure = protocol.change(Answer::Bare(400, "text/xml", protocol.error("InvalidParameterValue"))).await;
        assert_eq!(failure.effect, Happened::No, "{protocol:?}: {failure:?}");
        let text = String::from_utf8(protocol.error("InvalidParameterValue")).unwrap().replace("6f1c", "");
        let failure = protocol.change(Answer::Bare(400, "text/xml", text.into_bytes())).await;
        assert_eq!(failure.effect, Happened::Unknown, "{protocol:?}: {failure:?}");
    }
}

#[tokio::test]
async fn a_read_waits_for_what_throttles_it_whoever_that_is() {
    let failure = Protocol::Query.ask(Answer::Bare(429, "text/html", b"<html></html>".to_vec()), false).await;
    assert_eq!((failure.kind, failure.effect), (FailureKind::Throttled, Happened::No));
}
