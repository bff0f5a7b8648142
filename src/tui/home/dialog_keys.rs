//! Keys and pasted text inside a dialog of the home screen. Nothing is started but by a fresh press on a dialog that is on the screen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::commands::{self, scrolled};
use super::dialog::Kind;
use super::keymap::Do;
use super::model::{Cmd, Left, Model};
use super::view;
use crate::tui::dialog::edit;

const NOT_FRESH: &str = "Not taken: let go of the key, read, then press it once.";

/// Takes a key for the dialog on top. `fresh`: a press, not a repeat, and not right after another Enter.
pub(super) fn key(model: &mut Model, event: &KeyEvent, fresh: bool) -> Vec<Cmd> {
    let may_start = fresh && model.drawn;
    match event.code {
        KeyCode::Esc => {
            model.close();
            return Vec::new();
        }
        KeyCode::PageUp => {
            scroll(model, Do::PageUp);
            return Vec::new();
        }
        KeyCode::PageDown => {
            scroll(model, Do::PageDown);
            return Vec::new();
        }
        _ => {}
    }
    let Some(dialog) = model.dialogs.last_mut() else { return Vec::new() };
    dialog.complaint = None;
    match &dialog.kind {
        Kind::Menu { .. } => menu(model, event, may_start),
        Kind::Form { .. } => form(model, event, may_start),
        Kind::Live { .. } => live(model, event, may_start),
        Kind::Report(_) | Kind::Help => {
            read(model, event);
            Vec::new()
        }
    }
}

/// Scrolls the dialog on top.
pub(super) fn scroll(model: &mut Model, what: Do) {
    let most = view::dialog_overflow(model);
    let page = usize::from(model.size.height.saturating_sub(6)).max(1);
    if let Some(dialog) = model.dialogs.last_mut() {
        dialog.scroll = scrolled(dialog.scroll, what, page, most);
    }
}

/// A text that is read.
fn read(model: &mut Model, event: &KeyEvent) {
    match event.code {
        KeyCode::Up | KeyCode::Char('k') => scroll(model, Do::Up),
        KeyCode::Down | KeyCode::Char('j') => scroll(model, Do::Down),
        KeyCode::Char(' ') => scroll(model, Do::PageDown),
        KeyCode::Home | KeyCode::Char('g') => scroll(model, Do::First),
        KeyCode::End | KeyCode::Char('G') => scroll(model, Do::Last),
        KeyCode::Char('q' | '?') | KeyCode::Enter => model.close(),
        _ => {}
    }
}

fn menu(model: &mut Model, event: &KeyEvent, may_start: bool) -> Vec<Cmd> {
    let Some(dialog) = model.dialogs.last_mut() else { return Vec::new() };
    let Kind::Menu { of, choices, at, .. } = &mut dialog.kind else { return Vec::new() };
    let picked = match event.code {
        KeyCode::Up | KeyCode::BackTab | KeyCode::Char('k') => {
            *at = at.saturating_sub(1);
            None
        }
        KeyCode::Down | KeyCode::Tab | KeyCode::Char('j') => {
            *at = (*at + 1).min(choices.len().saturating_sub(1));
            None
        }
        KeyCode::Home | KeyCode::Char('g') => {
            *at = 0;
            None
        }
        KeyCode::End | KeyCode::Char('G') => {
            *at = choices.len().saturating_sub(1);
            None
        }
        KeyCode::Enter => choices.get(*at),
        KeyCode::Char('q') => choices.last(),
        KeyCode::Char(c) if !event.modifiers.contains(KeyModifiers::CONTROL) => choices.iter().find(|choice| choice.key == c),
        _ => None,
    };
    let Some(does) = picked.map(|choice| choice.does) else { return Vec::new() };
    if !may_start {
        dialog.complaint = Some(NOT_FRESH.into());
        return Vec::new();
    }
    // What was found meanwhile must not put another line under the hand.
    let gone = *of != model.selected;
    model.close();
    if gone && does.is_some() {
        model.complain("It is not there any more: select again.");
        return Vec::new();
    }
    does.map(|does| commands::perform(model, does)).unwrap_or_default()
}

fn form(model: &mut Model, event: &KeyEvent, may_start: bool) -> Vec<Cmd> {
    let Some(dialog) = model.dialogs.last_mut() else { return Vec::new() };
    let Kind::Form { kind, form } = &mut dialog.kind else { return Vec::new() };
    match event.code {
        KeyCode::Tab | KeyCode::Down => form.shift(1),
        KeyCode::BackTab | KeyCode::Up => form.shift(-1),
        KeyCode::Enter => {
            if let Some(next) = form.next_problem() {
                form.focus = next;
                form.fields[next].touched = true;
                let field = &form.fields[next];
                let what = if field.missing() { "needs a value" } else { "has a value that is not allowed" };
                dialog.complaint = Some(format!("Not yet: {} {what}.", field.param.name));
                return Vec::new();
            }
            let (given, outage) = (form.given(), form.outage());
            if !may_start {
                dialog.complaint = Some(NOT_FRESH.into());
                return Vec::new();
            }
            let (kind, book) = (*kind, form.book.clone());
            return commands::start(model, kind, &book, given, outage);
        }
        _ => {
            form.key(event);
            // What was typed must be seen before Enter is taken.
            model.drawn = false;
        }
    }
    Vec::new()
}

fn live(model: &mut Model, event: &KeyEvent, may_start: bool) -> Vec<Cmd> {
    let Some(dialog) = model.dialogs.last_mut() else { return Vec::new() };
    let Kind::Live { start, field, .. } = &mut dialog.kind else { return Vec::new() };
    match event.code {
        KeyCode::Enter => {
            if let Some(problem) = field.problem() {
                dialog.complaint = Some(format!("Not yet: {problem}."));
            } else if !may_start {
                dialog.complaint = Some(NOT_FRESH.into());
            } else {
                return vec![Cmd::Leave(Left::Start((**start).clone()))];
            }
        }
        KeyCode::Up => scroll(model, Do::Up),
        KeyCode::Down => scroll(model, Do::Down),
        _ => {
            if let Some(request) = edit(event) {
                field.edit(request);
            }
            model.drawn = false;
        }
    }
    Vec::new()
}

/// Takes pasted text. Where the word for something real is typed, it is refused.
pub(super) fn paste(model: &mut Model, pasted: &str) {
    let Some(dialog) = model.dialogs.last_mut() else { return };
    dialog.complaint = None;
    match &mut dialog.kind {
        Kind::Form { form, .. } => form.paste(pasted),
        Kind::Live { .. } => dialog.complaint = Some("Pasting is refused here: type it by hand, so that it is read once.".into()),
        _ => dialog.complaint = Some("Pasting does nothing here.".into()),
    }
    model.drawn = false;
}
