//! As whom a program goes to AWS: with the very credentials that lifeboat itself acts with at the step's target.

use aws_credential_types::provider::ProvideCredentials as _;
use jiff::Timestamp;
use serde_json::Value;

use crate::action::Cx;
use crate::plan::{Failure, FailureKind, Target};

/// What a program gets of a target.
pub(super) struct AsTarget {
    /// Names and values of variables that AWS's tools read.
    pub(super) variables: Vec<(String, String)>,
    /// When the credentials end, where they do.
    pub(super) ends: Option<Timestamp>,
}

/// The credentials of a target, as they are now: those that the world has found to be of the run's account.
///
/// # Errors
/// There are none, or they are of another account than before.
pub(super) async fn credentials(cx: &Cx, target: &Target) -> Result<AsTarget, Failure> {
    let config = cx.world.aws(target, &cx.caller).await?;
    let none = |why: String| {
        let hint = format!("log in, then retry: nothing was started; `aws sts get-caller-identity{}` shows who you are", profile(target));
        Failure::new(FailureKind::Credentials, format!("no credentials for target {}: {why}", target.id), hint)
    };
    let provider = config.credentials_provider().ok_or_else(|| none("there is nothing that provides them".into()))?;
    let credentials = provider.provide_credentials().await.map_err(|error| none(innermost(&error)))?;
    let secrets = cx.world.secrets();
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id().to_owned()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key().to_owned()),
        // The command line of version 1 reads the second one, what came later the first.
        ("AWS_REGION", target.region.clone()),
        ("AWS_DEFAULT_REGION", target.region.clone()),
    ];
    secrets.learn(credentials.secret_access_key());
    if let Some(token) = credentials.session_token() {
        secrets.learn(token);
        variables.push(("AWS_SESSION_TOKEN", token.to_owned()));
    }
    if let Some(account) = &target.account {
        variables.push(("AWS_ACCOUNT_ID", account.clone()));
    }
    if let Some(endpoint) = config.endpoint_url() {
        variables.push(("AWS_ENDPOINT_URL", endpoint.to_owned()));
    }
    // A role that is assumed from a profile is another identity than the profile's, and some tools take a profile before the keys.
    if let (Some(profile), None) = (&target.profile, &target.role) {
        variables.push(("AWS_PROFILE", profile.clone()));
    }
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(AsTarget { variables, ends: credentials.expiry().and_then(|end| Timestamp::try_from(end).ok()) })
}

fn profile(target: &Target) -> String {
    target.profile.as_ref().map(|profile| format!(" --profile {profile}")).unwrap_or_default()
}

/// The innermost cause; the outer ones only say that something failed.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

impl AsTarget {
    /// As whom it begins, for its log.
    pub(super) fn words(&self, cx: &Cx, target: &Target) -> String {
        let left = self.ends.map(|end| end.duration_since(cx.world.clock().now().wall).as_secs().max(0) / 60);
        let left = left.map(|minutes| format!("; its credentials end in {minutes} min")).unwrap_or_default();
        format!("as {} in {}{left}", name(target), target.region)
    }
}

fn name(target: &Target) -> String {
    match &target.account {
        Some(account) => format!("target {}, account {account}", target.id),
        None => format!("target {}", target.id),
    }
}

/// What is shown before the program is confirmed: whose credentials it gets, and when they end.
pub(super) fn notes(cx: &Cx, seen: &Value) -> Vec<String> {
    let Some(target) = &cx.target else {
        return vec!["it gets no credentials of AWS and no profile; it may still find others, such as those of a kubeconfig".into()];
    };
    let mut notes = vec![format!("it goes to AWS as {}", name(target))];
    let ends = seen.get("credentials_end").and_then(Value::as_str).and_then(|end| end.parse::<Timestamp>().ok());
    if let Some(end) = ends {
        let minute = end.strftime("%Y-%m-%d %H:%M UTC");
        let early = cx.world.clock().now().wall + cx.timeout > end;
        let early = if early { ", before its timeout: what it asks of AWS after that is refused" } else { "" };
        notes.push(format!("the credentials of {} end at {minute}{early}", target.id));
    }
    notes
}
