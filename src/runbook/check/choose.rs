//! The options of a `choose` step.

use super::run::Cx;
use crate::diag::{Diagnostic, closest, code};
use crate::expr;
use crate::runbook::model::StepDoc;
use crate::runbook::node::Kind;

/// At least two options, each with a name that expressions can compare with; the example is one of them.
pub(super) fn check(cx: &mut Cx<'_>, doc: &StepDoc) {
    let Some(options) = doc.with.get("options").filter(|options| matches!(options.kind, Kind::Map(_))) else { return };
    let entries = options.entries();
    if entries.len() < 2 {
        let finding = Diagnostic::error(code::WITH_VALUE, options.span.clone(), "a choice has at least two options");
        cx.push(finding.help("name what can be chosen, each with what it means: `{nodes: Replace the nodes, region: Fail over}`"));
    }
    for entry in entries {
        let name = &entry.key.value;
        let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !plain || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            let finding = Diagnostic::error(code::BAD_ID, entry.key.span.clone(), format!("`{name}` is no name for an option"));
            cx.push(finding.help("options are snake_case: the operator may type them, and `when` compares with them"));
        }
    }
    let Some(example) = doc.with.get("example") else { return };
    if let Some(text) = example.as_text().filter(|text| !expr::has_expression(text))
        && !entries.iter().any(|entry| entry.key.value == text)
    {
        let names = || entries.iter().map(|entry| entry.key.value.as_str());
        let help = match closest(text, names()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("one of {}", names().collect::<Vec<_>>().join(", ")),
        };
        cx.push(Diagnostic::error(code::WITH_VALUE, example.span.clone(), format!("`{text}` is not one of the options")).help(help));
    }
}
