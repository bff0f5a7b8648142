//! Golden outputs of every form.

use crate::cli::Home;

const FLAGSHIP: &str = "runbooks/regional_failover.yaml";
const BRANCHING: &str = "tests/runbooks/branching.yaml";

fn plan(args: &[&str]) -> String {
    let home = Home::new();
    let ran = home.run(&[&["plan"], args].concat()).ended(0);
    // What no policy can know is said beside it.
    let beside = args.contains(&"iam") && ran.err.starts_with("note: what programs call is not in the policy");
    assert!(ran.err.is_empty() || beside, "{}", ran.err);
    assert!(std::fs::read_dir(home.path()).unwrap().next().is_none(), "nothing is recorded");
    ran.out
}

fn all(name: &str, args: &[&str]) {
    for form in ["tree", "mermaid", "dot", "json", "iam"] {
        let text = plan(&[args, &["--output", form]].concat());
        insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(format!("{name}_{form}"), text) });
    }
    let ascii = plan(&[args, &["--ascii"]].concat());
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(format!("{name}_ascii"), ascii) });
}

#[test]
fn the_flagship() {
    all("flagship", &[FLAGSHIP, "-p", "node_count=20"]);
}

#[test]
fn every_shape_of_a_plan() {
    all("branching", &[BRANCHING, "-p", "instance=orders"]);
}

#[test]
fn a_drawing_keeps_to_its_width_and_to_ascii() {
    use unicode_width::UnicodeWidthStr as _;
    for columns in [80, 100, 120] {
        let home = Home::new();
        let mut command = home.lifeboat(&["plan", FLAGSHIP]);
        let out = String::from_utf8(command.env("COLUMNS", columns.to_string()).output().unwrap().stdout).unwrap();
        let widest = out.lines().map(|line| line.width()).max().unwrap();
        assert!(widest <= columns && widest > columns - 8, "{widest} of {columns}");
        assert!(!out.contains('\u{1b}'), "no colour without a terminal");
    }
    let ascii = plan(&[FLAGSHIP, "--ascii"]);
    assert!(ascii.is_ascii(), "{:?}", ascii.chars().find(|char| !char.is_ascii()));
}

#[test]
fn what_a_drill_confirms_is_the_plan_that_was_shown() {
    let json: serde_json::Value = serde_json::from_str(&plan(&[FLAGSHIP, "--output", "json"])).unwrap();
    let ran = Home::new().run(&["drill", FLAGSHIP, "--output", "json"]).ended(0);
    let started: serde_json::Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    assert_eq!(started["plan_digest"], json["digest"]);
    let asked: Vec<&str> = json["confirmations"].as_array().unwrap().iter().map(|one| one["step"].as_str().unwrap()).collect();
    let events = ran.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let confirmed = events.filter(|line| line["event"] == "step_confirming" && line["given"] != "not_asked");
    let mut confirmed: Vec<String> = confirmed.map(|line| line["step"].as_str().unwrap().to_owned()).collect();
    let mut told = asked.clone();
    confirmed.sort();
    told.sort_unstable();
    assert_eq!(confirmed, told);
}

#[test]
fn the_plan_says_where_each_value_is_from() {
    let home = Home::new();
    let file = home.path().join("prod.yaml");
    std::fs::write(&file, "node_count: 20\nmax_lag: 2m\n").unwrap();
    let file = file.to_str().unwrap();
    let args = ["plan", FLAGSHIP, "--params-file", file, "--param", "node_count=21", "--output"];
    let origins = |output: &str| home.run(&[&args[..], &[output]].concat()).ended(0).out;
    let tree = origins("tree");
    for said in ["node_count = 21 (by --param)", "to = us-east-1 (default)"] {
        assert!(tree.contains(said), "{tree}");
    }
    let in_one_line = tree.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(in_one_line.contains(&format!("max_lag = 2m (from {file})")), "{tree}");
    let json: serde_json::Value = serde_json::from_str(&origins("json")).unwrap();
    let param = |name: &str| json["params"].as_array().unwrap().iter().find(|param| param["name"] == name).unwrap().clone();
    assert_eq!(param("node_count"), serde_json::json!({"name": "node_count", "value": 21, "origin": "flag"}));
    assert_eq!(param("max_lag"), serde_json::json!({"name": "max_lag", "value": 120, "origin": "file", "file": file}));
    assert_eq!(param("to")["origin"], "default");
}

#[test]
fn every_key_of_the_json_is_documented() {
    fn keys(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                // What a runbook or a policy holds is documented elsewhere.
                for (key, value) in fields {
                    found.insert(key.clone());
                    if !["with", "policy", "links", "options"].contains(&key.as_str()) {
                        keys(value, found);
                    }
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
            _ => {}
        }
    }
    let page = include_str!("../../docs/plan-format.md");
    let json = serde_json::from_str(&plan(&[BRANCHING, "-p", "instance=orders", "--output", "json"])).unwrap();
    let mut found = std::collections::BTreeSet::new();
    keys(&json, &mut found);
    assert!(found.len() > 60, "{found:?}");
    let missing: Vec<&String> = found.iter().filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn what_is_wrong_is_said_as_everywhere() {
    let home = Home::new();
    home.run(&["plan", "tests/bad_runbooks/action_unknown.yaml"]).ended(2).says("LB0");
    home.run(&["plan", BRANCHING]).ended(2).says("parameter `instance` has no value");
    home.run(&["plan", "nowhere.yaml"]).ended(2);
}

#[test]
fn what_stands_behind_a_condition_says_so_in_every_form() {
    const NESTED: &str = "tests/runbooks/nested.yaml";
    let tree = plan(&[NESTED]);
    assert!(tree.contains("only if params.lost == \"region\" · runbook"), "{tree}");
    assert!(tree.contains("only if region runs · rds.promote_replica"), "{tree}");
    assert!(tree.contains("type \"orders-replica\" (if it runs)"), "{tree}");
    let json: serde_json::Value = serde_json::from_str(&plan(&[NESTED, "--output", "json"])).unwrap();
    let step = |id: &str| json["steps"].as_array().unwrap().iter().find(|step| step["id"] == id).unwrap();
    let promote = step("region/promote_db");
    assert_eq!((&promote["within"], &promote["conditional"], &promote["when"]), (&"region".into(), &true.into(), &serde_json::Value::Null));
    let confirmed = json["confirmations"].as_array().unwrap().iter().find(|one| one["step"] == "region/promote_db").unwrap();
    assert_eq!(confirmed["conditional"], true);
    let steps = json["steps"].as_array().unwrap().len();
    let mermaid = plan(&[NESTED, "--output", "mermaid"]);
    let dashed = mermaid.lines().find(|line| line.ends_with(" conditional") && line.contains("class s")).unwrap();
    assert_eq!(dashed.matches('s').count() - "class ".matches('s').count(), steps, "all of them: {dashed}");
    assert_eq!(plan(&[NESTED, "--output", "dot"]).matches("rounded,dashed").count(), steps);
}

#[test]
fn a_secret_that_is_handed_on_is_shown_by_its_place() {
    let home = Home::new();
    let write =
        |name: &str, text: &str| std::fs::write(home.path().join(name), format!("lifeboat: 1\nname: {name}\ntitle: T\n{text}")).unwrap();
    write(
        "inner",
        "params: {token: {type: string, secret: true}, who: {type: string, default: me}}
steps: [{id: tell, title: Tell, action: command, with: {argv: [tell, '${{ params.token }}', '${{ params.who }}']}}]\n",
    );
    write(
        "outer",
        "secrets: {slack: {env: SLACK}}
steps: [{id: data, title: Data, action: runbook, with: {file: inner, params: {token: '${{ secrets.slack }}'}}}]\n",
    );
    let ran = home.run(&["plan", home.path().join("outer").to_str().unwrap()]).ended(0);
    ran.says("params {who: me, token: env:SLACK}")
        .says("with.argv[1] — params.token (env:SLACK)")
        .says("Unknown: nobody can see what a program changes")
        .says("data/tell  Tell — tell");
}
