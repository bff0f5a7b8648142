//! Driving a drill, at its start or taken up again: its speed, its hands, its pace.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::args;
use super::drive::{Begin, Drive, default_output, drive, runtime};
use super::exit::Exit;
use super::hands::{refuse_what_is_not_asked, said};
use super::say::problem;
use crate::clock::Clock;
use crate::driver::{self, Orders, Pace, Said};
use crate::engine::Actor;
use crate::journal::Journal;
use crate::plan::Plan;
use crate::world::live::LiveClock;
use crate::world::sim::{SimWorld, Speed};

/// The speed of a drill on the screen.
const SCREEN_SPEED: f64 = 60.0;

/// The name of the world file's copy in a drill's folder.
pub(super) const WORLD_FILE: &str = "world.yaml";
/// The name of the world's log in a drill's folder.
pub(super) const WORLD_LOG: &str = "world.jsonl";

/// How a drill is driven.
pub(super) struct Rehearsal {
    pub(super) speed: Speed,
    output: args::Output,
    /// What the autopilot gives beforehand; `None` where a person is at the screen.
    autopilot: Option<Said>,
    screen: args::Screen,
    orders: Orders,
}

/// Who confirms a drill, by the command line.
pub(super) struct Hands<'a> {
    /// The autopilot, also at the screen.
    pub(super) autopilot: bool,
    /// What it gives in the place of examples.
    pub(super) said: &'a args::Said,
}

impl Rehearsal {
    /// As the command line asks for it.
    ///
    /// # Errors
    /// A speed that the screen cannot show; an answer to what the plan does not ask.
    pub(super) fn new(
        pace: &args::DrillPace,
        output: Option<args::Output>,
        screen: &args::Screen,
        hands: Hands<'_>,
        plan: &Plan,
        orders: Orders,
    ) -> Result<Self, Exit> {
        let fastest = matches!(pace.speed, Some(args::Speed::Max));
        let output = default_output(output, fastest);
        if output == args::Output::Tui && fastest {
            problem("the screen cannot keep up with --speed max", Some("give a number, or leave the screen out with --output line"));
            return Err(Exit::BadInput);
        }
        let speed = match (pace.speed, output) {
            (Some(args::Speed::Times(times)), _) => Speed::Times(times),
            (None, args::Output::Tui) => Speed::Times(SCREEN_SPEED),
            (Some(args::Speed::Max), _) | (None, _) => Speed::Max,
        };
        let autopilot = hands.autopilot || output != args::Output::Tui;
        refuse_what_is_not_asked(hands.said, plan, !autopilot)?;
        Ok(Self { speed, output, autopilot: autopilot.then(|| said(hands.said)), screen: screen.clone(), orders })
    }

    /// The runtime for its speed.
    ///
    /// # Errors
    /// There is none to be had.
    pub(super) fn runtime(&self) -> Result<tokio::runtime::Runtime, Exit> {
        runtime(self.speed == Speed::Max).map_err(|error| {
            problem(&format!("the drill cannot begin: {error}"), None);
            Exit::Short
        })
    }

    /// Drives it to its end.
    pub(super) async fn drive(self, world: Arc<SimWorld>, journal: Journal, operator: Actor, begin: Begin) -> Exit {
        let autopilot = |said| driver::Hands::Autopilot { reads_for: world.operator_reads_for(), said };
        let hands = self.autopilot.map_or(driver::Hands::Person, autopilot);
        let machine = Arc::new(LiveClock::new());
        let pace: Option<Arc<dyn Pace>> = match self.speed {
            Speed::Times(times) => {
                let pace = WorldPace { world: Arc::clone(&world), times, machine: Arc::clone(&machine), stopped_ms: AtomicU64::new(0) };
                Some(Arc::new(pace))
            }
            Speed::Max => None,
        };
        let setup = Drive {
            world: world.clone(),
            drill: Some(world),
            journal,
            hands,
            orders: self.orders,
            operator,
            output: self.output,
            screen: self.screen,
            pace,
            machine: (self.speed != Speed::Max).then_some(machine as Arc<dyn Clock>),
            claim: None,
        };
        drive(setup, begin).await
    }
}

/// The world's time beside ours. It stands still while the process is stopped. While only a person is waited for, the world's time
/// goes no faster than theirs: reading must not cost minutes.
struct WorldPace {
    world: Arc<SimWorld>,
    times: f64,
    machine: Arc<LiveClock>,
    /// For how long the process had been stopped when the world was last held back.
    stopped_ms: AtomicU64,
}

impl Pace for WorldPace {
    fn waiting_for_person(&self, waiting: bool) {
        self.world.sim_clock().set_rate(if waiting { self.times.min(1.0) } else { self.times });
    }

    fn stood_still(&self) {
        let stopped = self.machine.stopped();
        let before = self.stopped_ms.swap(stopped.as_millis().try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
        self.world.sim_clock().hold_back(stopped.saturating_sub(Duration::from_millis(before)));
    }
}
