//! Programs of the world: those under `commands:` of its file, and no other. Nothing is ever run on this machine.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;

use super::audit::AuditEntry;
use super::fault::{Place, Verdict};
use super::file::CommandDef;
use super::ledger::Line;
use super::world::Inner;
use crate::clock::Clock;
use crate::plan::{Failure, FailureKind, Happened};
use crate::world::{LineSink, Process, ProcessExit, ProcessRequest, STDOUT_LIMIT};

/// The world's programs.
#[derive(Debug)]
pub(crate) struct SimProcess {
    pub(crate) world: Arc<Inner>,
}

#[async_trait]
impl Process for SimProcess {
    async fn run(&self, request: ProcessRequest, lines: LineSink) -> Result<ProcessExit, Failure> {
        let at = Clock::now(self.world.clock());
        let definition = self.world.definition();
        let known = definition.file.commands.iter().find(|command| request.argv.starts_with(&command.argv.value));
        let program = request.argv.first().cloned().unwrap_or_default();
        let (n, strike) = self.world.with_estate(|estate| {
            let n = estate.next_call();
            (n, estate.faults.strike(Place { service: "process", operation: &program, region: "" }, at.wall, n))
        });
        let note = |call| self.world.note(Line { n, call, struck: strike.by.clone(), reached: None });
        let entry = AuditEntry {
            at,
            took: std::time::Duration::ZERO,
            caller: request.caller.clone(),
            service: "process".into(),
            operation: program.clone(),
            region: String::new(),
            resource: request.argv.join(" "),
            params: json!({ "argv": request.argv, "cwd": request.cwd }),
            outcome: Ok(()),
            mutating: true,
            answered: true,
            request_id: self.world.dice().request_id(n),
            settled_since: at.wall,
        };
        let Some(command) = known else {
            note(AuditEntry { outcome: Err("UnknownCommand".into()), answered: false, ..entry });
            return Err(Failure {
                resource: request.argv.join(" "),
                ..Failure::new(
                    FailureKind::Invalid,
                    format!("the simulated world `{}` does not know the command `{}`", definition.name(), request.argv.join(" ")),
                    format!("add it under `commands:` of {}: a drill never runs a program on this machine", definition.path().display()),
                )
            });
        };
        let hang = strike.verdict == Some(Verdict::Hang);
        let takes = self.world.dice().draw(command.takes, &format!("command/{}", command.argv.value.join(" ")), n) + strike.latency;
        if hang || takes > request.timeout {
            note(AuditEntry { took: request.timeout, outcome: Err("Timeout".into()), answered: false, ..entry });
            self.world.clock().sleep(request.timeout).await;
            return Err(Failure {
                resource: request.argv.join(" "),
                ..Failure::new(
                    FailureKind::Timeout,
                    format!("`{program}` was killed after {} s", request.timeout.as_secs()),
                    "find out what it did before it was killed, then retry",
                )
            }
            .effect(Happened::Unknown));
        }
        let outcome = if command.exit == 0 { Ok(()) } else { Err(format!("exit {}", command.exit)) };
        note(AuditEntry { took: takes, outcome, ..entry });
        self.play(command, takes, &lines).await;
        Ok(ProcessExit { code: Some(command.exit), stdout: tail(&command.output), took: takes, ..ProcessExit::default() })
    }
}

impl SimProcess {
    /// Lets the output come, spread over the time that the program takes.
    async fn play(&self, command: &CommandDef, takes: std::time::Duration, lines: &LineSink) {
        let clock = self.world.clock();
        let end = clock.elapsed() + takes;
        let count = u32::try_from(command.output.lines().count()).unwrap_or(u32::MAX).max(1);
        for line in command.output.lines() {
            clock.sleep(takes / count).await;
            lines(line);
        }
        clock.sleep(end.saturating_sub(clock.elapsed())).await;
    }
}

/// The last part of the output that is kept, from a line's beginning where it was cut.
fn tail(output: &str) -> String {
    let from = output.len().saturating_sub(STDOUT_LIMIT);
    let cut = output.char_indices().map(|(at, _)| at).find(|at| *at >= from).unwrap_or(0);
    let kept = &output[cut..];
    let kept = if cut == 0 { kept } else { kept.split_once('\n').map_or(kept, |(_, rest)| rest) };
    kept.to_owned()
}
