//! What signals ask of a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;

use super::say::note;
use crate::driver::Message;
use crate::tui;

const HANGUP: &str = "SIGHUP received: the terminal was closed";

/// First signal: a safe stop. Second: at once. The third ends the process without asking anybody. A hang-up is a safe stop, however often
/// it comes: nobody is there to mean more by it. What was ignored when the process was started stays ignored: `nohup` asks for that, and a
/// shell that starts something in the background.
pub(super) fn listen(messages: &UnboundedSender<Message>) {
    let kinds = [
        (SignalKind::interrupt(), Signal::INT, "SIGINT received"),
        (SignalKind::terminate(), Signal::TERM, "SIGTERM received"),
        (SignalKind::hangup(), Signal::HUP, HANGUP),
    ];
    let ignored = ignored();
    let count = Arc::new(AtomicU8::new(0));
    for (kind, number, why) in kinds {
        if is_in(ignored, number) {
            continue;
        }
        let Ok(mut stream) = signal(kind) else {
            note(&format!("lifeboat: a signal cannot be handled here and ends the process at once: {kind:?}\n"));
            continue;
        };
        let (messages, count) = (messages.clone(), Arc::clone(&count));
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                if why == HANGUP {
                    drop(messages.send(Message::Gone(why)));
                    continue;
                }
                if count.fetch_add(1, Ordering::Relaxed) >= 2 {
                    tui::give_back();
                    std::process::exit(5);
                }
                drop(messages.send(Message::Signal(why))); // The driver may have ended meanwhile.
            }
        });
    }
    // A file that may not grow (`ulimit -f`) is a full disk by another name, once the signal does not end the process: the write fails then.
    // Nobody needs to hear it, and where it cannot be caught it is as it was.
    drop(signal(SignalKind::from_raw(Signal::XFSZ.as_raw())));
}

/// The signals that are ignored, one bit each, as Linux tells them; elsewhere none are known. They are asked for before any is caught.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    mask(&status).unwrap_or_default()
}

fn mask(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

fn is_in(mask: u64, signal: Signal) -> bool {
    u32::try_from(signal.as_raw() - 1).is_ok_and(|bit| mask.checked_shr(bit).is_some_and(|rest| rest & 1 == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_read_of_its_mask() {
        let mask = mask("Name:\tlifeboat\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0\n").unwrap();
        assert!(is_in(mask, Signal::HUP) && is_in(mask, Signal::PIPE));
        assert!(!is_in(mask, Signal::INT) && !is_in(mask, Signal::TERM));
        assert_eq!(super::mask("nothing of the kind"), None);
    }
}
