//! What is said about a key.

/// The keys that a mapping may have.
#[derive(Debug)]
pub struct Keys {
    /// Its name among the mappings: `step`.
    pub name: &'static str,
    /// What the mapping is, for messages: `a step`.
    pub what: &'static str,
    /// The same where a key is missing: `the step`.
    pub lacking: &'static str,
    /// One sentence: what the mapping is for.
    pub doc: &'static str,
    /// Keys that may be there, in the order in which people write them.
    pub known: &'static [Key],
    /// Keys that exist, but not here, each with what to say about it.
    pub refused: &'static [Refused],
    /// Keys of which exactly one must be there; empty when there is no such choice.
    pub one_of: &'static [&'static str],
}

impl Keys {
    /// The key of this name.
    pub fn get(&self, name: &str) -> Option<&'static Key> {
        self.known.iter().find(|key| key.name == name)
    }
}

/// A key that belongs elsewhere.
#[derive(Debug)]
pub struct Refused {
    /// The key.
    pub name: &'static str,
    /// Where it belongs, or what to do instead.
    pub why: &'static str,
}

/// One key of a mapping.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Whether it must be there.
    pub required: bool,
    /// What holds when it is not there, in words; empty when that needs no word.
    pub default: &'static str,
    /// One sentence: what it means.
    pub doc: &'static str,
    /// Values that would do, as YAML.
    pub examples: &'static [&'static str],
}

/// A key that may be left out.
pub(super) const fn key(name: &'static str, takes: Takes, doc: &'static str) -> Key {
    Key { name, takes, required: false, default: "", doc, examples: &[] }
}

impl Key {
    /// It must be there.
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// What holds without it.
    pub(super) const fn otherwise(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// Values that would do.
    pub(super) const fn such_as(self, examples: &'static [&'static str]) -> Self {
        Self { examples, ..self }
    }
}

/// What a key takes.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// The number of the format's version.
    Version,
    /// A text, as it is.
    Text,
    /// A text that may hold `${{ … }}`.
    Template,
    /// Markdown, as it is.
    Markdown,
    /// Markdown that may hold `${{ … }}`.
    MarkdownTemplate,
    /// A path, from the folder of the runbook.
    Path,
    /// A regular expression.
    Pattern,
    /// The name of an environment variable.
    Variable,
    /// A snake_case name that is given here.
    Id,
    /// The name of something given elsewhere in the file.
    Name,
    /// One of these words, each with what it means.
    Words(&'static [(&'static str, &'static str)]),
    /// A bare condition.
    Condition,
    /// A duration, zero included.
    Duration,
    /// A duration above zero.
    Positive,
    /// A whole number within bounds, both inclusive.
    Count {
        /// The least allowed.
        min: i64,
        /// The greatest allowed.
        max: i64,
    },
    /// `true` or `false`.
    Flag,
    /// A number or a duration, as the parameter's type has it.
    Bound,
    /// An AWS region, or an expression for one.
    Region,
    /// An AWS account id, or an expression for one.
    Account,
    /// A list of texts.
    Texts,
    /// A list of names of steps.
    Steps,
    /// A list, or an expression that gives one.
    Items,
    /// Any value without an expression.
    Value,
    /// The name of an action.
    Action,
    /// The name of a probe.
    Probe,
    /// What the action or probe beside it takes.
    With,
    /// A confirmation: a word, or a mapping with these keys.
    Confirm(&'static [(&'static str, &'static str)], &'static Keys),
    /// A mapping with these keys.
    One(&'static Keys),
    /// A mapping from names to mappings with these keys.
    Named(&'static Keys),
    /// A list of mappings with these keys.
    Many(&'static Keys),
}

impl Takes {
    /// The type in words.
    pub fn words(&self) -> String {
        match self {
            Self::Version => "`1`".into(),
            Self::Text | Self::Template => "text".into(),
            Self::Markdown | Self::MarkdownTemplate => "Markdown".into(),
            Self::Path => "path".into(),
            Self::Pattern => "regular expression".into(),
            Self::Variable => "name of a variable".into(),
            Self::Id | Self::Name => "name".into(),
            Self::Words(words) => listed(words),
            Self::Condition => "condition".into(),
            Self::Duration | Self::Positive => "duration".into(),
            Self::Count { min, max } => format!("whole number from {min} to {max}"),
            Self::Flag => "`true` or `false`".into(),
            Self::Bound => "number or duration".into(),
            Self::Region => "region".into(),
            Self::Account => "twelve digits".into(),
            Self::Texts => "list of texts".into(),
            Self::Steps => "list of step ids".into(),
            Self::Items => "list, or an expression that gives one".into(),
            Self::Value => "value of the parameter's type".into(),
            Self::Action => "name of an action".into(),
            Self::Probe => "name of a probe".into(),
            Self::With => "mapping".into(),
            Self::Confirm(words, keys) => format!("{}, {}", listed(words), shape(keys)),
            Self::One(keys) => shape(keys),
            Self::Named(keys) => format!("mapping from names to {}", shape(keys)),
            Self::Many(keys) => format!("list of {}", shape(keys)),
        }
    }

    /// The keys of the mappings that it takes.
    pub fn keys(&self) -> Option<&'static Keys> {
        match self {
            Self::Confirm(_, keys) | Self::One(keys) | Self::Named(keys) | Self::Many(keys) => Some(keys),
            _ => None,
        }
    }
}

fn listed(words: &[(&str, &str)]) -> String {
    words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn shape(keys: &Keys) -> String {
    let names: Vec<&str> = keys.known.iter().map(|key| key.name).collect();
    // A mapping of a few keys is best said by naming them, one of many by its name.
    if names.len() <= 2 { format!("`{{{}}}`", names.join(", ")) } else { format!("{}s", keys.name) }
}
