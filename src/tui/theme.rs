//! How things look, as data: colours by role, borders by kind of run. Colour never carries a meaning alone.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use super::glyphs::{ASCII, Glyphs, UNICODE};
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
    /// A text that was looked for, where it stands.
    Match,
    /// A label filled with colour, for what must be seen from across the room: good.
    BadgeGood,
    /// The same: bad.
    BadgeBad,
    /// The same: somebody must act.
    BadgeAttention,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Text,
        Self::Dim,
        Self::Strong,
        Self::Good,
        Self::Bad,
        Self::Attention,
        Self::Running,
        Self::Heading,
        Self::Selected,
        Self::Key,
        Self::Input,
        Self::BadgeGood,
        Self::BadgeBad,
        Self::BadgeAttention,
        Self::Match,
    ];
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
                // Also on the selected line, which is reversed.
                Role::Match => plain.add_modifier(Modifier::REVERSED | Modifier::UNDERLINED),
                Role::Dim | Role::Text | Role::Good => plain,
            };
        }
        let (good, bad, attention, running, dim) = match self.palette {
            Palette::HighContrast => return contrast(role),
            Palette::Dark => (Color::Green, Color::LightRed, Color::Yellow, Color::Cyan, Color::DarkGray),
            Palette::Light => (Color::Green, Color::Red, Color::Magenta, Color::Blue, Color::DarkGray),
        };
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
            Role::BadgeGood => filled(good),
            Role::BadgeBad => filled(bad),
            Role::BadgeAttention | Role::Match => filled(attention),
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
        filled(match kind {
            RunKind::Live => Color::Red,
            RunKind::DryRun if self.palette == Palette::HighContrast => Color::Cyan,
            RunKind::DryRun => Color::Blue,
            RunKind::Drill => Color::Green,
        })
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

/// A label filled with a colour, and text that can be read on it in the palettes terminals come with. Black is never bold: many
/// terminals make bold black a grey that is hardly seen on a fill.
fn filled(color: Color) -> Style {
    match color {
        Color::Red | Color::Blue | Color::Magenta => Style::new().fg(Color::White).bg(color).add_modifier(Modifier::BOLD),
        _ => Style::new().fg(Color::Black).bg(color),
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
        Role::Bad | Role::BadgeBad => filled(Color::Red),
        // Reversed, because the spans of a selected line have colours of their own.
        Role::Selected => plain.add_modifier(Modifier::REVERSED),
        Role::Input => plain.add_modifier(Modifier::UNDERLINED | Modifier::BOLD),
        Role::BadgeGood => filled(Color::Green),
        Role::BadgeAttention | Role::Match => filled(Color::Yellow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_colours_are_enough_and_no_text_has_the_colour_of_its_ground() {
        for palette in [Palette::Dark, Palette::Light, Palette::HighContrast] {
            let theme = Theme::new(palette, true, false);
            let kinds = [RunKind::Live, RunKind::DryRun, RunKind::Drill];
            let borders = kinds.into_iter().map(|kind| theme.kind_border(Some(kind), false));
            let badges = kinds.into_iter().map(|kind| theme.kind_badge(kind));
            for style in Role::ALL.into_iter().map(|role| theme.style(role)).chain(borders).chain(badges) {
                for color in [style.fg, style.bg].into_iter().flatten() {
                    assert!(!matches!(color, Color::Rgb(..) | Color::Indexed(_)), "{palette:?}: {style:?}");
                }
                assert!(style.fg.is_none() || style.fg != style.bg, "{palette:?}: {style:?}");
            }
        }
    }

    /// Of text and its fill, by the rule of WCAG, in colours as the terminals come with.
    fn apart(text: Color, fill: Color, palette: [u32; 16]) -> f64 {
        const NAMES: [Color; 16] = [
            Color::Black,
            Color::Red,
            Color::Green,
            Color::Yellow,
            Color::Blue,
            Color::Magenta,
            Color::Cyan,
            Color::Gray,
            Color::DarkGray,
            Color::LightRed,
            Color::LightGreen,
            Color::LightYellow,
            Color::LightBlue,
            Color::LightMagenta,
            Color::LightCyan,
            Color::White,
        ];
        let light = |color| {
            let rgb = palette[NAMES.iter().position(|name| *name == color).expect("one of the sixteen")];
            let part = |shift: u32| {
                let part = f64::from(rgb >> shift & 0xff) / 255.0;
                if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
        };
        let (one, other) = (light(text), light(fill));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn what_must_be_seen_from_across_the_room_can_be_read_there() {
        let vga = [
            0x00_00_00, 0xaa_00_00, 0x00_aa_00, 0xaa_55_00, 0x00_00_aa, 0xaa_00_aa, 0x00_aa_aa, 0xaa_aa_aa, 0x55_55_55, 0xff_55_55,
            0x55_ff_55, 0xff_ff_55, 0x55_55_ff, 0xff_55_ff, 0x55_ff_ff, 0xff_ff_ff,
        ];
        let xterm = [
            0x00_00_00, 0xcd_00_00, 0x00_cd_00, 0xcd_cd_00, 0x00_00_ee, 0xcd_00_cd, 0x00_cd_cd, 0xe5_e5_e5, 0x7f_7f_7f, 0xff_00_00,
            0x00_ff_00, 0xff_ff_00, 0x5c_5c_ff, 0xff_00_ff, 0x00_ff_ff, 0xff_ff_ff,
        ];
        for palette in [Palette::Dark, Palette::Light, Palette::HighContrast] {
            let theme = Theme::new(palette, true, false);
            let badges = [RunKind::Live, RunKind::DryRun, RunKind::Drill].map(|kind| theme.kind_badge(kind));
            let labels = [Role::BadgeGood, Role::BadgeBad, Role::BadgeAttention].map(|role| theme.style(role));
            for style in badges.into_iter().chain(labels) {
                let (text, fill) = (style.fg.expect("a colour"), style.bg.expect("a fill"));
                for colours in [vga, xterm] {
                    let apart = apart(text, fill, colours);
                    assert!(apart >= 4.0, "{palette:?}: {text:?} on {fill:?} is {apart:.1} to 1");
                }
                // Bold black is grey on many terminals.
                assert!(text != Color::Black || !style.add_modifier.contains(Modifier::BOLD), "{palette:?}: {style:?}");
            }
        }
    }

    #[test]
    fn high_contrast_never_leaves_text_to_the_terminals_ground() {
        let theme = Theme::new(Palette::HighContrast, true, false);
        for role in Role::ALL {
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
