//! What could have been known in calm: said by `check`, by `plan`, and at the start of a run.

use std::path::Path;

use super::support::{Home, Ran};

const HEAD: &str = "lifeboat: 1\nname: t\ntitle: Targets\ndefaults: {target: dr, timeout: 1m}\n";
const SCALE: &str = "steps:
  - id: scale
    title: Twelve nodes
    action: eks.scale_nodegroup
    with: {cluster: shop-dr, nodegroup: web, min: 12, desired: 12, max: 60}
";

fn write(home: &Home, name: &str, text: &str) -> String {
    let path = home.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn book(home: &Home, target: &str, more: &str) -> String {
    write(home, "book.yaml", &format!("{HEAD}{more}targets:\n  dr: {target}\n{SCALE}"))
}

#[test]
fn targets_that_contradict_themselves_are_found_before_the_night() {
    let home = Home::new();
    let check = |target: &str| home.run(&["check", "--strict", &book(&home, target, "")]);
    check(r#"{region: us-east-1, account: "123456789012", role: failover}"#)
        .ended(2)
        .says("error[LB0330]")
        .says("write `arn:aws:iam::123456789012:role/failover`");
    check(r#"{region: us-east-1, account: "123456789012", role: "arn:aws:sts::123456789012:assumed-role/failover/alice"}"#)
        .ended(2)
        .says("the ARN of a session of a role")
        .says("write `arn:aws:iam::123456789012:role/failover`");
    check(r#"{region: us-east-1, account: "123456789012", role: "arn:aws:iam::999999999999:role/failover"}"#)
        .ended(2)
        .says("error[LB0331]");
    check(r#"{region: us-esat-1, account: "123456789012"}"#).ended(2).says("did you mean `us-east-1`?");
    check("{region: us-east-1}").ended(2).says("warning[LB0751]");
    check("{region: us-east-1, account: 123456789012}").ended(0);
    // The first word about an account that begins with a zero is the one that helps.
    let ran = check("{region: us-east-1, account: 012345678901}").ended(2).says("write `\"012345678901\"`");
    assert!(!ran.err.contains("LB0111") && !ran.err.contains("`12345678901`"), "{}", ran.err);
}

#[test]
fn a_region_given_by_hand_is_looked_at_too() {
    let home = Home::new();
    let params = "params: {to: {type: region, default: us-east-1}}\n";
    let file = book(&home, r#"{region: "${{ params.to }}", account: "123456789012"}"#, params);
    home.run(&["check", "--strict", &file]).ended(0);
    home.run(&["plan", &file, "-p", "to=us-esat-1"]).ended(0).says("warning[LB0750]").says("did you mean `us-east-1`?");
    home.run(&["plan", &file, "-p", "to=us-east-1a"]).ended(2).says("write its region: `us-east-1`");
    home.run(&["plan", &file, "-p", "to=us_east_1"]).ended(2).says("did you mean `us-east-1`?");
    let params = write(&home, "params.yaml", "to: us-east-1b\n");
    home.run(&["plan", &file, "--params-file", &params]).ended(2).says("write its region: `us-east-1`");
}

/// A machine whose AWS configuration signs in by way of Ireland.
fn signs_in_in_ireland(home: &Home) {
    let config = "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n\
        [profile dr-operator]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dr-operator\nregion = us-east-1\n";
    write(home, ".aws/config", config);
    let token =
        r#"{"startUrl":"https://corp.awsapps.com/start","region":"eu-west-1","accessToken":"x","expiresAt":"2099-01-01T00:00:00Z"}"#;
    write(home, ".aws/sso/cache/corp.json", token);
}

#[test]
fn a_way_in_through_the_lost_region_is_said_by_check_plan_and_run() {
    let home = Home::new();
    let file = book(&home, r#"{region: us-east-1, account: "123456789012", profile: dr-operator}"#, "impaired: eu-west-1\n");
    // Without such a configuration, as on a machine that only checks, nothing is to be said.
    home.run(&["check", "--strict", &file]).ended(0);
    signs_in_in_ireland(&home);
    let way = "profile dr-operator signs in by IAM Identity Center (SSO) in eu-west-1 (sso-session corp)";
    home.run(&["check", "--strict", &file]).ended(2).says("warning[LB0753]").says(way);
    home.run(&["plan", &file]).ended(0).says(way).says("good until 2099-01-01T00:00:00Z");
    let ran = home.run(&["run", &file, "--dry-run", "--output", "line"]);
    assert!(ran.err.contains(way), "{}", ran.err);
    let file = book(&home, r#"{region: us-east-1, account: "123456789012", profile: dr-operator}"#, "impaired: eu-central-1\n");
    home.run(&["check", "--strict", &file]).ended(0);
}

#[test]
fn a_live_run_says_at_its_start_that_any_account_will_do() {
    let home = Home::new();
    let file = book(&home, "{region: us-east-1}", "");
    let says = "target dr names no account: `scale` changes whichever one the credentials are of";
    assert!(home.run(&["run", &file, "--yes"]).err.contains(says));
    home.run(&["plan", &file]).ended(0).says(says);
}

#[test]
fn programs_are_named_beside_the_policy_that_cannot_know_them() {
    let home = Home::new();
    let steps =
        "steps:\n  - id: failover\n    title: Fail over\n    action: command\n    with: {argv: [aws, rds, failover-global-cluster]}\n";
    let file = write(&home, "book.yaml", &format!("{HEAD}targets: {{dr: {{region: us-east-1, account: \"123456789012\"}}}}\n{steps}"));
    let ran = home.run(&["plan", &file, "--output", "iam"]).ended(0);
    assert!(ran.err.contains("what programs call is not in the policy") && ran.err.contains("failover: aws rds failover-global-cluster"));
    let policy: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    home.run(&["plan", &file]).ended(0).says("And whatever these programs call").says("failover  aws rds failover-global-cluster");
}

#[test]
fn what_the_world_lacks_is_said_before_a_drill_waits_for_it() {
    let home = Home::new();
    let world = "world: 1\nname: plain\naccount: \"123456789012\"\nstart: 2026-03-12T03:04:00Z\nregions: {us-east-1: {}}\n\
        commands: [{argv: [freeze, now], takes: 1s}]\n";
    write(&home, "world.yaml", world);
    let text = format!(
        "{HEAD}world: world.yaml
targets: {{dr: {{region: us-east-1, account: \"123456789012\"}}, west: {{region: us-west-2, account: \"999999999999\"}}}}
steps:
  - id: freeze
    title: Freeze
    action: command
    with: {{argv: [freeze, now, please]}}
  - id: failover
    title: Fail over
    action: command
    with: {{argv: [failover-ledger]}}
    preconditions:
      - title: The secondary is less than a second behind
        probe: cloudwatch.metric
        target: west
        with: {{namespace: AWS/RDS, metric: AuroraGlobalDBReplicationLag, dimensions: {{DBClusterIdentifier: ledger-us}}}}
        expect: value < 1000
    verify:
      - title: It answers
        probe: http
        with: {{url: \"https://api.shop.example/health\"}}
        expect: status == 200
  - id: scale
    title: Scale
    action: eks.scale_nodegroup
    with: {{cluster: shop-dr, nodegroup: web, min: 12, desired: 12, max: 60}}
"
    );
    let file = write(&home, "book.yaml", &text);
    let ran = home.run(&["check", &file]).ended(0);
    let lacks = [
        "has no program `failover-ledger`",
        "has no metric AWS/RDS AuroraGlobalDBReplicationLag",
        "has no name `api.shop.example`",
        "has no cluster shop-dr in us-east-1",
        "has no region us-west-2",
        "is account 123456789012, and a run elsewhere is refused",
    ];
    for what in lacks {
        assert!(ran.err.contains(&format!("warning[LB0760]: the world `plain` {what}")), "{what}:\n{}", ran.err);
    }
    assert_eq!(ran.err.matches("warning[LB0760]").count(), lacks.len(), "{}", ran.err);
}

#[test]
fn the_beginning_of_the_outage_is_taken_as_people_write_it() {
    let home = Home::new();
    let steps = "steps: [{id: w, title: Wait, action: wait, with: {seconds: 1ms}}]\n";
    let file = write(&home, "book.yaml", &format!("lifeboat: 1\nname: nothing\ntitle: Nothing\nobjectives: {{rto: 1h}}\n{steps}"));
    let run = |time: &str| home.run(&["run", &file, "--yes", "--output", "line", &format!("--incident-start={time}")]);
    for (time, ago) in [("15m", "15 min ago"), ("-15m", "15 min ago"), ("2 h ago", "2 h ago"), ("2026-03-12 02:43", "ago")] {
        let ran = run(time).ended(0);
        assert!(ran.err.starts_with("the outage began 20") && ran.err.lines().next().unwrap().ends_with(ago), "{time}: {}", ran.err);
    }
    run("00:00").ended(0).says("the outage began 20");
    // An argument of its own, too, although it begins as a flag does.
    home.run(&["run", &file, "--yes", "--output", "line", "--incident-start", "-5m"]).ended(0).says("5 min ago");
    run("2099-01-01T00:00:00Z").ended(2).says("is still to come").says("`15m`");
    run("0243").ended(2).says("this is no time: write `02:43` (UTC)");
    let runs = std::fs::read_dir(home.path().join(".local/state/lifeboat/runs")).unwrap().count();
    assert_eq!(runs, 6, "what is refused leaves no run behind");
}

#[test]
fn a_file_is_no_command_and_a_guess_is_made_only_of_what_is_alike() {
    let home = Home::new();
    home.run(&["runbooks/regional_failover.yaml"]).ended(2).says("lifeboat drill runbooks/regional_failover.yaml");
    home.run(&["nowhere.yaml"]).ended(2).says("lifeboat drill nowhere.yaml");
    home.run(&["drlil"]).ended(2).says("'drill'");
    let tips = |args: &[&str]| {
        let Ran { code, err, .. } = home.run(args);
        assert_eq!(code, Some(2));
        err
    };
    assert!(!tips(&["plan", "x.yaml", "--output", "yaml"]).contains("similar"));
    assert!(tips(&["plan", "x.yaml", "--output", "jsno"]).contains("'json'"));
}

#[test]
fn a_finding_is_explained_by_its_number_and_said_once() {
    let home = Home::new();
    for code in ["719", "LB0719", "lb719", "error[LB0719]", "0719"] {
        home.run(&["check", "--explain", code]).ended(0).says("LB0719");
    }
    home.run(&["check", "--explain", "99999"]).ended(2);
    let ran = home.run(&["drill", "runbooks/regional_failover.yaml", "--world", "nope.yaml"]).ended(2);
    assert!(ran.err.starts_with("error[LB0801]: ") && !ran.err.contains("error: error"), "{}", ran.err);
    let ran = home.run(&["world", "serve", "nope.yaml"]).ended(2);
    assert!(ran.err.starts_with("error[LB0801]: "), "{}", ran.err);
}

#[test]
fn completions_and_manual_pages_are_made_from_the_arguments() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = home.run(&["completions", shell]).ended(0);
        for word in ["drill", "resume", "incident-start", "completions"] {
            assert!(ran.out.contains(word), "{shell}: {word}");
        }
    }
    home.run(&["completions", "tcsh"]).ended(2).says("bash");
    let script = write(&home, "lifeboat.bash", &home.run(&["completions", "bash"]).out);
    assert!(std::process::Command::new("bash").args(["-n", &script]).status().unwrap().success());

    let page = home.run(&["man"]).ended(0).out;
    assert!(page.contains(".TH lifeboat 1") && page.contains("lifeboat\\-drill(1)"), "{page}");
    let folder = home.path().join("man1");
    home.run(&["man", folder.to_str().unwrap()]).ended(0).says("man ");
    let help = home.run(&["--help"]).out;
    let commands: Vec<&str> = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty()).collect();
    let names = commands.iter().filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?.split_whitespace().next());
    let mut pages = 0;
    for name in names.filter(|name| *name != "help") {
        let page = folder.join(format!("lifeboat-{name}.1"));
        assert!(std::fs::read_to_string(&page).is_ok_and(|text| text.contains(".SH SYNOPSIS")), "{}", page.display());
        pages += 1;
    }
    assert!(pages > 12, "{pages}");
    write(&home, "in_the_way", "");
    home.run(&["man", home.path().join("in_the_way").to_str().unwrap()]).ended(2).says("name a folder that can be written");
    assert!(!Path::new("lifeboat.1").exists());
}

#[test]
fn a_run_that_stops_at_a_failure_says_what_it_needs_to_go_on() {
    let home = Home::new();
    let world = "world: 1\nname: plain\naccount: \"123456789012\"\nstart: 2026-03-12T03:04:00Z\nregions: {us-east-1: {}}\n\
        commands: [{argv: [freeze], takes: 1s, exit: 1}, {argv: [warm], takes: 1s, exit: 1}]\n";
    write(&home, "world.yaml", world);
    let steps = "steps:
  - {id: warm, title: Warm, action: command, with: {argv: [warm]}, on_failure: continue}
  - {id: freeze, title: Freeze, action: command, with: {argv: [freeze]}, needs: [warm]}
";
    let file = write(&home, "book.yaml", &format!("lifeboat: 1\nname: t\ntitle: T\nworld: world.yaml\n{steps}"));
    let ran = home.run(&["drill", &file]).ended(5);
    let help = ran.err.lines().find(|line| line.contains("lifeboat resume")).unwrap_or_else(|| panic!("{}", ran.err)).to_owned();
    assert!(help.contains(" --retry freeze --yes") && help.contains("--skip freeze=WHY") && help.contains("--take-over freeze="), "{help}");
    // What the run goes on without needs no decision.
    assert!(!help.contains("warm"), "{help}");
    // What failed on the way is still a failure of the run; it has come to its end.
    home.run(&["resume", "--skip", "freeze=nobody writes tonight"]).ended(1).says("skipped    freeze: nobody writes tonight");
}
