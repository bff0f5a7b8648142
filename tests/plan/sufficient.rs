//! Every call that a drill makes is allowed by the policy of its plan, and nothing in the policy is superfluous that a drill can show.

use std::collections::BTreeSet;

use lifeboat::runbook::spec::ParamType;
use serde_json::Value;

use crate::cli::Home;
use crate::policy::{Asked, allows};

/// The policy of a plan that has one account and no role.
fn policy(runbook: &str) -> Value {
    let ran = Home::new().run(&["plan", runbook, "--output", "iam"]).ended(0);
    serde_json::from_str(&ran.out).unwrap()
}

/// What a drill asked AWS for, from the log of its world.
fn asked(runbook: &str, args: &[&str], code: i32) -> BTreeSet<Asked> {
    let home = Home::new();
    home.run(&[&["drill", runbook, "--output", "line"], args].concat()).ended(code);
    let log = std::fs::read_to_string(home.only_run().join("world.jsonl")).unwrap();
    let calls = log.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap()["call"].take());
    let calls = calls.filter(|call| !["http", "dns", "process"].contains(&call["service"].as_str().unwrap()));
    calls.map(|call| as_iam_sees_it(&call)).collect()
}

/// By the Service Authorization Reference: which resources each action is checked against, and which condition keys it has.
fn as_iam_sees_it(call: &Value) -> Asked {
    let text = |key: &str| call[key].as_str().unwrap();
    let param = |key: &str| call["params"][key].as_str().unwrap_or_else(|| panic!("{key} of {call}"));
    let service = if text("service") == "monitoring" { "cloudwatch" } else { text("service") };
    let action = format!("{service}:{}", text("operation"));
    let here = format!("{}:123456789012", text("region"));
    let group = || format!("arn:aws:eks:{here}:nodegroup/{}/{}/4cc8", param("clusterName"), param("nodegroupName"));
    let zone = || format!("arn:aws:route53:::hostedzone/{}", param("HostedZoneId").trim_start_matches("/hostedzone/"));
    let mut context = vec![("aws:RequestedRegion".to_owned(), vec![text("region").to_owned()])];
    let resources = match action.as_str() {
        "rds:DescribeDBInstances" => {
            vec![format!("arn:aws:rds:{here}:db:{}", call["params"]["DBInstanceIdentifier"].as_str().unwrap_or("*"))]
        }
        "rds:PromoteReadReplica" => vec![format!("arn:aws:rds:{here}:db:{}", param("DBInstanceIdentifier"))],
        "eks:DescribeNodegroup" | "eks:UpdateNodegroupConfig" => vec![group()],
        "eks:DescribeUpdate" => {
            let cluster = param("name");
            let group = format!("arn:aws:eks:{here}:nodegroup/{cluster}/{}/4cc8", param("nodegroupName"));
            vec![format!("arn:aws:eks:{here}:cluster/{cluster}"), group]
        }
        "eks:ListNodegroups" => vec![format!("arn:aws:eks:{here}:cluster/{}", param("clusterName"))],
        "route53:GetHostedZone" => vec![format!("arn:aws:route53:::hostedzone/{}", param("Id"))],
        "route53:ListResourceRecordSets" => vec![zone()],
        "route53:GetChange" => vec![format!("arn:aws:route53:::change/{}", param("Id"))],
        "route53:ChangeResourceRecordSets" => {
            let batch = call["params"].to_string();
            let values = |key: &str| {
                let found = regex::Regex::new(&format!("\"{key}\":\"([^\"]*)\"")).unwrap();
                let all: BTreeSet<String> = found.captures_iter(&batch).map(|hit| hit[1].trim_end_matches('.').to_lowercase()).collect();
                all.into_iter().collect::<Vec<_>>()
            };
            let upper = |texts: Vec<String>| texts.iter().map(|text| text.to_uppercase()).collect::<Vec<_>>();
            let keys =
                [("NormalizedRecordNames", values("Name")), ("RecordTypes", upper(values("Type"))), ("Actions", upper(values("Action")))];
            for (key, values) in keys {
                assert!(!values.is_empty(), "{key} of {batch}");
                context.push((format!("route53:ChangeResourceRecordSets{key}"), values));
            }
            vec![zone()]
        }
        "cloudwatch:GetMetricStatistics"
        | "eks:ListClusters"
        | "route53:ListHostedZonesByName"
        | "route53:TestDNSAnswer"
        | "sts:GetCallerIdentity" => {
            vec!["*".into()]
        }
        other => panic!("nobody has looked up what IAM checks for {other}: {call}"),
    };
    Asked { action, resources, context }
}

#[track_caller]
fn suffices(runbook: &str, args: &[&str], code: i32) {
    let (policy, asked) = (policy(runbook), asked(runbook, args, code));
    assert!(asked.len() > 3, "{asked:?}");
    for call in &asked {
        assert!(allows(&policy, call), "{runbook}: not allowed: {call:?}\n{policy:#}");
    }
    // Each statement is there for something.
    let statements = policy["Statement"].as_array().unwrap();
    for (gone, statement) in statements.iter().enumerate() {
        let mut less = policy.clone();
        less["Statement"].as_array_mut().unwrap().remove(gone);
        // A zone that is named is looked for by its name, and one that is given by its id is read.
        let only_by_id = statement["Action"].as_array().unwrap().iter().all(|action| action == "route53:GetHostedZone");
        assert!(only_by_id || asked.iter().any(|call| !allows(&less, call)), "{runbook}: never needed: {statement}");
    }
}

#[test]
fn the_failover() {
    suffices("runbooks/regional_failover.yaml", &[], 0);
}

#[test]
fn the_way_back() {
    suffices("runbooks/regional_failback.yaml", &[], 0);
}

#[test]
fn a_run_that_rolls_everything_back() {
    suffices("tests/runbooks/crash_rollback.yaml", &[], 1);
}

#[test]
fn a_run_with_every_other_action_and_probe() {
    suffices("tests/runbooks/crash_parallel.yaml", &[], 0);
}

#[test]
fn other_records_and_other_databases_are_not_allowed() {
    let policy = policy("runbooks/regional_failover.yaml");
    let asked = asked("runbooks/regional_failover.yaml", &[], 0);
    let change = |action: &str, edit: &dyn Fn(&mut Asked)| {
        let mut call = asked.iter().find(|call| call.action == action).unwrap().clone();
        assert!(allows(&policy, &call));
        edit(&mut call);
        assert!(!allows(&policy, &call), "{call:?}");
    };
    let key = |call: &mut Asked, name: &str, value: &str| {
        call.context.iter_mut().find(|(key, _)| key.ends_with(name)).unwrap().1 = vec!["api.example.com".into(), value.into()];
    };
    change("route53:ChangeResourceRecordSets", &|call| key(call, "NormalizedRecordNames", "www.example.com"));
    change("route53:ChangeResourceRecordSets", &|call| key(call, "Actions", "DELETE"));
    change("rds:PromoteReadReplica", &|call| call.resources = vec!["arn:aws:rds:us-east-1:123456789012:db:billing".into()]);
    change("rds:PromoteReadReplica", &|call| call.resources = vec!["arn:aws:rds:eu-west-1:123456789012:db:orders-replica".into()]);
    change("eks:UpdateNodegroupConfig", &|call| {
        call.resources = vec!["arn:aws:eks:us-east-1:123456789012:nodegroup/core/general/4cc8".into()];
    });
    change("cloudwatch:GetMetricStatistics", &|call| call.context[0].1 = vec!["ap-south-1".into()]);
}

/// What is called only to name what is there when a name is wrong is known, and is not in the policy.
#[test]
fn calls_that_explain_are_known_too() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = std::fs::read_to_string("tests/runbooks/crash_rollback.yaml").unwrap();
    let world = std::path::absolute("tests/worlds/crash.yaml").unwrap();
    let file = folder.path().join("wrong.yaml");
    std::fs::write(&file, wrong.replace("nodegroup: general", "nodegroup: genral").replace("failback: crash_rollback.yaml", "")).unwrap();
    let file = file.to_str().unwrap();
    let (policy, asked) = (policy(file), asked(file, &["--world", world.to_str().unwrap()], 5));
    let known: BTreeSet<&str> =
        lifeboat::action::catalog().iter().flat_map(|action| action.spec().permissions).map(|one| one.action).collect();
    let refused: Vec<&str> = asked.iter().filter(|call| !allows(&policy, call)).map(|call| call.action.as_str()).collect();
    assert_eq!(refused, ["eks:ListNodegroups"]);
    assert!(refused.iter().all(|action| known.contains(action)));
}

/// Every placeholder of every permission is something that can be filled in.
#[test]
fn templates_name_parameters_that_there_are() {
    let actions = lifeboat::action::catalog().iter().map(|one| (one.spec().name, one.spec().params, one.spec().permissions));
    let probes = lifeboat::probe::catalog().iter().map(|one| (one.spec().name, one.spec().params, one.spec().permissions));
    let placeholder = regex::Regex::new(r"\{([^}]*)\}").unwrap();
    let mut seen = 0;
    for (name, params, permissions) in actions.chain(probes) {
        for permission in permissions {
            let conditions = permission.conditions.iter().map(|(_, value)| value);
            for template in permission.resources.iter().chain(conditions) {
                for hit in placeholder.captures_iter(template) {
                    let (param, form) = hit[1].split_once('|').unwrap_or((&hit[1], ""));
                    let of_target = ["partition", "region", "account"].contains(&param) && form.is_empty();
                    // Alternatives: a parameter, the texts of a list, and a key of the mappings in it.
                    let parts: Vec<&str> = param.split(',').collect();
                    let of_with = parts.iter().all(|part| match part.split_once('.') {
                        None => params.iter().any(|one| one.name == *part && (one.required || parts.len() > 1)),
                        Some((list, key)) => params.iter().any(|one| {
                            let item = if one.name == list { one.ty.plain() } else { &ParamType::Any };
                            matches!(item, ParamType::List(ParamType::Short(keys)) if keys.iter().any(|one| one.name == key))
                        }),
                    });
                    assert!(of_target || of_with, "{name}: {template}");
                    assert!(["", "db_id", "upper", "dns_name", "zone_id"].contains(&form), "{name}: {template}");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 20);
}
