//! Every file in tests/bad_runbooks has one kind of mistake. Its finding, as a person sees it, is kept in a snapshot.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lifeboat::diag::{self, Severity, Source};
use lifeboat::runbook;

use crate::catalog::catalog;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_runbooks");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    files
}

fn read(path: &Path) -> Result<Source, runbook::LoadError> {
    runbook::read_source(path)
}

/// The file as if it lay beside the tests, so that snapshots hold no path of a machine.
fn shown(source: &Source) -> Source {
    Source { path: source.path.file_name().unwrap().into(), ..source.clone() }
}

#[test]
fn every_bad_runbook_has_its_finding() {
    let mut all = String::new();
    for path in files() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (source, diagnostics) = match read(&path) {
            Ok(source) => {
                let diagnostics = runbook::examine(&source, &catalog()).1;
                (Some(shown(&source)), diagnostics)
            }
            Err(error) => (error.source, error.diagnostics),
        };
        assert!(!diagnostics.is_empty(), "{name}: nothing was found");
        let text = diag::render(source.as_ref(), &diagnostics, false).replace(env!("CARGO_MANIFEST_DIR"), "");
        all.push_str(&format!("===== {name}\n{text}\n"));
    }
    insta::assert_snapshot!("bad_runbooks", all);
}

#[test]
fn parse_and_check_find_what_examine_finds() {
    for path in files() {
        let Ok(source) = read(&path) else { continue };
        let (_, all) = runbook::examine(&source, &catalog());
        match runbook::parse(&source) {
            Ok(document) => assert_eq!(runbook::check(&source, &document, &catalog()), all, "{}", path.display()),
            Err(found) => {
                assert!(found.iter().any(|finding| finding.severity == Severity::Error), "{}", path.display());
                // The check may have something better to say of a number that begins with a zero.
                let said = |finding: &diag::Diagnostic| finding.code == diag::code::LEADING_ZERO || all.contains(finding);
                assert!(found.iter().all(said), "{}", path.display());
            }
        }
    }
}

#[test]
fn the_corpus_has_every_code() {
    let catalog = catalog();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for path in files() {
        match read(&path) {
            Ok(source) => seen.extend(runbook::examine(&source, &catalog).1.iter().map(|finding| finding.code)),
            Err(error) => seen.extend(error.diagnostics.iter().map(|finding| finding.code)),
        }
    }
    // These need a machine's state, a huge file, values from the command line or a world file; other tests make them.
    let elsewhere = ["LB0101", "LB0103", "LB0110", "LB0311", "LB0312", "LB0314", "LB0753", "LB0760", "LB0801", "LB0802", "LB0803"];
    let missing: Vec<&str> =
        diag::code::ALL.iter().map(|(code, _)| *code).filter(|code| !seen.contains(code) && !elsewhere.contains(code)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
