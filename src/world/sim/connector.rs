//! What the SDK believes to be its HTTP client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

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
        let request = wire(&request, self);
        HttpConnectorFuture::new(async move {
            let request = request?;
            let answer = world.aws_call(request).await.map_err(|error| match &error {
                NoAnswer::ConnectTimeout(..) | NoAnswer::ReadTimeout(_) => ConnectorError::timeout(error.into()),
                NoAnswer::Reset | NoAnswer::NoSuchRegion(_) => ConnectorError::io(error.into()),
            })?;
            let mut response = http::Response::new(SdkBody::from(answer.body));
            *response.status_mut() = http::StatusCode::from_u16(answer.status).map_err(|error| ConnectorError::user(error.into()))?;
            *response.headers_mut() = answer.headers;
            HttpResponse::try_from(response).map_err(|error| ConnectorError::user(error.into()))
        })
    }
}

/// The SDK's request as it would be on the wire.
fn wire(request: &HttpRequest, connector: &Connector) -> Result<AwsRequest, ConnectorError> {
    // None of the simulated operations streams a body.
    let body = request.body().bytes().ok_or_else(|| ConnectorError::user("the simulated world takes no streamed bodies".into()))?;
    let mut headers = http::HeaderMap::new();
    for (name, value) in request.headers() {
        let name = http::HeaderName::from_bytes(name.as_bytes()).map_err(|error| ConnectorError::user(error.into()))?;
        headers.insert(name, http::HeaderValue::from_str(value).map_err(|error| ConnectorError::user(error.into()))?);
    }
    Ok(AwsRequest {
        method: request.method().to_owned(),
        uri: request.uri().to_owned(),
        headers,
        body: Bytes::copy_from_slice(body),
        caller: connector.client.caller.to_string(),
        connect_timeout: connector.connect_timeout,
        read_timeout: connector.read_timeout,
    })
}
