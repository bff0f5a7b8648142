//! The world behind a local HTTP endpoint, for any AWS client.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use super::call::{AwsRequest, NoAnswer};
use super::world::SimWorld;

/// The largest request body: far above the 128 kB that Route 53 takes.
const BODY_LIMIT: usize = 1 << 20;

/// Why the world is not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is not on loopback.
    #[error("refusing to serve the simulated world on {0}: it takes every credential, so only loopback is allowed; use 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// The listener failed.
    #[error("the listener of the simulated world failed: {0}")]
    Listener(#[from] io::Error),
}

/// Serves the world until the future is dropped.
///
/// # Errors
/// The address is not on loopback, or the listener fails.
pub async fn serve(world: Arc<SimWorld>, listener: TcpListener) -> Result<Infallible, ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                let world = Arc::clone(&world);
                connections.spawn(async move {
                    let service = service_fn(move |request| answer(Arc::clone(&world), request));
                    // The date of an answer is the world's. A connection that ends in an error concerns its client only.
                    http1::Builder::new().timer(TokioTimer::new()).auto_date_header(false).serve_connection(TokioIo::new(stream), service).await
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One request. An error closes the connection without an answer.
async fn answer(world: Arc<SimWorld>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, NoAnswer> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Err(NoAnswer::Reset),
    };
    let caller = application(&parts.headers);
    let request = AwsRequest {
        method: parts.method.to_string(),
        uri: parts.uri.to_string(),
        headers: parts.headers,
        body,
        caller,
        connect_timeout: None,
        read_timeout: None,
    };
    let answer = world.handle(request).await?;
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = http::StatusCode::from_u16(answer.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = answer.headers;
    Ok(response)
}

/// The application that a client names in its user agent: `… app/NAME …`.
fn application(headers: &HeaderMap) -> String {
    let agents = [http::HeaderName::from_static("x-amz-user-agent"), http::header::USER_AGENT];
    agents
        .iter()
        .filter_map(|name| headers.get(name)?.to_str().ok())
        .find_map(|agent| agent.split(' ').find_map(|part| part.strip_prefix("app/")))
        .unwrap_or_default()
        .to_owned()
}
