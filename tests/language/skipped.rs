//! What is read of steps that may be skipped, and what of it is guarded.

use lifeboat::diag::{Severity, Source, code};
use lifeboat::runbook;

use crate::catalog::catalog;

const BEFORE: &str = r#"lifeboat: 1
name: x
title: X
owners: [sre]
params: {lost: {type: enum, values: [nodes, region], default: nodes}}
steps:
  - {id: way, title: Way, action: choose, with: {question: Which?, options: {a: A, b: B}}}
  - {id: look, title: Look, when: steps.way.choice == "a", action: command, with: {argv: [look, "${{ params.lost }}"]}}
  - {id: whole, title: All, when: 'params.lost != "nodes"', action: runbook, with: {file: tests/bad_runbooks/within/some_skipped.yaml, params: {warm: true}}}
"#;

/// The codes that are found about a step which reads the others.
fn found(step: &str) -> Vec<&'static str> {
    let source = Source { path: "x.yaml".into(), text: format!("{BEFORE}  - {{id: tell, title: Tell, {step}}}\n").into() };
    let (_, findings) = runbook::examine(&source, &catalog());
    assert!(findings.iter().all(|finding| finding.severity == Severity::Warning), "{step}: {findings:?}");
    findings.into_iter().map(|finding| finding.code).collect()
}

#[test]
fn a_read_that_is_guarded_is_left_alone() {
    let argv = |text: &str| format!("action: command, with: {{argv: [tell, '{text}']}}");
    let out = argv("${{ steps.look.outputs.stdout }}");
    for fine in [
        format!(r#"{out}, when: steps.way.choice == "a""#),
        format!(r#"{out}, when: steps.way.choice == "a" and run.kind == "live""#),
        format!(r#"{out}, when: steps.way.choice != "b""#),
        format!(r#"{out}, when: steps.look.state == "succeeded""#),
        format!(r#"{out}, when: 'steps.look.state not in ["skipped", "failed"]'"#),
        argv("${{ steps.look.outputs.stdout | default(\"none\") }}"),
        argv("${{ steps.way.outputs | default(steps.look.outputs.stdout) }}"),
        argv("${{ steps.look.outputs.stdout if steps.look.state == \"succeeded\" else \"\" }}"),
        argv("${{ steps.look.state }}"),
        argv("${{ steps.whole.steps.go.state }}"),
        argv("${{ steps.way.choice }}"),
        r#"action: wait, with: {seconds: 1s}, when: steps.look.state == "succeeded" and steps.look.outputs.stdout == "x""#.to_owned(),
        r#"action: wait, with: {seconds: 1s}, when: steps.look.outputs.stdout is defined"#.to_owned(),
        format!(r#"{}, when: params.lost == "region""#, argv("${{ steps.whole.steps.go.outputs.stdout }}")),
        format!(r#"{}, when: steps.whole.steps.warm.state == "succeeded""#, argv("${{ steps.whole.steps.warm.outputs.stdout }}")),
        format!(r#"{out}, when: steps.way.choice == "b", rollback: {{action: wait, with: {{seconds: 1s}}}}"#)
            .replace("look.outputs.stdout", "look.state"),
    ] {
        assert_eq!(found(&fine), Vec::<&str>::new(), "{fine}");
    }
    for wrong in [
        out.clone(),
        format!(r#"{out}, when: steps.way.choice == "b""#),
        format!(r#"{out}, when: steps.look.state == "succeeded" or run.kind == "live""#),
        argv("${{ steps.whole.steps.go.outputs.stdout }}"),
        argv("${{ steps.look.outputs.stdout | default(1) }} ${{ steps.look.outputs.stdout }}"),
        r#"action: wait, with: {seconds: 1s}, when: steps.look.outputs.stdout == "x""#.to_owned(),
        format!("{}, rollback: {{{out}}}", argv("x")),
        r#"action: wait, with: {seconds: 1s}, preconditions: [{title: T, probe: http, with: {url: "https://x.example/"}, expect: 'steps.look.outputs.stdout == "x"'}]"#
            .to_owned(),
    ] {
        assert_eq!(found(&wrong), [code::READS_SKIPPED], "{wrong}");
    }
}
