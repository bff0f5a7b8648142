//! The runbooks of a project, for the home screen: found, read and checked.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::catalogue::catalog;
use crate::diag::{Diagnostic, Severity, Source, position};
use crate::file;
use crate::plan;
use crate::runbook::spec::Catalog;
use crate::runbook::{self, Param, ParamKind, Runbook, Spanned};
use crate::tui::home::{self, Asks, Book, Finding, Msg, Target};

/// The folder of runbooks in a project.
const FOLDER: &str = "runbooks";
/// Folders below it that are looked into.
const DEEPEST: usize = 4;
/// Entries of folders that are looked at.
const MOST_ENTRIES: usize = 20_000;
/// Runbooks that are listed.
const MOST_BOOKS: usize = 500;
/// Findings that are kept of a runbook.
const FINDINGS: usize = 5;
/// Runbooks that are checked before the screen is told.
const BATCH: usize = 10;
/// How much of a file is read to see whether it is a runbook.
const HEAD: u64 = 4 << 10;

/// Tells every runbook; bit by bit while they are checked, or all at the end.
pub(super) fn find(project: &Path, bit_by_bit: bool, out: &UnboundedSender<Msg>) {
    let mut search = Search::default();
    search.folder(project, Path::new(""), 0);
    search.folder(project, Path::new(FOLDER), DEEPEST);
    let all = search.found.len();
    search.found.truncate(MOST_BOOKS);
    let short = (all > MOST_BOOKS || search.entries > MOST_ENTRIES).then(|| {
        format!("only the first {} runbooks are listed here: this is too large a folder to look through all of it", search.found.len())
    });
    let catalog = Arc::new(catalog());
    let tell = |books: &[Arc<Book>]| out.send(Msg::Books { books: books.to_vec(), of: search.found.len(), short: short.clone() }).is_ok();
    let mut books = Vec::with_capacity(search.found.len());
    for (file, trouble) in &search.found {
        books.push(Arc::new(match trouble {
            None => book(project, file, &catalog),
            Some(why) => unreadable(file, vec![Diagnostic::error("", None, why.clone())], None),
        }));
        let due = bit_by_bit && (books.len() == 1 || books.len() % BATCH == 0) && books.len() < search.found.len();
        if due && !tell(&books) {
            return; // The screen is closed.
        }
    }
    tell(&books);
}

/// What was found so far, under the project's folder.
#[derive(Default)]
struct Search {
    /// Files and folders by their names below the project, with what stands in the way of reading them.
    found: Vec<(PathBuf, Option<String>)>,
    entries: usize,
}

impl Search {
    /// Looks through a folder and so many levels below it.
    fn folder(&mut self, project: &Path, folder: &Path, levels: usize) {
        let path = project.join(folder);
        let mut names = match fs::read_dir(&path).and_then(|entries| entries.collect::<io::Result<Vec<_>>>()) {
            Ok(entries) => entries,
            // A project may have no folder of that name, or a file.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return,
            Err(error) => {
                let name = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
                self.found.push((name.to_owned(), Some(format!("the folder cannot be read: {error}"))));
                return;
            }
        };
        names.sort_by_key(fs::DirEntry::file_name);
        let mut below = Vec::new();
        for entry in names {
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                return;
            }
            let name = folder.join(entry.file_name());
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            // A link to a folder is not followed: it may lead round in a circle.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                below.push(name);
            } else if name.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                match begins_as_runbook(&project.join(&name)) {
                    Ok(true) => self.found.push((name, None)),
                    Ok(false) => {}
                    Err(error) => self.found.push((name, Some(format!("the file cannot be read: {error}")))),
                }
            }
        }
        if levels > 0 {
            below.iter().for_each(|folder| self.folder(project, folder, levels - 1));
        }
    }
}

/// Whether the first thing in a file, after comments, is the key `lifeboat`.
fn begins_as_runbook(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    let file = match file::open_to_read(path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Ok(false),
        opened => opened?,
    };
    file.take(HEAD).read_to_end(&mut head)?;
    let head = String::from_utf8_lossy(&head);
    let nothing = |line: &&str| !line.is_empty() && !line.starts_with(['#', '%']) && *line != "---";
    let first = head.trim_start_matches('\u{feff}').lines().map(str::trim).find(nothing);
    let key = first.map(|line| line.trim_start_matches(['"', '\'']));
    Ok(key.and_then(|key| key.strip_prefix("lifeboat")).is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':')))
}

fn book(project: &Path, file: &Path, catalog: &Arc<Catalog>) -> Book {
    let source = match runbook::read_source(&project.join(file)) {
        Ok(source) => source,
        Err(error) => return unreadable(file, error.diagnostics, error.source.as_ref()),
    };
    let (document, findings) = runbook::examine(&source, catalog);
    // Of one that is only wrong in its meaning, the title can still be shown.
    let Some(document) = document.or_else(|| runbook::parse(&source).ok()) else { return unreadable(file, findings, Some(&source)) };
    let scope = json!({ "params": runbook::default_values(&document) });
    let text = |written: &Spanned<String>| filled(&written.value, &scope);
    let bare = unreadable(file, findings, Some(&source));
    let targets = document.targets.values().map(|target| Target {
        id: target.id.value.clone(),
        region: text(&target.region),
        account: target.account.as_ref().map(text),
    });
    Book {
        name: document.name.value.clone(),
        title: text(&document.title),
        description: document.description.clone(),
        owners: document.owners.clone(),
        severity: document.severity.clone(),
        rto: document.rto.as_ref().map(|rto| rto.value),
        rpo: document.rpo.as_ref().map(|rpo| rpo.value),
        world: document.world.as_ref().map(text),
        failback: document.failback.as_ref().map(text),
        targets: targets.collect(),
        steps: document.steps.iter().map(|step| text(&step.title)).collect(),
        params: document.params.values().map(param).collect(),
        asks: (bare.counts.0 == 0).then(|| Arc::new(Rules { source, document, catalog: Arc::clone(catalog) }) as Arc<dyn Asks>),
        ..bare
    }
}

/// A text with the defaults filled in, as far as they are known.
fn filled(text: &str, scope: &Value) -> String {
    match runbook::fill_text(text, scope) {
        Ok(Some(Value::String(text))) => text,
        Ok(Some(value)) => value.to_string(),
        Ok(None) | Err(_) => text.to_owned(),
    }
}

/// What is known of a file of which nothing could be read but what is wrong with it.
fn unreadable(file: &Path, mut findings: Vec<Diagnostic>, source: Option<&Source>) -> Book {
    findings.sort_by_key(|finding| finding.severity);
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let counts = (count(Severity::Error), count(Severity::Warning));
    let findings = findings.into_iter().take(FINDINGS).map(|finding| Finding {
        error: finding.severity == Severity::Error,
        place: source.zip(finding.span.as_ref()).map(|(source, span)| position(&source.text, span.start)),
        message: finding.message,
        help: finding.help,
    });
    Book {
        file: file.to_owned(),
        name: String::new(),
        title: file.display().to_string(),
        description: String::new(),
        owners: Vec::new(),
        severity: None,
        rto: None,
        rpo: None,
        world: None,
        failback: None,
        targets: Vec::new(),
        steps: Vec::new(),
        params: Vec::new(),
        counts,
        findings: findings.collect(),
        asks: None,
    }
}

fn param(param: &Param) -> home::Param {
    let choices = match &param.ty {
        ParamKind::Enum(words) => words.clone(),
        ParamKind::Boolean => vec!["true".into(), "false".into()],
        _ => Vec::new(),
    };
    home::Param {
        name: param.name.value.clone(),
        takes: runbook::describe_param(param),
        default: runbook::default_value(param).map(|value| typed(&param.ty, &value)),
        description: param.description.clone(),
        choices,
    }
}

/// A value as it would be typed.
fn typed(kind: &ParamKind, value: &Value) -> String {
    match (kind, value) {
        (ParamKind::List(item), Value::Array(values)) => values.iter().map(|value| typed(item, value)).collect::<Vec<_>>().join(", "),
        (ParamKind::Duration, value) => value.as_f64().map(runbook::format_duration).unwrap_or_default(),
        (_, Value::String(text)) => text.clone(),
        (_, value) => value.to_string(),
    }
}

/// A runbook's own rules: those that `-p` goes by.
#[derive(Debug)]
struct Rules {
    source: Source,
    document: Runbook,
    catalog: Arc<Catalog>,
}

impl Asks for Rules {
    fn problem(&self, param: &str, value: &str) -> Option<String> {
        runbook::parse_value(self.document.params.get(param)?, value).err()
    }

    fn plan(&self, given: &[(String, String)]) -> Result<Vec<Target>, String> {
        let given: IndexMap<String, String> = given.iter().cloned().collect();
        let plan = plan::build(&self.source, &self.document, &self.catalog, &given).map_err(|findings| {
            let words = |finding: &Diagnostic| match &finding.help {
                Some(help) => format!("{} ({help})", finding.message),
                None => finding.message.clone(),
            };
            findings.iter().map(words).collect::<Vec<_>>().join("; ")
        })?;
        let targets = plan.targets.values();
        Ok(targets
            .map(|target| Target { id: target.id.to_string(), region: target.region.clone(), account: target.account.clone() })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    const SMALL: &str = "lifeboat: 1\nname: small\ntitle: Small, in ${{ params.to }}\ntargets: {dr: {region: \"${{ params.to }}\"}}\n\
        params:\n  to: {type: region, default: us-east-1}\n  count: {type: integer, min: 3, max: 40}\n  wait: {type: duration, default: 300s}\n  deep: {type: boolean, default: false}\n\
        defaults: {target: dr}\nsteps:\n  - {id: a, title: Wait, action: wait, with: {seconds: 1s}}\n";

    fn found(project: &Path) -> Vec<Arc<Book>> {
        let (out, mut told) = unbounded_channel();
        find(project, true, &out);
        drop(out);
        let mut last = Vec::new();
        while let Ok(Msg::Books { books, of, .. }) = told.try_recv() {
            assert!(books.len() <= of);
            last = books;
        }
        last
    }

    #[test]
    fn a_project_is_looked_through_and_nothing_in_it_stops_that() {
        let project = tempfile::tempdir().unwrap();
        let at = |name: &str| project.path().join(name);
        fs::create_dir_all(at("runbooks/deep/er")).unwrap();
        fs::create_dir_all(at("elsewhere")).unwrap();
        fs::create_dir_all(at("runbooks/.hidden")).unwrap();
        fs::write(at("small.yaml"), SMALL).unwrap();
        fs::write(at("elsewhere/small.yaml"), SMALL).unwrap();
        fs::write(at("runbooks/.hidden/small.yaml"), SMALL).unwrap();
        fs::write(at("runbooks/deep/er/small.yaml"), format!("\u{feff}# a comment\n---\n{SMALL}")).unwrap();
        fs::write(at("runbooks/broken.yaml"), "lifeboat: 1\nname: [\n").unwrap();
        fs::write(at("runbooks/meant.yaml"), SMALL.replace("seconds: 1s", "until: dawn")).unwrap();
        fs::write(at("runbooks/world.yaml"), "world: 1\nname: lifeboat\n").unwrap();
        fs::write(at("runbooks/latin1.yaml"), b"lifeboat: 1\ntitle: M\xfcnchen\n").unwrap();
        fs::write(at("runbooks/empty.yaml"), "").unwrap();
        symlink("..", at("runbooks/round")).unwrap();
        symlink("nowhere", at("runbooks/dangling.yaml")).unwrap();
        let books = found(project.path());
        let names: Vec<_> = books.iter().map(|book| (book.file.to_str().unwrap(), book.runs())).collect();
        assert_eq!(
            names,
            [
                ("small.yaml", true),
                ("runbooks/broken.yaml", false),
                ("runbooks/dangling.yaml", false),
                ("runbooks/latin1.yaml", false),
                ("runbooks/meant.yaml", false),
                ("runbooks/deep/er/small.yaml", true)
            ]
        );
        assert!(books[2].findings[0].message.contains("cannot be read"), "{:?}", books[2].findings);
        assert_eq!((books[4].name.as_str(), books[1].title.as_str()), ("small", "runbooks/broken.yaml"));
        assert!(books.iter().all(|book| book.runs() == (book.counts.0 == 0)));
    }

    #[test]
    fn a_form_goes_by_the_rules_of_the_command_line() {
        let project = tempfile::tempdir().unwrap();
        fs::write(project.path().join("small.yaml"), SMALL).unwrap();
        let book = &found(project.path())[0];
        assert_eq!(book.title, "Small, in us-east-1");
        let shown: Vec<_> = book.params.iter().map(|param| (param.name.as_str(), param.default.as_deref(), param.choices.len())).collect();
        assert_eq!(shown, [("to", Some("us-east-1"), 0), ("count", None, 0), ("wait", Some("5m"), 0), ("deep", Some("false"), 2)]);
        let asks = book.asks.as_ref().unwrap();
        assert_eq!(asks.problem("count", "12"), None);
        assert!(asks.problem("count", "99").unwrap().contains("from 3 to 40"));
        assert!(asks.plan(&[]).unwrap_err().contains("`count` has no value"));
        let given = [("count".to_owned(), "12".to_owned()), ("to".to_owned(), "eu-west-1".to_owned())];
        assert_eq!(asks.plan(&given).unwrap()[0].region, "eu-west-1");
    }

    #[test]
    fn a_form_takes_the_place_of_a_secret_and_never_shows_what_is_none() {
        let project = tempfile::tempdir().unwrap();
        let text = SMALL.replace("  deep: {", "  token: {type: string, secret: true, default: \"env:TOKEN\"}\n  deep: {");
        let text = text.replace("action: wait, with: {seconds: 1s}", "action: command, with: {argv: [tell, \"${{ params.token }}\"]}");
        fs::write(project.path().join("small.yaml"), text).unwrap();
        let book = &found(project.path())[0];
        let token = book.params.iter().find(|param| param.name == "token").unwrap();
        assert_eq!(
            (token.default.as_deref(), token.takes.as_str()),
            (Some("env:TOKEN"), "the place of a secret, `env:NAME` or `file:PATH`")
        );
        let asks = book.asks.as_ref().unwrap();
        assert_eq!(asks.problem("token", "file:token.txt"), None);
        let problem = asks.problem("token", "hunter2hunter2").unwrap();
        assert!(problem.contains("never the secret itself") && !problem.contains("hunter2"), "{problem}");
    }

    #[test]
    fn a_project_without_runbooks_is_told_at_once() {
        let project = tempfile::tempdir().unwrap();
        let (out, mut told) = unbounded_channel();
        find(project.path(), true, &out);
        assert!(matches!(told.try_recv(), Ok(Msg::Books { books, of: 0, short: None }) if books.is_empty()));
    }
}
