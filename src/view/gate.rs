//! The gate: what the live preconditions say right now.

use std::time::Duration;

use super::model::RunView;
use crate::clock::Stamp;
use crate::plan::{Check, Gate, Reading, Verdict};

/// One check as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckNow<'a> {
    /// The check.
    pub check: &'a Check,
    /// Its latest sample, when there is one.
    pub reading: Option<&'a Reading>,
    /// What that means now: a stale sample and a missing one are Unknown.
    pub verdict: Verdict,
    /// How old the sample is.
    pub age: Option<Duration>,
    /// Its first sample, or the first since the machine woke, is still being taken: it is a matter of moments.
    pub awaited: bool,
}

impl CheckNow<'_> {
    /// It stands against going on, unless it is overridden.
    pub fn blocks(&self) -> bool {
        self.check.severity == Gate::Block && self.verdict != Verdict::Pass
    }
}

/// A set of checks as they stand now.
#[derive(Debug, Clone, PartialEq)]
pub struct GateNow<'a> {
    /// In the order of the plan.
    pub checks: Vec<CheckNow<'a>>,
}

impl<'a> GateNow<'a> {
    /// Looks at `checks` as of `now`.
    pub fn look(view: &'a RunView, checks: &'a [Check], now: Stamp) -> Self {
        let checks = checks.iter().map(|check| look_at(view, check, now)).collect();
        Self { checks }
    }

    /// Those that block.
    pub fn blocking(&self) -> impl Iterator<Item = &CheckNow<'a>> {
        self.checks.iter().filter(|check| check.blocks())
    }

    /// Those that block although they have been sampled: what a person can override.
    pub fn standing(&self) -> impl Iterator<Item = &CheckNow<'a>> {
        self.blocking().filter(|check| !check.awaited)
    }

    /// Those that block because nobody knows, rather than because they fail.
    pub fn unknown(&self) -> usize {
        self.blocking().filter(|check| matches!(check.verdict, Verdict::Unknown(_))).count()
    }

    /// Those that do not pass and do not block.
    pub fn warnings(&self) -> usize {
        self.checks.iter().filter(|check| check.verdict != Verdict::Pass && !check.blocks()).count()
    }
}

fn look_at<'a>(view: &'a RunView, check: &'a Check, now: Stamp) -> CheckNow<'a> {
    let reading = view.readings.get(&check.id).and_then(|samples| samples.back());
    let woke = view.state.as_ref().and_then(|state| state.woke);
    let awaited = reading.is_none_or(|reading| woke.is_some_and(|woke| reading.at.mono_ms < woke.mono_ms));
    let verdict = match reading {
        None => Verdict::Unknown("not sampled yet".into()),
        Some(reading) => match view.state.as_ref().map_or_else(|| reading.verdict.clone(), |state| state.verdict_of(reading)) {
            unknown @ Verdict::Unknown(_) => unknown,
            _ => reading.verdict_at(now, Duration::try_from_secs_f64(check.fresh).unwrap_or(Duration::MAX)),
        },
    };
    CheckNow { check, reading, verdict, age: reading.map(|reading| now.since(reading.at)), awaited }
}
