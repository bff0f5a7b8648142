//! Fields to fill in, and what is wrong with what was filled in.

use regex::Regex;
use tui_input::{Input, InputRequest};

use super::when;
use crate::engine::{may_be_same_person, name_objection};
use crate::id::CheckId;

/// The shortest reason that is taken, in characters.
pub(super) const LEAST_REASON: usize = 5;

/// The longest text a field takes, in characters.
const LONGEST: usize = 500;

/// What a field is for.
#[derive(Debug, Clone)]
pub enum FieldKind {
    /// Why a precondition is overridden.
    Override(CheckId),
    /// The answer to what a step asks for.
    Answer {
        /// Its name.
        name: String,
        /// What the whole answer must match; `None` takes anything but nothing.
        pattern: Option<Regex>,
        /// What that is, in words: `must match INC-[0-9]+, such as INC-4711`.
        wanted: String,
        /// The answers there are, each with what it means; empty when any text will do.
        options: Vec<(String, String)>,
    },
    /// Exactly this text, typed by hand.
    Exact(String),
    /// The name of a second person: anybody but this one.
    Person {
        /// Who sits at the keys.
        operator: String,
    },
    /// Why.
    Reason,
    /// Why, if somebody wants to say so.
    Remark,
    /// A line of the timeline.
    Note,
    /// Words to find a command by.
    Search,
}

/// One field.
#[derive(Debug, Clone)]
pub struct Field {
    /// What it is for.
    pub kind: FieldKind,
    /// What stands in front of it.
    pub label: String,
    /// What was typed.
    pub input: Input,
    /// It was not typed but picked from the options.
    pub(super) picked: bool,
}

impl Field {
    /// An empty field.
    pub fn new(kind: FieldKind, label: impl Into<String>) -> Self {
        Self { kind, label: label.into(), input: Input::default(), picked: false }
    }

    /// What was typed, without blanks around it, except where it must be exact.
    pub fn value(&self) -> &str {
        match self.kind {
            FieldKind::Exact(_) => self.input.value(),
            _ => self.input.value().trim(),
        }
    }

    /// What is wrong with it; `None` when it can be taken.
    pub fn problem(&self) -> Option<String> {
        let value = self.value();
        match &self.kind {
            FieldKind::Override(_) | FieldKind::Reason => {
                let missing = LEAST_REASON.saturating_sub(value.chars().count());
                (missing > 0).then(|| format!("a reason of at least {LEAST_REASON} characters"))
            }
            FieldKind::Answer { pattern, options, wanted, .. } => match pattern {
                _ if !options.is_empty() => self.chosen().is_none().then(|| {
                    let begun = options.iter().any(|(name, _)| name.starts_with(value));
                    if value.is_empty() {
                        "choose one"
                    } else if begun {
                        "not complete"
                    } else {
                        "not one of them"
                    }
                    .into()
                }),
                _ if value.is_empty() => Some("an answer is needed".into()),
                Some(pattern) if !pattern.is_match(value) => Some(wanted.clone()),
                _ => None,
            },
            FieldKind::Exact(expected) => (value != expected).then(|| {
                if value.is_empty() {
                    format!("type {expected}")
                } else if expected.starts_with(value) {
                    "not complete".into()
                } else {
                    "does not match".into()
                }
            }),
            FieldKind::Person { operator } => {
                if value.chars().count() < 2 {
                    Some("the name of a second person".into())
                } else if may_be_same_person(value, operator) {
                    Some("that is you: somebody else must agree".into())
                } else {
                    name_objection(value).map(str::to_owned)
                }
            }
            FieldKind::Note if value.is_empty() => Some("write something, or press Esc".into()),
            FieldKind::Note => when::parse(value).err(),
            FieldKind::Search | FieldKind::Remark => None,
        }
    }

    /// Text may be pasted into it. What is typed to confirm is typed by hand.
    pub fn takes_paste(&self) -> bool {
        !matches!(self.kind, FieldKind::Exact(_) | FieldKind::Person { .. })
    }

    /// Edits it; more than the longest text is not taken.
    pub fn edit(&mut self, request: InputRequest) {
        if matches!(request, InputRequest::InsertChar(_)) && self.input.value().chars().count() >= LONGEST {
            return;
        }
        self.make_room(request);
        self.input.handle(request);
    }
}

/// Fields, one of which has the keys.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// In their order.
    pub fields: Vec<Field>,
    /// Which one has the keys.
    pub focus: usize,
}

impl Form {
    /// These fields, the first with the keys.
    pub fn new(fields: Vec<Field>) -> Self {
        Self { fields, focus: 0 }
    }

    /// The field with the keys.
    pub fn focused(&mut self) -> Option<&mut Field> {
        self.fields.get_mut(self.focus)
    }

    /// The first field that cannot be taken, seen from the one after the focus, round about.
    pub fn next_problem(&self) -> Option<usize> {
        let n = self.fields.len();
        (1..=n).map(|i| (self.focus + i) % n).find(|i| self.fields[*i].problem().is_some())
    }

    /// Moves the keys by `by` fields, round about.
    pub fn shift(&mut self, by: isize) {
        let n = self.fields.len();
        if n > 0 {
            self.focus = self.focus.checked_add_signed(by).map_or(n - 1, |at| at % n);
        }
    }

    /// What was written into the first field of a kind.
    pub fn find(&self, wanted: impl Fn(&FieldKind) -> bool) -> Option<&str> {
        self.fields.iter().find(|field| wanted(&field.kind)).map(Field::value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(kind: FieldKind, text: &str) -> Option<String> {
        let mut field = Field::new(kind, "");
        field.input = text.into();
        field.problem()
    }

    #[test]
    fn typed_text_must_be_exact_to_the_blank() {
        let exact = || FieldKind::Exact("orders-replica".into());
        assert_eq!(filled(exact(), "orders-replica"), None);
        for wrong in ["orders-replica ", " orders-replica", "Orders-replica", "orders-replic", ""] {
            assert!(filled(exact(), wrong).is_some(), "{wrong:?}");
        }
    }

    #[test]
    fn the_second_person_is_another() {
        let person = || FieldKind::Person { operator: "alice".into() };
        for same in ["Alice", "а lice", "ａｌｉｃｅ"] {
            assert!(filled(person(), same).is_some(), "{same}");
        }
        assert!(filled(person(), "").is_some());
        assert_eq!(filled(person(), "bob"), None);
    }

    #[test]
    fn answers_match_as_a_whole() {
        let answer = || FieldKind::Answer {
            name: "ticket".into(),
            pattern: Regex::new("^(?:INC-[0-9]+)$").ok(),
            wanted: "must match INC-[0-9]+".into(),
            options: Vec::new(),
        };
        assert_eq!(filled(answer(), " INC-4711 "), None);
        assert_eq!(filled(answer(), "see INC-4711").as_deref(), Some("must match INC-[0-9]+"));
    }

    #[test]
    fn reasons_need_five_characters() {
        assert!(filled(FieldKind::Reason, "    ok   ").is_some());
        assert_eq!(filled(FieldKind::Reason, "known"), None);
    }
}
