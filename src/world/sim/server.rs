//! The world behind a local HTTP endpoint, for any AWS client.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
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
/// How long a connection may be idle, or take over the head of a request. AWS closes idle connections after 20 s or so, too.
const IDLE: Duration = Duration::from_secs(20);
/// How long the body of a request may take.
const BODY_TIME: Duration = Duration::from_secs(20);
/// After an accept that failed: as a rule descriptors have run out, and connections that end give some back.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

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

/// Serves the world until the future is dropped. A connection that cannot be accepted is waited out, never the end of the world.
///
/// # Errors
/// The address is not on loopback, or the listener has none.
pub async fn serve(world: Arc<SimWorld>, listener: TcpListener) -> Result<Infallible, ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                    continue;
                };
                let world = Arc::clone(&world);
                connections.spawn(async move {
                    let service = service_fn(move |request| answer(Arc::clone(&world), request));
                    // The date of an answer is the world's. A connection that ends in an error concerns its client only.
                    let mut builder = http1::Builder::new();
                    let builder = builder.timer(TokioTimer::new()).header_read_timeout(IDLE).auto_date_header(false);
                    builder.serve_connection(TokioIo::new(stream), service).await
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One request. An error closes the connection without an answer.
async fn answer(world: Arc<SimWorld>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, NoAnswer> {
    let (parts, body) = request.into_parts();
    if let Err(why) = from_here(&parts.headers) {
        return Ok(turned_away(why));
    }
    let body = match tokio::time::timeout(BODY_TIME, Limited::new(body, BODY_LIMIT).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) | Err(_) => return Err(NoAnswer::Reset),
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
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = answer.headers;
    Ok(response)
}

/// Whether a request comes from a program on this machine that means this machine. A page in a browser can send requests here too: under
/// a name of its own that it makes lead here (DNS rebinding), or across origins, which the browser says.
fn from_here(headers: &HeaderMap) -> Result<(), String> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(host) = text("host").filter(|host| !is_loopback(host)) {
        return Err(format!(
            "the Host of this request is {host:?}; a simulated world answers requests to localhost, 127.0.0.1 or [::1] only"
        ));
    }
    let page = text("origin").filter(|origin| !is_loopback(origin.split_once("://").map_or(*origin, |(_, host)| host)));
    if let Some(origin) = page {
        return Err(format!("this request comes from the page {origin:?}; a simulated world does not answer web pages"));
    }
    match text("sec-fetch-site") {
        Some(site @ ("cross-site" | "same-site")) => {
            Err(format!("this request comes from a page of another site ({site}); a simulated world does not answer web pages"))
        }
        _ => Ok(()),
    }
}

/// Whether `host`, with or without a port, is this machine under a name that nobody else can give away.
/// Source for `localhost`: RFC 6761, section 6.3.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn turned_away(why: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(format!("{why}\n"))));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/plain; charset=utf-8"));
    response
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_meant() {
        for host in ["localhost", "localhost:4599", "LOCALHOST.:1", "127.0.0.1:80", "127.8.9.1", "[::1]:4599", "rds.localhost:4599"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["attacker.example", "192.0.2.1:80", "localhost.example", "127.0.0.1.example:80", "[2001:db8::1]", "", "x"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_page_of_another_site_is_turned_away() {
        let asked = |pairs: &[(&'static str, &str)]| {
            let headers = pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect();
            from_here(&headers)
        };
        asked(&[]).unwrap();
        asked(&[("host", "127.0.0.1:4599"), ("sec-fetch-site", "none")]).unwrap();
        asked(&[("host", "localhost"), ("origin", "http://localhost:3000")]).unwrap();
        assert!(asked(&[("host", "attacker.example")]).unwrap_err().contains("attacker.example"));
        assert!(asked(&[("host", "localhost"), ("origin", "https://evil.example")]).unwrap_err().contains("evil.example"));
        assert!(asked(&[("host", "localhost"), ("origin", "null")]).is_err());
        assert!(asked(&[("host", "localhost"), ("sec-fetch-site", "cross-site")]).unwrap_err().contains("cross-site"));
    }
}
