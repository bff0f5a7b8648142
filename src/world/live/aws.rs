//! SDK configuration for live targets: the SDK's standard chain and nothing of our own in it.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::app_name::AppName;
use tokio::sync::{Mutex, OnceCell};

use super::credentials::learning;
use crate::plan::{Failure, FailureKind, Target};
use crate::world::Secrets;

/// A region that is down often takes no connections at all; a healthy endpoint takes one within milliseconds.
const CONNECT: Duration = Duration::from_secs(3);
/// Until the first byte of an answer.
const READ: Duration = Duration::from_secs(10);
/// One attempt, look-up and body included.
const ATTEMPT: Duration = Duration::from_secs(15);
/// The first attempt and two more. Longer patience is the step's own decision.
const ATTEMPTS: u32 = 3;

/// Makes SDK configurations and keeps them, so that credentials are looked for once for each target.
#[derive(Debug)]
pub(super) struct LiveAws {
    session: String,
    secrets: Secrets,
    http: OnceCell<SharedHttpClient>,
    bases: Mutex<HashMap<Key, SdkConfig>>,
}

/// What a target's configuration depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    region: String,
    profile: Option<String>,
    role: Option<String>,
    external_id: Option<String>,
}

impl LiveAws {
    pub(super) fn new(user: &str, secrets: Secrets) -> Self {
        Self { session: session_name(user), secrets, http: OnceCell::new(), bases: Mutex::default() }
    }

    pub(super) async fn config(&self, target: &Target, caller: &str) -> Result<SdkConfig, Failure> {
        let key = Key {
            region: target.region.clone(),
            profile: target.profile.clone(),
            role: target.role.clone(),
            external_id: target.external_id.clone(),
        };
        if target.region.trim().is_empty() {
            let hint = "give the target a `region`, such as us-east-1";
            return Err(Failure::new(FailureKind::Invalid, format!("target {} has no region", target.id), hint));
        }
        let base = {
            // Held while it is made: two checks of one target must not both look for credentials.
            let mut bases = self.bases.lock().await;
            match bases.get(&key) {
                Some(base) => base.clone(),
                None => {
                    let base = self.base(&key).await;
                    bases.insert(key, base.clone());
                    base
                }
            }
        };
        Ok(base.into_builder().app_name(app_name(caller)).build())
    }

    async fn base(&self, key: &Key) -> SdkConfig {
        let http = self.http.get_or_init(|| async { https_client() }).await.clone();
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(READ).operation_attempt_timeout(ATTEMPT).build();
        let region = Region::new(key.region.clone());
        let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(region.clone())
            .http_client(http.clone())
            .timeout_config(timeouts.clone())
            .retry_config(retries.clone());
        if let Some(profile) = &key.profile {
            // The SDK's chain looks at the environment before the profile. A target that names a profile means that one, as
            // `aws --profile` does, or two targets with two profiles would be one.
            let config = ProviderConfig::without_region().with_region(Some(region)).with_http_client(http);
            let config = config.with_timeout_config(timeouts).with_retry_config(retries);
            let credentials = ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build();
            loader = loader.profile_name(profile).credentials_provider(credentials);
        }
        let config = learning(loader.load().await, &self.secrets);
        let Some(role) = &key.role else { return config };
        let mut provider = AssumeRoleProvider::builder(role.clone()).session_name(self.session.clone()).configure(&config);
        if let Some(id) = &key.external_id {
            provider = provider.external_id(id.clone());
        }
        let provider = SharedCredentialsProvider::new(provider.build().await);
        learning(config.into_builder().credentials_provider(provider).build(), &self.secrets)
    }
}

/// One HTTPS client for every target: rustls with ring, the machine's own trust store.
fn https_client() -> SharedHttpClient {
    let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    aws_smithy_http_client::Builder::new().tls_provider(provider).build_https()
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

    #[tokio::test]
    async fn a_target_keeps_its_configuration_and_each_caller_its_name() {
        let aws = LiveAws::new("alice", Secrets::default());
        let target = Target { id: "dr".into(), region: "us-west-2".into(), account: None, profile: None, role: None, external_id: None };
        let first = aws.config(&target, "run/a").await.unwrap();
        let second = aws.config(&target, "run/b").await.unwrap();
        assert_eq!(first.region().map(ToString::to_string).as_deref(), Some("us-west-2"));
        assert_eq!(first.app_name().map(ToString::to_string).as_deref(), Some("run~a"));
        assert_eq!(second.app_name().map(ToString::to_string).as_deref(), Some("run~b"));
        assert_eq!(first.timeout_config().and_then(TimeoutConfig::connect_timeout), Some(CONNECT));
        assert_eq!(aws.bases.lock().await.len(), 1);

        let nowhere = Target { region: " ".into(), ..target };
        assert!(aws.config(&nowhere, "run/a").await.unwrap_err().message.contains("has no region"));
    }

    #[tokio::test]
    async fn tls_is_spoken_and_what_does_not_speak_it_is_unreachable() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let first = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            // A ClientHello begins with a handshake record.
            tokio::io::AsyncReadExt::read_u8(&mut stream).await.unwrap()
        });
        let target = crate::world::testing::target();
        let target = Target { profile: None, ..target };
        let config = LiveAws::new("alice", Secrets::default()).config(&target, "run/a").await.unwrap().into_builder();
        let keys = aws_credential_types::Credentials::new("a", "b", None, None, "test");
        let config = config
            .endpoint_url(format!("https://{address}"))
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .retry_config(RetryConfig::disabled())
            .build();
        let error = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap_err();
        let call = crate::world::aws_error::Call {
            operation: "sts:GetCallerIdentity",
            region: "us-east-1",
            resource: "",
            target: &target,
            mutating: false,
            secrets: &Secrets::default(),
        };
        assert_eq!(call.failure(&error).kind, FailureKind::Unreachable);
        assert_eq!(first.await.unwrap(), 0x16);
    }
}
