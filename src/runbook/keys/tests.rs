use super::*;
use crate::diag::Source;
use crate::runbook::{format_duration, parse, rules};

/// Every mapping there is, once.
fn all() -> Vec<&'static Keys> {
    vec![&ROOT, &OBJECTIVES, &LINK, &DEFAULTS, &PARAM, &SECRET, &TARGET, &STEP, &ROLLBACK, &RETRY, &CONFIRM, &PRECONDITION, &PROOF, &LOOK]
}

#[test]
fn every_key_is_there_once_and_explained() {
    for keys in all() {
        for (at, key) in keys.known.iter().enumerate() {
            let here = format!("{} in {}", key.name, keys.name);
            assert!(keys.known[..at].iter().all(|other| other.name != key.name), "{here} is there twice");
            assert!(keys.refused.iter().all(|refused| refused.name != key.name), "{here} is refused too");
            assert!(key.doc.ends_with('.') && key.doc.len() > 10, "{here}: {}", key.doc);
            assert!(!key.required || key.default.is_empty(), "{here} is required and has a default");
        }
        assert!(keys.one_of.iter().all(|name| keys.get(name).is_some()), "{}", keys.name);
    }
}

#[test]
fn defaults_in_words_are_those_that_the_rules_fill_in() {
    let words = |keys: &Keys, name: &str| keys.get(name).unwrap().default;
    assert_eq!(words(&DEFAULTS, "timeout"), format_duration(rules::TIMEOUT));
    assert!(words(&STEP, "timeout").ends_with(&format_duration(rules::TIMEOUT)));
    for keys in [&PRECONDITION, &PROOF] {
        assert_eq!(words(keys, "every"), format_duration(rules::EVERY));
        assert!(words(keys, "fresh").ends_with(&format_duration(rules::FRESH_AT_LEAST)));
        assert!((rules::FRESH_TIMES - 3.0).abs() < f64::EPSILON, "say so in `fresh`");
    }
    assert_eq!(words(&PROOF, "within"), format_duration(rules::WITHIN));
    assert_eq!(words(&RETRY, "delay"), format_duration(rules::RETRY_DELAY));
}

/// A runbook whose one parameter, precondition and step have what `param`, `check` and `step` say besides what they must.
fn findings(param: &str, check: &str, step: &str) -> usize {
    let text = format!(
        "lifeboat: 1\nname: x\ntitle: X\nparams:\n  p: {{type: string{param}}}\n\
         preconditions:\n  - {{title: T, probe: http, expect: status == 200{check}}}\n\
         steps:\n  - {{id: a, title: A, action: wait{step}}}\n"
    );
    parse(&Source { path: "x.yaml".into(), text: text.into() }).map_or_else(|found| found.len(), |_| 0)
}

#[test]
fn the_parser_takes_the_words_of_the_tables_and_no_others() {
    let words = |keys: &Keys, name: &str| -> Vec<&'static str> {
        let (Takes::Words(words) | Takes::Confirm(words, _)) = keys.get(name).unwrap().takes else { panic!("{name} has no words") };
        words.iter().map(|(word, _)| *word).collect()
    };
    assert_eq!(findings("", "", ""), 0);
    for word in words(&STEP, "on_failure") {
        assert_eq!(findings("", "", &format!(", on_failure: {word}")), 0, "{word}");
    }
    for word in words(&STEP, "confirm") {
        assert_eq!(findings("", "", &format!(", confirm: {word}")), 0, "{word}");
    }
    for word in words(&PRECONDITION, "severity") {
        assert_eq!(findings("", &format!(", severity: {word}"), ""), 0, "{word}");
    }
    for wrong in [", on_failure: explode", ", confirm: shout"] {
        assert_eq!(findings("", "", wrong), 1, "{wrong}");
    }
    assert_eq!(findings("", ", severity: loud", ""), 1);
    let types = |text: &str| findings(&format!(", description: D}}\n  q: {{{text}, values: [a]"), "", "");
    let kinds = words(&PARAM, "type");
    for kind in &kinds {
        let values = if *kind == "enum" { 0 } else { 1 };
        assert_eq!(types(&format!("type: {kind}")), values, "{kind}: only `values` may be wrong");
    }
    assert_eq!(kinds.iter().filter(|kind| **kind != "list").copied().collect::<Vec<_>>(), words(&PARAM, "of"));
    assert!(types("type: colour") > 0);
}
