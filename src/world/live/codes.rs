//! Profiles whose role wants the code of a device (`mfa_serial`): the SDK does not ask for one, lifeboat does, before a run begins.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_credential_types::Credentials;
use aws_types::SdkConfig;
use futures::future::BoxFuture;

use super::profiles::{Assumes, Mfa, Profiles, Source};
use crate::plan::{Failure, FailureKind, Target};
use crate::world::World;
use crate::world::aws_error::Call;

/// The sessions that codes have opened, by profile.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Credentials>>);

/// What assuming a role needs beside the role.
pub(super) struct Caller<'a> {
    pub(super) world: &'a dyn World,
    pub(super) target: &'a Target,
    /// Region, endpoint and HTTP client; whose credentials are in it does not matter.
    pub(super) config: &'a SdkConfig,
    /// The name of a session that its profile does not name.
    pub(super) session: &'a str,
}

impl Sessions {
    pub(super) fn get(&self, mfa: &Mfa) -> Option<Credentials> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&mfa.profile).cloned()
    }

    /// The credentials of a profile on whose way a code is wanted, once the code was given.
    ///
    /// # Errors
    /// It was not, or its session is over; STS refuses one of the roles behind it.
    pub(super) fn credentials<'a>(
        &'a self,
        caller: &'a Caller<'a>,
        profiles: &'a Profiles,
        name: &'a str,
        mfa: &'a Mfa,
    ) -> BoxFuture<'a, Result<Credentials, Failure>> {
        Box::pin(async move {
            if name == mfa.profile {
                return self.get(mfa).ok_or_else(|| wanted(mfa));
            }
            let assumes = profiles.assumes(name).ok_or_else(|| no_role(name))?;
            let keys = match &assumes.source {
                Source::Profile(source) => self.credentials(caller, profiles, source, mfa).await?,
                Source::Keys(..) => return Err(no_role(name)),
            };
            caller.assume(&assumes, keys, None).await
        })
    }

    /// Opens the session of a profile with a code, which is good for one use within half a minute.
    ///
    /// # Errors
    /// STS does not take the code, or does not answer.
    pub(super) async fn open(
        &self,
        caller: &Caller<'_>,
        (assumes, keys): (&Assumes, Credentials),
        mfa: &Mfa,
        code: &str,
    ) -> Result<(), Failure> {
        let session = caller.assume(assumes, keys, Some((&mfa.serial, code))).await?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(mfa.profile.clone(), session);
        Ok(())
    }
}

impl Caller<'_> {
    async fn assume(&self, assumes: &Assumes, keys: Credentials, code: Option<(&str, &str)>) -> Result<Credentials, Failure> {
        let Self { world, target, config, session } = self;
        let call =
            Call { operation: "sts:AssumeRole", region: &target.region, resource: &assumes.role, target, mutating: false, world: *world };
        let request = aws_sdk_sts::Client::new(&super::vouched::with(config, &keys)).assume_role().role_arn(&assumes.role);
        let request = request.role_session_name(assumes.session.as_deref().unwrap_or(session));
        let request = request.set_external_id(assumes.external_id.clone()).set_duration_seconds(assumes.seconds);
        let request = match code {
            Some((serial, code)) => request.serial_number(serial).token_code(code),
            None => request,
        };
        let answer = request.send().await.map_err(|error| call.failure(&error))?;
        let given = answer.credentials().ok_or_else(|| {
            call.wrong(FailureKind::Unreachable, "the answer holds no credentials", "see what answers there in the place of STS")
        })?;
        let until = std::time::SystemTime::try_from(*given.expiration()).ok();
        let (key, secret) = (given.access_key_id(), given.secret_access_key());
        Ok(Credentials::new(key, secret, Some(given.session_token().to_owned()), until, "AssumeRole"))
    }
}

/// That the session of a code is over.
pub(super) fn over(mfa: &Mfa) -> Failure {
    let message = format!("the session of profile {}, which a code of {} opened, is over", mfa.profile, mfa.serial);
    let hint = "leave and take the run up again with `lifeboat resume`, which asks for a new code; `duration_seconds` in the profile makes \
                sessions longer, up to what the role allows";
    Failure::new(FailureKind::Credentials, message, hint)
}

fn wanted(mfa: &Mfa) -> Failure {
    let Mfa { profile, serial } = mfa;
    let message = format!("profile {profile} wants a code of the MFA device {serial}, and none was given");
    let hint = format!(
        "lifeboat asks for it at a terminal, before a run begins; without one open a session before, `aws sts get-caller-identity --profile {profile}`, and name \
         a profile in the target that passes it on: `credential_process = aws configure export-credentials --profile {profile}`"
    );
    Failure::new(FailureKind::Credentials, message, hint)
}

fn no_role(name: &str) -> Failure {
    let message = format!("profile {name} has a `source_profile` and no `role_arn`, or no keys for it");
    Failure::new(FailureKind::Credentials, message, "correct it in the shared AWS configuration; `aws configure list-profiles` lists them")
}
