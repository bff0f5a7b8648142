//! What looks like a number and is wanted as a text is the text that is written; a duration has its unit wherever it stands.

use indexmap::IndexMap;
use lifeboat::diag::Source;
use lifeboat::{plan, runbook};
use serde_json::{Value, json};

use crate::catalog::catalog;

fn planned(text: &str, given: &[(&str, &str)]) -> Value {
    let source = Source { path: "x.yaml".into(), text: text.into() };
    let (document, found) = runbook::examine(&source, &catalog());
    assert!(found.is_empty(), "{}", lifeboat::diag::render(Some(&source), &found, false));
    let document = document.unwrap();
    // What is read alone must say the same.
    assert!(runbook::parse(&source).is_ok());
    let given: IndexMap<String, String> = given.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let plan = plan::build(&source, &document, &catalog(), &given).unwrap();
    plan.steps.iter().map(|step| json!({"title": step.title, "with": step.with.value()})).collect()
}

#[test]
fn a_text_is_what_is_written() {
    let text = r#"
lifeboat: 1
name: written
title: 2026
owners: [4711, true]
params:
  shard: {type: string, default: 007}
  mode: {type: enum, values: [1, 2, true], default: 1}
  n: {type: integer, default: 3}
  wait: {type: duration, default: 8m}
  hosts: {type: list, of: string, default: [10, 010, b]}
steps:
  - id: one
    title: 1.50
    action: command
    with:
      argv: [run, 5, 010, 0644, 1.0, 0x1F, 1e3, yes, true, True, 2026-03-12, 5m, -3, "${{ params.shard }}", "${{ params.mode }}", "${{ params.n }}", "${{ params.wait }}", "n${{ params.n }}"]
      env: {PORT: 8080, MODE: 0600, ON: false}
  - id: two
    title: Two
    action: command
    with: {argv: "${{ ['run', params.n] + params.hosts }}"}
  - id: three
    title: Three
    action: manual
    with:
      instructions: 3
      ask: {ticket: {prompt: 1, pattern: "[0-9]+", example: 0815}}
"#;
    let steps = planned(text, &[]);
    assert_eq!(
        steps[0],
        json!({
            "title": "1.50",
            "with": {
                "argv": [
                    "run", "5", "010", "0644", "1.0", "0x1F", "1e3", "yes", "true", "True", "2026-03-12", "5m", "-3", "007", "1", "3", "480",
                    "n3",
                ],
                "env": {"PORT": "8080", "MODE": "0600", "ON": "false"},
            },
        })
    );
    assert_eq!(steps[1]["with"]["argv"], json!(["run", "3", "10", "010", "b"]));
    assert_eq!(steps[2]["with"], json!({"instructions": "3", "ask": {"ticket": {"prompt": "1", "pattern": "[0-9]+", "example": "0815"}}}));
    assert_eq!(planned(text, &[("shard", "1e2"), ("n", "4")])[0]["with"]["argv"][13], "1e2");
}

#[test]
fn what_steps_give_is_written_out_too() {
    let text = r#"
lifeboat: 1
name: written
title: Written
targets: {dr: {region: us-east-1, account: 123456789012}}
defaults: {target: dr, timeout: 20m}
steps:
  - id: scale
    title: Scale
    action: eks.scale_nodegroup
    with: {cluster: core-dr, nodegroup: general, min: 12, desired: 12, max: 40}
  - id: tell
    title: Tell
    action: command
    with: {argv: [tell, "${{ steps.scale.outputs.desired }}"], env: {NODES: "${{ steps.scale.outputs.desired }}"}}
"#;
    assert_eq!(planned(text, &[])[1]["with"]["argv"][1], "${{ steps.scale.outputs.desired }}");
}
