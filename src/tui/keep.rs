//! Writing an account into the run's folder, beside the record. Called by the loop, never by the model.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Files of one name that are kept.
const MOST: u32 = 99;

/// Writes the text into a file of its own: what was written earlier stays. Gives the file's path, or what is wrong and what to do.
///
/// # Errors
/// The folder cannot be written, or holds too many such files.
pub(super) fn keep(folder: &Path, name: &str, text: &str) -> Result<PathBuf, String> {
    for number in 1..=MOST {
        let file = if number == 1 { format!("{name}.txt") } else { format!("{name}-{number}.txt") };
        let path = folder.join(file);
        match write(&path, text) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(format!(
                    "Not written to {}: {error}. The run is not touched by this; C copies the text instead.",
                    path.display()
                ));
            }
        }
    }
    Err(format!("Not written: {} holds {MOST} files {name}-N.txt already. Remove some, or copy the text with C.", folder.display()))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all())
}

/// A name that is a plain file name on every system, whatever the step is called.
pub(super) fn file_name(step: &str, attempt: u32) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let step: String = step.chars().take(80).map(plain).collect();
    format!("failure-{}-attempt-{attempt}", step.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_earlier_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = keep(folder.path(), "failure-a-attempt-1", "one").expect("written");
        let second = keep(folder.path(), "failure-a-attempt-1", "two").expect("written");
        assert_eq!(std::fs::read_to_string(first).expect("there"), "one");
        assert_eq!(std::fs::read_to_string(&second).expect("there"), "two");
        assert!(second.ends_with("failure-a-attempt-1-2.txt"));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named_with_what_to_do() {
        let why = keep(Path::new("/nowhere/at/all"), "failure-a-attempt-1", "one").expect_err("no such folder");
        assert!(why.contains("/nowhere/at/all/failure-a-attempt-1.txt") && why.contains("C copies"), "{why}");
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        assert_eq!(file_name("rollback[../../etc/passwd]", 2), "failure-rollback-------etc-passwd-attempt-2");
        assert!(file_name(&"x".repeat(500), 1).len() < 120);
    }
}
