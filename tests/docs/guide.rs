//! docs/first-runbook.md: every file is written and every command is run, in the order of the page.
//!
//! A YAML block that begins with `# NAME` is that file, one that begins with `# add to NAME` goes to its end. In a block of commands each
//! line is run, and ends well unless it says `# exits with N`. The lines of a text block are in what the commands above it printed.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::{Home, Ran, Served};

const GUIDE: &str = include_str!("../../docs/first-runbook.md");

/// The language and the text of every fenced block.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, text)), None) => *text += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    assert_eq!(open, None, "a block is not closed");
    blocks
}

fn write(folder: &Path, block: &str) {
    let (first, rest) = block.split_once('\n').unwrap();
    let first = first.strip_prefix("# ").unwrap_or_else(|| panic!("which file is this?\n{block}"));
    match first.strip_prefix("add to ") {
        Some(name) => {
            let before = std::fs::read_to_string(folder.join(name)).unwrap();
            std::fs::write(folder.join(name), before + rest).unwrap();
        }
        None => std::fs::write(folder.join(first), rest).unwrap(),
    }
}

/// Runs one line of a block of commands.
fn run(home: &Home, folder: &Path, line: &str) -> Ran {
    let (command, code) = match line.split_once(" # exits with ") {
        Some((command, code)) => (command, code.parse().unwrap()),
        None => (line, 0),
    };
    let (command, into) = command.split_once(" > ").map_or((command, None), |(command, file)| (command, Some(file)));
    let args: Vec<&str> = command.strip_prefix("lifeboat ").unwrap_or_else(|| panic!("not a command of ours: {line}")).split(' ').collect();
    assert!(!command.contains(['"', '\'', '|', '$', '\\']), "this test is no shell: {line}");
    // A dry run asks a real AWS; here it is a simulated one, served as an endpoint.
    let served = args.contains(&"--dry-run").then(|| Served::world(home, folder.join("world.yaml").to_str().unwrap(), "60"));
    let mut process = match &served {
        Some(served) => home.against(&served.endpoint, &args),
        None => home.lifeboat(&args),
    };
    let ran = Ran::of(process.current_dir(folder).output().unwrap()).ended(code);
    if let Some(file) = into {
        std::fs::write(folder.join(file), &ran.out).unwrap();
    }
    ran
}

#[test]
fn everything_in_the_guide_works_as_it_says() {
    let home = Home::new();
    let folder = home.path().join("guide");
    std::fs::create_dir(&folder).unwrap();
    let mut printed = String::new();
    let mut kinds = BTreeSet::new();
    for (language, text) in blocks(GUIDE) {
        match language.as_str() {
            "yaml" => write(&folder, &text),
            "sh" => {
                printed.clear();
                for line in text.lines() {
                    let ran = run(&home, &folder, line);
                    printed += &format!("{}{}", ran.out, ran.err);
                    kinds.insert(line.split(' ').nth(1).unwrap().to_owned());
                }
            }
            "text" => {
                for line in text.lines() {
                    assert!(printed.contains(line), "the guide says {line:?}, the program\n{printed}");
                }
            }
            other => panic!("a block of {other:?}: write yaml, sh or text"),
        }
    }
    let wanted = ["actions", "check", "drill", "plan", "probes", "report", "run", "schema"];
    assert_eq!(kinds.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
}

#[test]
fn the_links_of_the_guide_lead_somewhere() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let links: Vec<&str> = GUIDE.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link).collect();
    assert!(links.len() > 3);
    for link in links {
        assert!(folder.join(link.split('#').next().unwrap()).is_file(), "{link}");
    }
}
