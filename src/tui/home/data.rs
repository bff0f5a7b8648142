//! What the home screen is told: runbooks as they check, runs as their journals tell.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::engine::RunKind;
use crate::id::RunId;
use crate::journal::{RunInfo, Standing};

/// Where the home screen was opened, and by whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The project's folder.
    pub folder: String,
    /// Where runs are recorded.
    pub state: String,
    /// Who sits at the keys: `alice on ops-1`.
    pub operator: String,
}

/// A file that is, or may be, a runbook; or a folder that cannot be looked into.
#[derive(Debug, Clone)]
pub struct Book {
    /// The file, as it is named on the command line.
    pub file: PathBuf,
    /// `name`; empty where it could not be read.
    pub name: String,
    /// `title`; the file's name where it could not be read.
    pub title: String,
    /// `description`, Markdown.
    pub description: String,
    /// `owners`.
    pub owners: Vec<String>,
    /// `severity`.
    pub severity: Option<String>,
    /// `objectives.rto` in seconds.
    pub rto: Option<f64>,
    /// `objectives.rpo` in seconds.
    pub rpo: Option<f64>,
    /// The simulated world it is rehearsed in, as written.
    pub world: Option<String>,
    /// The runbook of the way back, as written.
    pub failback: Option<String>,
    /// What it acts on.
    pub targets: Vec<Target>,
    /// The titles of its steps, in their order.
    pub steps: Vec<String>,
    /// What it asks for.
    pub params: Vec<Param>,
    /// How many errors and warnings its check found.
    pub counts: (usize, usize),
    /// The first of them, errors before warnings.
    pub findings: Vec<Finding>,
    /// Says whether it would run with these values. `None` when it has errors.
    pub asks: Option<Arc<dyn Asks>>,
}

/// One finding of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The runbook cannot run with it.
    pub error: bool,
    /// Line and column, where it has a place.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// A target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its id.
    pub id: String,
    /// Its region.
    pub region: String,
    /// Its account.
    pub account: Option<String>,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// What it takes: `a whole number from 3 to 40`.
    pub takes: String,
    /// What it is when nobody says otherwise, as it would be typed. Without it a value is needed.
    pub default: Option<String>,
    /// One sentence.
    pub description: Option<String>,
    /// The only values there are, where they can be counted.
    pub choices: Vec<String>,
}

/// The rules of a runbook's parameters: those of the command line. Pure.
pub trait Asks: Debug + Send + Sync {
    /// What is wrong with a value; `None` when it is allowed.
    fn problem(&self, param: &str, value: &str) -> Option<String>;
    /// What the runbook acts on with these values.
    ///
    /// # Errors
    /// Why it makes no plan with them.
    fn plan(&self, given: &[(String, String)]) -> Result<Vec<Target>, String>;
}

/// A recorded run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its name.
    pub run: RunId,
    /// When it was begun, by the clock of the machine: a drill's own time is its world's.
    pub begun: Option<Timestamp>,
    /// Its folder.
    pub folder: PathBuf,
    /// What its journal tells, or what is wrong with it.
    pub info: Result<RunInfo, String>,
}

impl Book {
    /// It has no errors, so it can be run.
    pub fn runs(&self) -> bool {
        self.asks.is_some()
    }
}

impl Run {
    /// It is over.
    pub fn finished(&self) -> bool {
        self.info.as_ref().is_ok_and(|info| matches!(info.standing, Standing::Finished { .. }))
    }

    /// A process drives it now.
    pub fn driven(&self) -> bool {
        self.info.as_ref().is_ok_and(|info| info.driver.is_some())
    }

    /// Its kind, as far as it can be read.
    pub fn kind(&self) -> Option<RunKind> {
        self.info.as_ref().ok().map(|info| info.kind)
    }

    /// How long it took, or has taken, by the clock of its world; in seconds.
    pub fn took(&self) -> Option<std::time::Duration> {
        let info = self.info.as_ref().ok()?;
        info.last.duration_since(info.started).try_into().ok()
    }

    /// How long after the outage began it was over, or is now: what the RTO is about.
    pub fn recovered(&self) -> Option<std::time::Duration> {
        let info = self.info.as_ref().ok()?;
        info.last.duration_since(info.outage).try_into().ok()
    }
}
