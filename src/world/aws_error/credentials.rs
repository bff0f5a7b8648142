//! No credentials: what is said of the error of whoever was to give them.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{answer, find, one_line, plain_code, root};
use crate::plan::{Failure, FailureKind, Target};
use crate::world::Secrets;

/// What to do where a certificate is signed by an authority that this machine does not know.
const UNKNOWN_ISSUER: &str = "an authority that this machine does not know has signed the certificate: give its PEM file in AWS_CA_BUNDLE, as \
     `ca_bundle` of the profile, or in SSL_CERT_FILE; where no proxy of your own stands in between, somebody else does";

/// The hint for a certificate of an unknown authority, where the cause is one.
pub(super) fn unknown_issuer(cause: &str) -> Option<&'static str> {
    (cause.contains("UnknownIssuer") || cause.contains("UnknownCA")).then_some(UNKNOWN_ISSUER)
}

/// The failure. Where STS throttles or nobody answers, time may help, and its kind says so.
pub(crate) fn no_credentials(target: &Target, secrets: &Secrets, error: &CredentialsError) -> Failure {
    let code = refused(error);
    let kind = match &code {
        Some((code, _)) if answer::is_throttling(code) => FailureKind::Throttled,
        None if find::<ConnectorError>(error).is_some() => FailureKind::Unreachable,
        _ => FailureKind::Credentials,
    };
    let why = match code {
        Some((code, message)) => format!("{code}: {message}"),
        None => root(error),
    };
    // The chain lists every place it looked in; the hint does so in fewer words. What a credential program wrote may hold secrets
    // that nobody has learned, since it failed: it is not repeated.
    let why = [". Attempted:", ". Stderr:"].iter().fold(why.as_str(), |why, end| why.split(end).next().unwrap_or(why));
    let looked = match &target.profile {
        Some(_) => "looked in that profile of the shared AWS configuration (keys, SSO session, role, credential_process)",
        None => {
            "looked along the SDK's chain: environment (AWS_ACCESS_KEY_ID), profile (keys, SSO session, role, \
             credential_process), web identity, container, instance metadata"
        }
    };
    let hint = match (unknown_issuer(why), kind) {
        (Some(hint), _) => hint.to_owned(),
        (None, FailureKind::Throttled) => "STS takes no more requests for now: try again in a minute".into(),
        (None, FailureKind::Unreachable) => {
            "check the network here (proxy variables are honoured: HTTPS_PROXY, NO_PROXY), and the AWS health dashboard".into()
        }
        _ => format!("{looked}; log in or correct target {}, then check with `{}`", target.id, whoami(target)),
    };
    Failure::new(kind, secrets.hide(&format!("no credentials for {}: {why}", profile(target))), secrets.hide(&hint))
}

/// What STS said, where it is STS that refused: code and message.
fn refused(error: &CredentialsError) -> Option<(String, String)> {
    fn of<E: Error + ProvideErrorMetadata + 'static>(error: &CredentialsError) -> Option<(String, String)> {
        let refused = find::<E>(error)?;
        let code = plain_code(refused.code()?).to_owned();
        Some((code, one_line(refused.message().unwrap_or("without a message"))))
    }
    of::<AssumeRoleError>(error).or_else(|| of::<AssumeRoleWithWebIdentityError>(error))
}

/// Whose credentials a target means, in words.
pub(crate) fn profile(target: &Target) -> String {
    let profile = target.profile.as_ref().map_or_else(|| "the default profile".to_owned(), |name| format!("profile {name}"));
    match &target.role {
        Some(role) => format!("{profile} to assume {role}"),
        None => profile,
    }
}

/// The command that tells who they are.
pub(crate) fn whoami(target: &Target) -> String {
    match &target.profile {
        Some(name) => format!("aws sts get-caller-identity --profile {name}"),
        None => "aws sts get-caller-identity".into(),
    }
}
