//! A file with the values of parameters: a mapping from their names.

use indexmap::IndexMap;

use super::node::{Kind, Node};
use super::yaml;
use crate::diag::{Diagnostic, Severity, Source, code};

/// Reads a params file.
///
/// # Errors
/// It is no YAML, or no mapping.
pub fn read(source: &Source) -> Result<IndexMap<String, Node>, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let root = yaml::read(source, &mut diagnostics);
    // Whether a number that begins with a zero is meant as a text, the parameter says.
    diagnostics.retain(|finding| finding.severity == Severity::Error && finding.code != code::LEADING_ZERO);
    match root {
        _ if !diagnostics.is_empty() => Err(diagnostics),
        Some(Node { kind: Kind::Map(entries), .. }) => Ok(entries.into_iter().map(|entry| (entry.key.value, entry.value)).collect()),
        Some(Node { kind: Kind::Null, .. }) | None => Ok(IndexMap::new()),
        Some(other) => {
            let message = format!("a params file is a mapping from names to values, this is {}", other.describe());
            Err(vec![Diagnostic::error(code::WRONG_TYPE, other.span, message).help("write one parameter a line: `to: us-west-2`")])
        }
    }
}
