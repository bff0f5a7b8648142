//! One AWS API call, from its arrival to its answer: the region, the faults, the latency, the effect, the audit.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;
use winterbaume_core::{MockRequest, MockResponse};

use super::audit::AuditEntry;
use super::aws::{self, Done, ForeignKey, Moment, Parsed, Refused, Scope, Wire};
use super::fault::{Place, Verdict};
use super::ledger::{Line, Reached, Request};
use super::world::Inner;
use crate::clock::{Clock, Stamp};

/// A request as it comes over the wire. Service and region are in its signature's scope.
#[derive(Debug, Clone)]
pub struct AwsRequest {
    /// `POST`.
    pub method: String,
    /// Absolute, or from the path on.
    pub uri: String,
    /// Among them the signature.
    pub headers: HeaderMap,
    /// All of it.
    pub body: Bytes,
    /// For the audit: `RUN/STEP` and the like.
    pub caller: String,
    /// How long the client waits for a connection; 3.1 s (the SDK's default) when it does not say.
    pub connect_timeout: Option<Duration>,
    /// How long the client waits for an answer, where it says so.
    pub read_timeout: Option<Duration>,
}

/// An answer as it goes over the wire.
#[derive(Debug, Clone)]
pub struct AwsResponse {
    /// The HTTP status.
    pub status: u16,
    /// With the request id.
    pub headers: HeaderMap,
    /// All of it.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// Nothing listens there any more: after so long the client gave up connecting to the service in the region.
    ConnectTimeout(Duration, String),
    /// The connection stands and nothing comes: after so long the client gave up, or the connection was closed.
    ReadTimeout(Duration),
    /// The other side closed the connection.
    Reset,
    /// The world has no such region.
    NoSuchRegion(String),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectTimeout(after, host) => write!(f, "connecting to {host} timed out after {:.1} s", after.as_secs_f64()),
            Self::ReadTimeout(after) => write!(f, "no answer within {:.1} s", after.as_secs_f64()),
            Self::Reset => f.write_str("connection reset by peer"),
            Self::NoSuchRegion(region) => {
                write!(f, "the simulated world has no region `{region}`: add it under `regions:` of the world file")
            }
        }
    }
}

impl std::error::Error for NoAnswer {}

/// What the SDK waits for a connection by default.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);
/// How long a connection on which nothing comes stays open when the client sets no limit. No real one stays for ever.
const HANG: Duration = Duration::from_secs(900);

/// What was decided when a call arrived.
struct Arrival {
    n: u64,
    latency: Duration,
    fate: Fate,
    struck: Vec<usize>,
}

enum Fate {
    Answered(Option<Verdict>),
    Refused(Refused),
    Unanswered(NoAnswer),
}

/// What the ledger says about a call besides its times and its outcome.
struct Record {
    n: u64,
    struck: Vec<usize>,
    /// Of a call that could change something.
    request: Option<Request>,
    at: Stamp,
    caller: String,
    scope: Scope,
    operation: String,
    resource: String,
    params: Value,
    mutating: bool,
    request_id: String,
}

impl Record {
    /// Of a call that never got to its service.
    fn turned_away(self, took: Duration, code: &str, answered: bool, settled_since: Timestamp) -> Line {
        self.line(None, took, Err(code.to_owned()), answered, settled_since)
    }

    fn line(
        self,
        reached: Option<Timestamp>,
        took: Duration,
        outcome: Result<(), String>,
        answered: bool,
        settled_since: Timestamp,
    ) -> Line {
        let reached = reached.map(|at| Reached { at, request: self.request });
        let call = AuditEntry {
            at: self.at,
            took,
            caller: self.caller,
            service: self.scope.service,
            operation: self.operation,
            region: self.scope.region,
            resource: self.resource,
            params: self.params,
            outcome,
            mutating: self.mutating,
            answered,
            request_id: self.request_id,
            settled_since,
        };
        Line { n: self.n, call, struck: self.struck, reached }
    }
}

impl Inner {
    /// Answers a request.
    pub(crate) async fn aws_call(&self, request: AwsRequest) -> Result<AwsResponse, NoAnswer> {
        let at = Clock::now(self.clock());
        let (connect, read) = (request.connect_timeout.unwrap_or(CONNECT_TIMEOUT), request.read_timeout.unwrap_or(HANG));
        let caller = request.caller;
        let mock = MockRequest { method: request.method, uri: request.uri, headers: request.headers, body: request.body };
        let Some(scope) = aws::scope(&mock) else {
            let refused = Refused::new("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
            let response = aws::render(Wire::Query { namespace: "" }, &refused);
            return Ok(answer(aws::finish(response, &self.dice().request_id(0), at.wall)));
        };
        let session = aws::session(&mock).map(|session| session.map(|caller| caller.arn));
        let Parsed { operation, resource, params, mutating, wire, effect } = aws::parse(&scope.service, &mock);
        let place = Place { service: &scope.service, operation: &operation, region: &scope.region };
        let Arrival { n, latency, fate, struck } = self.arrive(place, wire, at.wall, (connect, read), session.as_ref());

        let request_id = self.dice().request_id(n);
        let request = mutating.then(|| Request {
            method: mock.method,
            uri: mock.uri,
            // What is no UTF-8 was refused as it stands, or is read in just this way.
            body: String::from_utf8_lossy(&mock.body).into_owned(),
        });
        let record = Record {
            n,
            struck,
            request,
            at,
            caller,
            scope: scope.clone(),
            operation: operation.clone(),
            resource,
            params,
            mutating,
            request_id: request_id.clone(),
        };
        let verdict = match fate {
            Fate::Unanswered(reason) => {
                let wait = match &reason {
                    NoAnswer::ConnectTimeout(wait, _) | NoAnswer::ReadTimeout(wait) => *wait,
                    NoAnswer::Reset | NoAnswer::NoSuchRegion(_) => latency / 2,
                };
                let code = match &reason {
                    NoAnswer::ConnectTimeout(..) => "ConnectTimeout",
                    NoAnswer::ReadTimeout(_) => "Hang",
                    NoAnswer::Reset => "ConnectionReset",
                    NoAnswer::NoSuchRegion(_) => "NoSuchRegion",
                };
                let since = self.region_since(&scope.region, at.wall);
                self.note(record.turned_away(wait, code, false, since));
                self.clock().sleep(wait).await;
                return Err(reason);
            }
            Fate::Refused(refused) => {
                let since = self.region_since(&scope.region, at.wall);
                self.note(record.turned_away(latency, &refused.code, true, since));
                self.clock().sleep(latency).await;
                return Ok(answer(aws::finish(aws::render(wire, &refused), &request_id, self.clock().wall())));
            }
            Fate::Answered(verdict) => verdict,
        };

        // Half of the way there, the effect, half of the way back.
        self.clock().sleep(latency / 2).await;
        let t = self.clock().wall();
        let place = Place { service: &scope.service, operation: &operation, region: &scope.region };
        // Written down as soon as it has taken effect, before anything else can: whoever asked may be gone before the answer is.
        let response = self.with(|estate, ledger| {
            let (response, outcome, since) = match effect(estate, Moment { t, n, place }) {
                Ok(Done { response, since }) => (response, Ok(()), since),
                Err(refused) => (aws::render(wire, &refused), Err(refused.code.to_string()), estate.start),
            };
            ledger.note(record.line(Some(t), latency, outcome, verdict.is_none(), since.min(t)));
            response
        });
        self.clock().sleep(latency - latency / 2).await;
        let response = aws::finish(response, &request_id, self.clock().wall());
        match verdict {
            Some(Verdict::Reset { .. }) => Err(NoAnswer::Reset),
            Some(Verdict::Garbage(how)) => Ok(answer(aws::spoil(response, how))),
            _ => Ok(answer(response)),
        }
    }

    /// Decides what becomes of a call when it arrives. `session` is the ARN of the role that was assumed for it, if one was.
    fn arrive(
        &self,
        place: Place<'_>,
        wire: Wire,
        t: Timestamp,
        timeouts: (Duration, Duration),
        session: Option<&Result<String, ForeignKey>>,
    ) -> Arrival {
        let (connect, read) = timeouts;
        let usual = self.api_latency();
        self.with_estate(|estate| {
            let n = estate.next_call();
            let strike = estate.faults.strike(place, t, n);
            let latency = estate.dice.draw(usual, "latency", n) + strike.latency;
            let global = place.service == "route53";
            let fate = if !global && !estate.regions.has(place.region) {
                Fate::Unanswered(NoAnswer::NoSuchRegion(place.region.to_owned()))
            } else if !global && !estate.regions.is_up(place.region, t) {
                let host = format!("{}.{}.amazonaws.com", place.service, place.region);
                Fate::Unanswered(NoAnswer::ConnectTimeout(connect, host))
            } else if global && !estate.regions.is_up("us-east-1", t) {
                // Its name still resolves and its edge still answers; behind it nothing does.
                Fate::Refused(Refused::new("ServiceUnavailable", 503, "Service is currently unavailable. Please try again."))
            } else {
                match strike.verdict {
                    Some(Verdict::Hang) => Fate::Unanswered(NoAnswer::ReadTimeout(read)),
                    Some(Verdict::Reset { lost_answer: false }) => Fate::Unanswered(NoAnswer::Reset),
                    Some(Verdict::ExpiredCredentials) => Fate::Refused(Refused::expired(wire)),
                    Some(Verdict::AccessDenied) => {
                        let caller = session.and_then(|session| session.as_deref().ok()).unwrap_or(&estate.caller_arn);
                        Fate::Refused(Refused::access_denied(wire, caller, place.service, place.operation))
                    }
                    Some(Verdict::Throttled) => Fate::Refused(Refused::throttled(wire)),
                    Some(Verdict::Error { code, status, message }) => Fate::Refused(Refused::new(code, status, message)),
                    _ if matches!(session, Some(Err(ForeignKey))) => Fate::Refused(Refused::unknown_key(wire)),
                    _ if global && !estate.route53_takes(t) => Fate::Refused(Refused::throttled(wire)),
                    verdict => Fate::Answered(verdict),
                }
            };
            Arrival { n, latency, fate, struck: strike.by }
        })
    }

    /// When the region last went down or came back.
    fn region_since(&self, region: &str, t: Timestamp) -> Timestamp {
        self.with_estate(|estate| super::work::latest(estate.start, t, estate.regions.changes(region)))
    }
}

fn answer(response: MockResponse) -> AwsResponse {
    let MockResponse { status, headers, body } = response;
    AwsResponse { status, headers, body }
}
