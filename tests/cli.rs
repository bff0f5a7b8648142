//! The program from outside: arguments, output, exit codes, the record.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

#[path = "cli/calm.rs"]
mod calm;
#[path = "cli/many_names.rs"]
mod many_names;
#[path = "cli/programs.rs"]
mod programs;
#[path = "cli/rehearse.rs"]
mod rehearse;
#[path = "cli/requests.rs"]
mod requests;
#[path = "cli/seen.rs"]
mod seen;
#[path = "support/cli.rs"]
mod support;

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use support::{Home, Ran, Served};

const FLAGSHIP: &str = "runbooks/regional_failover.yaml";
const FAILBACK: &str = "runbooks/regional_failback.yaml";
const SMALL: &str = "tests/runbooks/small.yaml";
const WORLD: &str = "runbooks/worlds/region_loss.yaml";

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[test]
fn a_drill_needs_nothing_and_goes_through() {
    let home = Home::new();
    let ran = home.run(&["drill", FLAGSHIP]).ended(0);
    let ran = ran.says("DRILL").says("region_loss").says("autopilot").says("promote_db");
    assert!(ran.out.contains("RTO"), "{}", ran.out);
    home.run(&["runs"]).ended(0).says("regional_failover").says("succeeded");
    home.run(&["report"]).ended(0).says("# ").says("PromoteReadReplica").says("autopilot").says("orders-replica");
}

#[test]
fn the_way_back_can_be_drilled_too() {
    Home::new().run(&["drill", FAILBACK]).ended(0);
}

#[test]
fn a_drill_adds_at_most_two_per_cent_to_the_critical_path() {
    for seed in ["1", "2", "3", "4", "5"] {
        let ran = Home::new().run(&["drill", FLAGSHIP, "--output", "json", "--seed", seed]).ended(0);
        let lines = json_lines(&ran.out);
        let summary = &lines.last().unwrap()["summary"];
        let share = summary["time"]["tool_share"].as_f64().unwrap_or_else(|| panic!("no time account: {summary}"));
        assert!(share > 0.0 && share <= 0.02, "seed {seed}: {}", summary["time"]);
    }
}

#[test]
fn json_output_is_one_object_a_line_and_says_who_confirmed() {
    let ran = Home::new().run(&["drill", FLAGSHIP, "--output", "json"]).ended(0);
    let lines = json_lines(&ran.out);
    let confirmed = lines.iter().find(|line| line["event"] == "step_confirming" && line["step"] == "promote_db").unwrap();
    assert_eq!(confirmed["by"]["kind"], "autopilot");
    assert_eq!(confirmed["given"]["typed"], "orders-replica");
    let started = &lines[0];
    assert_eq!((&started["event"], &started["kind"]), (&Value::from("run_started"), &Value::from("drill")));
}

#[test]
fn the_same_seed_gives_the_same_drill() {
    let times = |seed: &str| -> Vec<(String, String)> {
        let ran = Home::new().run(&["drill", FLAGSHIP, "--output", "json", "--seed", seed]).ended(0);
        let lines = json_lines(&ran.out);
        lines.iter().filter(|line| line["seq"].is_u64()).map(|line| (line["event"].to_string(), line["wall"].to_string())).collect()
    };
    assert_eq!(times("7"), times("7"));
    assert_ne!(times("7"), times("8"));
}

#[test]
fn what_a_run_records_is_for_its_owner_only() {
    let home = Home::new();
    home.run(&["drill", FLAGSHIP]).ended(0);
    let folder = home.only_run();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in ["journal.jsonl", "runbook.yaml"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
    assert_eq!(std::fs::read(folder.join("runbook.yaml")).unwrap(), std::fs::read(FLAGSHIP).unwrap());
}

#[test]
fn nothing_is_executed_when_the_state_folder_cannot_be_written() {
    let home = Home::new();
    let file = home.path().join("a-file");
    std::fs::write(&file, "in the way").unwrap();
    let ran = home.run(&["drill", FLAGSHIP, "--state-dir", file.to_str().unwrap()]).ended(4);
    assert!(!ran.out.contains("promote_db"), "{}", ran.out);
    assert!(ran.err.contains("a-file"), "{}", ran.err);
}

#[test]
fn a_live_run_without_a_screen_names_what_is_missing() {
    let home = Home::new();
    let ran = home.run(&["run", FLAGSHIP]).ended(3);
    let ran = ran.says("--yes").says("--confirm promote_db=orders-replica").says("--answer declare.ticket=");
    assert!(ran.out.is_empty());
    let given = ["run", FLAGSHIP, "--yes", "--confirm", "promote_db=orders", "--answer", "declare.ticket=INC-1"];
    home.run(&given).ended(3).says("--confirm promote_db=orders-replica (given: orders)");
}

#[test]
fn without_credentials_a_live_run_is_refused_before_anything_is_done() {
    let home = Home::new();
    let served = Served::world(&home, WORLD, "1");
    let ran = Ran::of(
        home.lifeboat(&["run", SMALL, "--yes", "--confirm", "promote_db=orders-replica"])
            .env("AWS_ENDPOINT_URL", &served.endpoint)
            .output()
            .unwrap(),
    );
    ran.ended(3).says("credentials");
    // Both targets have the same trouble: it is said once, for both.
    let mut both = home.lifeboat(&["run", FLAGSHIP, "--dry-run", "--yes"]);
    let ran = Ran::of(both.env("AWS_ENDPOINT_URL", &served.endpoint).output().unwrap()).ended(3);
    let said = [&ran.out, &ran.err].map(|text| text.matches("(targets dr, primary)").count());
    assert!(said[0] <= 2 && said[1] <= 1 && said[0] + said[1] > 0, "{ran:?}");
}

#[test]
fn a_live_run_does_what_the_runbook_says() {
    let home = Home::new();
    let served = Served::world(&home, "tests/worlds/quick.yaml", "1");
    let args = ["run", SMALL, "--yes", "--confirm", "promote_db=orders-replica", "--output", "json"];
    let ran = Ran::of(home.against(&served.endpoint, &args).output().unwrap()).ended(0);
    let lines = json_lines(&ran.out);
    let events: Vec<(&str, &str)> =
        lines.iter().map(|line| (line["event"].as_str().unwrap_or(""), line["step"].as_str().unwrap_or(""))).collect();
    let place = |event: &str, step: &str| {
        events.iter().position(|found| *found == (event, step)).unwrap_or_else(|| panic!("no {event} of {step}: {events:?}"))
    };
    for step in ["promote_db", "scale_general", "flip_dns"] {
        assert!(place("step_intent", step) < place("step_applied", step));
        assert!(place("step_applied", step) < place("step_succeeded", step));
    }
    assert!(place("step_ready", "flip_dns") > place("step_succeeded", "promote_db"));
    assert!(place("step_ready", "flip_dns") > place("step_succeeded", "scale_general"));

    // Once more: what is so is not called again. RDS does not say that the instance was a replica once: a person does.
    let again = Ran::of(home.against(&served.endpoint, &args).output().unwrap()).ended(5);
    assert!(!again.out.contains("step_intent"), "{}", again.out);
    let taken = ["resume", "--yes", "--take-over", "promote_db=promoted by the run before", "--output", "json"];
    let taken = Ran::of(home.against(&served.endpoint, &taken).output().unwrap()).ended(0);
    assert!(!taken.out.contains("step_intent"), "{}", taken.out);
}

/// The run is killed the moment its call was accepted: taken up again, it follows the call to its end and makes no other.
#[test]
fn a_killed_run_is_taken_up_without_doing_anything_twice() {
    use std::io::{BufRead, BufReader};
    let home = Home::new();
    let served = Served::world(&home, "tests/worlds/quick.yaml", "1");
    let confirmed = ["--yes", "--confirm", "promote_db=orders-replica", "--output", "json"];
    let mut run =
        home.against(&served.endpoint, &[&["run", SMALL], &confirmed[..]].concat()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let applied = |line: &str| line.contains(r#""event":"step_applied""#) && line.contains("promote_db");
    let seen = BufReader::new(run.stdout.take().unwrap()).lines().map(Result::unwrap).any(|line| applied(&line));
    assert!(seen, "the promotion was never accepted");
    run.kill().unwrap();
    run.wait().unwrap();
    home.run(&["runs"]).ended(0).says("interrupted");

    let world = std::fs::read_to_string("tests/worlds/quick.yaml").unwrap().replace("123456789012", "999999999999");
    let file = home.path().join("elsewhere.yaml");
    std::fs::write(&file, world).unwrap();
    let elsewhere = Served::world(&home, file.to_str().unwrap(), "1");
    let refused = Ran::of(home.against(&elsewhere.endpoint, &[&["resume"], &confirmed[..]].concat()).output().unwrap());
    refused.ended(3).says("123456789012").says("999999999999");

    let resumed = Ran::of(home.against(&served.endpoint, &[&["resume"], &confirmed[..]].concat()).output().unwrap()).ended(0);
    assert!(resumed.out.contains(r#""event":"run_resumed""#), "{}", resumed.out);
    let journal = std::fs::read_to_string(home.only_run().join("journal.jsonl")).unwrap();
    for step in ["promote_db", "scale_general", "flip_dns"] {
        let of = |event: &str| {
            let named = |line: &&str| line.contains(&format!(r#""event":"{event}""#)) && line.contains(&format!(r#""step":"{step}""#));
            journal.lines().filter(named).collect::<Vec<_>>()
        };
        // A branch beside it may have been killed between its intent and its call: then the look proves that there was none.
        let never_made = of("step_doubt_resolved").iter().filter(|line| line.contains(r#""happened":false"#)).count();
        assert!(never_made == 0 || step == "scale_general", "{step}");
        // What was refused for now had an intent, too.
        let never_made = never_made + of("step_held_back").len();
        assert_eq!((of("step_intent").len() - never_made, of("step_succeeded").len()), (1, 1), "{step}");
    }
    home.run(&["resume"]).ended(2).says("no run is unfinished");
}

#[test]
fn a_dry_run_shows_every_change_and_makes_none() {
    let home = Home::new();
    let served = Served::world(&home, WORLD, "1");
    let args = ["run", "--dry-run", SMALL];
    let ran = Ran::of(home.against(&served.endpoint, &args).output().unwrap()).ended(0);
    let ran = ran.says("DRY RUN").says("rds:PromoteReadReplica").says("eks:UpdateNodegroupConfig").says("route53:ChangeResourceRecordSets");
    assert!(ran.out.contains("CANNOT BE UNDONE") || ran.out.contains("cannot be undone"), "{}", ran.out);
    // The same again: nothing has changed.
    let journal = |name: &str| -> Vec<Value> {
        let ran = Ran::of(home.against(&served.endpoint, &[&args[..], &["--output", "json"]].concat()).output().unwrap()).ended(0);
        json_lines(&ran.out).into_iter().filter(|line| line["event"] == name).map(|line| line["change"].clone()).collect()
    };
    assert_eq!(journal("step_proposed"), journal("step_proposed"));
    assert!(journal("step_intent").is_empty());
}

#[test]
fn the_wrong_account_is_refused_before_the_first_step() {
    let home = Home::new();
    let world = std::fs::read_to_string(WORLD).unwrap().replace("account: \"123456789012\"", "account: \"999999999999\"");
    let file = home.path().join("other.yaml");
    std::fs::write(&file, world).unwrap();
    let served = Served::world(&home, file.to_str().unwrap(), "1");
    let args = ["run", SMALL, "--yes", "--confirm", "promote_db=orders-replica", "--output", "json"];
    let ran = Ran::of(home.against(&served.endpoint, &args).output().unwrap()).ended(3);
    assert!(!ran.out.contains("step_ready"), "{}", ran.out);
    ran.says("123456789012").says("999999999999");
}

#[test]
fn an_endpoint_that_refuses_is_named() {
    let home = Home::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}");
    let args = ["run", SMALL, "--yes", "--confirm", "promote_db=orders-replica"];
    let ran = Ran::of(home.against(&endpoint, &args).output().unwrap()).ended(3);
    ran.says("sts:GetCallerIdentity").says("us-east-1");
}

#[test]
fn parameters_are_checked_before_anything_else() {
    let home = Home::new();
    home.run(&["drill", FLAGSHIP, "--param", "node_count=41"]).ended(2).says("node_count").says("40");
    home.run(&["drill", FLAGSHIP, "--param", "nodes=4"]).ended(2).says("node_count");
    home.run(&["drill", FLAGSHIP, "--param", "max_lag=soon"]).ended(2).says("max_lag");
    assert!(!home.path().join(".local/state/lifeboat/runs").exists());
}

#[test]
fn bad_files_are_explained() {
    let home = Home::new();
    let write = |name: &str, bytes: &[u8]| {
        let path = home.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    home.run(&["check", FLAGSHIP, FAILBACK]).ended(0).says("regional_failover.yaml: ok");
    home.run(&["check", "no/such.yaml"]).ended(2).says("no/such.yaml");
    home.run(&["check", "runbooks/worlds"]).ended(2).says("there is no runbook in runbooks/worlds");
    let empty = write("empty.yaml", b"");
    home.run(&["check", &empty]).ended(2).says("empty");
    let latin = write("latin.yaml", b"title: caf\xe9\n");
    home.run(&["check", &latin]).ended(2).says("UTF-8");
    let huge = write("huge.yaml", &vec![b'#'; 50 << 20]);
    home.run(&["check", &huge]).ended(2).says("huge.yaml");
    let typo = std::fs::read_to_string(FLAGSHIP).unwrap().replace("action: rds.promote_replica", "action: rds.promote_replika");
    let typo = write("typo.yaml", typo.as_bytes());
    home.run(&["check", &typo]).ended(2).says("rds.promote_replika").says("rds.promote_replica").says("^");
    home.run(&["drill", &typo]).ended(2).says("did you mean");
}

#[test]
fn the_catalogue_is_told() {
    let home = Home::new();
    let actions = home.run(&["actions"]).ended(0);
    for name in ["rds.promote_replica", "eks.scale_nodegroup", "route53.shift_weights", "manual", "command", "wait", "verify"] {
        assert!(actions.out.contains(name), "{name}");
    }
    let probes = home.run(&["probes"]).ended(0);
    for name in ["http", "dns", "rds.replica_lag", "rds.instance", "eks.nodegroup", "route53.record", "cloudwatch.metric", "aws.identity"] {
        assert!(probes.out.contains(name), "{name}");
    }
    home.run(&["actions", "rds.promote"]).ended(2).says("rds.promote_replica");
    home.run(&["probes", "dns"]).ended(0).says("values");
}

#[test]
fn a_served_world_listens_on_loopback_only() {
    Home::new().run(&["world", "serve", WORLD, "--listen", "0.0.0.0:0"]).ended(2).says("loopback");
}

#[test]
fn without_a_terminal_home_is_the_help() {
    let ran = Home::new().run(&[]).ended(2).says("Usage: lifeboat").says("Rehearse a runbook").says("Start with:");
    assert_eq!(ran.out, "");
    Home::new().run(&["--ascii", "drill", FLAGSHIP]).ended(2);
}

#[test]
fn usage_is_explained() {
    let home = Home::new();
    home.run(&[]).ended(2).says("lifeboat drill");
    home.run(&["--help"]).ended(0).says("Exit codes");
    home.run(&["drill", FLAGSHIP, "--speed", "fast"]).ended(2).says("max");
    home.run(&["report", "nothing"]).ended(2).says("nothing");
    home.run(&["resume"]).ended(2).says("unfinished");
}

#[test]
fn a_choice_decides_the_way_and_a_list_makes_steps() {
    let home = Home::new();
    let drill = ["drill", "tests/runbooks/ways.yaml", "--world", "tests/worlds/quick.yaml", "--output", "json"];
    let ran = home.run(&drill).ended(0);
    let ended = |id: &str, how: &str| ran.out.lines().any(|line| line.contains(how) && line.contains(&format!("\"step\":\"{id}\"")));
    assert!(ended("recycle", "step_skipped"), "{}", ran.out);
    for id in ["settle[api]", "settle[web]", "prove[api]", "prove[web]"] {
        assert!(ended(id, "step_succeeded"), "{id}\n{}", ran.out);
    }
    assert!(ran.out.contains("Let web settle") && ran.out.contains("Each has waited as long as it should (api)"));
}

#[test]
fn parameters_come_from_a_file_too() {
    let home = Home::new();
    let file = home.path().join("prod.yaml");
    let file_arg = file.to_str().unwrap();
    let drill = |more: &[&str]| {
        let args = ["drill", "tests/runbooks/ways.yaml", "--world", "tests/worlds/quick.yaml", "--params-file", file_arg];
        home.run(&[&args[..], more].concat())
    };
    std::fs::write(&file, "services: [api, web, jobs]\n").unwrap();
    drill(&[]).ended(0).says("settle[jobs]");
    let ran = drill(&["--param", "services=api,web"]).ended(0);
    assert!(!ran.out.contains("settle[jobs]"), "{}", ran.out);
    std::fs::write(&file, "services: 3\nservcies: [api]\n").unwrap();
    drill(&[])
        .ended(2)
        .says("did you mean `services`?")
        .says(&format!("no parameter `servcies`, which is given in {file_arg}"))
        .says("a list of texts")
        .says(&format!("it is given in {file_arg}"));
    std::fs::write(&file, "services: [\"${{ secrets.token }}\"]\n").unwrap();
    drill(&[]).ended(2).says("takes a plain value, not an expression");
    std::fs::write(&file, "- services\n").unwrap();
    drill(&[]).ended(2).says("a params file is a mapping");
}

#[test]
fn a_runbook_runs_another_as_one_of_its_steps() {
    let home = Home::new();
    let world = ["--world", "runbooks/worlds/region_loss.yaml", "--output", "json"];
    let ran = home.run(&[&["drill", "tests/runbooks/nested.yaml"], &world[..]].concat()).ended(0);
    let has = |ran: &Ran, id: &str, how: &str| {
        let text = (format!("\"event\":\"{how}\""), format!("\"step\":\"{id}\""));
        ran.out.lines().any(|line| line.contains(&text.0) && line.contains(&text.1))
    };
    for id in ["region", "region/declare", "region/promote_db", "region/flip_dns", "region/hand_over", "report"] {
        assert!(has(&ran, id, "step_succeeded"), "{id}\n{}", ran.out);
    }
    assert!(has(&ran, "nodes", "step_skipped"));
    let ready = ran.out.lines().find(|line| line.contains("\"step_ready\"") && line.contains("\"step\":\"report\"")).unwrap();
    assert!(ready.contains("The database is orders-replica."), "{ready}");
    // A copy of each runbook is kept, and is part of the evidence.
    let run = home.only_run();
    let report = home.run(&["report", "latest"]).ended(0).out;
    assert!(report.contains("Fingerprint of the file of `regional_failover`, which a step runs"), "{report}");
    assert!(report.contains("| Parameter `region/max_lag` | `600` |"), "{report}");
    home.run(&["verify", run.to_str().unwrap()]).ended(0).says("those the plan was made of");
    let copies = || std::fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().path());
    let copy = copies().find(|path| path.to_string_lossy().contains("regional_failover@")).unwrap();
    std::fs::write(&copy, "lifeboat: 1\n").unwrap();
    home.run(&["verify", run.to_str().unwrap()]).ended(4).says("is not the runbook that the plan was made of");

    // When the gate is left out, so is what stands behind it.
    let ran = home.run(&[&["drill", "tests/runbooks/nested.yaml", "-p", "lost=nodes"], &world[..]].concat()).ended(0);
    for id in ["region", "region/declare", "region/promote_db", "region/hand_over", "report"] {
        assert!(has(&ran, id, "step_skipped"), "{id}\n{}", ran.out);
    }
    assert!(!ran.out.contains("step_intent\",\"step\":\"region"), "{}", ran.out);
    assert!(ran.out.contains("region was skipped"), "{}", ran.out);
}

#[test]
fn times_are_named_and_measured_in_a_run() {
    let home = Home::new();
    home.run(&["check", "--strict", "tests/runbooks/times.yaml"]).ended(0);
    let drill = ["drill", "tests/runbooks/times.yaml", "--world", "tests/worlds/quick.yaml", "--output", "json"];
    let lines = json_lines(&home.run(&drill).ended(0).out);
    let found = |event: &str, step: &str| lines.iter().find(|line| line["event"] == event && line["step"] == step).unwrap();
    let said = |step: &str| found("step_ready", step)["with"]["instructions"].as_str().unwrap();
    let ready: jiff::Timestamp = found("step_ready", "silence")["wall"].as_str().unwrap().parse().unwrap();
    let until = jiff::Timestamp::from_second(ready.as_second() + 7_200).unwrap();
    assert!(said("silence").contains(&format!("until {until}.")), "{}", said("silence"));
    assert!(said("silence").contains("before-failover-20260312-0247."), "{}", said("silence"));
    // An `expect` sees the time go by while it is waited for.
    let reading: jiff::Timestamp = found("step_succeeded", "measure")["readings"][0]["at"]["wall"].as_str().unwrap().parse().unwrap();
    let started: jiff::Timestamp = lines[0]["wall"].as_str().unwrap().parse().unwrap();
    let gone = reading.duration_since(started).as_secs();
    assert!((120..180).contains(&gone), "{gone}");
    assert!(said("tell").starts_with("It took 2m"), "{}", said("tell"));
    assert_eq!(lines[0]["plan"]["targets"]["standby"]["region"], "us-east-1");
    home.run(&["drill", "tests/runbooks/times.yaml", "--world", "tests/worlds/quick.yaml", "--param", "lost=eu-west-2"])
        .ended(2)
        .says("LB0509")
        .says("neither");
}

/// What holds a gate back, what is said about it beforehand, and what leaves it out.
#[test]
fn a_gate_is_left_out_with_all_behind_it_and_never_taken_over() {
    let home = Home::new();
    let inner = "lifeboat: 1\nname: inner\ntitle: Inner\npreconditions:\n  \
                 - {title: It answers, probe: http, with: {url: 'http://127.0.0.1:9/'}, expect: status == 200}\nsteps:\n  \
                 - {id: go, title: Go, action: command, with: {argv: [touch, 'TOUCHED']}, confirm: {type: go}}\n";
    let outer = "lifeboat: 1\nname: outer\ntitle: Outer\ndefaults: {timeout: 1s}\nsteps:\n  \
                 - {id: d, title: Data, for_each: [a=1], action: runbook, with: {file: inner.yaml}}\n  \
                 - {id: end, title: End, action: wait, with: {seconds: 100ms}, when: 'steps.d[\"a=1\"].state == \"skipped\"'}\n";
    let touched = home.path().join("touched");
    std::fs::write(home.path().join("inner.yaml"), inner.replace("TOUCHED", touched.to_str().unwrap())).unwrap();
    std::fs::write(home.path().join("outer.yaml"), outer).unwrap();
    let book = home.path().join("outer.yaml");
    let run = ["run", book.to_str().unwrap(), "--yes", "--output", "json"];
    home.run(&run).ended(3).says("--confirm d[a=1]/go=go");
    home.run(&[&run[..], &["--confirm", "d[a=1]/go=go"]].concat()).says("d[a=1] cannot begin");
    let resume = |more: &[&str]| home.run(&[&["resume", "--yes", "--output", "json"], more].concat());
    resume(&["--confirm", "d[a=1]/go=go", "--take-over", "d[a=1]=I did it all"]).says("only opens the runbook behind it");
    // What is left out needs no confirmation.
    let ran = resume(&["--skip", "d[a=1]=not tonight"]).ended(0);
    assert!(ran.out.contains("d[a=1] was skipped") && !touched.exists(), "{}", ran.out);
    assert!(ran.out.lines().any(|line| line.contains("step_succeeded") && line.contains("\"step\":\"end\"")), "{}", ran.out);
}

#[test]
fn a_dry_run_shows_what_waits_for_another_runbook() {
    let home = Home::new();
    let inner = "lifeboat: 1\nname: inner\ntitle: Inner\nsteps:\n  - {id: go, title: Go, action: command, with: {argv: [echo, go]}}\n";
    let outer = "lifeboat: 1\nname: outer\ntitle: Outer\nsteps:\n  - {id: d, title: Data, action: runbook, with: {file: inner.yaml}}\n  \
                 - {id: good, title: Good, action: command, with: {argv: [echo, '${{ steps.d.state }}']}, when: steps.d.state == \"succeeded\"}\n  \
                 - {id: bad, title: Bad, needs: [d], action: command, with: {argv: [echo, bad]}, when: steps.d.steps.go.state == \"failed\"}\n";
    std::fs::write(home.path().join("inner.yaml"), inner).unwrap();
    std::fs::write(home.path().join("outer.yaml"), outer).unwrap();
    let ran = home.run(&["run", "--dry-run", home.path().join("outer.yaml").to_str().unwrap(), "--output", "json"]).ended(0);
    for id in ["d", "d/go", "good", "bad"] {
        let shown = |line: &str| line.contains("step_planned") && line.contains(&format!("\"step\":\"{id}\""));
        assert!(ran.out.lines().any(shown), "{id}\n{}", ran.out);
    }
    assert!(ran.out.contains("(known after d)"), "{}", ran.out);
}

#[test]
fn what_holds_a_run_back_is_said_without_a_screen() {
    let home = Home::new();
    let book = "lifeboat: 1\nname: held\ntitle: Held\nworld: world.yaml\npreconditions:\n  \
                - {title: It answers, probe: http, with: {url: 'https://status.example.com/'}, expect: status == 200}\nsteps:\n  \
                - {id: nap, title: Nap, action: wait, with: {seconds: 1s}}\n";
    std::fs::write(home.path().join("held.yaml"), book).unwrap();
    std::fs::copy("tests/worlds/quick.yaml", home.path().join("world.yaml")).unwrap();
    let ran = home.run(&["drill", home.path().join("held.yaml").to_str().unwrap(), "--output", "line"]);
    let line = "the run: held back, “It answers” is not known: the name status.example.com does not resolve";
    assert_eq!(ran.out.matches(line).count(), 1, "{}", ran.out);
    ran.says("the run cannot begin: “It answers” is not known: the name status.example.com does not resolve");
}
