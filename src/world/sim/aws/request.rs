//! Reading a request: which service, region and operation, and what is to be done.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use winterbaume_core::MockRequest;

use super::reply::{Done, Refused, Wire};
use super::{cloudwatch, eks, rds, route53, sts};
use crate::world::sim::estate::Estate;
use crate::world::sim::fault::Place;

/// What a signature says about its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) region: String,
    pub(crate) service: String,
}

/// The credential scope of a SigV4 signature: `Credential=AKID/20260312/us-east-1/rds/aws4_request`, in a header or, of a presigned
/// request, in the query. The signature itself is not verified: whoever can reach the world may use it.
pub(crate) fn scope(request: &MockRequest) -> Option<Scope> {
    let credential = credential(request)?;
    let mut parts = credential.trim().rsplit('/');
    let (terminator, service, region) = (parts.next()?, parts.next()?, parts.next()?);
    (terminator == "aws4_request" && !region.is_empty()).then(|| Scope { region: region.to_owned(), service: service.to_owned() })
}

fn credential(request: &MockRequest) -> Option<String> {
    match request.headers.get(http::header::AUTHORIZATION) {
        Some(header) => header.to_str().ok()?.split("Credential=").nth(1)?.split(',').next().map(str::to_owned),
        None => path_and_query(request).1.remove("X-Amz-Credential"),
    }
}

/// The access key that signed a request, and the session token that came with it.
pub(super) fn signed(request: &MockRequest) -> Option<(String, Option<String>)> {
    let key = credential(request)?.trim().split('/').next()?.to_owned();
    let token = request.headers.get("x-amz-security-token").and_then(|token| token.to_str().ok()).map(str::to_owned);
    Some((key, token.or_else(|| path_and_query(request).1.remove("X-Amz-Security-Token"))))
}

/// When and where a request takes effect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub(crate) t: Timestamp,
    /// The number of the call.
    pub(crate) n: u64,
    pub(crate) place: Place<'a>,
}

/// What a request does when its time has come.
pub(crate) type Effect = Box<dyn FnOnce(&mut Estate, Moment<'_>) -> Result<Done, Refused> + Send>;

/// A request that was understood, or refused as it stands.
pub(crate) struct Parsed {
    pub(crate) operation: String,
    pub(crate) resource: String,
    pub(crate) params: Value,
    pub(crate) mutating: bool,
    pub(crate) wire: Wire,
    pub(crate) effect: Effect,
}

impl Parsed {
    /// A read.
    pub(crate) fn read(
        operation: &str,
        wire: Wire,
        resource: impl Into<String>,
        input: &impl Serialize,
        effect: impl FnOnce(&mut Estate, Moment<'_>) -> Result<Done, Refused> + Send + 'static,
    ) -> Self {
        // Generated inputs always serialise; if one did not, the call would still be on record without its parameters.
        let params = serde_json::to_value(input).unwrap_or(Value::Null);
        Self { operation: operation.into(), resource: resource.into(), params, mutating: false, wire, effect: Box::new(effect) }
    }

    /// The same, changing something.
    pub(crate) fn mutating(mut self) -> Self {
        self.mutating = true;
        self
    }

    /// A request that the service refuses as it stands.
    pub(crate) fn refused(operation: impl Into<String>, wire: Wire, refused: Refused) -> Self {
        let effect: Effect = Box::new(move |_, _| Err(refused));
        Self { operation: operation.into(), resource: String::new(), params: Value::Null, mutating: false, wire, effect }
    }
}

/// Understands a request to `service`.
pub(crate) fn parse(service: &str, request: &MockRequest) -> Parsed {
    match service {
        "rds" => rds::parse(request),
        "eks" => eks::parse(request),
        "route53" => route53::parse(request),
        "monitoring" => cloudwatch::parse(request),
        "sts" => sts::parse(request),
        other => {
            let message = format!(
                "The simulated world does not simulate the service `{other}`; it has rds, eks, route53, monitoring (CloudWatch) and sts."
            );
            Parsed::refused("?", Wire::Query { namespace: "" }, Refused::new("UnknownService", 400, message))
        }
    }
}

/// The fields of a query request: of its address, which is all that a GET has, and of its body.
pub(crate) fn form(request: &MockRequest) -> HashMap<String, String> {
    let (_, mut fields) = path_and_query(request);
    fields.extend(winterbaume_core::parse_query_string(&String::from_utf8_lossy(&request.body)));
    fields
}

/// The path's segments, decoded, and the query's fields.
pub(crate) fn path_and_query(request: &MockRequest) -> (Vec<String>, HashMap<String, String>) {
    let uri = request.uri.as_str();
    // From an absolute address take what follows the authority.
    let target = uri.split_once("://").map_or(uri, |(_, rest)| rest.find('/').map_or("/", |slash| &rest[slash..]));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let segments = path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect();
    (segments, winterbaume_core::parse_query_string(query))
}

/// Undoes percent-encoding.
fn decode(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = (*byte == b'%').then(|| segment.get(at + 1..at + 3)).flatten().and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(hex.unwrap_or(*byte));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    #[test]
    fn the_signature_names_service_and_region() {
        let mut request = MockRequest { method: "POST".into(), uri: "/".into(), headers: HeaderMap::new(), body: "".into() };
        assert_eq!(scope(&request), None);
        let value = "AWS4-HMAC-SHA256 Credential=AKID/20260312/eu-west-1/rds/aws4_request, SignedHeaders=host, Signature=00";
        request.headers.insert(http::header::AUTHORIZATION, value.parse().unwrap());
        assert_eq!(scope(&request), Some(Scope { region: "eu-west-1".into(), service: "rds".into() }));
        assert_eq!(signed(&request), Some(("AKID".into(), None)));
        request.headers.insert(http::header::AUTHORIZATION, "Bearer x".parse().unwrap());
        assert_eq!(scope(&request), None);
    }

    #[test]
    fn a_presigned_request_has_it_all_in_its_address() {
        let query = "Action=GetCallerIdentity&X-Amz-Credential=AKID%2F20260312%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Security-Token=a%2Bb";
        let request = MockRequest { method: "GET".into(), uri: format!("/?{query}"), headers: HeaderMap::new(), body: "".into() };
        assert_eq!(scope(&request), Some(Scope { region: "eu-west-1".into(), service: "sts".into() }));
        assert_eq!(signed(&request), Some(("AKID".into(), Some("a+b".into()))));
        assert_eq!(form(&request)["Action"], "GetCallerIdentity");
    }

    #[test]
    fn paths_are_decoded() {
        let request = |uri: &str| MockRequest { method: "GET".into(), uri: uri.into(), headers: HeaderMap::new(), body: "".into() };
        let (path, query) = path_and_query(&request("https://eks.us-east-1.amazonaws.com/clusters/a%2Fb%C3%A4/x%zz?n=1&m=a%20b"));
        assert_eq!(path, ["clusters", "a/bä", "x%zz"]);
        assert_eq!(query.get("m").map(String::as_str), Some("a b"));
        assert_eq!(path_and_query(&request("/a/b")).0, ["a", "b"]);
    }
}
