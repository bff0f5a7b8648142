//! A drill by keys: the driver, the simulated world and the screen of the program, in virtual time, so that every drill of the same
//! runbook in the same world by the same keys shows the same frames, to the last cell. It runs as with `--speed 1`: where the speed of a
//! world changes on the way, tokio wakes who sleeps in no certain order.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use indexmap::IndexMap;
use lifeboat::clock::Clock as _;
use lifeboat::driver::{Driver, Hands, Message, Orders, Setup};
use lifeboat::engine::{Actor, ActorKind, Event, RunKind, WorldName};
use lifeboat::journal::{Holder, Store};
use lifeboat::runbook::spec::Catalog;
use lifeboat::tui::theme::Theme;
use lifeboat::tui::{self, Cmd, Model, Msg};
use lifeboat::view::Update;
use lifeboat::world::sim::{Definition, SimWorld, Speed};
use lifeboat::{plan, runbook};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

/// What is never waited for longer, by virtual time.
const PATIENCE: Duration = Duration::from_mins(40);

/// The screen and the hands; the rest is behind the two channels.
pub(crate) struct Drill {
    model: Model,
    world: Arc<SimWorld>,
    updates: UnboundedReceiver<Update>,
    messages: UnboundedSender<Message>,
    opened: Instant,
    _home: tempfile::TempDir,
}

/// Brings the stopped clock to where tokio's timers tick. They tick in whole milliseconds since the runtime was made, and the clock was
/// stopped some microseconds later, never the same: which of two sleeps ends first would be a matter of luck.
pub(crate) async fn on_the_tick() {
    // Nanoseconds: the longest sleep that ends with this tick, and the shortest that ends with the next.
    let (mut this, mut next) = (0, 1_000_001);
    while next - this > 1 {
        let middle = (this + next) / 2;
        let begun = Instant::now();
        tokio::time::sleep(Duration::from_nanos(middle)).await;
        if begun.elapsed() <= Duration::from_millis(1) { this = middle } else { next = middle }
    }
    tokio::time::advance(Duration::from_nanos(this)).await;
}

impl Drill {
    /// Opens a drill of a runbook of the repository, in the world that it names, with `faults` added.
    pub(crate) fn open(file: &str, world: &str, faults: &str, size: Size) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let catalog = Catalog {
            actions: lifeboat::action::catalog().iter().map(|action| action.spec()).collect(),
            probes: lifeboat::probe::catalog().iter().map(|probe| probe.spec()).collect(),
        };
        let (source, document) = runbook::load(&root.join(file)).unwrap();
        let plan = plan::build(&source, &document, &catalog, &IndexMap::<String, String>::new()).unwrap();
        let text = std::fs::read_to_string(root.join(world)).unwrap() + faults;
        let definition = Definition::parse(Path::new(world), &text).unwrap_or_else(|error| panic!("{error}"));
        let world = SimWorld::start(definition, Speed::Max, None);

        let operator = Actor { name: "alice".into(), host: "bastion".into(), kind: ActorKind::Person };
        let run = "20260312T024700Z-k3f9";
        let home = tempfile::tempdir().unwrap();
        let holder = Holder { name: operator.name.clone(), host: operator.host.clone(), pid: 1, since: world.start_stamp().wall };
        let journal = Store::new(home.path().to_path_buf()).create(&run.into(), source.text.as_bytes(), &holder).unwrap();
        let (out, updates) = unbounded_channel();
        let setup = Setup {
            world: world.clone(),
            seed: Some(world.seed()),
            journal,
            hands: Hands::Person,
            orders: Orders::default(),
            claim: None,
            operator: operator.clone(),
            out: Box::new(out),
            pace: None,
            machine: None,
        };
        let started = Event::RunStarted {
            endpoints: Vec::new(),
            run: run.into(),
            kind: RunKind::Drill,
            world: Some(WorldName { name: world.name().to_owned(), digest: world.digest().clone(), seed: world.seed() }),
            by: operator.clone(),
            incident_start: world.incident_start(),
            plan_digest: plan.digest(),
            plan: plan.into(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            runbook: None,
            folder: None,
        };
        let (driver, messages) = Driver::start(setup, started).unwrap();
        tokio::spawn(driver.run(false));
        let record = PathBuf::from(format!("/home/alice/.local/state/lifeboat/runs/{run}"));
        let options = tui::Options { record, ..tui::Options::default() };
        let model = Model::new(operator, options, size, world.sim_clock().now());
        Self { model, world, updates, messages, opened: Instant::now(), _home: home }
    }

    fn hear(&mut self, update: Update) {
        let msg = match update {
            Update::Record(record) | Update::Unsaved(record) => Msg::Record(record),
            Update::Unrecorded(why) => Msg::Unrecorded(why),
            Update::Telemetry(telemetry) => Msg::Telemetry(telemetry),
            Update::Refused(why) => Msg::Refused(why),
            Update::Driven(driven) => Msg::Driven(driven),
            Update::Ended => Msg::Ended,
        };
        self.tell(msg);
    }

    fn tell(&mut self, msg: Msg) {
        for cmd in tui::update(&mut self.model, msg) {
            if let Cmd::Send(command) = cmd {
                self.messages.send(Message::Command(command)).unwrap();
            }
        }
    }

    /// The frame as it would be on the terminal now.
    pub(crate) fn frame(&mut self) -> Buffer {
        let clock = self.world.sim_clock();
        let tick = Msg::Tick { now: clock.now(), own: self.opened.elapsed(), speed: clock.rate() };
        self.tell(tick);
        let mut terminal = Terminal::new(TestBackend::new(self.model.size.width, self.model.size.height)).unwrap();
        terminal.draw(|frame| tui::view(&self.model, frame)).unwrap();
        self.tell(Msg::Drawn);
        terminal.backend().buffer().clone()
    }

    /// The frame in another look and size; the terminal keeps its own.
    pub(crate) fn frame_as(&mut self, palette: tui::Palette, size: Size) -> Buffer {
        let (theme, own) = (self.model.theme, self.model.size);
        self.model.theme = Theme::new(palette, true, false);
        self.tell(Msg::Resize(size));
        let frame = self.frame();
        self.model.theme = theme;
        self.tell(Msg::Resize(own));
        frame
    }

    fn text(&mut self) -> String {
        let frame = self.frame();
        let columns = usize::from(frame.area.width);
        frame.content.chunks(columns).map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>() + "\n").collect()
    }

    /// The hands rest; what happens meanwhile reaches the screen.
    pub(crate) async fn pass(&mut self, time: Duration) {
        let until = Instant::now() + time;
        loop {
            tokio::select! {
                biased;
                Some(update) = self.updates.recv() => self.hear(update),
                () = tokio::time::sleep_until(until) => return,
            }
        }
    }

    /// Rests until the screen is as wanted.
    pub(crate) async fn wait(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !wanted(&self.text()) {
            assert!(begun.elapsed() < PATIENCE, "never came: {what}\n{}", self.text());
            self.pass(Duration::from_millis(500)).await;
        }
    }

    /// Presses a key, on a screen that has been looked at.
    pub(crate) async fn press(&mut self, code: KeyCode) {
        self.frame();
        self.pass(if code == KeyCode::Enter { Duration::from_millis(1_500) } else { Duration::from_millis(120) }).await;
        self.frame();
        self.tell(Msg::Key(KeyEvent::from(code), self.opened.elapsed()));
        // Whoever is to answer gets to it before the next key.
        self.pass(Duration::from_millis(30)).await;
    }

    pub(crate) async fn type_text(&mut self, text: &str) {
        for character in text.chars() {
            self.press(KeyCode::Char(character)).await;
        }
    }

    pub(crate) async fn enter_until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        self.press_until(KeyCode::Enter, what, wanted).await;
    }

    /// Presses a key until the screen is as wanted.
    pub(crate) async fn press_until(&mut self, code: KeyCode, what: &str, wanted: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !wanted(&self.text()) {
            assert!(begun.elapsed() < PATIENCE, "never came: {what}\n{}", self.text());
            self.press(code).await;
        }
    }
}
