//! The last lines: a message while there is one, and the keys that mean something now.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::commands;
use crate::tui::dialog::Kind;
use crate::tui::keymap::{Binding, Do, KEYMAP};
use crate::tui::model::Model;
use crate::tui::text::{width, wrap};
use crate::tui::theme::Role;

/// Draws both.
pub(in crate::tui) fn draw(model: &Model, frame: &mut Frame, flash_area: Rect, area: Rect) {
    let theme = &model.theme;
    if let Some(flash) = &model.flash {
        let (symbol, role) = if flash.bad { (theme.glyphs.failed, Role::Bad) } else { (theme.glyphs.dot, Role::Strong) };
        let lines: Vec<Line> = wrap(&flash.text, usize::from(area.width.saturating_sub(4)))
            .into_iter()
            .enumerate()
            .map(|(i, line)| Line::styled(format!(" {} {line}", if i == 0 { symbol } else { " " }), theme.style(role)))
            .collect();
        frame.render_widget(Paragraph::new(lines), flash_area);
    }
    // A failure fills the screen and has its own keys: those of the screen behind it would mislead.
    if model.dialogs.last().is_some_and(|dialog| matches!(dialog.kind, Kind::Failed { .. })) {
        return;
    }
    frame.render_widget(Paragraph::new(keys(model, usize::from(area.width))), area);
}

/// The keys, as many as fit. Help and leaving are always there.
fn keys(model: &Model, columns: usize) -> Line<'static> {
    let theme = &model.theme;
    let wanted: Vec<(&Binding, &str)> = KEYMAP
        .iter()
        .filter(|binding| commands::available(model, binding.does))
        .map(|binding| (binding, commands::short(model, binding)))
        .filter(|(_, short)| !short.is_empty())
        .collect();
    let size = |binding: &Binding, short: &str| binding.keys.first().map_or(0, |key| width(key.name)) + 1 + width(short) + 3;
    let always = |binding: &Binding| matches!(binding.does, Do::Help | Do::Leave);
    let mut room = columns.saturating_sub(1);
    for (binding, short) in wanted.iter().filter(|(binding, _)| always(binding)) {
        room = room.saturating_sub(size(binding, short));
    }
    let mut spans = vec![Span::raw(" ")];
    for (binding, short) in &wanted {
        if !always(binding) {
            let size = size(binding, short);
            if size > room {
                continue;
            }
            room -= size;
        }
        let key = binding.keys.first().map_or("", |key| key.name);
        spans.push(Span::styled(key, theme.style(Role::Key)));
        spans.push(Span::raw(format!(" {short}   ")));
    }
    Line::from(spans)
}
