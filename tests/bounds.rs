//! What a file may cost: no file, however it was made, takes more than 100 MB. A process that asks for more ends in an abort, for the
//! system refuses it. What it costs in time, `scripts/speed` and the benches say.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "clippy allows it in #[test] functions, not in their helpers")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Kilobytes of memory that a process may ask for, as `ulimit` counts them.
const MOST: u32 = 100_000;

/// Runs the program with no more memory than so many kilobytes.
fn limited(most: u32, command: &[&str], file: &Path) -> Output {
    let limited = format!("ulimit -d {most} && exec \"$0\" \"$@\"");
    Command::new("sh")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_lifeboat")])
        .args(command)
        .arg(file)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output()
        .unwrap()
}

/// The same with as much as it may take; what it says, when it ends as it should.
fn lifeboat(command: &[&str], file: &Path) -> Result<String, String> {
    let ran = limited(MOST, command, file);
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    if matches!(ran.status.code(), Some(0 | 2)) && !said.contains("panicked") {
        return Ok(said);
    }
    let end: String = said.chars().take(2_000).collect();
    Err(format!("{command:?} of {} ended with {}:\n{end}", file.display(), ran.status))
}

#[test]
fn the_limit_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.yaml");
    std::fs::write(&file, HEAD).unwrap();
    assert_eq!(limited(MOST, &["check"], &file).status.code(), Some(2));
    assert_ne!(limited(100, &["check"], &file).status.code(), Some(2), "the limit does nothing");
}

#[test]
fn no_bad_runbook_takes_much_memory() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_runbooks");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    assert!(files.len() > 200);
    let wrong: Vec<String> = files.iter().filter_map(|file| lifeboat(&["check"], file).err()).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

const HEAD: &str = "lifeboat: 1\nname: x\ntitle: X\n";
const PAUSE: &str = "action: wait, with: {seconds: 1s}";

/// A parameter `l`, a list of many short texts.
fn list(items: usize) -> String {
    let items: Vec<String> = (0..items).map(|item| format!("a{item}")).collect();
    format!("{HEAD}params: {{l: {{type: list, of: string, default: [{}]}}}}\n", items.join(","))
}

/// Each is a file of less than a megabyte that would become very much; with what is said of its plan.
fn hostile() -> Vec<(&'static str, String, &'static str)> {
    let long = "a".repeat(300_000);
    let text = format!("{HEAD}params: {{x: {{type: string, default: \"{long}\"}}}}\n");
    let too_much = "comes to more than 32 MiB";
    let mut files = Vec::new();
    let reads = "${{params.x}}".repeat(40_000);
    files.push(("a text of texts", format!("{text}steps:\n  - {{id: s, title: \"{reads}\", {PAUSE}}}\n"), "makes more than"));
    let each = "for_each: \"${{ params.l }}\"";
    files.push(("a text for each", format!("{}steps:\n  - {{id: s, title: T, why: {long}, {each}, {PAUSE}}}\n", list(9_900)), too_much));
    let argv = "action: command, with: {argv: \"${{ params.l }}\"}";
    files.push(("a list for each", format!("{}steps:\n  - {{id: s, title: T, {each}, {argv}}}\n", list(9_900)), too_much));
    let two = format!("  - {{id: s, title: S, {each}, {PAUSE}}}\n  - {{id: t, title: T, {each}, {PAUSE}}}\n");
    files.push(("lists that wait for lists", format!("{}steps:\n{two}", list(9_900)), "wait for one another"));
    let mut checks = format!("{}steps:\n  - id: s\n    title: T\n    {each}\n    action: wait\n    with: {{seconds: 1s}}\n", list(9_900));
    checks.push_str("    preconditions:\n");
    for _ in 0..900 {
        checks.push_str("      - {title: Up, probe: http, with: {url: \"https://x.example.com/\"}, expect: status == 200}\n");
    }
    files.push(("checks for each", checks, too_much));
    let (mut lists, mut items) = (format!("{}steps:\n", list(30_000)), format!("{}steps:\n", list(9_900)));
    for step in 0..5_000 {
        writeln!(lists, "  - {{id: s{step}, title: T, {argv}}}").unwrap();
        writeln!(items, "  - {{id: s{step}, title: T, {each}, {PAUSE}}}").unwrap();
    }
    files.push(("a list in many steps", lists, too_much));
    files.push(("many lists", items, too_much));
    let mut patterns = format!("{HEAD}steps: [{{id: s, title: T, {PAUSE}}}]\nparams:\n");
    for param in 0..12_000 {
        writeln!(patterns, "  p{param}: {{type: string, pattern: '\\w{{4{}}}'}}", param % 1_000).unwrap();
    }
    files.push(("patterns", patterns, "more than 200 patterns"));
    files.push(("tags on one line", format!("a: [{}]\n", vec!["!a x"; 99_000].join(",")), "no YAML tags"));
    files
}

#[test]
fn no_file_becomes_very_much() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, said) in hostile() {
        assert!(text.len() < 1 << 20, "{name}");
        let file = folder.path().join("hostile.yaml");
        std::fs::write(&file, text).unwrap();
        lifeboat(&["check"], &file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let of_plan = lifeboat(&["plan"], &file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let end: String = of_plan.chars().take(2_000).collect();
        assert!(of_plan.contains(said), "{name}: {end}");
    }
}

#[test]
fn a_plan_of_ten_thousand_steps_is_shown_with_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("each.yaml");
    let argv = "action: command, with: {argv: [deploy, \"${{ item }}\"]}, rollback: {action: command, with: {argv: [undo]}}";
    let step = format!("steps: [{{id: s, title: \"Deploy ${{{{ item }}}}\", for_each: \"${{{{ params.l }}}}\", {argv}}}]\n");
    std::fs::write(&file, list(10_000) + &step).unwrap();
    for output in ["tree", "json", "mermaid", "dot", "iam"] {
        lifeboat(&["plan", "--output", output], &file).unwrap_or_else(|error| panic!("{output}: {error}"));
    }
}

#[test]
fn a_file_of_50_megabytes_is_not_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("huge.yaml");
    std::fs::File::create(&file).unwrap().set_len(50 << 20).unwrap();
    assert!(lifeboat(&["check"], &file).unwrap().contains("LB0103"));
}
