//! The findings for people: excerpts on standard error, verdicts on standard output.

use super::{Checked, Outcome};
use crate::cli::say::{colours, note, note_in_colour, out, out_in_colour};
use crate::diag::{Severity, render};
use crate::text::one_line;

/// A file's findings, and its verdict.
pub(super) fn show(file: &Checked) {
    if !file.findings.is_empty() {
        // An empty line parts one file from the next.
        note_in_colour(&format!("{}\n", render(file.source.as_ref(), &file.findings, colours(&std::io::stderr()))));
    }
    let (errors, warnings) = (file.count(Severity::Error), file.count(Severity::Warning));
    let verdict = match (errors, warnings) {
        (0, 0) => painted("32", "ok"),
        (0, n) => format!("{}, {}", painted("32", "ok"), painted("33", &counted(n, "warning"))),
        (n, 0) => painted("31", &counted(n, "error")),
        (e, w) => format!("{}, {}", painted("31", &counted(e, "error")), painted("33", &counted(w, "warning"))),
    };
    let kind = if file.world { " (a world file)" } else { "" };
    out_in_colour(&format!("{}{kind}: {verdict}", one_line(&file.path.display().to_string())));
}

/// What it all comes to, where that is more than one line says.
pub(super) fn conclude(outcome: &Outcome) {
    let (errors, warnings) = (outcome.count(Severity::Error), outcome.count(Severity::Warning));
    if outcome.files.len() > 1 || outcome.searched && !outcome.files.is_empty() {
        let worlds = outcome.files.iter().filter(|file| file.world).count();
        let mut checked = counted(outcome.files.len() - worlds, "runbook");
        if worlds > 0 {
            checked += &format!(" and {}", counted(worlds, "world"));
        }
        let of = if outcome.searched { format!(" among {}", counted(outcome.looked_at, "YAML file")) } else { String::new() };
        out(&format!("{checked}{of}: {}, {}", counted(errors, "error"), counted(warnings, "warning")));
    }
    if errors > 0 || warnings > 0 {
        let first = |severity| outcome.files.iter().flat_map(|file| &file.findings).find(|finding| finding.severity == severity);
        if let Some(finding) = first(Severity::Error).or_else(|| first(Severity::Warning)) {
            note(&format!("lifeboat check --explain {} says more, with an example\n", finding.code));
        }
    }
    if errors == 0 && warnings > 0 && outcome.strict {
        note("warnings count as errors, because of --strict\n");
    }
}

fn painted(colour: &str, text: &str) -> String {
    if colours(&std::io::stdout()) { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
}

/// `1 warning`, `2 warnings`.
pub(super) fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
