//! What can be done now, and doing it.

use super::dialog::{Dialog, Kind};
use super::keymap::{Binding, Do};
use super::model::{Cmd, Left, Model, Pane, Screen};
use super::rows::Selected;
use super::{explain, keymap, search};
use crate::engine::{Command, RunKind, RunPhase, StepPhase};

/// Whether something makes sense now. The engine has the last word; this keeps the footer short and the palette honest.
pub(super) fn available(model: &Model, what: Do) -> bool {
    match model.screen {
        Screen::Timeline if what == Do::Act => return super::mark::entry(model).is_some(),
        _ if what == Do::Act && lists_steps(model) => return model.state().is_some(),
        _ => {}
    }
    let phase = model.state().map(|state| &state.phase);
    let over = model.finished() || model.ended;
    if model.watching() && changes(what) {
        return false;
    }
    let running = !over && phase == Some(&RunPhase::Running);
    if model.unrecorded.is_some() && changes(what) {
        return false;
    }
    let steps = model.screen == Screen::Steps;
    let step = if running && steps { model.selected_step().map(|(_, state)| &state.phase) } else { None };
    match what {
        Do::Act => !over && steps && (act(model).is_some() || goes_on(model)),
        // What is in doubt is decided first: left out, the change would be forgotten.
        Do::Skip => step.is_some_and(|phase| untouched(phase) && !matches!(phase, StepPhase::InDoubt { .. })),
        Do::Retry => step.is_some_and(|phase| matches!(phase, StepPhase::Failed | StepPhase::Retrying)),
        // What stands behind a gate would begin, as if nobody had done it.
        Do::TakeOver => model.kind() != Some(RunKind::DryRun) && step.is_some_and(untouched) && !selects_gate(model),
        Do::Refresh => step.is_some_and(|phase| matches!(phase, StepPhase::Proposed | StepPhase::InDoubt { undecided: true, .. })),
        Do::Copy => steps && model.selected_step().is_some_and(|(plan, step)| explain::can_be_copied(plan, step)),
        Do::Keep => steps && model.selected_step().is_some_and(|(_, step)| explain::explains(step)),
        Do::RollBack => running && can_roll_back(model),
        Do::Abort => !over && phase.is_some(),
        Do::Pause => running,
        Do::Note => !over && phase.is_some(),
        Do::Waiting => {
            let elsewhere = model.waiting().any(|index| model.selected != Selected::Step(index));
            !over && (!steps || elsewhere || model.watching() && !model.follow) && phase.is_some()
        }
        Do::Steps => !steps,
        Do::Timeline => model.screen != Screen::Timeline,
        Do::Summary => model.finished() && model.screen != Screen::Summary,
        Do::Gantt => model.screen != Screen::Gantt && phase.is_some(),
        Do::Plan => model.screen != Screen::Plan && phase.is_some(),
        Do::Earlier | Do::Later => steps || model.screen == Screen::Gantt,
        Do::Closer | Do::Wider | Do::Whole => model.screen == Screen::Gantt,
        Do::Find => model.screen == Screen::Timeline,
        Do::Search => search::is_possible(model),
        Do::NextMatch | Do::PreviousMatch => search::is_on(model),
        Do::NextPane | Do::PreviousPane => steps,
        _ => true,
    }
}

fn selects_gate(model: &Model) -> bool {
    let plan = model.state().map(|state| &state.plan);
    plan.zip(model.selected_step()).is_some_and(|(plan, (step, _))| plan.nested.contains_key(&step.id))
}

/// A view in which Enter leads to the selected step.
fn lists_steps(model: &Model) -> bool {
    matches!(model.screen, Screen::Gantt | Screen::Plan)
}

/// Whether it asks something of the run.
fn changes(what: Do) -> bool {
    matches!(what, Do::Act | Do::Skip | Do::Retry | Do::TakeOver | Do::Refresh | Do::RollBack | Do::Abort | Do::Pause | Do::Note)
}

/// Neither ended well nor with a call or its proofs under way: the step can be taken out of lifeboat's hands.
fn untouched(phase: &StepPhase) -> bool {
    matches!(
        phase,
        StepPhase::Waiting
            | StepPhase::Observing
            | StepPhase::Proposed
            | StepPhase::Failed
            | StepPhase::Retrying
            | StepPhase::InDoubt { .. }
    )
}

fn can_roll_back(model: &Model) -> bool {
    model.state().is_some_and(|state| state.kind != RunKind::DryRun && !state.rolling_back) && !model.run.tally.undoable.is_empty()
}

/// The word in the footer: what Enter or `p` does depends on what is selected.
pub(super) fn short(model: &Model, binding: &Binding) -> &'static str {
    match binding.does {
        Do::Act if lists_steps(model) => "show the step",
        Do::Act if model.screen == Screen::Timeline => "its step",
        Do::Act => act(model).map_or("next", |act| act.word()),
        Do::Pause if paused(model).is_some() => "resume",
        Do::Abort if given_up(model).is_some() => "stop waiting",
        // They move between panes there: nothing that a footer has to say.
        Do::Earlier | Do::Later if model.screen != Screen::Gantt => "",
        _ => binding.short,
    }
}

/// Why the run is paused, while it is.
fn paused(model: &Model) -> Option<&str> {
    model.state()?.paused.as_deref()
}

/// What Enter does to the selected row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Begin { blocked: bool },
    Confirm(usize),
    Choose(usize),
    Decide(usize),
}

impl Act {
    fn word(self) -> &'static str {
        match self {
            Self::Begin { blocked: false } => "begin the run",
            Self::Begin { blocked: true } => "see what blocks",
            Self::Confirm(_) => "confirm",
            Self::Choose(_) => "choose",
            Self::Decide(_) => "decide",
        }
    }
}

fn act(model: &Model) -> Option<Act> {
    match model.state()?.phase {
        RunPhase::Gate => Some(Act::Begin { blocked: model.run_gate().blocking().next().is_some() }),
        RunPhase::Running => match model.selected {
            Selected::Run => None,
            Selected::Step(index) => act_on(model, index),
        },
        _ => None,
    }
}

/// Nothing is to be done to the selected row, and something else waits: Enter goes there, and opens nothing.
fn goes_on(model: &Model) -> bool {
    let running = model.state().is_some_and(|state| state.phase == RunPhase::Running && state.paused.is_none());
    running && !model.watching() && model.waiting().any(|index| model.selected != Selected::Step(index))
}

fn act_on(model: &Model, index: usize) -> Option<Act> {
    match model.step(index)?.1.phase {
        _ if !model.waits(index) => None,
        // Nothing is begun while the run is paused.
        StepPhase::Proposed if paused(model).is_some() => None,
        StepPhase::Proposed => Some(Act::Confirm(index)),
        StepPhase::Failed => Some(Act::Choose(index)),
        StepPhase::InDoubt { undecided: true, .. } => Some(Act::Decide(index)),
        _ => None,
    }
}

/// The word for what a step waits for.
pub(super) fn act_word(model: &Model, index: usize) -> Option<&'static str> {
    act_on(model, index).map(Act::word)
}

/// Does something, or says why not.
pub(super) fn perform(model: &mut Model, what: Do) -> Vec<Cmd> {
    if !available(model, what) {
        if let Some(why) = why_not(model, what) {
            model.complain(why);
        }
        return Vec::new();
    }
    let index = match model.selected {
        Selected::Run => None,
        Selected::Step(index) => Some(index),
    };
    let id = index.and_then(|index| model.state()?.steps.get_index(index)).map(|(id, _)| id.clone());
    match what {
        Do::Act if model.screen == Screen::Timeline => super::mark::follow(model),
        Do::Act if lists_steps(model) => (model.screen, model.focus) = (Screen::Steps, Pane::Steps),
        Do::Act if act(model).is_none() => next_waiting(model),
        Do::Act => begin_act(model),
        Do::Skip => with_step(model, index, |step| Dialog::reason(Kind::Skip { step }, "Why")),
        Do::TakeOver => with_step(model, index, |step| Dialog::reason(Kind::TakeOver { step }, "What did you do?")),
        Do::Copy => return index.map(|index| copy(model, index)).unwrap_or_default(),
        Do::Keep => return index.map(|index| keep(model, index)).unwrap_or_default(),
        Do::Retry => with_step(model, index, |step| Dialog::remark(Kind::Retry { step })),
        Do::Refresh => return id.map(|step| Cmd::Send(Command::Refresh { step })).into_iter().collect(),
        Do::RollBack => model.open(Dialog::reason(Kind::RollBack, "Why")),
        Do::Abort => {
            let dialog = match given_up(model) {
                Some(step) => Dialog::give_up(model, step),
                None => Dialog::abort(model),
            };
            model.open(dialog);
        }
        Do::Pause if paused(model).is_some() => model.open(Dialog::remark(Kind::Resume)),
        Do::Pause => {
            // At once: what must be held back does not wait for a reason to be typed.
            model.open(Dialog::remark(Kind::Pause));
            model.refresh();
            return vec![Cmd::Send(Command::Pause { reason: String::new() })];
        }
        Do::Note => model.open(Dialog::note()),
        Do::Help => model.open(Dialog::help()),
        Do::Palette => model.open(Dialog::palette()),
        Do::Waiting => next_waiting(model),
        Do::Steps => model.screen = Screen::Steps,
        Do::Timeline => model.screen = Screen::Timeline,
        Do::Gantt => model.screen = Screen::Gantt,
        Do::Plan => model.screen = Screen::Plan,
        Do::Earlier | Do::Later if model.screen == Screen::Steps => model.focus = next_pane(model.focus, what == Do::Earlier),
        Do::Earlier | Do::Later | Do::Closer | Do::Wider | Do::Whole => super::gantt::look(model, what),
        Do::Summary => model.screen = Screen::Summary,
        Do::Find => search::begin(model, true),
        Do::Search => search::begin(model, false),
        Do::NextMatch | Do::PreviousMatch => search::step(model, what),
        Do::NextPane => model.focus = next_pane(model.focus, false),
        Do::PreviousPane => model.focus = next_pane(model.focus, true),
        Do::Back => back(model),
        Do::Leave => return leave(model),
        Do::Suspend => return suspend(model),
        Do::Redraw => return vec![Cmd::Redraw],
        Do::Up | Do::Down | Do::First | Do::Last | Do::PageUp | Do::PageDown => super::moving::go(model, what),
    }
    model.refresh();
    Vec::new()
}

fn with_step(model: &mut Model, index: Option<usize>, dialog: impl Fn(usize) -> Dialog) {
    if let Some(index) = index {
        model.open(dialog(index));
    }
}

fn begin_act(model: &mut Model) {
    let dialog = match act(model) {
        Some(Act::Begin { .. }) => Some(Dialog::begin()),
        Some(Act::Confirm(index)) => {
            let operator = model.operator.name.clone();
            model.step(index).and_then(|(plan, state)| Dialog::confirm(index, plan, state, &operator))
        }
        Some(Act::Choose(index)) => Some(Dialog::failed(model, index)),
        Some(Act::Decide(index)) => Some(Dialog::doubt(index)),
        None => None,
    };
    if let Some(dialog) = dialog {
        model.open(dialog);
    }
}

/// The selected step, when something of it is under way that one can stop waiting for.
pub(super) fn given_up(model: &Model) -> Option<usize> {
    let Selected::Step(index) = model.selected else { return None };
    let lists = matches!(model.screen, Screen::Steps | Screen::Gantt | Screen::Plan);
    let (_, step) = model.step(index).filter(|_| lists && !model.finished())?;
    step.phase.is_in_flight().then_some(index)
}

/// The next row that waits for the operator, after the selected one, round about. For who only watches, the selection follows the run
/// again.
fn next_waiting(model: &mut Model) {
    model.screen = Screen::Steps;
    model.follow = model.watching();
    let at = match model.selected {
        Selected::Run => 0,
        Selected::Step(index) => index + 1,
    };
    let waiting: Vec<usize> = model.waiting().collect();
    let next = model.flag.or_else(|| waiting.iter().find(|index| **index >= at).or(waiting.first()).copied());
    match next {
        Some(index) => model.select(Selected::Step(index)),
        None if model.watching() => model.say("Nothing waits for a person. The selection follows the run again."),
        None => model.say("Nothing waits for a person."),
    }
}

/// Copies what is known of a step. Whether the terminal takes it cannot be known here.
pub(super) fn copy(model: &mut Model, index: usize) -> Vec<Cmd> {
    let failed = explain::plain(model, index);
    let file = if failed.is_some() { ": W writes a file" } else { "" };
    let Some(text) = failed.or_else(|| explain::instructions(model, index)) else { return Vec::new() };
    let text = super::clipboard::bounded(&text);
    let lines = match text.lines().count() {
        1 => "1 line".to_owned(),
        n => format!("{n} lines"),
    };
    model.say(format!("{lines} sent to your terminal's clipboard. If pasting gives nothing, it takes none{file}."));
    vec![Cmd::Copy(text)]
}

/// Has what is known of a step written into the run's folder.
pub(super) fn keep(model: &mut Model, index: usize) -> Vec<Cmd> {
    let Some((text, (plan, step))) = explain::plain(model, index).zip(model.step(index)) else { return Vec::new() };
    vec![Cmd::Keep { name: super::keep::file_name(plan.id.as_str(), step.attempt), text }]
}

fn next_pane(pane: Pane, back: bool) -> Pane {
    match (pane, back) {
        (Pane::Steps, false) | (Pane::Timeline, true) => Pane::Details,
        (Pane::Details, false) | (Pane::Steps, true) => Pane::Timeline,
        (Pane::Timeline, false) | (Pane::Details, true) => Pane::Steps,
    }
}

fn back(model: &mut Model) {
    if search::is_on(model) {
        search::end(model);
    } else {
        model.screen = Screen::Steps;
        model.focus = Pane::Steps;
    }
}

fn leave(model: &mut Model) -> Vec<Cmd> {
    if model.finished() {
        return vec![Cmd::Leave(Left::Finished)];
    }
    if model.ended || model.watching() {
        return vec![Cmd::Leave(Left::Quit)];
    }
    let dialog = Dialog::leave(model);
    model.open(dialog);
    Vec::new()
}

fn suspend(model: &mut Model) -> Vec<Cmd> {
    if model.in_flight().next().is_some() && !model.watching() {
        model.complain("Work is under way, and suspending would stop it half-way. Wait for it, or leave with q.");
        return Vec::new();
    }
    vec![Cmd::Suspend]
}

fn in_doubt(model: &Model) -> bool {
    model.selected_step().is_some_and(|(_, step)| matches!(step.phase, StepPhase::InDoubt { .. }))
}

/// Why something cannot be done now; `None` for keys that mean nothing here and are ignored.
pub(super) fn why_not(model: &Model, what: Do) -> Option<String> {
    if model.ended && !model.finished() {
        return Some("The run's driver has stopped: nothing can be asked of it. Leave with q and resume the run.".into());
    }
    if let Some(why) = model.unrecorded.as_ref().filter(|_| changes(what)) {
        return Some(format!("The record cannot be written, so nothing new is started: {why}"));
    }
    if matches!(what, Do::NextMatch | Do::PreviousMatch) {
        return search::why_not(model);
    }
    if model.finished() {
        return changes(what).then(|| "The run is over; its record is closed.".into());
    }
    if let (Some(driver), true) = (&model.options.watching, changes(what)) {
        return Some(format!("You are only watching: {driver} drives the run."));
    }
    let running = model.state().is_some_and(|state| state.phase == RunPhase::Running);
    match what {
        Do::Skip | Do::Retry | Do::TakeOver | Do::Refresh | Do::RollBack | Do::Pause if !running => {
            Some("The run has not begun: press enter to begin it.".into())
        }
        Do::Retry => Some("Only a failed step can be tried again.".into()),
        Do::Copy => Some("Nothing to copy: this step has not failed, and has no instructions and no command.".into()),
        Do::Keep => Some("Nothing to explain: this step has not failed and is not in doubt.".into()),
        Do::Skip if in_doubt(model) => Some("Say first whether its call happened (enter): left out, the change would be forgotten.".into()),
        Do::Skip => Some("This step cannot be left out as it is now.".into()),
        Do::TakeOver if given_up(model).is_some() => {
            Some(format!("It is under way: {} gives it up first; then say that you did it by hand.", keymap::name(Do::Abort)))
        }
        Do::TakeOver => Some("This step cannot be taken over as it is now.".into()),
        Do::RollBack => Some("There is nothing to roll back: no completed step has a rollback, or it is under way.".into()),
        Do::Act if paused(model).is_some() && model.selected_step().is_some_and(|(_, step)| step.phase == StepPhase::Proposed) => {
            let reason = paused(model).unwrap_or_default();
            Some(format!("The run is paused ({reason}). Press {} to go on, then confirm.", keymap::name(Do::Pause)))
        }
        _ => None,
    }
}
