//! Programs, each in a process group of its own and with a mark in its environment, so that what it started ends with it, also what has
//! left the group.

mod environment;
mod find;
mod group;
mod signals;
mod started;

use std::collections::VecDeque;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use self::group::Group;
use super::LiveClock;
use super::lines::Lines;
use crate::clock::{self, Clock};
use crate::plan::{Failure, FailureKind, Happened};
use crate::world::{LineSink, Process, ProcessExit, ProcessRequest, STDOUT_LIMIT, Secrets};

/// Lines of one program that reach the log; the rest is counted.
const LOG_LINES: usize = 2_000;
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
    fn find(&self, request: &ProcessRequest) -> Result<(), Failure> {
        find::program(request).map_err(|failure| self.without_secrets(failure))
    }

    async fn run(&self, request: ProcessRequest, lines: LineSink) -> Result<ProcessExit, Failure> {
        let done = self.attend(request, lines).await;
        done.map_err(|failure| self.without_secrets(failure))
    }
}

impl LiveProcess {
    /// Programs and folders may be named by what is secret.
    fn without_secrets(&self, failure: Failure) -> Failure {
        Failure { message: self.secrets.hide(&failure.message).into_owned(), ..failure }
    }

    async fn attend(&self, request: ProcessRequest, lines: LineSink) -> Result<ProcessExit, Failure> {
        let begun = self.clock.now();
        let Some((program, args)) = request.argv.split_first() else {
            return Err(Failure::new(FailureKind::Invalid, "no program given", "give `argv` at least one entry"));
        };
        let mark = started::mark(&request.caller);
        let mut command = Command::new(program);
        command.args(args);
        environment::prepare(&mut command, &request, &mark);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        if let Some(folder) = find::folder(&request) {
            command.current_dir(folder);
        }
        let mut child = command.spawn().map_err(|error| find::not_started(&request, program, &error))?;
        let mut group = Group::of(&child, mark, Arc::clone(&self.clock));
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
                let left = group.let_go();
                if !left.is_empty() {
                    log.note(&format!("(it has ended; what it started goes on without it: {})", left.join(", ")));
                }
                let signal = status.signal().map(signals::words);
                Ok(ProcessExit { code: status.code(), signal, left, stdout, took })
            }
            Some(Err(error)) => {
                let hint = "look whether it still runs, and what it did";
                Err(Failure::new(FailureKind::Internal, format!("{program} cannot be waited for: {error}"), hint).effect(Happened::Unknown))
            }
            None => {
                // It cannot refuse; waiting keeps it from staying behind as a zombie. What `wait` says does not matter any more.
                let (left, _) = tokio::join!(group.end(), child.wait());
                let limit = request.timeout.as_secs_f64();
                let mut message = format!("{program} was killed with all it started: it ran longer than {limit} s");
                if !left.is_empty() {
                    message += &format!("; still there: {}", left.join(", "));
                }
                let hint = "look at what it has done already; give the step more `timeout` if it needs it";
                Err(Failure::new(FailureKind::Timeout, message, hint).effect(Happened::Unknown))
            }
        }
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

    /// A line of our own, which no flood keeps out.
    fn note(&self, line: &str) {
        (self.sink)(line);
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

#[cfg(test)]
mod tests;
