//! The read model of a run. The screen, the line output, the JSON stream and the report are projections of this.

use std::collections::VecDeque;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clocks::LagCheck;
use super::forecast::Course;
use super::people::People;
use super::stopwatch::Stopwatch;
use super::tally::Tally;
use crate::clock::Stamp;
use crate::engine::{Actor, State};
use crate::id::{CheckId, StepId};
use crate::plan::Reading;

/// Passing telemetry: droppable, never journalled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "telemetry", rename_all = "snake_case")]
pub enum Telemetry {
    /// A check was sampled.
    Reading {
        /// The sample.
        reading: Reading,
    },
    /// A running step moved on.
    Progress {
        /// The step.
        step: StepId,
        /// When.
        at: Stamp,
        /// What it waits for.
        waiting_for: String,
        /// How many of how many.
        counted: Option<(u64, u64)>,
    },
    /// A line of a step's log.
    Log {
        /// The step.
        step: StepId,
        /// When.
        at: Stamp,
        /// The line, control characters replaced.
        line: String,
    },
}

/// What a person or a program is shown of a run.
#[derive(Debug, Clone)]
pub struct RunView {
    /// The fold of the durable events. `None` before the first.
    pub state: Option<State>,
    /// One entry an event that people care about, oldest first.
    pub timeline: Vec<Entry>,
    /// Who is told of in the timeline.
    pub people: People,
    /// The latest samples of each check, newest last, bounded.
    pub readings: IndexMap<CheckId, VecDeque<Reading>>,
    /// Where each running step is.
    pub progress: IndexMap<StepId, StepProgress>,
    /// The last lines of each step's log, bounded.
    pub logs: IndexMap<StepId, VecDeque<(Stamp, String)>>,
    /// How many lines each step's log has had in all.
    pub log_lines: IndexMap<StepId, u64>,
    /// Measures durations, across resumes too.
    pub watch: Stopwatch,
    /// How many records were folded: what is made from the state and the timeline is out of date when it differs.
    pub records: u64,
    /// What the steps add up to.
    pub tally: Tally,
    /// What the forecast is made from.
    pub course: Course,
    /// The checks that measure a lag.
    pub lag_checks: Vec<LagCheck>,
    /// Where the runbook lay when the run was begun.
    pub runbook: Option<String>,
}

/// Where a running step is.
#[derive(Debug, Clone, PartialEq)]
pub struct StepProgress {
    /// When that was.
    pub at: Stamp,
    /// What it waits for.
    pub waiting_for: String,
    /// How many of how many.
    pub counted: Option<(u64, u64)>,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// The journal's sequence number of the event it came from.
    pub seq: u64,
    /// When it was recorded.
    pub at: Stamp,
    /// When it happened, for a backdated note.
    pub happened: Timestamp,
    /// The step it is about.
    pub step: Option<StepId>,
    /// Good, bad, or just so.
    pub tone: Tone,
    /// Who did it.
    pub by: Option<Arc<Actor>>,
    /// What happened, one line, no control characters.
    pub text: String,
}

/// The colour and symbol of a timeline entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Something was achieved.
    Good,
    /// Something failed.
    Bad,
    /// Somebody should look.
    Attention,
    /// Something began or was noted.
    Plain,
}
