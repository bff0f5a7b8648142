//! A key with a value that would do, for messages.

use super::model::{Key, Keys, Takes};

impl Key {
    /// The key with a value that would do: `retry: {attempts: 3, delay: 10s}`.
    pub fn sample(&self) -> String {
        format!("{}: {}", self.name, self.value())
    }

    fn value(&self) -> String {
        if let Some(example) = self.examples.first() {
            return (*example).to_owned();
        }
        match self.takes {
            Takes::Version => "1".into(),
            Takes::Text | Takes::Template | Takes::Markdown | Takes::MarkdownTemplate => "\"a text\"".into(),
            Takes::Path => "file.yaml".into(),
            Takes::Pattern => "'[a-z]+'".into(),
            Takes::Variable => "NAME".into(),
            Takes::Id | Takes::Action | Takes::Probe => "a_name".into(),
            Takes::Name => "dr".into(),
            Takes::Words(words) | Takes::Confirm(words, _) => words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or "),
            Takes::Condition => "status == 200".into(),
            Takes::Duration | Takes::Positive => "5m".into(),
            Takes::Count { max, .. } => max.min(3).to_string(),
            Takes::Flag => "true".into(),
            Takes::Bound => "10".into(),
            Takes::Region => "us-east-1".into(),
            Takes::Account => "\"123456789012\"".into(),
            Takes::Texts | Takes::Items => "[one, two]".into(),
            Takes::Steps => "[promote_db]".into(),
            Takes::Value => "…".into(),
            Takes::With => "{name: value}".into(),
            Takes::One(keys) => mapping(keys),
            Takes::Named(keys) => format!("{{a_name: {}}}", mapping(keys)),
            Takes::Many(keys) => format!("[{}]", mapping(keys)),
        }
    }
}

impl Keys {
    /// A mapping with what it must have: `{env: SLACK_WEBHOOK_URL}`.
    pub fn sample(&self) -> String {
        mapping(self)
    }
}

/// A mapping with what it must have.
fn mapping(keys: &Keys) -> String {
    let must = |key: &&Key| key.required || matches!(key.takes, Takes::With) || keys.one_of.first() == Some(&key.name);
    let part = |key: &Key| match key.takes {
        Takes::One(_) | Takes::Named(_) | Takes::Many(_) => format!("{}: …", key.name),
        Takes::With => "with: {…}".to_owned(),
        Takes::Words([(word, _), ..]) => format!("{}: {word}", key.name),
        _ => key.sample(),
    };
    let parts: Vec<String> = keys.known.iter().filter(must).map(part).collect();
    match parts.as_slice() {
        [] => keys.known.first().map_or_else(|| "{}".to_owned(), |key| format!("{{{}}}", key.sample())),
        parts => format!("{{{}}}", parts.join(", ")),
    }
}
