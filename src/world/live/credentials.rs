//! A target's credentials, read anew from where they come from.

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{ConfigLoader, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;

use super::aws::{Key, LiveAws, timeouts, uses_a_profile};
use super::codes::{self, Caller};
use super::profiles::{Mfa, Profiles, Source};
use super::vouched::with;
use crate::clock::timeout;
use crate::plan::{Failure, FailureKind, Target};
use crate::world::World;
use crate::world::aws_error::{no_credentials, profile};

/// How long whoever gives credentials may take: a program, a portal, a chain of roles.
const PATIENCE: Duration = Duration::from_mins(1);

/// One reading: the files as they are now.
pub(super) struct Reading<'a> {
    pub(super) aws: &'a LiveAws,
    pub(super) world: &'a dyn World,
    pub(super) target: &'a Target,
    pub(super) key: Key,
    pub(super) profiles: Profiles,
    pub(super) http: SharedHttpClient,
}

impl Reading<'_> {
    /// The configuration, and the credentials for it.
    pub(super) async fn credentials(&self) -> Result<(SdkConfig, Credentials), Failure> {
        if let Some(missing) = self.profiles.missing(self.target).filter(|_| self.target.profile.is_some()) {
            return Err(missing);
        }
        let mfa = self.mfa();
        let base = match &mfa {
            Some(mfa) => {
                let plain = self.loader().no_credentials().load().await;
                let keys = self.aws.sessions.credentials(&self.caller(&plain), &self.profiles, self.name(), mfa).await?;
                plain.into_builder().credentials_provider(SharedCredentialsProvider::new(keys)).build()
            }
            None => self.with_profile(self.loader()).load().await,
        };
        let keys = self.given_by(&base, mfa.as_ref()).await?;
        let (base, credentials) = match &self.key.role {
            Some(role) => {
                let base = with(&base, &keys);
                let provider = AssumeRoleProvider::builder(role.clone()).session_name(self.aws.session.clone()).configure(&base);
                let provider = match &self.key.external_id {
                    Some(id) => provider.external_id(id.clone()),
                    None => provider,
                };
                let provider = SharedCredentialsProvider::new(provider.build().await);
                let base = base.into_builder().credentials_provider(provider).build();
                let credentials = self.given_by(&base, mfa.as_ref()).await?;
                (base, credentials)
            }
            None => (base, keys),
        };
        Ok((base, credentials))
    }

    /// What a configuration's provider gives. Everything secret in it is learned before anybody can use it.
    async fn given_by(&self, config: &SdkConfig, mfa: Option<&Mfa>) -> Result<Credentials, Failure> {
        let provider = config.credentials_provider().ok_or_else(|| {
            Failure::new(FailureKind::Internal, format!("nobody gives credentials for {}", profile(self.target)), "please report it")
        })?;
        let clock = self.world.clock();
        let credentials = match timeout(clock.as_ref(), PATIENCE, provider.provide_credentials()).await {
            Some(Ok(credentials)) => credentials,
            Some(Err(error)) => return Err(self.failure(&error)),
            None => return Err(self.too_late()),
        };
        self.learn(&credentials);
        let now = clock.now().wall;
        if credentials.expiry().is_some_and(|end| jiff::Timestamp::try_from(end).is_ok_and(|end| end <= now)) {
            return Err(mfa.map_or_else(|| self.expired(), codes::over));
        }
        Ok(credentials)
    }

    /// Opens the session of the profile that wants a code.
    pub(super) async fn give_code(&self, code: &str) -> Result<(), Failure> {
        let Some(mfa) = self.mfa() else { return Ok(()) };
        let assumes = self.profiles.assumes(&mfa.profile).ok_or_else(|| {
            let message =
                format!("profile {} wants a code, and where its keys come from is not said in a way that lifeboat knows", mfa.profile);
            Failure::new(FailureKind::Credentials, message, "give it a `source_profile` with keys")
        })?;
        let plain = self.loader().no_credentials().load().await;
        let keys = match &assumes.source {
            Source::Keys(key, secret, token) => Credentials::new(key, secret, token.clone(), None, "Profile"),
            Source::Profile(source) => {
                let provider = self.profile_provider(source);
                provider.provide_credentials().await.map_err(|error| self.failure(&error))?
            }
        };
        self.learn(&keys);
        self.aws.sessions.open(&self.caller(&plain), (&assumes, keys), &mfa, code.trim()).await
    }

    fn mfa(&self) -> Option<Mfa> {
        uses_a_profile(self.target).then(|| self.profiles.mfa(self.name())).flatten()
    }

    fn name(&self) -> &str {
        self.profiles.name_for(self.target)
    }

    fn caller<'b>(&'b self, config: &'b SdkConfig) -> Caller<'b> {
        Caller { world: self.world, target: self.target, config, session: &self.aws.session }
    }

    fn loader(&self) -> ConfigLoader {
        self.aws.loader(&self.key, &self.http)
    }

    /// The SDK's chain looks at the environment before the profile. A target that names a profile means that one, as `aws --profile`
    /// does, or two targets with two profiles would be one.
    fn with_profile(&self, loader: ConfigLoader) -> ConfigLoader {
        match &self.key.profile {
            Some(profile) => loader.credentials_provider(self.profile_provider(profile)),
            None => loader,
        }
    }

    fn profile_provider(&self, name: &str) -> ProfileFileCredentialsProvider {
        let config =
            ProviderConfig::without_region().with_region(Some(Region::new(self.key.region.clone()))).with_http_client(self.http.clone());
        let config = config.with_timeout_config(timeouts()).with_retry_config(RetryConfig::standard());
        let files = self.aws.files.for_sdk();
        ProfileFileCredentialsProvider::builder().configure(&config).profile_files(files).profile_name(name).build()
    }

    fn learn(&self, credentials: &Credentials) {
        let secrets = self.world.secrets();
        secrets.learn(credentials.secret_access_key());
        if let Some(token) = credentials.session_token() {
            secrets.learn(token);
        }
    }

    /// What is wrong, by what the profile is: the SDK's own words are about its parts.
    fn failure(&self, error: &CredentialsError) -> Failure {
        let failure = no_credentials(self.target, &self.world.secrets(), error);
        if failure.kind != FailureKind::Credentials || !uses_a_profile(self.target) {
            return failure;
        }
        if let Some(missing) = self.profiles.missing(self.target) {
            return missing;
        }
        let name = self.name();
        if let Some(login) = self.profiles.having(name, &["login_session"]) {
            let message = format!("profile {login} is one of `aws login`, whose sessions lifeboat cannot read");
            let hint = format!(
                "name a profile in the target that passes them on: `credential_process = aws configure export-credentials --profile {login}`; \
                 `aws login --profile {login}` begins a session"
            );
            return Failure { message, hint, ..failure };
        }
        if let Some(sso) = self.profiles.having(name, &["sso_session", "sso_start_url"]) {
            let hint = format!("the SSO session is over, or was never begun: `aws sso login --profile {sso}`, then try again");
            return Failure { hint, ..failure };
        }
        failure
    }

    fn too_late(&self) -> Failure {
        let message = format!("no credentials for {} within {} s", profile(self.target), PATIENCE.as_secs());
        let hint = format!("see what it waits for: `{}`", crate::world::aws_error::whoami(self.target));
        Failure::new(FailureKind::Credentials, message, hint)
    }

    fn expired(&self) -> Failure {
        let message = format!("the credentials of {} have expired", profile(self.target));
        let hint = format!("log in again, check with `{}`, then try again", crate::world::aws_error::whoami(self.target));
        Failure::new(FailureKind::Credentials, message, hint)
    }
}
