//! `lifeboat check`: what is wrong with runbooks, and where.

mod explain;
mod find;
mod human;
mod json;
mod rehearsal;
mod sarif;

use std::path::PathBuf;

use super::args::{self, CheckOutput};
use super::catalogue::catalog;
use super::doubts::lost_way_in;
use super::exit::Exit;
use super::say::{out_raw, problem};
use crate::diag::{Diagnostic, Severity, Source};
use crate::runbook::{self, Runbook};
use crate::world::live::way_in;
use crate::world::sim::Definition;

/// One file with what was found in it.
pub(super) struct Checked {
    path: PathBuf,
    /// The text, where it could be read.
    source: Option<Source>,
    /// The runbook's own name, when it has no error.
    name: Option<String>,
    /// Whether it is the file of a world.
    world: bool,
    findings: Vec<Diagnostic>,
}

/// All of them, with what they come to.
pub(super) struct Outcome {
    files: Vec<Checked>,
    /// Files that were looked at, runbooks or not.
    looked_at: usize,
    /// Whether warnings count as errors.
    strict: bool,
    /// Whether folders were looked through.
    searched: bool,
}

/// Checks every file and shows every finding.
pub(super) fn check(args: &args::Check) -> Exit {
    if let Some(code) = &args.explain {
        return explain::explain(code);
    }
    let found = find::find(&args.files);
    let catalog = catalog();
    let checked = |path: PathBuf| match runbook::read_source(&path) {
        Ok(source) if runbook::is_world(&source.text) => {
            let findings = Definition::parse(&path, &source.text).err().map(|error| error.diagnostics).unwrap_or_default();
            Checked { path, source: Some(source), name: None, world: true, findings }
        }
        Ok(source) => {
            let (book, findings) = runbook::examine(&source, &catalog);
            let findings = match &book {
                Some(book) => with_what_is_beside(&source, book, findings),
                None => findings,
            };
            Checked { path, source: Some(source), name: book.map(|book| book.name.value), world: false, findings }
        }
        Err(error) => Checked { path, source: error.source, name: None, world: false, findings: error.diagnostics },
    };
    let mut outcome = Outcome { files: Vec::new(), looked_at: found.looked_at, strict: args.strict, searched: found.searched };
    for place in found.places {
        match place {
            find::Place::File(path) => outcome.files.push(checked(path)),
            find::Place::Trouble(path, finding) => {
                outcome.files.push(Checked { path, source: None, name: None, world: false, findings: vec![finding] });
            }
        }
        if args.output == CheckOutput::Human
            && let Some(file) = outcome.files.last()
        {
            human::show(file);
        }
    }
    match args.output {
        CheckOutput::Human => human::conclude(&outcome),
        CheckOutput::Json => out_raw(&json::document(&outcome).to_string()),
        CheckOutput::Sarif => out_raw(&format!("{:#}", sarif::document(&outcome))),
    }
    if outcome.files.is_empty() {
        // What checks nothing must not look like what found nothing.
        let all: Vec<String> = args.files.iter().map(|path| path.display().to_string()).collect();
        let files = human::counted(outcome.looked_at, "YAML file");
        let help = format!("{files} looked at; a runbook has the key `lifeboat` at its top level");
        problem(&format!("there is no runbook in {}", all.join(", ")), Some(&help));
        return Exit::BadInput;
    }
    if outcome.passed() { Exit::Done } else { Exit::BadInput }
}

/// What is found, what the world lacks that it is rehearsed in, and what this machine's AWS configuration says of the profiles that it names.
fn with_what_is_beside(source: &Source, book: &Runbook, mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    findings.extend(rehearsal::lacking(source, book));
    if let Some((lost, profiles)) = runbook::profiles_and_lost_region(book) {
        let ways = profiles.into_iter().filter_map(|(profile, span)| Some((way_in(Some(&profile), &lost)?, span)));
        findings.extend(ways.map(|(way, span)| Diagnostic { span: Some(span), ..lost_way_in("the credentials", &way) }));
    }
    runbook::sorted(findings)
}

impl Outcome {
    fn count(&self, severity: Severity) -> usize {
        self.files.iter().map(|file| file.count(severity)).sum()
    }

    fn passed(&self) -> bool {
        !self.files.is_empty() && self.count(Severity::Error) == 0 && !(self.strict && self.count(Severity::Warning) > 0)
    }
}

impl Checked {
    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}
