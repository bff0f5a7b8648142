//! The words of the language, for the fuzzer's dictionary: taken from the tables that the parser reads, so that a new key is fuzzed too.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use lifeboat::expr::{TESTS, filters};
use lifeboat::runbook::keys::{Keys, ROOT, Takes};
use lifeboat::runbook::rules::STATES;
use lifeboat::runbook::spec::{FieldSpec, ParamSpec, ParamType};
use lifeboat::{action, probe};

/// What YAML and expressions are made of.
const SIGNS: &[&str] = &[
    "\n",
    "\n  ",
    "\n    - ",
    "\r\n",
    "\t",
    "\0",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "é",
    "---\n",
    "...\n",
    "- ",
    ": ",
    "? ",
    "# ",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "<<: *a",
    "!!str ",
    "%YAML 1.2\n",
    "~",
    "null",
    "true",
    "false",
    "no",
    "-1",
    "0x1f",
    "012",
    "1e999",
    ".5",
    "12:30:45",
    "9223372036854775807",
    "9223372036854775808",
    "1s",
    "5m",
    "1h30m",
    "100d",
    "us-east-1",
    "012345678901",
    "snake_case",
    "arn:aws:rds:us-east-1:012345678901:db:orders",
    "2026-03-12T02:47:00Z",
    "env:NAME",
    "file:PATH",
    "small.yaml",
    "${{ ",
    " }}",
    "params.",
    "steps.",
    "targets.",
    "secrets.",
    "run.",
    "item",
    "error",
    ".outputs.",
    ".answers.",
    ".state",
    ".choice",
    " and ",
    " or ",
    "not ",
    " in ",
    " not in ",
    " is ",
    " is not ",
    " if ",
    " else ",
    "none",
    " == ",
    " != ",
    " <= ",
    " < ",
    " ** ",
    " // ",
    " % ",
    " ~ ",
    " | ",
    "(",
    ")",
    "[0]",
    "[-1]",
    "['a']",
    "\n---\n{\"params\": {}}",
    "{'a': 1}",
];

fn of_keys(keys: &'static Keys, words: &mut BTreeSet<String>) {
    for key in keys.known {
        words.insert(format!("{}: ", key.name));
        if let Takes::Words(some) | Takes::Confirm(some, _) = key.takes {
            words.extend(some.iter().map(|(word, _)| (*word).to_owned()));
        }
        if let Some(keys) = key.takes.keys() {
            of_keys(keys, words);
        }
    }
}

fn of_type(ty: &ParamType, words: &mut BTreeSet<String>) {
    match ty {
        ParamType::Enum(some) => words.extend(some.iter().map(|word| (*word).to_owned())),
        ParamType::List(item) | ParamType::Map(item) => of_type(item, words),
        ParamType::Record(params) => of_params(params, words),
        _ => {}
    }
}

fn of_params(params: &[ParamSpec], words: &mut BTreeSet<String>) {
    for param in params {
        words.insert(format!("{}: ", param.name));
        of_type(&param.ty, words);
    }
}

fn of_fields(fields: &[FieldSpec], words: &mut BTreeSet<String>) {
    words.extend(fields.iter().map(|field| field.name.to_owned()));
}

/// All of them, each once.
pub(crate) fn words() -> Vec<String> {
    let mut words: BTreeSet<String> = SIGNS.iter().map(|sign| (*sign).to_owned()).collect();
    of_keys(&ROOT, &mut words);
    for spec in action::catalog().iter().map(|action| action.spec()) {
        words.insert(spec.name.to_owned());
        of_params(spec.params, &mut words);
        of_fields(spec.outputs, &mut words);
    }
    for spec in probe::catalog().iter().map(|probe| probe.spec()) {
        words.insert(spec.name.to_owned());
        of_params(spec.params, &mut words);
        of_fields(spec.fields, &mut words);
    }
    for filter in filters() {
        words.insert(format!(" | {}", filter.name));
        words.extend(filter.args.iter().map(|arg| format!("{}=", arg.name)));
    }
    words.extend(TESTS.iter().map(|test| format!(" is {}", test.name)));
    words.extend(STATES.iter().map(|state| format!("'{}'", state.word)));
    words.into_iter().collect()
}

/// As libFuzzer reads it: a word a line, in quotes, what is not plain as `\xAB`.
fn file() -> String {
    let mut text =
        String::from("# The words of the runbook language. Made by `cargo test --test fuzz_corpus -- --ignored write_the_dictionary`.\n");
    for word in words() {
        text.push('"');
        for byte in word.bytes() {
            match byte {
                b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
                b' '..=b'~' => text.push(char::from(byte)),
                _ => text.push_str(&format!("\\x{byte:02X}")),
            }
        }
        text.push_str("\"\n");
    }
    text
}

fn path() -> PathBuf {
    crate::root().join("fuzz/language.dict")
}

#[test]
fn the_dictionary_is_current() {
    let kept = fs::read_to_string(path()).unwrap_or_default();
    assert!(kept == file(), "make fuzz/language.dict anew: cargo test --test fuzz_corpus -- --ignored write_the_dictionary");
}

/// Writes fuzz/language.dict anew.
#[test]
#[ignore = "writes to the repository"]
fn write_the_dictionary() {
    fs::write(path(), file()).unwrap();
}
