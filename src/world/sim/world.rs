//! The simulated world itself.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use jiff::Timestamp;

use super::audit::AuditEntry;
use super::call::{AwsRequest, AwsResponse, NoAnswer};
use super::clock::{SimClock, Speed};
use super::connector::SimHttpClient;
use super::dice::{Dice, Dist};
use super::dns::SimDns;
use super::estate::Estate;
use super::file::{Definition, WorldFileError};
use super::http::SimHttp;
use super::ledger::{Head, Ledger, Line};
use super::process::SimProcess;
use super::restore::{RestoreError, read};
use super::work::between;
use crate::clock::{Clock, Stamp};
use crate::id::Digest;
use crate::plan::{Failure, Target};
use crate::world::limit::{LimitedClient, Limits};
use crate::world::{Dns, Http, Process, Secrets, World};

/// What all ports of a world share.
pub(crate) struct Inner {
    definition: Definition,
    clock: SimClock,
    dice: Dice,
    /// Under one lock, so that calls stand in the ledger in the order of their effects.
    state: Mutex<(Estate, Ledger)>,
}

impl Inner {
    pub(crate) fn definition(&self) -> &Definition {
        &self.definition
    }

    pub(crate) fn clock(&self) -> &SimClock {
        &self.clock
    }

    pub(crate) fn dice(&self) -> Dice {
        self.dice
    }

    pub(crate) fn api_latency(&self) -> Dist {
        self.definition.file.latency
    }

    /// Looks at the estate, or changes it, and writes down that it did. Never held while waiting.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Estate, &mut Ledger) -> T) -> T {
        let (estate, ledger) = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        work(estate, ledger)
    }

    /// Looks at the estate.
    pub(crate) fn with_estate<T>(&self, work: impl FnOnce(&mut Estate) -> T) -> T {
        self.with(|estate, _| work(estate))
    }

    /// Writes a call down.
    pub(crate) fn note(&self, line: Line) {
        self.with(|_, ledger| ledger.note(line));
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("name", &self.definition.name()).finish_non_exhaustive()
    }
}

/// A simulated world that runs.
#[derive(Debug)]
pub struct SimWorld {
    inner: Arc<Inner>,
    /// The world has none; whoever drills in it may type one.
    secrets: Secrets,
    limits: Limits,
}

impl SimWorld {
    /// Reads and checks a world file.
    ///
    /// # Errors
    /// Everything that is wrong with it, with excerpts.
    pub fn load(path: &Path) -> Result<Definition, WorldFileError> {
        Definition::load(path)
    }

    /// Starts a world; its clock begins to run. `seed` takes the place of the file's.
    ///
    /// Every call seeds this thread's `fastrand` generator too: the SDK draws the jitter of its retries from it, and a run must be
    /// repeatable. With [`Speed::Max`], pause the runtime's clock before.
    pub fn start(definition: Definition, speed: Speed, seed: Option<u64>) -> Arc<Self> {
        let (dice, estate) = fresh(&definition, seed);
        Self::with(definition, dice, estate, Ledger::default(), Duration::ZERO, speed)
    }

    /// The same, with a log at `log` (a name that is not taken) from which it can be restored. When the log cannot be written the
    /// world goes on without: see [`SimWorld::kept`].
    pub fn start_kept(definition: Definition, speed: Speed, seed: Option<u64>, log: &Path) -> Arc<Self> {
        let (dice, estate) = fresh(&definition, seed);
        let ledger = Ledger::begin(log, &Head::new(&definition, dice));
        Self::with(definition, dice, estate, ledger, Duration::ZERO, speed)
    }

    /// Restores the world that kept `log`, exactly: what it did, what it was asked, what will come of it. Its clock goes on at `at` or
    /// at the last call, whichever is later: a world stands still while nobody drives it. Later calls go into the same log. `seed` is
    /// the one that it was started with.
    ///
    /// A call that had not taken effect when the process ended has left no trace. A torn last line is cut off: its call never had an
    /// answer.
    ///
    /// # Errors
    /// The log is not there, is damaged, or is of another world.
    pub fn restore(definition: Definition, speed: Speed, seed: Option<u64>, log: &Path, at: Stamp) -> Result<Arc<Self>, RestoreError> {
        let (dice, mut estate) = fresh(&definition, seed);
        let restored = read(log, &Head::new(&definition, dice))?.replay(log, &mut estate)?;
        let now = restored.last.map_or(at.wall, |last| last.max(at.wall));
        let elapsed = between(definition.file.start, now);
        Ok(Self::with(definition, dice, estate, restored.ledger, elapsed, speed))
    }

    fn with(definition: Definition, dice: Dice, estate: Estate, ledger: Ledger, elapsed: Duration, speed: Speed) -> Arc<Self> {
        dice.seed_jitter(estate.calls);
        let clock = SimClock::going_on(definition.file.start, elapsed, speed);
        let inner = Arc::new(Inner { definition, clock, dice, state: Mutex::new((estate, ledger)) });
        Arc::new(Self { inner, secrets: Secrets::of_environment(), limits: Limits::default() })
    }

    /// Whether the world can be restored from its log, or why not. It can change while the world runs: the disk may be full by then.
    ///
    /// # Errors
    /// It keeps no log, or could not write it; in words for people.
    pub fn kept(&self) -> Result<(), String> {
        self.inner.with(|_, ledger| ledger.kept())
    }

    /// The file's name for it.
    pub fn name(&self) -> &str {
        self.inner.definition.name()
    }

    /// One line for people.
    pub fn title(&self) -> &str {
        self.inner.definition.title()
    }

    /// What every draw comes from: the same seed, the same world.
    pub fn seed(&self) -> u64 {
        self.inner.dice.seed()
    }

    /// The fingerprint of the world file.
    pub fn digest(&self) -> &Digest {
        self.inner.definition.digest()
    }

    /// The twelve digits of its account.
    pub fn account(&self) -> &str {
        &self.inner.definition.file.account.value
    }

    /// Its clock when it started.
    pub fn start_stamp(&self) -> Stamp {
        Stamp { wall: self.inner.definition.file.start, mono_ms: 0 }
    }

    /// When the incident began: the RTO clock starts here. The world's start, when the file does not say.
    pub fn incident_start(&self) -> Timestamp {
        let file = &self.inner.definition.file;
        file.incident_start.as_ref().map_or(file.start, |at| at.value)
    }

    /// What the autopilot takes where a person would read and decide.
    pub fn operator_reads_for(&self) -> Duration {
        self.inner.definition.file.operator.reads_for.0
    }

    /// Its clock, to change how fast it runs.
    pub fn sim_clock(&self) -> &SimClock {
        &self.inner.clock
    }

    /// Every call it received, in the order in which they took effect.
    pub fn audit(&self) -> Vec<AuditEntry> {
        self.inner.with(|_, ledger| ledger.audit.clone())
    }

    /// The calls that changed something: mutating and not refused, whether or not their answer arrived.
    pub fn mutations(&self) -> Vec<AuditEntry> {
        self.audit().into_iter().filter(|entry| entry.mutating && entry.outcome.is_ok()).collect()
    }

    /// Tells `watcher` of every call from now on, as it is written down. It must not wait for anything: the world does, meanwhile.
    pub fn watch(&self, watcher: impl Fn(&AuditEntry) + Send + 'static) {
        self.inner.with(|_, ledger| ledger.watcher = Some(Box::new(watcher)));
    }

    /// Answers an AWS request, as it comes over the wire.
    ///
    /// # Errors
    /// There is no answer: the region is down, or a fault says so.
    pub async fn handle(&self, request: AwsRequest) -> Result<AwsResponse, NoAnswer> {
        self.inner.aws_call(request).await
    }

    /// An HTTP client for SDK clients, on behalf of `caller`.
    pub fn http_client(&self, caller: &str) -> SimHttpClient {
        SimHttpClient { world: Arc::clone(&self.inner), caller: caller.into() }
    }

    /// SDK configuration for a region, on behalf of `caller`.
    pub fn sdk_config(&self, region: &str, caller: &str) -> SdkConfig {
        // Nobody verifies the signatures that are made with them.
        let credentials = Credentials::new("AKIASIMULATEDWORLD00", "simulated", None, None, "simulated world");
        SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(self.http_client(caller))
            .time_source(self.inner.clock.clone())
            .sleep_impl(self.inner.clock.clone())
            .retry_config(RetryConfig::standard())
            .build()
    }
}

/// The estate as the file has it, with what its draws come from.
fn fresh(definition: &Definition, seed: Option<u64>) -> (Dice, Estate) {
    let dice = Dice::new(seed.unwrap_or(definition.file.seed));
    (dice, Estate::new(&definition.file, dice))
}

#[async_trait]
impl World for SimWorld {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.inner.clock.clone())
    }

    async fn aws(&self, target: &Target, caller: &str) -> Result<SdkConfig, Failure> {
        let config = self.sdk_config(&target.region, caller);
        let http = SharedHttpClient::new(self.http_client(caller));
        let http = LimitedClient::new(http, self.limits.clone(), self.clock(), self.account(), caller, None);
        Ok(config.into_builder().http_client(http).build())
    }

    fn limits(&self) -> Limits {
        self.limits.clone()
    }

    fn http(&self) -> Arc<dyn Http> {
        Arc::new(SimHttp { world: Arc::clone(&self.inner) })
    }

    fn dns(&self) -> Arc<dyn Dns> {
        Arc::new(SimDns { world: Arc::clone(&self.inner) })
    }

    fn process(&self) -> Arc<dyn Process> {
        Arc::new(SimProcess { world: Arc::clone(&self.inner) })
    }

    fn secrets(&self) -> Secrets {
        self.secrets.clone()
    }
}
