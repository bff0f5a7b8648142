//! Terminals that change their size.

use crate::terminal::Terminal;

#[test]
fn a_screen_that_is_too_small_says_so_and_comes_back() {
    let mut terminal = Terminal::drill(20, 60);
    terminal.wait("the notice", |screen| screen.contains("80") && screen.contains("24"));
    terminal.resize(24, 80);
    terminal.wait_for("READY");
    terminal.press("?");
    terminal.wait_for("The selected step");
    for (rows, columns) in [(40, 120), (24, 80), (10, 20), (60, 200), (24, 80)] {
        terminal.resize(rows, columns);
    }
    terminal.wait_for("The selected step");
    terminal.press_until("\x1b", "the help is closed", |screen| screen.contains("Freeze") && !screen.contains("The selected step"));
    terminal.press_until("q", "the way out", |screen| screen.contains("Leave lifeboat"));
    terminal.press("x");
    let (status, screen, _home) = terminal.end();
    assert_eq!(status.code(), Some(5), "{}", screen.screen().contents());
}

/// Sizes as a window that is dragged gives them, too small ones among them; the last one can be used.
fn storm() -> impl Iterator<Item = (u16, u16)> {
    (0..100_u16).map(|n| (3 + n * 7 % 58, 10 + n * 37 % 190))
}

/// The frame is whole and of this width: a header, a footer, and borders that close, with nothing left over of another size.
fn whole(screen: &str, columns: usize) -> bool {
    let lines: Vec<&str> = screen.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return false };
    let corners = ['╭', '╮', '╰', '╯'].map(|corner| screen.matches(corner).count());
    let bordered = lines.iter().filter(|line| line.ends_with(['│', '╮', '╯'])).count();
    first.contains("regional_failover")
        && first.contains("DRILL")
        && first.ends_with('Z')
        && last.contains("q leave")
        && lines.iter().all(|line| line.chars().count() <= columns)
        && lines.iter().filter(|line| line.ends_with(['│', '╮', '╯'])).all(|line| line.chars().count() == columns)
        && bordered + 4 == lines.len()
        && corners[0] > 0
        && corners.iter().all(|corner| *corner == corners[0])
        && screen.matches("RTO 60m").count() == 1
}

/// While steps run by themselves, with all that is drawn meanwhile.
#[test]
fn a_storm_of_resizes_ends_in_a_whole_frame() {
    let args = ["drill", "runbooks/regional_failover.yaml", "--speed", "120", "--autopilot"];
    let mut terminal = Terminal::open(40, 120, &args);
    terminal.wait_for("READY");
    for (rows, columns) in storm() {
        terminal.resize(rows, columns);
        // Some frames are drawn in between, some are not: as fast as the machine is.
        terminal.drain();
    }
    terminal.resize(40, 120);
    terminal.wait("a whole frame", |screen| whole(screen, 120));
    terminal.wait("the end", |screen| screen.contains("SUCCEEDED") && whole(screen, 120));
    for (rows, columns) in storm() {
        terminal.resize(rows, columns);
        terminal.drain();
    }
    terminal.resize(24, 80);
    terminal.wait("the summary at its new size", |screen| screen.contains("SUCCEEDED") && whole(screen, 80));
    terminal.press("q");
    let (status, screen, _home) = terminal.end();
    assert_eq!(status.code(), Some(0), "{}", screen.screen().contents());
}

/// A dialog that no longer fits is not lost, and takes no keys while it cannot be read.
#[test]
fn a_dialog_outlives_a_screen_too_small_for_it() {
    let mut terminal = Terminal::drill(24, 80);
    terminal.wait_for("READY");
    terminal.enter_until("the first step", |screen| screen.contains("WAITS FOR YOU: Declare"));
    terminal.enter_until("its dialog", |screen| screen.contains("Confirm: Declare"));
    terminal.press("INC-4");
    terminal.wait_for("INC-4");
    terminal.resize(10, 40);
    terminal.wait("the notice", |screen| screen.contains("80") && !screen.contains("INC-4"));
    terminal.press("2\r");
    terminal.resize(24, 80);
    terminal.wait("the dialog again", |screen| screen.contains("Confirm: Declare") && screen.contains("INC-4_"));
    terminal.press_until("\x1b", "no dialog", |screen| !screen.contains("Confirm: Declare"));
    terminal.leave();
}
