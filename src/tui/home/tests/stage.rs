//! A home screen with hands: a project, keys and frames for tests.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use crate::engine::{Actor, ActorKind, Outcome, RunKind};
use crate::journal::{Holder, RunInfo, Standing};
use crate::tui::home::data::{Asks, Book, Finding, Param, Place, Run, Target};
use crate::tui::home::model::{Cmd, Model, Msg};
use crate::tui::home::update::update;
use crate::tui::home::view::view;
use crate::tui::model::Options;
use crate::tui::tests::picture::picture;

pub(super) fn now() -> Timestamp {
    "2026-03-12T12:04:31Z".parse().expect("a time")
}

/// A whole number from 3 to 40, and no plan for 13 nodes.
#[derive(Debug)]
struct Rules;

impl Asks for Rules {
    fn problem(&self, param: &str, value: &str) -> Option<String> {
        let fits = match param {
            "node_count" => value.parse::<u32>().is_ok_and(|n| (3..=40).contains(&n)),
            "tier" => ["gold", "silver", "bronze"].contains(&value),
            _ => !value.contains('!'),
        };
        (!fits).then(|| format!("`{value}` is not allowed for parameter `{param}`: it takes a whole number from 3 to 40"))
    }

    fn plan(&self, given: &[(String, String)]) -> Result<Vec<Target>, String> {
        match given.iter().find(|(name, _)| name == "node_count") {
            Some((_, count)) if count == "13" => Err("thirteen nodes are no plan".into()),
            _ => Ok(vec![target()]),
        }
    }
}

fn target() -> Target {
    Target { id: "dr".into(), region: "us-east-1".into(), account: Some("123456789012".into()) }
}

fn param(name: &str, takes: &str, default: Option<&str>, description: &str, choices: &[&str]) -> Param {
    Param {
        name: name.into(),
        takes: takes.into(),
        default: default.map(str::to_owned),
        description: (!description.is_empty()).then(|| description.to_owned()),
        choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
    }
}

/// The flagship, with parameters of every sort.
pub(super) fn failover() -> Book {
    Book {
        file: "runbooks/regional_failover.yaml".into(),
        name: "regional_failover".into(),
        title: "Fail the core API over to us-east-1".into(),
        description: "Promotes the replica, scales the standby, sends the traffic there.\n\n**Use it when** the region is gone.".into(),
        owners: vec!["sre_on_call".into(), "platform_data".into()],
        severity: Some("SEV-1".into()),
        rto: Some(3_600.0),
        rpo: Some(300.0),
        world: Some("worlds/region_loss.yaml".into()),
        failback: Some("regional_failback.yaml".into()),
        targets: vec![target()],
        steps: vec!["Declare the incident".into(), "Promote the orders replica".into(), "Send the traffic".into()],
        params: vec![
            param("ticket", "a text", None, "The incident's ticket", &[]),
            param("node_count", "a whole number from 3 to 40", Some("12"), "Nodes for full load", &[]),
            param("tier", "one of gold, silver, bronze", Some("gold"), "", &["gold", "silver", "bronze"]),
        ],
        counts: (0, 0),
        findings: Vec::new(),
        asks: Some(Arc::new(Rules)),
    }
}

/// One without parameters, never rehearsed, with a warning.
pub(super) fn failback() -> Book {
    Book {
        file: "runbooks/regional_failback.yaml".into(),
        name: "regional_failback".into(),
        title: "Take the core API back to eu-west-1".into(),
        params: Vec::new(),
        counts: (0, 1),
        findings: vec![Finding {
            error: false,
            place: Some((9, 3)),
            message: "nothing says how much data may be lost".into(),
            help: Some("write `objectives: {rpo: 5m}`".into()),
        }],
        ..failover()
    }
}

/// One that is broken.
pub(super) fn broken() -> Book {
    Book {
        file: "cache_flush.yaml".into(),
        name: "cache_flush".into(),
        title: "Flush the caches".into(),
        rto: None,
        counts: (2, 0),
        findings: vec![
            Finding {
                error: true,
                place: Some((14, 13)),
                message: "there is no action `rds.promote_replica`\u{1b}[2J".into(),
                help: Some("did you mean `rds.promote_read_replica`?".into()),
            },
            Finding { error: true, place: Some((20, 5)), message: "step `flush` needs itself".into(), help: None },
        ],
        asks: None,
        ..failback()
    }
}

fn actor(name: &str) -> Actor {
    Actor { name: name.into(), host: "bastion".into(), kind: ActorKind::Person }
}

/// A run that was begun on a day of March and took so long.
pub(super) fn run(name: &str, begun: &str, kind: RunKind, took: i64, standing: Standing) -> Run {
    run_after(0, name, begun, kind, took, standing)
}

/// The same, so many seconds after the outage began.
pub(super) fn run_after(begun_late: i64, name: &str, begun: &str, kind: RunKind, took: i64, standing: Standing) -> Run {
    let started: Timestamp = "2026-02-01T02:47:00Z".parse().expect("a time");
    Run {
        run: name.into(),
        begun: begun.parse().ok(),
        folder: format!("/home/alice/.local/state/lifeboat/runs/{name}").into(),
        info: Ok(RunInfo {
            endpoints: Vec::new(),
            kind,
            world: (kind == RunKind::Drill).then(|| "region_loss".into()),
            name: "regional_failover".into(),
            title: "Fail the core API over to us-east-1".into(),
            by: actor("alice"),
            started,
            outage: started - jiff::SignedDuration::from_secs(begun_late),
            last: started + jiff::SignedDuration::from_secs(took),
            records: 88,
            standing,
            driver: None,
        }),
    }
}

fn finished(outcome: Outcome, reason: &str) -> Standing {
    Standing::Finished { outcome, reason: reason.into() }
}

fn driven(mut run: Run) -> Run {
    let holder = Holder { name: "bob".into(), host: "ops-1".into(), pid: 4711, since: now() };
    if let Ok(info) = &mut run.info {
        info.driver = Some(Some(holder));
    }
    run
}

/// Newest first: driven live, paused live, paused drill, a damaged one, drills that ended.
pub(super) fn runs() -> Vec<Run> {
    let paused = || Standing::Paused { reason: "SIGTERM received".into() };
    vec![
        driven(run("20260312T114700Z-k3f9", "2026-03-12T11:47:00Z", RunKind::Live, 900, Standing::Open)),
        run("20260312T104700Z-live", "2026-03-12T10:47:00Z", RunKind::Live, 120, paused()),
        run("20260310T024700Z-22ab", "2026-03-10T02:47:00Z", RunKind::Drill, 300, paused()),
        Run {
            info: Err("line 7 of journal.jsonl is not what was written".into()),
            ..run("20260309T024700Z-bad2", "2026-03-09T02:47:00Z", RunKind::Drill, 0, paused())
        },
        run("20260301T024700Z-77xy", "2026-03-01T02:47:00Z", RunKind::Drill, 4_210, finished(Outcome::Succeeded, "every step is done")),
        run("20251103T024700Z-88zz", "2025-11-03T02:47:00Z", RunKind::DryRun, 41, finished(Outcome::Failed, "flip_dns failed")),
    ]
}

/// The model, and the hands' own time.
pub(super) struct Stage {
    pub(super) model: Model,
    pub(super) hand: Duration,
}

impl Stage {
    /// Before anything was found.
    pub(super) fn empty(width: u16, height: u16) -> Self {
        Self::with(Options::default(), width, height)
    }

    pub(super) fn with(options: Options, width: u16, height: u16) -> Self {
        let place = Place {
            folder: "/home/alice/core-api".into(),
            state: "/home/alice/.local/state/lifeboat".into(),
            operator: "alice on bastion".into(),
        };
        Self { model: Model::new(place, options, Size { width, height }, now()), hand: Duration::from_secs(100) }
    }

    /// A project with everything in it.
    pub(super) fn project(width: u16, height: u16) -> Self {
        Self::empty(width, height).filled()
    }

    pub(super) fn filled(mut self) -> Self {
        self.found(vec![broken(), failback(), failover()], runs());
        self
    }

    pub(super) fn found(&mut self, books: Vec<Book>, runs: Vec<Run>) {
        let (books, runs): (Vec<_>, Vec<_>) = (books.into_iter().map(Arc::new).collect(), runs.into_iter().map(Arc::new).collect());
        self.tell(Msg::Books { of: books.len(), books, short: None });
        self.tell(Msg::Runs { of: runs.len(), runs, problem: None });
    }

    pub(super) fn tell(&mut self, msg: Msg) {
        assert_eq!(update(&mut self.model, msg), []);
    }

    /// The frame, as text; the model counts as drawn.
    pub(super) fn frame(&mut self) -> String {
        text(&self.draw())
    }

    /// The frame, as text and style.
    pub(super) fn picture(&mut self) -> String {
        let mut terminal = self.draw();
        let cursor = terminal.backend().cursor_visible().then(|| terminal.get_cursor_position().expect("a test backend does not fail"));
        let kind = self.model.dialogs.last().and_then(|dialog| dialog.run_kind());
        picture(&text(&terminal), terminal.backend().buffer(), cursor, &self.model.theme, kind)
    }

    fn draw(&mut self) -> Terminal<TestBackend> {
        update(&mut self.model, Msg::Tick(now(), self.hand));
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

    /// A key at the same moment as the last, with nothing drawn between.
    pub(super) fn raw(&mut self, event: KeyEvent) -> Vec<Cmd> {
        update(&mut self.model, Msg::Key(event, self.hand))
    }

    /// Text, key by key.
    pub(super) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            assert_eq!(self.press(KeyCode::Char(c)), []);
        }
    }

    /// Down so many lines.
    pub(super) fn down(mut self, lines: usize) -> Self {
        for _ in 0..lines {
            self.press(KeyCode::Down);
        }
        self
    }
}

/// What stands on the screen.
fn text(terminal: &Terminal<TestBackend>) -> String {
    let lines = terminal.backend().to_string();
    lines.lines().map(|line| line.trim_start_matches('"').trim_end_matches('"').to_owned()).collect::<Vec<_>>().join("\n")
}
