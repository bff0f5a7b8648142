//! The live world, put together.

use std::sync::Arc;

use async_trait::async_trait;
use aws_types::SdkConfig;

use super::aws::LiveAws;
use super::clock::LiveClock;
use super::dns::LiveDns;
use super::http::LiveHttp;
use super::process::LiveProcess;
use crate::clock::{Clock, Stamp};
use crate::plan::{Failure, Target};
use crate::world::{Dns, Http, Process, Secrets, World};

/// The live world.
#[derive(Debug)]
pub struct LiveWorld {
    clock: Arc<LiveClock>,
    aws: LiveAws,
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

    fn with_clock(user: &str, clock: LiveClock) -> Self {
        let clock = Arc::new(clock);
        let secrets = Secrets::of_environment();
        Self {
            aws: LiveAws::new(user, secrets.clone()),
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
        self.aws.config(target, caller).await
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
