//! Files that are written by the program.

use std::path::Path;

/// Set to write the files instead of comparing them.
const UPDATE: &str = "UPDATE_DOCS";

/// Fails when `file`, a path in the repository, is not `wanted`; with [`UPDATE`] set, makes it so.
#[track_caller]
pub(crate) fn is_current(file: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os(UPDATE).is_some_and(|value| !value.is_empty()) {
        std::fs::write(&path, wanted).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    if found == wanted {
        return;
    }
    let line = found.lines().zip(wanted.lines()).position(|(a, b)| a != b).unwrap_or(found.lines().count().min(wanted.lines().count()));
    let at = |text: &str| text.lines().nth(line).unwrap_or("(nothing)").to_owned();
    panic!(
        "{file} is not what the program says, from line {} on:\n  there:  {}\n  wanted: {}\nwrite it anew with `{UPDATE}=1 cargo test --test docs`, and look at the difference",
        line + 1,
        at(&found),
        at(wanted)
    );
}
