//! Terminals of other kinds, with fewer colours or none.

use vt100::Color;

use crate::terminal::Terminal;

const DRILL: [&str; 4] = ["drill", "runbooks/regional_failover.yaml", "--speed", "60"];

/// Every colour on the screen.
fn colours(terminal: &Terminal) -> Vec<Color> {
    let screen = terminal.screen.screen();
    let (rows, columns) = screen.size();
    let cells = (0..rows.get()).flat_map(|row| (0..columns.get()).filter_map(move |column| screen.cell(row, column)));
    cells.flat_map(|cell| [cell.fgcolor(), cell.bgcolor()]).collect()
}

/// The codes of every sequence that sets a look. An empty code is a zero.
fn codes(written: &[u8]) -> Vec<u16> {
    let mut codes = Vec::new();
    for sequence in String::from_utf8_lossy(written).split("\x1b[").skip(1) {
        let end = sequence.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(sequence.len());
        if sequence[end..].starts_with('m') {
            codes.extend(sequence[..end].split(';').map(|code| code.parse::<u16>().unwrap_or(0)));
        }
    }
    codes
}

/// Attributes, the eight colours, and their bright ones: what every terminal reads as meant or leaves alone. `38;5;2` would be blinking
/// and faint where there are no more than sixteen colours.
#[test]
fn no_colour_is_sent_by_its_number_in_any_theme() {
    for kind in ["xterm-16color", "linux", "xterm-256color"] {
        for theme in ["dark", "light", "high-contrast"] {
            let mut terminal = Terminal::open_as(24, 80, &[("TERM", kind)], &[DRILL.as_slice(), &["--theme", theme]].concat());
            terminal.wait_for("READY");
            terminal.press("?");
            terminal.wait_for("The selected step");
            let codes = codes(&terminal.written);
            let known = |code: &u16| matches!(code, 0 | 1 | 4 | 7 | 30..=37 | 40..=47 | 90..=97 | 100..=107);
            assert!(codes.iter().all(known), "{kind} {theme}: {codes:?}");
            assert!(codes.contains(&42), "{kind} {theme}: the drill's badge is not green: {codes:?}");
            terminal.press_until("\x1b", "no help", |screen| !screen.contains("The selected step"));
            terminal.leave();
        }
    }
}

/// The shell inside an editor: it would show every sequence as it is.
#[test]
fn a_terminal_that_can_only_take_lines_gets_lines() {
    let args = ["drill", "runbooks/regional_failover.yaml", "--speed", "max"];
    let mut terminal = Terminal::open_as(200, 80, &[("TERM", "dumb")], &args);
    terminal.wait_for("succeeded");
    assert!(!terminal.written.contains(&0x1b), "{}", String::from_utf8_lossy(&terminal.written));
    let (status, ..) = terminal.end();
    assert_eq!(status.code(), Some(0));
    let mut home = Terminal::open_as(60, 80, &[("TERM", "dumb")], &[]);
    home.wait_for("Usage: lifeboat");
    assert!(!home.written.contains(&0x1b));
    let (status, ..) = home.end();
    assert_eq!(status.code(), Some(2));
}

/// The sixteen that every terminal has, and its own: nothing that tmux, screen or an old xterm would have to guess.
#[test]
fn every_kind_of_terminal_gets_the_same_screen_in_sixteen_colours() {
    let mut first = None;
    for kind in ["xterm", "xterm-16color", "xterm-256color", "screen", "screen-256color", "tmux-256color", "linux", "vt100"] {
        let mut terminal = Terminal::open_as(24, 80, &[("TERM", kind)], &DRILL);
        terminal.wait_for("READY");
        terminal.press("?");
        terminal.wait_for("The selected step");
        let colours = colours(&terminal);
        assert!(colours.iter().all(|colour| matches!(colour, Color::Default | Color::Idx(0..16))), "{kind}: {colours:?}");
        assert!(colours.contains(&Color::Idx(2)), "{kind}: no drill without green");
        // The help covers what time changes.
        let help: Vec<String> = terminal.lines().into_iter().filter(|line| line.contains("enter")).collect();
        assert_eq!(*first.get_or_insert_with(|| help.clone()), help, "{kind}");
        terminal.press_until("\x1b", "no help", |screen| !screen.contains("The selected step"));
        terminal.leave();
    }
}

#[test]
fn without_colour_the_words_and_the_symbols_remain() {
    let mut terminal = Terminal::open_as(24, 80, &[("TERM", "xterm-256color"), ("NO_COLOR", "1")], &DRILL);
    terminal.wait("a passing gate", |screen| screen.contains("✔ READY") && screen.contains("DRILL"));
    assert!(colours(&terminal).iter().all(|colour| *colour == Color::Default), "{:?}", colours(&terminal));
    assert!(codes(&terminal.written).iter().all(|code| matches!(code, 0 | 1 | 4 | 7)), "{:?}", codes(&terminal.written));
    let row = terminal.lines().iter().position(|line| line.contains("DRILL")).unwrap();
    let column = terminal.lines()[row].find("DRILL").unwrap();
    let cell = terminal.screen.screen().cell(u16::try_from(row).unwrap(), u16::try_from(column).unwrap()).unwrap();
    assert!(cell.inverse(), "the badge stands out without colour");
    terminal.leave();
}

#[test]
fn a_poor_font_gets_ascii_alone() {
    let mut terminal = Terminal::open_as(24, 80, &[("TERM", "xterm")], &[DRILL.as_slice(), &["--ascii"]].concat());
    terminal.wait_for("READY");
    assert!(terminal.text().is_ascii(), "{}", terminal.text());
    terminal.enter_until("the first step", |screen| screen.contains("WAITS FOR YOU: Declare"));
    assert!(terminal.text().is_ascii(), "{}", terminal.text());
    terminal.leave();
}
