//! The loop of the home screen, over a made-up terminal.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use crossterm::event::{Event, KeyCode, KeyEvent};
use futures::channel::mpsc::unbounded;
use ratatui::layout::Size;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::stage::{failback, now};
use crate::clock::{Clock, Stamp};
use crate::engine::RunKind;
use crate::tui::app::{Nudge, Surface};
use crate::tui::home::app::drive;
use crate::tui::home::model::{Left, Model, Msg, Request, Start};
use crate::tui::home::{Place, Session};
use crate::tui::model::Options;
use crate::tui::tests::keys::{Keys, PATIENCE};

/// Time that stands still.
#[derive(Debug)]
struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Stamp {
        Stamp { wall: now(), mono_ms: 5_000 }
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }
}

/// Tells the test how many lines a frame would list.
struct Paper(UnboundedSender<usize>);

impl Surface<Model> for Paper {
    fn size(&self) -> io::Result<Size> {
        Ok(Size { width: 80, height: 24 })
    }

    fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.0.send(model.books.len()).map_err(io::Error::other)
    }

    fn redraw(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn retake(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_first_frame_waits_for_nothing_and_a_key_starts_what_was_found() {
    let (found, from_gatherer) = unbounded_channel();
    let (requests, mut asked) = unbounded_channel();
    let (keys, events) = unbounded();
    let (paper, mut frames) = unbounded_channel();
    let (_signals, nudges) = unbounded::<Nudge>();
    let session = Session { found: from_gatherer, requests, clock: Arc::new(Still), place: Place::default(), options: Options::default() };
    let hands = async {
        assert_eq!(asked.recv().await, Some(Request::Look));
        assert_eq!(frames.recv().await, Some(0), "drawn before anything was found");
        found.send(Msg::Books { books: vec![Arc::new(failback())], of: 1, short: None }).expect("the loop listens");
        assert_eq!(frames.recv().await, Some(1));
        keys.unbounded_send(Ok(Event::Key(KeyEvent::from(KeyCode::Char('d'))))).expect("the loop listens");
    };
    let (left, ()) = tokio::join!(drive(session, Paper(paper), events, nudges), hands);
    let file = "runbooks/regional_failback.yaml".into();
    assert_eq!(
        left.expect("no terminal to lose"),
        Left::Start(Start::Run { kind: RunKind::Drill, file, params: Vec::new(), outage: None })
    );
}

#[tokio::test]
async fn a_signal_and_a_lost_terminal_end_it() {
    let session = || {
        let (_, found) = unbounded_channel();
        let (requests, _) = unbounded_channel();
        Session { found, requests, clock: Arc::new(Still), place: Place::default(), options: Options::default() }
    };
    let (paper, _frames) = unbounded_channel();
    let (_keys, events) = unbounded();
    let (signals, nudges) = unbounded();
    signals.unbounded_send(Nudge::End).expect("the loop listens");
    assert_eq!(drive(session(), Paper(paper.clone()), events, nudges).await.expect("left"), Left::Quit);
    let (keys, events) = unbounded();
    let (_signals, nudges) = unbounded();
    drop(keys);
    assert!(drive(session(), Paper(paper), events, nudges).await.is_err());
}

#[tokio::test]
async fn every_key_is_seen_where_nothing_else_happens() {
    let (_found, from_gatherer) = unbounded_channel();
    let (requests, _asked) = unbounded_channel();
    let (paper, mut frames) = unbounded_channel();
    let session = Session { found: from_gatherer, requests, clock: Arc::new(Still), place: Place::default(), options: Options::default() };
    let keys = Keys::default();
    let driven = tokio::spawn(drive(session, Paper(paper), keys.clone(), futures::stream::pending()));
    tokio::time::timeout(PATIENCE, frames.recv()).await.expect("a frame");
    for key in [KeyCode::Char('?'), KeyCode::Esc, KeyCode::Down, KeyCode::Up] {
        keys.press(key);
        assert!(tokio::time::timeout(PATIENCE, frames.recv()).await.is_ok(), "{key:?} was never seen");
    }
    keys.press(KeyCode::Char('q'));
    let left = tokio::time::timeout(PATIENCE, driven).await.expect("q was never seen").expect("no panic");
    assert_eq!(left.expect("no terminal to lose"), Left::Quit);
}
