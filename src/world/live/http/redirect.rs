//! Where a redirect leads, and what goes along: nothing secret to another origin, nothing over a connection that others can read, and
//! nothing that was asked to be done turned into something else.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode, Url, header};

use super::{place, unreachable};
use crate::plan::{Failure, is_safe_method};
use crate::world::Secrets;
use crate::world::secrets::is_secret_name;

/// A request to be made.
pub(super) struct Next {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
}

/// What follows an answer.
pub(super) enum To {
    /// It is no redirect.
    Answer,
    /// It is one that is not followed: why.
    NotFollowed(String),
    /// The next request.
    Follow(Next),
}

/// What follows the answer to a request.
///
/// # Errors
/// It leads where nothing may be sent.
pub(super) fn to(sent: &Next, response: &Response, secrets: &Secrets) -> Result<To, Failure> {
    let status = response.status();
    let turns_into_get = matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER);
    if !turns_into_get && !matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
        return Ok(To::Answer);
    }
    let Some(location) = response.headers().get(header::LOCATION) else { return Ok(To::Answer) };
    let from = place(&sent.url);
    let url = std::str::from_utf8(location.as_bytes()).ok().and_then(|text| sent.url.join(text).ok());
    let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) else {
        return Err(unreachable(format!("{from} redirects to what is no http or https address")));
    };
    let to = place(&url);
    if sent.url.scheme() == "https" && url.scheme() == "http" {
        let message =
            format!("{from} redirects from https to http, to {to}: not followed, for everybody on the way could read and change it");
        return Err(Failure { hint: "correct the service, or the probe's `url`".into(), ..unreachable(message) });
    }
    let same = sent.url.origin() == url.origin();
    if !is_safe_method(sent.method.as_str()) {
        if turns_into_get {
            return Ok(To::NotFollowed(format!("a {} is not turned into a GET, of {to}", sent.method)));
        }
        if !same {
            return Ok(To::NotFollowed(format!("a {} is not sent on to another place, {to}", sent.method)));
        }
    }
    let mut headers = sent.headers.clone();
    headers.remove(header::REFERER);
    if !same {
        headers = headers
            .iter()
            .filter(|(name, value)| !is_secret(name, value, secrets))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
    }
    Ok(To::Follow(Next { method: sent.method.clone(), url, headers }))
}

/// Whether a header is for the place that it was written for, and no other.
fn is_secret(name: &HeaderName, value: &HeaderValue, secrets: &Secrets) -> bool {
    let known = [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE, header::HOST];
    let text = String::from_utf8_lossy(value.as_bytes());
    known.contains(name) || is_secret_name(name.as_str()) || secrets.stand_in(&text)
}
