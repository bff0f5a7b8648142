//! Programs that end well, badly, too late, and not alone.

use rustix::process::Pid;

use super::*;
use crate::world::ProgramAws;

fn request(script: &str) -> ProcessRequest {
    ProcessRequest {
        argv: vec!["sh".into(), "-c".into(), script.into()],
        aws: ProgramAws::Nobody,
        env: vec![("GREETING".into(), "ahoy".into())],
        folder: None,
        cwd: None,
        timeout: Duration::from_secs(30),
        caller: "run/step".into(),
    }
}

type Said = Arc<Mutex<Vec<String>>>;

fn recorder() -> (LineSink, Said) {
    let said = Said::default();
    let sink = said.clone();
    (Arc::new(move |line: &str| sink.lock().unwrap().push(line.to_owned())), said)
}

async fn run(request: ProcessRequest) -> (Result<ProcessExit, Failure>, Vec<String>) {
    let (sink, said) = recorder();
    let result = LiveProcess::new(Arc::new(LiveClock::new()), Secrets::default()).run(request, sink).await;
    let said = said.lock().unwrap().clone();
    (result, said)
}

#[tokio::test]
async fn both_outputs_reach_the_log_and_one_is_kept() {
    let (exit, mut said) = run(request("echo $GREETING; echo oops >&2; pwd; exit 3")).await;
    let exit = exit.unwrap();
    assert_eq!((exit.code, exit.stdout.lines().next()), (Some(3), Some("ahoy")));
    assert!(!exit.stdout.contains("oops"));
    said.sort();
    assert!(said.contains(&"oops".to_owned()) && said.contains(&"ahoy".to_owned()), "{said:?}");
}

#[tokio::test]
async fn it_cannot_ask_and_runs_where_it_is_told() {
    let (exit, _) = run(ProcessRequest { cwd: Some("/".into()), ..request("pwd; cat; echo end") }).await;
    assert_eq!(exit.unwrap().stdout, "/\nend");
}

#[tokio::test]
async fn a_flood_is_bounded() {
    let (exit, said) = run(request("i=0; while [ $i -lt 5000 ]; do echo line-$i-xxxxxxxxxxxxxxxxxxxxxxxx; i=$((i+1)); done")).await;
    let exit = exit.unwrap();
    assert!(exit.stdout.len() <= STDOUT_LIMIT && exit.stdout.ends_with("line-4999-xxxxxxxxxxxxxxxxxxxxxxxx"), "{}", exit.stdout.len());
    assert_eq!(said.len(), LOG_LINES + 1);
    assert_eq!(said.last().unwrap(), "(3000 more lines are not shown)");
}

#[tokio::test]
async fn death_by_a_signal_has_no_status() {
    let (exit, _) = run(request("kill -9 $$")).await;
    assert_eq!(exit.unwrap().code, None);
}

/// A script that leaves a grandchild in the group, tells its id, and waits. The grandchild ignores the polite request.
const STUBBORN: &str = "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1000; done' & wait";

fn alive(pid: &str) -> bool {
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    // A zombie that nobody has buried yet is dead.
    let zombie = state.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'));
    rustix::process::test_kill_process(pid).is_ok() && !zombie
}

/// Waits until the process is gone. Its end is certain once the signal was sent, only not within the same instant.
async fn gone(pid: &str) {
    while alive(pid) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn at_the_timeout_the_whole_group_is_killed() {
    let (result, said) = run(ProcessRequest { timeout: Duration::from_millis(500), ..request(STUBBORN) }).await;
    let failure = result.unwrap_err();
    assert_eq!((failure.kind, failure.effect), (FailureKind::Timeout, Happened::Unknown));
    assert!(failure.message.contains("ran longer than 0.5 s"), "{}", failure.message);
    gone(&said[0]).await;
}

#[tokio::test]
async fn dropped_it_takes_the_whole_group_along() {
    let (heard, mut first) = tokio::sync::mpsc::unbounded_channel();
    let sink: LineSink = Arc::new(move |line: &str| heard.send(line.to_owned()).unwrap());
    let process = LiveProcess::new(Arc::new(LiveClock::new()), Secrets::default());
    let running = process.run(request(STUBBORN), sink);
    let pid = tokio::select! {
        _ = running => panic!("it ended by itself"),
        pid = first.recv() => pid.unwrap(),
    };
    gone(&pid).await;
}

#[tokio::test]
async fn what_cannot_be_started_is_said() {
    let argv = |argv: &[&str]| argv.iter().map(ToString::to_string).collect();
    let (result, _) = run(ProcessRequest { argv: argv(&["no-such-program-here"]), ..request("") }).await;
    let failure = result.unwrap_err();
    assert_eq!(
        (failure.kind, failure.message.as_str()),
        (FailureKind::NotFound, "there is no program no-such-program-here on this machine")
    );
    assert_eq!(failure.effect, Happened::No);
    let (result, _) = run(ProcessRequest { argv: argv(&["/etc/passwd"]), ..request("") }).await;
    assert_eq!(result.unwrap_err().message, "/etc/passwd may not be executed");
    let (result, _) = run(ProcessRequest { cwd: Some("/no/such/folder".into()), ..request("") }).await;
    assert_eq!(result.unwrap_err().message, "sh was not started: there is no folder /no/such/folder");
}

/// A script that leaves a child behind which has a session of its own and is nobody's child any more, and tells its number.
const RUNAWAY: &str = "(setsid sh -c 'echo $$; exec sleep 1000' &) ; ";

#[tokio::test]
async fn at_the_timeout_what_has_left_the_group_is_killed_too() {
    let (result, said) = run(ProcessRequest { timeout: Duration::from_millis(500), ..request(&format!("{RUNAWAY}sleep 1000")) }).await;
    assert_eq!(result.unwrap_err().kind, FailureKind::Timeout);
    assert!(!alive(&said[0]), "{said:?}");
}

#[tokio::test]
async fn what_is_left_running_is_named() {
    let script = "(setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' &); sleep 0.2";
    let (exit, said) = run(request(script)).await;
    let pid = said[0].clone();
    let exit = exit.unwrap();
    let expected = format!("sleep (process {pid})");
    assert_eq!((exit.code, exit.left), (Some(0), vec![expected.clone()]));
    assert_eq!(said.last().unwrap(), &format!("(it has ended; what it started goes on without it: {expected})"));
    assert!(alive(&pid), "it is left alone");
    rustix::process::kill_process(Pid::from_raw(pid.parse().unwrap()).unwrap(), rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn dropped_it_asks_before_it_kills() {
    let folder = tempfile::tempdir().unwrap();
    let (heard, mut first) = tokio::sync::mpsc::unbounded_channel();
    let sink: LineSink = Arc::new(move |line: &str| heard.send(line.to_owned()).unwrap_or_default());
    let process = LiveProcess::new(Arc::new(LiveClock::new()), Secrets::default());
    let script = "trap 'echo asked > asked; exit 0' TERM; echo $$; while :; do sleep 0.01; done";
    let running = process.run(ProcessRequest { folder: Some(folder.path().to_str().unwrap().into()), ..request(script) }, sink);
    let pid = tokio::select! {
        _ = running => panic!("it ended by itself"),
        pid = first.recv() => pid.unwrap(),
    };
    gone(&pid).await;
    assert_eq!(std::fs::read_to_string(folder.path().join("asked")).unwrap(), "asked\n");
}

#[tokio::test]
async fn a_relative_program_counts_from_the_folder_of_the_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let tools = folder.path().join("tools");
    std::fs::create_dir(&tools).unwrap();
    std::fs::write(tools.join("freeze.sh"), "#!/bin/sh\npwd\n").unwrap();
    std::fs::set_permissions(tools.join("freeze.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let at = |argv: &str, cwd: Option<&str>| ProcessRequest {
        argv: vec![argv.into()],
        folder: Some(folder.path().to_str().unwrap().into()),
        cwd: cwd.map(str::to_owned),
        ..request("")
    };
    let process = LiveProcess::new(Arc::new(LiveClock::new()), Secrets::default());
    for (argv, cwd, runs_in) in [("tools/freeze.sh", None, folder.path()), ("./freeze.sh", Some("tools"), tools.as_path())] {
        process.find(&at(argv, cwd)).unwrap();
        let exit = process.run(at(argv, cwd), recorder().0).await.unwrap();
        assert_eq!(exit.stdout, runs_in.to_str().unwrap());
    }
    let missing = process.find(&at("./freeze.sh", None)).unwrap_err();
    assert_eq!(missing.message, "there is no program ./freeze.sh on this machine");
    let gone = process.find(&ProcessRequest { folder: Some("/no/such/folder".into()), ..request("") }).unwrap_err();
    assert_eq!(gone.message, "sh was not started: there is no folder /no/such/folder");
    assert!(gone.hint.contains("the run was started in"), "{}", gone.hint);
}

#[tokio::test]
async fn a_program_is_found_as_starting_it_would_and_not_started() {
    let process = LiveProcess::new(Arc::new(LiveClock::new()), Secrets::default());
    let named = |program: &str, path: Option<&str>| {
        let env = path.map(|path| ("PATH".to_owned(), path.to_owned())).into_iter().collect();
        ProcessRequest { argv: vec![program.into()], env, ..request("") }
    };
    assert!(process.find(&named("sh", None)).is_ok());
    assert_eq!(process.find(&named("sh", Some("/nowhere"))).unwrap_err().kind, FailureKind::NotFound);
    assert_eq!(process.find(&named("/etc/passwd", None)).unwrap_err().message, "/etc/passwd may not be executed");
}

#[tokio::test]
async fn what_stands_against_starting_it_is_said() {
    let large = ProcessRequest { env: vec![("LARGE".into(), "x".repeat(4 << 20))], ..request("true") };
    let failure = run(large).await.0.unwrap_err();
    assert!(failure.message.starts_with("sh was not started: its arguments and environment are longer"), "{}", failure.message);
    assert_eq!(failure.effect, Happened::No);
    let limited = run(request("ulimit -t 1; while :; do :; done")).await.0.unwrap();
    assert!(limited.signal.is_some_and(|signal| signal.starts_with("SIGXCPU") || signal.starts_with("SIGKILL")));
}

#[tokio::test]
async fn a_secret_in_its_name_does_not_come_back() {
    let secrets = Secrets::default();
    secrets.learn("hunter2-hunter2");
    let process = LiveProcess::new(Arc::new(LiveClock::new()), secrets);
    let missing = ProcessRequest { argv: vec!["/opt/hunter2-hunter2/deploy".into()], ..request("") };
    let failure = process.run(missing, recorder().0).await.unwrap_err();
    assert_eq!(failure.message, "there is no program /opt/[redacted]/deploy on this machine");
}
