//! What the command line's parser says of bad usage, put right where its guess leads astray.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::diag::closest;

/// An error of the parser as it is shown. A file in the place of a command is told what can be done with it; a word that merely begins alike
/// is not guessed at.
pub(super) fn put_right(error: &mut clap::Error) -> Option<(String, String)> {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = text(error, ContextKind::InvalidSubcommand)?;
            if is_file(&word) {
                let help = format!(
                    "say what to do with it: `lifeboat drill {word}` rehearses it, `lifeboat check {word}` and `lifeboat plan {word}` look \
                     at it, `lifeboat run {word}` executes it"
                );
                return Some((format!("{word} is a file, not a command"), help));
            }
            keep_if_meant(error, &word, ContextKind::SuggestedSubcommand);
        }
        ErrorKind::InvalidValue => {
            let word = text(error, ContextKind::InvalidValue)?;
            keep_if_meant(error, &word, ContextKind::SuggestedValue);
        }
        _ => {}
    }
    None
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// Removes a suggestion that is nothing like what was written: `iam` for `yaml`.
fn keep_if_meant(error: &mut clap::Error, word: &str, kind: ContextKind) {
    let suggested: Vec<String> = match error.get(kind) {
        Some(ContextValue::String(one)) => vec![one.clone()],
        Some(ContextValue::Strings(several)) => several.clone(),
        _ => return,
    };
    let near = closest(word, suggested.iter().map(String::as_str)).map(str::to_owned);
    let begun = || suggested.iter().find(|known| word.len() > 1 && known.starts_with(word)).cloned();
    drop(match near.or_else(begun) {
        Some(near) => error.insert(kind, ContextValue::String(near)),
        None => error.remove(kind),
    });
}

/// Whether a word names a runbook, or means to.
fn is_file(word: &str) -> bool {
    word.ends_with(".yaml") || word.ends_with(".yml") || word.contains('/') || std::path::Path::new(word).is_file()
}
