//! What must never be shown or written: the secrets this process knows, and the one way to take them out of a text.
//!
//! A secret is found as it is and in the forms in which programs and services repeat it (base64, percent-encoding, JSON, XML, hex). Only
//! what was learned is found: a secret that nobody told lifeboat about looks like any other text.

mod environment;
mod forms;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

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
    /// Every form of every secret.
    forms: BTreeSet<String>,
    /// The runbook's own, by their names.
    named: BTreeMap<String, String>,
    /// Finds all of them at once; made anew when it is next needed after something was learned.
    finder: Option<Arc<AhoCorasick>>,
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
        let forms: Vec<String> = pieces(value).flat_map(forms::of).filter(|form| !MARK.contains(form.as_str())).collect();
        let mut known = self.lock();
        let before = known.forms.len();
        known.forms.extend(forms);
        if known.forms.len() != before {
            known.finder = None;
        }
    }

    /// Learns a value and keeps it under a name, for the texts that are to hold it.
    pub fn keep(&self, name: &str, value: String) {
        self.learn(&value);
        self.lock().named.insert(name.to_owned(), value);
    }

    /// The value kept under a name.
    pub fn value(&self, name: &str) -> Option<String> {
        self.lock().named.get(name).cloned()
    }

    /// The text with the mark in place of every secret; as it was, and borrowed, when there is none.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(finder) = self.lock().finder() else { return Cow::Borrowed(text) };
        let mut spans: Vec<Range<usize>> = Vec::new();
        // They come in the order of their ends. Those that overlap or touch become one: nothing of either is left over.
        for found in finder.find_overlapping_iter(text) {
            let mut span = found.range();
            while let Some(last) = spans.pop_if(|last| last.end >= span.start) {
                span.start = span.start.min(last.start);
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
        let keep = self.lock().forms.iter().map(|form| hidden.len() - overlap(&hidden, form)).min();
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
    fn finder(&mut self) -> Option<Arc<AhoCorasick>> {
        if self.finder.is_none() && !self.forms.is_empty() {
            // A session token has a thousand characters and a dozen forms: a DFA would take megabytes for each.
            let finder = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&self.forms);
            let finder = finder.expect("it fails beyond 2^31 states, and an environment is bounded to a few million characters");
            self.finder = Some(Arc::new(finder));
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
    (1..=longest).rev().find(|length| form.is_char_boundary(*length) && text.ends_with(&form[..*length])).unwrap_or(0)
}

#[cfg(test)]
mod tests;
