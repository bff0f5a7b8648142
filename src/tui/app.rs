//! The loop: keys, updates from the driver and time go in; frames and commands come out.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::{Event, EventStream};
use futures::{Stream, StreamExt};
use ratatui::layout::Size;
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::model::{Cmd, Left, Model, Msg, Options};
use super::terminal::Screen;
use super::update::update;
use crate::clock::{Clock, Stamp};
use crate::engine::{Actor, Command, RunPhase};
use crate::view::{RunView, Update};

/// Updates taken before a frame is due: a flood of them costs one frame, not thousands.
const BATCH: usize = 4_096;

/// Our time between two frames that only updates ask for.
const FRAME: Duration = Duration::from_millis(33);

/// Our time until a terminal that had not taken a frame is looked at again.
const CATCH_UP: Duration = Duration::from_millis(100);

/// Our time between two pictures of the spinner.
const SPIN: Duration = Duration::from_millis(200);

/// What the command line gives the screen.
#[derive(Debug)]
pub struct Session {
    /// What has happened already.
    pub run: RunView,
    /// From the driver.
    pub updates: UnboundedReceiver<Update>,
    /// To the driver.
    pub commands: UnboundedSender<Command>,
    /// The time of the run's world, as it is shown.
    pub clock: Arc<dyn Clock>,
    /// The machine's own time: paces the frames and tells a held key from a pressed one. A drill's time is no measure for hands.
    pub own: Arc<dyn Clock>,
    /// Who sits at the keys.
    pub operator: Actor,
    /// What the command line chose.
    pub options: Options,
}

/// Why the screen could not go on. The terminal has been given back.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// It could not be taken.
    #[error("the terminal cannot be used: {0}; run lifeboat in a terminal, or let it write lines by piping its output")]
    Open(#[source] io::Error),
    /// It could not be drawn on.
    #[error("the terminal cannot be drawn on: {0}; the run is on record and can be resumed")]
    Draw(#[source] io::Error),
    /// Its keys are gone.
    #[error("the terminal is gone: {0}; the run is on record and can be resumed")]
    Gone(#[source] io::Error),
}

/// What the screen leaves behind. A run of thousands of steps is folded once, so whoever goes on needs the fold.
#[derive(Debug)]
pub struct Ending {
    /// Why it ended: the operator left, or the terminal could not be taken or was lost on the way. It is given back in any case.
    pub left: Result<Left, TuiError>,
    /// The run as far as it was told here.
    pub run: RunView,
    /// What was not taken any more.
    pub rest: UnboundedReceiver<Update>,
}

/// Shows a run until the operator leaves.
pub async fn run(session: Session) -> Ending {
    let taken = Screen::take().and_then(|screen| Ok((screen, signals()?)));
    match taken {
        Ok((screen, signals)) => drive(session, screen, EventStream::new(), signals).await,
        Err(error) => Ending { left: Err(TuiError::Open(error)), run: session.run, rest: session.updates },
    }
}

/// What signals ask of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nudge {
    /// SIGTERM or SIGHUP. What they mean to a run is the driver's to say; a run that is over, or driven elsewhere, has none here.
    End,
    /// SIGTSTP: give the terminal back and stop.
    Stop,
    /// SIGCONT: somebody else had the terminal meanwhile.
    Continue,
}

pub(super) fn signals() -> io::Result<impl Stream<Item = Nudge> + Unpin> {
    let kinds = [
        (SignalKind::terminate(), Nudge::End),
        (SignalKind::hangup(), Nudge::End),
        (SignalKind::from_raw(Signal::TSTP.as_raw()), Nudge::Stop),
        (SignalKind::from_raw(Signal::CONT.as_raw()), Nudge::Continue),
    ];
    let streams = kinds.into_iter().map(|(kind, nudge)| Ok((signal(kind)?, nudge))).collect::<io::Result<Vec<_>>>()?;
    let nudges = streams.into_iter().map(|(mut stream, nudge)| {
        futures::stream::poll_fn(move |context| stream.poll_recv(context).map(|received| received.map(|()| nudge)))
    });
    Ok(futures::stream::select_all(nudges))
}

/// Something frames are drawn on.
pub(super) trait Surface<M = Model> {
    /// Its size in cells.
    fn size(&self) -> io::Result<Size>;
    /// Draws a frame.
    fn draw(&mut self, model: &M) -> io::Result<()>;
    /// Whether the last frame was left out, since the terminal had not taken the one before.
    fn is_behind(&self) -> bool {
        false
    }
    /// Forgets what is there, so that the next frame draws every cell.
    fn redraw(&mut self) -> io::Result<()>;
    /// Puts a text on the clipboard of the person's terminal.
    fn copy(&mut self, text: &str) -> io::Result<()>;
    /// Calls whoever looks elsewhere. What has no bell is quiet.
    fn alert(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }
    /// Gives the terminal back and stops the process until it is continued; `under_way` steps are left to themselves meanwhile.
    fn suspend(&mut self, under_way: usize) -> io::Result<()>;
    /// Takes the terminal again from whoever had it.
    fn retake(&mut self) -> io::Result<()>;
}

/// The loop itself, over any surface and any stream of terminal events.
pub(super) async fn drive(
    session: Session,
    surface: impl Surface,
    events: impl Stream<Item = io::Result<Event>> + Unpin,
    signals: impl Stream<Item = Nudge> + Unpin,
) -> Ending {
    let Session { run, mut updates, commands, clock, own, operator, options } = session;
    let size = match surface.size() {
        Ok(size) => size,
        Err(error) => return Ending { left: Err(TuiError::Open(error)), run, rest: updates },
    };
    let mut model = Model::new(operator, options, size, clock.now());
    model.run = run;
    let left = turns(&mut model, &mut updates, &commands, (&*clock, &*own), (surface, events, signals)).await;
    Ending { left, run: model.run, rest: updates }
}

/// Turn after turn, until the operator leaves or the terminal is lost.
async fn turns(
    model: &mut Model,
    updates: &mut UnboundedReceiver<Update>,
    commands: &UnboundedSender<Command>,
    (clock, own): (&dyn Clock, &dyn Clock),
    (mut surface, mut events, mut signals): (
        impl Surface,
        impl Stream<Item = io::Result<Event>> + Unpin,
        impl Stream<Item = Nudge> + Unpin,
    ),
) -> Result<Left, TuiError> {
    let mut open = true;
    let mut dirty = true;
    let mut cooling = false;
    let mut cool = own.sleep(Duration::ZERO);
    let mut ticking = true;
    let mut tick = own.sleep(SPIN);
    let mut catch_up = own.sleep(CATCH_UP);
    // A disk that hangs must not hold the screen.
    let mut writing = futures::stream::FuturesUnordered::new();
    loop {
        if dirty {
            // Not only when a resize is reported: one that comes together with keys may never be.
            let size = surface.size().map_err(TuiError::Draw)?;
            if size != model.size {
                update(model, Msg::Resize(size));
            }
            for cmd in update(model, Msg::Tick { now: clock.now(), own: own_time(own), speed: clock.rate() }) {
                if let Cmd::Alert(text) = cmd {
                    surface.alert(&text).map_err(TuiError::Draw)?;
                }
            }
            surface.draw(model).map_err(TuiError::Draw)?;
            // What nobody could see is not confirmed.
            if surface.is_behind() {
                catch_up = own.sleep(CATCH_UP);
            } else {
                update(model, Msg::Drawn);
            }
            dirty = false;
        }
        let mut wanted = Vec::new();
        tokio::select! {
            biased;
            Some(nudge) = signals.next() => match nudge {
                Nudge::End if model.ended || model.watching() => return Ok(if model.finished() { Left::Finished } else { Left::Quit }),
                Nudge::End => {}
                Nudge::Stop => wanted.push(Cmd::Suspend),
                Nudge::Continue => wanted.push(Cmd::Retake),
            },
            Some(kept) = writing.next() => {
                wanted.extend(update(model, Msg::Kept(kept)));
                dirty = true;
            }
            event = events.next() => {
                let mut next = Some(event);
                // What has queued up is taken as one batch, before the next frame: nothing in it can confirm a dialog that it opened.
                while let Some(event) = next {
                    let event = event.unwrap_or_else(|| Err(io::Error::other("no more keys can be read")));
                    let event = event.map_err(TuiError::Gone)?;
                    if let Some(msg) = message(event, own_time(own)) {
                        wanted.extend(update(model, msg));
                    }
                    next = if wanted.is_empty() { at_once(&mut events).await } else { None };
                }
                dirty = true;
            }
            taken = updates.recv(), if open && !cooling => {
                let mut next = taken;
                let mut room = BATCH;
                open = next.is_some();
                while let Some(update_) = next {
                    wanted.extend(update(model, translate(update_)));
                    room -= 1;
                    if room == 0 {
                        break;
                    }
                    let waiting = updates.try_recv();
                    open = waiting != Err(TryRecvError::Disconnected);
                    next = waiting.ok();
                }
                if !open {
                    wanted.extend(update(model, Msg::Ended));
                }
                (dirty, cooling) = (true, true);
                cool = own.sleep(FRAME);
            }
            () = &mut cool, if cooling => cooling = false,
            () = &mut catch_up, if surface.is_behind() => dirty = true,
            () = &mut tick, if ticking => {
                match until_next(model, clock.now()) {
                    Some(next) => tick = own.sleep(next),
                    None => ticking = false,
                }
                dirty = true;
            }
        }
        for cmd in wanted {
            match cmd {
                Cmd::Send(command) => {
                    if commands.send(command).is_err() {
                        return Ok(Left::Quit); // The driver has stopped: whoever started it says why.
                    }
                }
                Cmd::Leave(left) => return Ok(left),
                Cmd::Alert(text) => surface.alert(&text).map_err(TuiError::Draw)?,
                Cmd::Copy(text) => surface.copy(&text).map_err(TuiError::Draw)?,
                Cmd::Keep { name, text } => writing.push(keep(model.options.record.clone(), name, text)),
                Cmd::Redraw => surface.redraw().map_err(TuiError::Draw)?,
                Cmd::Suspend | Cmd::Retake => {
                    // Who only watches leaves nothing to itself.
                    let under_way = if model.watching() { 0 } else { model.in_flight().count() };
                    let taken = if cmd == Cmd::Suspend { surface.suspend(under_way) } else { surface.retake() };
                    taken.map_err(TuiError::Gone)?;
                    dirty = true;
                    let size = surface.size().map_err(TuiError::Draw)?;
                    update(model, Msg::Resize(size));
                }
            }
        }
    }
}

/// What has come already, without waiting. It is asked for with the loop's own waker: the terminal library keeps the first waker it is
/// given until something comes, and one that wakes nobody leaves the next key unread until something else happens. In a run that is over
/// nothing else ever does.
pub(super) async fn at_once<S: Stream + Unpin>(events: &mut S) -> Option<Option<S::Item>> {
    std::future::poll_fn(|context| match events.poll_next_unpin(context) {
        Poll::Ready(event) => Poll::Ready(Some(event)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Writes a text into the run's folder, beside the loop.
async fn keep(folder: PathBuf, name: String, text: String) -> Result<PathBuf, String> {
    let written = tokio::task::spawn_blocking(move || super::keep::keep(&folder, &name, &text)).await;
    written.unwrap_or_else(|error| Err(format!("Not written: {error}. C copies the text instead.")))
}

fn own_time(own: &dyn Clock) -> Duration {
    Duration::from_millis(own.now().mono_ms)
}

/// Our time until a frame is due by itself: the next picture of a spinner, else the next full second of the clocks. The clocks of a
/// run that is over stand, and so nothing is drawn before something happens.
fn until_next(model: &Model, now: Stamp) -> Option<Duration> {
    if model.finished() {
        return None;
    }
    let asking = model.state().is_some_and(|state| matches!(state.phase, RunPhase::Identifying | RunPhase::Opening { .. }));
    if asking || model.speed > 1.0 || model.in_flight().next().is_some() {
        return Some(SPIN);
    }
    let into_second = u64::try_from(now.wall.subsec_millisecond()).unwrap_or(0);
    Some(Duration::from_millis(1_001 - into_second.min(1_000)))
}

fn message(event: Event, at: Duration) -> Option<Msg> {
    Some(match event {
        Event::Key(key) => Msg::Key(key, at),
        Event::Mouse(mouse) => Msg::Mouse(mouse),
        Event::Resize(width, height) => Msg::Resize(Size { width, height }),
        Event::Paste(text) => Msg::Paste(text),
        Event::FocusLost => Msg::FocusLost,
        Event::FocusGained => return None,
    })
}

fn translate(update: Update) -> Msg {
    match update {
        Update::Record(record) | Update::Unsaved(record) => Msg::Record(record),
        Update::Unrecorded(why) => Msg::Unrecorded(why),
        Update::Telemetry(telemetry) => Msg::Telemetry(telemetry),
        Update::Refused(why) => Msg::Refused(why),
        Update::Driven(driver) => Msg::Driven(driver),
        Update::Ended => Msg::Ended,
    }
}
