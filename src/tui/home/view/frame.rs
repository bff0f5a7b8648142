//! The whole frame.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Paragraph;

use super::{details, dialog, header, list};
use crate::tui::home::commands;
use crate::tui::home::keymap::{Do, KEYMAP};
use crate::tui::home::layout;
use crate::tui::home::model::Model;
use crate::tui::model::is_too_small;
use crate::tui::view::footer::{Hint, TYPING, fitting, say};
use crate::tui::view::frame::{on_ground, say_too_small, to_ascii};

/// Draws the model. The model must be refreshed, and its size the frame's.
pub(in crate::tui::home) fn view(model: &Model, frame: &mut Frame) {
    draw(model, frame);
    on_ground(&model.theme, frame.buffer_mut());
    if model.options.ascii {
        to_ascii(frame.buffer_mut());
    }
}

fn draw(model: &Model, frame: &mut Frame) {
    let area = frame.area();
    if is_too_small(area.as_size()) {
        say_too_small(&model.theme, frame, area, "lifeboat", "Make the window larger, or press q to leave.");
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
    say(theme, model.flash.as_ref(), frame, flash_area);
    // A dialog has its own keys: those of the screen behind it would mislead.
    if !model.dialogs.is_empty() {
        return;
    }
    if model.filtering {
        frame.render_widget(Paragraph::new(fitting(theme, &TYPING, usize::from(area.width))), area);
        return;
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
