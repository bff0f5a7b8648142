//! The loop of the home screen: keys, what is found, and time go in; frames and requests come out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, EventStream};
use futures::{Stream, StreamExt};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::data::Place;
use super::dialog::Kind;
use super::model::{Cmd, Left, Model, Msg, Request};
use super::update::update;
use super::view::view;
use crate::clock::Clock;
use crate::tui::app::{Nudge, Surface, at_once, signals};
use crate::tui::model::Options;
use crate::tui::terminal::{Paint, Screen};

/// Between two pictures of the spinner, while something is read.
const SPIN: Duration = Duration::from_millis(200);

/// What the command line gives the home screen.
#[derive(Debug)]
pub struct Session {
    /// What is found.
    pub found: UnboundedReceiver<Msg>,
    /// What is to be looked for.
    pub requests: UnboundedSender<Request>,
    /// The machine's own time.
    pub clock: Arc<dyn Clock>,
    /// Where it is, and who looks.
    pub place: Place,
    /// What the command line chose.
    pub options: Options,
}

impl Paint for Model {
    fn paint(&self, frame: &mut ratatui::Frame) {
        view(self, frame);
    }
}

/// Shows the home screen until something is chosen or it is left.
///
/// # Errors
/// The terminal cannot be taken, or is lost on the way. It is given back in any case.
pub async fn run(session: Session) -> io::Result<Left> {
    let screen = Screen::take()?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let interrupts = futures::stream::poll_fn(move |context| interrupt.poll_recv(context).map(|got| got.map(|()| Nudge::End)));
    drive(session, screen, EventStream::new(), futures::stream::select(signals()?, interrupts)).await
}

/// The loop itself, over any surface and any stream of terminal events.
pub(super) async fn drive(
    session: Session,
    mut surface: impl Surface<Model>,
    mut events: impl Stream<Item = io::Result<Event>> + Unpin,
    mut signals: impl Stream<Item = Nudge> + Unpin,
) -> io::Result<Left> {
    let Session { mut found, requests, clock, place, options } = session;
    let own = || Duration::from_millis(clock.now().mono_ms);
    let mut model = Model::new(place, options, surface.size()?, clock.now().wall);
    let mut open = requests.send(Request::Look).is_ok();
    let mut dirty = true;
    let mut tick = clock.sleep(SPIN);
    loop {
        if dirty {
            update(&mut model, Msg::Tick(clock.now().wall, own()));
            surface.draw(&model)?;
            update(&mut model, Msg::Drawn);
            dirty = false;
        }
        let mut wanted = Vec::new();
        let mut nudge = None;
        tokio::select! {
            biased;
            Some(got) = signals.next() => nudge = Some(got),
            event = events.next() => {
                let mut next = Some(event);
                // What has queued up is one batch, before the next frame: nothing in it can confirm a dialog that it opened.
                while let Some(event) = next {
                    let event = event.unwrap_or_else(|| Err(io::Error::other("no more keys can be read")))?;
                    if let Some(msg) = message(event, own()) {
                        wanted.extend(update(&mut model, msg));
                    }
                    next = if wanted.is_empty() { at_once(&mut events).await } else { None };
                }
                dirty = true;
            }
            got = found.recv(), if open => {
                let mut next = got;
                open = next.is_some();
                while let Some(msg) = next {
                    wanted.extend(update(&mut model, msg));
                    next = found.try_recv().ok();
                }
                if !open {
                    // Nobody looks any more: nothing will be found.
                    (model.reading_books.going, model.reading_runs.going) = (false, false);
                }
                dirty = true;
            }
            () = &mut tick => {
                tick = clock.sleep(until_next(&model));
                dirty = true;
            }
        }
        match nudge {
            Some(Nudge::End) => return Ok(Left::Quit),
            Some(Nudge::Stop) => wanted.push(Cmd::Suspend),
            Some(Nudge::Continue) => {
                surface.retake()?;
                update(&mut model, Msg::Resize(surface.size()?));
                dirty = true;
            }
            None => {}
        }
        for cmd in wanted {
            match cmd {
                Cmd::Ask(request) => {
                    open &= requests.send(request).is_ok();
                    tick = clock.sleep(SPIN);
                }
                Cmd::Leave(left) => return Ok(left),
                Cmd::Redraw => surface.redraw()?,
                Cmd::Suspend => {
                    surface.suspend(0)?;
                    update(&mut model, Msg::Resize(surface.size()?));
                    dirty = true;
                }
            }
        }
    }
}

/// Until a frame is due by itself: the next picture of a spinner, else the next minute.
fn until_next(model: &Model) -> Duration {
    let awaited = matches!(model.dialogs.last().map(|dialog| &dialog.kind), Some(Kind::Report(report)) if report.text.is_none());
    if model.reading() || awaited {
        return SPIN;
    }
    let into_minute = u64::try_from(model.now.as_second().rem_euclid(60)).unwrap_or(0);
    Duration::from_secs(60 - into_minute.min(59))
}

fn message(event: Event, at: Duration) -> Option<Msg> {
    Some(match event {
        Event::Key(key) => Msg::Key(key, at),
        Event::Mouse(mouse) => Msg::Mouse(mouse),
        Event::Resize(width, height) => Msg::Resize(ratatui::layout::Size { width, height }),
        Event::Paste(text) => Msg::Paste(text),
        Event::FocusLost => Msg::FocusLost,
        Event::FocusGained => return None,
    })
}
