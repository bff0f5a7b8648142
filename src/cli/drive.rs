//! Driving a run from the command line: the driver on one side, the screen, the lines or the JSON stream on the other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::account::account;
use super::args::{Output, Screen, Theme};
use super::exit::Exit;
use super::say::{never_wait, note, problem, same_reader, takes_a_screen};
use super::secrets;
use super::show::Show;
use super::signals;
use crate::clock::Clock;
use crate::driver::{Claim, Driver, Ended, Hands, Message, Orders, Pace, Setup};
use crate::engine::{Actor, Event, Outcome, State, StepPhase};
use crate::id::StepId;
use crate::journal::{Holder, Journal, JournalError, Record, Store};
use crate::plan::OnFailure;
use crate::tui;
use crate::view::{RunView, Update};
use crate::world::World;
use crate::world::live::LiveClock;
use crate::world::sim::SimWorld;

/// What a run is driven with, whatever its world.
pub(super) struct Drive {
    /// The world.
    pub world: Arc<dyn World>,
    /// The same, when it is a simulated one.
    pub drill: Option<Arc<SimWorld>>,
    /// Where events become durable.
    pub journal: Journal,
    /// Who confirms.
    pub hands: Hands,
    /// What was said beforehand about single steps.
    pub orders: Orders,
    /// Who started the run.
    pub operator: Actor,
    /// How the run is shown.
    pub output: Output,
    /// How the screen looks.
    pub screen: Screen,
    /// Taken once it is known which accounts the run acts on.
    pub claim: Option<Claim>,
    /// A drill's pace.
    pub pace: Option<Arc<dyn Pace>>,
    /// The machine's own clock; `None` in virtual time.
    pub machine: Option<Arc<dyn Clock>>,
}

/// How a run begins.
pub(super) enum Begin {
    /// With its first event.
    Start(Box<Event>),
    /// From what its journal folds to.
    Resume(Box<State>, Box<RunView>),
}

/// How the run is shown when nothing was said: the screen where there is a terminal, otherwise lines.
pub(super) fn default_output(asked: Option<Output>, without_person: bool) -> Output {
    match asked {
        Some(output) => output,
        None if takes_a_screen() && !without_person => Output::Tui,
        None => Output::Line,
    }
}

/// A runtime of one thread. `virtual_time`: the clock jumps to the next timer whenever nothing else is to be done.
pub(super) fn runtime(virtual_time: bool) -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(virtual_time).build()
}

/// Drives the run to its end and shows it.
pub(super) async fn drive(drive: Drive, begin: Begin) -> Exit {
    never_wait(drive.output == Output::Json);
    let drill = drive.drill;
    if let Some(world) = &drill {
        let plan = match &begin {
            Begin::Start(event) => event.plan(),
            Begin::Resume(state, _) => Some(&*state.plan),
        };
        plan.into_iter().for_each(|plan| secrets::make_up(plan, &**world));
    }
    let (folder, output) = (drive.journal.dir().to_path_buf(), drive.output);
    let (out, updates) = unbounded_channel();
    let clock = drive.world.clock();
    let mut show = Show::new(drive.output, folder.clone());
    let setup = Setup {
        world: drive.world,
        seed: drill.as_ref().map(|world| world.seed()),
        claim: drive.claim,
        journal: drive.journal,
        hands: drive.hands,
        orders: drive.orders,
        operator: drive.operator.clone(),
        out: Box::new(out.clone()),
        pace: drive.pace,
        machine: drive.machine,
    };
    let hands = setup.hands.clone();
    let (driver, messages, before) = match begin {
        Begin::Start(event) => match Driver::start(setup, *event) {
            Ok((driver, messages)) => (driver, messages, None),
            Err(error) => return record_problem(&error, &[]),
        },
        Begin::Resume(state, before) => {
            // A program and a printer are told every record; the screen takes what they add up to.
            if drive.output != Output::Tui
                && let Err(error) = show.history()
            {
                return record_problem(&error, &[]);
            }
            let (driver, messages) = Driver::resume(setup, *state);
            (driver, messages, Some(before))
        }
    };
    drop(out); // The driver's is the only one left: when it goes, so does whoever listens.
    signals::listen(&messages);
    let driving = tokio::spawn(driver.run(before.is_some()));
    let look = look(&drive.screen, folder.clone());
    if drive.output == Output::Tui {
        let session = (clock, drive.operator, look, before.map(|before| *before).unwrap_or_default());
        on_screen(&mut show, updates, &messages, session).await;
    } else {
        show.all(updates).await;
    }
    let ended = match driving.await {
        Ok(ended) => ended,
        Err(error) => {
            problem(&format!("the driver stopped: {error}"), Some("the run can be resumed: lifeboat resume"));
            return Exit::Paused;
        }
    };
    finish(show, ended, &folder, drill.as_deref(), (&hands, output))
}

/// How the screen of a run recorded in `record` looks.
pub(super) fn look(screen: &Screen, record: PathBuf) -> tui::Options {
    let theme = match screen.theme {
        Theme::Dark => tui::Palette::Dark,
        Theme::Light => tui::Palette::Light,
        Theme::HighContrast => tui::Palette::HighContrast,
    };
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    tui::Options { ascii: screen.ascii, theme, no_color, record, watching: None, elsewhere: None, bell: !screen.no_bell }
}

/// The screen until the operator leaves it, then lines until the run stops.
async fn on_screen(
    show: &mut Show,
    mut updates: UnboundedReceiver<Update>,
    messages: &UnboundedSender<Message>,
    (clock, operator, options, run): (Arc<dyn Clock>, Actor, tui::Options, RunView),
) {
    let (to_screen, screen_updates) = unbounded_channel();
    let (commands, mut from_screen) = unbounded_channel();
    let own = Arc::new(LiveClock::new());
    let session = tui::Session { run, updates: screen_updates, commands, clock, own, operator, options };
    let screen = tokio::spawn(tui::run(session));
    tokio::pin!(screen);
    let mut to_screen = Some(to_screen);
    let left = loop {
        tokio::select! {
            left = &mut screen => break left,
            update = updates.recv(), if to_screen.is_some() => match (update, &to_screen) {
                (Some(update), Some(to_screen)) => {
                    drop(to_screen.send(update)); // The screen may be closing.
                }
                // A driver that is gone without a word: the screen must not wait for it.
                _ => to_screen = None,
            },
            Some(command) = from_screen.recv() => drop(messages.send(Message::Command(command))),
        }
    };
    let left = show.take_over(left);
    match left {
        Ok(Ok(tui::Left::Finished)) => {}
        Ok(Ok(tui::Left::LeaveAndFinish)) => {
            note("The screen is closed; what is in flight is followed to its end.\n");
            drop(messages.send(Message::Signal(LEFT)));
        }
        Ok(Ok(tui::Left::Quit)) => {
            for _ in 0..2 {
                drop(messages.send(Message::Signal(LEFT))); // The driver may have ended by itself.
            }
        }
        Ok(Err(error)) => {
            problem(
                &format!("the screen: {error}"),
                Some("the run goes on to a safe point and stops there; take it up with lifeboat resume"),
            );
            drop(messages.send(Message::Gone("the terminal is gone")));
        }
        Err(error) => {
            problem(&format!("the screen stopped: {error}"), Some("take the run up with lifeboat resume"));
            drop(messages.send(Message::Gone("the screen stopped")));
        }
    }
    show.all(updates).await;
}

/// Why a run stops whose screen was left by its own keys.
const LEFT: &str = "the screen was left";

fn finish(mut show: Show, ended: Ended, folder: &Path, drill: Option<&SimWorld>, (hands, output): (&Hands, Output)) -> Exit {
    match ended {
        Ended::Finished(state) => {
            let account = drill.and_then(|world| account(&state, &world.audit()));
            show.summary(account.as_ref());
            match &state.phase {
                crate::engine::RunPhase::Finished { outcome: Outcome::Succeeded, .. } => Exit::Done,
                crate::engine::RunPhase::Finished { outcome: Outcome::Refused, reason } => {
                    // The lines have said it already, where they are read, too.
                    let said = output == Output::Line && same_reader();
                    let what = if said { "refused, as is said above".to_owned() } else { format!("refused: {reason}") };
                    problem(&what, Some("nothing was changed"));
                    Exit::Refused
                }
                _ => Exit::Short,
            }
        }
        // What was asked for is no error.
        Ended::Paused(state, reason) if reason == LEFT => {
            show.summary(None);
            note(&format!("left; {}\n", how_to_go_on(&state, drill, hands)));
            Exit::Paused
        }
        Ended::Paused(state, reason) => {
            show.summary(None);
            problem(&format!("stopped: {reason}"), Some(&how_to_go_on(&state, drill, hands)));
            Exit::Paused
        }
        Ended::Refused(state, reason) => {
            show.summary(None);
            problem(&format!("refused: {reason}"), Some(&how_to_go_on(&state, drill, hands)));
            Exit::Refused
        }
        Ended::Unrecorded(error, unsaved) => {
            show.summary(None);
            note(&format!("record folder: {}\n", folder.display()));
            record_problem(&error, &unsaved)
        }
    }
}

fn how_to_go_on(state: &State, drill: Option<&SimWorld>, hands: &Hands) -> String {
    match drill.map(SimWorld::kept) {
        Some(Err(why)) => {
            format!("its simulated world could not be kept ({why}): read it with lifeboat report {}, or drill again", state.run)
        }
        None | Some(Ok(())) => {
            let open = hands.unanswered(state);
            let answers: String = open.iter().map(|(key, question)| format!(" --answer {key}={}", question.wanted())).collect();
            let example = if drill.is_some() && !open.is_empty() {
                "; an `example` beside the question in the runbook answers it in every drill"
            } else {
                ""
            };
            let decide = if hands.is_person() { String::new() } else { decisions(state) };
            format!("resume with: lifeboat resume {}{answers}{decide}{example}", state.run)
        }
    }
}

/// What is to be decided before it can go on, in the words of the command line: without that it would stop at the same place again.
fn decisions(state: &State) -> String {
    let phases = || state.steps.iter().map(|(id, step)| (id, &step.phase));
    // The run goes on without what may fail.
    let waits = |id: &StepId| state.plan.step(id).is_none_or(|step| step.on_failure != OnFailure::Continue);
    let failed: Vec<_> = phases().filter(|(id, phase)| matches!(phase, StepPhase::Failed) && waits(id)).map(|(id, _)| id).collect();
    let doubtful: Vec<_> = phases().filter(|(_, phase)| matches!(phase, StepPhase::InDoubt { .. })).map(|(id, _)| id).collect();
    let mut text = String::new();
    for id in &failed {
        text += &format!(" --retry {id}");
    }
    for id in &doubtful {
        text += &format!(" --happened {id}=HOW_YOU_KNOW");
    }
    if text.is_empty() {
        return text;
    }
    text += " --yes";
    if let Some(id) = failed.first() {
        text += &format!("; or in the place of --retry, what somebody decides: --take-over {id}=WHAT_WAS_DONE, --skip {id}=WHY");
    }
    if let Some(id) = doubtful.first() {
        text += &format!("; or, if the call did not happen, --not-happened {id}=HOW_YOU_KNOW");
    }
    text
}

/// The journal cannot be written: says so, and prints what is not in it, so that a person can keep it.
pub(super) fn record_problem(error: &JournalError, unsaved: &[Record]) -> Exit {
    problem(&error.to_string(), Some("nothing more was scheduled; mend the state folder, or choose another with --state-dir"));
    if !unsaved.is_empty() {
        note("What happened since is not in the journal; keep these lines:\n");
        for record in unsaved {
            match serde_json::to_string(record) {
                Ok(line) => note(&format!("{line}\n")),
                Err(error) => note(&format!("(an event that cannot be written: {error})\n")),
            }
        }
    }
    Exit::Record
}

/// The folder runs are recorded in, from the flag (or its variable) and the environment.
pub(super) fn store(flag: Option<&Path>) -> Result<Store, Exit> {
    folder(flag).map(Store::new).map_err(|error| record_problem(&error, &[]))
}

/// The folder of the runs of this user for whom nobody named another.
pub(super) fn users_own_store() -> Option<Store> {
    folder(None).ok().map(Store::new)
}

fn folder(flag: Option<&Path>) -> Result<PathBuf, JournalError> {
    let from = |name: &str| std::env::var_os(name).map(PathBuf::from);
    Store::resolve(flag, None, from("XDG_STATE_HOME").as_deref(), from("HOME").as_deref())
}

/// Who holds a run that this process drives.
pub(super) fn holder(operator: &Actor) -> Holder {
    Holder { name: operator.name.clone(), host: operator.host.clone(), pid: std::process::id(), since: jiff::Timestamp::now() }
}
