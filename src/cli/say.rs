//! Words to the person at the command line.

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::time::Duration;

use crate::diag::{Diagnostic, Source, render};
use crate::outlet::Outlet;
use crate::text::{harmless, harmless_in_colour};

/// Standard output and standard error, once nothing may wait for who reads them.
static OUT: OnceLock<Outlet> = OnceLock::new();
static ERR: OnceLock<Outlet> = OnceLock::new();

/// How long standard error waits for standard output.
const MOMENT: Duration = Duration::from_millis(50);

/// Prints to standard output, without anything in it that a terminal would obey. A reader that went away (`| head`) is no error.
pub(super) fn out(text: &str) {
    out_raw(&harmless(text));
}

/// The same for a text with colours of our own in it.
pub(super) fn out_in_colour(text: &str) {
    out_raw(&if colours(&std::io::stdout()) { harmless_in_colour(text) } else { harmless(text) });
}

/// The same as it is: for programs, which read JSON.
pub(super) fn out_raw(text: &str) {
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    match out_bytes(format!("{text}{newline}").as_bytes()) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => problem(&format!("standard output: {error}"), None),
    }
}

/// Prints bytes to standard output; never waits where [`never_wait`] was asked for.
pub(super) fn out_bytes(text: &[u8]) -> std::io::Result<()> {
    if let Some(outlet) = OUT.get() {
        outlet.put(text);
        return Ok(());
    }
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text)?;
    stdout.flush()
}

/// From here on nothing that is printed waits for whoever reads it: a run goes on, and signals are heard. `json`: standard output is read by a
/// program.
pub(super) fn never_wait(json: bool) {
    OUT.get_or_init(|| Outlet::new(std::io::stdout(), if json { gap_in_json } else { gap }));
    ERR.get_or_init(|| Outlet::new(std::io::stderr(), gap));
}

fn gap(lines: u64) -> String {
    format!("… {lines} lines were not shown: the output did not take them\n")
}

fn gap_in_json(lines: u64) -> String {
    format!("{{\"not_shown\":{lines}}}\n")
}

/// Gives a reader that is only slow the time to catch up, while everything else goes on.
pub(super) async fn breathe() {
    if let Some(outlet) = OUT.get().filter(|outlet| outlet.is_behind()) {
        // Its thread is the output's clock: that of a drill may be virtual. That it was cancelled means that the process ends.
        tokio::task::spawn_blocking(|| outlet.wait_for_room()).await.unwrap_or_default();
    }
}

/// The same where nothing else goes on.
pub(super) fn breathe_here() {
    if let Some(outlet) = OUT.get().filter(|outlet| outlet.is_behind()) {
        outlet.wait_for_room();
    }
}

/// The end of the process: what was printed gets a bounded time to be taken.
pub(super) fn finish() {
    let lost = OUT.get().map_or(0, Outlet::settle);
    if lost > 0 {
        note(&format!("{lost} lines were not shown: standard output did not take them. lifeboat report has what is on record.\n"));
    }
    if let Some(err) = ERR.get() {
        err.settle();
    }
}

/// Prints an error and what to do about it to standard error.
pub(super) fn problem(what: &str, help: Option<&str>) {
    let (red, bold, off) = if colours(&std::io::stderr()) { ("\x1b[1;31m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
    let mut text = format!("{red}error{off}{bold}: {}{off}\n", harmless(what));
    if let Some(help) = help {
        text.push_str("  help: ");
        text.push_str(&harmless(help));
        text.push('\n');
    }
    note_raw(&text);
}

/// Prints what is wrong with a file to standard error.
pub(super) fn findings(source: Option<&Source>, found: &[Diagnostic]) {
    note_in_colour(&format!("{}\n", render(source, found, colours(&std::io::stderr())).trim_end()));
}

/// Prints to standard error, without anything in it that a terminal would obey.
pub(super) fn note(text: &str) {
    note_raw(&harmless(text));
}

/// The same for a text with colours of our own in it.
pub(super) fn note_in_colour(text: &str) {
    note_raw(&if colours(&std::io::stderr()) { harmless_in_colour(text) } else { harmless(text) });
}

/// When standard error is gone too, there is nobody left to tell.
fn note_raw(text: &str) {
    match ERR.get() {
        Some(outlet) => {
            // On a terminal both come out in the order in which they were said.
            if let Some(out) = OUT.get() {
                out.rest(MOMENT);
            }
            outlet.put(text.as_bytes());
        }
        None => drop(std::io::stderr().lock().write_all(text.as_bytes())),
    }
}

/// Whether somebody is there who can be asked.
pub(super) fn is_conversation() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks, and waits for a line; `None` when nobody is there or no line comes.
pub(super) fn ask(question: &str) -> Option<String> {
    if !is_conversation() {
        return None;
    }
    note(question);
    let mut answer = String::new();
    match std::io::stdin().read_line(&mut answer) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(answer),
    }
}

/// Whether standard output and standard error go to the same place, so that one person reads both.
pub(super) fn same_reader() -> bool {
    let place = |stat: rustix::fs::Stat| (stat.st_dev, stat.st_ino);
    let (out, error) = (rustix::fs::fstat(std::io::stdout()), rustix::fs::fstat(std::io::stderr()));
    matches!((out.map(place), error.map(place)), (Ok(out), Ok(error)) if out == error)
}

/// Whether a screen can be drawn: a terminal at both ends, and one that says it can do more than lines.
pub(super) fn takes_a_screen() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && !is_dumb()
}

/// A terminal that shows every byte as it is, such as the shell inside an editor.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Whether colours make sense there: a terminal, and no `NO_COLOR` (no-color.org).
pub(super) fn colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && !is_dumb() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
