//! What a run survives, from outside: edits, signals, a full disk, a second run of the same thing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

#[path = "support/cli.rs"]
mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::{Home, Ran, Served};

const QUICK: &str = "tests/worlds/quick.yaml";
const SMALL: &str = "tests/runbooks/small.yaml";
const CONFIRMED: [&str; 5] = ["--yes", "--confirm", "promote_db=orders-replica", "--output", "json"];

/// Starts the program and waits until a line of its output says so.
fn until(mut command: Command, wanted: impl Fn(&str) -> bool) -> Child {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while out.read_line(&mut line).unwrap() > 0 {
        if wanted(&line) {
            // Whoever is not read any more must not stand still because of it.
            std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
            return child;
        }
        line.clear();
    }
    panic!("it ended without saying so: {}", String::from_utf8_lossy(&child.wait_with_output().unwrap().stderr));
}

fn event<'a>(name: &'a str, step: &'a str) -> impl Fn(&str) -> bool + use<'a> {
    move |line| {
        let value: Value = serde_json::from_str(line).unwrap_or_default();
        value["event"] == name && (step.is_empty() || value["step"] == step)
    }
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn journal(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("journal.jsonl")).unwrap()
}

#[test]
fn a_stopped_drill_goes_on_with_its_own_runbook_in_its_own_world_whatever_became_of_the_files() {
    let home = Home::new();
    let (runbook, worlds) = (home.path().join("book.yaml"), home.path().join("worlds"));
    std::fs::create_dir(&worlds).unwrap();
    std::fs::copy("runbooks/regional_failover.yaml", &runbook).unwrap();
    std::fs::copy("runbooks/worlds/region_loss.yaml", worlds.join("region_loss.yaml")).unwrap();
    let drill = home.lifeboat(&["drill", runbook.to_str().unwrap(), "--output", "json", "--speed", "200"]);
    let drill = until(drill, event("step_applied", "promote_db"));
    signal(&drill, Signal::TERM);
    let stopped = Ran::of(drill.wait_with_output().unwrap()).ended(5).says("SIGTERM").says("lifeboat resume");
    assert!(!stopped.err.contains("error: the"), "{}", stopped.err);
    home.run(&["runs"]).says("paused");

    let text = std::fs::read_to_string(&runbook).unwrap();
    std::fs::write(&runbook, text.replace("weights: {us: 100, eu: 0}", "weights: {us: 50, eu: 50}")).unwrap();
    std::fs::remove_dir_all(&worlds).unwrap();
    let before = journal(&home.only_run());
    let resumed = home.run(&["resume", "--output", "line"]).ended(0);
    let resumed = resumed.says("has changed since the run began").says("us: 50, eu: 50");
    assert!(resumed.out.contains("weight of us 0 → 100"), "the plan as it was: {}", resumed.out);
    let folder = home.only_run();
    assert!(journal(&folder).starts_with(&before), "nothing of the record was lost");
    let world = std::fs::read_to_string(folder.join("world.jsonl")).unwrap();
    for operation in ["PromoteReadReplica", "ChangeResourceRecordSets"] {
        assert_eq!(world.lines().filter(|line| line.contains(operation) && line.contains(r#""mutating":true"#)).count(), 1, "{operation}");
    }
}

/// What had been spent on a step when its process was killed is known to the next one, and so is that nobody was there in between.
#[test]
fn a_killed_run_goes_on_with_the_time_that_its_step_has_left() {
    let home = Home::new();
    let (world, book) = (home.path().join("stuck.yaml"), home.path().join("book.yaml"));
    std::fs::write(&world, std::fs::read_to_string(QUICK).unwrap() + "faults:\n  - {service: eks, stuck: true}\n").unwrap();
    let text = "lifeboat: 1\nname: stuck\ntitle: Scale\ntargets: {dr: {region: us-east-1, account: \"123456789012\"}}\n\
                defaults: {target: dr, timeout: 8s}\nsteps:\n  - {id: scale, title: Scale, action: eks.scale_nodegroup, \
                with: {cluster: core-dr, nodegroup: general, min: 4, desired: 4, max: 40}}\n";
    std::fs::write(&book, text).unwrap();
    let served = Served::world(&home, world.to_str().unwrap(), "1");
    let live = home.against(&served.endpoint, &["run", book.to_str().unwrap(), "--yes", "--output", "json"]);
    let mut live = until(live, event("step_applied", "scale"));
    let alive = home.only_run().join("alive");
    // The process says that it is there: until it has done so two seconds after the call was accepted.
    let mark = || std::fs::read(&alive).ok().and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
    let last = |name: &str| {
        let lines: Vec<Value> = journal(&home.only_run()).lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        lines.into_iter().rfind(|line| line["event"] == name).unwrap()
    };
    let applied = last("step_applied")["mono_ms"].as_u64().unwrap();
    while mark() < applied + 2_000 {
        assert!(live.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    signal(&live, Signal::KILL);
    live.wait().unwrap();
    let marked = mark();

    Ran::of(home.against(&served.endpoint, &["resume", "--yes", "--output", "json"]).output().unwrap())
        .ended(5)
        .says("not done within 8 s");
    let resumed = last("run_resumed");
    let (at, absent) = (resumed["mono_ms"].as_u64().unwrap(), resumed["absent_ms"].as_u64().unwrap());
    assert_eq!(at - absent, marked, "the time up to the last mark counts, and none after it");
    let failed = last("step_failed");
    let left = 8_000 - (marked - applied);
    assert!(failed["mono_ms"].as_u64().unwrap() - at >= left - 1_000, "and the rest of its time was given to it");
}

#[test]
fn a_deleted_runbook_does_not_matter() {
    let home = Home::new();
    let (runbook, world) = (home.path().join("book.yaml"), home.path().join("region_loss.yaml"));
    std::fs::copy("runbooks/regional_failover.yaml", &runbook).unwrap();
    std::fs::copy("runbooks/worlds/region_loss.yaml", &world).unwrap();
    let args = ["drill", runbook.to_str().unwrap(), "--world", world.to_str().unwrap(), "--output", "json", "--speed", "200"];
    let mut drill = until(home.lifeboat(&args), event("run_opened", ""));
    drill.kill().unwrap();
    drill.wait().unwrap();
    std::fs::remove_file(&runbook).unwrap();
    home.run(&["resume", "--output", "line"]).ended(0).says("is gone").says("every step is done");
}

#[test]
fn a_world_that_cannot_be_restored_is_said_so() {
    let home = Home::new();
    let drill = home.lifeboat(&["drill", "runbooks/regional_failover.yaml", "--output", "json", "--speed", "200"]);
    let mut drill = until(drill, event("run_opened", ""));
    drill.kill().unwrap();
    drill.wait().unwrap();
    let log = home.only_run().join("world.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let line = text.lines().nth(1).unwrap();
    std::fs::write(&log, text.replacen(line, &line[..line.len() / 2], 1)).unwrap();
    home.run(&["resume", "--output", "line"]).ended(3).says("cannot be restored").says("world.jsonl").says("line 2").says("drill again");
}

/// A program that is killed with lifeboat half-way: nobody can tell what it did, so a person says, and it is not run again.
#[test]
fn the_second_signal_records_the_doubt_and_a_person_resolves_it() {
    let home = Home::new();
    let served = Served::world(&home, QUICK, "1");
    let (hold, trace, runbook) = (home.path().join("hold"), home.path().join("trace"), home.path().join("slow.yaml"));
    std::fs::write(&hold, "").unwrap();
    let script = format!("echo ran >> {}; while test -e {}; do sleep 0.05; done", trace.display(), hold.display());
    let text = format!(
        "lifeboat: 1\nname: slow\ntitle: One program\nowners: [x]\nseverity: SEV-3\nobjectives: {{rto: 60m}}\n\
         targets: {{dr: {{region: us-east-1}}}}\ndefaults: {{target: dr}}\nsteps:\n  - id: slow\n    title: A program\n    \
         action: command\n    with: {{argv: [sh, -c, '{script}']}}\n    timeout: 60s\n"
    );
    std::fs::write(&runbook, text).unwrap();
    let args = ["run", runbook.to_str().unwrap(), "--yes", "--output", "json"];
    let run = until(home.against(&served.endpoint, &args), event("step_intent", "slow"));
    while !trace.exists() {
        std::thread::yield_now();
    }
    signal(&run, Signal::TERM);
    // The first has arrived when it is on record; what is in flight is still followed.
    while !journal(&home.only_run()).contains("run_paused") {
        std::thread::yield_now();
    }
    signal(&run, Signal::TERM);
    Ran::of(run.wait_with_output().unwrap()).ended(5).says("for the second time");
    assert!(journal(&home.only_run()).contains("step_in_doubt"), "the doubt is on record");
    std::fs::remove_file(&hold).unwrap();

    let resume = |more: &[&str]| {
        Ran::of(home.against(&served.endpoint, &[&["resume", "--yes", "--output", "line"], more].concat()).output().unwrap())
    };
    resume(&[]).ended(5).says("in doubt").says("slow needs a person to decide");
    resume(&["--happened", "slwo=the log of the program"]).ended(2).says("did you mean slow?");
    resume(&["--happened", "slow=its log says that it ended"]).ended(0).says("its log says that it ended");
    assert_eq!(std::fs::read_to_string(&trace).unwrap(), "ran\n", "it was run once");
}

#[test]
fn two_runs_of_one_runbook_against_one_account_need_to_be_allowed() {
    let home = Home::new();
    let served = Served::world(&home, QUICK, "1");
    let run = |more: &[&str]| home.against(&served.endpoint, &[&["run", SMALL], &CONFIRMED[..], more].concat());
    let first = until(run(&[]), event("identity_confirmed", ""));
    let refused = Ran::of(run(&[]).output().unwrap()).ended(3);
    refused.says("alice").says("123456789012").says("--allow-concurrent");
    // A runbook that runs it as one of its steps is the same runbook.
    let outer = home.path().join("outer.yaml");
    let small = std::path::absolute(SMALL).unwrap();
    let step = format!("{{id: s, title: S, action: runbook, with: {{file: {}}}}}", small.display());
    std::fs::write(&outer, format!("lifeboat: 1\nname: outer\ntitle: Outer\nsteps:\n  - {step}\n")).unwrap();
    let args = ["run", outer.to_str().unwrap(), "--yes", "--confirm", "s/promote_db=orders-replica", "--output", "json"];
    Ran::of(home.against(&served.endpoint, &args).output().unwrap()).ended(3).says("small").says("--allow-concurrent");
    // Nothing that was refused stands in the way, and a resume is no way around.
    home.run(&["runs"]).says("refused").says("running now");
    Ran::of(run(&["--allow-concurrent"]).output().unwrap()).says("Beside this one the runbook small runs");
    Ran::of(first.wait_with_output().unwrap()).ended(0);
    // Dry runs change nothing and are always welcome; so is the next run once the first has ended. It leaves what the first has promoted to
    // a person: RDS does not say that the instance was a replica once.
    Ran::of(run(&[]).output().unwrap()).ended(5).says("nothing shows that it ever was one");
}

/// The disk is full right after the intent of the promotion: the call has been made, so it is followed to its end and shown; nothing
/// else begins; what the journal could not take is printed.
#[test]
fn on_a_full_disk_nothing_new_begins_and_what_is_in_flight_is_followed() {
    let (padding, limit) = just_after_the_intent();
    let home = Home::new();
    let served = Served::world(&home, QUICK, "1");
    let runbook = padded(&home, padding);
    let args = [&["run", runbook.as_str()], &CONFIRMED[..]].concat();
    let lifeboat = home.against(&served.endpoint, &args);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", limit / 512)]);
    shell.arg(lifeboat.get_program()).args(lifeboat.get_args()).env_clear().current_dir(env!("CARGO_MANIFEST_DIR"));
    shell.envs(lifeboat.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = Ran::of(shell.output().unwrap()).ended(4).says("THE RECORD CANNOT BE WRITTEN").says("not in the journal; keep these lines");
    let events = |text: &str, name: &str| text.lines().filter(|line| event(name, "promote_db")(line)).count();
    let kept = journal(&home.only_run());
    assert_eq!((events(&kept, "step_intent"), events(&kept, "step_applied")), (1, 0), "{kept}");
    for followed in ["step_applied", "step_settled", "step_succeeded"] {
        assert_eq!(events(&ran.out, followed), 1, "{followed} is shown: {}", ran.out);
        assert_eq!(events(&ran.err, followed), 1, "{followed} is printed for keeping: {}", ran.err);
    }
    assert!(!ran.out.contains("flip_dns\",\"attempt\":1,\"token"), "nothing new begins: {}", ran.out);
    home.run(&["verify"]).ended(0);
    // With room again, the run finds the promotion done and goes on from there.
    let resumed = Ran::of(home.against(&served.endpoint, &[&["resume"], &CONFIRMED[..]].concat()).output().unwrap()).ended(0);
    assert_eq!(events(&resumed.out, "step_doubt_resolved"), 1, "{}", resumed.out);
    assert_eq!(events(&journal(&home.only_run()), "step_intent"), 1);
}

/// The runbook with so much more description, the scaling after the promotion, and the path of the copy.
fn padded(home: &Home, padding: usize) -> String {
    let text = std::fs::read_to_string(SMALL).unwrap().replace("needs: []", "needs: [promote_db]");
    let text = text.replace("severity: SEV-1", &format!("severity: SEV-1\ndescription: \"{}\"", "x".repeat(padding)));
    let path = home.path().join("small.yaml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// How much padding puts the intent of the promotion just below a limit in blocks of 512 bytes, with the next record across it.
fn just_after_the_intent() -> (usize, usize) {
    let home = Home::new();
    let served = Served::world(&home, QUICK, "1");
    let runbook = padded(&home, 1);
    let run =
        until(home.against(&served.endpoint, &[&["run", runbook.as_str()], &CONFIRMED[..]].concat()), event("step_settled", "promote_db"));
    drop(run);
    let text = journal(&home.only_run());
    let place = text.lines().position(|line| event("step_intent", "promote_db")(line)).unwrap();
    let end: usize = text.lines().take(place + 1).map(|line| line.len() + 1).sum();
    // Times differ in length by some characters from run to run; the next record is longer than that.
    let limit = (end + 100).div_ceil(512) * 512;
    (1 + limit - 100 - end, limit)
}

/// What each step costs in syncs: a batch is synced once, however many of its events must be durable.
#[test]
fn a_step_is_synced_at_most_three_times_and_one_that_calls_nothing_at_most_twice() {
    use lifeboat::engine::{begin, evolve, must_be_durable};
    let home = Home::new();
    home.run(&["drill", "runbooks/regional_failover.yaml", "--output", "line"]).ended(0);
    let records = lifeboat::journal::read(&home.only_run().join("journal.jsonl")).unwrap().records;
    let mut state = begin(&records[0].event, records[0].at).unwrap();
    let mut syncs = std::collections::HashMap::<_, u32>::new();
    for record in &records[1..] {
        evolve(&mut state, &record.event, record.at);
        if let Some(step) = record.event.step().filter(|_| must_be_durable(&state, &record.event)) {
            *syncs.entry(step.clone()).or_default() += 1;
        }
    }
    for step in &state.plan.steps {
        // A proof that writes has an intent and an answer of its own.
        let written = u32::try_from(step.writing_proofs().count()).unwrap() * 2;
        let most = written + if step.mutates { 3 } else { 2 };
        let taken = syncs.get(&step.id).copied().unwrap_or_default();
        assert!((1..=most).contains(&taken), "{}: {taken} syncs", step.id);
    }
}
