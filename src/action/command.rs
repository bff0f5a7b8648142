//! `command`: runs a program.

mod as_target;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Action, Cx, Judged, Poll, Receipt};
use super::with::With;
use crate::plan::{Change, Failure, FailureKind, FieldChange, Happened};
use crate::runbook::spec::{ActionSpec, ErrorSpec, FieldSpec, ParamSpec, ParamType, Reversibility};
use crate::world::{LineSink, ProcessExit, ProcessRequest, ProgramAws};

static SPEC: ActionSpec = ActionSpec {
    name: "command",
    summary: "Runs a program; its output goes to the step's log, and it is killed with all it started at the step's timeout",
    details: "`argv` is a list: nothing is split or expanded, and no shell is involved. The program has no input. Its output goes to \
              the step's log line by line, without escape sequences: 1,000 characters a line, 2,000 lines. At the step's timeout it \
              is asked to end and two seconds later killed, with everything it started, also what has left its process group. What it \
              leaves running when it ends by itself is left alone and named. Whether there is such a program is looked at first, in a dry \
              run too.\n\n\
              **As whom it goes to AWS.** As the step's `target`, or that of `defaults`: it has the credentials that lifeboat itself acts with \
              there, checked to be of the run's account, in `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, with \
              `AWS_REGION`, `AWS_DEFAULT_REGION` and `AWS_ACCOUNT_ID`. The shell's own `AWS_*` are gone, but for what says how AWS is \
              reached (`AWS_CA_BUNDLE`, `AWS_ENDPOINT_URL` and the like); instance metadata is off. A target's `profile` is named in \
              `AWS_PROFILE` where it alone says who acts: tools differ in whether they take it before the keys, and so it comes to the same. \
              With a `role`, or without a profile, the files of profiles are out of reach instead. The credentials are not renewed while it \
              runs; when they end stands in the change, and one that may run longer than they live is told of.\n\n\
              Without a target it has nothing of AWS: no `AWS_*`, no files of profiles, no metadata. It may still find credentials that do \
              not come from there, such as those of a kubeconfig or in its own files. What `env` says comes last.\n\n\
              Nobody can see what a program did, so a command in doubt is always for a person to decide. In a drill no program is \
              run: the world says what it would have done.",
    errors: &[
        ErrorSpec {
            name: "status other than 0",
            doc: "The step fails and quotes the last lines. What the program did before that is not known: read the log, put right \
                  what stood against it, then try again.",
        },
        ErrorSpec { name: "ended by a signal", doc: "Somebody or the system has killed it." },
        ErrorSpec {
            name: "cannot be started",
            doc: "There is no such program in the path, it may not be executed, `cwd` is not there, or a limit of the system stands against it \
                  (processes, memory, open files): the failure says which. Nothing was started.",
        },
        ErrorSpec { name: "timeout", doc: "It ran longer than the step may: raise `timeout`, or find out what it waits for." },
    ],
    params: &[
        ParamSpec {
            name: "argv",
            ty: ParamType::List(&ParamType::String),
            required: true,
            default: "",
            doc: "Program and arguments. No shell: nothing is split or expanded.",
        },
        ParamSpec {
            name: "env",
            ty: ParamType::Map(&ParamType::String),
            required: false,
            default: "",
            doc: "Added to the environment, after everything else.",
        },
        ParamSpec {
            name: "cwd",
            ty: ParamType::String,
            required: false,
            default: "where the run was started",
            doc: "Working folder. A relative one, and a program that is named by a relative path, count from the folder that the run was \
                  started in, also when it is taken up elsewhere.",
        },
    ],
    rule: None,
    outputs: &[
        FieldSpec { name: "exit_code", ty: ParamType::Integer { min: 0, max: 255 }, doc: "Always 0: any other status fails the step." },
        FieldSpec {
            name: "stdout",
            ty: ParamType::String,
            doc: "The end of its standard output, at most 64 KiB, without the last line break.",
        },
    ],
    reversibility: Reversibility::Unknown,
    subject: None,
    permissions: &[],
    needs_target: false,
    lasts: None,
    usual_seconds: 30,
    example: "{argv: [deployctl, freeze, --env, production]}",
};

/// How many of the last lines a failure quotes.
const QUOTED: usize = 5;

/// See the file's text.
#[derive(Debug)]
pub(super) struct Command;

#[async_trait]
impl Action for Command {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn observe(&self, cx: &Cx, with: &Value) -> Result<Value, Failure> {
        cx.world.process().find(&request(cx, with, ProgramAws::Nobody)?)?;
        match &cx.target {
            None => Ok(json!({})),
            // What cannot be had is known before anything is confirmed.
            Some(target) => Ok(json!({ "credentials_end": as_target::credentials(cx, target).await?.ends })),
        }
    }

    fn change(&self, cx: &Cx, with: &Value, seen: &Value) -> Result<Change, Failure> {
        let with_ = With::new(SPEC.name, with);
        let argv = argv(with)?;
        let mut notes = vec!["lifeboat cannot know what the program changes".to_owned()];
        notes.extend(as_target::notes(cx, seen));
        if let Some(cwd) = with_.text_opt("cwd")? {
            notes.push(format!("in folder {cwd}"));
        }
        let env = with_.text_map("env")?;
        if !env.is_empty() {
            let names: Vec<&str> = env.iter().map(|(name, _)| name.as_str()).collect();
            notes.push(format!("with {} in its environment", names.join(", ")));
        }
        Ok(Change {
            operation: "command".into(),
            resource: argv[0].clone(),
            region: cx.target.as_ref().map(|target| target.region.clone()).unwrap_or_default(),
            fields: vec![FieldChange { name: "runs".into(), before: String::new(), after: quoted(&argv) }],
            reversible: true,
            data_loss: None,
            already: false,
            notes,
            takes_away: None,
            waits_for: None,
        })
    }

    async fn apply(&self, cx: &Cx, with: &Value, _seen: &Value, _token: &str) -> Result<Receipt, Failure> {
        let aws = match &cx.target {
            None => ProgramAws::Nobody,
            Some(target) => {
                let credentials = as_target::credentials(cx, target).await?;
                (cx.log)(&format!("({})", credentials.words(cx, target)));
                ProgramAws::Target(credentials.variables)
            }
        };
        let request = request(cx, with, aws)?;
        let argv = request.argv.clone();
        let last: Arc<Mutex<VecDeque<String>>> = Arc::default();
        let exit = cx.world.process().run(request, keeping_last(cx.log.clone(), last.clone())).await?;
        let program = &argv[0];
        match exit.code {
            Some(0) => Ok(Receipt {
                data: json!({"exit_code": 0, "stdout": exit.stdout.trim_end_matches(['\n', '\r'])}),
                summary: format!("{program} ended well after {:.1} s{}", exit.took.as_secs_f64(), left(&exit)),
            }),
            code => {
                let signal = exit.signal.as_deref().unwrap_or("a signal");
                let how = code.map_or_else(|| format!("was ended by {signal}"), |code| format!("ended with status {code}"));
                let last: Vec<String> = last.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
                let said = if last.is_empty() { "; it printed nothing".to_owned() } else { format!(": {}", last.join(" | ")) };
                let hint = format!("read the step's log, put right what stood against {program}, then try the step again");
                // It ran: what it did before it failed is not known to be nothing, and a look cannot tell.
                Err(Failure {
                    resource: program.clone(),
                    ..Failure::new(FailureKind::Command, format!("{program} {how}{}{said}", left(&exit)), hint)
                }
                .effect(Happened::Yes))
            }
        }
    }

    async fn poll(&self, _cx: &Cx, _with: &Value, receipt: &Value) -> Result<Poll, Failure> {
        Ok(Poll::Settled(if receipt.is_object() { receipt.clone() } else { json!({}) }))
    }

    fn judge(&self, _cx: &Cx, with: &Value, _before: &Value, _now: &Value) -> Judged {
        let program = argv(with).map_or_else(|_| "the program".to_owned(), |argv| argv[0].clone());
        Judged::CannotTell(format!("lifeboat cannot see what {program} did, nor whether it is still running: check by hand"))
    }
}

/// What it has left behind.
fn left(exit: &ProcessExit) -> String {
    if exit.left.is_empty() { String::new() } else { format!("; what it started goes on without it: {}", exit.left.join(", ")) }
}

fn request(cx: &Cx, with: &Value, aws: ProgramAws) -> Result<ProcessRequest, Failure> {
    let with_ = With::new(SPEC.name, with);
    Ok(ProcessRequest {
        argv: argv(with)?,
        aws,
        env: with_.text_map("env")?,
        folder: cx.folder.clone(),
        cwd: with_.text_opt("cwd")?,
        timeout: cx.timeout,
        caller: cx.caller.clone(),
    })
}

fn argv(with: &Value) -> Result<Vec<String>, Failure> {
    let with = With::new(SPEC.name, with);
    let argv = with.texts("argv")?;
    match argv.first() {
        Some(program) if !program.trim().is_empty() => Ok(argv),
        _ => Err(with.wrong("`argv` must begin with a program")),
    }
}

/// Passes lines on and keeps the last few.
fn keeping_last(log: LineSink, last: Arc<Mutex<VecDeque<String>>>) -> LineSink {
    Arc::new(move |line| {
        if !line.trim().is_empty() {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.len() == QUOTED {
                last.pop_front();
            }
            last.push_back(line.to_owned());
        }
        log(line);
    })
}

/// As one would type it into a shell.
fn quoted(argv: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    let word = |word: &String| {
        if !word.is_empty() && word.chars().all(plain) { word.clone() } else { format!("'{}'", word.replace('\'', "'\\''")) }
    };
    argv.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::action::testing::cx;
    use crate::world::ProcessExit;
    use crate::world::testing::Canned;

    fn exit(code: Option<i32>) -> ProcessExit {
        ProcessExit { code, stdout: "frozen\n".into(), took: Duration::from_millis(1_500), ..ProcessExit::default() }
    }

    #[tokio::test]
    async fn what_it_prints_is_an_output() {
        let world = Canned::new([]);
        world.program_does(Ok((vec!["frozen"], exit(Some(0)))));
        let cx = cx(&world);
        let with = json!({"argv": ["deployctl", "freeze"]});
        let receipt = Command.apply(&cx, &with, &json!({}), "t").await.unwrap();
        assert_eq!(receipt.summary, "deployctl ended well after 1.5 s");
        let settled = Command.poll(&cx, &with, &receipt.data).await.unwrap();
        assert_eq!(settled, Poll::Settled(json!({"exit_code": 0, "stdout": "frozen"})));
    }

    #[tokio::test]
    async fn a_failure_quotes_its_last_lines() {
        let world = Canned::new([]);
        world.program_does(Ok((vec!["1", "2", "3", "", "4", "5", "token expired"], exit(Some(3)))));
        let failure = Command.apply(&cx(&world), &json!({"argv": ["deployctl"]}), &json!({}), "t").await.unwrap_err();
        assert_eq!(failure.message, "deployctl ended with status 3: 2 | 3 | 4 | 5 | token expired");
        assert_eq!((failure.kind, failure.effect), (FailureKind::Command, Happened::Yes));
    }

    #[tokio::test]
    async fn the_change_shows_the_command_line_and_names_but_not_values_of_the_environment() {
        let world = Canned::new([]);
        let with = json!({"argv": ["notify", "it's down", ""], "env": {"TOKEN": "s3cret"}, "cwd": "/srv"});
        let change = Command.change(&cx(&world), &with, &json!({})).unwrap();
        assert_eq!(change.fields[0].after, r"notify 'it'\''s down' ''");
        assert!(change.notes.contains(&"with TOKEN in its environment".to_owned()), "{:?}", change.notes);
        assert!(!format!("{change:?}").contains("s3cret"));
        assert!(Command.change(&cx(&world), &json!({"argv": []}), &json!({})).is_err());
    }

    #[tokio::test]
    async fn nobody_can_tell_what_became_of_a_lost_command() {
        let judged = Command.judge(&cx(&Canned::new([])), &json!({"argv": ["deployctl"]}), &json!({}), &json!({}));
        assert!(matches!(judged, Judged::CannotTell(why) if why.contains("deployctl")));
    }
}
