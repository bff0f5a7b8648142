//! Canaries: secrets that a run is surrounded by, and that nothing it writes or prints may hold.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

#[path = "support/cli.rs"]
mod support;

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use support::{Home, Ran, Served};

const KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYCANARYKEY1";
const TOKEN: &str = r#"tok-"can\ary"-0a1B2c3D4e5F6g7H8i9J"#;
const MARK: &str = "[redacted]";

/// As long as a real one, and without a period, so that every part of it can be told.
fn session() -> String {
    (0..90_u32).map(|i| format!("{:04x}", i.wrapping_mul(40_503) & 0xffff)).collect::<String>() + "+/CANARY=="
}

/// A service that repeats the token in a header and in its body.
fn service() -> String {
    service_that_hears(TOKEN).0
}

/// The same with another secret for the token, and with the heads of the requests that it got.
fn service_that_hears(token: &'static str) -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (out, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            drop(out.send(String::from_utf8(head).unwrap())); // A test may have heard enough.
            let body = serde_json::json!({ "you_said": token, "key": KEY }).to_string();
            let answer = format!("HTTP/1.1 200 OK\r\nX-Echo: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (format!("http://{address}/echo"), heard)
}

/// The program with the canaries in its environment, and with a umask that takes nothing away.
fn surrounded(home: &Home, served: &Served, args: &[&str]) -> Command {
    let plain = home.against(&served.endpoint, args);
    let mut command = Command::new("sh");
    command.args(["-c", r#"umask 000; exec "$0" "$@""#]).arg(plain.get_program()).args(plain.get_args());
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env("AWS_SECRET_ACCESS_KEY", KEY).env("AWS_SESSION_TOKEN", session()).env("MY_API_TOKEN", TOKEN);
    command.stdin(std::process::Stdio::null());
    command
}

/// Everything under a folder, folders included.
fn everything(folder: &Path) -> Vec<PathBuf> {
    let inside = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    inside.flat_map(|path| if path.is_dir() { [vec![path.clone()], everything(&path)].concat() } else { vec![path] }).collect()
}

/// Every run of this many characters, so that no piece of a canary goes unnoticed.
fn windows(text: &str, length: usize) -> Vec<String> {
    text.as_bytes().windows(length).map(|window| String::from_utf8(window.to_vec()).unwrap()).collect()
}

/// What must not be found: pieces of each canary as it is and of its encodings, which are longer and say less.
fn needles() -> Vec<String> {
    let mut needles = Vec::new();
    for canary in [KEY, &session(), TOKEN] {
        needles.extend(windows(canary, 12));
        for before in ["", "u", "us", "user:"] {
            // The groups at both ends hold letters of what stands beside the canary.
            let encoded = aws_smithy_types::base64::encode(format!("{before}{canary}"));
            needles.extend(windows(&encoded[before.len().div_ceil(3) * 4..encoded.len() - 4], 12));
        }
        let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
        needles.extend(windows(&hex, 16));
        let json = serde_json::to_string(canary).unwrap();
        needles.extend(windows(json.trim_matches('"'), 12));
        let url: String =
            canary.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).into() } else { format!("%{b:02X}") }).collect();
        needles.extend(windows(&url, 12));
    }
    needles
}

#[track_caller]
fn holds_no_canary(place: &str, text: &str) {
    static NEEDLES: LazyLock<AhoCorasick> = LazyLock::new(|| AhoCorasick::new(needles()).unwrap());
    if let Some(found) = NEEDLES.find(text) {
        panic!("{place} holds {:?}:\n{text}", &text[found.range()]);
    }
}

#[test]
fn no_secret_reaches_the_record_or_the_terminal() {
    let service = format!("service={}", service());
    for output in ["json", "line"] {
        let home = Home::new();
        let served = Served::world(&home, "tests/worlds/quick.yaml", "1");
        let args = ["run", "tests/runbooks/leaky.yaml", "--yes", "--param", &service, "--output", output];
        let ran = Ran::of(surrounded(&home, &served, &args).output().unwrap()).ended(5);
        assert!(ran.err.contains("login with [redacted] refused"), "{}", ran.err);
        assert!(ran.out.contains(MARK), "{}", ran.out);
        holds_no_canary("standard output", &ran.out);
        holds_no_canary("standard error", &ran.err);

        home.run(&["runs"]).ended(0).says("leaky");
        let report = Ran::of(surrounded(&home, &served, &["report"]).output().unwrap()).ended(0);
        assert!(report.out.contains(MARK), "{}", report.out);
        holds_no_canary("the report", &report.out);

        let run = home.only_run();
        let text = |name: &str| std::fs::read_to_string(run.join(name)).unwrap();
        // Not empty-handed: the program's output, the service's answer and the failure are there, without the secrets.
        let log = text("logs/tell.log");
        assert!(log.contains("in the middle ([redacted]) of a line") && log.contains("on stderr: [redacted]"), "{log}");
        assert!(log.contains(r#"{"token":"[redacted]"}"#) && log.contains("?token=[redacted]&x=1"), "{log}");
        assert!(log.contains("[redacted] in bold") && log.contains("no line end: [redacted]"), "{log}");
        assert!(text("logs/pass_on.log").contains("told: [redacted]"), "{}", text("logs/pass_on.log"));
        let journal = text("journal.jsonl");
        for said in [r#""x-echo":"Bearer [redacted]""#, r#""you_said":"[redacted]""#, "login with [redacted] refused"] {
            assert!(journal.contains(said), "the journal does not hold {said}");
        }
        for_its_owner_only_and_without_a_canary(home.path());
    }
}

/// What cannot be started, reached or found is named in a failure; a secret in its name is not.
#[test]
fn no_secret_in_the_name_of_what_failed_reaches_the_record_or_the_terminal() {
    let home = Home::new();
    let served = Served::world(&home, "tests/worlds/quick.yaml", "1");
    let book = home.path().join("failing.yaml");
    std::fs::write(&book, FAILING).unwrap();
    for output in ["json", "line"] {
        let args = ["run", book.to_str().unwrap(), "--yes", "--output", output];
        let ran = Ran::of(surrounded(&home, &served, &args).output().unwrap()).ended(1);
        for (place, text) in [("standard output", &ran.out), ("standard error", &ran.err)] {
            holds_no_canary(place, text);
            holds_no_canary(place, &text.to_lowercase().replace(&KEY.to_lowercase(), KEY));
        }
        assert!(ran.out.contains("there is no folder /srv/[redacted]/app"), "{}", ran.out);
        assert!(ran.out.contains("there is no program /opt/[redacted]/bin/run"), "{}", ran.out);
        assert!(ran.out.contains("/bin/[redacted]"), "{}", ran.out);
        let report = Ran::of(surrounded(&home, &served, &["report"]).output().unwrap()).ended(0);
        holds_no_canary("the report", &report.out);
    }
    std::fs::remove_file(&book).unwrap();
    for_its_owner_only_and_without_a_canary(home.path());
}

const FAILING: &str = r#"
lifeboat: 1
name: failing
title: Everything fails, with a secret in its name
secrets: {x: {env: AWS_SECRET_ACCESS_KEY}}
steps:
  - {id: a, title: A, needs: [], action: command, with: {argv: [make], cwd: "/srv/${{ secrets.x }}/app"}, on_failure: continue}
  - {id: b, title: B, needs: [], action: command, with: {argv: ["/opt/${{ secrets.x }}/bin/run"]}, on_failure: continue}
  - {id: c, title: C, needs: [], action: command, with: {argv: [sleep, "1000"], env: {A: "${{ secrets.x }}"}, cwd: "/bin/${{ secrets.x }}"}, on_failure: continue}
  - id: d
    title: D
    needs: []
    action: verify
    on_failure: continue
    verify:
      - {title: D, probe: http, with: {url: "http://${{ secrets.x }}.invalid/"}, expect: status == 200, within: 1s, every: 1s}
"#;

fn for_its_owner_only_and_without_a_canary(folder: &Path) {
    for path in everything(folder) {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        if path.is_file() {
            holds_no_canary(path.to_str().unwrap(), &String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn a_drill_keeps_secrets_as_well() {
    let home = Home::new();
    let served = Served::world(&home, "tests/worlds/quick.yaml", "1");
    Ran::of(surrounded(&home, &served, &["drill", "runbooks/regional_failover.yaml"]).output().unwrap()).ended(0);
    for_its_owner_only_and_without_a_canary(home.path());
    let world = std::fs::read_to_string("runbooks/worlds/region_loss.yaml").unwrap() + &format!("# {TOKEN}\n");
    let file = home.path().join("world.yaml");
    std::fs::write(&file, world).unwrap();
    let args = ["drill", "runbooks/regional_failover.yaml", "--world", file.to_str().unwrap()];
    let ran = Ran::of(surrounded(&home, &served, &args).output().unwrap()).ended(2).says("the world file").says("MY_API_TOKEN");
    holds_no_canary("standard error", &ran.err);
}

#[test]
fn a_secret_written_into_a_runbook_is_refused() {
    let home = Home::new();
    let served = Served::world(&home, "tests/worlds/quick.yaml", "1");
    let text = std::fs::read_to_string("tests/runbooks/leaky.yaml").unwrap().replace("login with", KEY);
    let file = home.path().join("with_key.yaml");
    std::fs::write(&file, text).unwrap();
    let args = ["run", file.to_str().unwrap(), "--yes", "--param", "service=http://127.0.0.1:9/"];
    let ran = Ran::of(surrounded(&home, &served, &args).output().unwrap()).ended(2).says("AWS_SECRET_ACCESS_KEY").says("env -u");
    holds_no_canary("standard error", &ran.err);
    let param = format!("service=http://user:{KEY}@127.0.0.1:9/");
    let args = ["run", "tests/runbooks/leaky.yaml", "--yes", "--param", &param];
    let ran = Ran::of(surrounded(&home, &served, &args).output().unwrap()).ended(2).says("parameter service");
    holds_no_canary("standard error", &ran.err);
    assert!(!home.path().join(".local").exists(), "nothing was begun");
}

#[test]
fn the_runbooks_own_secrets_reach_the_program_and_nothing_else() {
    let home = Home::new();
    let served = Served::world(&home, "tests/worlds/quick.yaml", "1");
    let args = ["run", "tests/runbooks/ways.yaml", "--yes", "--answer", "triage.choice=region", "--output", "json"];
    let mut command = surrounded(&home, &served, &args);
    // Under another name it is found only because the runbook names it.
    let ran = Ran::of(command.output().unwrap()).ended(0);
    holds_no_canary("standard output", &ran.out);
    holds_no_canary("standard error", &ran.err);
    let run = home.only_run();
    let journal = std::fs::read_to_string(run.join("journal.jsonl")).unwrap();
    assert!(journal.contains(r#""[secret token]""#), "the record names the secret");
    let log = std::fs::read_to_string(run.join("logs/tell.log")).unwrap();
    assert!(log.contains("told with [redacted]"), "{log}");
    for_its_owner_only_and_without_a_canary(home.path());
}

#[test]
fn a_run_without_its_secrets_does_not_begin() {
    let home = Home::new();
    let served = Served::world(&home, "tests/worlds/quick.yaml", "1");
    let args = ["run", "tests/runbooks/ways.yaml", "--yes", "--answer", "triage.choice=region"];
    Ran::of(surrounded(&home, &served, &args).env_remove("MY_API_TOKEN").output().unwrap())
        .ended(3)
        .says("secret token")
        .says("MY_API_TOKEN");
    Ran::of(surrounded(&home, &served, &args).env("MY_API_TOKEN", "short").output().unwrap()).ended(3).says("shorter than");
    assert!(!home.path().join(".local").exists(), "nothing was begun");
}

/// The program with the token in a variable that is not named like a secret, and nothing else to go by.
fn with_word(home: &Home, served: &Served, args: &[&str]) -> Command {
    let mut command = home.against(&served.endpoint, args);
    command.env("WORD", TOKEN).env("WANTED", "another");
    command
}

#[test]
fn a_secret_parameter_goes_to_the_call_and_nowhere_else_and_is_read_anew_on_resume() {
    let home = Home::new();
    let served = Served::world(&home, "tests/worlds/quick.yaml", "1");
    let (service, heard) = service_that_hears(KEY);
    let given = tempfile::tempdir().unwrap();
    // A path in a params file counts from there.
    std::fs::write(given.path().join("key.txt"), format!("{KEY}\n")).unwrap();
    let file = given.path().join("prod.yaml");
    std::fs::write(&file, format!("service: {service}\nkey: file:key.txt\n")).unwrap();
    let file = file.to_str().unwrap();
    let args = ["run", "tests/runbooks/hidden_params.yaml", "--yes", "--params-file", file, "--output", "json"];
    let first = Ran::of(with_word(&home, &served, &args).output().unwrap()).ended(5);
    // It says the word, and it is the wrong one. Now it is another; taken up in another folder, the key's file is still found.
    let run = home.only_run();
    let log = || std::fs::read_to_string(run.join("logs/tell.log")).unwrap();
    assert!(log().contains("told with [redacted]"), "{}", log());
    assert!(heard.try_recv().is_err(), "nothing was asked of the service");
    let changed = "another-word-0a1B2c3D4e5F6g7H8i9J";
    let args = ["resume", "--yes", "--retry", "tell=the word is another now", "--output", "json"];
    let mut again = with_word(&home, &served, &args);
    again.env("WORD", changed).env("WANTED", changed).current_dir(home.path());
    let again = Ran::of(again.output().unwrap()).ended(0);
    let head = heard.try_recv().unwrap();
    assert!(head.contains(&format!("Bearer {KEY}\r\n")), "{head}");
    let report = home.run(&["report"]).ended(0).says("`params.word`").says("`env:WORD`");

    let journal = std::fs::read_to_string(run.join("journal.jsonl")).unwrap();
    assert!(journal.contains(r#""[secret params.word]""#), "the record names the secret");
    assert!(
        journal.contains(r#""reason":"the word is another now""#) && report.out.contains(": the word is another now"),
        "{}",
        report.out
    );
    let said = [&first.out, &first.err, &again.out, &again.err, &report.out];
    let files = everything(&home.path().join(".local")).into_iter().filter(|path| path.is_file());
    let files = files.map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned());
    for text in said.into_iter().cloned().chain(files) {
        holds_no_canary("something", &text);
        assert!(!text.contains(changed), "{text}");
    }
}

#[test]
fn what_is_no_place_of_a_secret_is_refused_and_not_repeated() {
    let home = Home::new();
    let file = home.path().join("params.yaml");
    std::fs::write(&file, format!("service: http://127.0.0.1:9/\nkey: '{KEY}'\n")).unwrap();
    let file = file.to_str().unwrap();
    let key = format!("key={KEY}");
    let command = |more: &[&str]| home.run(&[&["run", "tests/runbooks/hidden_params.yaml", "--yes"], more].concat());
    let given = command(&["-p", "service=http://127.0.0.1:9/", "-p", &key]).ended(2).says("`env:NAME` or `file:PATH`");
    holds_no_canary("standard error", &given.err);
    let in_file = command(&["--params-file", file]).ended(2).says("`env:NAME` or `file:PATH`").says(file);
    holds_no_canary("standard error", &in_file.err);
    // The shell has put the secret itself where its name was meant.
    let filled_in = command(&["-p", "service=http://127.0.0.1:9/", "-p", &format!("key=env:{TOKEN}")]).ended(2).says("`env:NAME`");
    holds_no_canary("standard error", &filled_in.err);
    command(&["-p", "service=http://127.0.0.1:9/", "-p", "key=file:nowhere.txt"])
        .ended(3)
        .says("secret parameter word: the variable WORD is not set")
        .says(&format!("secret parameter key: the file {}", Path::new(env!("CARGO_MANIFEST_DIR")).join("nowhere.txt").display()));
    assert!(!home.path().join(".local").exists(), "nothing was begun");
}

#[test]
fn the_plan_shows_the_place_of_a_secret_parameter_and_reads_none() {
    let home = Home::new();
    let plan = |output: &str| {
        let args = ["plan", "tests/runbooks/hidden_params.yaml", "-p", "service=https://x", "-p", "key=file:/run/key", "--output", output];
        let mut command = home.lifeboat(&args);
        let ran = Ran::of(command.env("WORD", TOKEN).output().unwrap()).ended(0);
        holds_no_canary("the plan", &ran.out);
        ran.out
    };
    let tree = plan("tree");
    assert!(tree.contains("word = env:WORD, a secret (default)") && tree.contains("key = file:/run/key, a secret"), "{tree}");
    assert!(tree.contains("with.argv[3] — params.word"), "{tree}");
    let json: serde_json::Value = serde_json::from_str(&plan("json")).unwrap();
    assert_eq!(json["params"][1], serde_json::json!({"name": "word", "value": "env:WORD", "secret": true, "origin": "default"}));
    assert_eq!(json["secrets"][1], serde_json::json!({"name": "params.key", "place": "file:/run/key"}));
    assert_eq!(json["steps"][0]["with"]["argv"][3], "${{ params.word }}");
    plan("mermaid");
    plan("dot");
}

#[test]
fn a_drill_and_a_dry_run_take_secret_parameters() {
    let home = Home::new();
    let book = "tests/runbooks/hidden_params.yaml";
    let world = "tests/worlds/quick.yaml";
    // A drill runs no programs and reads no secrets: that there is none does not matter.
    home.run(&["drill", book, "--world", world, "-p", "service=http://x.test/", "-p", "key=env:NOT_SET"]).says("drill-secret-params.word");
    let other = Home::new();
    let served = Served::world(&other, world, "1");
    let args = ["run", book, "--dry-run", "--yes", "-p", "service=http://127.0.0.1:9/", "-p", "key=env:WORD", "--output", "json"];
    let ran = Ran::of(with_word(&other, &served, &args).output().unwrap()).ended(0).says("[secret params.word]");
    holds_no_canary("standard output", &ran.out);
}
