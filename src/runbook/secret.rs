//! The place of a secret in one word, as the value of a secret parameter says it: `env:NAME`, `file:PATH`.

use std::fmt;
use std::path::Path;

use super::model::SecretSource;

/// What the value of a secret parameter is, for messages.
pub(super) const PLACE: &str = "`env:NAME` or `file:PATH`";

impl SecretSource {
    /// Reads `env:NAME` or `file:PATH`; `None` when the text is no such place. It may then be the secret itself: do not repeat it.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':')?;
        match kind {
            // `env:$TOKEN`, filled in by the shell, is a place in form only: few secrets are made like the name of a variable.
            "env" if is_variable(name) => Some(Self::Env(name.to_owned())),
            "file" if !name.trim().is_empty() && !name.chars().any(char::is_control) => Some(Self::File(name.to_owned())),
            _ => None,
        }
    }

    /// The same with its file named in full, for a run may be taken up from another folder: a path that is not absolute counts from
    /// `folder`.
    #[must_use]
    pub fn from_folder(&self, folder: &Path) -> Self {
        match self {
            Self::Env(name) => Self::Env(name.clone()),
            Self::File(file) => {
                let path = folder.join(file);
                Self::File(std::path::absolute(&path).unwrap_or(path).to_string_lossy().into_owned())
            }
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
        }
    }
}

/// Whether a text can be the name of an environment variable.
pub(super) fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_and_nothing_else_is() {
        let env = SecretSource::parse("env:MY_TOKEN2");
        assert_eq!(env, Some(SecretSource::Env("MY_TOKEN2".into())));
        let file = SecretSource::parse("file:/run/secrets/a:b c");
        assert_eq!(file, Some(SecretSource::File("/run/secrets/a:b c".into())));
        for place in ["env:MY_TOKEN2", "file:/run/secrets/a:b c"] {
            assert_eq!(SecretSource::parse(place).unwrap().to_string(), place);
        }
        for none in ["", "env:", "env: A", "env:hunter2-hunter2", "env:2A", "ENV:A", "file:", "file: ", "file:a\nb", "hunter2", "vault:x"] {
            assert_eq!(SecretSource::parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_relative_file_counts_from_its_folder() {
        let file = SecretSource::File("token".into());
        assert_eq!(file.from_folder(Path::new("/srv/books")), SecretSource::File("/srv/books/token".into()));
        let here = std::env::current_dir().unwrap().join("token");
        assert_eq!(file.from_folder(Path::new("")), SecretSource::File(here.to_string_lossy().into_owned()));
        let full = SecretSource::File("/run/token".into());
        assert_eq!(full.from_folder(Path::new("/srv/books")), full);
        let env = SecretSource::Env("TOKEN".into());
        assert_eq!(env.from_folder(Path::new("/srv/books")), env);
    }
}
