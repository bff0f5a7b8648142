//! What an SDK error means for the person at the keys: the one place that knows the SDK's error types.
//!
//! Codes are those of the services' public API references. Where a code is not listed here, the HTTP status decides which kind it is. That
//! a change was refused is said by the service's own whole answer only, never by a status: see `answer`.

mod answer;
mod credentials;

use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use super::World;
use crate::plan::rate::rate_of;
use crate::plan::{Failure, FailureKind, Happened, Target};

pub(crate) use credentials::{no_credentials, profile, whoami};

/// One call of an AWS operation, as far as an error about it must be able to say.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// `rds:PromoteReadReplica`; also the IAM action.
    pub operation: &'static str,
    /// Where; a global service says `global`.
    pub region: &'a str,
    /// What it is called on.
    pub resource: &'a str,
    /// With which account and credentials.
    pub target: &'a Target,
    /// Whether it changes anything.
    pub mutating: bool,
    /// Where it is made. It knows the secrets that a service may repeat, and is told when a service no longer takes the credentials.
    pub world: &'a dyn World,
}

impl Call<'_> {
    /// A failure of this call that is not an SDK error: what came back is not what it must be.
    pub fn wrong(&self, kind: FailureKind, message: impl Into<String>, hint: impl Into<String>) -> Failure {
        let (message, hint, secrets) = (message.into(), hint.into(), self.world.secrets());
        Failure {
            operation: self.operation.into(),
            region: self.region.into(),
            resource: self.resource.into(),
            ..Failure::new(kind, secrets.hide(&message), secrets.hide(&hint))
        }
    }

    /// What an SDK error means.
    pub fn failure<E>(&self, error: &SdkError<E, HttpResponse>) -> Failure
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        let mut failure = match error {
            SdkError::ServiceError(service) => self.refused(service.err(), service.raw()),
            SdkError::ResponseError(response) => self.garbage(response.raw(), &root(error)),
            other => self.not_answered(other),
        };
        failure.request_id = error.request_id().map(str::to_owned).filter(|id| !id.is_empty());
        if !self.mutating {
            failure.effect = Happened::No;
        } else if failure.effect == Happened::Unknown {
            failure.hint = format!("whether the call took effect is not known: look first. Then: {}", failure.hint);
        }
        failure
    }

    /// No answer at all: no credentials, no connection, no time.
    fn not_answered<E: Error + 'static>(&self, error: &SdkError<E, HttpResponse>) -> Failure {
        let cause = root(error);
        if let Some(credentials) = find::<CredentialsError>(error) {
            return self.no_credentials(credentials);
        }
        match error {
            SdkError::ConstructionFailure(_) => {
                self.wrong(FailureKind::Invalid, format!("the request could not be built: {cause}"), self.hint(FailureKind::Invalid))
            }
            SdkError::TimeoutError(_) => self.unreachable(format!("no answer in time: {cause}"), Happened::Unknown),
            SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => {
                // The client says which timeout it was in words only. Without a connection nothing was sent.
                let sent = if cause.contains("connect timeout") { Happened::No } else { Happened::Unknown };
                self.unreachable(format!("no answer in time: {cause}"), sent)
            }
            _ => {
                let sent = if never_connected(error) { Happened::No } else { Happened::Unknown };
                let failure = self.unreachable(format!("no answer: {cause}"), sent);
                match credentials::unknown_issuer(&cause) {
                    Some(hint) => Failure { hint: hint.to_owned(), ..failure },
                    None => failure,
                }
            }
        }
    }

    fn unreachable(&self, message: String, effect: Happened) -> Failure {
        self.wrong(FailureKind::Unreachable, message, self.hint(FailureKind::Unreachable)).effect(effect)
    }

    fn no_credentials(&self, error: &CredentialsError) -> Failure {
        let failure = no_credentials(self.target, &self.world.secrets(), error);
        self.wrong(failure.kind, failure.message, failure.hint)
    }

    /// The service answered with an error.
    fn refused<E: Error + ProvideErrorMetadata>(&self, error: &E, raw: &HttpResponse) -> Failure {
        let status = raw.status().as_u16();
        let Some(code) = error.code().map(plain_code).filter(|code| !code.is_empty()) else {
            return self.garbage(raw, &format!("HTTP status {status} without an error code"));
        };
        if self.mutating && !answer::is_own(raw) {
            return self.garbage(raw, &format!("it says {}, but has no request id, or is not whole", one_line(code)));
        }
        let kind = kind_of(code, status);
        let message = error.message().map(str::trim).filter(|text| !text.is_empty());
        let message = message.map_or_else(|| format!("HTTP status {status}"), one_line);
        let mut failure = self.wrong(kind, message, self.hint(kind)).effect(answer::effect(code, status));
        if kind == FailureKind::Credentials && is_clock_skew(code, &failure.message) {
            failure.hint = "the signature's time is off: set this machine's clock, then try again".into();
        }
        if kind == FailureKind::Credentials {
            self.world.rejected(self.target);
        }
        failure.code = Some(code.to_owned());
        failure
    }

    /// Something answered that is not the service.
    fn garbage(&self, raw: &HttpResponse, why: &str) -> Failure {
        let status = raw.status().as_u16();
        let beginning = |bytes: &[u8]| one_line(self.world.secrets().hide_cut(&String::from_utf8_lossy(&bytes[..bytes.len().min(400)])));
        let body = raw.body().bytes().map(beginning).unwrap_or_default();
        let body: String = body.chars().take(80).collect();
        let body = if body.is_empty() { String::new() } else { format!(", beginning with `{body}`") };
        if status >= 500 {
            let message = format!("HTTP status {status} that is not an error of the service{body}");
            return self.wrong(FailureKind::Server, message, self.hint(FailureKind::Server)).effect(Happened::Unknown);
        }
        // Whoever answered so may have passed the call on: for a change it is neither "not there" nor "not now".
        if status == 429 && !self.mutating {
            return self.wrong(FailureKind::Throttled, "HTTP status 429", self.hint(FailureKind::Throttled));
        }
        if status == 404 && !self.mutating {
            let message = format!("the endpoint does not know this operation (HTTP status 404{body})");
            return self.wrong(FailureKind::NotFound, message, "AWS knows it: see what answers there, and whether AWS_ENDPOINT_URL is set");
        }
        let message = format!("an answer that is not one of the service (HTTP status {status}{body}): {}", one_line(why));
        let hint = "a proxy, a captive portal or a wrong AWS_ENDPOINT_URL may stand between lifeboat and AWS; look at what answers there";
        self.wrong(FailureKind::Unreachable, message, hint).effect(Happened::Unknown)
    }

    /// What to do next, by kind.
    fn hint(&self, kind: FailureKind) -> String {
        let region = self.region;
        let place = match &self.target.account {
            Some(account) => format!("{region} of account {account}"),
            None => region.to_owned(),
        };
        let service = self.operation.split(':').next().unwrap_or(self.operation);
        match kind {
            FailureKind::NotFound => {
                format!("looked in {place} with {}: check the name, the region and the target {}", profile(self.target), self.target.id)
            }
            FailureKind::Credentials => {
                let login = self.target.profile.as_ref().map_or_else(String::new, |name| format!(" --profile {name}"));
                format!(
                    "get new credentials for {} (for SSO: `aws sso login{login}`), check with `{}`, then try again",
                    profile(self.target),
                    whoami(self.target)
                )
            }
            FailureKind::AccessDenied => {
                let on = if self.resource.is_empty() { String::new() } else { format!(" on {}", self.resource) };
                let explicit = "a service control policy, a permissions boundary or a region restriction can deny it too";
                format!("allow {}{on} for {} in {place}; {explicit}", self.operation, profile(self.target))
            }
            FailureKind::Throttled => {
                // Where the limit is known, a run keeps within it; where it is not, what a run does at once may be too much by itself.
                match rate_of(service) {
                    Some(rate) => format!(
                        "the request rate of {place} is used up, and lifeboat keeps within {}'s {} requests a second: find out what else \
                         is calling it there, then try again",
                        rate.name, rate.per_second
                    ),
                    None => format!(
                        "the request rate of {place} is used up: what this run does at once counts, too; wait for its other steps, find out \
                         what else is calling {service} there, then try again"
                    ),
                }
            }
            FailureKind::Conflict => "wait until the other change or the current state is over, then try again".into(),
            FailureKind::Invalid => "check the step's parameters, and that the target's region is one that has the service".into(),
            FailureKind::Server => {
                format!("the service is in trouble: see the AWS health dashboard for {service} in {region}, then try again")
            }
            FailureKind::Unreachable => {
                format!(
                    "check the network here, and the AWS health dashboard for {service} in {region}; AWS_ENDPOINT_URL and proxy \
                     variables (HTTPS_PROXY, NO_PROXY) are honoured where they are set"
                )
            }
            _ => "look at the resource in the console".into(),
        }
    }
}

/// Whether an error of the service that the SDK cannot read is nevertheless the service's own and whole.
pub(crate) fn is_own(raw: &HttpResponse) -> bool {
    answer::is_own(raw)
}

/// The kind of an AWS error code.
fn kind_of(code: &str, status: u16) -> FailureKind {
    match code {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "TokenRefreshRequired"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "InvalidAccessKeyId"
        | "RequestExpired"
        | "IncompleteSignature"
        | "AuthFailure"
        | "InvalidToken" => FailureKind::Credentials,
        // Route 53 answers so while an earlier change of the same zone is being taken in; `PriorRequestNotComplete` is meant to be retried.
        "PriorRequestNotComplete"
        | "ResourceInUseException"
        | "ConflictException"
        | "OperationNotPermittedException"
        // EKS: "The request is invalid given the state of the cluster."
        | "InvalidRequestException" => {
            FailureKind::Conflict
        }
        _ if answer::is_throttling(code) => FailureKind::Throttled,
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "NotAuthorized" | "Forbidden" | "UnauthorizedException" => {
            FailureKind::AccessDenied
        }
        _ if code.starts_with("NoSuch")
            || code.ends_with("NotFound")
            || code.ends_with("NotFoundFault")
            || code == "ResourceNotFoundException" =>
        {
            FailureKind::NotFound
        }
        // InvalidDBInstanceState, InvalidGlobalClusterStateFault, InvalidStateException …: the state forbids it now, not for ever.
        _ if code.starts_with("Invalid")
            && (code.ends_with("State") || code.ends_with("StateFault") || code.ends_with("StateException")) =>
        {
            FailureKind::Conflict
        }
        _ if status >= 500 => FailureKind::Server,
        _ if status == 429 => FailureKind::Throttled,
        _ if status == 401 || status == 403 => FailureKind::AccessDenied,
        _ if status == 404 => FailureKind::NotFound,
        _ if status == 409 => FailureKind::Conflict,
        _ => FailureKind::Invalid,
    }
}

fn is_clock_skew(code: &str, message: &str) -> bool {
    code == "RequestExpired" || message.contains("Signature expired") || message.contains("Signature not yet current")
}

/// Some protocols send `namespace#Code` or `Code:http://…`.
fn plain_code(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or(code);
    code.split(':').next().unwrap_or(code).trim()
}

/// Whether the error says that no connection came about, so that nothing can have been sent.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| {
        let legacy = cause.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(hyper_util::client::legacy::Error::is_connect);
        // An unreachable host or network is no proof by itself: it can also end a connection on which the request was sent.
        let refused = cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        legacy || refused
    })
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(|cause| cause.downcast_ref::<T>())
}

/// The innermost cause: the outer ones only repeat that something failed.
pub(crate) fn root(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map_or_else(String::new, |cause| one_line(cause.to_string()))
}

/// Text on one line, without control characters.
fn one_line(text: impl AsRef<str>) -> String {
    let clean: String = text.as_ref().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod answer_tests;
#[cfg(test)]
mod tests;
