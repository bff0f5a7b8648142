//! The findings as SARIF 2.1.0, which code hosts show beside the lines of a change.

use std::path::Path;

use serde_json::{Value, json};

use super::{Checked, Outcome};
use crate::diag::{Diagnostic, Lines, Severity, code, example};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Everything that was found, as one log with one run.
pub(super) fn document(outcome: &Outcome) -> Value {
    let mut rules: Vec<&'static str> = outcome.files.iter().flat_map(|file| &file.findings).map(|finding| finding.code).collect();
    rules.sort_unstable();
    rules.dedup();
    let mut results = Vec::new();
    for file in &outcome.files {
        let lines = file.source.as_ref().map(|source| Lines::new(&source.text));
        results.extend(file.findings.iter().map(|finding| result(file, finding, lines.as_ref(), &rules)));
    }
    let severities = |code: &str| {
        let mut found = outcome.files.iter().flat_map(|file| &file.findings).filter(|finding| finding.code == code);
        if found.any(|finding| finding.severity == Severity::Error) { Severity::Error } else { Severity::Warning }
    };
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "lifeboat",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| rule_of(rule, severities(rule))).collect::<Vec<_>>(),
            }},
            "invocations": [{"executionSuccessful": true}],
            "columnKind": "unicodeCodePoints",
            "artifacts": outcome.files.iter().map(|file| json!({"location": location(&file.path)})).collect::<Vec<_>>(),
            "results": results,
        }],
    })
}

fn rule_of(code: &str, severity: Severity) -> Value {
    let text = code::explain(code).unwrap_or_default();
    let first = text.split_inclusive(". ").next().unwrap_or(&text).trim_end().to_owned();
    let (mut help, mut markdown) = (text.clone(), text.clone());
    if let Some(example) = example(code) {
        help.push_str(&format!("\n\nWrong:\n{}\n\nRight:\n{}", example.wrong, example.right));
        markdown.push_str(&format!("\n\nWrong:\n\n```yaml\n{}\n```\n\nRight:\n\n```yaml\n{}\n```", example.wrong, example.right));
    }
    json!({
        "id": code,
        "shortDescription": {"text": first},
        "fullDescription": {"text": text},
        "help": {"text": help, "markdown": markdown},
        "defaultConfiguration": {"level": level(severity)},
    })
}

fn result(file: &Checked, finding: &Diagnostic, lines: Option<&Lines<'_>>, rules: &[&str]) -> Value {
    let mut place = json!({"artifactLocation": location(&file.path)});
    // What is about the file as a whole has no region.
    if let (Some(span), Some(lines)) = (&finding.span, lines) {
        let ((line, column), (end_line, end_column)) = (lines.position(span.start), lines.position(span.end.max(span.start)));
        place["region"] = json!({
            "startLine": line,
            "startColumn": column,
            "endLine": end_line,
            "endColumn": end_column,
            "byteOffset": span.start,
            "byteLength": span.end.saturating_sub(span.start),
        });
    }
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text.push_str(&format!(". Help: {help}"));
    }
    json!({
        "ruleId": finding.code,
        "ruleIndex": rules.binary_search(&finding.code).unwrap_or_default(),
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A path as an address: below the root of the project when it is relative.
fn location(path: &Path) -> Value {
    let text = path.to_string_lossy();
    let text = text.strip_prefix("./").unwrap_or(&text);
    let mut uri = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    if path.is_absolute() { json!({"uri": format!("file://{uri}")}) } else { json!({"uri": uri, "uriBaseId": "%SRCROOT%"}) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_addresses() {
        assert_eq!(location(Path::new("./run books/ä.yaml")), json!({"uri": "run%20books/%C3%A4.yaml", "uriBaseId": "%SRCROOT%"}));
        assert_eq!(location(Path::new("/tmp/a.yaml")), json!({"uri": "file:///tmp/a.yaml"}));
    }
}
