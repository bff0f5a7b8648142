//! What must never be shown or written: the secrets this process knows, and the one way to take them out of a text.
//!
//! A secret is found as it is, in capitals and in small letters, and in the forms in which programs and services repeat it (base64,
//! percent-encoding, JSON, XML, hex). Only
//! what was learned is found: a secret that nobody told lifeboat about looks like any other text.

mod environment;
mod finder;
mod forms;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use finder::Finder;

pub use environment::is_secret_name;

/// What stands where a secret stood.
pub const MARK: &str = "[redacted]";

/// Shorter values are not learned: `dev`, `true` and `test` would take half of every text away.
pub const SHORTEST: usize = 8;

/// The secrets that are known, shared by everything that lets text in. Clones are the same registry.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    /// Every form of every secret, in small letters: case is not told apart.
    forms: BTreeSet<String>,
    /// The same in base64, of which every longer piece is found.
    encoded: BTreeSet<String>,
    /// The runbook's own, by their names.
    named: BTreeMap<String, String>,
    /// Finds all of them at once; made anew when it is next needed after something was learned.
    finder: Option<Arc<Finder>>,
}

impl Secrets {
    /// What the process's environment holds: variables named like a secret, and passwords in addresses.
    pub fn of_environment() -> Self {
        let secrets = Self::default();
        for (name, value) in std::env::vars_os() {
            for secret in environment::secrets_of(&name.to_string_lossy(), &value.to_string_lossy()) {
                secrets.learn(secret);
            }
        }
        secrets
    }

    /// From now on this value is hidden. Values of less than eight characters are not learned.
    pub fn learn(&self, value: &str) {
        // The mark is no secret, and what is inside it cannot be hidden by it.
        let forms = pieces(value).flat_map(forms::of).map(|form| form.to_ascii_lowercase()).filter(|form| !MARK.contains(form.as_str()));
        let (forms, encoded): (Vec<String>, Vec<String>) = (forms.collect(), pieces(value).flat_map(forms::base64).collect());
        let mut known = self.lock();
        let before = known.forms.len() + known.encoded.len();
        known.forms.extend(forms);
        known.encoded.extend(encoded);
        if known.forms.len() + known.encoded.len() != before {
            known.finder = None;
        }
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.lock().forms.is_empty()
    }

    /// Learns a value and keeps it under a name, for the texts that are to hold it.
    pub fn keep(&self, name: &str, value: String) {
        self.learn(&value);
        self.pretend(name, value);
    }

    /// Keeps a value that only stands for a secret, as in a drill: it is not hidden.
    pub fn pretend(&self, name: &str, value: String) {
        self.lock().named.insert(name.to_owned(), value);
    }

    /// The value kept under a name.
    pub fn value(&self, name: &str) -> Option<String> {
        self.lock().named.get(name).cloned()
    }

    /// Whether a secret stands in the text; of the runbook's own also one that is too short to be hidden everywhere.
    pub fn stand_in(&self, text: &str) -> bool {
        let named = self.lock().named.values().any(|secret| !secret.is_empty() && text.contains(secret.as_str()));
        named || matches!(self.hide(text), Cow::Owned(_))
    }

    /// The text with the mark in place of every secret; as it was, and borrowed, when there is none.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(finder) = self.lock().finder() else { return Cow::Borrowed(text) };
        let mut spans: Vec<Range<usize>> = Vec::new();
        // They come in the order of their ends, almost: one in base64 reaches beyond the piece that was found of it. Those that overlap or touch become one: nothing of either is left over.
        for mut span in finder.find(text) {
            while let Some(last) = spans.pop_if(|last| last.end >= span.start) {
                span = span.start.min(last.start)..span.end.max(last.end);
            }
            spans.push(span);
        }
        if spans.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut shown = String::with_capacity(text.len());
        let mut from = 0;
        for span in spans {
            shown.push_str(&text[from..span.start]);
            shown.push_str(MARK);
            from = span.end;
        }
        shown.push_str(&text[from..]);
        Cow::Owned(shown)
    }

    /// [`Secrets::hide`] for a text that was cut off: the beginning of a secret at its end goes, too.
    pub fn hide_cut<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let hidden = self.hide(text);
        let known = self.lock();
        let keep = known.forms.iter().chain(&known.encoded).map(|form| hidden.len() - overlap(&hidden, form)).min();
        drop(known);
        match (keep, hidden) {
            (Some(keep), Cow::Borrowed(text)) => Cow::Borrowed(&text[..keep]),
            (Some(keep), Cow::Owned(mut text)) => {
                text.truncate(keep);
                Cow::Owned(text)
            }
            (None, hidden) => hidden,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn finder(&mut self) -> Option<Arc<Finder>> {
        if self.finder.is_none() && !self.forms.is_empty() {
            self.finder = Some(Arc::new(Finder::new(&self.forms, &self.encoded)));
        }
        self.finder.clone()
    }
}

impl fmt::Debug for Secrets {
    /// Never the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} forms)", self.lock().forms.len())
    }
}

/// Variables of the environment whose secret stands in a text as it is. Only values that no person would choose as a name count: a
/// failover must not be refused because somebody called a variable `SECRET_BACKEND` and set it to `orders-replica`.
pub fn variables_in(text: &str) -> Vec<String> {
    let named = std::env::vars_os().filter_map(|(name, value)| {
        let (name, value) = (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned());
        let mut secrets = environment::secrets_of(&name, &value);
        secrets.any(|secret| pieces(secret).any(|piece| looks_random(piece) && text.contains(piece))).then_some(name)
    });
    let mut names: Vec<String> = named.collect();
    names.sort();
    names
}

/// Whether a value looks made by a machine: capitals, small letters and digits mixed, or letters and digits at length.
fn looks_random(value: &str) -> bool {
    let has = |class: fn(&char) -> bool| value.chars().any(|c| class(&c));
    let (small, capital, digit) = (has(char::is_ascii_lowercase), has(char::is_ascii_uppercase), has(char::is_ascii_digit));
    small && capital && digit || digit && (small || capital) && value.len() >= 24
}

/// The parts of a value that are secret by themselves: output comes in lines, so a key of many lines is learned line by line. The first
/// and last line of a PEM block say only what it is.
fn pieces(value: &str) -> impl Iterator<Item = &str> {
    let whole = std::iter::once(value.trim());
    let lines = value.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    whole.chain(lines).filter(|piece| piece.chars().count() >= SHORTEST)
}

/// How many bytes at the end of `text` are the beginning of `form`.
fn overlap(text: &str, form: &str) -> usize {
    let longest = text.len().min(form.len().saturating_sub(1));
    let ends = |length: &usize| {
        let start = text.len() - length;
        form.is_char_boundary(*length) && text.is_char_boundary(start) && text[start..].eq_ignore_ascii_case(&form[..*length])
    };
    (1..=longest).rev().find(ends).unwrap_or(0)
}

#[cfg(test)]
mod tests;
