//! A world and an audience that kill the process they are in.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest as SdkRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_types::SdkConfig;
use lifeboat::clock::Clock;
use lifeboat::driver::Audience;
use lifeboat::plan::{Failure, Target};
use lifeboat::view::Update;
use lifeboat::world::sim::SimWorld;
use lifeboat::world::{Dns, Http, HttpRequest, HttpResponse, LineSink, Process, ProcessExit, ProcessRequest, World};
use serde::{Deserialize, Serialize};

/// When the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Death {
    /// Once the so-many-th record of this process is durable, before anything is done on the strength of it.
    Record(usize),
    /// At the so-many-th call of this process that changes something.
    Call(usize, Moment),
}

/// When during a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Moment {
    /// Before the request is sent.
    Before,
    /// The instant it has taken effect.
    TakenEffect,
    /// Its answer is back and has not been delivered.
    Answered,
}

/// What kills the process, and how far it has got.
#[derive(Debug)]
pub(crate) struct Fuse {
    death: Option<Death>,
    calls: AtomicUsize,
}

impl Fuse {
    pub(crate) fn new(death: Option<Death>) -> Arc<Self> {
        Arc::new(Self { death, calls: AtomicUsize::new(0) })
    }

    /// Makes a call that changes something, and may die in it.
    async fn burn<T>(&self, world: &SimWorld, call: impl Future<Output = T>) -> T {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let due = |moment| self.death == Some(Death::Call(number, moment));
        if due(Moment::Before) {
            die();
        }
        let mut call = std::pin::pin!(call);
        let answer = poll_fn(|cx| {
            let known = || world.audit().iter().filter(|entry| entry.mutating).count();
            let before = if due(Moment::TakenEffect) { known() } else { 0 };
            let polled = call.as_mut().poll(cx);
            if due(Moment::TakenEffect) && known() > before {
                die();
            }
            polled
        })
        .await;
        if due(Moment::Answered) {
            die();
        }
        answer
    }
}

/// As `kill -9` does it: nothing of this process runs after it.
fn die() -> ! {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap();
    unreachable!("SIGKILL cannot be survived")
}

/// Hears of every record, and dies at one.
pub(crate) struct Listener {
    pub(crate) fuse: Arc<Fuse>,
    pub(crate) heard: usize,
}

impl Audience for Listener {
    fn hear(&mut self, update: Update) {
        if let Update::Record(_) = update {
            self.heard += 1;
            if self.fuse.death == Some(Death::Record(self.heard)) {
                die();
            }
        }
    }
}

/// A simulated world in which calls can be fatal.
#[derive(Debug)]
pub(crate) struct Deadly {
    pub(crate) world: Arc<SimWorld>,
    pub(crate) fuse: Arc<Fuse>,
}

#[async_trait]
impl World for Deadly {
    fn clock(&self) -> Arc<dyn Clock> {
        self.world.clock()
    }

    async fn aws(&self, target: &Target, caller: &str) -> Result<SdkConfig, Failure> {
        let client =
            DeadlyClient { inner: Arc::new(self.world.http_client(caller)), world: Arc::clone(&self.world), fuse: Arc::clone(&self.fuse) };
        Ok(self.world.aws(target, caller).await?.to_builder().http_client(client).build())
    }

    fn http(&self) -> Arc<dyn Http> {
        Arc::new(DeadlyHttp { inner: self.world.http(), world: Arc::clone(&self.world), fuse: Arc::clone(&self.fuse) })
    }

    fn dns(&self) -> Arc<dyn Dns> {
        self.world.dns()
    }

    fn process(&self) -> Arc<dyn Process> {
        Arc::new(DeadlyProcess { inner: self.world.process(), world: Arc::clone(&self.world), fuse: Arc::clone(&self.fuse) })
    }
}

#[derive(Debug)]
struct DeadlyClient {
    inner: Arc<dyn HttpClient>,
    world: Arc<SimWorld>,
    fuse: Arc<Fuse>,
}

impl HttpClient for DeadlyClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(DeadlyConnector { inner, world: Arc::clone(&self.world), fuse: Arc::clone(&self.fuse) })
    }
}

#[derive(Debug)]
struct DeadlyConnector {
    inner: SharedHttpConnector,
    world: Arc<SimWorld>,
    fuse: Arc<Fuse>,
}

impl HttpConnector for DeadlyConnector {
    fn call(&self, request: SdkRequest) -> HttpConnectorFuture {
        if !changes_something(&request) {
            return self.inner.call(request);
        }
        let (inner, world, fuse) = (self.inner.clone(), Arc::clone(&self.world), Arc::clone(&self.fuse));
        HttpConnectorFuture::new(async move { fuse.burn(&world, inner.call(request)).await })
    }
}

/// Of the operations that the actions use.
fn changes_something(request: &SdkRequest) -> bool {
    let body = request.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
    let path = request.uri();
    body.contains("Action=PromoteReadReplica") || path.ends_with("/update-config") || request.method() == "POST" && path.contains("/rrset")
}

/// Of the requests to services only proofs that write change something.
#[derive(Debug)]
struct DeadlyHttp {
    inner: Arc<dyn Http>,
    world: Arc<SimWorld>,
    fuse: Arc<Fuse>,
}

#[async_trait]
impl Http for DeadlyHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        if request.writes { self.fuse.burn(&self.world, self.inner.send(request)).await } else { self.inner.send(request).await }
    }
}

#[derive(Debug)]
struct DeadlyProcess {
    inner: Arc<dyn Process>,
    world: Arc<SimWorld>,
    fuse: Arc<Fuse>,
}

#[async_trait]
impl Process for DeadlyProcess {
    async fn run(&self, request: ProcessRequest, lines: LineSink) -> Result<ProcessExit, Failure> {
        self.fuse.burn(&self.world, self.inner.run(request, lines)).await
    }
}
