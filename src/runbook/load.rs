//! Files to sources, with a clear word for everything that a path can be instead of a runbook.

use std::io::{ErrorKind, Read};
use std::path::Path;

use super::model::Runbook;
use super::parse::parse;
use crate::diag::{Diagnostic, Source, code};
use crate::file;

/// Largest runbook, in bytes. The flagship has 8,000.
const MAX_BYTES: u64 = 1 << 20;

/// A runbook that could not be loaded.
#[derive(Debug, Clone)]
pub struct LoadError {
    /// The file's text, when it could be read: for the excerpts.
    pub source: Option<Source>,
    /// What is wrong; at least one error.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a file as text: of at most 1 MiB, UTF-8.
///
/// # Errors
/// One finding that says why the file is not that.
pub fn read_source(path: &Path) -> Result<Source, LoadError> {
    let fail = |diagnostic| LoadError { source: None, diagnostics: vec![diagnostic] };
    let name = path.display();
    let unreadable = |error: &std::io::Error| {
        let (message, help) = match error.kind() {
            ErrorKind::NotFound => (format!("there is no file {name}"), "check the path"),
            ErrorKind::PermissionDenied => (format!("{name} may not be read"), "check the permissions of the file and its folders"),
            ErrorKind::InvalidInput if path.is_dir() => (format!("{name} is a folder"), "name the runbook file in it"),
            ErrorKind::InvalidInput => (format!("{name} is not a file"), "save the runbook as a file first"),
            _ => (format!("{name} cannot be read: {error}"), "check the path"),
        };
        fail(Diagnostic::error(code::UNREADABLE, None, message).help(help))
    };
    let file = file::open_to_read(path).map_err(|error| unreadable(&error))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    source_of(path, bytes)
}

/// The bytes of a file as text; of more than 1 MiB, so much is enough to say that it is larger.
///
/// # Errors
/// One finding that says why they are no text of a runbook.
pub fn source_of(path: &Path, bytes: Vec<u8>) -> Result<Source, LoadError> {
    let fail = |diagnostic| LoadError { source: None, diagnostics: vec![diagnostic] };
    let name = path.display();
    if bytes.len() as u64 > MAX_BYTES {
        let finding = Diagnostic::error(code::TOO_LARGE, None, format!("{name} is larger than 1 MiB"));
        return Err(fail(finding.help("a runbook is a few hundred lines; is this the right file?")));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source { path: path.to_owned(), text: text.into() }),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let line = bytes[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
            let message = format!("{name} is not UTF-8 text: line {line} has the byte 0x{:02x}", bytes[valid]);
            Err(fail(Diagnostic::error(code::NOT_UTF8, None, message).help("save the file as UTF-8")))
        }
    }
}

/// Whether a text has this key at its top level, as far as its lines tell: what is not YAML at all can still be meant as a runbook.
pub fn has_top_level_key(text: &str, key: &str) -> bool {
    let begins = |line: &str| {
        let line = line.trim_start_matches(['"', '\'']);
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    let text = text.trim_start_matches('\u{feff}');
    text.lines().any(|line| begins(line.strip_prefix('{').map_or(line, str::trim_start)))
}

/// Whether a text is the file of a world, as far as its lines tell: a runbook names its world, a world says its version.
pub fn is_world(text: &str) -> bool {
    let version = |line: &str| line.strip_prefix("world:").is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    text.trim_start_matches('\u{feff}').lines().any(version) && !has_top_level_key(text, "lifeboat")
}

/// Reads a runbook file.
///
/// # Errors
/// Everything that is wrong with the file and its structure, with the text for the excerpts where it could be read.
pub fn load(path: &Path) -> Result<(Source, Runbook), LoadError> {
    let source = read_source(path)?;
    match parse(&source) {
        Ok(runbook) => Ok((source, runbook)),
        Err(diagnostics) => Err(LoadError { source: Some(source), diagnostics }),
    }
}
