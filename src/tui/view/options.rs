//! The options of a choice, with the chosen one marked.

use ratatui::text::{Line, Span};

use super::pen::Pen;
use crate::tui::dialog::Field;
use crate::tui::text::{clean, fit, pad, width};
use crate::tui::theme::Role;

/// Options that are shown at once.
const SHOWN: usize = 9;

/// The widest a name gets.
const NAME: usize = 24;

/// A line for each option. What the chosen one means is there in full.
pub(super) fn write(pen: &mut Pen, field: &Field) {
    let options = field.options();
    let glyphs = pen.theme.glyphs;
    let chosen = field.chosen();
    let names = options.iter().map(|(name, _)| width(name)).max().unwrap_or(0).min(NAME);
    let first = chosen.map_or(0, |at| (at + 1).saturating_sub(SHOWN));
    let more = |pen: &mut Pen, symbol: &str, count: usize| {
        if count > 0 {
            pen.text(Role::Dim, 4, &format!("{symbol} {count} more"));
        }
    };
    more(pen, glyphs.more_up, first);
    for (at, (name, meaning)) in options.iter().enumerate().skip(first).take(SHOWN) {
        let is_chosen = chosen == Some(at);
        let (name, meaning) = (clean(name), clean(meaning));
        let pointer = if is_chosen { glyphs.pointer } else { " " };
        let number = if at < 9 { (at + 1).to_string() } else { " ".into() };
        let before = 4 + 2 + names + 2;
        let room = pen.width.saturating_sub(before);
        let line = Line::from(vec![
            Span::raw(format!("  {pointer} ")),
            pen.span(Role::Key, format!("{number} ")),
            pen.span(Role::Strong, format!("{}  ", pad(&fit(&name, names, glyphs.ellipsis), names, ""))),
            pen.span(Role::Text, fit(&meaning, room, glyphs.ellipsis)),
        ]);
        pen.lines.push(if is_chosen { line.patch_style(pen.theme.style(Role::Selected)) } else { line });
        if is_chosen && (width(&meaning) > room || width(&name) > names) {
            pen.hang(Role::Text, "      ", Role::Text, &format!("{name}: {meaning}"));
        }
    }
    more(pen, glyphs.more_down, options.len().saturating_sub(first + SHOWN));
}
