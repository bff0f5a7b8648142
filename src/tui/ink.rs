//! Cells as bytes: the colours every terminal has, in the sequences every terminal knows.
//!
//! The terminal library writes `38;5;2` for green. A terminal that knows no more than sixteen colours reads that as three attributes: one
//! it does not have, blinking, and faint. So the sixteen are written as they always were: 30–37 and 40–47, and for the bright ones 90–97
//! and 100–107, each after the nearest of the eight, which stays where the bright one is not known.

use std::io::{self, Write};

use crossterm::cursor::MoveTo;
use crossterm::queue;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

/// A terminal of sixteen colours.
pub(super) struct Sixteen<W: Write>(CrosstermBackend<W>);

impl<W: Write> Sixteen<W> {
    /// On what reaches the terminal.
    pub(super) fn new(out: W) -> Self {
        Self(CrosstermBackend::new(out))
    }
}

impl<W: Write> Write for Sixteen<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.0)
    }
}

impl<W: Write> Backend for Sixteen<W> {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        let mut look = Look::default();
        let mut next = None;
        for (x, y, cell) in content {
            if next != Some((x, y)) {
                queue!(self.0, MoveTo(x, y))?;
            }
            next = Some((x + 1, y));
            let wanted = Look { fg: cell.fg, bg: cell.bg, modifier: cell.modifier };
            if wanted != look {
                wanted.write(&mut self.0)?;
                look = wanted;
            }
            self.0.write_all(cell.symbol().as_bytes())?;
        }
        Look::default().write(&mut self.0)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.0.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.0.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.0.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.0.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.0.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.0)
    }
}

/// How the next cells look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Look {
    /// Everything anew: what was before does not matter, and no terminal's idea of "not bold" is asked for.
    fn write(self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"\x1b[0")?;
        for (modifier, code) in ATTRIBUTES {
            if self.modifier.contains(modifier) {
                write!(out, ";{code}")?;
            }
        }
        color(out, self.fg, 30)?;
        color(out, self.bg, 40)?;
        out.write_all(b"m")
    }
}

const ATTRIBUTES: [(Modifier, u8); 8] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// A colour of the text (from 30) or of the ground (from 40). After everything was set back, the terminal's own needs no words.
fn color(out: &mut impl Write, color: Color, from: u8) -> io::Result<()> {
    let (nearest, bright) = match color {
        Color::Reset => return Ok(()),
        Color::Black => (0, false),
        Color::Red => (1, false),
        Color::Green => (2, false),
        Color::Yellow => (3, false),
        Color::Blue => (4, false),
        Color::Magenta => (5, false),
        Color::Cyan => (6, false),
        Color::Gray => (7, false),
        // Where it is not known, the terminal's own: black might be the ground.
        Color::DarkGray => return write!(out, ";{}", from + 60),
        Color::LightRed => (1, true),
        Color::LightGreen => (2, true),
        Color::LightYellow => (3, true),
        Color::LightBlue => (4, true),
        Color::LightMagenta => (5, true),
        Color::LightCyan => (6, true),
        Color::White => (7, true),
        // The theme has none of these; its test sees to that.
        Color::Indexed(index) => return write!(out, ";{};5;{index}", from + 8),
        Color::Rgb(r, g, b) => return write!(out, ";{};2;{r};{g};{b}", from + 8),
    };
    write!(out, ";{}", from + nearest)?;
    if bright { write!(out, ";{}", from + 60 + nearest) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;
    use crate::engine::RunKind;
    use crate::tui::theme::{Palette, Role, Theme};

    fn written(cells: &[(u16, u16, Cell)]) -> String {
        let mut bytes = Vec::new();
        Sixteen::new(&mut bytes).draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell))).expect("a vector takes everything");
        String::from_utf8(bytes).expect("text")
    }

    fn cell(symbol: &'static str, style: Style) -> Cell {
        let mut cell = Cell::new(symbol);
        cell.set_style(style);
        cell
    }

    #[test]
    fn neighbours_that_look_alike_are_written_together_and_the_look_ends_with_the_frame() {
        let green = Style::new().fg(Color::Green).add_modifier(Modifier::BOLD);
        let cells = [(3, 1, cell("o", green)), (4, 1, cell("k", green)), (5, 1, cell("!", Style::new())), (0, 2, cell("x", Style::new()))];
        assert_eq!(written(&cells), "\x1b[2;4H\x1b[0;1;32mok\x1b[0m!\x1b[3;1Hx\x1b[0m");
    }

    #[test]
    fn bright_colours_stand_after_the_nearest_that_every_terminal_has() {
        let white_on_light_red = Style::new().fg(Color::White).bg(Color::LightRed);
        assert_eq!(written(&[(0, 0, cell("x", white_on_light_red))]), "\x1b[1;1H\x1b[0;37;97;41;101mx\x1b[0m");
        assert_eq!(written(&[(0, 0, cell("x", Style::new().fg(Color::DarkGray)))]), "\x1b[1;1H\x1b[0;90mx\x1b[0m");
    }

    /// What no terminal of sixteen colours could misread, in every theme.
    #[test]
    fn every_theme_is_written_without_a_colour_by_number() {
        for palette in [Palette::Dark, Palette::Light, Palette::HighContrast] {
            for color in [true, false] {
                let theme = Theme::new(palette, color, false);
                let kinds = [RunKind::Live, RunKind::DryRun, RunKind::Drill];
                let looks = Role::ALL.into_iter().map(|role| theme.style(role));
                let looks =
                    looks.chain(kinds.map(|kind| theme.kind_badge(kind))).chain(kinds.map(|kind| theme.kind_border(Some(kind), true)));
                for look in looks {
                    let bytes = written(&[(0, 0, cell("x", look))]);
                    let codes = bytes.strip_prefix("\x1b[1;1H\x1b[0").and_then(|rest| rest.split_once('m')).map_or("", |(codes, _)| codes);
                    for code in codes.split(';').filter(|code| !code.is_empty()) {
                        let code: u8 = code.parse().expect("a number");
                        let attribute = matches!(code, 1 | 4 | 7);
                        let colour = color && matches!(code, 30..=37 | 40..=47 | 90..=97 | 100..=107);
                        assert!(attribute || colour, "{palette:?} {look:?}: {bytes:?}");
                    }
                }
            }
        }
    }
}
