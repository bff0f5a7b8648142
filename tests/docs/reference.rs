//! docs/runbook-reference.md: prose with tables from what the program reads.

use lifeboat::diag::code;
use lifeboat::engine::RunKind;
use lifeboat::expr::{FILTERS, FilterSpec, TESTS, TestSpec};
use lifeboat::runbook::keys::{self, Key, Keys, Takes};
use lifeboat::runbook::rules;

use crate::catalog::catalog;
use crate::catalogue::cell;
use crate::current::is_current;

const PROSE: &str = include_str!("parts/reference.md");

const ALL: [&Keys; 14] = [
    &keys::ROOT,
    &keys::OBJECTIVES,
    &keys::DEFAULTS,
    &keys::LINK,
    &keys::PARAM,
    &keys::SECRET,
    &keys::TARGET,
    &keys::STEP,
    &keys::RETRY,
    &keys::CONFIRM,
    &keys::ROLLBACK,
    &keys::PRECONDITION,
    &keys::PROOF,
    &keys::LOOK,
];

const CODES: &[(&str, &str)] = &[
    ("LB01", "The file and its YAML"),
    ("LB02", "Keys and types"),
    ("LB03", "Names, parameters, order"),
    ("LB04", "`with`"),
    ("LB05", "Expressions"),
    ("LB06", "Safety"),
    ("LB07", "Warnings"),
    ("LB08", "World files"),
];

fn keys_table(keys: &Keys) -> String {
    let row = |key: &Key| {
        let otherwise = if key.required { "**required**" } else { key.default };
        format!("| `{}` | {} | {} | {} |", key.name, cell(&key.takes.words()), cell(otherwise), cell(key.doc))
    };
    let rows: Vec<String> = keys.known.iter().map(row).collect();
    format!("| key | type | when it is not written | meaning |\n|---|---|---|---|\n{}", rows.join("\n"))
}

fn words_table(key: &Key) -> String {
    let (Takes::Words(words) | Takes::Confirm(words, _)) = key.takes else { panic!("{} has no words", key.name) };
    let mut rows: Vec<String> = words.iter().map(|(word, meaning)| format!("| `{word}` | {} |", cell(meaning))).collect();
    if let Takes::Confirm(_, keys) = key.takes {
        rows.extend(keys.known.iter().map(|own| format!("| `{{{}: TEXT}}` | {} |", own.name, cell(own.doc.trim_end_matches('.')))));
    }
    format!("| `{}` | |\n|---|---|\n{}", key.name, rows.join("\n"))
}

/// An expression as code in a cell.
fn code_cell(text: &str) -> String {
    format!("`{}`", cell(text))
}

/// The filters, a table for each group. That the examples give what they say is tested beside them.
fn filter_tables() -> String {
    let row = |filter: &FilterSpec| {
        let (usage, example, result) = (code_cell(&filter.usage()), code_cell(filter.example), code_cell(filter.result));
        format!("| {usage} | {} | {} | {} | {example} → {result} |", filter.of.words(), filter.gives.words(), cell(filter.doc))
    };
    let table = |(title, group): &(&str, &[FilterSpec])| {
        let rows: Vec<String> = group.iter().map(row).collect();
        format!("**{title}**\n\n| filter | x is | gives | meaning | example |\n|---|---|---|---|---|\n{}", rows.join("\n"))
    };
    FILTERS.iter().map(table).collect::<Vec<_>>().join("\n\n")
}

fn test_table() -> String {
    let row = |test: &TestSpec| format!("| {} | {} | {} |", code_cell(&test.usage()), cell(test.doc), code_cell(test.example));
    format!("| test | holds when x is | example |\n|---|---|---|\n{}", TESTS.iter().map(row).collect::<Vec<_>>().join("\n"))
}

fn words_of(what: &str, words: impl Iterator<Item = (&'static str, &'static str)>) -> String {
    let rows: Vec<String> = words.map(|(word, doc)| format!("| `{word}` | {} |", cell(doc))).collect();
    format!("| `{what}` | |\n|---|---|\n{}", rows.join("\n"))
}

#[test]
fn the_kinds_of_a_run_are_those_that_it_has() {
    let kinds = [RunKind::Live, RunKind::DryRun, RunKind::Drill].map(|kind| serde_json::to_value(kind).unwrap());
    assert_eq!(kinds.to_vec(), rules::RUN_KINDS.iter().map(|(word, _)| serde_json::Value::from(*word)).collect::<Vec<_>>());
}

fn index(page: &str, what: &str, entries: Vec<(&str, &str)>) -> String {
    let link = |name: &str| name.replace('.', "");
    let rows: Vec<String> = entries.iter().map(|(name, text)| format!("| [`{name}`]({page}#{}) | {} |", link(name), cell(text))).collect();
    format!("| {what} | |\n|---|---|\n{}", rows.join("\n"))
}

fn codes() -> String {
    let mut text = Vec::new();
    let mut told = 0;
    for (group, title) in CODES {
        let of_group: Vec<String> = code::ALL
            .iter()
            .filter(|(code, _)| code.starts_with(group))
            .map(|(code, _)| format!("| {code} | {} |", cell(&code::explain(code).unwrap())))
            .collect();
        told += of_group.len();
        text.push(format!("### {title}\n\n| code | |\n|---|---|\n{}", of_group.join("\n")));
    }
    assert_eq!(told, code::ALL.len(), "a group of codes has no title in tests/docs/reference.rs");
    text.join("\n\n")
}

/// How secrets are declared.
fn secrets() -> String {
    let doc = keys::ROOT.get("secrets").map_or("", |key| key.doc);
    format!(
        "## Secrets\n\n{doc} See [secrets](secrets.md). A secret has at least eight characters. A drill reads none.\n\n{}\n\n\
         A secret that differs from run to run is a parameter with `secret: true`, read as `params.NAME`, inside of `with` too. Its value says \
         where it is: `--param token=env:TOKEN`, or `token: file:token.txt` in a params file. A path counts from the folder that the command \
         is given in, from that of the params file, or, as a default, from that of the runbook.",
        keys_table(&keys::SECRET)
    )
}

fn filled(what: &str) -> String {
    let mut parts = what.split(' ');
    let find = |name: &str| *ALL.iter().find(|keys| keys.name == name).unwrap_or_else(|| panic!("no table {name}"));
    match (parts.next(), parts.next(), parts.next()) {
        (Some("keys"), Some(name), None) => keys_table(find(name)),
        (Some("words"), Some(name), Some(key)) => words_table(find(name).get(key).unwrap()),
        (Some("actions"), ..) => index("actions.md", "action", catalog().actions.iter().map(|spec| (spec.name, spec.summary)).collect()),
        (Some("probes"), ..) => index("probes.md", "probe", catalog().probes.iter().map(|spec| (spec.name, spec.summary)).collect()),
        (Some("filters"), ..) => filter_tables(),
        (Some("kinds"), ..) => words_of("run.kind", rules::RUN_KINDS.iter().copied()),
        (Some("states"), ..) => words_of("state", rules::STATES.iter().map(|state| (state.word, state.doc))),
        (Some("tests"), ..) => test_table(),
        (Some("codes"), ..) => codes(),
        (Some("secrets"), ..) => secrets(),
        _ => panic!("nothing fills {what} in"),
    }
}

#[test]
fn the_reference_is_what_the_tables_say() {
    let mut page = String::new();
    for line in PROSE.lines() {
        // A line of its own: in the prose, `${{ … }}` is an expression.
        match line.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
            Some(what) => page.push_str(&filled(what)),
            None => page.push_str(line),
        }
        page.push('\n');
    }
    for keys in ALL.iter().filter(|keys| keys.name != "typed confirmation") {
        assert!(page.contains(&keys_table(keys)), "the reference has no table of {}", keys.name);
    }
    is_current("docs/runbook-reference.md", &page.replace("\n\n\n", "\n\n"));
}
