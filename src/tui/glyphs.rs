//! Every symbol of the screen, as data: those of Unicode, and those of ASCII for poor fonts.

use ratatui::symbols::border;

/// Every symbol on the screen. All are one cell wide.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// Done, passing.
    pub done: &'static str,
    /// Failed, not passing.
    pub failed: &'static str,
    /// Nobody knows.
    pub unknown: &'static str,
    /// Waiting for others.
    pub waiting: &'static str,
    /// Waits for the person.
    pub attention: &'static str,
    /// Left out.
    pub skipped: &'static str,
    /// Shown by a dry run.
    pub planned: &'static str,
    /// Will be tried again.
    pub retrying: &'static str,
    /// A rollback.
    pub rollback: &'static str,
    /// Not passing, and not blocking.
    pub warning: &'static str,
    /// Nothing special.
    pub dot: &'static str,
    /// A pointer to the selected row.
    pub pointer: &'static str,
    /// From before to after.
    pub arrow: &'static str,
    /// Text goes on.
    pub ellipsis: &'static str,
    /// Between two facts on one line.
    pub sep: &'static str,
    /// The pane goes on above.
    pub more_up: &'static str,
    /// The pane goes on below.
    pub more_down: &'static str,
    /// Times, before a factor.
    pub times: &'static str,
    /// The spinner.
    pub spinner: &'static [&'static str],
    /// Full and empty cells of a bar.
    pub bar: [&'static str; 2],
    /// Heights of a sparkline, lowest first.
    pub spark: [&'static str; 8],
    /// Parallel branches: first, middle, last.
    pub branch: [&'static str; 3],
    /// The cells of the chart.
    pub gantt: GanttGlyphs,
    /// Borders of a live run.
    pub border_live: border::Set<'static>,
    /// Borders of a dry run.
    pub border_dry_run: border::Set<'static>,
    /// Borders of a drill.
    pub border_drill: border::Set<'static>,
}

/// The cells of the chart of steps over time. All are one cell wide.
#[derive(Debug, PartialEq, Eq)]
pub struct GanttGlyphs {
    /// Could begin, and waits.
    pub waiting: &'static str,
    /// At work.
    pub working: &'static str,
    /// Taking its proofs.
    pub proving: &'static str,
    /// How long it usually takes.
    pub expected: &'static str,
    /// Where its usual duration ended.
    pub usual: &'static str,
    /// The run as a whole.
    pub run: &'static str,
    /// On the critical path.
    pub critical: &'static str,
    /// The line of now.
    pub now: &'static str,
    /// The line of the objective.
    pub rto: &'static str,
    /// In front of a time.
    pub tick: &'static str,
    /// Something is further to the left.
    pub before: &'static str,
}

pub(super) static UNICODE: Glyphs = Glyphs {
    done: "✔",
    failed: "✘",
    unknown: "?",
    waiting: "○",
    attention: "◆",
    skipped: "⊘",
    planned: "◇",
    retrying: "↻",
    rollback: "↩",
    warning: "▲",
    dot: "·",
    pointer: "›",
    arrow: "→",
    ellipsis: "…",
    sep: "·",
    more_up: "▲",
    more_down: "▼",
    times: "×",
    spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"],
    bar: ["█", "░"],
    spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    branch: ["┌", "│", "└"],
    gantt: GanttGlyphs {
        waiting: "─",
        working: "█",
        proving: "▓",
        expected: "░",
        usual: "╪",
        run: "━",
        critical: "*",
        now: "│",
        rto: "┃",
        tick: "╷",
        before: "←",
    },
    border_live: border::DOUBLE,
    border_dry_run: border::LIGHT_TRIPLE_DASHED,
    border_drill: border::ROUNDED,
};

pub(super) static ASCII: Glyphs = Glyphs {
    done: "+",
    failed: "x",
    unknown: "?",
    waiting: "o",
    attention: "!",
    skipped: "s",
    planned: "=",
    retrying: "@",
    rollback: "<",
    warning: "^",
    dot: ".",
    pointer: ">",
    arrow: ">",
    ellipsis: "~",
    sep: "|",
    more_up: "^",
    more_down: "v",
    times: "x",
    spinner: &["|", "/", "-", "\\"],
    bar: ["#", "."],
    spark: ["_", "_", ".", ".", "-", "-", "=", "#"],
    branch: ["/", "|", "\\"],
    gantt: GanttGlyphs {
        waiting: "-",
        working: "#",
        proving: "%",
        expected: ".",
        usual: "+",
        run: "=",
        critical: "*",
        now: "|",
        rto: "!",
        tick: "'",
        before: "<",
    },
    border_live: ascii_border("#", "=", "#"),
    border_dry_run: ascii_border(":", ".", ":"),
    border_drill: ascii_border("+", "-", "|"),
};

const fn ascii_border(corner: &'static str, across: &'static str, down: &'static str) -> border::Set<'static> {
    border::Set {
        top_left: corner,
        top_right: corner,
        bottom_left: corner,
        bottom_right: corner,
        vertical_left: down,
        vertical_right: down,
        horizontal_top: across,
        horizontal_bottom: across,
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn every_glyph_is_one_cell_wide() {
        for glyphs in [&UNICODE, &ASCII] {
            let single = [
                glyphs.done,
                glyphs.failed,
                glyphs.unknown,
                glyphs.waiting,
                glyphs.attention,
                glyphs.skipped,
                glyphs.planned,
                glyphs.retrying,
                glyphs.rollback,
                glyphs.warning,
                glyphs.dot,
                glyphs.pointer,
                glyphs.arrow,
                glyphs.ellipsis,
                glyphs.sep,
                glyphs.more_up,
                glyphs.more_down,
                glyphs.times,
            ];
            let gantt = &glyphs.gantt;
            let chart = [gantt.waiting, gantt.working, gantt.proving, gantt.expected, gantt.usual, gantt.run, gantt.critical, gantt.now];
            let marks = [gantt.rto, gantt.tick, gantt.before];
            let chart = chart.iter().chain(&marks);
            let all = single.iter().chain(chart).chain(glyphs.spinner).chain(&glyphs.bar).chain(&glyphs.spark).chain(&glyphs.branch);
            for glyph in all {
                assert_eq!(glyph.width(), 1, "{glyph}");
            }
        }
    }

    #[test]
    fn states_are_told_apart_without_colour() {
        for glyphs in [&UNICODE, &ASCII] {
            let mut states = vec![
                glyphs.done,
                glyphs.failed,
                glyphs.unknown,
                glyphs.waiting,
                glyphs.attention,
                glyphs.skipped,
                glyphs.planned,
                glyphs.retrying,
                glyphs.rollback,
                glyphs.warning,
                glyphs.dot,
            ];
            states.extend(glyphs.spinner);
            states.sort_unstable();
            assert!(states.windows(2).all(|pair| pair[0] != pair[1]), "{states:?}");
        }
    }
}
