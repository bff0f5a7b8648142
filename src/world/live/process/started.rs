//! What a program has started, wherever it went: found by the mark in its environment, which is handed on from parent to child, and by
//! who is whose child. What takes the mark out of its environment and is nobody's child any more, or runs as somebody else, is not seen.

use std::collections::HashSet;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// The variable that holds the mark.
pub(super) const MARK: &str = "LIFEBOAT_PROGRAM";

/// A process that is held on to: its number cannot become another's meanwhile.
#[derive(Debug)]
pub(super) struct Started {
    process: OwnedFd,
    number: i32,
    name: String,
}

impl Started {
    pub(super) fn signal(&self, signal: Signal) {
        // The only failures are that it has ended, or is somebody else's.
        pidfd_send_signal(&self.process, signal).ok();
    }

    /// `sleep (process 4711)`.
    pub(super) fn words(&self) -> String {
        format!("{} (process {})", self.name, self.number)
    }
}

/// A mark that nothing else has.
pub(super) fn mark(caller: &str) -> String {
    format!("{caller}/{:016x}", fastrand::u64(..))
}

/// Everything that runs with the mark, and the children of all that.
pub(super) fn with(mark: &str) -> Vec<Started> {
    let wanted = format!("{MARK}={mark}");
    let all: Vec<Seen> = numbers().filter_map(Seen::at).collect();
    let mut ours: HashSet<i32> = all.iter().filter(|seen| seen.is_marked(&wanted)).map(|seen| seen.number).collect();
    loop {
        let more: Vec<i32> =
            all.iter().filter(|seen| ours.contains(&seen.parent) && !ours.contains(&seen.number)).map(|seen| seen.number).collect();
        if more.is_empty() {
            break;
        }
        ours.extend(more);
    }
    all.iter().filter(|seen| ours.contains(&seen.number)).filter_map(|seen| seen.hold()).collect()
}

/// The numbers of all processes; none where the system does not show them as Linux does.
fn numbers() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// A process at one moment.
struct Seen {
    number: i32,
    parent: i32,
    name: String,
}

impl Seen {
    /// What `/proc/NUMBER/stat` says; none of one that has ended and was not waited for yet.
    fn at(number: i32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        let (head, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        let state = fields.next()?;
        let parent = fields.next()?.parse().ok()?;
        let name = head.split_once('(')?.1.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        (!matches!(state, "Z" | "X")).then_some(Self { number, parent, name })
    }

    fn is_marked(&self, wanted: &str) -> bool {
        let environment = std::fs::read(format!("/proc/{}/environ", self.number)).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
    }

    /// Holds on to it, if it is still what was seen.
    fn hold(&self) -> Option<Started> {
        let process = pidfd_open(Pid::from_raw(self.number)?, PidfdFlags::empty()).ok()?;
        let still = Self::at(self.number)?;
        (still.name == self.name).then(|| Started { process, number: self.number, name: self.name.clone() })
    }
}
