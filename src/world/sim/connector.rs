//! What the SDK believes to be its HTTP client.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;
use hyper::body::Frame;

use super::call::{AwsRequest, NoAnswer};
use super::world::Inner;

/// An HTTP client for SDK clients that leads into a world, for one caller.
#[derive(Clone)]
pub struct SimHttpClient {
    pub(crate) world: Arc<Inner>,
    pub(crate) caller: Arc<str>,
}

impl fmt::Debug for SimHttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimHttpClient").field("caller", &self.caller).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Connector {
    client: SimHttpClient,
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
}

impl HttpClient for SimHttpClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            client: self.clone(),
            connect_timeout: settings.connect_timeout(),
            read_timeout: settings.read_timeout(),
        })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let world = Arc::clone(&self.client.world);
        let (caller, connect_timeout, read_timeout) = (self.client.caller.to_string(), self.connect_timeout, self.read_timeout);
        HttpConnectorFuture::new(async move {
            let request = AwsRequest { caller, connect_timeout, read_timeout, ..wire(request).await? };
            let answer = world.aws_call(request).await.map_err(|error| match &error {
                NoAnswer::ConnectTimeout(..) | NoAnswer::ReadTimeout(_) => ConnectorError::timeout(error.into()),
                NoAnswer::Reset | NoAnswer::NoSuchRegion(_) => ConnectorError::io(error.into()),
            })?;
            let promised: Option<usize> =
                answer.headers.get(http::header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
            let body = match promised {
                Some(length) if length > answer.body.len() => SdkBody::from_body_1_x(CutShort(Some(answer.body))),
                _ => SdkBody::from(answer.body),
            };
            let mut response = http::Response::new(body);
            *response.status_mut() = http::StatusCode::from_u16(answer.status).map_err(|error| ConnectorError::user(error.into()))?;
            *response.headers_mut() = answer.headers;
            HttpResponse::try_from(response).map_err(|error| ConnectorError::user(error.into()))
        })
    }
}

/// The SDK's request as it would be on the wire. The body is read to its end, as sending it would: the SDK watches that.
async fn wire(mut request: HttpRequest) -> Result<AwsRequest, ConnectorError> {
    let user = |error: BoxError| ConnectorError::user(error);
    let mut headers = http::HeaderMap::new();
    for (name, value) in request.headers() {
        let name = http::HeaderName::from_bytes(name.as_bytes()).map_err(|error| user(error.into()))?;
        headers.insert(name, http::HeaderValue::from_str(value).map_err(|error| user(error.into()))?);
    }
    let (method, uri) = (request.method().to_owned(), request.uri().to_owned());
    let body = ByteStream::new(request.take_body()).collect().await.map_err(|error| user(error.into()))?.into_bytes();
    Ok(AwsRequest { method, uri, headers, body, caller: String::new(), connect_timeout: None, read_timeout: None })
}

/// A body that ends before its time.
struct CutShort(Option<Bytes>);

impl hyper::body::Body for CutShort {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(part) => Ok(Frame::data(part)),
            None => Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the connection was closed before the body was complete")),
        }))
    }
}
