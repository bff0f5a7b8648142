//! The terminal as it is left: by a key, by a signal, by a window that was closed; and taken again.

use rustix::process::Signal;

use crate::terminal::{Terminal, given_back, journal, runs};

#[test]
fn leaving_in_the_middle_gives_the_terminal_back_and_says_how_to_go_on() {
    let mut terminal = Terminal::drill(24, 80);
    terminal.wait_for("READY");
    terminal.press("q");
    terminal.wait_for("Leave lifeboat");
    terminal.press("x");
    let (status, screen, _home) = terminal.end();
    assert_eq!(status.code(), Some(5), "{}", screen.screen().contents());
    given_back(&screen);
    assert!(screen.screen().contents().contains("lifeboat resume"), "{}", screen.screen().contents());
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for (signal, name) in [(Signal::TERM, "SIGTERM"), (Signal::HUP, "SIGHUP"), (Signal::INT, "SIGINT")] {
        let mut terminal = Terminal::drill(24, 80);
        terminal.wait_for("READY");
        terminal.signal(signal);
        let (status, screen, _home) = terminal.end();
        assert_eq!(status.code(), Some(5), "{}", screen.screen().contents());
        given_back(&screen);
        assert!(screen.screen().contents().contains(name), "{}", screen.screen().contents());
    }
}

#[test]
fn a_closed_terminal_stops_the_run_safely() {
    let (status, home) = Terminal::promoting("3s").hang_up();
    assert_eq!(status.code(), Some(5));
    let journal = journal(&home);
    let paused = journal.find(r#""event":"run_paused""#).expect("the pause is on record");
    assert!(journal[paused..].lines().next().unwrap().contains("terminal"), "{}", &journal[paused..]);
    let done = journal.find(r#""event":"step_succeeded","step":"promote_db""#).expect("what was in flight was followed to its end");
    assert!(paused < done);
    assert!(!journal.contains(r#""event":"step_intent","step":"scale_general""#), "nothing new was begun");
    assert!(runs(&home).contains("paused"), "{}", runs(&home));
}

#[test]
fn a_first_signal_waits_for_what_is_in_flight_and_a_second_does_not() {
    let mut terminal = Terminal::promoting("3s");
    terminal.signal(Signal::TERM);
    terminal.wait("the pause", |screen| screen.contains("PAUSED"));
    let (status, screen, home) = terminal.end();
    assert_eq!(status.code(), Some(5));
    given_back(&screen);
    assert!(journal(&home).contains(r#""event":"step_succeeded","step":"promote_db""#));

    let mut terminal = Terminal::promoting("10m");
    terminal.signal(Signal::TERM);
    terminal.wait("the pause", |screen| screen.contains("PAUSED"));
    terminal.signal(Signal::TERM);
    let (status, screen, home) = terminal.end();
    assert_eq!(status.code(), Some(5));
    given_back(&screen);
    assert!(!journal(&home).contains(r#""event":"step_succeeded","step":"promote_db""#));
}

#[test]
fn a_stop_gives_the_terminal_back_and_going_on_takes_it_again() {
    let mut terminal = Terminal::drill(24, 80);
    terminal.wait_for("READY");
    terminal.signal(Signal::TSTP);
    terminal.wait_until_stopped();
    terminal.wait_for_alternate(false);
    given_back(&terminal.screen);
    terminal.wait_for("lifeboat is stopped");
    terminal.signal(Signal::CONT);
    terminal.wait_for_alternate(true);
    terminal.wait_for("READY");

    // Stopped without having been asked; the shell takes the terminal and sets it as shells do.
    terminal.signal(Signal::STOP);
    terminal.wait_until_stopped();
    let tty = std::fs::read_link(format!("/proc/{}/fd/0", terminal.child.id())).unwrap();
    assert!(std::process::Command::new("stty").arg("-F").arg(tty).arg("sane").status().unwrap().success());
    terminal.screen.process(b"\x1b[?1049l\x1b[?25h$ ");
    terminal.signal(Signal::CONT);
    terminal.wait_for_alternate(true);
    terminal.wait_for("READY");
    // A single key without Enter reaches it: the terminal is raw again.
    terminal.press("q");
    terminal.wait_for("Leave lifeboat");
    terminal.press("x");
    let (status, screen, _home) = terminal.end();
    assert_eq!(status.code(), Some(5));
    given_back(&screen);
}

/// A process that was killed leaves the alternate screen as it was: the next one begins with an empty one. What begins to wait rings the
/// bell and sends the terminal a notification, unless it is to be quiet; leaving it by a key is no error.
#[test]
fn the_screen_begins_empty_calls_whoever_looks_elsewhere_and_is_left_without_an_error() {
    let called = b"\x07\x1b]9;lifeboat DRILL regional_failover: waits for you: ";
    let term = ("TERM", "xterm-256color");
    for (environment, rings) in [(&[term][..], true), (&[term, ("LIFEBOAT_NO_BELL", "1")][..], false)] {
        let mut terminal = Terminal::open_as(24, 80, environment, &["drill", "runbooks/regional_failover.yaml"]);
        terminal.wait_for("READY");
        terminal.enter_until("the first step", |screen| screen.contains("WAITS FOR YOU"));
        terminal.drain();
        let holds = |wanted: &[u8]| terminal.written.windows(wanted.len()).any(|bytes| bytes == wanted);
        assert!(holds(b"\x1b[?1049h\x1b[2J"), "cleared as it is taken");
        assert_eq!(holds(called), rings, "{environment:?}");
        terminal.press_until("q", "the way out", |screen| screen.contains("Leave lifeboat"));
        terminal.press("x");
        let (status, screen, _home) = terminal.end();
        assert_eq!(status.code(), Some(5));
        let text = screen.screen().contents();
        assert!(text.contains("left; resume with: lifeboat resume ") && !text.contains("error:"), "{text}");
    }
}
