//! What is wrong with a world file, with the place in it.

use std::fmt;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};

use crate::diag::{Diagnostic, Severity, Source};

/// A world file that cannot be used: everything that is wrong with it, as far as it could be read.
#[derive(Debug, Clone)]
pub struct WorldFileError {
    /// The file as it was named.
    pub path: PathBuf,
    /// Its text, when it could be read.
    pub source: Option<Source>,
    /// At least one.
    pub diagnostics: Vec<Diagnostic>,
}

impl fmt::Display for WorldFileError {
    /// All findings with their excerpts, without colours.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display().to_string();
        for (n, finding) in self.diagnostics.iter().enumerate() {
            if n > 0 {
                write!(f, "\n\n")?;
            }
            let level = match finding.severity {
                Severity::Error => Level::ERROR,
                Severity::Warning => Level::WARNING,
            };
            let mut group = level.primary_title(finding.message.as_str()).id(finding.code).elements([] as [Element<'_>; 0]);
            if let (Some(source), Some(span)) = (&self.source, &finding.span) {
                let end = source.text.len();
                let mut mark = AnnotationKind::Primary.span(span.start.min(end)..span.end.min(end));
                if !finding.label.is_empty() {
                    mark = mark.label(finding.label.as_str());
                }
                group = group.element(Snippet::source(&*source.text).path(path.as_str()).annotation(mark));
            } else {
                group = group.element(Level::NOTE.message(format!("in {path}")));
            }
            if let Some(help) = &finding.help {
                group = group.element(Level::HELP.message(help.as_str()));
            }
            write!(f, "{}", Renderer::plain().render(&[group]))?;
        }
        Ok(())
    }
}

impl std::error::Error for WorldFileError {}
