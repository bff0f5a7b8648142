//! Runbooks to plans.

use std::path::Path;

use indexmap::IndexMap;
use lifeboat::diag::{Diagnostic, Source, code};
use lifeboat::id::{StepId, TargetId};
use lifeboat::plan::{Confirm, Gate, OnFailure, Plan, Retry};
use lifeboat::{plan, runbook};
use serde_json::json;

use crate::catalog::catalog;

fn build(text: &str, params: &[(&str, &str)]) -> Result<Plan, Vec<Diagnostic>> {
    let source = Source { path: "x.yaml".into(), text: text.into() };
    let document = runbook::parse(&source)?;
    let params: IndexMap<String, String> = params.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    plan::build(&source, &document, &catalog(), &params)
}

fn flagship(params: &[(&str, &str)]) -> Result<Plan, Vec<Diagnostic>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/regional_failover.yaml");
    build(&std::fs::read_to_string(path).unwrap(), params)
}

#[test]
fn the_flagship_becomes_a_plan() {
    let plan = flagship(&[]).unwrap();
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["declare", "freeze", "promote_db", "scale_system", "scale_general", "flip_dns", "smoke_test", "hand_over"]);
    assert_eq!(plan.impaired.as_deref(), Some("eu-west-1"));
    assert_eq!(plan.params["max_lag"], json!(300));
    assert_eq!(plan.targets[&TargetId::from("primary")].region, "eu-west-1");

    let freeze = &plan.steps[1];
    assert_eq!(freeze.needs, ["declare".into()]);
    assert_eq!(freeze.target, Some("dr".into()), "a program acts as the target of all steps");
    assert_eq!(freeze.with.value()["argv"][5], json!("${{ steps.declare.answers.ticket }}"));
    assert_eq!(freeze.retry, Retry { attempts: 2, delay: 5.0, once: false });
    assert_eq!((freeze.expected, freeze.timeout), (15.0, 120.0));

    let promote = &plan.steps[2];
    assert_eq!(promote.confirm, Confirm::Type("orders-replica".into()));
    assert_eq!(promote.target, Some("dr".into()));
    assert!(!promote.reversible && promote.mutates);
    assert_eq!(promote.on_failure, OnFailure::Pause);
    assert_eq!(promote.preconditions[0].rpo_field.as_deref(), Some("lost"));
    assert_eq!((promote.verify[0].within, promote.verify[0].stable, promote.verify[0].every), (300.0, 5.0, 10.0));

    let scale = &plan.steps[4];
    assert_eq!(scale.with.value()["desired"], json!(12));
    assert_eq!(scale.confirm, Confirm::Enter);
    assert_eq!(plan.steps[0].confirm, Confirm::Enter, "a manual step is confirmed by the person who did it");
    assert_eq!(plan.steps[6].confirm, Confirm::None);

    let gate = &plan.preconditions[1];
    assert_eq!((gate.id.as_str(), gate.severity, gate.every, gate.fresh), ("preconditions[1]", Gate::Warn, 10.0, 30.0));
    assert_eq!(gate.target, Some("primary".into()));
    assert_eq!(plan.preconditions[0].target, None);

    let rollback = &plan.rollbacks[&StepId::from("scale_general")];
    assert_eq!(rollback.id.as_str(), "rollback[scale_general]");
    assert_eq!(rollback.title, "Roll back: Scale the general node group to full load");
    assert_eq!(rollback.with.value()["desired"], json!(2));
    assert!(plan.step(&"rollback[flip_dns]".into()).is_some());
    assert_eq!(plan.source_digest.as_str().len(), 71);
    assert_eq!(plan.digest(), flagship(&[]).unwrap().digest());
    assert_ne!(plan.digest(), flagship(&[("node_count", "13")]).unwrap().digest());
}

#[test]
fn parameters_are_taken_only_as_declared() {
    let plan = flagship(&[("node_count", "20"), ("max_lag", "1m30s"), ("to", "us-west-2")]).unwrap();
    assert_eq!(plan.steps[4].with.value()["desired"], json!(20));
    assert_eq!(plan.params["max_lag"], json!(90));
    assert_eq!(plan.targets[&TargetId::from("dr")].region, "us-west-2");
    let errors = flagship(&[("node_count", "99"), ("node_cuont", "9"), ("to", "us_west_2"), ("max_lag", "5"), ("system_count", "four")])
        .unwrap_err();
    let seen: Vec<(&str, &str, &str)> =
        errors.iter().map(|error| (error.code, error.message.as_str(), error.help.as_deref().unwrap_or(""))).collect();
    assert_eq!(
        seen,
        [
            (code::UNKNOWN_PARAM_GIVEN, "the runbook has no parameter `node_cuont`", "did you mean `node_count`?"),
            (
                code::BAD_PARAM_VALUE,
                "`us_west_2` is not allowed for parameter `to`: it takes a region such as eu-west-1; did you mean `us-west-2`?",
                ""
            ),
            (code::BAD_PARAM_VALUE, "99 is not allowed for parameter `node_count`: it takes a whole number from 3 to 40", ""),
            (code::BAD_PARAM_VALUE, "`four` is not allowed for parameter `system_count`: it takes a whole number from 2 to 10", ""),
            (code::BAD_PARAM_VALUE, "`5` is not allowed for parameter `max_lag`: it takes a duration such as 5m", ""),
        ]
    );
}

const ALL_TYPES: &str = r#"
lifeboat: 1
name: types
title: "Types for ${{ params.who }}"
params:
  who: {type: string, pattern: "[a-z]+"}
  size: {type: number, default: 1.5}
  really: {type: boolean, default: false}
  color: {type: enum, values: [red, green], default: red}
  services: {type: list, of: string, default: [api, web]}
  ports: {type: list, of: integer, default: []}
  base: &base {type: integer, default: 3}
  again: *base
  more: {<<: *base, default: 4}
steps:
  - id: a
    title: Say ${{ params.color | upper }} to ${{ params.who }}
    action: command
    confirm: none
    confirm_reason: it only prints
    with:
      argv: [echo, "${{ params.services | join('+') }}", "${{ run.id }}/${{ params.who }}", "${{ params.size }} ${{ params.really }}"]
      env: {N: "n${{ params.again + params.more }}"}
    when: params.ports | length == 0
"#;

#[test]
fn every_type_of_parameter_reaches_the_plan() {
    let plan = build(ALL_TYPES, &[("who", "world"), ("ports", "80, 443"), ("really", "true")]).unwrap();
    assert_eq!(plan.params["ports"], json!([80, 443]));
    assert_eq!(plan.steps[0].title, "Say RED to world");
    assert_eq!(plan.title, "Types for world");
    // A text that also reads the run is left whole.
    assert_eq!(
        plan.steps[0].with.value(),
        json!({"argv": ["echo", "api+web", "${{ run.id }}/${{ params.who }}", "1.5 true"], "env": {"N": "n7"}})
    );
    assert_eq!(plan.steps[0].confirm, Confirm::None);
    assert_eq!(plan.steps[0].when.as_deref(), Some("params.ports | length == 0"));
}

#[test]
fn what_is_required_must_be_given() {
    let errors = build(ALL_TYPES, &[]).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].code, code::MISSING_PARAM);
    assert_eq!(errors[0].help.as_deref(), Some("give one with `--param who=…`; it takes a text that matches [a-z]+"));
    for (name, text) in [("who", "World 1"), ("color", "blue"), ("really", "yes"), ("size", "NaN"), ("ports", "1,x")] {
        let errors = build(ALL_TYPES, &[("who", "x"), (name, text)]).unwrap_err();
        assert!(
            errors.iter().any(|error| error.code == code::BAD_PARAM_VALUE && error.message.contains(&format!("`{name}`"))),
            "{errors:?}"
        );
    }
}

#[test]
fn values_are_checked_again_when_they_are_known() {
    let text = r#"
lifeboat: 1
name: late
title: Late
params:
  count: {type: integer}
  per: {type: integer, default: 2}
targets: {dr: {region: us-east-1}}
defaults: {target: dr}
steps:
  - id: scale
    title: Scale
    action: eks.scale_nodegroup
    with: {cluster: c, nodegroup: n, min: 1, max: 450, desired: "${{ params.count // params.per }}"}
"#;
    assert_eq!(build(text, &[("count", "8")]).unwrap().steps[0].with.value()["desired"], json!(4));
    assert_eq!(build(text, &[("count", "4000")]).unwrap_err()[0].code, code::WITH_VALUE);
    let errors = build(text, &[("count", "8"), ("per", "0")]).unwrap_err();
    assert_eq!((errors[0].code, errors[0].message.as_str()), (code::EXPR_FAILED, "the expression gives no value: a division by zero"));
}

#[test]
fn the_default_confirmation_names_what_is_lost() {
    let text = |instance: &str| {
        format!(
            "lifeboat: 1\nname: x\ntitle: X\ntargets: {{dr: {{region: us-east-1, account: 123456789012}}}}\ndefaults: {{target: dr}}\nsteps:\n  - id: where\n    title: W\n    action: command\n    with: {{argv: [x]}}\n  - id: go\n    title: G\n    action: rds.promote_replica\n    with: {{instance: \"{instance}\"}}\n"
        )
    };
    let confirm = |instance: &str| build(&text(instance), &[]).unwrap().steps[1].confirm.clone();
    assert_eq!(confirm("orders"), Confirm::Type("orders".into()));
    assert_eq!(confirm("db-${{ targets.dr.account }}"), Confirm::Type("db-123456789012".into()));
    assert_eq!(confirm("${{ steps.where.outputs.stdout }}"), Confirm::Type("go".into()));
}

const EACH: &str = r#"lifeboat: 1
name: x
title: X
params: {services: {type: list, of: string, default: [api, web]}}
steps:
  - {id: begin, title: Begin, action: wait, with: {seconds: 1s}}
  - id: deploy
    title: Deploy
    for_each: ${{ params.services }}
    action: wait
    with: {seconds: "${{ steps.begin.outputs.waited + (1 if item == 'api' else 2) }}"}
    rollback: {action: command, with: {argv: [undo, "${{ item }}"]}}
  - {id: finish, title: Finish, action: wait, with: {seconds: 1s}}
"#;

#[test]
fn for_each_makes_a_step_for_each_item() {
    let plan = build(EACH, &[]).unwrap();
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["begin", "deploy[api]", "deploy[web]", "finish"]);
    assert_eq!(plan.steps[2].needs, ["begin".into()], "they start beside each other");
    assert_eq!(plan.steps[3].needs, ["deploy[api]".into(), "deploy[web]".into()], "whoever needs it needs all of them");
    assert_eq!((plan.steps[1].title.as_str(), &plan.steps[1].item), ("Deploy (api)", &Some(json!("api"))));
    let rollback = &plan.rollbacks[&StepId::from("deploy[web]")];
    assert_eq!((rollback.id.as_str(), &rollback.with.value()["argv"][1]), ("rollback[deploy[web]]", &json!("web")));
    assert_eq!(rollback.title, "Roll back: Deploy (web)");
    let none = build(EACH, &[("services", "")]).unwrap();
    assert_eq!(none.steps[1].id.as_str(), "finish");
    assert_eq!(none.steps[1].needs, ["begin".into()], "what needs nothing that is there needs what that would have needed");
    let twice = build(EACH, &[("services", "api,api")]).unwrap_err();
    assert_eq!(twice.iter().map(|found| found.code).collect::<Vec<_>>(), [code::BAD_ITEMS]);
}

#[test]
fn a_plan_of_very_many_steps_is_refused() {
    let list: Vec<String> = (0..9_999).map(|n| format!("s{n}")).collect();
    let three = EACH.replace("  - {id: finish", "  - {id: again, title: Again, action: wait, with: {seconds: 1s}, for_each: \"${{ params.services }}\"}\n  - {id: thrice, title: Thrice, action: wait, with: {seconds: 1s}, for_each: \"${{ params.services }}\"}\n  - {id: finish");
    let found = build(&three, &[("services", &list.join(","))]).unwrap_err();
    assert!(found[0].message.contains("20000 steps"), "{:?}", found[0]);
}

const SECRETS: &str = "lifeboat: 1
name: tell
title: Tell
params:
  token: {type: string, secret: true, default: 'file:token.txt'}
  other: {type: string, secret: true}
  who: {type: string, default: alice}
secrets: {token: {env: SLACK}}
steps:
  - id: tell
    title: Tell
    for_each: [token, who]
    action: command
    with: {argv: [echo, '${{ params.token | string }} for ${{ params.who }}', '${{ secrets.token }}', '${{ params[item] }}', '${{ params.who }}', \"${{ params['other'] }}\"]}
";

#[test]
fn the_place_of_a_secret_parameter_is_among_the_secrets() {
    let plan = build(SECRETS, &[("other", "file:b/other.txt")]).unwrap();
    assert_eq!(plan.params.keys().collect::<Vec<_>>(), ["who"]);
    let here = std::env::current_dir().unwrap();
    let places: Vec<(&str, String)> = plan.secrets.iter().map(|(name, place)| (name.as_str(), place.to_string())).collect();
    let file = |name: &str| format!("file:{}", here.join(name).display());
    // A secret and a parameter of the same name are two.
    assert_eq!(places, [("token", "env:SLACK".into()), ("params.token", file("token.txt")), ("params.other", file("b/other.txt"))]);
    let with = plan.steps[0].with.value();
    // What reads a secret, or may, waits for the call; what does not is filled in.
    let open = [
        "${{ params.token | string }} for ${{ params.who }}",
        "${{ secrets.token }}",
        "${{ params[item] }}",
        "alice",
        "${{ params['other'] }}",
    ];
    assert_eq!(with["argv"].as_array().unwrap()[1..], open.map(|text| json!(text)));
    assert_eq!(plan.secret_reads(), ["secrets", "params.token", "params.other"]);
}

#[test]
fn the_default_place_of_a_secret_counts_from_the_folder_of_the_runbook() {
    let source = Source { path: "/srv/books/tell.yaml".into(), text: SECRETS.into() };
    let document = runbook::parse(&source).unwrap();
    let given: IndexMap<String, String> = [("other".to_owned(), "env:OTHER".to_owned())].into();
    let plan = plan::build(&source, &document, &catalog(), &given).unwrap();
    assert_eq!(plan.place_of_param("token").unwrap().to_string(), "file:/srv/books/token.txt");
    assert_eq!(plan.place_of_param("other").unwrap().to_string(), "env:OTHER");
    assert_eq!(plan.place_of_param("who"), None);
}

#[test]
fn what_is_given_for_a_secret_and_is_no_place_is_not_repeated() {
    let errors = build(SECRETS, &[("other", "hunter2hunter2")]).unwrap_err();
    assert_eq!((errors.len(), errors[0].code), (1, code::BAD_PARAM_VALUE));
    assert!(!format!("{errors:?}").contains("hunter2"), "{errors:?}");
    let missing = build(SECRETS, &[]).unwrap_err();
    assert!(missing[0].help.as_ref().unwrap().contains("`env:NAME` or `file:PATH`"), "{missing:?}");
}

#[test]
fn a_wait_is_expected_to_last_as_long_as_it_waits() {
    let waits = |keys: &str| {
        format!(
            "lifeboat: 1\nname: x\ntitle: X\nparams: {{ttl: {{type: duration, default: 5m}}}}\nsteps:\n  \
             - {{id: one, title: One, action: wait, with: {{seconds: '${{{{ params.ttl }}}}'}}{keys}}}\n"
        )
    };
    let times = |keys: &str, ttl: &str| {
        let plan = build(&waits(keys), &[("ttl", ttl)]).unwrap();
        (plan.steps[0].expected, plan.steps[0].timeout)
    };
    assert_eq!(times("", "20m"), (1_200.0, 1_800.0));
    assert_eq!(times("", "2h"), (7_200.0, 7_500.0), "what nobody wrote cuts nothing short");
    assert_eq!(times(", expected: 1m", "20m"), (60.0, 1_800.0), "what is written counts");
    assert_eq!(times(", timeout: 20m", "20m"), (1_200.0, 1_200.0));
    let found = build(&waits(", timeout: 10m"), &[("ttl", "20m")]).unwrap_err();
    assert_eq!(found[0].code, code::EXPECTED_OVER_TIMEOUT);
    assert!(found[0].message.contains("20m") && found[0].message.contains("10m"), "{:?}", found[0]);
}
