//! SDK configuration for live targets: the SDK's standard chain, with credentials that are known to be of the run's account.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::app_name::AppName;
use jiff::Timestamp;

use super::codes::Sessions;
use super::credentials::Reading;
use super::endpoints;
use super::https::Clients;
use super::profiles::{Files, Mfa, Profiles, Stamp};
use super::vouched::{Vouched, Who, with};
use crate::clock::Clock;
use crate::plan::{Endpoint, Failure, FailureKind, Target, account_of};
use crate::world::World;
use crate::world::limit::{LimitedClient, Limits};

/// A region that is down often takes no connections at all; a healthy endpoint takes one within milliseconds.
const CONNECT: Duration = Duration::from_secs(3);
/// Until the first byte of an answer.
const READ: Duration = Duration::from_secs(10);
/// One attempt, look-up and body included.
const ATTEMPT: Duration = Duration::from_secs(15);
/// The first attempt and two more. Longer patience is the step's own decision.
const ATTEMPTS: u32 = 3;

/// Credentials with less life than this are read anew, where there are newer ones.
const EARLY: Duration = Duration::from_mins(1);
/// Credentials that do not say when they end are read anew after this time, as the SDK does.
const LONGEST: Duration = Duration::from_mins(15);

/// Makes SDK configurations. Each has the credentials of the moment in it, of which STS has said whose they are: what is vouched for is
/// what signs.
#[derive(Debug)]
pub(super) struct LiveAws {
    pub(super) session: String,
    pub(super) files: Files,
    pub(super) sessions: Sessions,
    clients: Clients,
    vouched: Vouched,
    slots: Mutex<HashMap<Key, Arc<Slot>>>,
}

/// What a target's configuration depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) region: String,
    pub(super) profile: Option<String>,
    pub(super) role: Option<String>,
    pub(super) external_id: Option<String>,
}

impl Key {
    fn of(target: &Target) -> Self {
        Self {
            region: target.region.clone(),
            profile: target.profile.clone(),
            role: target.role.clone(),
            external_id: target.external_id.clone(),
        }
    }

    /// The same credentials, whatever the region.
    pub(super) fn without_region(&self) -> Self {
        Self { region: String::new(), ..self.clone() }
    }
}

/// What is kept of a target's configuration.
#[derive(Debug, Default)]
struct Slot {
    /// A service has said that it takes the credentials no longer.
    rejected: AtomicBool,
    /// Locked while they are read: two checks of one target must not both look for credentials.
    held: tokio::sync::Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    /// Everything but the credentials: made once, so that where the calls of a run go does not change under way.
    base: SdkConfig,
    credentials: Credentials,
    /// What the files were when they were read.
    stamps: Vec<Stamp>,
    read: Timestamp,
}

impl Held {
    /// Whether they still have this much life.
    fn lives(&self, now: Timestamp, least: Duration) -> bool {
        self.credentials.expiry().is_none_or(|end| Timestamp::try_from(end).is_ok_and(|end| end > now + least))
    }

    /// Whether there is nothing to be gained from reading them anew.
    fn fresh(&self, now: Timestamp, stamps: &[Stamp]) -> bool {
        let lasting = self.credentials.expiry().is_some() || now < self.read + LONGEST;
        self.stamps == stamps && lasting && self.lives(now, EARLY)
    }
}

impl LiveAws {
    pub(super) fn new(user: &str) -> Self {
        Self::on(user, Files::of_environment())
    }

    pub(super) fn on(user: &str, files: Files) -> Self {
        Self {
            session: session_name(user),
            files,
            sessions: Sessions::default(),
            clients: Clients::default(),
            vouched: Vouched::default(),
            slots: Mutex::default(),
        }
    }

    pub(super) async fn config(&self, world: &dyn World, target: &Target, caller: &str) -> Result<SdkConfig, Failure> {
        if target.region.trim().is_empty() {
            let hint = "give the target a `region`, such as us-east-1";
            return Err(Failure::new(FailureKind::Invalid, format!("target {} has no region", target.id), hint));
        }
        let key = Key::of(target);
        let slot = Arc::clone(self.slots().entry(key.clone()).or_default());
        let mut held = slot.held.lock().await;
        let stamps = self.files.stamps().await;
        let now = world.clock().now().wall;
        let rejected = slot.rejected.swap(false, Ordering::SeqCst);
        let fresh = |held: &Held| !rejected && held.fresh(now, &stamps);
        if !held.as_ref().is_some_and(fresh) {
            let base = held.as_ref().map(|held| held.base.clone());
            let renewed = match self.renew(world, &key, target, base).await {
                // Which account they are of is not a matter of trying: they are not used, and neither are the old ones.
                Ok((renewed, who)) => self.vouched.same_account(target, &key, &who).map(|()| Some(renewed)),
                // What could not be renewed is no reason to drop what is good: a file may be half written, a portal away for a moment.
                Err(_) if !rejected && held.as_ref().is_some_and(|held| held.lives(now, Duration::ZERO)) => Ok(None),
                Err(failure) => Err(failure),
            };
            match renewed {
                Ok(Some((base, credentials))) => *held = Some(Held { base, credentials, stamps, read: now }),
                Ok(None) => {}
                Err(failure) => {
                    slot.rejected.store(true, Ordering::SeqCst);
                    return Err(failure);
                }
            }
        }
        let held = held.as_ref().ok_or_else(|| Failure::new(FailureKind::Internal, "no credentials are held", "please report it"))?;
        Ok(with(&held.base, &held.credentials).into_builder().app_name(app_name(caller)).build())
    }

    /// A service takes these credentials no longer.
    pub(super) fn rejected(&self, target: &Target) {
        if let Some(slot) = self.slots().get(&Key::of(target)) {
            slot.rejected.store(true, Ordering::SeqCst);
        }
    }

    /// Where calls go that do not go to AWS.
    pub(super) async fn endpoints(&self, targets: impl IntoIterator<Item = &Target>) -> Result<Vec<Endpoint>, Failure> {
        let mut all = Vec::new();
        for target in targets {
            let http = self.clients.get(None)?;
            all.extend(endpoints::of(target, &self.loader(&Key::of(target), &http).no_credentials().load().await));
        }
        Ok(endpoints::together(all))
    }

    /// The profiles of these targets that want a code, each once; without those whose session is open.
    pub(super) async fn codes_wanted<'a>(&self, targets: impl IntoIterator<Item = &'a Target>) -> Vec<(&'a Target, Mfa)> {
        // What is wrong with the files is said when they are read for a call.
        let Ok(profiles) = Profiles::read(&self.files).await else { return Vec::new() };
        let mut wanted: Vec<(&Target, Mfa)> = Vec::new();
        for target in targets.into_iter().filter(|target| uses_a_profile(target)) {
            let Some(mfa) = profiles.mfa(profiles.name_for(target)) else { continue };
            if self.sessions.get(&mfa).is_none() && wanted.iter().all(|(_, other)| other.profile != mfa.profile) {
                wanted.push((target, mfa));
            }
        }
        wanted
    }

    /// Takes a code for a target's profile, and opens the session that it is good for.
    pub(super) async fn give_code(&self, world: &dyn World, target: &Target, code: &str) -> Result<(), Failure> {
        self.reading(world, &Key::of(target), target).await?.give_code(code).await
    }

    /// Reads the credentials and asks whose they are.
    async fn renew(
        &self,
        world: &dyn World,
        key: &Key,
        target: &Target,
        base: Option<SdkConfig>,
    ) -> Result<((SdkConfig, Credentials), Who), Failure> {
        let (fresh, credentials) = self.reading(world, key, target).await?.credentials().await?;
        let base = base.unwrap_or(fresh);
        let who = self.vouched.who(world, target, (&base, &credentials), &self.regions(key)).await?;
        Ok(((base, credentials), who))
    }

    async fn reading<'a>(&'a self, world: &'a dyn World, key: &Key, target: &'a Target) -> Result<Reading<'a>, Failure> {
        let profiles = Profiles::read(&self.files).await?;
        let http = self.clients.get(profiles.value(profiles.name_for(target), "ca_bundle"))?;
        Ok(Reading { aws: self, world, target, key: key.clone(), profiles, http })
    }

    /// Everything about a target's configuration but its credentials.
    pub(super) fn loader(&self, key: &Key, http: &SharedHttpClient) -> ConfigLoader {
        let loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new(key.region.clone()))
            .http_client(http.clone())
            .profile_files(self.files.for_sdk())
            .timeout_config(timeouts())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        match &key.profile {
            Some(profile) => loader.profile_name(profile),
            None => loader,
        }
    }

    /// The region of a target, and those of the others: whoever answers knows whose a key is.
    fn regions(&self, key: &Key) -> Vec<String> {
        let mut regions: Vec<String> = self.slots().keys().map(|key| key.region.clone()).collect();
        regions.sort_by_key(|region| (*region != key.region, region.clone()));
        regions.dedup();
        regions
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Key, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same, with requests that wait for their turn. Who waits is not late: the limit of an attempt begins with its turn.
pub(super) fn in_turn(config: SdkConfig, limits: &Limits, clock: Arc<dyn Clock>, target: &Target, caller: &str) -> SdkConfig {
    let Some(http) = config.http_client() else { return config };
    let account = account_of(target).or_else(|| target.role.clone()).or_else(|| target.profile.clone()).unwrap_or_default();
    let http = LimitedClient::new(http, limits.clone(), clock, &account, caller, Some(ATTEMPT));
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).build();
    config.into_builder().http_client(http).timeout_config(timeouts).build()
}

/// How long calls may take.
pub(super) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).operation_attempt_timeout(ATTEMPT).build()
}

/// Whether a target's credentials come from a profile before anything else: the SDK's chain looks at the environment first, a target that
/// names a profile means that.
pub(super) fn uses_a_profile(target: &Target) -> bool {
    target.profile.is_some() || std::env::var_os("AWS_ACCESS_KEY_ID").is_none_or(|key| key.is_empty())
}

/// `RUN/STEP` as an app name for the user agent. What the SDK does not take there becomes another sign: `/` becomes `~`, brackets
/// and anything else become `_`.
fn app_name(caller: &str) -> AppName {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let name: String = caller.chars().map(|c| if c == '/' { '~' } else { c }).map(|c| if allowed(c) { c } else { '_' }).collect();
    let name = if name.is_empty() { "lifeboat".to_owned() } else { name };
    AppName::new(name).expect("every character is one that an app name takes, and there is at least one")
}

/// `lifeboat-alice`: STS takes 2 to 64 of `[\w+=,.@-]`.
fn session_name(user: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let user: String = user.chars().map(|c| if allowed(c) { c } else { '-' }).take(64 - "lifeboat-".len()).collect();
    if user.is_empty() { "lifeboat".into() } else { format!("lifeboat-{user}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_callers_become_names_that_the_sdk_takes() {
        assert_eq!(app_name("20261121T043112Z-k3f9/deploy[api]").to_string(), "20261121T043112Z-k3f9~deploy_api_");
        assert_eq!(app_name("").to_string(), "lifeboat");
        assert_eq!(app_name("Ü b").to_string(), "__b");
    }

    #[test]
    fn sessions_are_named_after_the_user() {
        assert_eq!(session_name("alice"), "lifeboat-alice");
        assert_eq!(session_name("a b\\c"), "lifeboat-a-b-c");
        assert_eq!(session_name(&"x".repeat(200)).len(), 64);
        assert_eq!(session_name(""), "lifeboat");
    }
}
