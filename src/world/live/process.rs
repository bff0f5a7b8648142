//! Programs, each in a process group of its own, so that what it started ends with it.

use std::collections::VecDeque;
use std::io;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use super::LiveClock;
use super::lines::Lines;
use crate::clock::{self, Clock};
use crate::plan::{Failure, FailureKind, Happened};
use crate::world::{LineSink, Process, ProcessExit, ProcessRequest, STDOUT_LIMIT, Secrets};

/// Lines of one program that reach the log; the rest is counted.
const LOG_LINES: usize = 2_000;
/// Between the request to end and the end.
const GRACE: Duration = Duration::from_secs(2);
/// How long output is read after the program has ended: something it left behind may hold the pipe open for ever.
const DRAIN: Duration = Duration::from_secs(1);

/// See the file's text.
#[derive(Debug)]
pub(super) struct LiveProcess {
    clock: Arc<LiveClock>,
    secrets: Secrets,
}

impl LiveProcess {
    pub(super) fn new(clock: Arc<LiveClock>, secrets: Secrets) -> Self {
        Self { clock, secrets }
    }
}

#[async_trait]
impl Process for LiveProcess {
    async fn run(&self, request: ProcessRequest, lines: LineSink) -> Result<ProcessExit, Failure> {
        let begun = self.clock.now();
        let Some((program, args)) = request.argv.split_first() else {
            return Err(Failure::new(FailureKind::Invalid, "no program given", "give `argv` at least one entry"));
        };
        let mut command = Command::new(program);
        command.args(args).envs(request.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        if let Some(cwd) = &request.cwd {
            command.current_dir(cwd);
        }
        let mut child = command.spawn().map_err(|error| not_started(&request, program, &error))?;
        let mut group = Group::of(&child);
        let log = Log::new(lines);
        let stdout = child.stdout.take();
        let stderr = child.stderr.take();
        let tail = Mutex::new(Tail::default());
        let reading = async {
            tokio::join!(
                read(stdout, Lines::new(self.secrets.clone()), |line| {
                    tail.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                    log.line(line);
                }),
                read(stderr, Lines::new(self.secrets.clone()), |line| log.line(line)),
            );
        };
        let status = {
            tokio::pin!(reading);
            let whole = async {
                let mut read_all = false;
                let status = loop {
                    tokio::select! {
                        status = child.wait() => break status,
                        () = &mut reading, if !read_all => read_all = true,
                    }
                };
                if !read_all && clock::timeout(self.clock.as_ref(), DRAIN, &mut reading).await.is_none() {
                    log.line("(something it started is still running and holds its output open)");
                }
                status
            };
            clock::timeout(self.clock.as_ref(), request.timeout, whole).await
        };
        log.finish();
        let took = self.clock.now().since(begun);
        let stdout = tail.into_inner().unwrap_or_else(PoisonError::into_inner).text();
        match status {
            Some(Ok(status)) => {
                group.let_go();
                Ok(ProcessExit { code: status.code(), stdout, took })
            }
            Some(Err(error)) => {
                let hint = "look whether it still runs, and what it did";
                Err(Failure::new(FailureKind::Internal, format!("{program} cannot be waited for: {error}"), hint).effect(Happened::Unknown))
            }
            None => {
                self.end(&mut child, &mut group).await;
                let message = format!("{program} was killed with all it started: it ran longer than {} s", request.timeout.as_secs_f64());
                let hint = "look at what it has done already; give the step more `timeout` if it needs it";
                Err(Failure::new(FailureKind::Timeout, message, hint).effect(Happened::Unknown))
            }
        }
    }
}

impl LiveProcess {
    /// Asks the group to end, and after a while ends it.
    async fn end(&self, child: &mut Child, group: &mut Group) {
        group.signal(Signal::TERM);
        let gone = clock::timeout(self.clock.as_ref(), GRACE, child.wait()).await.is_some();
        // The program may have gone and left others behind.
        group.signal(Signal::KILL);
        group.let_go();
        if !gone {
            // It cannot refuse; waiting keeps it from staying behind as a zombie. What `wait` says does not matter any more.
            child.wait().await.ok();
        }
    }
}

/// A process group that is killed when this is dropped before it was let go.
#[derive(Debug)]
struct Group(Option<Pid>);

impl Group {
    /// `process_group(0)` made the program's own id the group's.
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // The only failure is that nobody is left in it.
            kill_process_group(group, signal).ok();
        }
    }

    fn let_go(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Reads to the end and gives each line to `emit`.
async fn read(from: Option<impl AsyncRead + Unpin>, mut lines: Lines, mut emit: impl FnMut(&str)) {
    let Some(mut from) = from else { return };
    let mut buffer = vec![0; 8 << 10];
    // An error of a pipe is its end.
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        lines.push(&buffer[..count], &mut emit);
    }
    lines.finish(&mut emit);
}

/// Passes a bounded number of lines on.
struct Log {
    sink: LineSink,
    passed: Mutex<usize>,
}

impl Log {
    fn new(sink: LineSink) -> Self {
        Self { sink, passed: Mutex::new(0) }
    }

    fn line(&self, line: &str) {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        *passed += 1;
        if *passed <= LOG_LINES {
            (self.sink)(line);
        }
    }

    fn finish(&self) {
        let passed = *self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if passed > LOG_LINES {
            (self.sink)(&format!("({} more lines are not shown)", passed - LOG_LINES));
        }
    }
}

/// The last lines that fit.
#[derive(Debug, Default)]
struct Tail {
    lines: VecDeque<String>,
    bytes: usize,
}

impl Tail {
    fn push(&mut self, line: &str) {
        self.bytes += line.len() + 1;
        self.lines.push_back(line.to_owned());
        while self.bytes > STDOUT_LIMIT {
            match self.lines.pop_front() {
                Some(first) => self.bytes -= first.len() + 1,
                None => break,
            }
        }
    }

    fn text(self) -> String {
        Vec::from(self.lines).join("\n")
    }
}

fn not_started(request: &ProcessRequest, program: &str, error: &io::Error) -> Failure {
    if let Some(cwd) = request.cwd.as_ref().filter(|cwd| !std::path::Path::new(cwd).is_dir()) {
        let message = format!("{program} was not started: there is no folder {cwd}");
        return Failure::new(FailureKind::NotFound, message, "correct `cwd` of the step");
    }
    let (kind, message, hint) = match error.kind() {
        io::ErrorKind::NotFound => {
            (FailureKind::NotFound, format!("there is no program {program}"), "install it, or give its whole path; PATH is searched")
        }
        io::ErrorKind::PermissionDenied => {
            (FailureKind::AccessDenied, format!("{program} may not be executed"), "check its permissions: it must be an executable file")
        }
        _ => (FailureKind::Invalid, format!("{program} was not started: {error}"), "try the same command in a shell on this machine"),
    };
    Failure::new(kind, message, hint)
}

#[cfg(test)]
mod tests;
