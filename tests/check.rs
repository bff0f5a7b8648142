//! `lifeboat check` from the outside: folders, the three outputs, the explanations and the exit codes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

#[path = "support/cli.rs"]
#[expect(dead_code, reason = "other tests of the command line need more of it")]
mod support;

use std::path::Path;

use serde_json::Value;
use support::Home;

const WARNS: &str = "lifeboat: 1
name: warns
title: It warns
params: {nodes: {type: integer, default: 3}}
steps:
  - {id: one, title: One, action: wait, with: {seconds: 1s}}
";
const FAILS: &str = "lifeboat: 1
name: fails
title: \"Ä title: it fails\"
steps:
  - {id: one, title: Ünö, action: wiat}
  - {id: two, title: Two, action: wait, with: {seconds: soon}, needs: [oen]}
";
const CLEAN: &str = "lifeboat: 1
name: clean
title: It is clean
steps:
  - {id: one, title: One, action: wait, with: {seconds: 1s}}
";

/// A project with runbooks, worlds and other things; commands run in it.
struct Project {
    home: Home,
}

impl Project {
    fn new() -> Self {
        let project = Self { home: Home::new() };
        for (name, text) in [
            ("books/clean.yaml", CLEAN),
            ("books/fails.yml", FAILS),
            ("books/more/warns.yaml", WARNS),
            ("books/worlds/loss.yaml", "world: 1\nname: loss\n"),
            ("books/.old/fails.yaml", FAILS),
            ("books/values.yaml", "nodes: 3\n"),
            ("none/values.yaml", "nodes: 3\n"),
        ] {
            let path = project.home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        project
    }

    fn check(&self, args: &[&str]) -> support::Ran {
        let args: Vec<&str> = ["check"].iter().chain(args).copied().collect();
        support::Ran::of(self.home.lifeboat(&args).current_dir(self.home.path()).output().unwrap())
    }
}

#[test]
fn a_folder_is_looked_through_and_everything_is_said_at_once() {
    let ran = Project::new().check(&["books"]).ended(2);
    insta::assert_snapshot!("folder_stdout", ran.out);
    insta::assert_snapshot!("folder_stderr", ran.err);
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'));
}

#[test]
fn warnings_pass_unless_they_must_not() {
    let project = Project::new();
    project.check(&["books/more"]).ended(0).says("books/more/warns.yaml: ok, 1 warning").says("1 runbook among 1 YAML file");
    project.check(&["--strict", "books/more"]).ended(2).says("warnings count as errors");
    project.check(&["--strict", "books/clean.yaml"]).ended(0);
    project.check(&["books/clean.yaml"]).ended(0).says("books/clean.yaml: ok");
}

#[test]
fn what_checks_nothing_does_not_look_like_what_found_nothing() {
    let project = Project::new();
    let ran = project.check(&["none"]).ended(2).says("there is no runbook in none").says("1 YAML file looked at");
    assert_eq!(ran.out, "");
    // Named, a file is checked whatever it is.
    project.check(&["none/values.yaml"]).ended(2).says("lacks `lifeboat`");
    project.check(&["no/such"]).ended(2).says("there is no file no/such");
    project.check(&[]).ended(2).says("FILE|FOLDER");
    for output in ["json", "sarif"] {
        let ran = project.check(&["--output", output, "none"]).ended(2);
        serde_json::from_str::<Value>(&ran.out).unwrap();
    }
}

#[test]
fn programs_get_one_document() {
    let project = Project::new();
    let ran = project.check(&["--output", "json", "books", "missing.yaml"]).ended(2);
    assert_eq!(ran.err, "");
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    // The places are those of the text.
    for finding in document["findings"].as_array().unwrap() {
        let Some(offset) = finding["offset"].as_u64() else { continue };
        let (start, end) = (offset as usize, finding["end_offset"].as_u64().unwrap() as usize);
        let text = std::fs::read_to_string(project.home.path().join(finding["file"].as_str().unwrap())).unwrap();
        let line = text.lines().nth(finding["line"].as_u64().unwrap() as usize - 1).unwrap();
        let column = finding["column"].as_u64().unwrap() as usize - 1;
        let shown: String = line.chars().skip(column).take(text[start..end].chars().count()).collect();
        assert_eq!(shown, text[start..end], "{finding}");
        assert_eq!(finding["end_line"], finding["line"]);
    }
    let text = serde_json::to_string_pretty(&document).unwrap().replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!("json", text);
    let clean: Value = serde_json::from_str(&project.check(&["--output", "json", "books/clean.yaml"]).ended(0).out).unwrap();
    assert_eq!((&clean["passed"], &clean["findings"]), (&Value::Bool(true), &Value::Array(vec![])));
}

/// What SARIF 2.1.0 requires, and what code hosts need on top to show a result at its line.
#[test]
fn code_hosts_get_sarif() {
    let project = Project::new();
    let ran = project.check(&["--output", "sarif", "books", "missing.yaml"]).ended(2);
    assert_eq!(ran.err, "");
    let log: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    let [run] = log["runs"].as_array().unwrap().as_slice() else { panic!("one run is expected") };
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "lifeboat");
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        assert!(rule["id"].as_str().unwrap().starts_with("LB"));
        for text in [&rule["shortDescription"]["text"], &rule["fullDescription"]["text"], &rule["help"]["text"], &rule["help"]["markdown"]]
        {
            assert!(!text.as_str().unwrap().is_empty());
        }
        assert!(["error", "warning"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5);
    let mut regions = 0;
    for result in results {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        let file = place["artifactLocation"]["uri"].as_str().unwrap();
        assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        assert!(!file.contains([' ', '\\']) && !file.starts_with('/'));
        let Some(region) = place["region"].as_object() else { continue };
        regions += 1;
        let number = |key: &str| region[key].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("startColumn") >= 1);
        assert!((number("endLine"), number("endColumn")) >= (number("startLine"), number("startColumn")));
        let text = std::fs::read(project.home.path().join(file)).unwrap();
        assert!((number("byteOffset") + number("byteLength")) as usize <= text.len());
    }
    assert_eq!(regions, 4, "all but the missing file");
    let files: Vec<&str> = run["artifacts"].as_array().unwrap().iter().map(|file| file["location"]["uri"].as_str().unwrap()).collect();
    assert_eq!(files, ["books/clean.yaml", "books/fails.yml", "books/more/warns.yaml", "missing.yaml"]);
}

#[test]
fn a_code_is_explained_with_an_example() {
    let project = Project::new();
    let ran = project.check(&["--explain", "lb0604"]).ended(0);
    insta::assert_snapshot!("explain", ran.out);
    project.check(&["--explain", "LB9999"]).ended(2).says("there is no code `LB9999`");
    project.check(&["--explain", "LB060"]).ended(2).says("did you mean LB060");
    project.check(&["--explain", "LB0604", "books"]).ended(2).says("cannot be used with");
    for (code, _) in lifeboat::diag::code::ALL {
        project.check(&["--explain", code]).ended(0).says("Wrong").says("Right");
    }
}

#[test]
fn everything_that_is_shipped_checks_clean() {
    let home = Home::new();
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/worlds").is_dir());
    home.run(&["check", "--strict", "runbooks"]).ended(0).says("runbooks/regional_failover.yaml: ok").says("2 runbooks among 4 YAML files");
}

#[test]
fn a_world_file_is_checked_as_one() {
    let project = Project::new();
    let write = |name: &str, text: &str| std::fs::write(project.home.path().join(name), text).unwrap();
    let head = "world: 1\nname: loss\naccount: \"123456789012\"\nregions: {us-east-1: {}}\n";
    write("good.yaml", &format!("{head}start: 2026-03-12T02:47:00Z\n"));
    write("bad.yaml", &format!("{head}start: now\n"));
    write("typo.yaml", &format!("{head}start: 2026-03-12T02:47:00Z\ncommand: []\n"));
    project.check(&["good.yaml"]).ended(0).says("good.yaml (a world file): ok");
    project.check(&["bad.yaml"]).ended(2).says("error[LB0802]").says("2026-03-12T02:47:00Z");
    project.check(&["typo.yaml"]).ended(2).says("did you mean `commands`?");
    project.check(&["good.yaml", "books/clean.yaml"]).ended(0).says("1 runbook and 1 world: 0 errors");
    // Given for a runbook, it is told what it is, and nothing else.
    let home = &project.home;
    let ran = support::Ran::of(home.lifeboat(&["plan", "good.yaml"]).current_dir(home.path()).output().unwrap());
    let ran = ran.ended(2).says("this is a world file, not a runbook");
    assert_eq!(ran.err.matches("error").count(), 1, "{}", ran.err);
    let drill = ["drill", "books/clean.yaml", "--world", "books/clean.yaml"];
    support::Ran::of(home.lifeboat(&drill).current_dir(home.path()).output().unwrap()).ended(2).says("this is a runbook, not a world");
}
