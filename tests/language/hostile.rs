//! Files that mean harm, or are half written: nothing panics, every finding can be shown, and the cost grows with the size.

use std::path::Path;

use indexmap::IndexMap;
use lifeboat::diag::{self, Severity, Source, code};
use lifeboat::{plan, runbook};
use proptest::prelude::*;

use crate::catalog::catalog;

fn flagship() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/regional_failover.yaml")).unwrap()
}

fn go_through(text: &str) -> Vec<diag::Diagnostic> {
    let source = Source { path: "x.yaml".into(), text: text.into() };
    let (document, found) = runbook::examine(&source, &catalog());
    let shown = diag::render(Some(&source), &found, true);
    assert_eq!(found.is_empty(), shown.is_empty());
    assert!(found.iter().all(|finding| finding.span.as_ref().is_none_or(|span| span.start <= span.end && span.end <= text.len())));
    assert_eq!(document.is_none(), found.iter().any(|finding| finding.severity == Severity::Error));
    if let Some(document) = document {
        // What checks clean becomes a plan, unless a required parameter has no value.
        match plan::build(&source, &document, &catalog(), &IndexMap::<String, String>::new()) {
            Ok(plan) => assert_eq!(plan.steps.len(), document.steps.len()),
            Err(errors) => {
                assert!(errors.iter().all(|error| error.code.starts_with("LB03") || error.code == code::EXPR_FAILED), "{errors:?}")
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_damaged_runbook_is_only_ever_told_so(
        edits in prop::collection::vec((0.0..1.0f64, 0..40usize, prop::sample::select(vec![
            "", " ", "\n", "  ", "- ", ": ", "\"", "'", "{", "}", "[", "]", "${{ ", " }}", "&a ", "*a", "<<: *a", "#", "|", "\t", "\r\n", "é", "\u{0}", "null", "-1", "1e999", "steps.", "params.x", "error or ", " not ",
        ])), 1..6)
    ) {
        let mut text = flagship();
        for (at, drop, insert) in edits {
            let mut at = (at * text.len() as f64) as usize;
            while !text.is_char_boundary(at) { at -= 1; }
            let mut end = (at + drop).min(text.len());
            while !text.is_char_boundary(end) { end -= 1; }
            text.replace_range(at..end.max(at), insert);
        }
        go_through(&text);
    }

    #[test]
    fn any_text_is_only_ever_told_so(text in "[ -~\n\t\u{80}-\u{ff}]{0,200}") {
        prop_assert!(!go_through(&text).is_empty());
    }
}

#[test]
fn a_thousand_mistakes_are_counted_not_listed() {
    let mut text = String::from("lifeboat: 1\nname: x\ntitle: X\nsteps:\n");
    for step in 0..5_000 {
        text.push_str(&format!("  - {{id: s{step}, title: T{step}, action: wiat, needs: [t{step}], with: {{seconds: 1s}}}}\n"));
    }
    let found = go_through(&text);
    let last = found.last().unwrap();
    assert_eq!((last.code, last.severity, found.len()), (code::TOO_MANY, Severity::Error, 201));
    assert_eq!(last.message, "there are 9800 more findings, 9800 of them errors");
    let keys: String = (0..50_000).map(|_| "a: 1\n").collect();
    assert_eq!(go_through(&keys).len(), 201);
}

#[test]
fn a_large_runbook_is_still_a_runbook() {
    let mut text = String::from("lifeboat: 1\nname: x\ntitle: X\nparams: {n: {type: integer, default: 3}}\nsteps:\n");
    for step in 0..3_000 {
        text.push_str(&format!(
            "  - id: s{step}\n    title: T{step} ${{{{ params.n }}}}\n    action: command\n    with: {{argv: [echo, \"${{{{ params.n }}}}x\""
        ));
        if step > 0 {
            text.push_str(&format!(", \"${{{{ steps.s{}.outputs.stdout }}}}\"", step - 1));
        }
        text.push_str("]}\n");
    }
    assert_eq!(go_through(&text), []);
}

#[test]
fn one_mapping_repeated_by_aliases_is_said_once() {
    let text = "lifeboat: 1\nname: x\ntitle: X\nsteps:\n  - id: a\n    title: A\n    action: command\n    with: &w {argv: [x], cdw: /}\n  - id: b\n    title: B\n    action: command\n    with: *w\n";
    let found = go_through(text);
    assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), [code::WITH_UNKNOWN_KEY]);
}

/// Names that are not there, in as many expressions as a file can hold; the same of words, of targets and of one long text.
#[test]
fn many_wrong_names_do_not_cost_the_square_of_many() {
    use std::fmt::Write as _;
    let head = "lifeboat: 1\nname: x\ntitle: X\n";
    let mut reads = format!("{head}steps:\n");
    for step in 0..7_000 {
        writeln!(reads, "  - {{id: s{step}, title: \"T${{{{ steps.t{step}.state }}}}\", action: wait, with: {{seconds: 1s}}}}").unwrap();
    }
    let words: Vec<String> = (0..9_000).map(|word| format!("w{word}")).collect();
    let mut enums = format!("{head}params: {{w: {{type: enum, values: [{}]}}}}\nsteps:\n", words.join(", "));
    for step in 0..6_000 {
        writeln!(enums, "  - {{id: s{step}, title: T{step}, when: params.w == 'v{step}', action: wait, with: {{seconds: 1s}}}}").unwrap();
    }
    let mut targets = format!("{head}targets:\n");
    (0..5_000).for_each(|target| writeln!(targets, "  t{target}: {{region: us-east-1}}").unwrap());
    targets.push_str("steps:\n");
    for step in 0..5_000 {
        writeln!(targets, "  - {{id: s{step}, title: T{step}, target: u{step}, action: wait, with: {{seconds: 1s}}}}").unwrap();
    }
    let text = format!(
        "{head}params: {{n: {{type: integer, default: 3}}}}\nsteps:\n  - id: one\n    title: One\n    action: manual\n    with:\n      instructions: |\n{}",
        "        ${{ params.n }} ${{ params.m }}\n".repeat(20_000)
    );
    for hostile in [reads, enums, targets, text] {
        let begun = std::time::Instant::now();
        let source = Source { path: "x.yaml".into(), text: hostile.into() };
        let found = runbook::examine(&source, &catalog()).1;
        assert!(found.len() <= 201);
        // Tens of milliseconds in release; a cost that grows with the square takes a minute in a debug build.
        assert!(begun.elapsed().as_secs() < 20, "{:?} for {}", begun.elapsed(), &source.text[..60]);
    }
}
