//! The example of every code: what is wrong really has the finding, what is right has none at all.

use std::path::Path;

use lifeboat::diag::{Made, code, example, render};
use lifeboat::runbook;
use lifeboat::world::sim::Definition;

use crate::catalog::catalog;

/// Completes a part with what every runbook has.
fn whole(part: &str) -> String {
    let indented = |part: &str| part.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let mut text = match part {
        part if part.starts_with("- id") || part.starts_with("- {id") => format!("steps:\n{}", indented(part)),
        part if part.starts_with("- title") => format!("preconditions:\n{}", indented(part)),
        part => format!("{part}\n"),
    };
    let has = |text: &str, key: &str| text.lines().any(|line| line.starts_with(key));
    for (key, line) in [
        ("lifeboat:", "lifeboat: 1\n"),
        ("name:", "name: example\n"),
        ("title:", "title: An example\n"),
        ("targets:", "targets: {dr: {region: us-east-1, account: \"123456789012\"}}\ndefaults: {target: dr, timeout: 30m}\n"),
        ("steps:", "steps: [{id: pause, title: Pause, action: wait, with: {seconds: 1s}}]\n"),
    ] {
        if !has(&text, key) {
            text.push_str(line);
        }
    }
    text
}

#[test]
fn every_example_is_wrong_and_right_as_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let books = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks");
    std::fs::create_dir(folder.path().join("worlds")).unwrap();
    for file in ["regional_failback.yaml", "worlds/failback.yaml"] {
        std::fs::copy(books.join(file), folder.path().join(file)).unwrap();
    }
    let path = folder.path().join("example.yaml");
    let check = |made: Made, text: &str| {
        if made == Made::World {
            let found = Definition::parse(&path, text).err();
            let codes = found.iter().flat_map(|error| &error.diagnostics).map(|one| one.code).collect::<Vec<_>>();
            return (codes, found.map(|error| error.to_string()).unwrap_or_default());
        }
        std::fs::write(&path, if made == Made::Part { whole(text) } else { text.to_owned() }).unwrap();
        let source = runbook::read_source(&path).unwrap();
        let found = runbook::examine(&source, &catalog()).1;
        (found.iter().map(|one| one.code).collect::<Vec<_>>(), render(Some(&source), &found, false))
    };
    let mut shown = 0;
    for (code, _) in code::ALL {
        let example = example(code).unwrap();
        if example.made == Made::Words {
            continue;
        }
        shown += 1;
        let (codes, text) = check(example.made, example.wrong);
        assert!(codes.contains(code), "the wrong example of {code} has other findings:\n{text}");
        let (codes, text) = check(example.made, example.right);
        assert!(codes.is_empty(), "the right example of {code} has findings:\n{text}");
    }
    assert!(shown > 60, "{shown}");
}

/// docs/findings.md: every code with what it means, and an example.
fn page() -> String {
    let mut page = String::from(
        "# Findings\n\nWhat [`lifeboat check`](check.md) can find. A code never changes its meaning. This page is made from the program: do not \
         edit it.\n",
    );
    for (code, _) in code::ALL {
        let (text, example) = (code::explain(code).unwrap(), example(code).unwrap());
        let kind = if example.made == Made::Words { "text" } else { "yaml" };
        let (wrong, right) = (example.wrong, example.right);
        page.push_str(&format!("\n## {code}\n\n{text}\n\n```{kind}\n# wrong\n{wrong}\n```\n\n```{kind}\n# right\n{right}\n```\n"));
    }
    page
}

fn page_path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/findings.md")
}

#[test]
fn the_page_of_findings_is_current() {
    let kept = std::fs::read_to_string(page_path()).unwrap();
    assert!(kept == page(), "make docs/findings.md anew: cargo test --test language -- --ignored write_the_page_of_findings");
}

/// Writes docs/findings.md anew.
#[test]
#[ignore = "writes to the repository"]
fn write_the_page_of_findings() {
    std::fs::write(page_path(), page()).unwrap();
}
