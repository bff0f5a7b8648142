//! What a message does to the model, and what it wants from outside. Pure: no clock, no terminal.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::dialog;
use super::keymap::{self, Do};
use super::model::{Cmd, Left, Model, Msg, Pane, Screen, is_too_small};
use super::view::GANTT_LINES;
use super::{changes, commands, layout, mark, moving, search};
use crate::view::Driven;

/// Takes a message.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Cmd> {
    match msg {
        Msg::Record(record) => {
            model.run.record(&record);
        }
        Msg::Telemetry(telemetry) => model.run.telemetry(&telemetry),
        Msg::Unrecorded(why) => {
            model.unrecorded = Some(why);
            model.refresh();
        }
        Msg::Refused(why) => model.complain(why),
        Msg::Kept(Ok(path)) => model.say(format!("Written to {}", path.display())),
        Msg::Kept(Err(why)) => model.complain(why),
        Msg::Ended => {
            model.ended = true;
            // A run that is over stays on the screen. One that is not was stopped (a signal, a record that cannot be written): the
            // reason is written below the prompt, so give the terminal back.
            if !model.finished() {
                return vec![Cmd::Leave(Left::Quit)];
            }
        }
        Msg::Tick { now, own, speed } => {
            (model.now, model.own, model.speed) = (now, own, speed);
            // A run that is over is shown as it was at its end: nothing on the screen moves any more.
            if let Some(state) = model.run.state.as_ref().filter(|_| model.finished()) {
                model.now = state.last;
            }
            model.refresh();
            return super::alert::due(model).into_iter().collect();
        }
        Msg::Driven(Driven::By(driver)) => {
            model.options.watching = Some(driver);
            model.left_alone = None;
        }
        Msg::Driven(Driven::Nobody { since }) => model.left_alone = Some(since),
        Msg::Drawn => (model.drawn, model.shown, model.blind) = (true, model.selected, is_too_small(model.size)),
        // What was on the screen may have changed while nobody looked: a confirmation needs a frame drawn after this.
        Msg::FocusLost => model.drawn = false,
        Msg::Resize(size) => {
            model.size = size;
            model.drawn = false;
            model.refresh();
            // A window that was small for a moment has lost cells, also when it is back to the size of the last frame.
            return vec![Cmd::Redraw];
        }
        Msg::Paste(text) => paste(model, &text),
        Msg::Mouse(event) => mouse(model, event),
        Msg::Key(event, at) => return key(model, &event, at),
    }
    Vec::new()
}

fn key(model: &mut Model, event: &KeyEvent, at: Duration) -> Vec<Cmd> {
    if event.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let fresh = dialog::is_fresh(event, &mut model.last_enter, at);
    model.refresh();
    let asked = keymap::look_up(event);
    if model.is_blind() {
        // Only leaving is possible where nothing can be read.
        return if asked == Some(Do::Leave) { leave_blind(model) } else { Vec::new() };
    }
    model.flash = None;
    if !model.dialogs.is_empty() {
        let ctrl_c = asked == Some(Do::Leave) && event.code == KeyCode::Char('c');
        if ctrl_c {
            model.dialogs.clear();
            return commands::perform(model, Do::Leave);
        }
        return dialog::key(model, event, fresh);
    }
    if model.search.typing && search::is_possible(model) {
        search::key(model, event);
        return Vec::new();
    }
    // The selection may have followed the run between the last frame and this key: who pressed it meant what they saw.
    if asked.is_some_and(is_about_the_selection) && model.screen == Screen::Steps && model.selected != model.shown {
        model.complain("The selection has just moved on: look, then press the key again.");
        return Vec::new();
    }
    model.take_hold();
    match asked {
        // A held key moves; it never asks for anything.
        Some(what) if fresh || is_movement(what) => commands::perform(model, what),
        _ => Vec::new(),
    }
}

fn is_about_the_selection(what: Do) -> bool {
    matches!(what, Do::Act | Do::Skip | Do::Retry | Do::TakeOver | Do::Refresh | Do::Abort | Do::Copy | Do::Keep)
}

fn is_movement(what: Do) -> bool {
    matches!(what, Do::Up | Do::Down | Do::PageUp | Do::PageDown | Do::First | Do::Last | Do::NextMatch | Do::PreviousMatch)
}

/// On a screen too small for the dialog: leave only when nothing is lost by it.
fn leave_blind(model: &mut Model) -> Vec<Cmd> {
    if model.in_flight().next().is_none() || model.watching() {
        let left = if model.finished() { Left::Finished } else { Left::Quit };
        return vec![Cmd::Leave(left)];
    }
    Vec::new()
}

fn paste(model: &mut Model, text: &str) {
    model.refresh();
    if model.dialogs.is_empty() {
        model.complain("Pasted text means nothing here and was dropped.");
    } else {
        dialog::paste(model, text);
    }
}

fn mouse(model: &mut Model, event: MouseEvent) {
    if !model.dialogs.is_empty() || model.is_blind() {
        if let (MouseEventKind::ScrollDown | MouseEventKind::ScrollUp, Some(_)) = (event.kind, model.dialogs.last()) {
            let code = if event.kind == MouseEventKind::ScrollDown { KeyCode::PageDown } else { KeyCode::PageUp };
            dialog::key(model, &KeyEvent::from(code), false);
        }
        return;
    }
    model.take_hold();
    let areas = layout::areas(model);
    let at = Position::new(event.column, event.row);
    let (what, click) = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => (Do::Up, true),
        MouseEventKind::ScrollUp => (Do::Up, false),
        MouseEventKind::ScrollDown => (Do::Down, false),
        _ => return,
    };
    if areas.steps.contains(at) {
        if click {
            model.focus = Pane::Steps;
            if let Some(line) = event.row.checked_sub(areas.steps.y + 1) {
                moving::select_row(model, model.steps_offset + usize::from(line));
            }
        } else {
            moving::select(model, what);
        }
    } else if areas.details.contains(at) {
        if click { model.focus = Pane::Details } else { moving::details(model, what) }
    } else if areas.timeline.contains(at) {
        match (model.screen, click) {
            (Screen::Timeline, true) => {
                event.row.checked_sub(areas.timeline.y + 1).into_iter().for_each(|line| mark::click(model, usize::from(line)));
            }
            (Screen::Timeline, false) => mark::go(model, what),
            (_, true) => model.focus = Pane::Timeline,
            (_, false) => moving::timeline(model, what),
        }
    } else if areas.summary.contains(at) && !click {
        moving::go(model, what);
    } else if areas.body.contains(at) {
        match (model.screen, click) {
            (Screen::Gantt, true) => {
                let line = usize::from(event.row - areas.body.y).checked_sub(GANTT_LINES - 1);
                line.into_iter().for_each(|line| moving::select_row(model, model.gantt.top + line));
            }
            (Screen::Plan, true) => changes::click(model, usize::from(event.row - areas.body.y)),
            (_, false) => moving::go(model, what),
            _ => {}
        }
    }
    model.refresh();
}
