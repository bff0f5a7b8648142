//! HTTPS to AWS: rustls with ring, the machine's trust store and what is added to it, and the proxies of the environment.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::plan::{Failure, FailureKind};

/// One client for each bundle of authorities, most often one.
#[derive(Debug, Default)]
pub(super) struct Clients(Mutex<HashMap<Option<PathBuf>, SharedHttpClient>>);

impl Clients {
    /// The client for a profile: `AWS_CA_BUNDLE`, or else its `ca_bundle`, is trusted beside the machine's own authorities.
    ///
    /// # Errors
    /// The bundle cannot be read, or holds no certificate.
    pub(super) fn get(&self, of_profile: Option<&str>) -> Result<SharedHttpClient, Failure> {
        let of_environment = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty());
        let (bundle, whose) = match (of_environment, of_profile) {
            (Some(path), _) => (Some(PathBuf::from(path)), "AWS_CA_BUNDLE"),
            (None, Some(path)) => (Some(PathBuf::from(path)), "`ca_bundle` of the profile"),
            (None, None) => (None, ""),
        };
        self.trusting(bundle, whose)
    }

    fn trusting(&self, bundle: Option<PathBuf>, whose: &str) -> Result<SharedHttpClient, Failure> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&bundle) {
            return Ok(client.clone());
        }
        let mut trusted = TrustStore::default();
        if let Some(path) = &bundle {
            trusted.add_pem_certificate(read(path, whose)?);
        }
        let client = client(trusted)?;
        clients.insert(bundle, client.clone());
        Ok(client)
    }
}

fn client(trusted: TrustStore) -> Result<SharedHttpClient, Failure> {
    let tls = TlsContext::builder().with_trust_store(trusted).build().map_err(|error| {
        let hint = "check the machine's certificates, and AWS_CA_BUNDLE";
        Failure::new(FailureKind::Internal, format!("TLS cannot be set up: {error}"), hint)
    })?;
    // As the SDK's own default client does, which this one stands in for: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY count.
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder();
        builder.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        if let Some(settings) = settings {
            builder = builder.connector_settings(settings.clone());
        }
        let builder = builder.proxy_config(ProxyConfig::from_env());
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls.clone()).build()
    }))
}

/// The certificates of a bundle. They are read here once more than needed, because the client does not say what is wrong with them.
fn read(path: &Path, whose: &str) -> Result<Vec<u8>, Failure> {
    let wrong = |why: String| {
        let hint = "give a file of PEM certificates, or leave it out";
        Failure::new(FailureKind::Invalid, format!("{whose} is {}, which {why}", path.display()), hint)
    };
    let pem = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let certificates: Vec<CertificateDer<'_>> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|error| wrong(format!("is no PEM file: {error}")))?;
    if certificates.is_empty() {
        return Err(wrong("holds no certificate".into()));
    }
    let mut store = RootCertStore::empty();
    for (at, certificate) in certificates.into_iter().enumerate() {
        store.add(certificate).map_err(|error| wrong(format!("holds a certificate that is none (number {}): {error}", at + 1)))?;
    }
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_is_none_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let said = |clients: &Clients| clients.trusting(Some(path.clone()), "AWS_CA_BUNDLE").unwrap_err().message;
        let clients = Clients::default();
        assert!(
            said(&clients).starts_with(&format!("AWS_CA_BUNDLE is {}, which", path.display()))
                && said(&clients).contains("ca.pem, which cannot be read"),
            "{}",
            said(&clients)
        );
        std::fs::write(&path, "nothing\n").unwrap();
        assert!(said(&clients).contains("holds no certificate"), "{}", said(&clients));
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n").unwrap();
        assert!(said(&clients).contains("holds a certificate that is none (number 1)"), "{}", said(&clients));
        assert!(clients.trusting(None, "").is_ok());
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
        let keys = aws_credential_types::Credentials::new("a", "b", None, None, "test");
        let config = aws_types::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
            .region(aws_config::Region::new("us-east-1"))
            .http_client(Clients::default().trusting(None, "").unwrap())
            .endpoint_url(format!("https://{address}"))
            .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(keys))
            .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
            .build();
        let error = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap_err();
        let (world, target) = (crate::world::testing::Canned::new([]), crate::world::testing::target());
        let call = crate::world::aws_error::Call {
            operation: "sts:GetCallerIdentity",
            region: "us-east-1",
            resource: "",
            target: &target,
            mutating: false,
            world: &*world,
        };
        assert_eq!(call.failure(&error).kind, FailureKind::Unreachable);
        assert_eq!(first.await.unwrap(), 0x16);
    }
}
