//! The runbooks that are shipped check clean, and files that are none are told what they are.

use std::path::Path;

use lifeboat::diag::{code, render};
use lifeboat::runbook::{self, LoadError};

use crate::catalog::catalog;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_shipped_runbooks_have_no_finding() {
    for name in ["regional_failover.yaml", "regional_failback.yaml"] {
        let (source, document) = runbook::load(&root().join("runbooks").join(name)).unwrap();
        let found = runbook::check(&source, &document, &catalog());
        assert!(found.is_empty(), "{}", render(Some(&source), &found, false));
    }
}

fn code_of(path: &Path) -> &'static str {
    let LoadError { source, diagnostics } = runbook::load(path).unwrap_err();
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    assert!(render(source.as_ref(), &diagnostics, false).contains("help"));
    diagnostics[0].code
}

#[test]
fn what_is_not_a_runbook_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    assert_eq!(code_of(&path("missing.yaml")), code::UNREADABLE);
    assert_eq!(code_of(folder.path()), code::UNREADABLE);
    std::fs::write(path("empty.yaml"), "").unwrap();
    assert_eq!(code_of(&path("empty.yaml")), code::EMPTY);
    std::fs::write(path("latin1.yaml"), b"lifeboat: 1\ntitle: caf\xe9\n").unwrap();
    assert_eq!(code_of(&path("latin1.yaml")), code::NOT_UTF8);
    let huge = std::fs::File::create(path("huge.yaml")).unwrap();
    huge.set_len(50 << 20).unwrap();
    assert_eq!(code_of(&path("huge.yaml")), code::TOO_LARGE);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe.yaml");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert_eq!(code_of(&path), code::UNREADABLE);
}
