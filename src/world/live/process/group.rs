//! A program with all it started, and its end.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::Child;
use tokio::runtime::Handle;

use super::started;
use crate::clock::Clock;
use crate::world::live::LiveClock;

/// Between the request to end and the end.
const GRACE: Duration = Duration::from_secs(2);
/// Between two looks whether all has ended.
const LOOK: Duration = Duration::from_millis(20);

/// A program's process group and whatever has left it. Dropped before it was let go, all of it is asked to end, and killed after a while;
/// when this process itself ends meanwhile, it is killed at once.
#[derive(Debug)]
pub(super) struct Group {
    group: Option<Pid>,
    mark: String,
    clock: Arc<LiveClock>,
    asked: bool,
    /// Its output stays open until it has ended: whoever says goodbye into a closed pipe is killed for it.
    output: Vec<OwnedFd>,
}

impl Group {
    /// `process_group(0)` made the program's own id the group's.
    pub(super) fn of(child: &Child, mark: String, clock: Arc<LiveClock>) -> Self {
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let output = [child.stdout.as_ref().map(AsFd::as_fd), child.stderr.as_ref().map(AsFd::as_fd)];
        let output = output.into_iter().flatten().filter_map(|pipe| pipe.try_clone_to_owned().ok()).collect();
        Self { group, mark, clock, asked: false, output }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // The only failure is that nobody is left in it.
            kill_process_group(group, signal).ok();
        }
        started::with(&self.mark).iter().for_each(|process| process.signal(signal));
    }

    fn has_ended(&self) -> bool {
        self.group.is_none_or(|group| test_kill_process_group(group).is_err()) && started::with(&self.mark).is_empty()
    }

    /// Asks all of it to end, and after a while ends it. Gives what is there all the same, in words.
    pub(super) async fn end(&mut self) -> Vec<String> {
        self.asked = true;
        self.signal(Signal::TERM);
        self.wait().await;
        self.signal(Signal::KILL);
        // What was killed is gone within moments: nothing can refuse, but it takes the system a while.
        self.wait().await;
        self.let_go()
    }

    /// Until all of it has ended, or for as long as it may take.
    async fn wait(&self) {
        let mut waited = Duration::ZERO;
        while waited < GRACE && !self.has_ended() {
            self.clock.sleep(LOOK).await;
            waited += LOOK;
        }
    }

    /// The program has ended by itself: what it left is left alone. Gives that, in words.
    pub(super) fn let_go(&mut self) -> Vec<String> {
        self.group = None;
        let mark = std::mem::take(&mut self.mark);
        started::with(&mark).iter().map(started::Started::words).collect()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(group) = self.group.take() else { return };
        let (mark, output) = (std::mem::take(&mut self.mark), std::mem::take(&mut self.output));
        let mut last = Self { group: Some(group), mark, clock: Arc::clone(&self.clock), asked: true, output };
        match Handle::try_current() {
            // When the runtime ends, it drops this task and with it what is left here.
            Ok(runtime) if !self.asked => drop(runtime.spawn(async move { last.end().await })),
            _ => {
                last.signal(Signal::KILL);
                last.group = None;
            }
        }
    }
}
