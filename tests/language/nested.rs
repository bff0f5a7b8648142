//! Runbooks that run others as steps.

use std::path::Path;

use indexmap::IndexMap;
use lifeboat::diag::{Diagnostic, code, render};
use lifeboat::id::StepId;
use lifeboat::plan::{self, Plan};
use lifeboat::runbook;
use serde_json::json;

use crate::catalog::catalog;

const DATA: &str = "lifeboat: 1
name: data
title: The data of ${{ params.to }}
description: Moves the data.
links: [{title: Graphs, url: 'https://graphs.example.com/'}]
params:
  to: {type: region}
  pause: {type: duration, default: 1m}
secrets: {slack: {file: slack.txt}}
targets: {dr: {region: '${{ params.to }}'}}
defaults: {target: dr, timeout: 2m}
preconditions:
  - {title: 'It is us in ${{ params.to }}', probe: aws.identity, expect: account == \"123456789012\"}
steps:
  - {id: nap, title: Nap, action: wait, with: {seconds: '${{ params.pause }}'}}
  - {id: tell, title: Tell, needs: [], action: command, with: {argv: [tell, '${{ secrets.slack }}', '${{ targets.dr.region }}']}, confirm: none, confirm_reason: it only tells}
  - id: after
    title: After ${{ params.to }}
    phase: Late
    needs: [nap]
    action: command
    with: {argv: [echo, '${{ steps.nap.outputs.waited }}']}
    rollback: {action: command, with: {argv: [echo, back]}}
";

const MAIN: &str = "lifeboat: 1
name: main
title: Main
params:
  regions: {type: list, of: region, default: [us-east-1, us-west-2]}
  long: {type: duration, default: 90s}
steps:
  - {id: begin, title: Begin, action: wait, with: {seconds: 1s}}
  - id: data
    title: The data
    phase: Data
    for_each: ${{ params.regions }}
    action: runbook
    with: {file: data/data.yaml, params: {to: '${{ item }}', pause: '${{ params.long }}'}}
  - id: end
    title: The end
    action: wait
    with: {seconds: '${{ steps.data[\"us-east-1\"].steps.nap.outputs.waited }}'}
";

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn build(path: &Path, params: &[(&str, &str)]) -> Result<Plan, Vec<Diagnostic>> {
    let (source, document) = runbook::load(path).map_err(|error| error.diagnostics)?;
    let params: IndexMap<String, String> = params.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    plan::build(&source, &document, &catalog(), &params)
}

fn needs<'p>(plan: &'p Plan, id: &str) -> Vec<&'p str> {
    plan.step(&StepId::from(id)).unwrap_or_else(|| panic!("no {id}")).needs.iter().map(StepId::as_str).collect()
}

#[test]
fn the_steps_of_another_runbook_stand_behind_their_gate() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("main.yaml", MAIN), ("data/data.yaml", DATA)]);
    let plan = build(&folder.path().join("main.yaml"), &[]).unwrap();
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    let of = |region: &str| ["", "/nap", "/tell", "/after"].map(|end| format!("data[{region}]{end}"));
    let wanted = [vec!["begin".to_owned()], of("us-east-1").into(), of("us-west-2").into(), vec!["end".to_owned()]].concat();
    assert_eq!(ids, wanted);

    assert_eq!(needs(&plan, "data[us-east-1]"), ["begin"]);
    assert_eq!(needs(&plan, "data[us-east-1]/nap"), ["data[us-east-1]"]);
    assert_eq!(needs(&plan, "data[us-east-1]/tell"), ["data[us-east-1]"]);
    assert_eq!(needs(&plan, "data[us-east-1]/after"), ["data[us-east-1]/nap"]);
    // Whoever needs the runbook waits for its last steps, and through them for all.
    assert_eq!(needs(&plan, "end"), ["data[us-east-1]/tell", "data[us-east-1]/after", "data[us-west-2]/tell", "data[us-west-2]/after"]);

    let gate = plan.step(&"data[us-west-2]".into()).unwrap();
    assert_eq!(gate.with.value(), json!({"file": "data/data.yaml", "params": {"to": "us-west-2", "pause": 90}}));
    assert_eq!(gate.why.as_deref(), Some("Moves the data."));
    let [check] = gate.preconditions.as_slice() else { panic!("{:?}", gate.preconditions) };
    assert_eq!((check.id.as_str(), check.inside.as_ref()), ("data[us-west-2]/preconditions[0]", Some(&gate.id)));
    assert_eq!(check.target.as_ref().unwrap().as_str(), "data[us-west-2]/dr");
    assert_eq!(check.title, "It is us in us-west-2");
    assert_eq!(plan.owner(&check.id).map(|step| &step.id), Some(&gate.id));

    let after = plan.step(&"data[us-west-2]/after".into()).unwrap();
    assert_eq!((after.title.as_str(), after.phase.as_deref(), after.timeout), ("After us-west-2", Some("Late"), 120.0));
    assert_eq!(plan.step(&"data[us-west-2]/nap".into()).unwrap().phase.as_deref(), Some("Data"));
    assert_eq!(plan.rollbacks.keys().map(StepId::as_str).collect::<Vec<_>>(), ["data[us-east-1]/after", "data[us-west-2]/after"]);

    let regions: Vec<(&str, &str)> = plan.targets.values().map(|target| (target.id.as_str(), target.region.as_str())).collect();
    assert_eq!(regions, [("data[us-east-1]/dr", "us-east-1"), ("data[us-west-2]/dr", "us-west-2")]);
    let secrets: Vec<&str> = plan.secrets.keys().map(String::as_str).collect();
    assert_eq!(secrets, ["data[us-east-1]/slack", "data[us-west-2]/slack"]);
    // A file counts from the folder of the runbook that names it.
    assert!(format!("{:?}", plan.secrets[0]).ends_with("/data/slack.txt\")"), "{:?}", plan.secrets);
    assert_eq!(plan.links.len(), 1, "a link of two runbooks stands once");
    assert_eq!(plan.nested[0].steps, 3);
    let again: Plan = serde_json::from_value(serde_json::to_value(&plan).unwrap()).unwrap();
    assert_eq!(again, plan);
}

#[test]
fn a_runbook_without_steps_of_its_own_is_only_its_gate() {
    let folder = tempfile::tempdir().unwrap();
    let none = "lifeboat: 1\nname: none\ntitle: None\nparams: {all: {type: list, of: string, default: []}}\nsteps:\n  \
                - {id: one, title: One, for_each: '${{ params.all }}', action: wait, with: {seconds: 1s}}\n";
    let main = "lifeboat: 1\nname: main\ntitle: Main\nsteps:\n  - {id: inner, title: Inner, action: runbook, with: {file: none.yaml}}\n  \
                - {id: end, title: End, action: wait, with: {seconds: 1s}}\n";
    write(folder.path(), &[("main.yaml", main), ("none.yaml", none)]);
    let plan = build(&folder.path().join("main.yaml"), &[]).unwrap();
    assert_eq!(plan.steps.len(), 2);
    assert_eq!(needs(&plan, "end"), ["inner"]);
}

#[test]
fn what_is_wrong_inside_with_these_values_is_said_where_it_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let inner = "lifeboat: 1\nname: inner\ntitle: Inner\nparams: {names: {type: list, of: string}}\nsteps:\n  \
                 - {id: one, title: One, for_each: '${{ params.names }}', action: wait, with: {seconds: 1s}}\n";
    let main = "lifeboat: 1\nname: main\ntitle: Main\nparams: {names: {type: list, of: string, default: [a]}}\nsteps:\n  \
                - {id: inner, title: Inner, action: runbook, with: {file: inner.yaml, params: {names: '${{ params.names }}'}}}\n";
    write(folder.path(), &[("main.yaml", main), ("inner.yaml", inner)]);
    let path = folder.path().join("main.yaml");
    assert_eq!(build(&path, &[]).unwrap().steps.len(), 2);
    let found = build(&path, &[("names", "a,a")]).unwrap_err();
    let text = render(Some(&runbook::read_source(&path).unwrap()), &found, false);
    assert!(text.contains("`inner` cannot run `inner` with these parameters in line 6: the item `a` stands twice"), "{text}");
    assert!(text.contains("main.yaml:6:"), "{text}");
}

#[test]
fn a_plan_made_of_many_runbooks_has_an_end() {
    let folder = tempfile::tempdir().unwrap();
    // Each runs the next thirty times, which would be 30^7 steps.
    for level in 1..=7 {
        let steps: String = (0..30)
            .map(|n| match level {
                7 => format!("  - {{id: s{n}, title: S{n}, action: wait, with: {{seconds: 1s}}}}\n"),
                _ => format!("  - {{id: s{n}, title: S{n}, action: runbook, with: {{file: l{}.yaml}}}}\n", level + 1),
            })
            .collect();
        write(folder.path(), &[(&format!("l{level}.yaml"), &format!("lifeboat: 1\nname: l{level}\ntitle: L\nsteps:\n{steps}"))]);
    }
    let found = build(&folder.path().join("l1.yaml"), &[]).unwrap_err();
    assert!(found[0].message.contains("more than 20000 steps"), "{found:?}");
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_long_text_for_each_of_very_many_is_refused_before_it_fills_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let items: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
    let main = format!(
        "lifeboat: 1\nname: main\ntitle: Main\nsteps:\n  - id: long\n    title: Long\n    for_each: [{}]\n    action: manual\n    with:\n      instructions: {}\n",
        items.join(", "),
        "word ".repeat(20_000)
    );
    write(folder.path(), &[("main.yaml", &main)]);
    let found = build(&folder.path().join("main.yaml"), &[]).unwrap_err();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains("more than 32 MiB"), "{found:?}");
}

#[test]
fn the_time_that_another_runbook_takes_counts() {
    let folder = tempfile::tempdir().unwrap();
    let inner = "lifeboat: 1\nname: inner\ntitle: Inner\nsteps:\n  \
                 - {id: one, title: One, action: wait, with: {seconds: 1s}, expected: 20m}\n  - {id: two, title: Two, action: wait, with: {seconds: 1s}, expected: 20m}\n";
    let main = "lifeboat: 1\nname: main\ntitle: Main\nobjectives: {rto: 30m}\nsteps:\n  \
                - {id: inner, title: Inner, action: runbook, with: {file: inner.yaml}}\n";
    write(folder.path(), &[("main.yaml", main), ("inner.yaml", inner)]);
    let (source, document) = runbook::load(&folder.path().join("main.yaml")).unwrap();
    let found = runbook::check(&source, &document, &catalog());
    assert_eq!(found.iter().map(|one| one.code).collect::<Vec<_>>(), [code::RTO_TOO_SMALL]);
    assert!(found[0].message.contains("40m"), "{found:?}");
}

#[test]
fn a_secret_is_handed_on_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let tell = "lifeboat: 1\nname: tell\ntitle: Tell\nparams:\n  token: {type: string, secret: true, default: 'file:token'}\nsteps:\n  \
                - {id: tell, title: Tell, action: command, with: {argv: [tell, '${{ params.token }}']}}\n";
    let main = "lifeboat: 1\nname: main\ntitle: Main\nparams: {key: {type: string, secret: true}}\nsecrets: {slack: {env: SLACK}}\nsteps:\n  \
                - {id: one, title: One, action: runbook, with: {file: in/tell.yaml, params: {token: '${{ secrets.slack }}'}}}\n  \
                - {id: two, title: Two, action: runbook, with: {file: in/tell.yaml, params: {token: '${{ params.key }}'}}}\n  \
                - {id: three, title: Three, action: runbook, with: {file: in/tell.yaml, params: {token: 'file:key'}}}\n  \
                - {id: four, title: Four, action: runbook, with: {file: in/tell.yaml}}\n";
    write(folder.path(), &[("main.yaml", main), ("in/tell.yaml", tell)]);
    let path = folder.path().join("main.yaml");
    let (source, document) = runbook::load(&path).unwrap();
    assert_eq!(runbook::check(&source, &document, &catalog()), []);
    let plan = build(&path, &[("key", "env:KEY")]).unwrap();
    let at = |name: &str| plan.secrets[name].to_string();
    assert_eq!([at("one/params.token"), at("two/params.token")], ["env:SLACK", "env:KEY"]);
    assert_eq!(at("three/params.token"), format!("file:{}", folder.path().join("key").display()));
    assert_eq!(at("four/params.token"), format!("file:{}", folder.path().join("in/token").display()));
    let with = plan.step(&"one/tell".into()).unwrap().with.value();
    assert_eq!(with["argv"][1], json!("${{ params.token }}"));
}
