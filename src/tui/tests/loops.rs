//! The loop itself, over a made-up terminal.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crossterm::event::{Event as Input, KeyCode, KeyEvent};
use futures::channel::mpsc::{UnboundedSender, unbounded};
use ratatui::layout::Size;
use tokio::sync::mpsc::unbounded_channel;

use super::keys::{Keys, PATIENCE};
use super::support::*;
use crate::clock::{Clock, Stamp};
use crate::engine::{Command, Outcome, RunKind};
use crate::tui::app::{Nudge, Surface, drive};
use crate::tui::{Left, Model, Options, Session, TuiError};
use crate::view::{RunView, Update};

/// Time that stands still: nothing happens but what the test does.
#[derive(Debug)]
struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Stamp {
        at(30)
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }
}

/// Draws nothing and tells the test what would be on the screen.
struct Paper(tokio::sync::mpsc::UnboundedSender<(usize, usize)>, Arc<Mutex<Vec<&'static str>>>);

impl Surface for Paper {
    fn size(&self) -> io::Result<Size> {
        Ok(Size { width: 80, height: 24 })
    }

    fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.0.send((model.run.timeline.len(), model.dialogs.len())).map_err(io::Error::other)
    }

    fn redraw(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, _: &str) -> io::Result<()> {
        self.1.lock().expect("no panic").push("copied");
        Ok(())
    }

    fn suspend(&mut self, _: usize) -> io::Result<()> {
        self.1.lock().expect("no panic").push("suspended");
        Ok(())
    }

    fn retake(&mut self) -> io::Result<()> {
        self.1.lock().expect("no panic").push("retaken");
        Ok(())
    }
}

struct Wires {
    updates: tokio::sync::mpsc::UnboundedSender<Update>,
    commands: tokio::sync::mpsc::UnboundedReceiver<Command>,
    keys: UnboundedSender<io::Result<Input>>,
    frames: tokio::sync::mpsc::UnboundedReceiver<(usize, usize)>,
    signals: UnboundedSender<Nudge>,
    told: Arc<Mutex<Vec<&'static str>>>,
}

fn wired() -> (Wires, impl Future<Output = Result<Left, TuiError>>) {
    wired_with(Arc::new(Still))
}

fn wired_with(clock: Arc<dyn Clock>) -> (Wires, impl Future<Output = Result<Left, TuiError>>) {
    let (updates, from_driver) = unbounded_channel();
    let (to_driver, commands) = unbounded_channel();
    let (keys, events) = unbounded();
    let (paper, frames) = unbounded_channel();
    let session = Session {
        run: RunView::new(),
        updates: from_driver,
        commands: to_driver,
        clock: Arc::clone(&clock),
        own: clock,
        operator: alice(),
        options: Options::default(),
    };
    let (signals, nudges) = unbounded();
    let told = Arc::new(Mutex::new(Vec::new()));
    let paper = Paper(paper, Arc::clone(&told));
    (Wires { updates, commands, keys, frames, signals, told }, async move { drive(session, paper, events, nudges).await.left })
}

fn press(code: KeyCode) -> io::Result<Input> {
    Ok(Input::Key(KeyEvent::from(code)))
}

fn tell(wires: &Wires, events: Vec<crate::engine::Event>) {
    for (seq, event) in events.into_iter().enumerate() {
        wires.updates.send(Update::Record(Box::new(record(seq as u64, 0, event)))).expect("the loop listens");
    }
}

fn gate() -> Vec<crate::engine::Event> {
    let mut events = vec![started(RunKind::Drill, plan())];
    events.extend(identified());
    events
}

#[tokio::test]
async fn the_first_frame_waits_for_nothing() {
    let (mut wires, driven) = wired();
    tokio::select! {
        biased;
        left = driven => panic!("left: {left:?}"),
        frame = wires.frames.recv() => assert_eq!(frame, Some((0, 0))),
    }
}

/// A terminal that grows without a word of it, and tells for which size each frame is.
struct Growing(u16, tokio::sync::mpsc::UnboundedSender<(u16, Size)>);

impl Surface for Growing {
    fn size(&self) -> io::Result<Size> {
        Ok(Size { width: self.0, height: 24 })
    }

    fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.1.send((self.0, model.size)).map_err(io::Error::other)?;
        self.0 += 1;
        Ok(())
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

/// The report of a resize can be lost when keys come with it. A model that believes in the old size would lay out, and take keys, for it.
#[tokio::test]
async fn a_resize_that_was_never_reported_is_seen_before_the_next_frame() {
    let (_updates, from_driver) = unbounded_channel();
    let (to_driver, _commands) = unbounded_channel();
    let (keys, events) = unbounded();
    let (_signals, nudges) = unbounded();
    let (drawn, mut frames) = unbounded_channel();
    let (clock, own) = (Arc::new(Still), Arc::new(Still));
    let session = Session {
        run: RunView::new(),
        updates: from_driver,
        commands: to_driver,
        clock,
        own,
        operator: alice(),
        options: Options::default(),
    };
    let watch = async {
        for width in 80..83 {
            assert_eq!(frames.recv().await, Some((width, Size { width, height: 24 })));
            keys.unbounded_send(press(KeyCode::Char('?'))).expect("the loop listens");
        }
    };
    tokio::select! {
        ending = drive(session, Growing(80, drawn), events, nudges) => panic!("left: {:?}", ending.left),
        () = watch => {}
    }
}

#[tokio::test]
async fn a_flood_of_updates_costs_one_frame_and_keys_still_work() {
    let (mut wires, driven) = wired();
    let mut events = gate();
    events.extend((0..1_000).map(|_| crate::engine::Event::Note { by: alice(), text: "flood".into(), at: None }));
    tell(&wires, events);
    let watch = async {
        assert_eq!(wires.frames.recv().await, Some((0, 0)));
        let (lines, _) = wires.frames.recv().await.expect("a frame");
        assert!(lines >= 1_000, "{lines} lines in the second frame");
        // The next updates wait for the frame's pace, which never comes with a clock that stands still; a key does not wait.
        tell(&wires, vec![crate::engine::Event::Note { by: alice(), text: "later".into(), at: None }]);
        wires.keys.unbounded_send(press(KeyCode::Char('?'))).expect("the loop listens");
        assert_eq!(wires.frames.recv().await, Some((lines, 1)));
    };
    tokio::select! {
        biased;
        left = driven => panic!("left: {left:?}"),
        () = watch => {}
    }
}

#[tokio::test]
async fn two_enters_in_one_batch_only_open_the_dialog() {
    let (mut wires, driven) = wired();
    tell(&wires, gate());
    let watch = async {
        wires.frames.recv().await;
        wires.frames.recv().await;
        for _ in 0..3 {
            wires.keys.unbounded_send(press(KeyCode::Enter)).expect("the loop listens");
        }
        assert_eq!(wires.frames.recv().await.map(|(_, dialogs)| dialogs), Some(1));
        assert!(wires.commands.try_recv().is_err(), "nothing was sent");
    };
    tokio::select! {
        biased;
        left = driven => panic!("left: {left:?}"),
        () = watch => {}
    }
}

#[tokio::test]
async fn leaving_a_finished_run() {
    let (wires, driven) = wired();
    let mut events = gate();
    events.push(finished(Outcome::Aborted, "enough"));
    tell(&wires, events);
    wires.updates.send(Update::Ended).expect("the loop listens");
    let quit = async {
        let mut frames = wires.frames;
        frames.recv().await;
        frames.recv().await;
        wires.keys.unbounded_send(press(KeyCode::Char('q'))).expect("the loop listens");
        while frames.recv().await.is_some() {}
    };
    let (left, ()) = tokio::join!(driven, quit);
    assert!(matches!(left, Ok(Left::Finished)), "{left:?}");
}

/// Nothing else happens any more in a run that is over: no clock goes on, no record comes. Each key must be seen all the same.
#[tokio::test]
async fn every_key_is_seen_where_nothing_else_happens() {
    let (updates, from_driver) = unbounded_channel();
    let (commands, _commands) = unbounded_channel();
    let (paper, mut frames) = unbounded_channel();
    let clock: Arc<dyn Clock> = Arc::new(Still);
    let (own, operator, options) = (Arc::clone(&clock), alice(), Options::default());
    let session = Session { run: RunView::new(), updates: from_driver, commands, clock, own, operator, options };
    let keys = Keys::default();
    let driven = tokio::spawn(drive(session, Paper(paper, Arc::default()), keys.clone(), futures::stream::pending()));
    let mut events = gate();
    events.push(finished(Outcome::Aborted, "enough"));
    for (seq, event) in events.into_iter().enumerate() {
        updates.send(Update::Record(Box::new(record(seq as u64, 0, event)))).expect("the loop listens");
    }
    while tokio::time::timeout(PATIENCE, frames.recv()).await.expect("a frame").is_some_and(|(entries, _)| entries < 4) {}
    for key in ['t', 'c', 'P', 'o', '1', '?'] {
        keys.press(KeyCode::Char(key));
        assert!(tokio::time::timeout(PATIENCE, frames.recv()).await.is_ok(), "{key} was never seen");
    }
    keys.press(KeyCode::Esc);
    tokio::time::timeout(PATIENCE, frames.recv()).await.expect("esc was never seen");
    keys.press(KeyCode::Char('q'));
    let left = tokio::time::timeout(PATIENCE, driven).await.expect("q was never seen").expect("no panic").left;
    assert!(matches!(left, Ok(Left::Finished)), "{left:?}");
}

/// Time that goes by as soon as somebody sleeps.
#[derive(Debug)]
struct Racing;

#[async_trait]
impl Clock for Racing {
    fn now(&self) -> Stamp {
        at(30)
    }

    async fn sleep(&self, _: Duration) {
        tokio::task::yield_now().await;
    }
}

/// Frames drawn while the loop is given a thousand turns, after what was sent has been taken.
async fn frames_in_a_thousand_turns(events: Vec<crate::engine::Event>) -> usize {
    let (mut wires, driven) = wired_with(Arc::new(Racing));
    tell(&wires, events);
    let watch = async {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        while wires.frames.try_recv().is_ok() {}
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        std::iter::from_fn(|| wires.frames.try_recv().ok()).count()
    };
    tokio::select! {
        left = driven => panic!("left: {left:?}"),
        frames = watch => frames,
    }
}

#[tokio::test]
async fn a_run_that_is_over_draws_nothing_whatever_time_goes_by() {
    let mut events = gate();
    assert!(frames_in_a_thousand_turns(events.clone()).await > 0, "the clocks of a run that waits move");
    events.push(finished(Outcome::Aborted, "enough"));
    assert_eq!(frames_in_a_thousand_turns(events).await, 0);
}

#[tokio::test]
async fn what_was_folded_and_what_was_not_taken_are_left_behind() {
    let (updates, from_driver) = unbounded_channel();
    let (commands, _told) = unbounded_channel();
    let mut before = RunView::new();
    let mut events = gate().into_iter().enumerate().map(|(seq, event)| record(seq as u64, 0, event));
    before.record(&events.next().expect("the beginning"));
    let session = Session {
        run: before,
        updates: from_driver,
        commands,
        clock: Arc::new(Still),
        own: Arc::new(Still),
        operator: alice(),
        options: Options::default(),
    };
    for record in events {
        updates.send(Update::Record(Box::new(record))).expect("the loop has not begun");
    }
    let (paper, _frames) = unbounded_channel();
    let keys = futures::stream::iter([Err(io::Error::other("unplugged"))]);
    let ending = drive(session, Paper(paper, Arc::default()), keys, futures::stream::pending()).await;
    assert!(matches!(ending.left, Err(TuiError::Gone(_))), "{:?}", ending.left);
    let (mut run, mut rest) = (ending.run, ending.rest);
    assert_eq!(run.records, 1, "what was known before is shown; the terminal went before anything else was taken");
    while let Ok(Update::Record(record)) = rest.try_recv() {
        run.record(&record);
    }
    assert_eq!(run.records, gate().len() as u64);
}

#[tokio::test]
async fn a_terminal_that_vanishes_is_an_error_not_a_loop() {
    let (wires, driven) = wired();
    drop(wires.keys);
    assert!(matches!(driven.await, Err(TuiError::Draw(_) | TuiError::Gone(_))));
}

#[tokio::test]
async fn a_driver_that_stops_before_the_end_gives_the_terminal_back() {
    let (wires, driven) = wired();
    tell(&wires, gate());
    drop(wires.updates);
    assert!(matches!(driven.await, Ok(Left::Quit)));
}

#[tokio::test]
async fn a_stop_from_outside_is_obeyed_also_while_work_is_under_way_and_the_screen_is_drawn_anew_after_it() {
    let (mut wires, driven) = wired();
    let mut events = gate();
    events.push(opened());
    events.extend(proposed("scale_system", 1));
    events.extend(applied("scale_system", crate::engine::Given::Enter, Vec::new()));
    tell(&wires, events);
    let watch = async {
        wires.frames.recv().await;
        wires.frames.recv().await;
        // The key is refused while work is under way: the hand may have slipped. A signal is somebody's will.
        let ctrl_z = KeyEvent::new(KeyCode::Char('z'), crossterm::event::KeyModifiers::CONTROL);
        wires.keys.unbounded_send(Ok(Input::Key(ctrl_z))).expect("the loop listens");
        wires.frames.recv().await;
        assert!(wires.told.lock().expect("no panic").is_empty());
        wires.signals.unbounded_send(Nudge::Stop).expect("the loop listens");
        assert!(wires.frames.recv().await.is_some(), "a frame after it");
        wires.signals.unbounded_send(Nudge::Continue).expect("the loop listens");
        assert!(wires.frames.recv().await.is_some(), "a frame after it");
        assert_eq!(*wires.told.lock().expect("no panic"), ["suspended", "retaken"]);
    };
    tokio::select! {
        biased;
        left = driven => panic!("left: {left:?}"),
        () = watch => {}
    }
}
