//! Credentials are learned as secrets the moment the SDK gets hold of them, wherever they come from.

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_types::SdkConfig;

use crate::world::Secrets;

/// Another provider's credentials, of which everything secret is learned before anybody can use it.
#[derive(Debug)]
struct Learning {
    provider: SharedCredentialsProvider,
    secrets: Secrets,
}

/// The same configuration, whose credentials are learned.
pub(super) fn learning(config: SdkConfig, secrets: &Secrets) -> SdkConfig {
    match config.credentials_provider() {
        Some(provider) => {
            let learning = Learning { provider, secrets: secrets.clone() };
            config.into_builder().credentials_provider(SharedCredentialsProvider::new(learning)).build()
        }
        None => config,
    }
}

impl Learning {
    fn learn(&self, credentials: &Credentials) {
        self.secrets.learn(credentials.secret_access_key());
        if let Some(token) = credentials.session_token() {
            self.secrets.learn(token);
        }
    }
}

impl ProvideCredentials for Learning {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let credentials = self.provider.provide_credentials().await?;
            self.learn(&credentials);
            Ok(credentials)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.provider.fallback_on_interrupt().inspect(|credentials| self.learn(credentials))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::secrets::MARK;

    #[tokio::test]
    async fn what_is_used_is_hidden_from_then_on() {
        let keys = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", Some("FwoGZXIvYXdzEJr".into()), None, "test");
        let config = SdkConfig::builder().credentials_provider(SharedCredentialsProvider::new(keys)).build();
        let secrets = Secrets::default();
        let config = learning(config, &secrets);
        assert_eq!(secrets.hide("FwoGZXIvYXdzEJr"), "FwoGZXIvYXdzEJr");
        config.credentials_provider().unwrap().provide_credentials().await.unwrap();
        assert_eq!(secrets.hide("AKIDEXAMPLE wJalrXUtnFEMI/K7MDENG"), format!("AKIDEXAMPLE {MARK}"));
        assert_eq!(secrets.hide("FwoGZXIvYXdzEJr"), MARK);
    }
}
