//! Several terminals on one run.

use crate::terminal::{ENTER, Terminal, given_back};

/// Another terminal of the same person: who drives is told, watching is offered, and nothing can be asked from there.
#[test]
fn a_second_terminal_watches() {
    let mut driving = Terminal::drill(24, 80);
    driving.wait_for("READY");
    let state = driving.home.path().join(".local/state/lifeboat").to_str().unwrap().to_owned();

    let mut second = Terminal::open(24, 100, &["resume", "--state-dir", &state]);
    second.wait_for("watch it? [Y/n]");
    assert!(second.text().contains("is driven by alice on"), "{}", second.text());
    second.press(ENTER);
    second.wait("the watcher's screen", |screen| screen.contains("WATCHING") && screen.contains("DRILL"));
    second.press_until(ENTER, "the refusal", |screen| screen.contains("You are only watching: alice on"));
    second.press("q");
    let (status, screen, _home) = second.end();
    assert_eq!(status.code(), Some(0), "{}", screen.screen().contents());
    given_back(&screen);
    assert!(screen.screen().contents().contains("goes on without you"), "{}", screen.screen().contents());

    let mut no = Terminal::open(24, 100, &["resume", "--state-dir", &state]);
    no.wait_for("watch it? [Y/n]");
    no.press("n\r");
    assert_eq!(no.end().0.code(), Some(4));

    for signal in [rustix::process::Signal::INT, rustix::process::Signal::TERM] {
        let mut signalled = Terminal::open(24, 100, &["watch", "--state-dir", &state]);
        signalled.wait_for("WATCHING");
        rustix::process::kill_process(rustix::process::Pid::from_child(&signalled.child), signal).unwrap();
        let (status, screen, _home) = signalled.end();
        assert_eq!(status.code(), Some(0), "{signal:?}: {}", screen.screen().contents());
        given_back(&screen);
    }

    let mut third = Terminal::open(24, 100, &["watch", "--state-dir", &state]);
    third.wait_for("WATCHING");
    driving.press_until("q", "the way out", |screen| screen.contains("Leave lifeboat"));
    driving.press("x");
    assert_eq!(driving.child.wait().unwrap().code(), Some(5));
    // The screen on the wall stays, and waits for whoever takes the run up.
    third.wait("who has left", |screen| screen.contains("alice left at") && screen.contains("waiting for somebody"));
    let mut next = Terminal::open(24, 80, &["resume", "--state-dir", &state]);
    next.wait_for("READY");
    third.wait("the next one", |screen| !screen.contains("alice left at") && screen.contains("WATCHING"));
    // A split of the terminal will do for watching.
    third.resize(12, 40);
    third.wait("the small screen", |screen| screen.contains("driven by alice on") && screen.contains("DRILL"));
    next.leave();
    third.wait_for("nobody drives since");
    third.press("q");
    let (status, screen, _home) = third.end();
    assert_eq!(status.code(), Some(0), "{}", screen.screen().contents());
    given_back(&screen);
    assert!(screen.screen().contents().contains("lifeboat resume"), "{}", screen.screen().contents());
}
