//! The runbooks that a runbook runs as steps: each read and checked once, however often it is used.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::check::{Outline, examine_on};
use super::load::read_source;
use super::model::{Runbook, StepDoc};
use super::spec::Catalog;
use super::yaml::show;
use crate::diag::{Diagnostic, Severity, Source, code};
use crate::expr;

/// The action whose step is another runbook.
pub const RUN_RUNBOOK: &str = "runbook";

/// Most runbooks within each other, the outermost included.
const MOST_DEEP: usize = 8;

/// A runbook that another one runs as a step. It checks clean.
#[derive(Debug)]
pub struct Book {
    /// The file.
    pub source: Source,
    /// What it says.
    pub runbook: Runbook,
    /// What others see of it.
    pub(crate) outline: Outline,
}

/// Why a file cannot be run as a step.
#[derive(Debug, Clone)]
pub(crate) struct Closed {
    pub(crate) code: &'static str,
    /// One sentence.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: String,
}

/// The runbooks that were opened so far.
#[derive(Debug)]
pub struct Shelf<'c> {
    catalog: &'c Catalog,
    books: RefCell<HashMap<PathBuf, Result<Rc<Book>, Closed>>>,
    /// The files that are being looked at, the outermost first: a file that is among them runs itself.
    open: RefCell<Vec<PathBuf>>,
}

impl<'c> Shelf<'c> {
    /// An empty one.
    pub fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, books: RefCell::default(), open: RefCell::default() }
    }

    /// The actions and probes that there are.
    pub fn catalog(&self) -> &'c Catalog {
        self.catalog
    }

    /// As [`examine`](super::examine), with the runbooks that it runs kept here.
    pub fn examine(&self, source: &Source) -> (Option<Runbook>, Vec<Diagnostic>) {
        let (runbook, _, findings) = examine_on(source, self);
        (runbook, findings)
    }

    /// The texts of all files that were opened and can be run, in no order that matters.
    pub fn sources(&self) -> Vec<Source> {
        self.books.borrow().values().filter_map(|book| book.as_ref().ok()).map(|book| book.source.clone()).collect()
    }

    /// The runbook that a step runs: `None` where the step runs none, or does not say which in a way that can be read.
    ///
    /// # Errors
    /// Why it cannot be run.
    pub(crate) fn of(&self, from: &Source, step: &StepDoc) -> Option<Result<Rc<Book>, Closed>> {
        let file = file_of(step)?;
        Some(self.open(from, file))
    }

    /// The runbook in `file`, which counts from the folder of `from`.
    fn open(&self, from: &Source, file: &str) -> Result<Rc<Book>, Closed> {
        let path = from.path.parent().map_or_else(|| PathBuf::from(file), |folder| folder.join(file));
        let place = place(&path);
        let mut open = self.open.borrow().clone();
        if open.is_empty() {
            open.push(self::place(&from.path));
        }
        if let Some(at) = open.iter().position(|other| *other == place) {
            let way = open[at..].iter().chain([&place]).map(|path| name(path)).collect::<Vec<_>>().join(" runs ");
            return Err(Closed {
                code: code::RUNBOOK_CIRCLE,
                message: format!("runbooks run each other in a circle: {way}"),
                help: "a runbook cannot be part of itself".into(),
            });
        }
        let known = self.books.borrow().get(&place).cloned();
        let book = match known {
            Some(known) => known?,
            None if open.len() >= MOST_DEEP => return Err(too_deep()),
            None => {
                open.push(place.clone());
                let before = self.open.replace(open.clone());
                let book = self.read(&path, file).map(Rc::new);
                self.open.replace(before);
                open.pop();
                self.books.borrow_mut().insert(place, book.clone());
                book?
            }
        };
        if open.len() + book.outline.height > MOST_DEEP { Err(too_deep()) } else { Ok(book) }
    }

    fn read(&self, path: &Path, file: &str) -> Result<Book, Closed> {
        let source = read_source(path).map_err(|error| {
            let first = error.diagnostics.into_iter().next();
            let (message, help) = first.map_or_else(Default::default, |first| (first.message, first.help));
            let help = help.filter(|_| path.exists()).unwrap_or_else(|| "the path counts from the folder of this runbook".into());
            Closed { code: code::BAD_RUNBOOK, message, help }
        })?;
        let (runbook, outline, findings) = examine_on(&source, self);
        let mut errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
        match (runbook.zip(outline), errors.next()) {
            (Some((runbook, outline)), None) => Ok(Book { source, runbook, outline }),
            // A circle is said once, and not once for each file on the way to it.
            (_, Some(Diagnostic { code: code::RUNBOOK_CIRCLE, message, help, .. })) => {
                Err(Closed { code: code::RUNBOOK_CIRCLE, message: message.clone(), help: help.clone().unwrap_or_default() })
            }
            (_, first) => {
                let first = first.map_or_else(String::new, |first| said(&source, first));
                let file = show(file);
                let message = match errors.count() {
                    0 => format!("`{file}` has an error{first}"),
                    more => format!("`{file}` has {} errors; the first{first}", more + 1),
                };
                Err(Closed { code: code::BAD_RUNBOOK, message, help: format!("`lifeboat check {}` shows all there is", path.display()) })
            }
        }
    }
}

/// The file that a step runs, when it runs one and says so in plain text.
pub(crate) fn file_of(step: &StepDoc) -> Option<&str> {
    if step.action.value != RUN_RUNBOOK {
        return None;
    }
    let file = step.with.get("file")?.as_text()?;
    (!file.is_empty() && !expr::has_expression(file)).then_some(file)
}

/// A finding of another file in a sentence about that file: ` in line 7: there is no action …`.
pub(crate) fn said(source: &Source, finding: &Diagnostic) -> String {
    let line = finding.span.as_ref().and_then(|span| source.text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    match line {
        Some(line) => format!(" in line {line}: {}", finding.message),
        None => format!(": {}", finding.message),
    }
}

fn too_deep() -> Closed {
    Closed {
        code: code::RUNBOOK_CIRCLE,
        message: format!("runbooks are within each other more than {MOST_DEEP} deep"),
        help: "let the outermost runbook run more of them itself".into(),
    }
}

/// One name for a file, however its path is written.
fn place(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
