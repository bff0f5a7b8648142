//! `lifeboat watch`: a run that another process drives, or one that is over, shown from its journal. Read-only from end to end.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::args;
use super::drive::{default_output, look, record_problem, runtime, store};
use super::exit::Exit;
use super::operator::operator;
use super::runs::not_found;
use super::say::{ask, is_conversation, note, problem};
use super::show::Show;
use super::watch_clock::WatchClock;
use crate::clock::Clock;
use crate::engine::{Event, Outcome};
use crate::id::RunId;
use crate::journal::{Follower, Holder, JournalError, RunEntry, Store};
use crate::tui;
use crate::view::{Driven, RunView, Update};
use crate::world::live::LiveClock;

/// Between two looks at the journal.
const EVERY: Duration = Duration::from_millis(200);

/// Records after which the screen gets its turn.
const BATCH: usize = 1_000;

/// Why there is nothing more to watch.
enum Over {
    /// The run has ended.
    Finished(Outcome),
    /// Nobody drives it any more, and it has not ended.
    DriverGone,
}

/// Watches a run.
pub(super) fn watch(args: &args::Watch) -> Exit {
    let found = store(args.state.state_dir.as_deref()).and_then(|store| find(&store, args.run.as_deref()).map(|run| (store, run)));
    match found {
        Ok((store, run)) => watch_run(&store, &run, args.output, &args.screen),
        Err(exit) => exit,
    }
}

/// A run that was to be taken up is driven elsewhere: says who drives it, and offers to watch.
pub(super) fn instead(store: &Store, run: &RunId, error: &JournalError, output: Option<args::Output>, screen: &args::Screen) -> Exit {
    if !is_conversation() {
        problem(&error.to_string(), Some(&format!("watch it: lifeboat watch {run}")));
        return Exit::Record;
    }
    let answer = ask(&format!("{error}\nwatch it? [Y/n] "));
    let yes = answer.is_some_and(|answer| matches!(answer.trim().to_ascii_lowercase().as_str(), "" | "y" | "yes"));
    if yes { watch_run(store, run, output, screen) } else { Exit::Record }
}

/// The run that is meant: the one named, else the newest that is being driven, else the newest.
fn find(store: &Store, name: Option<&str>) -> Result<RunId, Exit> {
    if let Some(name) = name {
        return store.find(name).map_err(|error| not_found(&error));
    }
    let runs = store.list().map_err(|error| record_problem(&error, &[]))?;
    let driven = |run: &&RunEntry| run.info.as_ref().is_ok_and(|info| info.driver.is_some());
    runs.iter().find(driven).or(runs.first()).map(|run| run.run.clone()).ok_or_else(|| {
        problem("there is no run to watch", Some("start one: lifeboat drill RUNBOOK"));
        Exit::BadInput
    })
}

fn watch_run(store: &Store, run: &RunId, output: Option<args::Output>, screen: &args::Screen) -> Exit {
    let opened = store.driver(run).and_then(|driver| Ok((driver, store.follow(run)?)));
    let (driver, follower) = match opened {
        Ok(opened) => opened,
        Err(error) => return cannot_watch(&error),
    };
    match runtime(false) {
        Ok(runtime) => runtime.block_on(shown(store, run, follower, driver, default_output(output, false), screen)),
        Err(error) => {
            problem(&format!("the run cannot be watched: {error}"), None);
            Exit::Short
        }
    }
}

async fn shown(
    store: &Store,
    run: &RunId,
    follower: Follower,
    driver: Option<Option<Holder>>,
    output: args::Output,
    screen: &args::Screen,
) -> Exit {
    let own: Arc<dyn Clock> = Arc::new(LiveClock::new());
    let clock = Arc::new(WatchClock::new(Arc::clone(&own)));
    let folder = store.run_dir(run);
    let mut show = Show::new(output, folder.clone());
    let (out, updates) = unbounded_channel();
    // A screen stays when the driver leaves, for whoever takes the run up next; what is piped ends, and says so by its code.
    let stays = output == args::Output::Tui;
    let clocks = (Arc::clone(&clock), Arc::clone(&own));
    let following = tokio::spawn(follow(store.clone(), run.clone(), follower, clocks, stays, out));
    if output == args::Output::Tui {
        let options = tui::Options { watching: Some(words(driver)), ..look(screen, folder) };
        on_screen(&mut show, updates, clock, own, options).await;
    } else {
        show.all(updates).await;
    }
    if !following.is_finished() {
        following.abort();
        let driven = store.driver(run).is_ok_and(|driver| driver.is_some());
        note(&if driven {
            format!("left; the run goes on without you. Watch it again with: lifeboat watch {run}\n")
        } else {
            format!("left; nobody drives the run. Take it up with: lifeboat resume {run}\n")
        });
        return Exit::Done;
    }
    match following.await {
        Ok(Ok(over)) => {
            show.summary(None);
            match over {
                Over::Finished(Outcome::Succeeded) => Exit::Done,
                Over::Finished(_) => Exit::Short,
                Over::DriverGone => {
                    problem(
                        &format!("{run} is not over, and nobody drives it any more"),
                        Some(&format!("take it up: lifeboat resume {run}")),
                    );
                    Exit::Paused
                }
            }
        }
        Ok(Err(error)) => cannot_watch(&error),
        Err(error) => {
            problem(&format!("watching stopped: {error}"), Some("the run is not touched by that; watch it again"));
            Exit::Short
        }
    }
}

/// Tells every record, those that are there and those that come, until there can be none any more.
async fn follow(
    store: Store,
    run: RunId,
    mut follower: Follower,
    (clock, own): (Arc<WatchClock>, Arc<dyn Clock>),
    stays: bool,
    out: UnboundedSender<Update>,
) -> Result<Over, JournalError> {
    let tell = |update| drop(out.send(update)); // Whoever looked may have left.
    let mut known = None;
    let journal = store.journal_path(&run);
    let over = loop {
        // Asked first: what a driver wrote before it went is read after it has gone.
        let driver = store.driver(&run)?;
        let driven = driver.is_some();
        let mut finished = None;
        let mut read = 0;
        while let Some(record) = follower.next_record()? {
            match &record.event {
                Event::RunFinished { outcome, .. } => finished = Some(*outcome),
                Event::RunRefused { .. } => finished = Some(Outcome::Refused),
                _ => {}
            }
            clock.note(&record, age_of(&journal));
            tell(Update::Record(Box::new(record)));
            read += 1;
            if read % BATCH == 0 {
                tokio::task::yield_now().await;
            }
        }
        match finished {
            Some(outcome) => break Over::Finished(outcome),
            None if !driven && !stays => break Over::DriverGone,
            None => {
                // The process, too: a driver that was replaced between two looks is another one.
                if stays && known.as_ref() != Some(&driver) {
                    clock.driven(driven);
                    tell(Update::Driven(match &driver {
                        None => Driven::Nobody { since: own.now().wall },
                        Some(_) => Driven::By(words(Some(driver.clone().flatten()))),
                    }));
                    known = Some(driver);
                }
                own.sleep(EVERY).await;
            }
        }
    };
    tell(Update::Ended);
    Ok(over)
}

/// How long ago the journal was written to, by the machine's own clock.
fn age_of(journal: &Path) -> Duration {
    let written = std::fs::metadata(journal).and_then(|meta| meta.modified());
    written.ok().and_then(|at| at.elapsed().ok()).unwrap_or_default()
}

/// The screen until the watcher leaves it, or the run has no driver any more.
async fn on_screen(
    show: &mut Show,
    mut updates: UnboundedReceiver<Update>,
    clock: Arc<WatchClock>,
    own: Arc<dyn Clock>,
    options: tui::Options,
) {
    let (to_screen, screen_updates) = unbounded_channel();
    // Nothing is ever asked of a run that is only watched: the other end just has to be there.
    let (commands, _nobody) = unbounded_channel();
    let session = tui::Session { run: RunView::new(), updates: screen_updates, commands, clock, own, operator: operator(), options };
    let mut screen = tokio::spawn(tui::run(session));
    let mut interrupt = signal(SignalKind::interrupt()).ok();
    let mut open = true;
    let left = loop {
        tokio::select! {
            left = &mut screen => break left,
            update = updates.recv(), if open => {
                open = update.is_some();
                // Without another word when the journal could not be read on: that is said once the terminal is given back.
                let update = update.unwrap_or(Update::Ended);
                drop(to_screen.send(update)); // The screen may be closing.
            }
            () = interrupted(&mut interrupt) => screen.abort(), // It gives the terminal back as it goes.
        }
    };
    match show.take_over(left) {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => problem(&format!("the screen: {error}"), Some("the run is not touched by that")),
        Err(error) if error.is_cancelled() => {}
        Err(error) => problem(&format!("the screen stopped: {error}"), Some("the run is not touched by that")),
    }
}

/// SIGINT from outside: in raw mode Ctrl-C is a key.
async fn interrupted(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// `alice on ops-1 (process 4711)`.
fn words(driver: Option<Option<Holder>>) -> String {
    match driver {
        Some(Some(holder)) => format!("{} on {} (process {})", holder.name, holder.host, holder.pid),
        Some(None) => "another process".into(),
        None => "nobody".into(),
    }
}

fn cannot_watch(error: &JournalError) -> Exit {
    problem(&error.to_string(), Some("watching only reads: whatever drives the run is not touched"));
    Exit::Record
}
