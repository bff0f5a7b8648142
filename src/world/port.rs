//! The ports: everything lifeboat can touch outside itself. Actions and probes know these and not what is behind them.

use std::fmt::Debug;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_types::SdkConfig;

use super::Secrets;
use super::limit::Limits;
use crate::clock::Clock;
use crate::plan::{Failure, Target};

/// A world: the live one, or a simulated one.
#[async_trait]
pub trait World: Send + Sync + Debug {
    /// Its time.
    fn clock(&self) -> Arc<dyn Clock>;

    /// SDK configuration for a target: region, credentials, HTTP client, clock. `caller` (`RUN/STEP`, or `RUN/CHECK`) goes into
    /// the user agent, so that CloudTrail and a drill's audit tell which step made a call.
    ///
    /// In the live world the credentials in it are those, and no others, that STS has vouched for as being of the account that the run was
    /// begun with: whoever signs with them acts there. They are good for one piece of work, not to be kept.
    ///
    /// # Errors
    /// A profile that is not there, no credentials, credentials of another account than before; nothing has been sent to any service then
    /// but STS.
    async fn aws(&self, target: &Target, caller: &str) -> Result<SdkConfig, Failure>;

    /// A service no longer takes a target's credentials: the next [`World::aws`] reads them anew from where they come from.
    fn rejected(&self, _target: &Target) {}

    /// HTTP requests to services.
    fn http(&self) -> Arc<dyn Http>;

    /// DNS look-ups.
    fn dns(&self) -> Arc<dyn Dns>;

    /// Programs.
    fn process(&self) -> Arc<dyn Process>;

    /// What its AWS calls wait for, where a service takes only so many a second.
    fn limits(&self) -> Limits {
        Limits::default()
    }

    /// What must be hidden in every text that comes from it, and in what people type.
    fn secrets(&self) -> Secrets {
        Secrets::default()
    }
}

/// One HTTP request.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// `GET`, `HEAD`, `POST` …
    pub method: String,
    /// The whole address.
    pub url: String,
    /// In order.
    pub headers: Vec<(String, String)>,
    /// Sent as it is.
    pub body: Option<String>,
    /// From the look-up to the last byte of the body.
    pub timeout: Duration,
    /// How many redirects to follow.
    pub redirects: u8,
    /// It changes something: when its answer is lost, nobody knows whether it did.
    pub writes: bool,
    /// Who asks: see [`World::aws`].
    pub caller: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// `200`.
    pub status: u16,
    /// In order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// At most [`HTTP_BODY_LIMIT`] bytes of it, as text (invalid UTF-8 replaced).
    pub body: String,
    /// Until the last byte.
    pub took: Duration,
    /// Why the redirect that came back was not followed, though redirects were to be.
    pub not_followed: Option<String>,
}

/// How much of a response body is read.
pub const HTTP_BODY_LIMIT: usize = 1 << 20;

/// HTTP requests to services.
#[async_trait]
pub trait Http: Send + Sync + Debug {
    /// Makes the request.
    ///
    /// # Errors
    /// No answer: name not found, refused, reset, TLS, timeout. A status of 500 is an answer.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure>;
}

/// One DNS question.
#[derive(Debug, Clone)]
pub struct DnsQuery {
    /// `api.example.com`.
    pub name: String,
    /// `A`, `AAAA`, `CNAME`, `TXT`, `NS` …
    pub kind: String,
    /// Whom to ask.
    pub via: DnsVia,
    /// How long to wait.
    pub timeout: Duration,
    /// Who asks: see [`World::aws`].
    pub caller: String,
}

/// Whom to ask. Never the system's cache unless told so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsVia {
    /// The zone's own name servers, found by walking up from the name.
    Authoritative,
    /// These resolvers.
    Resolvers(Vec<IpAddr>),
    /// The machine's configured resolvers.
    System,
}

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DnsAnswer {
    /// The records' values, sorted: addresses, names without the last dot.
    pub values: Vec<String>,
    /// The smallest TTL, in seconds.
    pub ttl: Option<u32>,
    /// Who answered.
    pub server: String,
}

/// DNS look-ups.
#[async_trait]
pub trait Dns: Send + Sync + Debug {
    /// Asks. A name that does not exist is an answer without values.
    ///
    /// # Errors
    /// No answer: no name server found, refused, timeout, SERVFAIL.
    async fn query(&self, query: DnsQuery) -> Result<DnsAnswer, Failure>;
}

/// One program to run.
#[derive(Debug, Clone)]
pub struct ProcessRequest {
    /// Program and arguments; never a shell string.
    pub argv: Vec<String>,
    /// As whom it goes to AWS.
    pub aws: ProgramAws,
    /// Added to the environment, last.
    pub env: Vec<(String, String)>,
    /// Where `cwd`, and a program that is named by a relative path, count from; this process's own folder when it is not known.
    pub folder: Option<String>,
    /// Working folder.
    pub cwd: Option<String>,
    /// After this the whole process group is killed.
    pub timeout: Duration,
    /// Who asks: see [`World::aws`].
    pub caller: String,
}

/// As whom a program goes to AWS. Whatever this process's own environment says of AWS is not for it.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum ProgramAws {
    /// As nobody: it finds no credentials where AWS's tools look for them.
    #[default]
    Nobody,
    /// As a target: what AWS's tools read, by the names of the variables. How AWS is reached from this machine (proxies, authorities,
    /// endpoints) is added from this process's own environment.
    Target(Vec<(String, String)>),
}

impl Debug for ProgramAws {
    /// Never the values: there are credentials among them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nobody => f.write_str("Nobody"),
            Self::Target(variables) => f.debug_list().entries(variables.iter().map(|(name, _)| name)).finish(),
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProcessExit {
    /// The exit status; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it, in words: `SIGKILL`.
    pub signal: Option<String>,
    /// What it started and left running, each in a few words: `sleep (process 4711)`.
    pub left: Vec<String>,
    /// The last lines of its standard output, bounded.
    pub stdout: String,
    /// How long it took.
    pub took: Duration,
}

/// How much of a program's standard output is kept for outputs (the log gets a bounded amount of all of it).
pub const STDOUT_LIMIT: usize = 64 << 10;

/// Takes one line of a program's output at a time: control characters already replaced, length bounded.
pub type LineSink = Arc<dyn Fn(&str) + Send + Sync>;

/// Programs.
#[async_trait]
pub trait Process: Send + Sync + Debug {
    /// Looks whether there is such a program, without starting it.
    ///
    /// # Errors
    /// It is not there, may not be executed, or its folder is not there.
    fn find(&self, _request: &ProcessRequest) -> Result<(), Failure> {
        Ok(())
    }

    /// Runs to the end. At the timeout, and when the future is dropped, the program and all it started are asked to end, and killed two
    /// seconds later.
    ///
    /// # Errors
    /// Not found, not executable, timeout (effect unknown), or a command the simulated world does not know.
    async fn run(&self, request: ProcessRequest, lines: LineSink) -> Result<ProcessExit, Failure>;
}
