//! What the sixteen colours of a terminal look like: one palette for dark backgrounds, one for light ones.

use ratatui::style::Color;

/// The colours of a terminal.
pub(crate) struct Palette {
    pub(crate) back: &'static str,
    pub(crate) text: &'static str,
    /// Black, red, green, yellow, blue, magenta, cyan, grey, then the same, brighter.
    sixteen: [&'static str; 16],
}

pub(crate) static DARK: Palette = Palette {
    back: "#12161d",
    text: "#d5dae1",
    sixteen: [
        "#12161d", "#d64f4a", "#4fb36b", "#e0b04a", "#4f86dd", "#b57be0", "#47b4c6", "#b6bdc7", //
        "#7d8795", "#ff7a70", "#78dc98", "#f4cb6e", "#82b1ff", "#d3a4f5", "#7adbe9", "#ffffff",
    ],
};

pub(crate) static LIGHT: Palette = Palette {
    back: "#fbfaf6",
    text: "#22272e",
    sixteen: [
        "#1a1e24", "#b3261e", "#1b7a36", "#8a6200", "#0b56bf", "#8739b8", "#0b7080", "#868d96", //
        "#626a74", "#d3392f", "#249a47", "#a87a08", "#2b74e0", "#a457d6", "#118ba0", "#ffffff",
    ],
};

impl Palette {
    /// A colour as SVG writes it; `None` for the terminal's own.
    pub(crate) fn hex(&self, color: Color) -> Option<String> {
        let index = match color {
            Color::Reset => return None,
            Color::Rgb(red, green, blue) => return Some(format!("#{red:02x}{green:02x}{blue:02x}")),
            Color::Indexed(index) => return Some(self.indexed(index)),
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 8,
            Color::LightRed => 9,
            Color::LightGreen => 10,
            Color::LightYellow => 11,
            Color::LightBlue => 12,
            Color::LightMagenta => 13,
            Color::LightCyan => 14,
            Color::White => 15,
        };
        Some(self.indexed(index))
    }

    /// One of the 256: the sixteen, a cube of 6×6×6, and 24 greys.
    fn indexed(&self, index: u8) -> String {
        match index {
            0..16 => self.sixteen[usize::from(index)].to_owned(),
            16..232 => {
                let level = |part: u8| if part == 0 { 0 } else { 55 + part * 40 };
                let cube = index - 16;
                format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
            }
            _ => {
                let grey = 8 + (index - 232) * 10;
                format!("#{grey:02x}{grey:02x}{grey:02x}")
            }
        }
    }
}
