//! Folding records and telemetry into the read model.

use std::collections::VecDeque;

use indexmap::IndexMap;

use super::model::{RunView, StepProgress, Telemetry};
use super::stopwatch::Stopwatch;
use super::timeline::entry;
use crate::engine::{begin, evolve};
use crate::journal::Record;

/// Samples kept for each check: what the widest sparkline can show.
pub const READINGS_KEPT: usize = 120;

/// Log lines kept in memory for each step; the whole log is in the run's folder.
pub const LOG_LINES_KEPT: usize = 1_000;

impl RunView {
    /// A view of nothing yet.
    pub fn new() -> Self {
        Self {
            state: None,
            timeline: Vec::new(),
            readings: IndexMap::new(),
            progress: IndexMap::new(),
            logs: IndexMap::new(),
            log_lines: IndexMap::new(),
            watch: Stopwatch::default(),
        }
    }

    /// Folds one durable record.
    pub fn record(&mut self, record: &Record) {
        self.watch.note(record);
        if let Some(line) = entry(self.state.as_ref(), &self.watch, record) {
            self.timeline.push(line);
        }
        match &mut self.state {
            None => self.state = begin(&record.event, record.at),
            Some(state) => evolve(state, &record.event, record.at),
        }
        if let Some(step) = record.event.step()
            && self.state.as_ref().and_then(|state| state.steps.get(step)).is_some_and(|step| step.phase.is_ended())
        {
            self.progress.shift_remove(step);
        }
    }

    /// Folds one piece of telemetry.
    pub fn telemetry(&mut self, telemetry: &Telemetry) {
        match telemetry {
            Telemetry::Reading { reading } => {
                keep(self.readings.entry(reading.check.clone()).or_default(), reading.clone(), READINGS_KEPT);
            }
            Telemetry::Progress { step, at, waiting_for, counted } => {
                self.progress.insert(step.clone(), StepProgress { at: *at, waiting_for: waiting_for.clone(), counted: *counted });
            }
            Telemetry::Log { step, at, line } => {
                keep(self.logs.entry(step.clone()).or_default(), (*at, line.clone()), LOG_LINES_KEPT);
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

fn keep<T>(queue: &mut VecDeque<T>, item: T, most: usize) {
    if queue.len() == most {
        queue.pop_front();
    }
    queue.push_back(item);
}
