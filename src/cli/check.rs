//! `lifeboat check`: what is wrong with a runbook, and where.

use super::args;
use super::catalogue::catalog;
use super::exit::Exit;
use super::say::{colours, note, out};
use crate::diag::{Severity, render};
use crate::runbook;

/// Checks every file and shows every finding.
pub(super) fn check(args: &args::Check) -> Exit {
    let catalog = catalog();
    let (mut errors, mut warnings) = (0, 0);
    for file in &args.files {
        let (source, findings) = match runbook::read_source(file) {
            Ok(source) => {
                let (_, findings) = runbook::examine(&source, &catalog);
                (Some(source), findings)
            }
            Err(error) => (error.source, error.diagnostics),
        };
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        errors += count(Severity::Error);
        warnings += count(Severity::Warning);
        if !findings.is_empty() {
            note(&render(source.as_ref(), &findings, colours(&std::io::stderr())));
        }
        let verdict = match (count(Severity::Error), count(Severity::Warning)) {
            (0, 0) => "ok".to_owned(),
            (0, n) => format!("ok, {}", counted(n, "warning")),
            (n, 0) => counted(n, "error"),
            (e, w) => format!("{}, {}", counted(e, "error"), counted(w, "warning")),
        };
        out(&format!("{}: {verdict}", file.display()));
    }
    if errors > 0 || args.strict && warnings > 0 { Exit::BadInput } else { Exit::Done }
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
