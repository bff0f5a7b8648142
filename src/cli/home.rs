//! `lifeboat` alone: the home screen. It chooses; what is chosen is done by the command that one could have typed.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::sync::Arc;

use clap::{CommandFactory as _, ValueEnum as _};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::args;
use super::drive::{look, runtime, store};
use super::exit::Exit;
use super::operator::operator;
use super::say::{colours, note, problem, takes_a_screen};
use super::{home_books, home_runs};
use crate::engine::RunKind;
use crate::journal::Store;
use crate::tui::Options;
use crate::tui::home::{Left, Msg, Place, Request, Session, Start, run};
use crate::world::live::{LiveClock, endpoint_of_environment};

/// Opens the home screen. Without a terminal nobody could choose: the help says what there is.
pub(super) fn home(args: &args::Home) -> Exit {
    if !takes_a_screen() {
        let help = args::Cli::command().render_help();
        let coloured = colours(&std::io::stderr());
        note(&if coloured { help.ansi().to_string() } else { help.to_string() });
        return Exit::BadInput;
    }
    let store = match store(args.state.state_dir.as_deref()) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    match choose(args, store) {
        Ok(Left::Quit) => Exit::Done,
        Ok(Left::Start(start)) => begin(&command_line(&start, args)),
        Err(error) => {
            problem(&format!("the home screen: {error}"), Some("say on the command line what to do: lifeboat --help"));
            Exit::Short
        }
    }
}

fn choose(args: &args::Home, store: Store) -> std::io::Result<Left> {
    let operator = operator();
    let place = Place {
        folder: std::env::current_dir().map_or_else(|_| ".".to_owned(), |folder| folder.display().to_string()),
        state: store.root().display().to_string(),
        operator: format!("{} on {}", operator.name, operator.host),
    };
    let (requests, asked) = unbounded_channel();
    let (out, found) = unbounded_channel();
    // Not waited for at the end: whatever it still reads is of no use to anybody then.
    std::thread::Builder::new().name("gather".into()).spawn(move || gather(asked, &out, &store))?;
    let clock = Arc::new(LiveClock::new());
    let options = Options { elsewhere: endpoint_of_environment(), ..look(&args.screen, std::path::PathBuf::new()) };
    let session = Session { found, requests, clock, place, options };
    runtime(false)?.block_on(run(session))
}

/// Looks for what the screen asks for, beside it.
fn gather(mut asked: UnboundedReceiver<Request>, out: &UnboundedSender<Msg>, store: &Store) {
    let mut first = true;
    while let Some(request) = asked.blocking_recv() {
        match request {
            // The second time the list is there already, and must not shrink while it is looked at anew.
            Request::Look => {
                let bit_by_bit = std::mem::replace(&mut first, false);
                std::thread::scope(|scope| {
                    scope.spawn(|| home_books::find(Path::new("."), bit_by_bit, out));
                    home_runs::list(store, bit_by_bit, out);
                });
            }
            Request::Report(run) => {
                let report = home_runs::report(store, &run);
                drop(out.send(Msg::Report(run, report))); // The screen may be closed.
            }
        }
    }
}

/// What one could have typed, without the program's name.
fn command_line(start: &Start, home: &args::Home) -> Vec<OsString> {
    let mut line: Vec<OsString> = Vec::new();
    match start {
        Start::Run { kind, file, params, outage } => {
            line.extend(
                match kind {
                    RunKind::Drill => &["drill"][..],
                    RunKind::DryRun => &["run", "--dry-run"],
                    RunKind::Live => &["run"],
                }
                .iter()
                .map(OsString::from),
            );
            // A file's name that begins with a dash is no flag.
            let flag = file.as_os_str().as_encoded_bytes().starts_with(b"-");
            line.push(if flag { Path::new(".").join(file).into_os_string() } else { file.clone().into_os_string() });
            for (name, value) in params {
                line.extend(["-p".into(), format!("{name}={value}").into()]);
            }
            if let Some(outage) = outage {
                line.push(format!("--incident-start={outage}").into());
            }
        }
        Start::Resume(run) => line.extend(["resume".into(), run.as_str().into()]),
        Start::Watch(run) => line.extend(["watch".into(), run.as_str().into()]),
    }
    if home.screen.ascii {
        line.push("--ascii".into());
    }
    if home.screen.no_bell {
        line.push("--no-bell".into());
    }
    if home.screen.theme != args::Theme::Dark
        && let Some(theme) = home.screen.theme.to_possible_value()
    {
        line.extend(["--theme".into(), theme.get_name().into()]);
    }
    if let Some(folder) = &home.state.state_dir {
        line.extend(["--state-dir".into(), folder.into()]);
    }
    line
}

/// Becomes that command: it has the terminal, the signals and the exit code to itself, as if it had been typed. Its line stays above
/// it, to be typed the next time.
fn begin(line: &[OsString]) -> Exit {
    let typed = line.iter().map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ");
    note(&format!("lifeboat {typed}\n"));
    let failed = match std::env::current_exe() {
        Ok(program) => std::process::Command::new(program).args(line).exec(),
        Err(error) => error,
    };
    problem(&format!("lifeboat cannot be started again: {failed}"), Some(&format!("type it: lifeboat {typed}")));
    Exit::Short
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn line(arguments: &[&str], start: &Start) -> String {
        let cli = args::Cli::try_parse_from(std::iter::once("lifeboat").chain(arguments.iter().copied())).unwrap();
        assert!(cli.command.is_none());
        let line = command_line(start, &cli.home);
        // Every line is one that the program itself takes.
        args::Cli::try_parse_from(std::iter::once("lifeboat".into()).chain(line.clone())).unwrap();
        line.iter().map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_chosen_can_be_typed() {
        let new = |kind, file: &str, params: &[(&str, &str)]| Start::Run {
            kind,
            file: file.into(),
            params: params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            outage: (kind == RunKind::Live).then(|| "-5m".to_owned()),
        };
        assert_eq!(line(&[], &new(RunKind::Drill, "runbooks/a.yaml", &[("to", "us-east-1")])), "drill runbooks/a.yaml -p to=us-east-1");
        assert_eq!(
            line(&[], &new(RunKind::Live, "a b.yaml", &[("why", "it's -- gone")])),
            r"run 'a b.yaml' -p 'why=it'\''s -- gone' --incident-start=-5m"
        );
        assert_eq!(line(&["--ascii"], &new(RunKind::DryRun, "-x.yaml", &[])), "run --dry-run ./-x.yaml --ascii");
        assert_eq!(
            line(&["--theme", "light", "--state-dir", "/s"], &Start::Resume("20260312T024700Z-k3f9".into())),
            "resume 20260312T024700Z-k3f9 --theme light --state-dir /s"
        );
        assert_eq!(line(&["--no-bell"], &Start::Watch("r".into())), "watch r --no-bell");
    }
}
