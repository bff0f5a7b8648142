//! The runbook language: from the bytes of a file to its findings, to its plan, and to everything that is shown of either.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use indexmap::IndexMap;
use lifeboat::diag::{self, Diagnostic, Lines, Severity, Source, code};
use lifeboat::plan::{self, Plan};
use lifeboat::report::plan::{Brief, Look, Origin, ParamValue, dot, json, mermaid, policies, policy_text, tree};
use lifeboat::runbook::{self, Param, ParamKind, Runbook, spec::Catalog};
use lifeboat::{action, probe};
use serde_json::Value;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog {
    actions: action::catalog().iter().map(|action| action.spec()).collect(),
    probes: probe::catalog().iter().map(|probe| probe.spec()).collect(),
});

/// Most findings of one file, the one included that counts the others.
const MOST_FINDINGS: usize = 201;

/// Findings about the values that the parameters have; a runbook without an error can have them with one set of values and not with
/// another. Everything else is for the check to find.
const OF_VALUES: &[&str] = &[code::EXPR_FAILED, code::BAD_ITEMS];
/// With values that nobody chose, more can be wrong.
const OF_GIVEN_VALUES: &[&str] = &[code::BAD_PARAM_VALUE, code::BAD_REGION, code::BAD_ACCOUNT, code::WITH_VALUE];

/// Any bytes as a runbook file. Nothing panics, every finding has a place in the text and can be shown, what has no error becomes a plan
/// unless it is the values that are wrong, the plan survives being written, and all of it comes out the same a second time.
pub fn runbook(data: &[u8]) {
    let first = everything(data);
    assert_eq!(first, everything(data), "not the same a second time");
}

/// All that can be seen of a file.
fn everything(data: &[u8]) -> String {
    // Among the runbooks of the tests, which it can run as steps; tests and targets are started in the repository's folder.
    let source = match runbook::source_of(Path::new("tests/runbooks/fuzz.yaml"), data.to_vec()) {
        Ok(source) => source,
        Err(error) => return shown(error.source.as_ref(), &error.diagnostics),
    };
    let (book, found) = runbook::examine(&source, &CATALOG);
    places(&source.text, &found);
    assert!(found.len() <= MOST_FINDINGS, "{} findings", found.len());
    let failed = found.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(book.is_none(), failed, "{found:?}");
    let mut out = shown(Some(&source), &found);
    match (runbook::parse(&source), &book) {
        (Ok(parsed), Some(book)) => assert_eq!(&parsed, book),
        (Ok(parsed), None) => assert_eq!(runbook::check(&source, &parsed, &CATALOG), found),
        (Err(_), book) => assert_eq!(book, &None),
    }
    if let Some(book) = &book {
        planned(&source, book, &mut out);
    }
    out
}

fn places(text: &str, found: &[Diagnostic]) {
    let lines = Lines::new(text);
    for finding in found {
        let Some(span) = &finding.span else { continue };
        assert!(span.start <= span.end && text.get(span.clone()).is_some(), "{span:?} is no place of the text: {finding:?}");
        for at in [span.start, span.end] {
            assert_eq!(lines.position(at), diag::position(text, at), "{finding:?}");
        }
        assert!(code::explain(finding.code).is_some() && !finding.message.is_empty(), "{finding:?}");
    }
}

/// The findings as a person sees them. A file cannot write to the terminal.
fn shown(source: Option<&Source>, found: &[Diagnostic]) -> String {
    let plain = diag::render(source, found, false);
    silent(&plain);
    assert_eq!(plain.is_empty(), found.is_empty());
    assert!(found.is_empty() || diag::render(source, found, true).contains(found[0].code));
    plain
}

fn silent(text: &str) {
    let loud = text.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(loud, None, "a control character is shown:\n{text:?}");
}

fn planned(source: &Source, book: &Runbook, out: &mut String) {
    let given: IndexMap<String, String> =
        book.params.iter().filter(|(_, param)| param.default.is_none()).map(|(name, param)| (name.clone(), some_value(param))).collect();
    let plan = match plan::build(source, book, &CATALOG, &given) {
        Ok(plan) => plan,
        Err(found) => {
            places(&source.text, &found);
            let of_values = |code: &&str| OF_VALUES.contains(code) || !given.is_empty() && OF_GIVEN_VALUES.contains(code);
            let strange = found.iter().find(|finding| !of_values(&finding.code));
            assert_eq!(strange, None, "the check did not find it");
            out.push_str(&shown(Some(source), &found));
            return;
        }
    };
    holds_together(&plan);
    let written = serde_json::to_string(&plan).expect("a plan is JSON");
    let read: Plan = serde_json::from_str(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(read, plan, "another plan once it is written");
    assert_eq!(read.digest(), plan.digest());
    write!(out, "{}\n{written}\n", plan.digest()).expect("writing to a String cannot fail");
    drawn(&plan, out);
}

/// Ids are unique, and whatever names something names something that is there.
fn holds_together(plan: &Plan) {
    let ids: HashSet<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids.len(), plan.steps.len(), "two steps of one id");
    for step in plan.steps.iter().chain(plan.rollbacks.values()) {
        assert!(step.needs.iter().all(|need| ids.contains(need.as_str()) && *need != step.id), "{step:?}");
        assert!(step.target.as_ref().is_none_or(|target| plan.targets.contains_key(target)), "{step:?}");
        assert_eq!(plan.step(&step.id), Some(step));
        assert!(step.timeout > 0.0 && step.expected >= 0.0 && step.retry.attempts > 0, "{step:?}");
    }
    assert!(plan.rollbacks.keys().all(|id| ids.contains(id.as_str())));
    let checks: HashSet<&str> = plan.checks().map(|(_, check)| check.id.as_str()).collect();
    assert_eq!(checks.len(), plan.checks().count(), "two checks of one id");
    assert!(plan.checks().all(|(_, check)| check.every > 0.0 && plan.check(&check.id) == Some(check)));
}

/// Every form of a plan that `lifeboat plan` has.
fn drawn(plan: &Plan, out: &mut String) {
    let params = plan.params.iter().map(|(name, value)| ParamValue {
        name: name.clone(),
        value: value.clone(),
        shown: value.to_string(),
        secret: false,
        origin: Origin::Default,
    });
    let brief = Brief::new(plan, params.collect(), plan.permissions(&CATALOG));
    for (width, ascii) in [(80, false), (20, true)] {
        let plain = tree(&brief, Look { width, color: false, ascii });
        silent(&plain);
        out.push_str(&plain);
        out.push_str(&tree(&brief, Look { width, color: true, ascii }));
    }
    let document = json(&brief);
    serde_json::from_str::<Value>(&document).unwrap_or_else(|error| panic!("{error}: {document}"));
    for text in [mermaid(&brief), dot(&brief)] {
        silent(&text);
        out.push_str(&text);
    }
    out.push_str(&document);
    out.push_str(&policy_text(&policies(&brief)));
}

/// A value for a parameter that must be given one.
fn some_value(param: &Param) -> String {
    fn of(kind: &ParamKind, min: Option<f64>) -> String {
        match kind {
            ParamKind::String | ParamKind::Unreadable => "x".into(),
            ParamKind::Integer | ParamKind::Number => min.map_or("1".into(), |min| min.to_string()),
            ParamKind::Boolean => "true".into(),
            ParamKind::Duration => min.map_or("5m".into(), |min| format!("{min}s")),
            ParamKind::Region => "us-east-1".into(),
            ParamKind::Secret => "env:TOKEN".into(),
            ParamKind::Enum(words) => words.first().cloned().unwrap_or_default(),
            ParamKind::List(item) => of(item, None),
        }
    }
    of(&param.ty, param.min.as_ref().map(|min| min.value))
}
