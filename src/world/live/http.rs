//! HTTP requests to services, each on a connection of its own: a probe must see the network as a new client does.

use std::error::Error;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url, header};

use self::redirect::{Next, To};
use super::LiveClock;
use crate::clock::{self, Clock};
use crate::plan::{Failure, FailureKind, Happened};
use crate::world::secrets::{MARK, SHORTEST, is_secret_name};
use crate::world::{HTTP_BODY_LIMIT, Http, HttpRequest, HttpResponse, Secrets};

/// See the file's text.
#[derive(Debug)]
pub(super) struct LiveHttp {
    clock: Arc<LiveClock>,
    secrets: Secrets,
    client: OnceLock<Client>,
}

impl LiveHttp {
    pub(super) fn new(clock: Arc<LiveClock>, secrets: Secrets) -> Self {
        Self { clock, secrets, client: OnceLock::new() }
    }

    fn client(&self) -> Result<Client, Failure> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        // Fails only when a provider is there already, which is as good.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            rustls::crypto::ring::default_provider().install_default().ok();
        }
        let client = Client::builder()
            .redirect(Policy::none()) // What is sent on to whom is decided here: see `redirect`.
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .user_agent(concat!("lifeboat/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                let hint = "check this machine's certificate store and proxy settings";
                Failure::new(FailureKind::Internal, format!("no HTTP client: {}", cause(&error)), hint)
            })?;
        Ok(self.client.get_or_init(|| client).clone())
    }

    async fn exchange(&self, request: &HttpRequest, url: Url) -> Result<HttpResponse, Failure> {
        let begun = self.clock.now();
        let mut next = Next { method: method(request)?, url, headers: headers(request)? };
        let mut followed = 0;
        let (mut response, not_followed) = loop {
            let mut builder = self.client()?.request(next.method.clone(), next.url.clone()).headers(next.headers.clone());
            if let Some(body) = &request.body {
                builder = builder.body(body.clone());
            }
            let response = builder.send().await.map_err(|error| failure(request, error))?;
            if request.redirects == 0 {
                break (response, None);
            }
            match redirect::to(&next, &response, &self.secrets)? {
                To::Answer => break (response, None),
                To::NotFollowed(why) => break (response, Some(why)),
                To::Follow(_) if followed == request.redirects => {
                    return Err(unreachable(format!("{}: more than {} redirects", place(&next.url), request.redirects)));
                }
                To::Follow(to) => next = to,
            }
            followed += 1;
        };
        let status = response.status().as_u16();
        let headers = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), self.header(name, value))).collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(request, error))? {
            let room = HTTP_BODY_LIMIT - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == HTTP_BODY_LIMIT {
                break;
            }
        }
        let whole = body.len() < HTTP_BODY_LIMIT;
        let body = String::from_utf8_lossy(&body);
        let body = if whole { self.secrets.hide(&body) } else { self.secrets.hide_cut(&body) }.into_owned();
        Ok(HttpResponse { status, headers, body, took: self.clock.now().since(begun), not_followed })
    }

    /// A response's header without secrets: those that are known, and those that the service issues.
    fn header(&self, name: &HeaderName, value: &HeaderValue) -> String {
        let issued = is_secret_name(name.as_str()) || name == header::SET_COOKIE;
        if issued && value.len() >= SHORTEST {
            return MARK.to_owned();
        }
        self.secrets.hide(&String::from_utf8_lossy(value.as_bytes())).into_owned()
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let url = Url::parse(&request.url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or_else(|| {
            Failure::new(FailureKind::Invalid, format!("`{}` is not an http or https address", request.url), "correct the probe's `url`")
        })?;
        let place = place(&url);
        let done = clock::timeout(self.clock.as_ref(), request.timeout, self.exchange(&request, url)).await;
        done.unwrap_or_else(|| {
            let message = format!("{place}: no whole answer within {} s", request.timeout.as_secs_f64());
            Err(unreachable(message).effect(if request.writes { Happened::Unknown } else { Happened::No }))
        })
    }
}

#[async_trait]
impl Http for LiveHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let answer = self.answer(request).await;
        answer.map_err(|failure| Failure { message: self.secrets.hide(&failure.message).into_owned(), ..failure })
    }
}

fn unreachable(message: String) -> Failure {
    Failure::new(FailureKind::Unreachable, message, "check that the service runs, and that its name, port and certificate are right")
}

fn method(request: &HttpRequest) -> Result<Method, Failure> {
    Method::from_bytes(request.method.as_bytes()).map_err(|_| {
        Failure::new(FailureKind::Invalid, format!("`{}` is not an HTTP method", request.method), "correct the probe's `method`")
    })
}

fn headers(request: &HttpRequest) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let parsed = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
        // The value may be a secret: only the name is told.
        let (name, value) = parsed.ok_or_else(|| {
            Failure::new(
                FailureKind::Invalid,
                format!("header `{name}` cannot be sent"),
                "names are ASCII words, values have no line break",
            )
        })?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// Host and port, without path and query: those may hold secrets.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn failure(request: &HttpRequest, error: reqwest::Error) -> Failure {
    let place = error.url().map(place).or_else(|| Url::parse(&request.url).ok().as_ref().map(place)).unwrap_or_default();
    let error = error.without_url();
    // What could not connect has sent nothing.
    let effect = if request.writes && !error.is_connect() && !error.is_builder() { Happened::Unknown } else { Happened::No };
    let what = if error.is_dns() { "name not resolved: " } else { "" };
    unreachable(format!("{place}: {what}{}", cause(&error))).effect(effect)
}

/// The innermost cause; the outer ones only say that something failed.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

mod redirect;
#[cfg(test)]
mod tests;
