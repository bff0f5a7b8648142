//! Programs of a run against AWS: as whom they go there, and where they are looked for.

use std::path::Path;

use crate::support::{Home, Ran, Served};

const WORLD: &str = "tests/worlds/quick.yaml";

/// A home with a profile, and a runbook with this step in it.
fn book(home: &Home, targets: &str, step: &str) -> String {
    std::fs::create_dir_all(home.path().join(".aws")).unwrap();
    std::fs::write(home.path().join(".aws/config"), "[profile dr-operator]\nregion = us-east-1\n[default]\nregion = eu-west-1\n").unwrap();
    let keys = |profile: &str, key: &str| format!("[{profile}]\naws_access_key_id = {key}\naws_secret_access_key = secret-of-{key}\n");
    let credentials = keys("dr-operator", "AKIAPROFILE00001") + &keys("default", "AKIADEFAULT00001");
    std::fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
    let file = home.path().join("book.yaml");
    std::fs::write(
        &file,
        format!("lifeboat: 1\nname: book\ntitle: A book\n{targets}steps:\n  - {{id: one, title: One, action: command, {step}}}\n"),
    )
    .unwrap();
    file.to_str().unwrap().to_owned()
}

/// The run, in a shell that has an identity and a region of its own.
fn run(home: &Home, served: &Served, file: &str, more: &[&str]) -> Ran {
    let mut command = home.against(&served.endpoint, &[&["run", file, "--yes", "--output", "json"], more].concat());
    command
        .env("AWS_ACCESS_KEY_ID", "AKIASHELL0000001")
        .env("AWS_SECRET_ACCESS_KEY", "secret-of-the-shell")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/");
    Ran::of(command.output().unwrap())
}

fn log(home: &Home) -> String {
    std::fs::read_dir(home.only_run().join("logs")).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

const SAY: &str = "with: {argv: [sh, -c, 'echo \"[$AWS_ACCESS_KEY_ID $AWS_REGION $AWS_DEFAULT_REGION $AWS_PROFILE ${AWS_CONFIG_FILE:-files} \
                   $AWS_EC2_METADATA_DISABLED $AWS_CONTAINER_CREDENTIALS_FULL_URI ${AWS_ENDPOINT_URL:+endpoint}]\"; echo $AWS_SECRET_ACCESS_KEY']}";

#[test]
fn a_program_acts_as_its_target_says() {
    let (home, targets) = (Home::new(), "targets: {dr: {region: us-east-1, profile: dr-operator}}\n");
    let served = Served::world(&home, WORLD, "1");
    let file = book(&home, targets, &format!("target: dr, {SAY}"));
    let ran = run(&home, &served, &file, &[]).ended(0).says("it goes to AWS as target dr");
    let log = log(&home);
    assert!(log.contains("[AKIAPROFILE00001 us-east-1 us-east-1 dr-operator files true  endpoint]"), "{log}");
    assert!(log.contains("[redacted]") && !log.contains("secret-of") && !ran.out.contains("secret-of"), "{log}");
}

#[test]
fn the_target_of_all_steps_is_a_programs_too() {
    let (home, targets) = (Home::new(), "targets: {dr: {region: us-east-1, profile: dr-operator}}\ndefaults: {target: dr}\n");
    let served = Served::world(&home, WORLD, "1");
    run(&home, &served, &book(&home, targets, SAY), &[]).ended(0);
    assert!(log(&home).contains("[AKIAPROFILE00001 us-east-1 us-east-1 dr-operator files true  endpoint]"), "{}", log(&home));
}

#[test]
fn a_program_without_a_target_has_nothing_of_aws() {
    let home = Home::new();
    let served = Served::world(&home, WORLD, "1");
    let ran = run(&home, &served, &book(&home, "", SAY), &[]).ended(0).says("it gets no credentials of AWS and no profile");
    assert!(log(&home).contains("[    /dev/null true  ]"), "{}{}", log(&home), ran.out);
}

#[test]
fn what_the_author_hands_it_comes_last() {
    let (home, targets) = (Home::new(), "targets: {dr: {region: us-east-1, profile: dr-operator}}\n");
    let served = Served::world(&home, WORLD, "1");
    let step = format!("target: dr, {}", SAY.replacen("{argv", "{env: {AWS_REGION: us-east-2}, argv", 1));
    run(&home, &served, &book(&home, targets, &step), &[]).ended(0);
    assert!(log(&home).contains("[AKIAPROFILE00001 us-east-2 us-east-1 dr-operator"), "{}", log(&home));
}

#[test]
fn a_program_that_is_not_there_is_said_in_a_dry_run() {
    let home = Home::new();
    let file = book(&home, "", "with: {argv: [no-such-program-here, now]}");
    let ran = home.run(&["run", &file, "--dry-run"]).ended(1).says("there is no program no-such-program-here on this machine");
    assert!(!ran.out.contains("would call"), "{}", ran.out);
}

#[test]
fn a_run_that_is_taken_up_in_another_folder_runs_the_same_program() {
    let home = Home::new();
    let file = book(&home, "", "with: {argv: [./tool.sh]}");
    let folder = home.path().join("here");
    std::fs::create_dir(&folder).unwrap();
    // Where it was started there is none yet: it stops, and is taken up elsewhere, where there is another of the same name.
    let mut begun = home.lifeboat(&["run", &file, "--yes", "--output", "json"]);
    Ran::of(begun.current_dir(&folder).output().unwrap()).ended(5).says("there is no program ./tool.sh on this machine");
    tool(&folder, "the right one");
    let elsewhere = home.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    tool(&elsewhere, "the wrong one");
    let mut resumed = home.lifeboat(&["resume", "--retry", "one", "--yes", "--output", "json"]);
    Ran::of(resumed.current_dir(&elsewhere).output().unwrap()).ended(0);
    assert!(log(&home).contains("the right one"), "{}", log(&home));
}

fn tool(folder: &Path, says: &str) {
    use std::os::unix::fs::PermissionsExt;
    let file = folder.join("tool.sh");
    std::fs::write(&file, format!("#!/bin/sh\necho {says}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
}
