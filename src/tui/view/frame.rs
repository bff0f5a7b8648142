//! The whole frame.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{compact, details, dialog, footer, gantt, header, plan, steps, summary, timeline};
use crate::engine::State;
use crate::tui::layout;
use crate::tui::model::{Model, SMALLEST, Screen, is_too_small};
use crate::tui::theme::{Role, Theme};

/// Draws the model. The model must be refreshed, and its size the frame's.
pub fn view(model: &Model, frame: &mut Frame) {
    draw(model, frame);
    on_ground(&model.theme, frame.buffer_mut());
    if model.options.ascii {
        to_ascii(frame.buffer_mut());
    }
}

/// Cells that leave their colours to the terminal get the theme's own, where it has some.
pub(in crate::tui) fn on_ground(theme: &Theme, buffer: &mut Buffer) {
    let Some((fg, bg)) = theme.ground() else { return };
    for cell in &mut buffer.content {
        if cell.fg == Color::Reset {
            cell.fg = fg;
        }
        if cell.bg == Color::Reset {
            cell.bg = bg;
        }
    }
}

/// What comes from runbooks, AWS and commands may hold anything; a font without it gets the nearest ASCII.
pub(in crate::tui) fn to_ascii(buffer: &mut Buffer) {
    for cell in buffer.content.iter_mut().filter(|cell| !cell.symbol().is_ascii()) {
        let nearest = match cell.symbol() {
            "→" => ">",
            "·" | "•" => "|",
            "–" | "—" => "-",
            "…" => "~",
            "×" => "x",
            "“" | "”" => "\"",
            "‘" | "’" => "'",
            "\u{a0}" => " ",
            _ => "?",
        };
        cell.set_symbol(nearest);
    }
}

fn draw(model: &Model, frame: &mut Frame) {
    let area = frame.area();
    if is_too_small(area.as_size()) {
        // Nothing can be asked of a run that is only watched, so nothing has to be read before a key: a phone will do.
        if model.watching() {
            compact::draw(model, frame, area)
        } else {
            too_small(model, frame, area)
        }
        return;
    }
    let areas = layout::areas(model);
    header::draw(model, frame, areas.header.intersection(area));
    match model.screen {
        Screen::Steps => {
            steps::draw(model, frame, areas.steps.intersection(area));
            details::draw(model, frame, areas.details.intersection(area));
            timeline::draw(model, frame, areas.timeline.intersection(area));
        }
        Screen::Timeline => timeline::draw(model, frame, areas.timeline.intersection(area)),
        Screen::Gantt => gantt::draw(model, frame, areas.body.intersection(area)),
        Screen::Plan => plan::draw(model, frame, areas.body.intersection(area)),
        Screen::Summary => summary::draw(model, frame, areas.summary.intersection(area)),
    }
    footer::draw(model, frame, areas.flash.intersection(area), areas.footer.intersection(area));
    if !model.dialogs.is_empty() {
        dialog::draw(model, frame, area);
    }
}

/// What is left to say on a screen too small for anything else: which world, what is wrong, how to get out.
fn too_small(model: &Model, frame: &mut Frame, area: Rect) {
    let kind = model.state().map_or_else(|| "lifeboat".to_owned(), State::kind_words);
    let working = if model.in_flight().next().is_some() {
        "The run goes on. Make the window larger."
    } else {
        "Make the window larger, or press q to leave."
    };
    let working = if model.unrecorded.is_some() { "THE RECORD CANNOT BE WRITTEN. Make the window larger." } else { working };
    say_too_small(&model.theme, frame, area, &kind, working);
}

/// On a screen too small for anything else: what this is, what is wrong, and what to do.
pub(in crate::tui) fn say_too_small(theme: &Theme, frame: &mut Frame, area: Rect, what: &str, then: &str) {
    let text = [
        what.to_owned(),
        format!("This window is {}x{}; lifeboat needs {}x{}.", area.width, area.height, SMALLEST.width, SMALLEST.height),
        then.to_owned(),
    ];
    let style = theme.style(Role::Strong);
    let lines: Vec<Line> =
        text.iter().flat_map(|line| crate::tui::text::wrap(line, usize::from(area.width))).map(|line| Line::styled(line, style)).collect();
    frame.render_widget(Paragraph::new(lines), area);
}
