//! What can be done on the home screen now, and doing it.

use std::sync::Arc;

use super::data::{Book, Run};
use super::dialog::{About, Dialog, Kind, Report};
use super::form::Form;
use super::keymap::Do;
use super::model::{Cmd, Left, Model, Pane, Request, Start};
use super::rows::{Row, Selected};
use super::{layout, view};
use crate::engine::RunKind;

/// Whether something makes sense for the selected line: keeps the footer short.
pub(super) fn available(model: &Model, what: Do) -> bool {
    match what {
        Do::Choose => model.selected.is_some(),
        Do::Drill => model.book().is_some_and(|book| book.runs() && book.world.is_some()),
        Do::DryRun | Do::Live => model.book().is_some_and(|book| book.runs()),
        Do::Resume => model.run().is_some_and(|run| run.info.is_ok() && !run.finished() && !run.driven()),
        // What can be resumed is not watched: nothing would move.
        Do::Watch => model.run().is_some_and(|run| run.driven() || run.finished()),
        Do::Report => model.run().is_some_and(|run| run.info.is_ok()),
        Do::Rescan => !model.reading(),
        _ => true,
    }
}

/// Does something, or says why not.
pub(super) fn perform(model: &mut Model, what: Do) -> Vec<Cmd> {
    if !available(model, what) {
        let why = why_not(model, what);
        model.complain(why);
        return Vec::new();
    }
    let book = model.book().cloned();
    let run = model.run().cloned();
    match what {
        Do::Choose => match (book, run) {
            (Some(book), _) => choose_book(model, &book),
            (None, Some(run)) => choose_run(model, &run),
            (None, None) => {}
        },
        Do::Drill | Do::DryRun | Do::Live => {
            let kind = match what {
                Do::Drill => RunKind::Drill,
                Do::DryRun => RunKind::DryRun,
                _ => RunKind::Live,
            };
            return book.map(|book| prepare(model, kind, &book)).unwrap_or_default();
        }
        Do::Resume => return run.map(|run| resume(model, &run)).unwrap_or_default(),
        Do::Watch => return run.map(|run| Cmd::Leave(Left::Start(Start::Watch(run.run.clone())))).into_iter().collect(),
        Do::Report => {
            if let Some(run) = run {
                model.open(Dialog::of(Kind::Report(Report::awaited(run.run.clone()))));
                return vec![Cmd::Ask(Request::Report(run.run.clone()))];
            }
        }
        Do::Up | Do::Down | Do::PageUp | Do::PageDown | Do::First | Do::Last => go(model, what),
        Do::NextGroup => next_group(model),
        Do::OtherPane => model.focus = if model.focus == Pane::List { Pane::Details } else { Pane::List },
        Do::Filter => {
            model.filtering = true;
            model.focus = Pane::List;
        }
        Do::Rescan => {
            (model.reading_books.going, model.reading_runs.going) = (true, true);
            model.say("Looking for runbooks and runs again.");
            return vec![Cmd::Ask(Request::Look)];
        }
        Do::Help => model.open(Dialog::of(Kind::Help)),
        Do::Back => back(model),
        Do::Leave => return vec![Cmd::Leave(Left::Quit)],
        Do::Suspend => return vec![Cmd::Suspend],
        Do::Redraw => return vec![Cmd::Redraw],
    }
    model.refresh();
    Vec::new()
}

fn choose_book(model: &mut Model, book: &Book) {
    if !book.runs() {
        let why = broken(book);
        model.complain(why);
        return;
    }
    let mut offers = Vec::new();
    if book.world.is_some() {
        offers.push((Do::Drill, "Drill: rehearse it in a simulated AWS; nothing real is touched"));
    }
    offers.push((Do::DryRun, "Dry run: read the real AWS, show every change, change nothing"));
    offers.push((Do::Live, "LIVE: run it against the real AWS"));
    model.open(Dialog::menu(&book.title, model.selected.clone(), &offers));
}

fn choose_run(model: &mut Model, run: &Run) {
    let offers: &[(Do, &str)] = match &run.info {
        Err(_) => {
            let why = why_not(model, Do::Report);
            model.complain(why);
            return;
        }
        Ok(_) if run.driven() => &[(Do::Watch, "Watch it: another process drives it"), (Do::Report, "Read its report so far")],
        Ok(_) if run.finished() => &[(Do::Report, "Read its report"), (Do::Watch, "Look at it on the screen of a run")],
        Ok(_) => &[(Do::Resume, "Resume it: look at the world first, then go on"), (Do::Report, "Read its report so far")],
    };
    model.open(Dialog::menu(run.run.as_str(), model.selected.clone(), offers));
}

/// A new run: its form, unless there is nothing to fill in.
fn prepare(model: &mut Model, kind: RunKind, book: &Arc<Book>) -> Vec<Cmd> {
    let form = Form::new(book, kind);
    if form.fields.is_empty() {
        return start(model, kind, book, Vec::new(), None);
    }
    model.open(Dialog::of(Kind::Form { kind, form }));
    Vec::new()
}

/// A new run with its parameters: a live one asks for the typed word first.
pub(super) fn start(model: &mut Model, kind: RunKind, book: &Arc<Book>, params: Vec<(String, String)>, outage: Option<String>) -> Vec<Cmd> {
    // Each value may be right for itself; together they must make a plan.
    let targets = match book.asks.as_ref().map(|asks| asks.plan(&params)) {
        Some(Ok(targets)) => targets,
        Some(Err(why)) => return refuse(model, why),
        None => return refuse(model, broken(book)),
    };
    let start = Start::Run { kind, file: book.file.clone(), params, outage };
    if kind == RunKind::Live {
        model.open(Dialog::live(start, About::New(Arc::clone(book), targets)));
        return Vec::new();
    }
    vec![Cmd::Leave(Left::Start(start))]
}

/// Says why nothing is started: in the form, where there is one.
fn refuse(model: &mut Model, why: String) -> Vec<Cmd> {
    match model.dialogs.last_mut() {
        Some(dialog) => dialog.complaint = Some(why),
        None => model.complain(why),
    }
    Vec::new()
}

fn resume(model: &mut Model, run: &Arc<Run>) -> Vec<Cmd> {
    let start = Start::Resume(run.run.clone());
    if run.kind() == Some(RunKind::Live) {
        model.open(Dialog::live(start, About::Again(Arc::clone(run))));
        return Vec::new();
    }
    vec![Cmd::Leave(Left::Start(start))]
}

fn back(model: &mut Model) {
    if model.filter.value().is_empty() {
        model.focus = Pane::List;
    } else {
        model.filter.reset();
        model.relist();
    }
}

/// Moves in whatever has the arrow keys.
pub(super) fn go(model: &mut Model, what: Do) {
    match model.focus {
        Pane::List => select(model, what),
        Pane::Details => details(model, what),
    }
}

/// Scrolls the details.
pub(super) fn details(model: &mut Model, what: Do) {
    let most = view::details_overflow(model);
    let page = usize::from(layout::areas(model).details.height.saturating_sub(4)).max(1);
    model.details_scroll = scrolled(model.details_scroll, what, page, most);
}

/// Where a scroll position comes to.
pub(super) fn scrolled(at: usize, what: Do, page: usize, most: usize) -> usize {
    let to = match what {
        Do::Up => at.saturating_sub(1),
        Do::Down => at + 1,
        Do::PageUp => at.saturating_sub(page),
        Do::PageDown => at + page,
        Do::First => 0,
        _ => most,
    };
    to.min(most)
}

/// Moves the selection.
pub(super) fn select(model: &mut Model, what: Do) {
    let places: Vec<usize> = (0..model.rows.len()).filter(|at| matches!(model.rows[*at], Row::Book(_) | Row::Run(_))).collect();
    let Some(last) = places.len().checked_sub(1) else { return };
    let at = model.selected_row().and_then(|row| places.iter().position(|place| *place == row)).unwrap_or(0);
    let to = scrolled(at, what, layout::list_height(model).saturating_sub(2).max(1), last);
    let selected = model.meaning(&model.rows[places[to]]);
    choose(model, selected);
}

/// The first line of the next group, round about.
fn next_group(model: &mut Model) {
    let firsts: Vec<usize> = model
        .rows
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| matches!(pair, [Row::Heading(..), Row::Book(_) | Row::Run(_)]))
        .map(|(at, _)| at + 1)
        .collect();
    let here = model.selected_row().unwrap_or(0);
    let next = firsts.iter().find(|at| **at > here).or(firsts.first()).copied();
    let selected = next.and_then(|at| model.meaning(&model.rows[at]));
    if selected.is_some() {
        choose(model, selected);
    }
}

/// The operator selects.
pub(super) fn choose(model: &mut Model, selected: Option<Selected>) {
    model.moved = true;
    model.select(selected);
}

/// Why something cannot be done.
fn why_not(model: &Model, what: Do) -> String {
    let file = |book: &Book| book.file.display().to_string();
    match (what, model.book(), model.run()) {
        (Do::Rescan, ..) => "It is still being looked.".into(),
        (Do::Choose, ..) => "Nothing is selected.".into(),
        (Do::Drill | Do::DryRun | Do::Live, Some(book), _) if !book.runs() => broken(book),
        (Do::Drill, Some(book), _) => format!(
            "It names no world to rehearse in. Write `world: worlds/FILE.yaml` into it, or: lifeboat drill {} --world FILE",
            file(book)
        ),
        (Do::Drill | Do::DryRun | Do::Live, ..) => "Select a runbook first: only runbooks can be started.".into(),
        (_, _, Some(run)) if run.info.is_err() => {
            format!("Its record cannot be read. What is wrong with it: lifeboat verify {}", run.run)
        }
        (Do::Resume, _, Some(run)) if run.driven() => {
            format!("Another process drives it: press {} to watch.", super::keymap::name(Do::Watch))
        }
        (Do::Resume, _, Some(_)) => "It is over; its record is closed.".into(),
        (Do::Watch, _, Some(_)) => {
            format!("Nobody drives it, so nothing would move: press {} to resume it.", super::keymap::name(Do::Resume))
        }
        _ => "Select a run first.".into(),
    }
}

/// Why a runbook cannot be started.
fn broken(book: &Book) -> String {
    let first = book.findings.iter().find(|finding| finding.error).map_or("", |finding| finding.message.as_str());
    let count = book.counts.0;
    let errors = if count == 1 { "an error".to_owned() } else { format!("{count} errors") };
    format!("It has {errors} and cannot run: {first}. All of it: lifeboat check {}", book.file.display())
}
