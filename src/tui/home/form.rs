//! The form for the parameters of a runbook.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::{Input, InputRequest};

use super::data::{Book, Param};
use crate::clock::{MOMENT_EXAMPLES, Moment};
use crate::engine::RunKind;
use crate::tui::dialog::edit;
use crate::tui::text;

/// The name of the field for the beginning of the outage, as of the command line's flag.
const OUTAGE: &str = "incident-start";

/// The longest value that is taken, in characters.
const LONGEST: usize = 500;

/// One parameter being filled in. It begins with its default.
#[derive(Debug, Clone)]
pub(super) struct ParamField {
    pub(super) param: Param,
    pub(super) input: Input,
    /// What is wrong with it; `None` when it can be taken.
    pub(super) problem: Option<String>,
    /// It is no parameter, but when the outage began.
    outage: bool,
    /// It was typed into, or left: from then on it says what is missing as a fault.
    pub(super) touched: bool,
}

impl ParamField {
    /// When the outage began: where the clock of a live run starts. No parameter of the runbook.
    fn outage(book: &Book) -> Self {
        let param = Param {
            name: OUTAGE.into(),
            takes: MOMENT_EXAMPLES.replace('`', ""),
            default: Some("now".into()),
            description: Some("When the outage began: the RTO clock starts there".into()),
            choices: Vec::new(),
        };
        Self { outage: true, ..Self::new(&param, book) }
    }

    fn new(param: &Param, book: &Book) -> Self {
        let input = Input::new(param.default.clone().unwrap_or_default());
        let mut field = Self { param: param.clone(), input, problem: None, touched: false, outage: false };
        field.check(book);
        field
    }

    /// A value must be given: there is no default.
    pub(super) fn required(&self) -> bool {
        self.param.default.is_none()
    }

    /// It has none, and must have one.
    pub(super) fn missing(&self) -> bool {
        self.required() && self.input.value().is_empty()
    }

    /// It is as the runbook has it.
    pub(super) fn is_default(&self) -> bool {
        self.param.default.as_deref() == Some(self.input.value())
    }

    fn check(&mut self, book: &Book) {
        let value = self.input.value();
        self.problem = if self.is_default() {
            None
        } else if self.outage {
            value.parse::<Moment>().err()
        } else if self.missing() {
            Some(format!("a value is needed: {}", self.param.takes))
        } else {
            book.asks.as_ref().and_then(|asks| asks.problem(&self.param.name, value))
        };
    }

    /// Takes the next of the values there are.
    fn turn(&mut self, by: isize) {
        let choices = &self.param.choices;
        let n = choices.len();
        let at = choices.iter().position(|choice| choice == self.input.value());
        let next = match at {
            Some(at) => at.checked_add_signed(by).map_or(n.saturating_sub(1), |at| at % n.max(1)),
            None if by < 0 => n.saturating_sub(1),
            None => 0,
        };
        if let Some(choice) = choices.get(next) {
            self.input = Input::new(choice.clone());
        }
    }
}

/// The form of a runbook.
#[derive(Debug, Clone)]
pub(super) struct Form {
    pub(super) book: Arc<Book>,
    pub(super) fields: Vec<ParamField>,
    pub(super) focus: usize,
}

impl Form {
    pub(super) fn new(book: &Arc<Book>, kind: RunKind) -> Self {
        let mut fields: Vec<ParamField> = book.params.iter().map(|param| ParamField::new(param, book)).collect();
        if kind == RunKind::Live {
            fields.push(ParamField::outage(book));
        }
        // The first that needs something has the keys.
        let focus = fields.iter().position(|field| field.problem.is_some()).unwrap_or(0);
        Self { book: Arc::clone(book), fields, focus }
    }

    /// The first field that cannot be taken, seen from the focus, round about.
    pub(super) fn next_problem(&self) -> Option<usize> {
        let n = self.fields.len();
        (0..n).map(|i| (self.focus + i) % n).find(|i| self.fields[*i].problem.is_some())
    }

    /// Moves the keys by `by` fields, round about.
    pub(super) fn shift(&mut self, by: isize) {
        let n = self.fields.len();
        if n > 0 {
            self.fields[self.focus].touched = true;
            self.focus = self.focus.checked_add_signed(by).map_or(n - 1, |at| at % n);
        }
    }

    /// What is to be said on the command line: the values that are not the runbook's own.
    pub(super) fn given(&self) -> Vec<(String, String)> {
        let changed = self.fields.iter().filter(|field| !field.outage && !field.is_default());
        changed.map(|field| (field.param.name.clone(), field.input.value().to_owned())).collect()
    }

    /// When the outage began, where that is said.
    pub(super) fn outage(&self) -> Option<String> {
        let said = self.fields.iter().find(|field| field.outage && !field.is_default())?;
        Some(said.input.value().trim().to_owned())
    }

    /// A key for the field that has the keys.
    pub(super) fn key(&mut self, event: &KeyEvent) {
        let Some(field) = self.fields.get_mut(self.focus) else { return };
        if field.param.choices.is_empty() {
            let Some(request) = edit(event) else { return };
            insert(field, request);
        } else {
            match event.code {
                KeyCode::Left | KeyCode::Backspace => field.turn(-1),
                KeyCode::Right | KeyCode::Char(' ') => field.turn(1),
                KeyCode::Char(c) => {
                    // The next one that begins so.
                    let begins = |choice: &String| choice.to_lowercase().starts_with(c.to_ascii_lowercase());
                    if let Some(choice) = field.param.choices.iter().find(|choice| begins(choice)) {
                        field.input = Input::new(choice.clone());
                    }
                }
                _ => return,
            }
        }
        field.touched = true;
        field.check(&self.book);
    }

    /// Pasted text: fine for a value.
    pub(super) fn paste(&mut self, pasted: &str) {
        let Some(field) = self.fields.get_mut(self.focus).filter(|field| field.param.choices.is_empty()) else { return };
        for c in text::clean(pasted.trim()).chars() {
            insert(field, InputRequest::InsertChar(c));
        }
        field.touched = true;
        field.check(&self.book);
    }
}

fn insert(field: &mut ParamField, request: InputRequest) {
    let full = field.input.value().chars().count() >= LONGEST;
    if !(full && matches!(request, InputRequest::InsertChar(_))) {
        field.input.handle(request);
    }
}
