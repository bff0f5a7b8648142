//! What stands against a run from outside of it: other users' files, links and pipes, deleted locks, readers that do not read, limits and
//! signals of whoever started it, and names that a terminal would obey.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

#[path = "support/cli.rs"]
mod support;

use std::fs::{self, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use support::{Home, Ran, Served};

/// A runbook of programs, without AWS: each waits for a file that the test makes.
fn programs(home: &Home, steps: usize) -> String {
    let step = |n: usize| {
        let wait = format!("touch began{n}; until [ -e go{n} ]; do sleep 0.05; done");
        format!("  - {{id: s{n}, title: S{n}, action: command, with: {{argv: [sh, -c, \"{wait}\"], cwd: {}}}}}\n", home.path().display())
    };
    let path = home.path().join("programs.yaml");
    let text: String = (1..=steps).map(step).collect();
    fs::write(&path, format!("lifeboat: 1\nname: programs\ntitle: Programs\nsteps:\n{text}")).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Waits for something outside of this process to be so.
#[track_caller]
fn until(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn ends(child: &mut Child, within: Duration) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if begun.elapsed() > within {
            child.kill().unwrap();
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
}

fn began(home: &Home, n: usize) -> impl Fn() -> bool + use<> {
    let path = home.path().join(format!("began{n}"));
    move || path.exists()
}

fn let_go(home: &Home, n: usize) {
    fs::write(home.path().join(format!("go{n}")), "").unwrap();
}

/// A run that stands in its first program, and its folder.
fn standing(home: &Home, steps: usize) -> (Child, PathBuf) {
    let book = programs(home, steps);
    let child = home.lifeboat(&["run", &book, "--yes", "--output", "line"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until("the first program", began(home, 1));
    (child, home.only_run())
}

fn said(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

/// A run that was killed in its first program.
fn killed(home: &Home) -> PathBuf {
    let (mut child, folder) = standing(home, 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let_go(home, 1);
    folder
}

#[test]
fn a_run_that_others_may_have_written_is_not_taken_up() {
    let home = Home::new();
    let folder = killed(&home);
    let state = folder.parent().unwrap().parent().unwrap().to_owned();
    for (path, mode) in [
        (state.clone(), 0o777),
        (folder.parent().unwrap().to_owned(), 0o770),
        (folder.clone(), 0o777),
        (folder.join("journal.jsonl"), 0o666),
    ] {
        let before = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let refused = home.run(&["resume", "latest", "--yes", "--output", "line"]).ended(4).says("chmod go-w");
        assert!(refused.err.contains(path.to_str().unwrap()), "{}", refused.err);
        home.run(&["report"]).ended(4).says("chmod go-w");
        fs::set_permissions(&path, before).unwrap();
    }
    home.run(&["report"]).ended(0);
}

#[test]
fn a_run_of_another_user_is_not_taken_up() {
    if !rustix::process::geteuid().is_root() {
        return; // Only root can give a file away.
    }
    let home = Home::new();
    let folder = killed(&home);
    std::os::unix::fs::chown(&folder, Some(65_534), None).unwrap();
    home.run(&["resume", "latest", "--yes", "--output", "line"]).ended(4).says("belongs to user 65534");
    home.run(&["runs"]).ended(4).says("belongs to user 65534");
}

#[test]
fn pipes_and_devices_are_waited_for_nowhere() {
    let home = Home::new();
    let folder = killed(&home);
    let pipe = |path: &Path| rustix::fs::mkfifoat(rustix::fs::CWD, path, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    for file in ["lock", "runbook.yaml", "journal.jsonl"] {
        let (path, aside) = (folder.join(file), home.path().join("aside"));
        fs::rename(&path, &aside).unwrap();
        pipe(&path);
        for args in [&["runs"][..], &["resume", &name, "--yes"], &["watch", &name], &["report", &name], &["verify", &name]] {
            let mut child = home.lifeboat(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            let status = ends(&mut child, Duration::from_secs(60));
            let text = said(&mut child);
            assert!(status.code() == Some(4) && text.contains("a named pipe (FIFO)"), "{args:?} {file}: {status} {text}");
        }
        fs::remove_file(&path).unwrap();
        fs::rename(&aside, &path).unwrap();
    }
    pipe(&home.path().join("pipe.yaml"));
    let pipe = home.path().join("pipe.yaml");
    let pipe = pipe.to_str().unwrap();
    let book = programs(&home, 1);
    for args in [
        &["check", pipe][..],
        &["verify", pipe],
        &["verify", "/dev/zero"],
        &["plan", &book, "--params-file", pipe],
        &["check", "/dev/zero"],
    ] {
        let mut child = home.lifeboat(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        assert!(matches!(ends(&mut child, Duration::from_secs(60)).code(), Some(1..=4)), "{args:?}");
    }
}

#[test]
fn a_deleted_lock_lets_no_second_driver_in() {
    let home = Home::new();
    let (mut first, folder) = standing(&home, 1);
    fs::remove_file(folder.join("lock")).unwrap();
    home.run(&["runs"]).ended(0).says("running now");
    home.run(&["resume", "latest", "--yes", "--not-happened", "s1=I looked", "--output", "line"]).says("another process");
    let_go(&home, 1);
    assert_eq!(ends(&mut first, Duration::from_secs(60)).code(), Some(0), "{}", said(&mut first));
}

#[test]
fn a_record_that_was_replaced_ends_what_the_driver_begins() {
    let home = Home::new();
    let (mut first, folder) = standing(&home, 2);
    let (journal, aside) = (folder.join("journal.jsonl"), home.path().join("aside"));
    fs::rename(&journal, &aside).unwrap();
    fs::copy(&aside, &journal).unwrap();
    let_go(&home, 1);
    let_go(&home, 2);
    let status = ends(&mut first, Duration::from_secs(60));
    let text = said(&mut first);
    assert!(status.code() == Some(4) && text.contains("was removed or replaced"), "{status} {text}");
    assert!(!home.path().join("began2").exists(), "the second program was started beside whoever has the record");
}

/// Everything the journal says so far.
fn journal(folder: &Path) -> String {
    fs::read_to_string(folder.join("journal.jsonl")).unwrap_or_default()
}

#[test]
fn a_reader_that_does_not_read_holds_neither_the_run_nor_its_signals() {
    for output in ["json", "line"] {
        let home = Home::new();
        // More than a pipe holds, in the first record and in the lines of a program.
        let line = "x".repeat(500);
        let program = format!("i=0; while [ $i -lt 1500 ]; do echo {line}; i=$((i+1)); done");
        let talks = format!("  - {{id: talks, title: Talks, action: command, with: {{argv: [sh, -c, \"{program}\"]}}}}\n");
        let last = "  - {id: last, title: Last, action: wait, with: {seconds: 10m}}\n";
        let book = home.path().join("talks.yaml");
        let description = "y".repeat(200_000);
        fs::write(&book, format!("lifeboat: 1\nname: talks\ntitle: Talks\ndescription: {description}\nsteps:\n{talks}{last}")).unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        let errors = writer.try_clone().unwrap();
        let mut command = home.lifeboat(&["run", book.to_str().unwrap(), "--yes", "--output", output]);
        let mut child = command.stdout(writer).stderr(errors).spawn().unwrap();
        drop(command);
        until("the run", || home.path().join(".local/state/lifeboat/runs").read_dir().is_ok_and(|mut runs| runs.next().is_some()));
        let folder = home.only_run();
        until("the last step", || journal(&folder).contains(r#""event":"step_applied","step":"last""#));
        // The first is heard; what is in flight is followed to its end, and the second does not wait for that.
        send(&child, Signal::TERM);
        until("the pause", || journal(&folder).contains("run_paused"));
        send(&child, Signal::TERM);
        assert_eq!(ends(&mut child, Duration::from_secs(90)).code(), Some(5));
        let mut text = Vec::new();
        reader.read_to_end(&mut text).unwrap();
        assert!(!text.is_empty());
    }
}

#[test]
fn a_terminal_that_takes_nothing_holds_neither_the_run_nor_its_signals() {
    let home = Home::new();
    let (pty, pts) = pty_process::blocking::open().unwrap();
    pty.resize(pty_process::Size::new(40, 120)).unwrap();
    let plain = home.lifeboat(&["drill", "runbooks/regional_failover.yaml", "--speed", "300"]);
    let command = pty_process::blocking::Command::new(plain.get_program()).args(plain.get_args()).env_clear();
    let command = command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm-256color");
    let mut child = command.current_dir(env!("CARGO_MANIFEST_DIR")).spawn(pts).unwrap();
    until("the run", || home.path().join(".local/state/lifeboat/runs").read_dir().is_ok_and(|mut runs| runs.next().is_some()));
    let folder = home.only_run();
    until("its gate", || journal(&folder).contains("identity_confirmed"));
    // Nobody reads what it draws: a frame is more than the terminal keeps.
    send(&child, Signal::TERM);
    assert_eq!(ends(&mut child, Duration::from_secs(60)).code(), Some(5));
    assert!(journal(&folder).contains("run_paused"));
    drop(pty);
}

#[test]
fn what_was_ignored_at_the_start_stays_ignored() {
    let home = Home::new();
    let book = programs(&home, 1);
    let plain = home.lifeboat(&["run", &book, "--yes", "--output", "line"]);
    let mut command = Command::new("sh");
    command.args(["-c", r#"trap '' HUP INT; exec "$0" "$@""#]).arg(plain.get_program()).args(plain.get_args());
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until("the program", began(&home, 1));
    send(&child, Signal::HUP);
    send(&child, Signal::INT);
    let_go(&home, 1);
    let status = ends(&mut child, Duration::from_secs(60));
    assert_eq!(status.code(), Some(0), "{}", said(&mut child));
}

#[test]
fn a_limit_of_file_sizes_is_a_full_disk() {
    let home = Home::new();
    let steps: String = (0..60).map(|n| format!("  - {{id: w{n}, title: W{n}, action: wait, with: {{seconds: 10ms}}}}\n")).collect();
    let book = home.path().join("waits.yaml");
    fs::write(&book, format!("lifeboat: 1\nname: waits\ntitle: Waits\nsteps:\n{steps}")).unwrap();
    let plain = home.lifeboat(&["run", book.to_str().unwrap(), "--yes", "--output", "line"]);
    let mut command = Command::new("bash");
    command.args(["-c", r#"ulimit -f 64; exec "$0" "$@""#]).arg(plain.get_program()).args(plain.get_args());
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
    let ran = Ran::of(command.output().unwrap()).ended(4).says("THE RECORD CANNOT BE WRITTEN");
    assert!(ran.err.contains("free some space"), "{}", ran.err);
    home.run(&["verify", "latest"]).ended(0);
}

#[test]
fn nothing_that_a_terminal_obeys_is_printed() {
    let home = Home::new();
    let evil = "evil\u{1b}]52;c;ZXZpbA==\u{7}\u{202e}\u{200b}\u{9b}31m";
    let book = home.path().join("b.yaml");
    let program = r"printf 'x \342\200\256RLO\342\200\213\n'; exit 3";
    fs::write(
        &book,
        format!(
            "lifeboat: 1\nname: b\ntitle: B\nsteps:\n  - {{id: a, title: A, action: command, with: {{argv: [sh, -c, \"{}\"]}}}}\n",
            program.replace('\\', "\\\\")
        ),
    )
    .unwrap();
    let folder = home.path().join("d");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(format!("{evil}.yaml")), "lifeboat: 1\n").unwrap();
    let as_evil = |args: &[&str]| Ran::of(home.lifeboat(args).env("USER", evil).output().unwrap());
    let mut all = vec![as_evil(&["run", book.to_str().unwrap(), "--yes", "--output", "line"])];
    fs::create_dir(home.only_run().with_file_name(format!("r{evil}"))).unwrap();
    for args in [
        &["runs"][..],
        &["report", "latest"],
        &["check", folder.to_str().unwrap()],
        &["check", &format!("d/{evil}")],
        &["verify", &format!("x/{evil}")],
        &["report", evil],
        &["plan", evil],
        &[evil],
    ] {
        all.push(as_evil(args));
    }
    for ran in all {
        for text in [&ran.out, &ran.err] {
            let bad = text.chars().find(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202e}' | '\u{200b}'));
            assert!(bad.is_none(), "{bad:?} in {text:?}");
        }
    }
}

#[test]
fn a_run_that_is_recorded_elsewhere_is_seen_too() {
    let home = Home::new();
    let served = Served::world(&home, "tests/worlds/quick.yaml", "1");
    let (one, other) = (home.path().join("one"), home.path().join("other"));
    rustix::fs::mkfifoat(rustix::fs::CWD, home.path().join("gate"), rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    let gate = format!("gate={}", home.path().join("gate").display());
    let run = |state: &Path, more: &[&str]| {
        let args =
            ["run", "tests/runbooks/held.yaml", "--yes", "--output", "line", "--param", &gate, "--state-dir", state.to_str().unwrap()];
        home.against(&served.endpoint, &[&args[..], more].concat())
    };
    let mut first = run(&one, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let claimed = |state: &Path| {
        let runs = state.join("runs").read_dir().into_iter().flatten().filter_map(Result::ok);
        runs.map(|run| journal(&run.path())).any(|text| text.contains("identity_confirmed"))
    };
    until("the account of the first", || claimed(&one));
    Ran::of(run(&other, &[]).output().unwrap()).ended(3).says("--allow-concurrent");
    let mut beside = run(&other, &["--allow-concurrent"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until("the account of the second", || claimed(&other));
    for child in [&mut first, &mut beside] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(said(&mut beside).contains("Beside this one the runbook"));
}
