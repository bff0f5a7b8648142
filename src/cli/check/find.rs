//! Which files to check: those that are named, and the runbooks in the folders that are named.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::diag::{Diagnostic, code};
use crate::runbook::has_top_level_key;

/// Deepest folder that is looked into.
const DEEPEST: usize = 32;
/// Entries of folders that are looked at, so that a wrong folder is not looked through for hours.
const MOST_ENTRIES: usize = 100_000;
/// How much of a file is read to see whether it is a runbook: a runbook has no more.
const HEAD: u64 = 1 << 20;

/// A file to check, or what stood in the way of one.
pub(super) enum Place {
    File(PathBuf),
    Trouble(PathBuf, Diagnostic),
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) places: Vec<Place>,
    /// Files that were looked at, runbooks or not.
    pub(super) looked_at: usize,
    /// Whether a folder was among what was named.
    pub(super) searched: bool,
}

/// Every file that is named, whatever it is, and every runbook in a folder that is named; each once, in order.
pub(super) fn find(named: &[PathBuf]) -> Found {
    let mut search = Search::default();
    for path in named {
        if path.is_dir() {
            search.found.searched = true;
            if search.is_new(path) {
                search.folder(path, 0);
            }
        } else {
            search.found.looked_at += 1;
            if search.is_new(path) {
                search.found.places.push(Place::File(path.clone()));
            }
        }
    }
    search.found
}

#[derive(Default)]
struct Search {
    found: Found,
    /// Files and folders that were seen, by their real names: links may lead round in a circle, or to what is named as well.
    seen: HashSet<PathBuf>,
    entries: usize,
}

impl Search {
    fn is_new(&mut self, path: &Path) -> bool {
        // What has no real name does not exist; the check of the file says so.
        fs::canonicalize(path).map_or(true, |real| self.seen.insert(real))
    }

    fn trouble(&mut self, path: &Path, message: String, help: &str) {
        let finding = Diagnostic::error(code::UNREADABLE, None, message).help(help);
        self.found.places.push(Place::Trouble(path.to_owned(), finding));
    }

    fn folder(&mut self, folder: &Path, depth: usize) {
        let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                let message = format!("the folder {} cannot be read: {error}", folder.display());
                return self.trouble(folder, message, "check the permissions of the folder");
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        let mut below = Vec::new();
        for entry in entries {
            self.entries += 1;
            if self.entries == MOST_ENTRIES {
                let message = format!("there is too much in {}: {MOST_ENTRIES} files and folders were looked at", folder.display());
                self.trouble(folder, message, "name the folder of the runbooks");
            }
            if self.entries >= MOST_ENTRIES {
                return;
            }
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = entry.path();
            // Through links, too; one that leads nowhere is nothing.
            let Ok(metadata) = fs::metadata(&path) else { continue };
            if metadata.is_dir() {
                below.push(path);
            } else if metadata.is_file() && path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
                self.file(path);
            }
        }
        for path in below {
            if depth < DEEPEST && self.is_new(&path) {
                self.folder(&path, depth + 1);
            }
        }
    }

    /// A YAML file is a runbook when it says so; a file of a simulated world, say, is none.
    fn file(&mut self, path: PathBuf) {
        if !self.is_new(&path) {
            return;
        }
        self.found.looked_at += 1;
        let mut head = Vec::new();
        match crate::file::open_to_read(&path).and_then(|file| file.take(HEAD).read_to_end(&mut head)) {
            Ok(_) if has_top_level_key(&String::from_utf8_lossy(&head), "lifeboat") => self.found.places.push(Place::File(path)),
            Ok(_) => {}
            Err(error) => {
                let message = format!("{} cannot be read: {error}", path.display());
                self.trouble(&path, message, "check the permissions of the file");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &Found, root: &Path) -> Vec<String> {
        let name = |place: &Place| match place {
            Place::File(path) => path.strip_prefix(root).unwrap_or(path).display().to_string(),
            Place::Trouble(path, finding) => format!("{}: {}", path.display(), finding.message),
        };
        found.places.iter().map(name).collect()
    }

    #[test]
    fn runbooks_are_found_once_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let write = |name: &str, text: &str| {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), text).unwrap();
        };
        write("b.yaml", "# first\nname: b\nlifeboat: 1\n");
        write("a.yml", "\u{feff}\"lifeboat\" : 1\n");
        write("flow.yaml", "{lifeboat: 1, name: x}\n");
        write("broken.yaml", "lifeboat: 1\n\t- [\n");
        write("world.yaml", "world: 1\nname: lifeboat\n");
        write("deep.yaml", "about:\n  lifeboat: 1\n");
        write("notes.txt", "lifeboat: 1\n");
        write(".hidden/c.yaml", "lifeboat: 1\n");
        write(".c.yaml", "lifeboat: 1\n");
        write("sub/d.yaml", "lifeboat: 1\n");
        let found = find(&[root.to_owned()]);
        assert_eq!(names(&found, root), ["a.yml", "b.yaml", "broken.yaml", "flow.yaml", "sub/d.yaml"]);
        assert_eq!((found.looked_at, found.searched), (7, true));
        // Named, a file is checked whatever it is; and nothing is checked twice.
        let found = find(&[root.join("world.yaml"), root.to_owned(), root.join("b.yaml"), root.join("missing.yaml")]);
        assert_eq!(names(&found, root), ["world.yaml", "a.yml", "b.yaml", "broken.yaml", "flow.yaml", "sub/d.yaml", "missing.yaml"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_in_a_circle() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("sub")).unwrap();
        fs::write(root.join("sub/a.yaml"), "lifeboat: 1\n").unwrap();
        std::os::unix::fs::symlink(root, root.join("sub/round")).unwrap();
        std::os::unix::fs::symlink(root.join("sub"), root.join("again")).unwrap();
        std::os::unix::fs::symlink(root.join("nowhere"), root.join("dangling.yaml")).unwrap();
        let found = find(&[root.to_owned()]);
        assert_eq!(names(&found, root), ["again/a.yaml"]);
    }
}
