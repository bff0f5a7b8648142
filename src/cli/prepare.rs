//! From a runbook's file to a plan and a journal: what every run begins with.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::args;
use super::catalogue::catalog;
use super::drive::holder;
use super::exit::Exit;
use super::say::{self, problem};
use crate::diag::{Diagnostic, Severity, Source};
use crate::engine::Actor;
use crate::id::{Digest, RunId};
use crate::journal::{Journal, JournalError, Store, copy_name, new_run_id};
use crate::plan::{self, Plan};
use crate::runbook::{self, Given, Runbook, Shelf};
use crate::world::secrets;

/// A runbook that checks clean, and its plan.
pub(super) struct Prepared {
    /// The file.
    pub source: Source,
    /// The file as a document.
    pub book: Runbook,
    /// What it says.
    pub plan: Plan,
    /// The files of the runbooks that its steps run, each once.
    pub within: Vec<Source>,
    /// What was given for parameters; the others kept their default.
    pub given: IndexMap<String, Given>,
    /// The world file that the runbook names, as written.
    pub world: Option<String>,
}

/// Reads, checks and resolves; shows every finding on the way.
///
/// # Errors
/// [`Exit::BadInput`], after the errors have been shown.
pub(super) fn prepare(file: &Path, given: &args::Params) -> Result<Prepared, Exit> {
    let catalog = catalog();
    let source = runbook::read_source(file).map_err(|error| {
        say::findings(error.source.as_ref(), &error.diagnostics);
        Exit::BadInput
    })?;
    let shelf = Shelf::new(&catalog);
    let (book, findings) = shelf.examine(&source);
    let errors: Vec<Diagnostic> = findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
    let book = match book {
        Some(book) if errors.is_empty() => book,
        _ => {
            say::findings(Some(&source), &errors);
            return Err(Exit::BadInput);
        }
    };
    refuse_secret("the runbook", &source.text)?;
    let given = params(given)?;
    let plan = plan::build_on(&source, &book, &shelf, &given).map_err(|findings| {
        say::findings(Some(&source), &findings);
        Exit::BadInput
    })?;
    let world = book.world.as_ref().map(|world| world.value.clone());
    let within = shelf.sources();
    for source in &within {
        refuse_secret(&format!("the runbook {}", source.path.display()), &source.text)?;
    }
    Ok(Prepared { source, book, within, given, plan, world })
}

/// The values of the params file, and in their place those of the command line.
fn params(given: &args::Params) -> Result<IndexMap<String, Given>, Exit> {
    let mut params = IndexMap::new();
    if let Some(file) = &given.params_file {
        let show = |source: Option<&Source>, findings: &[Diagnostic]| {
            say::findings(source, findings);
            Exit::BadInput
        };
        let source = runbook::read_source(file).map_err(|error| show(error.source.as_ref(), &error.diagnostics))?;
        refuse_secret("the params file", &source.text)?;
        let values = runbook::read_params_file(&source).map_err(|findings| {
            // Who puts a secret in there by mistake should not find it in the log of a pipeline, too.
            let findings: Vec<Diagnostic> = findings.into_iter().map(|finding| finding.conceal(0..source.text.len())).collect();
            show(Some(&source), &findings)
        })?;
        let file: Arc<Path> = Arc::from(file.as_path());
        params.extend(values.into_iter().map(|(name, value)| (name, Given::Plain(value, Arc::clone(&file)))));
    }
    for (name, value) in &given.params {
        refuse_secret(&format!("parameter {name}"), value)?;
        params.insert(name.clone(), Given::Text(value.clone()));
    }
    Ok(params)
}

/// Where a runbook lies, for whoever takes the run up from another folder.
pub(super) fn absolute(file: &Path) -> Option<String> {
    std::path::absolute(file).ok().map(|path| path.to_string_lossy().into_owned())
}

/// The folder that this process is in, for programs of the run that are named by relative paths.
pub(super) fn here() -> Option<String> {
    std::env::current_dir().ok().map(|folder| folder.to_string_lossy().into_owned())
}

/// What a run keeps of its input (runbook, parameters, world file) is kept as it is. A secret that stands in it can only be refused:
/// hidden, it would not be what runs.
///
/// # Errors
/// [`Exit::BadInput`], after having said where it stands.
pub(super) fn refuse_secret(place: &str, text: &str) -> Result<(), Exit> {
    let variables = secrets::variables_in(text);
    let Some(variable) = variables.first() else { return Ok(()) };
    problem(
        &format!("{place} holds the value of {variable}, a secret by its name, and would be recorded; nothing was done"),
        Some(&format!("let the program that needs it read {variable} itself; if it is no secret, start with `env -u {variable}`")),
    );
    Err(Exit::BadInput)
}

/// A run's name and its journal, with copies of all its runbooks, on disk before anything is done. A name that is taken (two runs in one second, and the same
/// random letters) is tried again.
///
/// # Errors
/// The state folder cannot be written: nothing may be executed.
pub(super) fn journal(
    store: &Store,
    now: jiff::Timestamp,
    prepared: &Prepared,
    operator: &Actor,
) -> Result<(RunId, Journal), JournalError> {
    let (run, journal) = empty(store, now, prepared, operator)?;
    let mut kept = HashSet::new();
    for nested in prepared.plan.nested.values() {
        let source = prepared.within.iter().find(|source| Digest::of(source.text.as_bytes()) == nested.source_digest);
        let name = copy_name(&nested.name, &nested.source_digest);
        if let Some(source) = source.filter(|_| kept.insert(name.clone())) {
            journal.keep(&name, source.text.as_bytes())?;
        }
    }
    Ok((run, journal))
}

fn empty(store: &Store, now: jiff::Timestamp, prepared: &Prepared, operator: &Actor) -> Result<(RunId, Journal), JournalError> {
    let mut tries = 0;
    loop {
        let mut random = [0; 4];
        if getrandom::fill(&mut random).is_err() {
            // No randomness: the process id still tells two runs of one second apart.
            random = std::process::id().to_le_bytes();
        }
        let run = new_run_id(now, random);
        tries += 1;
        match store.create(&run, prepared.source.text.as_bytes(), &holder(operator)) {
            Err(JournalError::Exists { .. }) if tries < 8 => {}
            created => return created.map(|journal| (run, journal)),
        }
    }
}
