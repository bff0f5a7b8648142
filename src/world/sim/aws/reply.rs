//! Writing answers: errors in each protocol's own form, request ids, and bodies that are spoiled on purpose.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use winterbaume_core::MockResponse;

use crate::world::sim::file::GarbageDef;

/// How a protocol writes errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// AWS Query: form in, XML out.
    Query { namespace: &'static str },
    /// REST with XML, as Route 53.
    RestXml { namespace: &'static str },
    /// REST with JSON, as EKS.
    RestJson,
    /// AWS JSON, compatible with Query.
    AwsJson,
    /// Smithy RPC v2 with CBOR, compatible with Query.
    Cbor,
}

/// What was done, and since when what it shows is so.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) response: MockResponse,
    pub(crate) since: Timestamp,
}

/// What the service refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: Cow<'static, str>,
    pub(crate) status: u16,
    pub(crate) message: String,
}

impl Refused {
    pub(crate) fn new(code: impl Into<Cow<'static, str>>, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.into(), status, message: message.into() }
    }

    /// The service knows the operation, the simulated world does not.
    pub(crate) fn not_simulated(service: &str, operation: &str) -> Self {
        let code = match service {
            "eks" | "monitoring" => "UnknownOperationException",
            _ => "InvalidAction",
        };
        Self::new(code, 400, format!("The simulated world does not simulate {service}:{operation}."))
    }

    pub(crate) fn throttled(wire: Wire) -> Self {
        match wire {
            Wire::RestJson => Self::new("ThrottlingException", 429, "Rate exceeded"),
            Wire::AwsJson | Wire::Cbor => Self::new("ThrottlingException", 400, "Rate exceeded"),
            Wire::Query { .. } | Wire::RestXml { .. } => Self::new("Throttling", 400, "Rate exceeded"),
        }
    }

    pub(crate) fn access_denied(wire: Wire, caller: &str, service: &str, operation: &str) -> Self {
        let prefix = if service == "monitoring" { "cloudwatch" } else { service };
        let message = format!("User: {caller} is not authorized to perform: {prefix}:{operation}");
        let code = if matches!(wire, Wire::Query { .. } | Wire::RestXml { .. }) { "AccessDenied" } else { "AccessDeniedException" };
        Self::new(code, 403, message)
    }

    pub(crate) fn unknown_key(wire: Wire) -> Self {
        let code = match wire {
            Wire::Query { .. } | Wire::RestXml { .. } => "InvalidClientTokenId",
            Wire::RestJson | Wire::AwsJson | Wire::Cbor => "UnrecognizedClientException",
        };
        Self::new(code, 403, "The security token included in the request is invalid")
    }

    pub(crate) fn expired(wire: Wire) -> Self {
        let code = if matches!(wire, Wire::Query { .. } | Wire::RestXml { .. }) { "ExpiredToken" } else { "ExpiredTokenException" };
        Self::new(code, 403, "The security token included in the request is expired")
    }
}

/// An error as the protocol writes it.
pub(crate) fn render(wire: Wire, refused: &Refused) -> MockResponse {
    let Refused { code, status, message } = refused;
    let fault = if *status < 500 { "Sender" } else { "Receiver" };
    match wire {
        Wire::Query { namespace } | Wire::RestXml { namespace } => {
            let (code, message) = (escape(code), escape(message));
            MockResponse::xml(
                *status,
                format!(
                    "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                     <RequestId></RequestId></ErrorResponse>"
                ),
            )
        }
        Wire::RestJson => {
            let mut response = MockResponse::rest_json(*status, serde_json::json!({ "message": message }).to_string());
            insert(&mut response.headers, "x-amzn-errortype", code);
            response
        }
        Wire::AwsJson => {
            let body = serde_json::json!({ "__type": shape_of(code), "message": message });
            let mut response = MockResponse::json(*status, body.to_string());
            insert(&mut response.headers, "x-amzn-query-error", &format!("{code};{fault}"));
            response
        }
        Wire::Cbor => {
            let mut response = winterbaume_cloudwatch::wire::cbor_error_response(*status, shape_of(code), message);
            insert(&mut response.headers, "x-amzn-query-error", &format!("{code};{fault}"));
            response
        }
    }
}

/// The shape of a CloudWatch error with this code, by which the newer protocols name it; its code goes into a header of its own.
/// Source: the model of CloudWatch, the `code` of its errors.
fn shape_of(code: &str) -> &str {
    match code {
        "InvalidParameterValue" => "InvalidParameterValueException",
        "InvalidParameterCombination" => "InvalidParameterCombinationException",
        "MissingParameter" => "MissingRequiredParameterException",
        other => other,
    }
}

/// Text for XML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A header whose value comes from the world file or is our own; one that cannot be a header value is left out.
fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Puts the request id and the date of the world where AWS puts them.
pub(crate) fn finish(mut response: MockResponse, request_id: &str, t: Timestamp) -> MockResponse {
    insert(&mut response.headers, "x-amzn-requestid", request_id);
    if let Ok(date) = HeaderValue::from_str(&t.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()) {
        response.headers.insert(DATE, date);
    }
    if response.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "text/xml")
        && let Ok(text) = std::str::from_utf8(&response.body)
        && let Some(from) = text.rfind("<RequestId>").map(|at| at + "<RequestId>".len())
        && let Some(len) = text[from..].find("</RequestId>")
    {
        response.body = Bytes::from([&text[..from], request_id, &text[from + len..]].concat());
    }
    response
}

/// Spoils an answer.
pub(crate) fn spoil(mut response: MockResponse, how: GarbageDef) -> MockResponse {
    match how {
        GarbageDef::Truncated => {
            // The headers promise what does not come.
            response.headers.insert(CONTENT_LENGTH, response.body.len().into());
            response.body.truncate(response.body.len() / 2);
        }
        GarbageDef::Malformed => response.body = Bytes::from_static(b"<html><body><h1>It works!</h1>"),
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_id_goes_into_the_body_too() {
        let t: Timestamp = "2026-03-12T02:47:00Z".parse().unwrap();
        let error = render(Wire::Query { namespace: "ns" }, &Refused::new("A", 400, "b < c & \"d\""));
        let answer = finish(error, "id-1", t);
        let body = std::str::from_utf8(&answer.body).unwrap();
        assert!(body.contains("<RequestId>id-1</RequestId>"), "{body}");
        assert!(body.contains("b &lt; c &amp; &quot;d&quot;"), "{body}");
        assert_eq!(answer.headers["x-amzn-requestid"], "id-1");
        assert_eq!(answer.headers[DATE], "Thu, 12 Mar 2026 02:47:00 GMT");
    }
}
