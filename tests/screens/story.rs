//! What the pictures show: a failover as a person walks through it, and one in which an answer is lost.

use std::time::Duration;

use crossterm::event::KeyCode;
use lifeboat::tui;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;

use crate::drill::{Drill, on_the_tick};
use crate::palette::{DARK, LIGHT, Palette};

const WIDE: Size = Size { width: 120, height: 40 };
const SMALL: Size = Size { width: 80, height: 24 };

const RUNBOOK: &str = "runbooks/regional_failover.yaml";
const WORLD: &str = "runbooks/worlds/region_loss.yaml";

/// The freeze never comes back, and nobody can see what a program did that was killed.
const LOST: &str = "
faults:
  - {service: process, operation: deployctl, hang: true, times: 1}
";

/// The node groups are busy with something else.
const FULL: &str = "
faults:
  - service: eks
    operation: UpdateNodegroupConfig
    error: {code: ResourceInUseException, status: 409, message: Nodegroup cannot be updated as it is currently not in Active State}
    times: 2
";

/// One picture.
pub(crate) struct Shot {
    /// Its file's name, without the ending.
    pub(crate) name: &'static str,
    /// What it shows, for those who cannot see it.
    pub(crate) title: &'static str,
    pub(crate) frame: Buffer,
    pub(crate) palette: &'static Palette,
}

/// Takes pictures on the way.
#[derive(Default)]
struct Album(Vec<Shot>);

impl Album {
    fn dark(&mut self, drill: &mut Drill, name: &'static str, title: &'static str, size: Size) {
        let frame = drill.frame_as(tui::Palette::Dark, size);
        self.0.push(Shot { name, title, frame, palette: &DARK });
    }

    fn light(&mut self, drill: &mut Drill, name: &'static str, title: &'static str, size: Size) {
        let frame = drill.frame_as(tui::Palette::Light, size);
        self.0.push(Shot { name, title, frame, palette: &LIGHT });
    }
}

/// All of them.
pub(crate) async fn shots() -> Vec<Shot> {
    on_the_tick().await;
    let mut album = Album::default();
    failover(&mut album).await;
    in_doubt(&mut album).await;
    failed(&mut album).await;
    album.0
}

/// From the gate to the first question.
async fn begun(faults: &str, album: &mut Album) -> Drill {
    let mut drill = Drill::open(RUNBOOK, WORLD, faults, WIDE);
    drill.wait("the open gate", |screen| screen.contains("READY")).await;
    drill.pass(Duration::from_secs(14)).await;
    if faults.is_empty() {
        album.dark(&mut drill, "gate", "A drill at its gate: the run's preconditions, sampled live, before it begins", WIDE);
    }
    drill.enter_until("the first step", |screen| screen.contains("WAITS FOR YOU: Declare")).await;
    drill.enter_until("its question", |screen| screen.contains("Confirm: Declare")).await;
    drill.type_text("INC-4711").await;
    drill.enter_until("the second step", |screen| screen.contains("WAITS FOR YOU: Freeze")).await;
    drill
}

/// Three steps are proposed side by side, and the replica's dialog is open, with the name typed.
async fn promoting(faults: &str, album: &mut Album) -> Drill {
    let mut drill = begun(faults, album).await;
    drill.enter_until("three branches", |screen| screen.contains("3 WAIT FOR YOU")).await;
    drill.pass(Duration::from_secs(25)).await;
    drill.enter_until("the dialog", |screen| screen.contains("Confirm: Promote")).await;
    drill.wait("its gate", |screen| screen.contains("READY")).await;
    drill.type_text("orders-replica").await;
    drill
}

async fn failover(album: &mut Album) {
    let mut drill = promoting("", album).await;
    let title = "Confirming what cannot be undone: the change before and after, data loss, live preconditions, and the name to type";
    album.dark(&mut drill, "confirm", title, WIDE);
    album.dark(&mut drill, "confirm-80x24", "The same dialog on a terminal of 80 by 24", SMALL);
    drill.enter_until("the call", |screen| !screen.contains("Confirm: Promote")).await;
    drill.enter_until("both node groups", |screen| !screen.contains("WAIT") && screen.contains("3 under way")).await;
    drill.wait("some nodes", |screen| screen.contains("2 under way")).await;
    drill.pass(Duration::from_secs(20)).await;
    let title = "The cloud works: the database is promoted while the node groups grow; both clocks and a forecast above";
    album.dark(&mut drill, "parallel", title, WIDE);
    album.light(&mut drill, "parallel-light", "The same in the theme for light backgrounds", WIDE);
    album.dark(&mut drill, "parallel-80x24", "The same on a terminal of 80 by 24", SMALL);
    drill.wait("the traffic", |screen| screen.contains("WAITS FOR YOU: Send the traffic")).await;
    drill.pass(Duration::from_secs(6)).await;
    drill.enter_until("the last step", |screen| screen.contains("WAITS FOR YOU: Announce")).await;
    drill.press_until(KeyCode::Esc, "no dialog", |screen| !screen.contains("Confirm:")).await;
    drill.press(KeyCode::Char('t')).await;
    album.dark(&mut drill, "timeline", "The timeline: everything that happened, with its time since the outage began", WIDE);
    drill.press(KeyCode::Esc).await;
    drill.enter_until("the summary", |screen| screen.contains("SUCCEEDED")).await;
    album.dark(&mut drill, "summary", "The end of a run: RTO and RPO against their objectives, and where the record is", WIDE);
}

async fn in_doubt(album: &mut Album) {
    let mut drill = begun(LOST, album).await;
    drill.enter_until("the call", |screen| screen.contains("1 under way")).await;
    drill.wait("the doubt", |screen| screen.contains("enter decide")).await;
    drill.pass(Duration::from_secs(4)).await;
    album.dark(&mut drill, "in-doubt", "A call whose answer was lost: lifeboat does not guess, it asks", WIDE);
}

async fn failed(album: &mut Album) {
    let mut drill = promoting(FULL, album).await;
    drill.enter_until("the call", |screen| !screen.contains("Confirm: Promote")).await;
    drill.enter_until("the failure", |screen| screen.contains("ResourceInUseException")).await;
    drill.press(KeyCode::Esc).await;
    drill.press_until(KeyCode::Char('w'), "the failed step", |screen| screen.contains("enter choose")).await;
    drill.pass(Duration::from_secs(4)).await;
    album.dark(&mut drill, "failed", "A step that failed: what was called, what came back, whether it happened, and what one can do", WIDE);
}
