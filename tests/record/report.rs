//! What is printed of a run.

use lifeboat::engine::{Event, RunKind};
use lifeboat::journal::{Record, Sync};
use lifeboat::report::{Lines, TimeAccount, json, markdown, summary_lines};
use lifeboat::view::{RunView, Summary, Telemetry};

use super::sample::{RUN, at, holder, script, started};

const ACCOUNT: TimeAccount =
    TimeAccount { run_s: 860.0, cloud_s: 704.0, human_s: 140.0, runbook_s: 5.0, tool_s: 11.0, tool_share: 11.0 / 720.0 };
const PLACE: &str = "/state/lifeboat/runs/20260312T024700Z-k3f9";

fn recorded(events: &[(u64, Event)]) -> Vec<Record> {
    let dir = tempfile::tempdir().unwrap();
    let store = lifeboat::journal::Store::new(dir.path().to_owned());
    let mut journal = store.create(&RUN.into(), b"", &holder("alice")).unwrap();
    events.iter().flat_map(|(ms, event)| journal.append(at(*ms), std::slice::from_ref(event), Sync::Now).unwrap()).collect()
}

fn viewed(records: &[Record]) -> RunView {
    let mut view = RunView::new();
    for record in records {
        view.record(record);
    }
    view
}

/// Fingerprints and the version change with every change of a type or a release; what is said does not.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("sha256:[0-9a-f]{64}", "sha256:…");
    settings.add_filter("plan (`?)[0-9a-f]{8}", "plan ${1}########");
    settings.add_filter(&format!("lifeboat {}", regex::escape(env!("CARGO_PKG_VERSION"))), "lifeboat VERSION");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn lines_of_a_drill() {
    let records = recorded(&script());
    let (mut view, mut lines, mut out) = (RunView::new(), Lines::new(), Vec::new());
    for record in &records {
        view.record(record);
        lines.event(&mut out, &view, record).unwrap();
        if let Event::StepApplied { step, .. } = &record.event {
            for (ms, done) in [(560_000, 2), (570_000, 3), (590_000, 5), (600_000, 6), (640_000, 5), (660_000, 5), (700_000, 5)] {
                let telemetry = Telemetry::Progress {
                    step: step.clone(),
                    at: at(ms),
                    waiting_for: "nodes in service".into(),
                    counted: Some((done, 12)),
                };
                view.telemetry(&telemetry);
                lines.telemetry(&mut out, &view, &telemetry).unwrap();
            }
        }
    }
    summary_lines(&mut out, &Summary::of(&view).unwrap(), Some(&ACCOUNT), PLACE).unwrap();
    snapshot("lines_of_a_drill", &String::from_utf8(out).unwrap());
}

#[test]
fn json_of_a_drill() {
    let records = recorded(&script());
    let (mut view, mut out) = (RunView::new(), Vec::new());
    for record in &records {
        view.record(record);
        json::event(&mut out, &view, record).unwrap();
    }
    json::summary(&mut out, &Summary::of(&view).unwrap(), Some(&ACCOUNT), PLACE).unwrap();
    let text = String::from_utf8(out).unwrap();
    let objects: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), records.len() + 1);
    for (object, record) in objects.iter().zip(&records) {
        assert_eq!((object["kind"].as_str(), object["run"].as_str()), (Some("drill"), Some(RUN)));
        for (key, value) in serde_json::to_value(record).unwrap().as_object().unwrap() {
            assert_eq!(object[key], *value, "{key}");
        }
    }
    snapshot("json_of_a_drill", &text.lines().skip(1).collect::<Vec<_>>().join("\n"));
}

#[test]
fn markdown_of_a_drill() {
    let records = recorded(&script());
    snapshot("markdown_of_a_drill", &markdown(&viewed(&records), &records, Some(&ACCOUNT)));
}

#[test]
fn a_run_that_stopped_is_reported_as_far_as_it_came() {
    let script: Vec<_> = script().into_iter().take(13).collect();
    let records = recorded(&script);
    let view = viewed(&records);
    let summary = Summary::of(&view).unwrap();
    assert_eq!((summary.outcome, summary.run_s), (None, 71.2));
    let rto = summary.rto.unwrap();
    assert_eq!((rto.reached_s, rto.met), (Some(1_031.2), None));
    assert!(markdown(&view, &records, None).contains("**In doubt**: the connection was reset"));
}

#[test]
fn nothing_recovers_and_nothing_is_lost_in_a_dry_run() {
    let records = recorded(&[(0, started(RunKind::DryRun))]);
    let view = viewed(&records);
    let summary = Summary::of(&view).unwrap();
    assert_eq!((summary.rto, summary.rpo), (None, None));
    assert!(markdown(&view, &records, None).starts_with("# DRY RUN: Fail the core API over\n"));
}

#[test]
fn an_unknown_lag_at_the_confirmation_makes_the_rpo_unknown() {
    let mut script = script();
    for (_, event) in &mut script {
        if let Event::StepConfirmed { readings, .. } = event
            && let Some(lag) = readings.first_mut()
        {
            lag.verdict = lifeboat::plan::Verdict::Unknown("access denied".into());
        }
    }
    let summary = Summary::of(&viewed(&recorded(&script))).unwrap();
    let rpo = summary.rpo.unwrap();
    assert_eq!((rpo.reached_s, rpo.objective_s, rpo.met), (None, Some(300.0), None));
}

#[test]
fn a_report_of_nothing_says_so() {
    assert!(markdown(&RunView::new(), &[], None).contains("holds no run"));
    assert_eq!(Summary::of(&RunView::new()), None);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 32, failure_persistence: None, ..Default::default() })]

    /// Whatever is in the events, a line is a line, and nothing panics.
    #[test]
    fn every_event_prints_as_one_harmless_line(events in proptest::collection::vec(super::events::event(), 0..12)) {
        let mut script = vec![(0, started(RunKind::Live))];
        script.extend(events.into_iter().zip(1u64..).map(|(event, ms)| (ms * 1_000, event)));
        let records = recorded(&script);
        let (mut view, mut lines) = (RunView::new(), Lines::new());
        for record in &records {
            let mut out = Vec::new();
            view.record(record);
            lines.event(&mut out, &view, record).unwrap();
            let text = String::from_utf8(out).unwrap();
            proptest::prop_assert!(text.lines().count() <= 1 && !text.trim_end_matches('\n').contains(char::is_control), "{:?}", text);
        }
        let report = markdown(&view, &records, None);
        proptest::prop_assert!(!report.contains(|c: char| c.is_control() && c != '\n'));
        summary_lines(&mut Vec::new(), &Summary::of(&view).unwrap(), None, PLACE).unwrap();
    }
}
