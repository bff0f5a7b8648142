//! Everything the screen shows: the run's read model, and what only the screen knows (selection, scroll, dialogs).

use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use jiff::Timestamp;
use ratatui::layout::Size;
use ratatui::text::Line;

use super::alert::Alerts;
use super::changes::Changes;
use super::dialog::Dialog;
use super::entries::Entries;
use super::gantt::Gantt;
use super::rows::{Row, Selected, rows};
use super::search::Search;
use super::theme::{Palette, Theme};
use crate::clock::Stamp;
use crate::engine::{self, Actor, RunKind, RunPhase, State, StepPhase, StepState};
use crate::journal::Record;
use crate::plan::Step;
use crate::view::{CheckNow, Driven, Forecast, GateNow, RunView, Telemetry};

/// The smallest screen that can be used.
pub const SMALLEST: Size = Size { width: 80, height: 24 };

/// Whether a screen is too small to show what a key would do.
pub(super) fn is_too_small(size: Size) -> bool {
    size.width < SMALLEST.width || size.height < SMALLEST.height
}

/// What the command line chose.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Symbols and borders from ASCII alone.
    pub ascii: bool,
    /// The colours.
    pub theme: Palette,
    /// No colours at all (`NO_COLOR`).
    pub no_color: bool,
    /// The run's folder, shown at the end.
    pub record: PathBuf,
    /// Another process drives the run and this screen only watches: who, as far as that is known.
    pub watching: Option<String>,
    /// Ring the bell, and have the terminal show a notification, for what waits, fails or ends.
    pub bell: bool,
    /// What takes the place of AWS by the environment: for the screen on which runs are chosen. A run knows its own.
    pub elsewhere: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { ascii: false, theme: Palette::Dark, no_color: false, record: PathBuf::new(), watching: None, elsewhere: None, bell: true }
    }
}

/// What happens to the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key, and the time it came, by the machine's own time.
    Key(KeyEvent, Duration),
    /// The mouse.
    Mouse(MouseEvent),
    /// The terminal has another size.
    Resize(Size),
    /// Text was pasted.
    Paste(String),
    /// Another window has the keys.
    FocusLost,
    /// The model as it is was drawn.
    Drawn,
    /// A record has reached the journal.
    Record(Box<Record>),
    /// A reading, a progress or a log line.
    Telemetry(Telemetry),
    /// The journal takes no more records: why.
    Unrecorded(String),
    /// The engine refused a command.
    Refused(String),
    /// Who drives the run that is watched, or that nobody does any more.
    Driven(Driven),
    /// What was to be kept in the run's folder was written there, or why not.
    Kept(Result<PathBuf, String>),
    /// The driver has stopped.
    Ended,
    /// Time went by.
    Tick {
        /// The time of the run's world.
        now: Stamp,
        /// The machine's own time, since the screen was opened.
        own: Duration,
        /// How many seconds of the run's world go by in one of ours just now.
        speed: f64,
    },
}

/// What the screen wants from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Cmd {
    /// Tell the engine.
    Send(engine::Command),
    /// Close the screen.
    Leave(Left),
    /// Give the terminal back and stop the process until it is continued.
    Suspend,
    /// Take the terminal again from whoever had it while the process was stopped.
    Retake,
    /// Draw every cell anew.
    Redraw,
    /// Put a text on the clipboard of the person's terminal.
    Copy(String),
    /// Call whoever looks elsewhere, with this text.
    Alert(String),
    /// Write a text into the run's folder, and tell what came of it.
    Keep {
        /// The file's name, without its ending.
        name: String,
        /// What is written.
        text: String,
    },
}

/// How the screen was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// The run is over.
    Finished,
    /// The run is not over: stop now, it can be resumed.
    Quit,
    /// The run is not over: let what is in flight finish, begin nothing new, then stop.
    LeaveAndFinish,
}

/// What the body of the screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// Steps, details, the last of the timeline.
    Steps,
    /// The timeline alone.
    Timeline,
    /// The steps over time.
    Gantt,
    /// The changes of all steps.
    Plan,
    /// How the run ended.
    Summary,
}

/// The panes of the steps screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The list.
    Steps,
    /// The details of the selected row.
    Details,
    /// The last lines of the timeline.
    Timeline,
}

/// A message that stays until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// Something was refused or cannot be done.
    pub bad: bool,
    /// What.
    pub text: String,
}

/// Lines that are kept because they are long in the making and seldom change.
#[derive(Debug, Default)]
pub struct Written {
    /// The lines.
    pub lines: Vec<Line<'static>>,
    /// For how many columns and after how many records they were written.
    of: Option<(u16, u64)>,
}

/// The model.
#[derive(Debug)]
pub struct Model {
    /// The read model of the run.
    pub run: RunView,
    /// Now, as last told.
    pub now: Stamp,
    /// The machine's own time, as last told: turns the spinner.
    pub own: Duration,
    /// How many seconds of the run's world go by in one of ours, as last told: 1 outside drills, and in a drill that waits for a person.
    pub speed: f64,
    /// Who sits at the keys.
    pub operator: Actor,
    /// What the command line chose.
    pub options: Options,
    /// The look.
    pub theme: Theme,
    /// The terminal's size.
    pub size: Size,
    /// What the body shows.
    pub screen: Screen,
    /// Which pane has the arrow keys.
    pub focus: Pane,
    /// The selected row.
    pub selected: Selected,
    /// The selection follows the run: until the first key that comes while it runs, or, for who only watches, until it is moved.
    pub follow: bool,
    /// The first row of the steps pane that is shown.
    pub steps_offset: usize,
    /// The first line of the details that is shown.
    pub details_scroll: usize,
    /// How many lines the timeline is scrolled back from its end.
    pub timeline_back: usize,
    /// The entry of the timeline that is marked on its own screen, by its number in the journal; the newest where there is none.
    pub marked: Option<u64>,
    /// The text that is looked for in the timeline and in the plan.
    pub search: Search,
    /// Open dialogs; the last has the keys.
    pub dialogs: Vec<Dialog>,
    /// The dialog on top is on the screen as it is.
    pub drawn: bool,
    /// The last frame that was drawn was too small to show anything.
    pub blind: bool,
    /// What was selected on the last frame that was drawn.
    pub shown: Selected,
    /// A step that began to wait for a person while another one was at hand, and has not been looked at since.
    pub flag: Option<usize>,
    /// A message that stays until the next key.
    pub flash: Option<Flash>,
    /// The rows of the steps pane.
    pub rows: Vec<Row>,
    /// When the run will be over.
    pub forecast: Option<Forecast>,
    /// The journal takes no more records, and why: nothing can be asked of the run any more.
    pub unrecorded: Option<String>,
    /// The driver has stopped.
    pub ended: bool,
    /// Since when nobody drives the run that is watched.
    pub left_alone: Option<Timestamp>,
    /// What was called out already.
    pub(super) alerts: Alerts,
    /// When Enter was last pressed, held or not.
    pub(super) last_enter: Option<Duration>,
    /// The lines of the summary, and what they were written from.
    pub outcome: Written,
    /// The chart of steps over time.
    pub gantt: Gantt,
    /// The list of all changes.
    pub changes: Changes,
    /// The entries of the timeline that are shown.
    pub(super) entries: Entries,
    rows_for: Option<(usize, usize)>,
    /// The steps that waited for a person at the last look.
    waited: Vec<usize>,
    summary_shown: bool,
}

impl Model {
    /// A screen before the first record.
    pub fn new(operator: Actor, options: Options, size: Size, now: Stamp) -> Self {
        let theme = Theme::new(options.theme, !options.no_color, options.ascii);
        Self {
            run: RunView::new(),
            now,
            own: Duration::ZERO,
            speed: 1.0,
            operator,
            options,
            theme,
            size,
            screen: Screen::Steps,
            focus: Pane::Steps,
            selected: Selected::Run,
            follow: true,
            steps_offset: 0,
            details_scroll: 0,
            timeline_back: 0,
            marked: None,
            search: Search::default(),
            dialogs: Vec::new(),
            drawn: false,
            blind: false,
            shown: Selected::Run,
            flag: None,
            flash: None,
            rows: Vec::new(),
            forecast: None,
            unrecorded: None,
            ended: false,
            left_alone: None,
            alerts: Alerts::default(),
            last_enter: None,
            outcome: Written::default(),
            gantt: Gantt::default(),
            changes: Changes::default(),
            entries: Entries::default(),
            rows_for: None,
            waited: Vec::new(),
            summary_shown: false,
        }
    }

    /// The run's state, once there is one.
    pub fn state(&self) -> Option<&State> {
        self.run.state.as_ref()
    }

    /// The kind of the run.
    pub fn kind(&self) -> Option<RunKind> {
        self.state().map(|state| state.kind)
    }

    /// A step by its place in the state's list: what the plan says and where it stands.
    pub fn step(&self, index: usize) -> Option<(&Step, &StepState)> {
        let state = self.state()?;
        let (_, step) = state.steps.get_index(index)?;
        Some((super::rows::plan_step(&state.plan, index)?, step))
    }

    /// The selected step.
    pub fn selected_step(&self) -> Option<(&Step, &StepState)> {
        match self.selected {
            Selected::Run => None,
            Selected::Step(index) => self.step(index),
        }
    }

    /// The run's own preconditions as they stand now.
    pub fn run_gate(&self) -> GateNow<'_> {
        let checks = self.state().map_or(&[][..], |state| &state.plan.preconditions);
        GateNow::look(&self.run, checks, self.now)
    }

    /// A step's preconditions as they stand now.
    pub fn step_gate<'a>(&'a self, step: &'a Step) -> GateNow<'a> {
        GateNow::look(&self.run, &step.preconditions, self.now)
    }

    /// The places of the steps that wait for a person. Empty unless steps can run.
    pub fn waiting(&self) -> impl Iterator<Item = usize> {
        self.run.tally.waiting.iter().copied()
    }

    /// The step cannot go on before a person acts.
    pub fn waits(&self, index: usize) -> bool {
        self.run.tally.waiting.contains(&index)
    }

    /// The first precondition that has been sampled and stands against a step that waits for its confirmation.
    pub fn blocked(&self, index: usize) -> Option<CheckNow<'_>> {
        let (plan, step) = self.step(index)?;
        if step.phase != StepPhase::Proposed || plan.preconditions.is_empty() || !self.waits(index) {
            return None;
        }
        self.step_gate(plan).checks.into_iter().find(|now| now.blocks() && !now.awaited)
    }

    /// The hands are on the keys: from now on nothing moves the selection but them.
    pub(super) fn take_hold(&mut self) {
        if !self.watching() && self.state().is_some_and(|state| state.phase == RunPhase::Running) {
            self.follow = false;
        }
    }

    /// The places of the steps with work under way outside.
    pub fn in_flight(&self) -> impl Iterator<Item = usize> {
        self.run.tally.in_flight.iter().copied()
    }

    /// Another process drives the run: nothing can be asked of it here.
    pub fn watching(&self) -> bool {
        self.options.watching.is_some()
    }

    /// The run is over.
    pub fn finished(&self) -> bool {
        self.state().is_some_and(|state| matches!(state.phase, RunPhase::Finished { .. }))
    }

    /// Which picture of the spinner is due: five a second, whatever the world's speed.
    pub fn frame(&self) -> usize {
        usize::try_from(self.own.as_millis() / 200).unwrap_or(0)
    }

    /// Brings what is derived up to date: rows, selection, open dialogs, forecast. Called before a frame and before a key is taken.
    pub fn refresh(&mut self) {
        let Some(state) = &self.run.state else { return };
        let rollbacks = if state.rolling_back { self.run.tally.undoable.len() } else { 0 };
        let shape = (state.steps.len(), rollbacks);
        if self.rows_for != Some(shape) {
            self.rows = rows(state);
            self.rows_for = Some(shape);
        }
        self.forecast = self.run.course.forecast(state, &self.run.watch, self.now);
        if self.finished() && !self.summary_shown {
            self.summary_shown = true;
            self.screen = Screen::Summary;
            self.follow = false;
            self.selected = Selected::Run;
        }
        if self.follow && self.dialogs.is_empty() {
            self.follow_run();
        }
        let filter = if self.screen == Screen::Timeline { self.search.filter() } else { "" };
        let added = self.entries.update(&self.run, filter, super::view::timeline_columns(self.size.width));
        // What is being read stands still while new entries come.
        if self.timeline_back > 0 {
            self.timeline_back += added;
        }
        super::search::refresh(self);
        super::mark::keep_in_view(self);
        super::dialog::sync(self);
        self.raise_flag();
        let height = usize::from(super::layout::areas(self).steps.height.saturating_sub(2)).max(1);
        self.steps_offset = self.keep_in_view(self.steps_offset, height);
        let written = (self.size.width, self.run.records);
        if self.screen == Screen::Summary && self.outcome.of != Some(written) {
            self.outcome = Written { lines: super::view::summary_lines(self, self.size.width), of: Some(written) };
        }
        super::gantt::refresh(self);
        super::changes::refresh(self);
    }

    /// Selects what needs the operator, else what is under way, else stays. Only while nobody has the keys: what somebody looks at, and
    /// may be about to act on, is never taken from under their hands.
    fn follow_run(&mut self) {
        let Some(state) = self.state() else { return };
        let next = match state.phase {
            RunPhase::Running => {
                let stays = matches!(self.selected, Selected::Step(index) if self.waits(index));
                let busy = self.selected_step().is_some_and(|(_, step)| step.phase.is_in_flight());
                let waiting = self.waiting().next();
                match waiting {
                    _ if stays => return,
                    Some(index) => Selected::Step(index),
                    None if busy => return,
                    None => {
                        let retrying = self.run.tally.retrying.first().copied();
                        match self.in_flight().next().or(retrying) {
                            Some(index) => Selected::Step(index),
                            None => return,
                        }
                    }
                }
            }
            _ => Selected::Run,
        };
        self.select(next);
    }

    /// The step the hands are on: the one of the dialog on top, else the selected one.
    pub fn at_hand(&self) -> Option<usize> {
        let about = self.dialogs.last().map(|dialog| dialog.kind.step());
        about.unwrap_or(match self.selected {
            Selected::Run => None,
            Selected::Step(index) => Some(index),
        })
    }

    /// What begins to wait elsewhere takes neither the selection nor the keys from what is at hand: it raises a flag, which stays until
    /// somebody has gone there or nothing waits there any more.
    fn raise_flag(&mut self) {
        let waiting: Vec<usize> = self.waiting().collect();
        let seen = if self.screen == Screen::Steps { self.at_hand() } else { None };
        let new = waiting.iter().find(|index| !self.waited.contains(index));
        self.flag = new.copied().or(self.flag).filter(|index| Some(*index) != seen && waiting.contains(index));
        self.waited = waiting;
    }

    /// Selects a row; another row's details begin at their top.
    pub fn select(&mut self, selected: Selected) {
        if self.selected != selected {
            self.selected = selected;
            self.details_scroll = 0;
        }
    }

    /// The first row to show, so that the selected one is among `height` of them; `offset` where that is so already.
    pub(super) fn keep_in_view(&self, offset: usize, height: usize) -> usize {
        let Some(at) = self.rows.iter().position(|row| self.selected.is(row)) else { return offset };
        // The heading above the first row of a phase comes into view with it.
        let top = if at > 0 && !self.rows[at - 1].selectable() { at - 1 } else { at };
        let offset = if top < offset {
            top
        } else if at >= offset + height {
            at + 1 - height
        } else {
            offset
        };
        offset.min(self.rows.len().saturating_sub(height))
    }

    /// Shows a message until the next key.
    pub fn say(&mut self, text: impl Into<String>) {
        self.flash = Some(Flash { bad: false, text: text.into() });
    }

    /// Shows that something cannot be done, until the next key.
    pub fn complain(&mut self, text: impl Into<String>) {
        self.flash = Some(Flash { bad: true, text: text.into() });
    }

    /// Nobody can read what a key would do: not as the screen is, or not as it was drawn last.
    pub(super) fn is_blind(&self) -> bool {
        self.blind || is_too_small(self.size)
    }

    /// Opens a dialog on top. It takes no confirmation before it was drawn.
    pub fn open(&mut self, dialog: Dialog) {
        self.dialogs.push(dialog);
        super::dialog::sync(self);
        if let Some(dialog) = self.dialogs.last_mut() {
            dialog.form.focus = 0;
        }
        self.drawn = false;
    }

    /// Closes the dialog on top.
    pub fn close(&mut self) {
        self.dialogs.pop();
        self.drawn = false;
    }
}
