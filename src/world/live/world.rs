//! The live world, put together.

use std::sync::Arc;

use async_trait::async_trait;
use aws_types::SdkConfig;

use super::aws::{LiveAws, in_turn};
use super::clock::LiveClock;
use super::dns::LiveDns;
use super::http::LiveHttp;
use super::process::LiveProcess;
use crate::clock::{Clock, Stamp};
use crate::plan::{Endpoint, Failure, Plan, Target};
use crate::world::limit::Limits;
use crate::world::{Dns, Http, Process, Secrets, World};

/// A code that a profile wants.
#[derive(Debug)]
pub struct WantedCode<'a> {
    /// For whose credentials.
    pub target: &'a Target,
    /// The profile that says so.
    pub profile: String,
    /// The device that shows it.
    pub device: String,
}

/// The live world.
#[derive(Debug)]
pub struct LiveWorld {
    clock: Arc<LiveClock>,
    aws: LiveAws,
    limits: Limits,
    http: Arc<LiveHttp>,
    dns: Arc<LiveDns>,
    process: Arc<LiveProcess>,
    secrets: Secrets,
}

impl LiveWorld {
    /// A live world. `user` names the sessions of assumed roles, `lifeboat-USER`, so that CloudTrail tells who acted.
    ///
    /// No file is read and no connection made before the first call. The secrets in this process's environment are known from now on,
    /// the credentials of a target from when they are first used.
    pub fn new(user: &str) -> Self {
        Self::with_clock(user, LiveClock::new())
    }

    /// A live world for a run that is taken up again: its monotonic time goes on from `last`, the last that the journal has.
    pub fn resumed(user: &str, last: Stamp) -> Self {
        Self::with_clock(user, LiveClock::resumed(last))
    }

    /// Where the calls of these targets go that do not go to AWS: variables and profiles may name other endpoints.
    ///
    /// # Errors
    /// The bundle of authorities that the environment names cannot be read.
    pub async fn endpoints(&self, plan: &Plan) -> Result<Vec<Endpoint>, Failure> {
        self.aws.endpoints(plan.targets.values()).await
    }

    /// What to ask for before the first call: the codes that profiles want, each with the target that it is given for.
    pub async fn codes_wanted<'a>(&self, plan: &'a Plan) -> Vec<WantedCode<'a>> {
        let wanted = self.aws.codes_wanted(plan.targets.values()).await.into_iter();
        wanted.map(|(target, mfa)| WantedCode { target, profile: mfa.profile, device: mfa.serial }).collect()
    }

    /// Opens the session that a code is good for.
    ///
    /// # Errors
    /// STS does not take the code, or does not answer.
    pub async fn give_code(&self, target: &Target, code: &str) -> Result<(), Failure> {
        self.aws.give_code(self, target, code).await
    }

    #[cfg(test)]
    pub(super) fn on(aws: LiveAws) -> Self {
        Self::with(LiveClock::new(), aws)
    }

    fn with_clock(user: &str, clock: LiveClock) -> Self {
        Self::with(clock, LiveAws::new(user))
    }

    fn with(clock: LiveClock, aws: LiveAws) -> Self {
        let clock = Arc::new(clock);
        let secrets = Secrets::of_environment();
        Self {
            aws,
            limits: Limits::default(),
            http: Arc::new(LiveHttp::new(clock.clone(), secrets.clone())),
            dns: Arc::new(LiveDns::new(clock.clone(), secrets.clone())),
            process: Arc::new(LiveProcess::new(clock.clone(), secrets.clone())),
            clock,
            secrets,
        }
    }
}

#[async_trait]
impl World for LiveWorld {
    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    async fn aws(&self, target: &Target, caller: &str) -> Result<SdkConfig, Failure> {
        let config = self.aws.config(self, target, caller).await?;
        Ok(in_turn(config, &self.limits, self.clock(), target, caller))
    }

    fn rejected(&self, target: &Target) {
        self.aws.rejected(target);
    }

    fn limits(&self) -> Limits {
        self.limits.clone()
    }

    fn http(&self) -> Arc<dyn Http> {
        self.http.clone()
    }

    fn dns(&self) -> Arc<dyn Dns> {
        self.dns.clone()
    }

    fn process(&self) -> Arc<dyn Process> {
        self.process.clone()
    }

    fn secrets(&self) -> Secrets {
        self.secrets.clone()
    }
}
