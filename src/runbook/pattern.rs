//! Patterns: regular expressions that a whole text must match.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use regex::{Error, Regex, RegexBuilder};

use super::model::{Runbook, StepDoc};
use super::node::Node;
use crate::diag::{Diagnostic, Span, code};

/// Most patterns of one runbook, each counted once.
const MOST: usize = 200;

/// Most bytes that one may take, compiled.
const LARGEST: usize = 1 << 20;

thread_local! {
    /// Those that were compiled before. To compile `\w{40}` takes some milliseconds, and a form asks for its patterns at every key.
    static KNOWN: RefCell<HashMap<String, Result<Regex, Error>>> = RefCell::default();
}

/// A pattern that the whole text must match.
///
/// # Errors
/// It is not a regular expression.
pub fn whole_match(pattern: &str) -> Result<Regex, Error> {
    if let Some(known) = KNOWN.with_borrow(|known| known.get(pattern).cloned()) {
        return known;
    }
    let made = RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(LARGEST).build();
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(pattern.to_owned(), made.clone());
    });
    made
}

/// The finding for a pattern that is none.
pub(super) fn bad_pattern(error: &Error, span: Span) -> Diagnostic {
    // The library's own message is an excerpt of several lines; its last line says what is wrong.
    let text = error.to_string();
    let last = text.lines().last().unwrap_or(&text).trim_start_matches("error: ").to_owned();
    Diagnostic::error(code::BAD_PATTERN, span, format!("the pattern is not a regular expression: {last}"))
}

/// The finding for a runbook with so many patterns that to look at them would take seconds.
pub(super) fn too_many(runbook: &Runbook) -> Option<Diagnostic> {
    let of_params = runbook.params.values().filter_map(|param| param.pattern.as_ref()).map(|text| (text.value.as_str(), &text.span));
    let steps = runbook.steps.iter().flat_map(|step| [Some(step), step.rollback.as_deref()]).flatten();
    let mut seen = HashSet::new();
    let (_, span) = of_params.chain(steps.flat_map(of_questions)).find(|(text, _)| seen.insert(*text) && seen.len() > MOST)?;
    let finding = Diagnostic::error(code::TOO_COMPLEX, span.clone(), format!("the runbook has more than {MOST} patterns"));
    Some(finding.help("let questions and parameters of one kind have one pattern"))
}

/// The patterns of the answers that a manual step asks for.
fn of_questions(step: &StepDoc) -> impl Iterator<Item = (&str, &Span)> {
    let asked = step.with.get("ask").map(Node::entries).unwrap_or(&[]);
    asked.iter().filter_map(|asked| asked.value.get("pattern")).filter_map(|node| Some((node.as_text()?, &node.span)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_must_match_each_time_it_is_asked() {
        for _ in 0..2 {
            let pattern = whole_match("INC-[0-9]+|none").unwrap();
            assert!(pattern.is_match("INC-7") && pattern.is_match("none"));
            assert!(!pattern.is_match("INC-7 none") && !pattern.is_match("xnone"));
            assert!(whole_match("[").is_err() && whole_match("(a{1000}){1000}").is_err());
        }
        (0..3 * MOST).for_each(|n| assert!(whole_match(&format!("a{{{n}}}")).unwrap().is_match(&"a".repeat(n))));
    }
}
