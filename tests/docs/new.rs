//! `lifeboat new`: every template checks clean and can be drilled as it is written.

use std::path::Path;

use crate::cli::Home;

const TEMPLATES: [&str; 4] = ["database_failover", "regional_failover", "node_recycle", "dns_cutover"];

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_templates_are_listed() {
    let listed = Home::new().run(&["new"]).ended(0).out;
    let names: Vec<&str> = listed.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, TEMPLATES);
}

#[test]
fn every_template_checks_clean_and_its_drill_succeeds() {
    for template in TEMPLATES {
        let home = Home::new();
        let file = home.path().join("runbooks/My-own.yaml");
        home.run(&["new", template, "--output", text(&file)]).ended(0).says("wrote").says("lifeboat drill");
        let written = std::fs::read_to_string(&file).unwrap();
        assert!(written.contains("\nname: my_own\n") && !written.contains(template), "{written}");
        let folder = file.parent().unwrap();
        let all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
        for runbook in &all {
            home.run(&["check", "--strict", text(runbook)]).ended(0).says("ok");
        }
        home.run(&["drill", text(&file), "--output", "line"]).ended(0).says("DRILL");
    }
}

#[test]
fn nothing_is_written_over_unless_it_is_asked_for() {
    let home = Home::new();
    let file = home.path().join("mine.yaml");
    let world = home.path().join("worlds/mine.yaml");
    std::fs::create_dir(world.parent().unwrap()).unwrap();
    std::fs::write(&world, "precious").unwrap();
    let args = ["new", "dns_cutover", "--output", text(&file)];
    home.run(&args).ended(2).says("worlds/mine.yaml is there already").says("--force");
    assert!(!file.exists(), "half of it was written");
    assert_eq!(std::fs::read_to_string(&world).unwrap(), "precious");
    home.run(&[&args[..], &["--force"]].concat()).ended(0);
    assert!(std::fs::read_to_string(&world).unwrap().contains("world: 1"));
    home.run(&args).ended(2);
}

#[test]
fn what_is_no_template_is_told_which_there_are() {
    let home = Home::new();
    home.run(&["new", "database-failovr"]).ended(2).says("did you mean database_failover?");
    home.run(&["new", "--force"]).ended(2);
    let nowhere = home.path().join("file");
    std::fs::write(&nowhere, "").unwrap();
    home.run(&["new", "dns_cutover", "--output", text(&nowhere.join("x.yaml"))]).ended(2).says("cannot be written");
}
