//! The whole frame.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{details, dialog, header, list};
use crate::tui::home::commands;
use crate::tui::home::keymap::{Do, KEYMAP};
use crate::tui::home::layout;
use crate::tui::home::model::Model;
use crate::tui::model::SMALLEST;
use crate::tui::text::wrap;
use crate::tui::theme::Role;
use crate::tui::view::footer::{Hint, fitting};
use crate::tui::view::frame::to_ascii;

/// Draws the model. The model must be refreshed, and its size the frame's.
pub(in crate::tui::home) fn view(model: &Model, frame: &mut Frame) {
    draw(model, frame);
    if model.options.ascii {
        to_ascii(frame.buffer_mut());
    }
}

fn draw(model: &Model, frame: &mut Frame) {
    let area = frame.area();
    if area.width < SMALLEST.width || area.height < SMALLEST.height {
        too_small(model, frame, area);
        return;
    }
    let areas = layout::areas(model);
    header::draw(model, frame, areas.header.intersection(area));
    list::draw(model, frame, areas.list.intersection(area));
    details::draw(model, frame, areas.details.intersection(area));
    footer(model, frame, areas.flash.intersection(area), areas.footer.intersection(area));
    if !model.dialogs.is_empty() {
        dialog::draw(model, frame, area);
    }
}

/// A message while there is one, and the keys that mean something now.
fn footer(model: &Model, frame: &mut Frame, flash_area: Rect, area: Rect) {
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
    let hints: Vec<Hint> = KEYMAP
        .iter()
        .filter(|binding| commands::available(model, binding.does))
        .map(|binding| Hint {
            key: binding.keys.first().map_or("", |key| key.name),
            word: binding.short,
            always: matches!(binding.does, Do::Help | Do::Leave),
        })
        .collect();
    frame.render_widget(Paragraph::new(fitting(theme, &hints, usize::from(area.width))), area);
}

fn too_small(model: &Model, frame: &mut Frame, area: Rect) {
    let text = [
        "lifeboat".to_owned(),
        format!("This window is {}x{}; lifeboat needs {}x{}.", area.width, area.height, SMALLEST.width, SMALLEST.height),
        "Make the window larger, or press q to leave.".to_owned(),
    ];
    let style = model.theme.style(Role::Strong);
    let lines: Vec<Line> = text.iter().flat_map(|line| wrap(line, usize::from(area.width))).map(|line| Line::styled(line, style)).collect();
    frame.render_widget(Paragraph::new(lines), area);
}
