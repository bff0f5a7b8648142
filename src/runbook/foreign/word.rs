//! One row of the tables.

/// Words that mean one thing elsewhere.
#[derive(Debug)]
pub(crate) struct Word {
    /// In lower case, without dashes and underscores.
    pub(super) names: &'static [&'static str],
    /// The keys or values that take their place here; what is meant is not also missing.
    pub(crate) means: &'static [&'static str],
    /// What to write.
    pub(crate) write: &'static str,
}

/// A row.
pub(super) const fn word(names: &'static [&'static str], means: &'static [&'static str], write: &'static str) -> Word {
    Word { names, means, write }
}

/// The row of a word.
pub(super) fn find(rows: &'static [Word], name: &str) -> Option<&'static Word> {
    let plain: String = name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).take(40).collect();
    rows.iter().find(|row| row.names.contains(&plain.as_str()))
}
