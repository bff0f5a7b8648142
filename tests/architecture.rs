//! The rooms of the house know only what they may: see docs/architecture.md.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A room, and the rooms it may import. A room that is not here may not exist.
const ROOMS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("id", &[]),
    ("diag", &[]),
    ("file", &[]),
    ("text", &[]),
    ("outlet", &[]),
    ("runbook", &["diag", "file", "id", "expr"]),
    ("expr", &["diag", "runbook"]),
    ("plan", &["clock", "id", "diag", "runbook", "expr"]),
    ("engine", &["clock", "id", "text", "plan", "expr"]),
    ("journal", &["clock", "id", "diag", "file", "plan", "engine"]),
    ("view", &["clock", "id", "text", "plan", "engine", "journal"]),
    ("world", &["clock", "id", "diag", "file", "plan"]),
    ("action", &["clock", "id", "plan", "runbook", "world"]),
    ("probe", &["clock", "id", "plan", "runbook", "world", "action"]),
    ("driver", &["clock", "id", "plan", "expr", "engine", "journal", "view", "world", "action", "probe"]),
    ("report", &["clock", "id", "plan", "engine", "journal", "view"]),
    ("tui", &["clock", "id", "outlet", "plan", "engine", "journal", "view"]),
    (
        "cli",
        &[
            "clock", "id", "diag", "file", "text", "outlet", "runbook", "expr", "plan", "engine", "journal", "view", "world", "action",
            "probe", "driver", "report", "tui",
        ],
    ),
];

/// Crates that only these rooms may name.
const CRATES: &[(&str, &[&str])] = &[
    ("tokio", &["clock", "world", "driver", "tui", "cli"]),
    ("aws_sdk_", &["world", "action", "probe"]),
    ("aws_config", &["world"]),
    ("winterbaume", &["world"]),
    ("serde_saphyr", &["runbook", "world"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui", "cli"]),
    ("color_eyre", &["cli"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The room of a file, and its text without tests and comments.
fn files() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    assert!(paths.len() > 50, "the sources were not found");
    let room = |path: &Path| {
        let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
        first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
    };
    paths
        .into_iter()
        .filter(|path| !matches!(room(path).as_str(), "lib" | "main"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod ").next().unwrap().to_owned();
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            (room(&path), path, code.join("\n"))
        })
        .filter(|(_, path, _)| {
            !path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests") || stem.to_string_lossy().starts_with("testing"))
        })
        .filter(|(_, path, _)| !path.components().any(|part| part.as_os_str() == "tests"))
        .collect()
}

/// Rooms named as `crate::room` (also inside `use crate::{a, b::c}`).
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (place, _) in code.match_indices("crate::") {
        let rest = &code[place + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.insert(std::mem::take(&mut name));
                    }
                    c if depth == 0 => name.push(c),
                    _ => {}
                }
            }
            found.insert(name);
        } else {
            found.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found.into_iter().map(|name| name.trim().split("::").next().unwrap().to_owned()).filter(|name| !name.is_empty()).collect()
}

#[test]
fn rooms_import_only_what_they_may() {
    let mut wrong = Vec::new();
    for (room, path, code) in files() {
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{}: there is no room {room}", path.display()));
            continue;
        };
        for import in imports(&code) {
            if import != room && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{}: {room} may not import {import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn crates_are_named_only_where_they_may_be() {
    let mut wrong = Vec::new();
    for (room, path, code) in files() {
        for (name, rooms) in CRATES {
            let named = code.match_indices(name).any(|(place, _)| {
                let before = code[..place].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '"')
                    && code[place..].chars().skip_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>().starts_with("::")
            });
            if named && !rooms.contains(&room.as_str()) {
                wrong.push(format!("{}: {room} may not know {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn mod_files_hold_no_logic_and_main_is_short() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let main = std::fs::read_to_string(root.join("main.rs")).unwrap();
    assert!(main.lines().count() < 30, "main.rs has {} lines", main.lines().count());
    for (_, path, code) in files() {
        if path.file_name().is_some_and(|name| name == "mod.rs") {
            assert!(!code.contains("fn "), "{} holds logic", path.display());
        }
    }
}
