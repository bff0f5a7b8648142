//! Folding records and telemetry into the read model.

use std::collections::VecDeque;

use indexmap::IndexMap;

use super::clocks::LagCheck;
use super::forecast::Course;
use super::model::{RunView, StepProgress, Telemetry};
use super::people::People;
use super::stopwatch::Stopwatch;
use super::tally::Tally;
use super::timeline::entry;
use crate::engine::{Event, StepPhase, begin, evolve};
use crate::id::{CheckId, StepId};
use crate::journal::Record;

/// Samples kept for each check: what the widest sparkline can show.
pub const READINGS_KEPT: usize = 120;

/// Bytes kept of a log line.
const LOG_LINE_KEPT: usize = 4_096;

/// Log lines kept in memory for each step; the whole log is in the run's folder.
pub const LOG_LINES_KEPT: usize = 1_000;

/// Log lines left of a step that has ended well: a run of thousands of steps must not fill the memory with what nobody waits for.
pub const LOG_LINES_LEFT: usize = 8;

impl RunView {
    /// A view of nothing yet.
    pub fn new() -> Self {
        Self {
            state: None,
            timeline: Vec::new(),
            people: People::default(),
            readings: IndexMap::new(),
            progress: IndexMap::new(),
            logs: IndexMap::new(),
            log_lines: IndexMap::new(),
            watch: Stopwatch::default(),
            records: 0,
            tally: Tally::default(),
            course: Course::default(),
            lag_checks: Vec::new(),
            runbook: None,
        }
    }

    /// Folds one durable record.
    pub fn record(&mut self, record: &Record) {
        self.watch.note(record);
        if let Some(line) = entry(self.state.as_ref(), &self.watch, &mut self.people, record) {
            self.timeline.push(line);
        }
        self.records += 1;
        match &mut self.state {
            None => {
                self.state = begin(&record.event, record.at);
                if let Event::RunStarted { runbook, .. } = &record.event {
                    self.runbook.clone_from(runbook);
                }
                if let Some(state) = &self.state {
                    self.lag_checks = LagCheck::all(&state.plan);
                    self.course = Course::of(state);
                    self.tally = Tally::of(state);
                }
            }
            Some(state) => {
                let before = (std::mem::discriminant(&state.phase), state.rolling_back);
                evolve(state, &record.event, record.at);
                if before != (std::mem::discriminant(&state.phase), state.rolling_back) {
                    // What every step waits for has changed.
                    self.tally = Tally::of(state);
                    self.course.update_all(state);
                }
            }
        }
        if let Some(step) = record.event.step() {
            self.step(step);
        }
    }

    /// Brings up to date what is derived from a step.
    fn step(&mut self, id: &StepId) {
        let Some(state) = &self.state else { return };
        let Some((place, _, step)) = state.steps.get_full(id) else { return };
        self.tally.update(state, place);
        self.course.update(state, place);
        let had_its_turn = |progress: &StepProgress| progress.waiting_for.starts_with("waiting for its turn");
        // What a look waited for is over when the change is shown.
        if step.phase.is_ended() || step.phase == StepPhase::Proposed && self.progress.get(id).is_some_and(had_its_turn) {
            self.progress.swap_remove(id);
        }
        if matches!(step.phase, StepPhase::Succeeded | StepPhase::Planned | StepPhase::Skipped { .. }) {
            let plan = state.plan.step(id);
            // What a decision was taken on is in the state; of the rest, the last sample says how it was at the end.
            let decided = step.confirmation.as_ref().map_or(&[][..], |given| &given.readings);
            let recorded = |check: &CheckId| decided.iter().chain(&step.proofs).any(|reading| reading.check == *check);
            for check in plan.into_iter().flat_map(|step| step.preconditions.iter().chain(&step.verify)) {
                if recorded(&check.id) && check.rpo_field.is_none() {
                    self.readings.swap_remove(&check.id);
                } else if let Some(samples) = self.readings.get_mut(&check.id) {
                    keep_last(samples, 1);
                }
            }
            if let Some(lines) = self.logs.get_mut(id) {
                keep_last(lines, LOG_LINES_LEFT);
            }
        }
    }

    /// Folds one piece of telemetry.
    pub fn telemetry(&mut self, telemetry: &Telemetry) {
        match telemetry {
            Telemetry::Reading { reading } => {
                keep(self.readings.entry(reading.check.clone()).or_default(), reading.clone(), READINGS_KEPT);
            }
            // A check that waits is no step.
            Telemetry::Progress { step, .. } if self.state.as_ref().is_some_and(|state| !state.steps.contains_key(step)) => {}
            Telemetry::Progress { step, at, waiting_for, counted } => {
                self.progress.insert(step.clone(), StepProgress { at: *at, waiting_for: waiting_for.clone(), counted: *counted });
            }
            Telemetry::Log { step, at, line } => {
                keep(self.logs.entry(step.clone()).or_default(), (*at, beginning(line)), LOG_LINES_KEPT);
                *self.log_lines.entry(step.clone()).or_default() += 1;
            }
        }
    }
}

impl Default for RunView {
    fn default() -> Self {
        Self::new()
    }
}

fn keep_last<T>(queue: &mut VecDeque<T>, most: usize) {
    queue.drain(..queue.len().saturating_sub(most));
    queue.shrink_to_fit();
}

/// A line as far as it is kept: a command may write all its output as one.
fn beginning(line: &str) -> String {
    if line.len() <= LOG_LINE_KEPT {
        return line.to_owned();
    }
    let end = (0..=LOG_LINE_KEPT).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
    format!("{}… ({} bytes; the log in the run's folder has more)", &line[..end], line.len())
}

fn keep<T>(queue: &mut VecDeque<T>, item: T, most: usize) {
    if queue.len() == most {
        queue.pop_front();
    }
    queue.push_back(item);
}
