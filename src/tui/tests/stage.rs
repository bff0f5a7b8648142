//! A model with hands: events, keys and frames for tests.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use super::picture::picture;
use super::support::{alice, at, identified, opened, plan, record, started};
use crate::engine::{Command, Event, RunKind};
use crate::plan::Plan;
use crate::tui::{Cmd, Model, Msg, Options, update, view};
use crate::view::Telemetry;

/// A model, the time, and the next record's number.
pub(super) struct Stage {
    pub(super) model: Model,
    pub(super) seconds: u64,
    seq: u64,
    /// The world's.
    pub(super) speed: f64,
    /// The hands' own time.
    hand: Duration,
}

impl Stage {
    /// An empty screen.
    pub(super) fn empty(width: u16, height: u16) -> Self {
        let options = Options { record: "/home/alice/.local/state/lifeboat/runs/20260312T024700Z-k3f9".into(), ..Options::default() };
        Self::with(options, width, height)
    }

    /// An empty screen with options.
    pub(super) fn with(options: Options, width: u16, height: u16) -> Self {
        let model = Model::new(alice(), options, Size { width, height }, at(0));
        Self { model, seconds: 0, seq: 0, speed: 60.0, hand: Duration::from_secs(100) }
    }

    /// A run of a kind at its gate.
    pub(super) fn at_gate(mut self, kind: RunKind) -> Self {
        self.begin(kind, plan());
        self
    }

    /// Starts a run and identifies it.
    pub(super) fn begin(&mut self, kind: RunKind, plan: Plan) {
        self.event(started(kind, plan));
        self.seconds = 2;
        self.events(identified());
    }

    /// The run is open.
    pub(super) fn open(mut self) -> Self {
        self.seconds = 20;
        self.event(opened());
        self
    }

    pub(super) fn event(&mut self, event: Event) {
        let record = record(self.seq, self.seconds, event);
        self.seq += 1;
        update(&mut self.model, Msg::Record(Box::new(record)));
    }

    pub(super) fn events(&mut self, events: Vec<Event>) {
        for event in events {
            self.event(event);
        }
    }

    pub(super) fn tell(&mut self, telemetry: Telemetry) {
        update(&mut self.model, Msg::Telemetry(telemetry));
    }

    /// Time goes by.
    pub(super) fn go_to(&mut self, seconds: u64) {
        self.seconds = seconds;
        update(&mut self.model, Msg::Tick { now: at(seconds), own: self.hand, speed: self.speed });
    }

    /// The frame, as text; the model counts as drawn.
    pub(super) fn frame(&mut self) -> String {
        text(&self.draw())
    }

    /// The frame, as text and style.
    pub(super) fn picture(&mut self) -> String {
        let mut terminal = self.draw();
        let cursor = terminal.backend().cursor_visible().then(|| terminal.get_cursor_position().expect("a test backend does not fail"));
        let kind = self.model.kind();
        picture(&text(&terminal), terminal.backend().buffer(), cursor, &self.model.theme, kind)
    }

    fn draw(&mut self) -> Terminal<TestBackend> {
        update(&mut self.model, Msg::Tick { now: at(self.seconds), own: self.hand, speed: self.speed });
        let mut terminal = Terminal::new(TestBackend::new(self.model.size.width, self.model.size.height)).expect("a test backend");
        terminal.draw(|frame| view(&self.model, frame)).expect("a test backend does not fail");
        update(&mut self.model, Msg::Drawn);
        terminal
    }

    /// A fresh key press, two seconds after the last, on a drawn screen.
    pub(super) fn press(&mut self, code: KeyCode) -> Vec<Cmd> {
        self.frame();
        self.hand += Duration::from_secs(2);
        self.raw(KeyEvent::from(code))
    }

    /// A key event, `later` after the last.
    pub(super) fn after(&mut self, later: Duration, event: KeyEvent) -> Vec<Cmd> {
        self.hand += later;
        self.raw(event)
    }

    /// A key event at the same moment as the last, with nothing drawn between.
    pub(super) fn raw(&mut self, event: KeyEvent) -> Vec<Cmd> {
        update(&mut self.model, Msg::Key(event, self.hand))
    }

    /// Text, key by key.
    pub(super) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            assert_eq!(self.press(KeyCode::Char(c)), []);
        }
    }

    /// Enter, and the command it sent, if any.
    pub(super) fn enter(&mut self) -> Option<Command> {
        match self.press(KeyCode::Enter).pop() {
            Some(Cmd::Send(command)) => Some(command),
            _ => None,
        }
    }
}

/// What stands on the screen.
fn text(terminal: &Terminal<TestBackend>) -> String {
    // The backend quotes each line and names the cells that wide characters hide.
    let line = |line: &str| {
        let line = line.split_once("\" Hidden").map_or(line, |(line, _)| line);
        line.trim_start_matches('"').trim_end_matches('"').to_owned()
    };
    terminal.backend().to_string().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Enter as a terminal with the newer protocol reports it when it is held.
pub(super) fn repeat(code: KeyCode) -> KeyEvent {
    KeyEvent::new_with_kind(code, KeyModifiers::NONE, KeyEventKind::Repeat)
}
