//! The findings as one JSON document, for programs.

use serde_json::{Map, Value, json};

use super::{Checked, Outcome};
use crate::diag::{Diagnostic, Lines, Severity, code};

/// Version of the document: it rises when a key goes away or changes its meaning.
const VERSION: u32 = 1;

/// Everything that was found.
pub(super) fn document(outcome: &Outcome) -> Value {
    let files = outcome.files.iter().map(|file| {
        json!({
            "file": file.path.display().to_string(),
            "runbook": file.name,
            "errors": file.count(Severity::Error),
            "warnings": file.count(Severity::Warning),
        })
    });
    json!({
        "version": VERSION,
        "lifeboat": env!("CARGO_PKG_VERSION"),
        "passed": outcome.passed(),
        "strict": outcome.strict,
        "looked_at": outcome.looked_at,
        "errors": outcome.count(Severity::Error),
        "warnings": outcome.count(Severity::Warning),
        "files": files.collect::<Vec<_>>(),
        "findings": outcome.files.iter().flat_map(findings).collect::<Vec<_>>(),
    })
}

fn findings(file: &Checked) -> Vec<Value> {
    let lines = file.source.as_ref().map(|source| Lines::new(&source.text));
    file.findings.iter().map(|finding| one(file, finding, lines.as_ref())).collect()
}

fn one(file: &Checked, finding: &Diagnostic, lines: Option<&Lines<'_>>) -> Value {
    let mut object = Map::new();
    object.insert("code".into(), finding.code.into());
    object.insert("severity".into(), json!(finding.severity));
    object.insert("message".into(), finding.message.clone().into());
    object.insert("label".into(), if finding.label.is_empty() { Value::Null } else { finding.label.clone().into() });
    object.insert("help".into(), finding.help.clone().into());
    object.insert("explanation".into(), code::explain(finding.code).into());
    object.insert("file".into(), file.path.display().to_string().into());
    let place = finding.span.as_ref().zip(lines);
    let at = |pick: fn((usize, usize)) -> usize, end: bool| {
        place.map(|(span, lines)| pick(lines.position(if end { span.end.max(span.start) } else { span.start })))
    };
    object.insert("line".into(), json!(at(|place| place.0, false)));
    object.insert("column".into(), json!(at(|place| place.1, false)));
    object.insert("end_line".into(), json!(at(|place| place.0, true)));
    object.insert("end_column".into(), json!(at(|place| place.1, true)));
    object.insert("offset".into(), json!(place.map(|(span, _)| span.start)));
    object.insert("end_offset".into(), json!(place.map(|(span, _)| span.end)));
    Value::Object(object)
}
