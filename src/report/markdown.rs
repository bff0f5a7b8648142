//! The report of a run in Markdown: for the review of the incident, and for whoever asks later who did what on which grounds.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use super::TimeAccount;
use super::line::symbol;
use super::{prose, sections};
use crate::engine::State;
use crate::journal::Record;
use crate::view::{RunView, Summary};

/// The whole report. `records` are the journal's, `view` their fold. The same journal gives the same report, byte for byte.
pub fn markdown(view: &RunView, records: &[Record], time: Option<&TimeAccount>) -> String {
    let mut text = String::new();
    write_report(&mut text, view, records, time).expect("writing to a String cannot fail");
    text
}

fn write_report(out: &mut String, view: &RunView, records: &[Record], time: Option<&TimeAccount>) -> fmt::Result {
    let (Some(state), Some(summary)) = (&view.state, Summary::of(view)) else {
        return writeln!(out, "# No run\n\nThe journal holds no run.");
    };
    sections::head(out, &summary)?;
    prose::write(out, view, state, &summary)?;
    sections::overview(out, state, &summary)?;
    sections::identities(out, state)?;
    if let Some(time) = time {
        sections::time(out, time)?;
    }
    sections::gate(out, state)?;
    sections::steps(out, &summary)?;
    sections::details(out, state, records)?;
    timeline(out, view)?;
    integrity(out, state, records)
}

fn timeline(out: &mut String, view: &RunView) -> fmt::Result {
    // Numbered as they stand here: the numbers of the journal have holes, where something is only of interest to lifeboat itself.
    writeln!(
        out,
        "## Timeline\n\nTimes are UTC. The journal has more records than these; `lifeboat verify` counts them.\n\n| # | Time | | What happened |\n|---:|---|---|---|"
    )?;
    let mut entries: Vec<_> = view.timeline.iter().collect();
    // A backdated note stands where it belongs. The sort is stable, so events of one moment keep their order.
    entries.sort_by_key(|entry| entry.happened);
    for (number, entry) in entries.into_iter().enumerate() {
        let number = number + 1;
        let added = if entry.happened == entry.at.wall { String::new() } else { format!(" (written down at {:.0})", entry.at.wall) };
        writeln!(out, "| {number} | {:.0} | {} | {}{added} |", entry.happened, symbol(entry.tone), escape(&entry.text))?;
    }
    writeln!(out)
}

fn integrity(out: &mut String, state: &State, records: &[Record]) -> fmt::Result {
    writeln!(out, "## Record\n")?;
    writeln!(out, "- Records: {}", records.len())?;
    if let Some(last) = records.last() {
        writeln!(out, "- Hash of the last record: `{}`", last.hash)?;
    }
    writeln!(out, "- Fingerprint of the plan: `{}`\n- Fingerprint of the runbook file: `{}`", state.plan_digest, state.plan.source_digest)?;
    let within: BTreeSet<(&str, &str)> =
        state.plan.nested.values().map(|nested| (nested.name.as_str(), nested.source_digest.as_str())).collect();
    for (name, digest) in within {
        writeln!(out, "- Fingerprint of the file of {}, which a step runs: `{digest}`", code(name))?;
    }
    if let Some(crate::engine::Event::RunStarted { version, .. }) = records.first().map(|record| &record.event) {
        writeln!(out, "- Written by lifeboat {}", escape(version))?;
    }
    Ok(())
}

/// Foreign text as text: nothing in it is a link, a tag, a table's cell, emphasis or code, and it stays on its line.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in crate::view::one_line(text).chars() {
        match char {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '>' | '!' | '$' => escaped.extend(['\\', char]),
            // GitHub turns these into mentions and links.
            '@' => escaped.push_str("&#64;"),
            char => escaped.push(char),
        }
    }
    // At the start of a line, `-`, `+` and `1.` would begin a list.
    if escaped.starts_with(['-', '+', '=']) {
        escaped.insert(0, '\\');
    }
    escaped.replace("://", ":&#47;&#47;").replace("www.", "www&#46;")
}

/// Foreign text as code, in a table or out of it.
pub(super) fn code(text: &str) -> String {
    let text = crate::view::one_line(text);
    if text.is_empty() {
        return String::new();
    }
    // A pipe ends a table's cell even in code, and its escape shows outside tables; this form is right in both.
    if text.contains(['`', '|']) {
        return format!("<code>{}</code>", escape(&text));
    }
    let mut code = String::new();
    write!(code, "`{text}`").expect("writing to a String cannot fail");
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        assert_eq!(escape("a|b <img src=x> [x](y) `c` *d*"), "a\\|b &lt;img src=x\\> \\[x\\](y) \\`c\\` \\*d\\*");
        assert_eq!(escape("@all see https://evil.example\n# big"), "&#64;all see https:&#47;&#47;evil.example \\# big");
        assert_eq!(escape("- no list"), "\\- no list");
        assert_eq!(code("plain"), "`plain`");
        assert_eq!(code("a|`b"), "<code>a\\|\\`b</code>");
    }
}
