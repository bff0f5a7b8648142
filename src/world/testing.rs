//! What the tests of this room and the ones below stand on: a clock that only moves when slept on, and a world whose AWS answers are canned.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest as SdkRequest, HttpResponse as SdkResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use aws_types::region::Region;
use jiff::Timestamp;
use serde_json::Value;

use crate::clock::{Clock, Stamp};
use crate::plan::{Failure, FailureKind, Target};
use crate::world::{
    Dns, DnsAnswer, DnsQuery, Http, HttpRequest, HttpResponse, LineSink, Process, ProcessExit, ProcessRequest, Secrets, World,
};

/// When the canned world's clock begins: 2026-03-12T02:47:00Z.
pub(crate) const START: i64 = 1_773_283_620;

/// A clock that moves only by sleeping.
#[derive(Debug, Default)]
pub(crate) struct StoppedClock(AtomicU64);

#[async_trait]
impl Clock for StoppedClock {
    fn now(&self) -> Stamp {
        let mono_ms = self.0.load(Ordering::SeqCst);
        let wall = Timestamp::from_second(START).unwrap() + Duration::from_millis(mono_ms);
        Stamp { wall, mono_ms }
    }

    async fn sleep(&self, duration: Duration) {
        self.0.fetch_add(u64::try_from(duration.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

/// Sleeps of the SDK's own retries take no time.
#[derive(Debug, Clone)]
struct NoSleep;

impl AsyncSleep for NoSleep {
    fn sleep(&self, duration: Duration) -> Sleep {
        // A timeout raced against an answer must lose, a backoff must end: only the SDK's timeouts are a second and more here.
        if duration > Duration::from_secs(25) { Sleep::new(std::future::pending()) } else { Sleep::new(std::future::ready(())) }
    }
}

/// One canned answer.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// A response: status and body.
    Wire(u16, Vec<u8>),
    /// A response without anything that a service puts into its headers: status, content type (none when empty) and body.
    Bare(u16, &'static str, Vec<u8>),
    /// The connection was refused.
    Refused,
    /// The connection broke after the request was sent.
    Reset,
    /// There is never an answer.
    Hang,
}

impl Answer {
    /// An answer of a REST-JSON service; its error code is a member of the body.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::Wire(status, body.to_string().into_bytes())
    }

    /// An answer of a query or REST-XML service.
    pub(crate) fn xml(status: u16, body: impl AsRef<str>) -> Self {
        Self::Wire(status, body.as_ref().as_bytes().to_vec())
    }

    /// A refusal by CloudWatch.
    pub(crate) fn cloudwatch_error(status: u16, code: &str) -> Self {
        let text = |text: &str| [&[0x78, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let body = [vec![0xa2], text("__type"), text(&format!("com.amazonaws.cloudwatch#{code}")), text("message"), text("no")].concat();
        Self::Wire(status, body)
    }

    /// An answer of CloudWatch: datapoints as seconds before [`START`] and value.
    pub(crate) fn datapoints(points: &[(i64, f64)]) -> Self {
        let text = |text: &str| [&[0x60 + u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let float = |number: f64| [&[0xfb], number.to_be_bytes().as_slice()].concat();
        let mut body = [&[0xa1], text("Datapoints").as_slice(), &[0x80 + u8::try_from(points.len()).unwrap()]].concat();
        for (age, value) in points {
            #[expect(clippy::cast_precision_loss, reason = "seconds of our century")]
            let at = (START - age) as f64;
            // A map of three: one value stands for every statistic a test asks for.
            let stamp = [vec![0xa3], text("Timestamp"), vec![0xc1], float(at)].concat();
            body.extend([stamp, text("Average"), float(*value), text("Maximum"), float(*value)].concat());
        }
        Self::Wire(200, body)
    }
}

/// What was asked: `POST https://rds.…/`, and the body as text.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) body: String,
}

/// What a program prints and how it ends.
type Played = Result<(Vec<&'static str>, ProcessExit), Failure>;

/// A world with canned answers, given in order.
#[derive(Debug, Default)]
pub(crate) struct Canned {
    clock: Arc<StoppedClock>,
    script: Arc<Script>,
    dns: Mutex<Option<Result<DnsAnswer, Failure>>>,
    process: Mutex<Option<Played>>,
    http: Mutex<Option<HttpResponse>>,
    no_credentials: bool,
    secrets: Secrets,
    rejected: AtomicU64,
}

#[derive(Debug, Default)]
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Asked>>,
}

impl Canned {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        let world = Self::default();
        world.script.answers.lock().unwrap().extend(answers);
        Arc::new(world)
    }

    pub(crate) fn without_credentials() -> Arc<Self> {
        Arc::new(Self { no_credentials: true, ..Self::default() })
    }

    pub(crate) fn more(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script.answers.lock().unwrap().extend(answers);
    }

    pub(crate) fn dns_says(&self, answer: Result<DnsAnswer, Failure>) {
        *self.dns.lock().unwrap() = Some(answer);
    }

    pub(crate) fn http_says(&self, response: HttpResponse) {
        *self.http.lock().unwrap() = Some(response);
    }

    pub(crate) fn program_does(&self, what: Played) {
        *self.process.lock().unwrap() = Some(what);
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().unwrap().clone()
    }

    /// How often a service was said to take the credentials no longer.
    pub(crate) fn rejections(&self) -> u64 {
        self.rejected.load(Ordering::SeqCst)
    }

    pub(crate) fn unused(&self) -> usize {
        self.script.answers.lock().unwrap().len()
    }
}

/// The target of the tests.
pub(crate) fn target() -> Target {
    Target {
        id: "dr".into(),
        region: "us-east-1".into(),
        account: Some("123456789012".into()),
        profile: Some("dr-operator".into()),
        role: None,
        external_id: None,
    }
}

#[async_trait]
impl World for Canned {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    async fn aws(&self, target: &Target, _caller: &str) -> Result<SdkConfig, Failure> {
        let mut config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(Region::new(target.region.clone()))
            .sleep_impl(NoSleep)
            .http_client(SharedHttpClient::new(CannedClient(self.script.clone())))
            .retry_config(aws_smithy_types::retry::RetryConfig::standard().with_max_attempts(2));
        if self.no_credentials {
            config.set_credentials_provider(Some(SharedCredentialsProvider::new(NoCredentials)));
        } else {
            config.set_credentials_provider(Some(SharedCredentialsProvider::new(Credentials::new("a", "b", None, None, "test"))));
        }
        Ok(config.build())
    }

    fn http(&self) -> Arc<dyn Http> {
        Arc::new(CannedHttp(self.http.lock().unwrap().clone(), self.script.clone()))
    }

    fn dns(&self) -> Arc<dyn Dns> {
        Arc::new(CannedDns(self.dns.lock().unwrap().clone(), self.script.clone()))
    }

    fn rejected(&self, _target: &Target) {
        self.rejected.fetch_add(1, Ordering::SeqCst);
    }

    fn secrets(&self) -> Secrets {
        self.secrets.clone()
    }

    fn process(&self) -> Arc<dyn Process> {
        Arc::new(CannedProcess(self.process.lock().unwrap().clone()))
    }
}

#[derive(Debug)]
struct NoCredentials;

impl aws_credential_types::provider::ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let error = aws_credential_types::provider::error::CredentialsError::not_loaded("no providers in chain provided credentials");
        aws_credential_types::provider::future::ProvideCredentials::ready(Err(error))
    }
}

#[derive(Debug, Clone)]
struct CannedClient(Arc<Script>);

impl HttpClient for CannedClient {
    fn http_connector(&self, _settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for CannedClient {
    fn call(&self, request: SdkRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
        self.0.asked.lock().unwrap().push(Asked { line: format!("{} {}", request.method(), request.uri()), body });
        let answer = self.0.answers.lock().unwrap().pop_front();
        if matches!(answer, Some(Answer::Hang)) {
            return HttpConnectorFuture::new(std::future::pending());
        }
        HttpConnectorFuture::ready(match answer {
            Some(Answer::Hang) => unreachable!("returned above"),
            Some(Answer::Wire(status, body)) => {
                let status = status.try_into().unwrap();
                let mut response = SdkResponse::new(status, SdkBody::from(body));
                response.headers_mut().insert("x-amzn-requestid", "req-1");
                response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
                Ok(response)
            }
            Some(Answer::Bare(status, kind, body)) => {
                let mut response = SdkResponse::new(status.try_into().unwrap(), SdkBody::from(body));
                if !kind.is_empty() {
                    response.headers_mut().insert("content-type", kind);
                }
                Ok(response)
            }
            Some(Answer::Refused) => Err(ConnectorError::io(Box::new(std::io::Error::from(std::io::ErrorKind::ConnectionRefused)))),
            Some(Answer::Reset) => Err(ConnectorError::io(Box::new(std::io::Error::from(std::io::ErrorKind::ConnectionReset)))),
            None => panic!("a call that was not expected: {} {}", request.method(), request.uri()),
        })
    }
}

#[derive(Debug)]
struct CannedHttp(Option<HttpResponse>, Arc<Script>);

#[async_trait]
impl Http for CannedHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let line = format!("{} {} {:?} {} {}", request.method, request.url, request.headers, request.timeout.as_secs(), request.redirects);
        self.1.asked.lock().unwrap().push(Asked { line, body: request.body.unwrap_or_default() });
        self.0.clone().ok_or_else(|| Failure::new(FailureKind::Unreachable, "nobody there", ""))
    }
}

#[derive(Debug)]
struct CannedDns(Option<Result<DnsAnswer, Failure>>, Arc<Script>);

#[async_trait]
impl Dns for CannedDns {
    async fn query(&self, query: DnsQuery) -> Result<DnsAnswer, Failure> {
        self.1.asked.lock().unwrap().push(Asked { line: format!("{} {} {:?}", query.name, query.kind, query.via), body: String::new() });
        self.0.clone().expect("a DNS query that was not expected")
    }
}

#[derive(Debug)]
struct CannedProcess(Option<Played>);

#[async_trait]
impl Process for CannedProcess {
    async fn run(&self, _request: ProcessRequest, lines: LineSink) -> Result<ProcessExit, Failure> {
        let (said, exit) = self.0.clone().expect("a program that was not expected")?;
        for line in said {
            lines(line);
        }
        Ok(exit)
    }
}
