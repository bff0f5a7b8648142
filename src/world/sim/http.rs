//! HTTP requests to the world's services: the name is looked up first, then whatever stands at the address answers.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;

use super::audit::AuditEntry;
use super::dns::SYSTEM;
use super::estate::{Estate, Health};
use super::fault::{Place, Verdict};
use super::file::ServiceDef;
use super::ledger::Line;
use super::work::latest;
use super::world::Inner;
use crate::clock::Clock;
use crate::plan::{Failure, FailureKind, Happened};
use crate::world::{Http, HttpRequest, HttpResponse};

/// Services that miss all of their capacity take this much longer, and those that miss a part of it that part.
const SLOWNESS: Duration = Duration::from_millis(2_500);
/// A connection to an address where nobody listens is refused after this.
const REFUSAL: Duration = Duration::from_millis(2);

/// The world's HTTP.
#[derive(Debug)]
pub(crate) struct SimHttp {
    pub(crate) world: Arc<Inner>,
}

/// What comes of a request.
enum Outcome {
    Answer {
        status: u16,
        body: String,
    },
    /// Nothing comes until the client gives up.
    Silence(String),
    /// The connection cannot be made.
    Broken(String),
    /// The connection breaks once the request was sent.
    Reset(String),
}

/// What was decided about a request.
struct Decided {
    n: u64,
    struck: Vec<usize>,
    outcome: Outcome,
    takes: Duration,
    since: Timestamp,
    region: String,
    request_id: String,
}

#[async_trait]
impl Http for SimHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let at = Clock::now(self.world.clock());
        let target = Url::parse(&request.url)?;
        let Decided { n, struck, outcome, takes, since, region, request_id } =
            self.world.with_estate(|estate| decide(estate, &request, &target, at.wall));
        let takes = if matches!(outcome, Outcome::Silence(_)) { request.timeout } else { takes };
        // A body that comes too late is no answer either.
        let (outcome, takes) = if takes >= request.timeout && !matches!(outcome, Outcome::Silence(_)) {
            (Outcome::Silence(format!("{} did not answer in time", target.host)), request.timeout)
        } else {
            (outcome, takes)
        };
        let call = AuditEntry {
            at,
            took: takes,
            caller: request.caller.clone(),
            service: "http".into(),
            operation: request.method.clone(),
            region,
            resource: request.url.clone(),
            params: json!({ "timeout_ms": u64::try_from(request.timeout.as_millis()).unwrap_or(u64::MAX) }),
            outcome: match &outcome {
                Outcome::Answer { status, .. } if *status < 500 => Ok(()),
                Outcome::Answer { status, .. } => Err(status.to_string()),
                Outcome::Silence(_) => Err("Timeout".into()),
                Outcome::Broken(_) | Outcome::Reset(_) => Err("Unreachable".into()),
            },
            mutating: request.writes,
            answered: matches!(outcome, Outcome::Answer { .. }),
            request_id: request_id.clone(),
            settled_since: since,
        };
        self.world.note(Line { n, call, struck, reached: None });
        self.world.clock().sleep(takes).await;
        let effect = if request.writes { Happened::Unknown } else { Happened::No };
        match outcome {
            Outcome::Answer { status, body } => {
                let body = if request.method == "HEAD" { String::new() } else { body };
                let headers = [("content-type", "application/json".to_owned()), ("x-request-id", request_id)];
                let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
                Ok(HttpResponse { status, headers, body, took: takes, not_followed: None })
            }
            Outcome::Silence(reason) => {
                let message = format!("{reason}: gave up after {:.1} s", request.timeout.as_secs_f64());
                Err(failure(message, "the other side is down or overloaded: look at its region and its capacity", &request.url)
                    .effect(effect))
            }
            Outcome::Reset(reason) => Err(failure(reason, "look whether it was done", &request.url).effect(effect)),
            Outcome::Broken(reason) => Err(failure(reason, "check the address, and what should answer there", &request.url)),
        }
    }
}

fn failure(message: String, hint: &str, url: &str) -> Failure {
    Failure { resource: url.to_owned(), ..Failure::new(FailureKind::Unreachable, message, hint) }
}

/// The parts of an address that matter here.
struct Url {
    host: String,
    path: String,
}

impl Url {
    fn parse(url: &str) -> Result<Self, Failure> {
        let invalid = || {
            Failure::new(
                FailureKind::Invalid,
                format!("`{url}` is no http or https address"),
                "write it like `https://api.example.com/healthz`",
            )
        };
        let uri: http::Uri = url.parse().map_err(|_| invalid())?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(invalid());
        }
        let host = uri.host().ok_or_else(invalid)?.trim_matches(['[', ']']).to_owned();
        Ok(Self { host, path: uri.path().to_owned() })
    }
}

fn decide(estate: &mut Estate, request: &HttpRequest, url: &Url, t: Timestamp) -> Decided {
    let n = estate.next_call();
    let request_id = estate.dice.request_id(n);
    let decided = |outcome, takes, since| {
        let (struck, region, request_id) = (Vec::new(), String::new(), request_id.clone());
        Decided { n, struck, outcome, takes, since, region, request_id }
    };
    let (address, resolved_since) = match url.host.parse::<IpAddr>() {
        Ok(address) => (Some(address), estate.start),
        Err(_) => look_up(estate, &url.host, t),
    };
    let Some(address) = address else {
        return decided(Outcome::Broken(format!("the name {} does not resolve", url.host)), REFUSAL, resolved_since);
    };
    let Some(service) = estate.services.iter().find(|service| service.is_at(address)) else {
        let nobody = format!("connection refused: nothing answers at {address} in the simulated world");
        return decided(Outcome::Broken(nobody), REFUSAL, resolved_since);
    };
    let (health, health_since) = service.health(estate, t);
    let def = service.def.clone();
    let region = def.region.value.clone();
    let since = latest(estate.start, t, [resolved_since, health_since]);
    if health == Health::Gone {
        let silent = Outcome::Silence(format!("no answer from {address}"));
        return Decided { region, ..decided(silent, Duration::ZERO, since) };
    }
    let strike = estate.faults.strike(Place { service: "http", operation: &request.method, region: &region }, t, n);
    let roll = estate.dice.uniform(&format!("http/{}", def.name.value), n);
    let usual = estate.dice.draw(def.latency, &format!("http/{}/latency", def.name.value), n);
    let (outcome, takes) = answer(&def, &health, &url.path, roll, usual);
    let takes = takes + strike.latency;
    let outcome = match strike.verdict {
        None => outcome,
        Some(Verdict::Hang) => Outcome::Silence(format!("no answer from {address}")),
        Some(Verdict::Error { status, message, .. }) => Outcome::Answer { status, body: json!({ "message": message }).to_string() },
        Some(Verdict::Garbage(_)) => Outcome::Answer { status: 200, body: "<html><body><h1>It works!</h1>".into() },
        Some(_) => Outcome::Reset(format!("connection reset by {address}")),
    };
    Decided { region, struck: strike.by, ..decided(outcome, takes, since) }
}

fn look_up(estate: &mut Estate, host: &str, t: Timestamp) -> (Option<IpAddr>, Timestamp) {
    let mut since = estate.start;
    for kind in ["A", "AAAA"] {
        let found = estate.ask(SYSTEM, (host, kind), t);
        since = since.max(found.since);
        if let Some(address) = found.values.first().and_then(|value| value.parse().ok()) {
            return (Some(address), since);
        }
    }
    (None, since)
}

/// What the service says, and how long it takes.
fn answer(def: &ServiceDef, health: &Health, path: &str, roll: f64, usual: Duration) -> (Outcome, Duration) {
    let body = |status: u16, state: &str| Outcome::Answer {
        status,
        body: json!({ "status": state, "region": def.region.value, "service": def.name.value }).to_string(),
    };
    let Some(status) = def.paths.get(path) else {
        return (body(404, "not_found"), usual);
    };
    match health {
        Health::Healthy => (body(*status, "ok"), usual),
        Health::NoWriter => (body(503, "no_writable_database"), usual),
        Health::Gone | Health::Short(_) => {
            let part = if let Health::Short(part) = health { *part } else { 0.0 };
            let slow = usual + SLOWNESS.mul_f64(1.0 - part);
            // Whom it cannot serve it turns away: the part of the load for which it has no nodes.
            if roll >= part { (body(503, "overloaded"), slow) } else { (body(*status, "ok"), slow) }
        }
    }
}
