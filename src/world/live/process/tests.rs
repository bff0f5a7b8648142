//! Programs that end well, badly, too late, and not alone.

use super::*;

fn request(script: &str) -> ProcessRequest {
    ProcessRequest {
        argv: vec!["sh".into(), "-c".into(), script.into()],
        env: vec![("GREETING".into(), "ahoy".into())],
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
    assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::NotFound, "there is no program no-such-program-here"));
    assert_eq!(failure.effect, Happened::No);
    let (result, _) = run(ProcessRequest { argv: argv(&["/etc/passwd"]), ..request("") }).await;
    assert_eq!(result.unwrap_err().message, "/etc/passwd may not be executed");
    let (result, _) = run(ProcessRequest { cwd: Some("/no/such/folder".into()), ..request("") }).await;
    assert_eq!(result.unwrap_err().message, "sh was not started: there is no folder /no/such/folder");
}
