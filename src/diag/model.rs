//! A finding about a file: where, what, why, and what to do.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A file's text with its name; shared by everything that points into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name as the user gave it.
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
}

/// Byte offsets into a [`Source`]. An empty range marks a place between two characters.
pub type Span = Range<usize>;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used; a person should look.
    Warning,
}

/// One finding about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code, `LB0101`, for searching and for `--explain`.
    pub code: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where. `None` when it is about the file as a whole.
    pub span: Option<Span>,
    /// What stands at the caret, in a few words; may be empty.
    pub label: String,
    /// What to do next: a suggestion, the allowed values, the rule.
    pub help: Option<String>,
    /// What no excerpt of the file may show: it may be a secret that was written where only its place belongs.
    pub concealed: Option<Span>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        let (message, span) = (message.into(), span.into());
        Self { severity: Severity::Error, code, message, span, label: String::new(), help: None, concealed: None }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// The same with a help line.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, with something in the file that must not be shown.
    #[must_use]
    pub fn conceal(mut self, span: Span) -> Self {
        self.concealed = Some(span);
        self
    }

    /// The same with words at the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
}
