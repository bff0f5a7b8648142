//! What a runbook file says, as written: nothing is filled in, every value knows its place.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::node::{Node, Spanned};
use crate::diag::{Diagnostic, Span};

/// A runbook file.
#[derive(Debug, Clone, PartialEq)]
pub struct Runbook {
    /// `name`.
    pub name: Spanned<String>,
    /// `title`.
    pub title: Spanned<String>,
    /// `description`, Markdown; empty when it is not there.
    pub description: String,
    /// `owners`.
    pub owners: Vec<String>,
    /// `severity`.
    pub severity: Option<String>,
    /// `objectives.rto` in seconds.
    pub rto: Option<Spanned<f64>>,
    /// `objectives.rpo` in seconds.
    pub rpo: Option<Spanned<f64>>,
    /// `impaired`.
    pub impaired: Option<Spanned<String>>,
    /// `failback`.
    pub failback: Option<Spanned<String>>,
    /// `world`: the world file that the runbook is rehearsed in, beside the runbook.
    pub world: Option<Spanned<String>>,
    /// `links`: title and address.
    pub links: Vec<(String, String)>,
    /// `params`.
    pub params: IndexMap<String, Param>,
    /// `secrets`.
    pub secrets: IndexMap<String, SecretDoc>,
    /// `targets`.
    pub targets: IndexMap<String, TargetDoc>,
    /// `defaults.target`.
    pub default_target: Option<Spanned<String>>,
    /// `defaults.timeout` in seconds.
    pub default_timeout: Option<Spanned<f64>>,
    /// `preconditions`.
    pub preconditions: Vec<CheckDoc>,
    /// `steps`.
    pub steps: Vec<StepDoc>,
    /// Whether everything in the file could be read. When not, what seems to be unused may be used in the part that was not.
    pub complete: bool,
    /// Numbers that begin with a zero, each as a finding: one that is meant as a text is taken as it is written.
    pub zeros: Vec<Diagnostic>,
    /// Whether the id of every step could be read. When not, a step that seems to be missing may be one of those.
    pub steps_known: bool,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Spanned<String>,
    /// Its type.
    pub ty: ParamKind,
    /// What it is when nobody says otherwise; without it the parameter is required.
    pub default: Option<Node>,
    /// The least allowed: a number, or seconds.
    pub min: Option<Spanned<f64>>,
    /// The greatest allowed: a number, or seconds.
    pub max: Option<Spanned<f64>>,
    /// A regular expression that the whole text must match.
    pub pattern: Option<Spanned<String>>,
    /// One sentence.
    pub description: Option<String>,
}

/// The type of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamKind {
    /// Any text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `5m`; seconds in expressions.
    Duration,
    /// The name of an AWS region.
    Region,
    /// One of these words.
    Enum(Vec<String>),
    /// A list of these.
    List(Box<ParamKind>),
    /// A text that nobody may see, `secret: true`. Its values say where it is: `env:NAME`, `file:PATH`.
    Secret,
    /// The type could not be read; the file has an error. Nothing more is said about the parameter.
    Unreadable,
}

/// Where a secret is read from when a run starts.
#[derive(Debug, Clone, PartialEq)]
pub struct SecretDoc {
    /// Its name.
    pub name: Spanned<String>,
    /// `env` or `file`.
    pub source: SecretSource,
}

/// The place of a secret. Only the place is recorded, never what is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretSource {
    /// A variable of the environment.
    Env(String),
    /// A file; a path that is not absolute counts from the folder of the runbook.
    File(String),
}

/// One target.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetDoc {
    /// Its id.
    pub id: Spanned<String>,
    /// `region`.
    pub region: Spanned<String>,
    /// `account`.
    pub account: Option<Spanned<String>>,
    /// `profile`.
    pub profile: Option<Spanned<String>>,
    /// `role`: an ARN.
    pub role: Option<Spanned<String>>,
    /// `external_id`.
    pub external_id: Option<Spanned<String>>,
}

/// A precondition or a proof.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckDoc {
    /// From its first to behind its last character.
    pub span: Span,
    /// `title`.
    pub title: Spanned<String>,
    /// `probe`.
    pub probe: Spanned<String>,
    /// `with`; an empty mapping when it is not there.
    pub with: Node,
    /// `target`.
    pub target: Option<Spanned<String>>,
    /// `expect`.
    pub expect: Spanned<String>,
    /// `every` in seconds.
    pub every: Option<Spanned<f64>>,
    /// `fresh` in seconds.
    pub fresh: Option<Spanned<f64>>,
    /// `within` in seconds.
    pub within: Option<Spanned<f64>>,
    /// `stable` in seconds.
    pub stable: Option<Spanned<f64>>,
    /// `severity: warn`.
    pub warns_only: bool,
    /// `reads`.
    pub reads: Option<Spanned<bool>>,
    /// `writes`.
    pub writes: Option<Spanned<bool>>,
    /// `look`, with the title, `within` and `stable` of the proof.
    pub look: Option<Box<CheckDoc>>,
}

/// One step, or the rollback of one.
#[derive(Debug, Clone, PartialEq)]
pub struct StepDoc {
    /// From its first to behind its last character.
    pub span: Span,
    /// `id`; for a rollback the id of its step.
    pub id: Spanned<String>,
    /// `title`; for a rollback it may be missing, and is then empty.
    pub title: Spanned<String>,
    /// `why`, Markdown.
    pub why: Option<Spanned<String>>,
    /// `phase`.
    pub phase: Option<Spanned<String>>,
    /// `for_each`: a list, or an expression that gives one.
    pub for_each: Option<Node>,
    /// `action`.
    pub action: Spanned<String>,
    /// `with`; an empty mapping when it is not there.
    pub with: Node,
    /// `target`.
    pub target: Option<Spanned<String>>,
    /// `needs`; `None` means the step above.
    pub needs: Option<Vec<Spanned<String>>>,
    /// `when`.
    pub when: Option<Spanned<String>>,
    /// `preconditions`.
    pub preconditions: Vec<CheckDoc>,
    /// `confirm`.
    pub confirm: Option<Spanned<ConfirmDoc>>,
    /// `confirm_reason`.
    pub confirm_reason: Option<Spanned<String>>,
    /// `expected` in seconds.
    pub expected: Option<Spanned<f64>>,
    /// `timeout` in seconds.
    pub timeout: Option<Spanned<f64>>,
    /// `retry`: all attempts, and seconds between them.
    pub retry: Option<(u32, f64)>,
    /// `on_failure`.
    pub on_failure: FailureDoc,
    /// `rollback`.
    pub rollback: Option<Box<StepDoc>>,
    /// `verify`.
    pub verify: Vec<CheckDoc>,
}

/// `confirm` as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfirmDoc {
    /// `none`.
    None,
    /// `enter`.
    Enter,
    /// `{type: TEXT}`.
    Type(String),
    /// `two_person`.
    TwoPerson,
}

/// `on_failure` as written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FailureDoc {
    /// `pause`, or not written.
    #[default]
    Pause,
    /// `continue`.
    Continue,
    /// `roll_back`.
    RollBack,
    /// `abort`.
    Abort,
}
