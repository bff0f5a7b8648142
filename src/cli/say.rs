//! Words to the person at the command line.

use std::io::{IsTerminal, Write};

use crate::diag::{Diagnostic, Source, render};

/// Prints to standard output. A reader that went away (`| head`) is no error.
pub(super) fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    match write!(stdout, "{text}{newline}").and_then(|()| stdout.flush()) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => problem(&format!("standard output: {error}"), None),
    }
}

/// Prints an error and what to do about it to standard error.
pub(super) fn problem(what: &str, help: Option<&str>) {
    let (red, bold, off) = if colours(&std::io::stderr()) { ("\x1b[1;31m", "\x1b[1m", "\x1b[0m") } else { ("", "", "") };
    let mut text = format!("{red}error{off}{bold}: {what}{off}\n");
    if let Some(help) = help {
        text.push_str("  help: ");
        text.push_str(help);
        text.push('\n');
    }
    note(&text);
}

/// Prints what is wrong with a file to standard error.
pub(super) fn findings(source: Option<&Source>, found: &[Diagnostic]) {
    note(&format!("{}\n", render(source, found, colours(&std::io::stderr())).trim_end()));
}

/// Prints to standard error as it is. When that is gone too, there is nobody left to tell.
pub(super) fn note(text: &str) {
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
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
