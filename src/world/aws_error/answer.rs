//! Whether an answer is the service's own and whole: only such a one can say that a change was refused.
//!
//! Proxies, gateways, firewalls and captive portals answer in a service's place, with any status and any page, also after they have
//! passed the call on. What they say is nothing about the call.

use aws_smithy_cbor::Decoder;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_types::request_id::RequestId;

use crate::plan::Happened;

/// The roots of XML errors: of query and REST XML services, of EC2, of S3, and Route 53's own for a batch.
const ROOTS: [&str; 4] = ["ErrorResponse", "Response", "Error", "InvalidChangeBatch"];

/// Whether an error whose code was read is the service's own and whole: it has the id that a service gives to every request it takes in
/// ([header `x-amzn-RequestId`, or `RequestId` in the body](https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html)),
/// its body is of the wire format and has its end, and it does not call itself a web page.
pub(super) fn is_own(raw: &HttpResponse) -> bool {
    let Some(body) = raw.body().bytes() else { return false };
    let page = raw.headers().get("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    let text = std::str::from_utf8(body).map(str::trim).unwrap_or_default();
    let id = raw.request_id().is_some_and(|id| !id.trim().is_empty());
    !page
        && match text.chars().next() {
            Some('<') => is_whole_xml(text) && (id || has_request_id(text)),
            Some('{') => id && serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok(),
            _ => id && raw.headers().get("smithy-protocol").is_some_and(|protocol| protocol.contains("cbor")) && is_whole_cbor(body),
        }
}

fn is_whole_xml(text: &str) -> bool {
    let mut root = text;
    while let Some(rest) = root.strip_prefix("<?").and_then(|rest| rest.split_once("?>")) {
        root = rest.1.trim_start();
    }
    let name: String = root.chars().skip(1).take_while(|c| c.is_ascii_alphanumeric()).collect();
    ROOTS.contains(&name.as_str()) && text.ends_with(&format!("</{name}>"))
}

fn is_whole_cbor(body: &[u8]) -> bool {
    let mut decoder = Decoder::new(body);
    decoder.skip().is_ok() && decoder.position() == body.len()
}

fn has_request_id(text: &str) -> bool {
    let id = text.split_once("<RequestId>").or_else(|| text.split_once("<RequestID>")).and_then(|(_, rest)| rest.split_once('<'));
    id.is_some_and(|(id, _)| !id.trim().is_empty())
}

/// What an error of the service's own says about a change that was asked for.
///
/// Throttling is refused before anything else is done, whatever its status. Of the rest a 4xx is the service's refusal, unless its
/// code says that the service itself does not know; 5xx and redirects say nothing.
pub(super) fn effect(code: &str, status: u16) -> Happened {
    if is_throttling(code) {
        return Happened::No;
    }
    const DOES_NOT_KNOW: [&str; 6] = ["Internal", "ServiceUnavailable", "ServerException", "ServiceException", "Timeout", "TimedOut"];
    let knows = !DOES_NOT_KNOW.iter().any(|word| code.contains(word));
    if (400..500).contains(&status) && knows { Happened::No } else { Happened::Unknown }
}

/// Codes for a request that was not taken in because there are too many, as the SDKs know them
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).
pub(super) fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "SlowDown"
            | "BandwidthLimitExceeded"
            | "EC2ThrottledException"
    )
}
