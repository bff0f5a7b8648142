//! `http`: one request to a service.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::port::{Cx, Leave, Probe, Sample};
use crate::action::with::With;
use crate::plan::{Failure, FailureKind};
use crate::runbook::spec::{ErrorSpec, FieldSpec, ParamSpec, ParamType, ProbeSpec, Requests, is_safe_method};
use crate::world::HttpRequest;

static SPEC: ProbeSpec = ProbeSpec {
    name: "http",
    summary: "Makes one HTTP request, on a new connection",
    details: "A new connection is opened for each sample, so that it sees names and networks as a new client does. A status of 500 \
              is an answer, not an error. The first MiB of the body is read as `json`; `body` is its first 16 KiB. Known secrets, \
              `Set-Cookie` and headers named like a secret read `[redacted]`.\n\n\
              GET, HEAD and OPTIONS only read. What any other method does is for the author to say: `reads: true` beside `probe` for a \
              request that only reads, such as a search; `writes: true` for a proof that makes a change. Without it nothing is sent. A proof \
              that writes has the header `Idempotency-Key` with a token of its own, unless `headers` has one.\n\n\
              A redirect to another host, port or scheme is followed without headers that hold secrets, and never from https to http. What is \
              no GET, HEAD or OPTIONS is not sent on to another host, and not turned into a GET: there the redirect is the answer.",
    errors: &[ErrorSpec {
        name: "unreachable",
        doc: "The name cannot be resolved, the connection is refused or reset, TLS fails, or the answer does not come within \
              `timeout`.",
    }],
    params: &[
        ParamSpec { name: "url", ty: ParamType::Url, required: true, default: "", doc: "The whole address, http or https." },
        ParamSpec {
            name: "method",
            ty: ParamType::Enum(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
            required: false,
            default: "GET",
            doc: "The method.",
        },
        ParamSpec { name: "headers", ty: ParamType::Map(&ParamType::String), required: false, default: "", doc: "Request headers." },
        ParamSpec {
            name: "body",
            ty: ParamType::Any,
            required: false,
            default: "",
            doc: "A text is sent as it is; anything else as JSON.",
        },
        ParamSpec {
            name: "timeout",
            ty: ParamType::Duration,
            required: false,
            default: "10s",
            doc: "The longest the whole may take, from the look-up to the last byte.",
        },
        ParamSpec {
            name: "redirects",
            ty: ParamType::Integer { min: 0, max: 20 },
            required: false,
            default: "0",
            doc: "How many redirects to follow; with none the redirect itself is the answer.",
        },
    ],
    rule: None,
    fields: &[
        FieldSpec { name: "status", ty: ParamType::Integer { min: 100, max: 599 }, doc: "The status." },
        FieldSpec { name: "latency", ty: ParamType::Number, doc: "Seconds until the last byte." },
        FieldSpec { name: "headers", ty: ParamType::Map(&ParamType::String), doc: "Response headers, names in lower case." },
        FieldSpec { name: "body", ty: ParamType::String, doc: "The first 16 KiB of the body as text." },
        FieldSpec { name: "json", ty: ParamType::Any, doc: "The body (its first MiB) as JSON; null when it is none." },
    ],
    permissions: &[],
    needs_target: false,
    requests: Requests::Author { method: "method" },
    rpo_field: None,
    pace: None,
    healthy: Some("status < 400 and status >= 200"),
    example: "{url: 'https://api.example.com/healthz', timeout: 3s}",
    expect: "status == 200 and latency < 1",
};

/// The header that says which request this is: <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>, with the
/// token as it is, as the services take it that had the header before the draft.
const TOKEN: &str = "Idempotency-Key";

/// How much of the body a sample keeps as text: readings are journalled with the decisions that they led to.
const KEPT: usize = 16 << 10;

/// See the file's text.
#[derive(Debug)]
pub(super) struct Http;

#[async_trait]
impl Probe for Http {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    async fn sample(&self, cx: &Cx, with: &Value) -> Result<Sample, Failure> {
        let with = With::new(SPEC.name, with);
        let method = with.text_opt("method")?.map_or_else(|| "GET".to_owned(), |method| method.to_ascii_uppercase());
        if cx.leave == Leave::Read && !is_safe_method(&method) {
            let message =
                format!("a {method} may change something, and the runbook does not say that this one only reads: it was not sent");
            return Err(Failure::new(FailureKind::Invalid, message, "write `reads: true` beside `probe` if it only reads"));
        }
        let mut headers = with.text_map("headers")?;
        if let Leave::Write { token } = &cx.leave
            && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(TOKEN))
        {
            headers.push((TOKEN.into(), token.clone()));
        }
        let body = match with.get("body") {
            None => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(value) => {
                if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                    headers.push(("content-type".into(), "application/json".into()));
                }
                Some(value.to_string())
            }
        };
        let request = HttpRequest {
            method,
            url: with.text("url")?,
            headers,
            body,
            timeout: with.duration_opt("timeout")?.unwrap_or(Duration::from_secs(10)).min(cx.timeout),
            redirects: with.integer_opt("redirects", 0..=20)?.and_then(|count| u8::try_from(count).ok()).unwrap_or(0),
            writes: matches!(cx.leave, Leave::Write { .. }),
            caller: cx.caller.clone(),
        };
        let response = cx.world.http().send(request).await?;
        let mut headers = Map::new();
        for (name, value) in response.headers {
            // Fields of the same name are one list.
            match headers.get_mut(&name) {
                Some(Value::String(text)) => {
                    text.push_str(", ");
                    text.push_str(&value);
                }
                _ => {
                    headers.insert(name, Value::String(value));
                }
            }
        }
        let latency = response.took.as_secs_f64();
        let json = serde_json::from_str::<Value>(&response.body).unwrap_or(Value::Null);
        let reason = http::StatusCode::from_u16(response.status).ok().and_then(|status| status.canonical_reason()).unwrap_or("");
        let shown = format!("{} {reason}", response.status).trim_end().to_owned();
        let redirect = response.not_followed.map(|why| format!("; not followed: {why}")).unwrap_or_default();
        Ok(Sample {
            shown: format!("{shown} in {}{redirect}", spoken(response.took)),
            number: Some(latency),
            fields: json!({
                "status": response.status,
                "latency": latency,
                "headers": headers,
                "body": beginning(&response.body),
                "json": json,
            }),
        })
    }
}

/// The first [`KEPT`] bytes, cut between two characters.
fn beginning(body: &str) -> &str {
    body.get(..body.floor_char_boundary(KEPT)).unwrap_or(body)
}

/// `84 ms`, `1.2 s`.
fn spoken(took: Duration) -> String {
    if took < Duration::from_secs(1) { format!("{} ms", took.as_millis()) } else { format!("{:.1} s", took.as_secs_f64()) }
}
