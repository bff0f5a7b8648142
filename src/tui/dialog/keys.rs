//! Keys and pasted text inside a dialog. Nothing is confirmed but by a fresh press of Enter on a dialog that is on the screen.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tui_input::InputRequest;

use super::kind::{Dialog, Kind};
use super::menu::Pick;
use super::submit::submit;
use crate::tui::commands;
use crate::tui::keymap::{self, Do};
use crate::tui::model::{Cmd, Model};
use crate::tui::{palette, text};

/// Two Enters closer together than this are a key that is held down: most terminals do not tell a repeat from a press, and the first
/// repeat comes up to 660 ms after the press.
const HELD: Duration = Duration::from_millis(700);

/// Whether a key was pressed and is not held down. `last_enter` remembers when Enter came last, by our own time `at`.
pub(in crate::tui) fn is_fresh(event: &KeyEvent, last_enter: &mut Option<Duration>, at: Duration) -> bool {
    let pressed = event.kind == KeyEventKind::Press;
    if event.code != KeyCode::Enter {
        return pressed;
    }
    let before = last_enter.replace(at);
    pressed && before.is_none_or(|before| at.saturating_sub(before) >= HELD)
}

/// Takes a key for the dialog on top. `fresh`: a press, not a repeat, and not right after another Enter.
pub(in crate::tui) fn key(model: &mut Model, event: &KeyEvent, fresh: bool) -> Vec<Cmd> {
    let shown = model.drawn;
    let Some(dialog) = model.dialogs.last_mut() else { return Vec::new() };
    if event.code == KeyCode::Esc {
        model.close();
        return Vec::new();
    }
    match event.code {
        KeyCode::PageUp => {
            let page = crate::tui::view::dialog_page(model);
            scroll_up(model, page);
        }
        KeyCode::PageDown => {
            let page = crate::tui::view::dialog_page(model);
            scroll_down(model, page);
        }
        _ => {
            dialog.complaint = None;
            if matches!(dialog.kind, Kind::Help) {
                return help(model, event);
            }
            if matches!(dialog.kind, Kind::Palette { .. }) {
                return palette(model, event, fresh && shown);
            }
            if dialog.menu.is_some() {
                return menu(model, event, fresh && shown);
            }
            return form(model, event, fresh && shown);
        }
    }
    Vec::new()
}

fn scroll_down(model: &mut Model, lines: usize) {
    let most = crate::tui::view::dialog_overflow(model);
    if let Some(dialog) = model.dialogs.last_mut() {
        dialog.scroll = dialog.scroll.saturating_add(lines).min(most);
    }
}

fn scroll_up(model: &mut Model, lines: usize) {
    if let Some(dialog) = model.dialogs.last_mut() {
        dialog.scroll = dialog.scroll.saturating_sub(lines);
    }
}

fn form(model: &mut Model, event: &KeyEvent, may_confirm: bool) -> Vec<Cmd> {
    let Some(dialog) = model.dialogs.last_mut() else { return Vec::new() };
    if dialog.form.focused().is_some_and(|field| field.choose(event)) {
        // What was chosen must be seen before Enter is taken.
        model.drawn = false;
        return Vec::new();
    }
    match event.code {
        KeyCode::Tab => dialog.form.shift(1),
        KeyCode::BackTab => dialog.form.shift(-1),
        KeyCode::Down if dialog.form.fields.len() > 1 => dialog.form.shift(1),
        KeyCode::Up if dialog.form.fields.len() > 1 => dialog.form.shift(-1),
        KeyCode::Down => scroll_down(model, 1),
        KeyCode::Up => dialog.scroll = dialog.scroll.saturating_sub(1),
        KeyCode::Enter => return enter(model, may_confirm),
        _ => {
            if let (Some(request), Some(field)) = (edit(event), dialog.form.focused()) {
                field.edit(request);
            }
            // What was typed must be seen before Enter is taken: text that streams in with its Enter confirms nothing, also where there
            // is no field for it.
            model.drawn = false;
        }
    }
    Vec::new()
}

/// Enter: to the next field that is not right; when all are, the dialog is done, if the key press may confirm.
fn enter(model: &mut Model, may_confirm: bool) -> Vec<Cmd> {
    let Some(dialog) = model.dialogs.last_mut() else { return Vec::new() };
    if let Kind::Confirm { outdated: true, .. } = dialog.kind {
        if may_confirm {
            look_again(model);
        }
        return Vec::new();
    }
    if let Some(field) = dialog.form.fields.get(dialog.form.focus)
        && let Some(problem) = field.problem()
    {
        let how = if field.options().is_empty() { "" } else { " Use the arrows, a number, or type a name." };
        dialog.complaint = Some(format!("Not yet: {problem}.{how}"));
        return Vec::new();
    }
    if let Some(next) = dialog.form.next_problem() {
        dialog.form.focus = next;
        return Vec::new();
    }
    if !may_confirm {
        dialog.complaint = Some("Not taken: let go of the key, read, then press Enter once.".into());
        return Vec::new();
    }
    match submit(model) {
        Ok(commands) => commands,
        Err(why) => {
            if let Some(dialog) = model.dialogs.last_mut() {
                dialog.complaint = Some(why);
            }
            Vec::new()
        }
    }
}

/// The operator has seen that the change is another: the dialog opens anew with it, and asks for everything again.
fn look_again(model: &mut Model) {
    let Some(index) = model.dialogs.last().and_then(|dialog| dialog.kind.step()) else { return };
    model.close();
    let operator = model.operator.name.clone();
    if let Some(dialog) = model.step(index).and_then(|(plan, state)| Dialog::confirm(index, plan, state, &operator)) {
        model.open(dialog);
    }
    model.refresh();
}

fn menu(model: &mut Model, event: &KeyEvent, may_choose: bool) -> Vec<Cmd> {
    let Some(dialog) = model.dialogs.last_mut() else { return Vec::new() };
    let step = dialog.kind.step();
    if let (Kind::Failed { step }, Some(what)) = (&dialog.kind, keymap::look_up(event)) {
        let step = *step;
        match what {
            Do::Copy => return commands::copy(model, step),
            Do::Keep => return commands::keep(model, step),
            _ => {}
        }
    }
    let Some(dialog) = model.dialogs.last_mut() else { return Vec::new() };
    let Some(menu) = &mut dialog.menu else { return Vec::new() };
    let pick = match event.code {
        KeyCode::Up | KeyCode::BackTab | KeyCode::Char('k') => {
            menu.shift(-1);
            None
        }
        KeyCode::Down | KeyCode::Tab | KeyCode::Char('j') => {
            menu.shift(1);
            None
        }
        KeyCode::Home | KeyCode::Char('g') => {
            scroll_up(model, usize::MAX);
            return Vec::new();
        }
        KeyCode::End | KeyCode::Char('G') => {
            scroll_down(model, usize::MAX / 2);
            return Vec::new();
        }
        KeyCode::Enter => menu.choices.get(menu.at).map(|choice| choice.pick),
        KeyCode::Char(c) if !event.modifiers.contains(KeyModifiers::CONTROL) => {
            menu.choices.iter().find(|choice| choice.key == c).map(|choice| choice.pick)
        }
        _ => None,
    };
    let Some(pick) = pick else { return Vec::new() };
    if !may_choose {
        dialog.complaint = Some("Not taken: let go of the key, read, then press it once.".into());
        return Vec::new();
    }
    model.close();
    // Whatever comes of it acts on the step that the dialog named, also where the selection went elsewhere meanwhile.
    if let Some(step) = step {
        model.select(crate::tui::rows::Selected::Step(step));
    }
    match pick {
        Pick::Stay => Vec::new(),
        Pick::Leave(left) => vec![Cmd::Leave(left)],
        Pick::Do(what) => commands::perform(model, what),
        Pick::StopWaiting => {
            if let Some(step) = step {
                model.open(Dialog::reason(Kind::StopWaiting { step }, "Why"));
            }
            Vec::new()
        }
        Pick::EndRun => {
            let dialog = Dialog::abort(model);
            model.open(dialog);
            Vec::new()
        }
        Pick::Happened(happened) => {
            if let Some(step) = step {
                model.open(Dialog::reason(Kind::Resolve { step, happened }, "How do you know?"));
            }
            Vec::new()
        }
    }
}

fn help(model: &mut Model, event: &KeyEvent) -> Vec<Cmd> {
    match event.code {
        KeyCode::Down | KeyCode::Char('j') => scroll_down(model, 1),
        KeyCode::Up | KeyCode::Char('k') => scroll_up(model, 1),
        KeyCode::Home | KeyCode::Char('g') => scroll_up(model, usize::MAX),
        KeyCode::End | KeyCode::Char('G') => scroll_down(model, usize::MAX / 2),
        KeyCode::Char(' ') => {
            let page = crate::tui::view::dialog_page(model);
            scroll_down(model, page);
        }
        KeyCode::Char('q' | '?') | KeyCode::Enter => model.close(),
        _ => {}
    }
    Vec::new()
}

fn palette(model: &mut Model, event: &KeyEvent, may_choose: bool) -> Vec<Cmd> {
    let lines = palette::lines(model);
    let Some(dialog) = model.dialogs.last_mut() else { return Vec::new() };
    let Kind::Palette { at } = &mut dialog.kind else { return Vec::new() };
    match event.code {
        KeyCode::Up | KeyCode::BackTab => *at = at.saturating_sub(1),
        KeyCode::Down | KeyCode::Tab => *at = (*at + 1).min(lines.len().saturating_sub(1)),
        KeyCode::Enter if !may_choose => dialog.complaint = Some("Not taken: let go of the key, read, then press Enter once.".into()),
        KeyCode::Enter => {
            let Some(line) = lines.get(*at) else { return Vec::new() };
            if let Some(why) = &line.not_now {
                dialog.complaint = Some(why.clone());
                return Vec::new();
            }
            model.close();
            return palette::perform(model, line);
        }
        _ => {
            *at = 0;
            if let (Some(request), Some(field)) = (edit(event), dialog.form.focused()) {
                field.edit(request);
            }
            // The line that is marked now must be seen before Enter is taken.
            model.drawn = false;
        }
    }
    Vec::new()
}

/// Takes pasted text. Where a confirmation is typed, it is refused.
pub(in crate::tui) fn paste(model: &mut Model, pasted: &str) {
    let Some(dialog) = model.dialogs.last_mut() else { return };
    match dialog.form.focused() {
        Some(field) if field.takes_paste() => {
            for c in text::clean(pasted.trim()).chars() {
                field.edit(InputRequest::InsertChar(c));
            }
        }
        Some(_) => dialog.complaint = Some("Pasting is refused here: type it by hand, so that it is read once.".into()),
        None => dialog.complaint = Some("Pasting does nothing here: read, then press a key.".into()),
    }
    model.drawn = false;
}

/// The edit a key asks for.
pub(in crate::tui) fn edit(event: &KeyEvent) -> Option<InputRequest> {
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(match event.code {
        KeyCode::Char('a') if ctrl => InputRequest::GoToStart,
        KeyCode::Char('e') if ctrl => InputRequest::GoToEnd,
        KeyCode::Char('u') if ctrl => InputRequest::DeleteFromStart,
        KeyCode::Char('k') if ctrl => InputRequest::DeleteTillEnd,
        KeyCode::Char('w') if ctrl => InputRequest::DeletePrevWord,
        KeyCode::Char(c) if !ctrl && !alt && !c.is_control() => InputRequest::InsertChar(c),
        KeyCode::Backspace if ctrl || alt => InputRequest::DeletePrevWord,
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        KeyCode::Left if ctrl => InputRequest::GoToPrevWord,
        KeyCode::Right if ctrl => InputRequest::GoToNextWord,
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        _ => return None,
    })
}
