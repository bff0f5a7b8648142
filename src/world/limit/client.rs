//! An HTTP client for SDK clients whose requests wait for their turn, the SDK's own retries among them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame};

use super::Limits;
use crate::clock::{Clock, timeout};

/// See the file's text.
#[derive(Clone)]
pub struct LimitedClient {
    inner: SharedHttpClient,
    limits: Limits,
    clock: Arc<dyn Clock>,
    account: Arc<str>,
    caller: Arc<str>,
    attempt: Option<Duration>,
}

impl fmt::Debug for LimitedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimitedClient").field("caller", &self.caller).finish_non_exhaustive()
    }
}

impl LimitedClient {
    /// `inner`, for calls on behalf of `caller` in `account`. `attempt` bounds a request from its turn to the last byte of its answer:
    /// the SDK's own limit of an attempt would count the wait, too.
    pub fn new(
        inner: SharedHttpClient,
        limits: Limits,
        clock: Arc<dyn Clock>,
        account: &str,
        caller: &str,
        attempt: Option<Duration>,
    ) -> Self {
        Self { inner, limits, clock, account: account.into(), caller: caller.into(), attempt }
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    client: LimitedClient,
}

impl HttpClient for LimitedClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { inner: self.inner.http_connector(settings, components), client: self.clone() })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, client) = (self.inner.clone(), self.client.clone());
        HttpConnectorFuture::new(async move {
            let service = request.headers().get("authorization").and_then(signed_for).unwrap_or_default().to_owned();
            let turn = client.limits.turn(&client.clock, &client.account, &service, &client.caller).await;
            let answer = match client.attempt {
                None => inner.call(request).await,
                Some(limit) => {
                    let whole = async { whole(inner.call(request).await?).await };
                    let late = || ConnectorError::timeout(format!("no whole answer within {} s", limit.as_secs()).into());
                    timeout(client.clock.as_ref(), limit, whole).await.unwrap_or_else(|| Err(late()))
                }
            };
            drop(turn);
            answer
        })
    }
}

/// The service that a request is signed for: `… Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
fn signed_for(authorization: &str) -> Option<&str> {
    let scope = authorization.split_once("Credential=")?.1.split([',', ' ']).next()?;
    scope.strip_suffix("/aws4_request")?.rsplit('/').next()
}

/// The response with all of its body here. One that breaks off breaks off at the same place for whoever reads it.
async fn whole(mut response: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let mut body = std::mem::replace(response.body_mut(), SdkBody::taken());
    let mut bytes = BytesMut::new();
    let broken = loop {
        match body.frame().await {
            None => break None,
            Some(Ok(frame)) => bytes.extend(frame.into_data().ok()),
            Some(Err(error)) => break Some(error),
        }
    };
    *response.body_mut() = match broken {
        None => SdkBody::from(bytes.freeze()),
        Some(error) => SdkBody::from_body_1_x(BreaksOff { bytes: Some(bytes.freeze()), error: Some(error) }),
    };
    Ok(response)
}

/// A body that ends in an error.
struct BreaksOff {
    bytes: Option<Bytes>,
    error: Option<aws_smithy_types::body::Error>,
}

impl Body for BreaksOff {
    type Data = Bytes;
    type Error = aws_smithy_types::body::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let bytes = self.bytes.take().filter(|bytes| !bytes.is_empty()).map(|bytes| Ok(Frame::data(bytes)));
        std::task::Poll::Ready(bytes.or_else(|| self.error.take().map(Err)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_read_from_the_signature() {
        let of = |text| signed_for(text);
        assert_eq!(
            of("AWS4-HMAC-SHA256 Credential=AKIA1/20261127/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0"),
            Some("route53")
        );
        assert_eq!(of("AWS4-ECDSA-P256-SHA256 Credential=AKIA1/20261127/s3/aws4_request, SignedHeaders=host"), Some("s3"));
        assert_eq!(of("Bearer x"), None);
        assert_eq!(of("AWS4-HMAC-SHA256 Credential=AKIA1"), None);
    }
}
