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
