//! Small readers of one value each. A reader that finds something wrong says so and gives nothing, so that the rest of the file is
//! still read: every mistake is found at once.

use std::collections::HashMap;

use super::duration::{meant_duration, parse_duration};
use super::foreign;
use super::keys::{Key, Keys, Takes};
use super::node::{Entry, Kind, Node, Spanned};
use super::yaml::show;
use crate::diag::{Diagnostic, Span, closest, code};

/// Collects what is wrong while values are read.
pub(super) struct Decoder<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
    /// Keys that somebody probably meant, each with the place of its mapping: they are not also reported as missing.
    meant: Vec<(Span, &'static str)>,
    /// The key that each value stands behind, by the place of the value.
    keys: HashMap<(usize, usize), &'static Key>,
}

impl<'d> Decoder<'d> {
    pub(super) fn new(diagnostics: &'d mut Vec<Diagnostic>) -> Self {
        Self { diagnostics, meant: Vec::new(), keys: HashMap::new() }
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Whether this was found at this place.
    pub(super) fn said(&self, code: &str, span: &Span) -> bool {
        self.diagnostics.iter().any(|finding| finding.code == code && finding.span.as_ref() == Some(span))
    }

    /// The entries of a mapping, after its keys were looked at. `None` when it is no mapping.
    pub(super) fn map<'n>(&mut self, node: &'n Node, keys: &'static Keys) -> Option<&'n [Entry]> {
        let Kind::Map(entries) = &node.kind else {
            self.wrong_type(node, keys.what, "a mapping");
            if !self.keys.contains_key(&(node.span.start, node.span.end))
                && let Some(last) = self.diagnostics.last_mut()
            {
                last.help = Some(format!("write `{}`", keys.sample()));
            }
            return None;
        };
        for entry in entries {
            let key = entry.key.value.as_str();
            if let Some(known) = keys.get(key) {
                self.keys.insert((entry.value.span.start, entry.value.span.end), known);
                continue;
            }
            if let Some(refused) = keys.refused.iter().find(|refused| refused.name == key) {
                let message = format!("`{key}` in {}: {}", keys.what, refused.why);
                self.push(Diagnostic::error(code::UNKNOWN_KEY, entry.key.span.clone(), message));
                continue;
            }
            let help = if let Some(word) = foreign::key(keys, key) {
                self.meant.extend(word.means.iter().map(|name| (node.span.clone(), *name)));
                word.write.to_owned()
            } else if let Some(name) = closest(key, keys.known.iter().map(|key| key.name)) {
                self.meant.push((node.span.clone(), name));
                format!("did you mean `{name}`?")
            } else if keys.get("action").is_some() && key.contains('.') {
                self.meant.push((node.span.clone(), "action"));
                format!("an action is written `action: {}`, and what it takes stands under `with`", show(key))
            } else {
                format!("the keys of {} are {}", keys.what, keys.known.iter().map(|key| key.name).collect::<Vec<_>>().join(", "))
            };
            let message = format!("{} has no key `{}`", keys.what, show(key));
            self.push(Diagnostic::error(code::UNKNOWN_KEY, entry.key.span.clone(), message).label("unknown key").help(help));
        }
        Some(entries)
    }

    /// What was just found must not show this part of the file.
    pub(super) fn conceal(&mut self, span: &Span) {
        if let Some(last) = self.diagnostics.iter_mut().rev().find(|finding| finding.concealed.is_none()) {
            last.concealed = Some(span.clone());
        }
    }

    pub(super) fn wrong_type(&mut self, node: &Node, what: &str, wanted: &str) {
        let mut finding = Diagnostic::error(code::WRONG_TYPE, node.span.clone(), format!("{what} takes {wanted}, not {}", node.describe()));
        finding.label = node.describe().into();
        finding.help = self.instead(node, wanted);
        self.push(finding);
    }

    /// What to write instead of a value of another type.
    fn instead(&self, node: &Node, wanted: &str) -> Option<String> {
        let key = self.keys.get(&(node.span.start, node.span.end));
        let Some(key) = key else {
            // An item of a list.
            return Some(format!("write {wanted} here"));
        };
        if matches!((key.takes, &node.kind), (Takes::Name, Kind::Map(_))) {
            return Some(format!(
                "write `{}`; it is declared at the top of the file, `targets: {{dr: {{region: us-east-1}}}}`",
                key.sample()
            ));
        }
        let dash = wanted == "a list" && matches!(node.kind, Kind::Map(_));
        let dash = if dash { "; below each other, with a dash before each: `- …`" } else { "" };
        let from = if matches!(key.takes, Takes::With) { "; `lifeboat actions NAME` lists what it takes" } else { "" };
        Some(format!("write `{}`{dash}{from}", key.sample()))
    }

    /// `node` lacks a key; `span` is where to say so.
    pub(super) fn missing(&mut self, node: &Node, span: &Span, key: &str, what: &str) {
        if self.meant.iter().any(|(at, meant)| *at == node.span && *meant == key) {
            return;
        }
        let finding = Diagnostic::error(code::MISSING_KEY, span.clone(), format!("{what} lacks `{key}`"));
        self.push(finding.help(format!("add `{key}: …`")));
    }

    /// Says which of the required keys a mapping lacks; `span` is where. The version is looked at before anything else.
    pub(super) fn required(&mut self, node: &Node, span: &Span, keys: &Keys) {
        let lacks = |key: &&Key| key.required && !matches!(key.takes, Takes::Version) && node.get(key.name).is_none();
        for key in keys.known.iter().filter(lacks) {
            self.missing(node, span, key.name, keys.lacking);
        }
    }

    /// A text that says something. What YAML takes for a number or a boolean is taken as it is written.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<Spanned<String>> {
        match &node.kind {
            Kind::Text(text) if text.trim().is_empty() => {
                self.push(Diagnostic::error(code::BLANK, node.span.clone(), format!("{what} is empty")));
                None
            }
            Kind::Text(text) => Some(Spanned::new(text.clone(), node.span.clone())),
            Kind::Number(_, raw) | Kind::Bool(_, raw) => {
                self.no_number(&node.span);
                Some(Spanned::new(raw.clone(), node.span.clone()))
            }
            _ => {
                self.wrong_type(node, what, "a text");
                None
            }
        }
    }

    /// What stands here is meant as a text, whatever it looks like: as a number nothing is to be said of it.
    pub(super) fn no_number(&mut self, span: &Span) {
        self.diagnostics.retain(|finding| finding.code != code::LEADING_ZERO || finding.span.as_ref() != Some(span));
    }

    /// A snake_case name.
    pub(super) fn id(&mut self, name: &str, span: &Span, what: &str) -> bool {
        let good = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && name.len() <= 64;
        if !good {
            let mut fixed: String =
                name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).take(64).collect();
            if !fixed.starts_with(|c: char| c.is_ascii_lowercase()) {
                fixed.insert(0, 'x');
            }
            let finding = Diagnostic::error(code::BAD_ID, span.clone(), format!("`{}` is no name for {what}", show(name)));
            self.push(finding.help(format!("names are snake_case, because they stand in expressions: `{fixed}`")));
        }
        good
    }

    pub(super) fn duration(&mut self, node: &Node, what: &str) -> Option<Spanned<f64>> {
        let problem = match &node.kind {
            Kind::Text(text) => match parse_duration(text) {
                Ok(seconds) => return Some(Spanned::new(seconds, node.span.clone())),
                Err(problem) => problem,
            },
            Kind::Number(_, raw) => {
                self.push(no_unit(what, raw, &node.span));
                return None;
            }
            _ => {
                self.wrong_type(node, what, "a duration such as `90s`");
                return None;
            }
        };
        let finding = Diagnostic::error(code::BAD_DURATION, node.span.clone(), format!("{what} is not a duration: {problem}"));
        let meant = node.as_text().and_then(meant_duration).map(|meant| format!("write `{meant}`"));
        self.push(finding.help(meant.unwrap_or_else(|| "durations are written `90s`, `5m`, `1h30m`".into())));
        None
    }

    /// A duration above zero.
    pub(super) fn positive(&mut self, node: &Node, what: &str) -> Option<Spanned<f64>> {
        let duration = self.duration(node, what)?;
        if duration.value > 0.0 {
            return Some(duration);
        }
        self.push(Diagnostic::error(code::OUT_OF_RANGE, duration.span, format!("{what} must be longer than nothing")));
        None
    }

    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        match &node.kind {
            Kind::List(items) => Some(items),
            Kind::Text(text) if text.len() < 60 && !text.contains('\n') => {
                let finding = Diagnostic::error(code::WRONG_TYPE, node.span.clone(), format!("{what} takes a list, not a text"));
                self.push(finding.label("a text").help(format!("write `[{text}]`")));
                None
            }
            _ => {
                self.wrong_type(node, what, "a list");
                None
            }
        }
    }

    pub(super) fn texts(&mut self, node: &Node, what: &str) -> Vec<Spanned<String>> {
        let items = self.list(node, what).unwrap_or(&[]);
        items.iter().filter_map(|item| self.text(item, &format!("an item of {what}"))).collect()
    }

    pub(super) fn word<T: Copy>(&mut self, node: &Node, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, what)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(*value);
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let near = || closest(&text.value, all.iter().copied()).map(|name| format!("did you mean `{name}`?"));
        let help = foreign::word_of(what, &text.value).map(str::to_owned).or_else(near);
        let help = help.unwrap_or_else(|| format!("one of {}", all.join(", ")));
        let message = format!("`{}` is no value for {what}", show(&text.value));
        self.push(Diagnostic::error(code::NOT_ALLOWED, text.span, message).help(help));
        None
    }

    pub(super) fn flag(&mut self, node: &Node, what: &str) -> Option<bool> {
        match &node.kind {
            Kind::Bool(value, _) => Some(*value),
            _ => {
                self.wrong_type(node, what, "`true` or `false`");
                None
            }
        }
    }

    pub(super) fn count(&mut self, node: &Node, what: &str, min: i64, max: i64) -> Option<i64> {
        let Kind::Number(number, _) = &node.kind else {
            self.wrong_type(node, what, "a whole number");
            return None;
        };
        match number.as_i64() {
            Some(value) if (min..=max).contains(&value) => Some(value),
            _ => {
                let message = format!("{what} is a whole number from {min} to {max}");
                self.push(Diagnostic::error(code::OUT_OF_RANGE, node.span.clone(), message));
                None
            }
        }
    }
}

/// A bare number where a duration is wanted: nobody can tell seconds from minutes.
pub(super) fn no_unit(what: &str, raw: &str, span: &Span) -> Diagnostic {
    let finding = Diagnostic::error(code::BAD_DURATION, span.clone(), format!("{what} is a duration, and its unit is missing"));
    finding.label("of what?").help(format!("write `{raw}s` or `{raw}m`"))
}

/// The value of a key.
pub(super) fn value<'n>(entries: &'n [Entry], key: &str) -> Option<&'n Node> {
    entries.iter().find(|entry| entry.key.value == key).map(|entry| &entry.value)
}
