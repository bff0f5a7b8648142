//! docs/runbook-reference.md: prose with tables from what the program reads.

use lifeboat::diag::code;
use lifeboat::expr::{FILTERS, TESTS};
use lifeboat::runbook::keys::{self, Key, Keys, Takes};

use crate::catalog::catalog;
use crate::catalogue::cell;
use crate::current::is_current;

const PROSE: &str = include_str!("parts/reference.md");

const ALL: [&Keys; 13] = [
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
];

const FILTER_MEANINGS: &[(&str, &str)] = &[
    ("abs", "a number without its sign"),
    ("default", "`x \\| default(y)`: y where x is not there or not known"),
    ("first", "the first item of a list"),
    ("float", "a number from a text"),
    ("int", "a whole number: from a text, or without the part behind the point"),
    ("join", "`x \\| join(\", \")`: the items of a list as one text"),
    ("last", "the last item of a list"),
    ("length", "how many characters, items or keys"),
    ("lower", "a text in lower case"),
    ("max", "the greatest item of a list"),
    ("min", "the least item of a list"),
    ("replace", "`x \\| replace(\"a\", \"b\")`: a text with every `a` made a `b`"),
    ("round", "`x \\| round(2)`: a number with so many digits behind the point; without an argument a whole number"),
    ("sort", "a list in ascending order"),
    ("split", "`x \\| split(\",\")`: the parts of a text as a list"),
    ("string", "any plain value as a text"),
    ("sum", "the sum of a list of numbers"),
    ("trim", "a text without blanks at its ends"),
    ("unique", "a list without repetitions"),
    ("upper", "a text in upper case"),
];

const TEST_MEANINGS: &[(&str, &str)] = &[
    ("boolean", "true or false"),
    ("defined", "there"),
    ("endingwith", "`x is endingwith(\"-1\")`: a text with that end"),
    ("mapping", "a mapping"),
    ("none", "null: not known"),
    ("number", "a number"),
    ("sequence", "a list"),
    ("startingwith", "`x is startingwith(\"eu-\")`: a text with that beginning"),
    ("string", "a text"),
    ("undefined", "not there"),
];

const CODES: &[(&str, &str)] = &[
    ("LB01", "The file and its YAML"),
    ("LB02", "Keys and types"),
    ("LB03", "Names, parameters, order"),
    ("LB04", "`with`"),
    ("LB05", "Expressions"),
    ("LB06", "Safety"),
    ("LB07", "Warnings"),
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

/// A table of names that the program has, with meanings that are written here: each must have one.
fn named(head: &str, names: &[&str], meanings: &[(&str, &str)]) -> String {
    let meaning = |name: &&str| {
        let found = meanings.iter().find(|(known, _)| known == name);
        let (_, text) = found.unwrap_or_else(|| panic!("say in tests/docs/reference.rs what `{name}` does"));
        format!("| `{name}` | {text} |")
    };
    assert_eq!(names.len(), meanings.len(), "{head}: something is explained that is not there");
    format!("| {head} | |\n|---|---|\n{}", names.iter().map(meaning).collect::<Vec<_>>().join("\n"))
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
        (Some("filters"), ..) => named("filter: `x \\| name`", FILTERS, FILTER_MEANINGS),
        (Some("tests"), ..) => named("test: `x is name`, `x is not name`", TESTS, TEST_MEANINGS),
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
