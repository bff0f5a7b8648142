//! The home screen, and what begins there.

use rustix::process::Signal;

use super::terminal::{Terminal, given_back, journal};

/// The home screen chooses; what was chosen has the terminal, the keys and the exit code from then on.
#[test]
fn a_drill_begins_at_home() {
    let mut terminal = Terminal::open(24, 80, &[]);
    terminal.wait("the runbooks", |screen| screen.contains("Fail the core API over") && screen.contains("never"));
    terminal.press_until("j", "the failover", |screen| screen.contains("File       runbooks/regional_failover.yaml"));
    terminal.press("d");
    terminal.wait("its form", |screen| screen.contains("node_count") && screen.contains("DRILL: a simulated world"));
    terminal.press("\t\t9");
    terminal.wait_for("129 is not allowed");
    terminal.press("\x7f\x7f0");
    terminal.wait_for("a whole number from 3 to 40");
    terminal.enter_until("the drill", |screen| screen.contains("Preconditions of the run") && screen.contains("DRILL"));
    terminal.wait_for("READY");
    terminal.press("q");
    terminal.wait_for("Leave lifeboat");
    terminal.press("x");
    let (status, screen, home) = terminal.end();
    assert_eq!(status.code(), Some(5), "{}", screen.screen().contents());
    given_back(&screen);
    let text = screen.screen().contents();
    assert!(text.contains("lifeboat drill runbooks/regional_failover.yaml -p node_count=10"), "the line to type the next time: {text}");
    assert!(journal(&home).contains(r#""node_count":10"#));
}

/// What stopped is found again at home, and goes on from there; the word for a live run cannot be pasted.
#[test]
fn home_resumes_reads_and_asks_before_anything_live() {
    let mut drill = Terminal::drill(24, 80);
    drill.wait_for("READY");
    drill.press("q");
    drill.wait_for("Leave lifeboat");
    drill.press("x");
    let (_, _, folder) = drill.end();
    let state = folder.path().join(".local/state/lifeboat").to_str().unwrap().to_owned();

    let mut home = Terminal::open(40, 120, &["--state-dir", &state]);
    home.wait("the unfinished run", |screen| {
        screen.contains("Runbooks 2") && screen.contains("Unfinished runs 1") && screen.contains("paused")
    });
    home.press("x");
    home.wait_for("LIVE: the real AWS");
    home.enter_until("the last question", |screen| screen.contains("Type live to start the live run"));
    home.press("\x1b[200~live\x1b[201~");
    home.wait_for("Pasting is refused");
    home.press_until("\x1b", "the list", |screen| !screen.contains("LIVE"));
    home.press("n");
    home.wait_for("Nobody drives it");
    home.press("o");
    home.wait("its report", |screen| screen.contains("Report of") && screen.contains("# DRILL"));
    home.press_until("\x1b", "the list again", |screen| screen.contains("Nobody drives it"));
    home.press("r");
    home.wait("the run", |screen| screen.contains("READY") && screen.contains("DRILL"));
    home.press_until("q", "the way out", |screen| screen.contains("Leave lifeboat"));
    home.press("x");
    let (status, screen, _) = home.end();
    assert_eq!(status.code(), Some(5), "{}", screen.screen().contents());
    given_back(&screen);

    let mut again = Terminal::open(24, 80, &[]);
    again.wait_for("Runbooks 2");
    again.signal(Signal::INT);
    let (status, screen, _) = again.end();
    assert_eq!(status.code(), Some(0));
    given_back(&screen);
}
