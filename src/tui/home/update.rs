//! What a message does to the home screen. Pure: no clock, no terminal, no disk.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::dialog::Kind;
use super::keymap::{self, Do};
use super::model::{Cmd, Left, Model, Msg, Pane};
use super::{commands, dialog_keys, layout};
use crate::tui::dialog::{edit, is_fresh};
use crate::tui::model::is_too_small;

/// Takes a message.
pub(super) fn update(model: &mut Model, msg: Msg) -> Vec<Cmd> {
    match msg {
        Msg::Books { books, of, short } => {
            (model.reading_books.going, model.reading_books.of) = (books.len() < of, Some(of));
            (model.books, model.short) = (books, short);
            model.relist();
        }
        Msg::Runs { runs, of, problem } => {
            (model.reading_runs.going, model.reading_runs.of) = (runs.len() < of, Some(of));
            (model.runs, model.problem) = (runs, problem);
            model.relist();
        }
        Msg::Report(run, text) => {
            if let Some(Kind::Report(report)) = model.dialogs.last_mut().map(|dialog| &mut dialog.kind)
                && report.run == run
            {
                report.take(text);
            }
            model.refresh();
        }
        Msg::Tick(now, own) => {
            (model.now, model.own) = (now, own);
            model.refresh();
        }
        Msg::Drawn => (model.drawn, model.blind) = (true, is_too_small(model.size)),
        // What was on the screen may have changed while nobody looked.
        Msg::FocusLost => model.drawn = false,
        Msg::Resize(size) => {
            model.size = size;
            model.drawn = false;
            model.refresh();
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
    let fresh = is_fresh(event, &mut model.last_enter, at);
    let asked = keymap::look_up(event);
    if model.is_blind() {
        // Only leaving is possible where nothing can be read.
        return if asked == Some(Do::Leave) { vec![Cmd::Leave(Left::Quit)] } else { Vec::new() };
    }
    model.flash = None;
    // Whoever presses a key means what is selected: from now on it does not follow what is found.
    model.moved |= model.selected.is_some();
    model.refresh();
    if !model.dialogs.is_empty() {
        if asked == Some(Do::Leave) && event.code == KeyCode::Char('c') {
            return vec![Cmd::Leave(Left::Quit)];
        }
        return dialog_keys::key(model, event, fresh);
    }
    if model.filtering {
        filter_key(model, event);
        return Vec::new();
    }
    match asked {
        // A held key moves; it never asks for anything.
        Some(what) if fresh || is_movement(what) => commands::perform(model, what),
        _ => Vec::new(),
    }
}

fn is_movement(what: Do) -> bool {
    matches!(what, Do::Up | Do::Down | Do::PageUp | Do::PageDown | Do::First | Do::Last)
}

fn filter_key(model: &mut Model, event: &KeyEvent) {
    match event.code {
        KeyCode::Enter => model.filtering = false,
        KeyCode::Esc => {
            model.filter.reset();
            model.filtering = false;
        }
        // To look at what is found while it is looked for.
        KeyCode::Up => return commands::select(model, Do::Up),
        KeyCode::Down => return commands::select(model, Do::Down),
        _ => {
            if let Some(request) = edit(event) {
                model.filter.handle(request);
            }
        }
    }
    model.relist();
}

fn paste(model: &mut Model, text: &str) {
    if model.is_blind() {
        return;
    }
    if model.dialogs.is_empty() {
        model.complain("Pasted text means nothing here and was dropped.");
    } else {
        dialog_keys::paste(model, text);
    }
}

fn mouse(model: &mut Model, event: MouseEvent) {
    if model.is_blind() {
        return;
    }
    let (what, click) = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => (Do::Up, true),
        MouseEventKind::ScrollUp => (Do::Up, false),
        MouseEventKind::ScrollDown => (Do::Down, false),
        _ => return,
    };
    if !model.dialogs.is_empty() {
        if !click {
            dialog_keys::scroll(model, what);
        }
        return;
    }
    let areas = layout::areas(model);
    let at = Position::new(event.column, event.row);
    if areas.list.contains(at) {
        if click {
            model.focus = Pane::List;
            let line = usize::from(event.row).checked_sub(usize::from(areas.list.y) + 1);
            let row = line.filter(|line| *line < layout::list_height(model)).and_then(|line| model.rows.get(model.offset + line));
            if let Some(selected) = row.and_then(|row| model.meaning(row)) {
                commands::choose(model, Some(selected));
            }
        } else {
            commands::select(model, what);
        }
    } else if areas.details.contains(at) {
        if click { model.focus = Pane::Details } else { commands::details(model, what) }
    }
    model.refresh();
}
