//! Which account credentials are of: asked of STS with these very credentials, once for each key, before they sign anything else.
//!
//! The account that a profile or role gave credentials of first is the run's: the driver compares it with what the target names and with
//! the run's record before anything is done. Credentials of another account that come later are refused.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;

use super::aws::Key;
use crate::clock::Clock;
use crate::plan::{Failure, FailureKind, Target};
use crate::world::World;
use crate::world::aws_error::{Call, profile, whoami};

/// Waits while STS throttles: half a minute in all, beside what the SDK itself waits.
const WAITS: [u64; 5] = [1, 2, 4, 8, 15];

/// Who some credentials are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    key: String,
    account: String,
    arn: String,
}

/// What STS has said in this process.
#[derive(Debug, Default)]
pub(super) struct Vouched {
    /// By access key id: a key is of one account for ever.
    keys: Mutex<HashMap<String, Who>>,
    /// The first of every profile and role, whatever the region.
    first: Mutex<HashMap<Key, Who>>,
}

impl Vouched {
    /// Whose `credentials` are.
    ///
    /// `regions` are asked in their order, until one answers: a region that is down does not keep another's credentials from being known.
    ///
    /// # Errors
    /// STS answers nowhere, or does not take them.
    pub(super) async fn who(
        &self,
        world: &dyn World,
        target: &Target,
        (config, credentials): (&SdkConfig, &Credentials),
        regions: &[String],
    ) -> Result<Who, Failure> {
        let id = credentials.access_key_id();
        if let Some(known) = lock(&self.keys).get(id).cloned() {
            return Ok(known);
        }
        let clock = world.clock();
        let (account, arn) = ask(world, clock.as_ref(), target, &with(config, credentials), regions).await?;
        let who = Who { key: id.to_owned(), account, arn };
        lock(&self.keys).insert(id.to_owned(), who.clone());
        Ok(who)
    }

    /// Makes sure that they are of the account that those of `key` have been of from the beginning.
    ///
    /// # Errors
    /// They are not.
    pub(super) fn same_account(&self, target: &Target, key: &Key, who: &Who) -> Result<(), Failure> {
        let first = lock(&self.first).entry(key.without_region()).or_insert_with(|| who.clone()).clone();
        if first.account == who.account {
            return Ok(());
        }
        let message = format!(
            "{} gives credentials of account {} now ({}, key {}), and this run acts in account {}; nothing was sent",
            profile(target),
            who.account,
            who.arn,
            who.key,
            first.account
        );
        let hint = format!(
            "log in to account {} again where {} has its credentials from; check with `{}`, then try again",
            first.account,
            profile(target),
            whoami(target)
        );
        Err(Failure::new(FailureKind::Credentials, message, hint))
    }
}

/// The same configuration, signing with these credentials and no others.
pub(super) fn with(config: &SdkConfig, credentials: &Credentials) -> SdkConfig {
    let provider = SharedCredentialsProvider::new(credentials.clone());
    config.to_builder().credentials_provider(provider).identity_cache(IdentityCache::no_cache()).build()
}

async fn ask(
    world: &dyn World,
    clock: &dyn Clock,
    target: &Target,
    config: &SdkConfig,
    regions: &[String],
) -> Result<(String, String), Failure> {
    let mut waits = WAITS.iter();
    loop {
        let failure = match ask_around(world, target, config, regions).await {
            Ok(who) => return Ok(who),
            Err(failure) => failure,
        };
        match waits.next() {
            Some(seconds) if failure.kind == FailureKind::Throttled => clock.sleep(Duration::from_secs(*seconds)).await,
            _ => return Err(failure),
        }
    }
}

async fn ask_around(world: &dyn World, target: &Target, config: &SdkConfig, regions: &[String]) -> Result<(String, String), Failure> {
    let mut first_failure = None;
    for region in regions {
        let call = Call { operation: "sts:GetCallerIdentity", region, resource: "", target, mutating: false, world };
        let there = config.to_builder().region(aws_config::Region::new(region.clone())).build();
        let answer = aws_sdk_sts::Client::new(&there).get_caller_identity().send().await.map_err(|error| call.failure(&error));
        let failure = match answer {
            Ok(answer) => match (answer.account(), answer.arn()) {
                (Some(account), Some(arn)) => return Ok((account.to_owned(), arn.to_owned())),
                _ => call.wrong(
                    FailureKind::Unreachable,
                    "the answer names no account",
                    "a proxy or a wrong AWS_ENDPOINT_URL may stand between lifeboat and AWS",
                ),
            },
            Err(failure) => failure,
        };
        // Another region can only help when this one did not answer.
        if !matches!(failure.kind, FailureKind::Unreachable | FailureKind::Server | FailureKind::Timeout) {
            return Err(failure);
        }
        first_failure.get_or_insert(failure);
    }
    Err(first_failure.unwrap_or_else(|| Failure::new(FailureKind::Internal, "there is no region to ask", "give the target a region")))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
