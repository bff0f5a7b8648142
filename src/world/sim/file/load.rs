//! Reading a world file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_saphyr::Location;

use super::check::check;
use super::error::WorldFileError;
use super::model::WorldFile;
use jiff::Timestamp;

use crate::diag::{Diagnostic, Source, Span, closest, code};
use crate::id::Digest;

/// The largest world file that is read. The flagship's has 4 kB.
const SIZE_LIMIT: u64 = 1 << 20;

/// A world file, read and checked.
#[derive(Debug, Clone)]
pub struct Definition {
    pub(crate) file: Arc<WorldFile>,
    path: PathBuf,
    text: Arc<str>,
    digest: Digest,
}

impl Definition {
    /// Reads and checks the file at `path`.
    ///
    /// # Errors
    /// Everything that is wrong with it, with excerpts.
    pub fn load(path: &Path) -> Result<Self, WorldFileError> {
        Self::parse(path, &text(path)?)
    }

    /// Reads the world in which a run has begun. It was checked then, by what was known of AWS then, and is not checked again.
    ///
    /// # Errors
    /// It cannot be read, or has not the form of a world file.
    pub fn of_run(path: &Path) -> Result<Self, WorldFileError> {
        Self::read(path, &text(path)?, false)
    }

    /// Checks the text of a world file; `path` is how it is named in messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, with excerpts.
    pub fn parse(path: &Path, text: &str) -> Result<Self, WorldFileError> {
        Self::read(path, text, true)
    }

    fn read(path: &Path, text: &str, checked: bool) -> Result<Self, WorldFileError> {
        let source = Source { path: path.to_path_buf(), text: text.into() };
        let failed = |diagnostics: Vec<Diagnostic>| WorldFileError { path: path.to_path_buf(), source: Some(source.clone()), diagnostics };
        if text.trim().is_empty() {
            return Err(failed(vec![
                Diagnostic::error(code::WORLD_UNREADABLE, None, "the world file is empty")
                    .help("runbooks/worlds/region_loss.yaml is an example"),
            ]));
        }
        // Which of the two it is meant to be is said before all that a world does not have.
        if !top_level(text, "world") && top_level(text, "lifeboat") {
            let finding = Diagnostic::error(code::WORLD_FORM, None, "this is a runbook, not a world");
            return Err(failed(vec![finding.help("a world file begins with `world: 1`; a runbook names its world: `world: FILE`")]));
        }
        let options = serde_saphyr::options! { with_snippet: false };
        let file: WorldFile = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let span = error.location().and_then(|location| span_of(&location, text));
            // The message's own words for the place say less than the excerpt.
            let message = error.without_snippet().to_string();
            let message = message.split(" at line ").next().unwrap_or(&message).trim_end_matches(':').to_owned();
            let (message, help) = explained(&message);
            failed(vec![Diagnostic::error(code::WORLD_FORM, span, message).help(help)])
        })?;
        let findings = if checked { check(&file, text) } else { Vec::new() };
        if !findings.is_empty() {
            return Err(failed(findings));
        }
        Ok(Self { file: Arc::new(file), path: path.to_path_buf(), text: text.into(), digest: Digest::of(text.as_bytes()) })
    }

    /// The same world, beginning at `start`: everything in it is moved by as much. A client that asks for the metrics of the last ten
    /// minutes means its own.
    #[must_use]
    pub fn beginning_at(mut self, start: Timestamp) -> Self {
        let file = Arc::make_mut(&mut self.file);
        let by = start.duration_since(file.start);
        file.start = start;
        if let Some(incident) = &mut file.incident_start {
            incident.value += by;
        }
        for window in file.rds.iter_mut().flat_map(|db| &mut db.backing_up) {
            (window.from, window.until) = (window.from.moved(by), window.until.moved(by));
        }
        let groups = file.eks.iter_mut().flat_map(|cluster| cluster.nodegroups.values_mut());
        for issue in groups.flat_map(|group| &mut group.value.issues) {
            issue.from = issue.from.map(|when| when.moved(by));
            issue.until = issue.until.map(|when| when.moved(by));
        }
        for event in &mut file.events {
            event.at.value = event.at.value.moved(by);
        }
        for fault in &mut file.faults {
            fault.value.from = fault.value.from.map(|when| when.moved(by));
            fault.value.until = fault.value.until.map(|when| when.moved(by));
        }
        self
    }

    /// `name` of the file.
    pub fn name(&self) -> &str {
        &self.file.name.value
    }

    /// `title` of the file, or its name.
    pub fn title(&self) -> &str {
        self.file.title.as_deref().unwrap_or(&self.file.name.value)
    }

    /// The file's path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's text, byte for byte as it was read: [`Definition::parse`] makes the same of it, whatever has become of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The fingerprint of the file's text.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}

/// The text of a world file, which is a regular file of at most 1 MiB.
fn text(path: &Path) -> Result<String, WorldFileError> {
    let unreadable = |message: String, help: &str| WorldFileError {
        path: path.to_path_buf(),
        source: None,
        diagnostics: vec![Diagnostic::error(code::WORLD_UNREADABLE, None, message).help(help)],
    };
    let io = |error: io::Error| {
        let help = if error.kind() == io::ErrorKind::PermissionDenied { "check the file's permissions" } else { "check the path" };
        unreadable(format!("the world file cannot be read: {error}"), help)
    };
    // Looked at before it is opened: to open a pipe waits for its writer, and a device never ends.
    let kind = std::fs::metadata(path).map_err(io)?;
    if kind.is_dir() {
        return Err(unreadable("the world file is a folder".into(), "name a YAML file in it"));
    }
    if !kind.is_file() {
        return Err(unreadable("the world file is not a regular file".into(), "save the world as a file first"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(SIZE_LIMIT + 1).read_to_end(&mut bytes)).map_err(io)?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(unreadable("the world file is larger than 1 MiB, which is the most".into(), "is this a world file?"));
    }
    String::from_utf8(bytes).map_err(|error| {
        unreadable(format!("the world file is not UTF-8: byte {} is wrong", error.utf8_error().valid_up_to()), "save it as UTF-8")
    })
}

/// Whether a line at the left begins with this key.
fn top_level(text: &str, key: &str) -> bool {
    text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':')))
}

/// What the reader says, in words of the format, and what to do.
fn explained(message: &str) -> (String, String) {
    const MOMENT: &str = "write it with its date and `Z`: `2026-03-12T02:47:00Z`; in events and faults also `5m`, from the start";
    // What reads moments speaks of the digits that it wanted.
    if message.contains("four digit year") {
        return ("this is no moment".to_owned(), MOMENT.to_owned());
    }
    let near = || {
        let (key, known) = message.strip_prefix("unknown field `")?.split_once("`, expected one of ")?;
        closest(key, known.split(", ").map(|name| name.trim_matches('`')))
    };
    let help =
        near().map_or_else(|| "docs/world-format.md has all keys and their values".to_owned(), |name| format!("did you mean `{name}`?"));
    (message.to_owned(), help)
}

/// The place as bytes. An empty place is widened to one character, so that there is something to point at.
pub(super) fn span_of(location: &Location, text: &str) -> Option<Span> {
    if *location == Location::UNKNOWN {
        return None;
    }
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?.min(text.len());
    let len = usize::try_from(span.byte_len()?).ok()?;
    let first = text.get(start..)?.chars().next().map_or(0, char::len_utf8);
    let end = (start + len.max(first)).min(text.len());
    // A mapping's place is all of it; its first line says enough.
    let line_end = text.get(start..end)?.find('\n').map_or(end, |newline| start + newline);
    Some(start..line_end.max((start + first).min(text.len())))
}
