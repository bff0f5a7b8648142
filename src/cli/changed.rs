//! What became of the runbook's file while its run stood still. The run goes on with its copy; whoever takes it up should know.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::Path;

use similar::TextDiff;

use super::say::note;
use crate::file;
use crate::journal::copy_name;
use crate::plan::Plan;
use crate::world::Secrets;

/// The largest runbook that is read.
const LIMIT: u64 = 4 << 20;
/// The most lines of a difference that are shown.
const LINES_SHOWN: usize = 60;

/// Says how the runbook's file at `path`, and those of the runbooks that its steps run, differ from the run's copies in `folder`; true
/// when there was something to say.
pub(super) fn tell_all(path: &str, copy: &[u8], plan: &Plan, folder: &Path) -> bool {
    let mut said = tell(path, copy, folder);
    let mut seen = HashSet::new();
    for (gate, nested) in &plan.nested {
        let Some(file) = plan.path_of(gate, Path::new(path)).filter(|file| seen.insert(file.clone())) else { continue };
        // Without its copy there is nothing to compare with; `lifeboat verify` says that it is missing.
        if let Ok(copy) = file::read(&folder.join(copy_name(&nested.name, &nested.source_digest)), LIMIT) {
            said |= tell(&file.to_string_lossy(), &copy, folder);
        }
    }
    said
}

/// Says how the file at `path` differs from the run's copy; true when there was something to say.
fn tell(path: &str, copy: &[u8], folder: &Path) -> bool {
    let kept = || format!("the run goes on with its own copy in {}", folder.display());
    match file::read(Path::new(path), LIMIT) {
        Ok(now) if now == copy => false,
        Ok(now) => {
            note(&format!("The runbook {path} has changed since the run began; {}. The difference:\n", kept()));
            let (before, now) = (String::from_utf8_lossy(copy), String::from_utf8_lossy(&now));
            // The file as it is now was never checked for secrets.
            let secrets = Secrets::of_environment();
            note(&difference(&secrets.hide(&before), &secrets.hide(&now)));
            true
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            note(&format!("The runbook {path} is gone; {}.\n", kept()));
            true
        }
        Err(error) => {
            note(&format!("The runbook {path} cannot be compared with what the run began with ({error}); {}.\n", kept()));
            true
        }
    }
}

fn difference(before: &str, now: &str) -> String {
    let diff = TextDiff::from_lines(before, now);
    let text = diff.unified_diff().context_radius(1).header("as the run began with it", "as it is now").to_string();
    let mut lines: Vec<String> = text.lines().map(|line| line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()).collect();
    if lines.len() > LINES_SHOWN {
        let more = lines.len() - LINES_SHOWN;
        lines.truncate(LINES_SHOWN);
        lines.push(format!("… and {more} lines more"));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_what_was_and_what_is_and_no_more_than_a_screen() {
        let text = difference("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 4\nc: 3\n");
        assert!(text.contains("-b: 2\n") && text.contains("+b: 4\n"), "{text}");
        let many: String = (0..500).map(|n| format!("line {n}\n")).collect();
        assert_eq!(difference("", &many).lines().count(), LINES_SHOWN + 1);
    }
}
