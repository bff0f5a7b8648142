//! How things look, as data: colours by role, symbols, borders. Colour never carries a meaning alone.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use crate::engine::RunKind;

/// Which colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Palette {
    /// For dark backgrounds.
    #[default]
    Dark,
    /// For light backgrounds.
    Light,
    /// For eyes and screens that need it: white on black of its own, whatever the terminal's background.
    HighContrast,
}

/// What a piece of text is, so that the theme can say how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Less important than the rest.
    Dim,
    /// More important than the rest.
    Strong,
    /// Achieved, passing.
    Good,
    /// Failed, blocking, cannot be undone.
    Bad,
    /// A person should look or act.
    Attention,
    /// Under way.
    Running,
    /// A heading.
    Heading,
    /// The selected row.
    Selected,
    /// A key in the footer or in the help.
    Key,
    /// What is being typed.
    Input,
    /// A label filled with colour, for what must be seen from across the room: good.
    BadgeGood,
    /// The same: bad.
    BadgeBad,
    /// The same: somebody must act.
    BadgeAttention,
}

/// The whole look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    palette: Palette,
    color: bool,
    /// The symbols.
    pub glyphs: &'static Glyphs,
}

impl Theme {
    /// The look for these choices.
    pub fn new(palette: Palette, color: bool, ascii: bool) -> Self {
        Self { palette, color, glyphs: if ascii { &ASCII } else { &UNICODE } }
    }

    /// How a role looks. Only the sixteen colours every terminal has, so that the user's own palette applies.
    pub fn style(&self, role: Role) -> Style {
        let plain = Style::new();
        if !self.color {
            return match role {
                Role::Strong | Role::Heading | Role::Key | Role::Bad | Role::Attention | Role::Running => {
                    plain.add_modifier(Modifier::BOLD)
                }
                Role::Selected | Role::BadgeGood | Role::BadgeBad | Role::BadgeAttention => {
                    plain.add_modifier(Modifier::REVERSED | Modifier::BOLD)
                }
                Role::Input => plain.add_modifier(Modifier::UNDERLINED),
                Role::Dim | Role::Text | Role::Good => plain,
            };
        }
        let (good, bad, attention, running, dim) = match self.palette {
            Palette::HighContrast => return contrast(role),
            Palette::Dark => (Color::Green, Color::LightRed, Color::Yellow, Color::Cyan, Color::DarkGray),
            Palette::Light => (Color::Green, Color::Red, Color::Magenta, Color::Blue, Color::DarkGray),
        };
        // A filled label: its text must be readable on the fill, whatever the terminal's own colours.
        let fill = |color| plain.fg(if self.palette == Palette::Dark { Color::Black } else { Color::White }).bg(color);
        match role {
            Role::Text => plain,
            Role::Dim => plain.fg(dim),
            Role::Strong => plain.add_modifier(Modifier::BOLD),
            Role::Good => plain.fg(good),
            Role::Bad => plain.fg(bad).add_modifier(Modifier::BOLD),
            Role::Attention => plain.fg(attention).add_modifier(Modifier::BOLD),
            Role::Running => plain.fg(running),
            Role::Heading => plain.fg(running).add_modifier(Modifier::BOLD),
            Role::Selected => plain.add_modifier(Modifier::REVERSED),
            Role::Key => plain.fg(attention).add_modifier(Modifier::BOLD),
            Role::Input => plain.add_modifier(Modifier::UNDERLINED | Modifier::BOLD),
            Role::BadgeGood => fill(good).add_modifier(Modifier::BOLD),
            Role::BadgeBad => fill(bad).add_modifier(Modifier::BOLD),
            Role::BadgeAttention => fill(attention).add_modifier(Modifier::BOLD),
        }
    }

    /// The colours of a cell that has none of its own; `None` leaves it to the terminal.
    pub fn ground(&self) -> Option<(Color, Color)> {
        (self.color && self.palette == Palette::HighContrast).then_some((Color::White, Color::Black))
    }

    /// The badge of a kind of run.
    pub fn kind_badge(&self, kind: RunKind) -> Style {
        if !self.color {
            return Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD);
        }
        let (fg, bg) = match kind {
            RunKind::Live => (Color::White, Color::Red),
            RunKind::DryRun if self.palette == Palette::HighContrast => (Color::Black, Color::Cyan),
            RunKind::DryRun => (Color::White, Color::Blue),
            RunKind::Drill => (Color::Black, Color::Green),
        };
        Style::new().fg(fg).bg(bg).add_modifier(Modifier::BOLD)
    }

    /// The colour of the borders of a kind of run; brighter for the pane that has the keys.
    pub fn kind_border(&self, kind: Option<RunKind>, focused: bool) -> Style {
        let style = match kind {
            _ if !self.color => Style::new(),
            _ if self.palette == Palette::HighContrast => Style::new().fg(Color::White),
            Some(RunKind::Live) => Style::new().fg(Color::Red),
            Some(RunKind::DryRun) => Style::new().fg(Color::Blue),
            Some(RunKind::Drill) => Style::new().fg(Color::Green),
            None => Style::new().fg(Color::DarkGray),
        };
        if focused { style.add_modifier(Modifier::BOLD) } else { style }
    }

    /// The lines of the borders of a kind of run.
    pub fn border(&self, kind: Option<RunKind>) -> border::Set<'static> {
        match kind {
            Some(RunKind::Live) => self.glyphs.border_live,
            Some(RunKind::DryRun) => self.glyphs.border_dry_run,
            Some(RunKind::Drill) | None => self.glyphs.border_drill,
        }
    }
}

/// Only colours that stand far from black, and fills far from their text, in the palettes terminals come with.
fn contrast(role: Role) -> Style {
    let on = |fg, bg| Style::new().fg(fg).bg(bg);
    let plain = on(Color::White, Color::Black);
    match role {
        Role::Text => plain,
        Role::Dim => plain.fg(Color::Gray),
        Role::Strong => plain.add_modifier(Modifier::BOLD),
        Role::Heading => plain.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Role::Good => plain.fg(Color::Green),
        Role::Running => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
        Role::Attention | Role::Key => plain.fg(Color::Yellow).add_modifier(Modifier::BOLD),
        Role::Bad | Role::BadgeBad => on(Color::White, Color::Red).add_modifier(Modifier::BOLD),
        // Reversed, because the spans of a selected line have colours of their own.
        Role::Selected => plain.add_modifier(Modifier::REVERSED),
        Role::Input => plain.add_modifier(Modifier::UNDERLINED | Modifier::BOLD),
        Role::BadgeGood => on(Color::Black, Color::Green).add_modifier(Modifier::BOLD),
        Role::BadgeAttention => on(Color::Black, Color::Yellow).add_modifier(Modifier::BOLD),
    }
}

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

static UNICODE: Glyphs = Glyphs {
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

static ASCII: Glyphs = Glyphs {
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

    /// Every role, so that a new one is not forgotten.
    fn roles() -> [Role; 14] {
        [
            Role::Text,
            Role::Dim,
            Role::Strong,
            Role::Good,
            Role::Bad,
            Role::Attention,
            Role::Running,
            Role::Heading,
            Role::Selected,
            Role::Key,
            Role::Input,
            Role::BadgeGood,
            Role::BadgeBad,
            Role::BadgeAttention,
        ]
    }

    #[test]
    fn sixteen_colours_are_enough_and_no_text_has_the_colour_of_its_ground() {
        for palette in [Palette::Dark, Palette::Light, Palette::HighContrast] {
            let theme = Theme::new(palette, true, false);
            let kinds = [RunKind::Live, RunKind::DryRun, RunKind::Drill];
            let borders = kinds.into_iter().map(|kind| theme.kind_border(Some(kind), false));
            let badges = kinds.into_iter().map(|kind| theme.kind_badge(kind));
            for style in roles().into_iter().map(|role| theme.style(role)).chain(borders).chain(badges) {
                for color in [style.fg, style.bg].into_iter().flatten() {
                    assert!(!matches!(color, Color::Rgb(..) | Color::Indexed(_)), "{palette:?}: {style:?}");
                }
                assert!(style.fg.is_none() || style.fg != style.bg, "{palette:?}: {style:?}");
            }
        }
    }

    #[test]
    fn high_contrast_never_leaves_text_to_the_terminals_ground() {
        let theme = Theme::new(Palette::HighContrast, true, false);
        for role in roles() {
            let style = theme.style(role);
            assert!(style.fg.is_some() && style.bg.is_some(), "{role:?}");
            assert!(style.fg != Some(Color::DarkGray) && style.fg != Some(Color::Blue), "{role:?}");
        }
        assert!(theme.ground().is_some());
        assert_eq!(Theme::new(Palette::HighContrast, false, false).ground(), None, "NO_COLOR has the last word");
    }

    #[test]
    fn without_colour_no_role_has_one() {
        let theme = Theme::new(Palette::Dark, false, false);
        for role in [Role::Text, Role::Dim, Role::Good, Role::Bad, Role::Attention, Role::Selected, Role::BadgeBad, Role::Input, Role::Key]
        {
            let style = theme.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
        for kind in [RunKind::Live, RunKind::DryRun, RunKind::Drill] {
            assert_eq!((theme.kind_badge(kind).fg, theme.kind_border(Some(kind), true).fg), (None, None));
        }
    }
}
