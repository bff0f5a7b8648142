//! docs/actions.md and docs/probes.md, the catalogue's examples, and the catalogue in the terminal.

use std::fmt::Write as _;
use std::path::Path;

use lifeboat::diag::{Severity, Source, render};
use lifeboat::runbook;
use lifeboat::runbook::spec::{AWS_ERRORS, ErrorSpec, FieldSpec, ParamSpec, ParamType};
use serde_json::Value;

use crate::catalog::catalog;
use crate::cli::Home;
use crate::current::is_current;

/// Said once, for all of them.
const ACTIONS: &str = include_str!("parts/actions.md");
const PROBES: &str = include_str!("parts/probes.md");

/// A cell of a table.
pub(crate) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn rows(page: &mut String, head: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<String> = rows.collect();
    if !rows.is_empty() {
        let rule = head.split('|').filter(|column| !column.is_empty()).map(|_| "---").collect::<Vec<_>>().join("|");
        writeln!(page, "{head}\n|{rule}|\n{}\n", rows.join("\n")).unwrap();
    }
}

fn params(page: &mut String, params: &[ParamSpec]) {
    fn collect(within: &str, params: &[ParamSpec], found: &mut Vec<String>) {
        for param in params {
            let must = if param.required { "**required**".into() } else { param.default.to_owned() };
            found.push(format!("| `{within}{}` | {} | {} | {} |", param.name, cell(&param.ty.words()), cell(&must), cell(param.doc)));
            if let ParamType::Record(keys) = param.ty {
                collect(&format!("{within}{}.NAME.", param.name), keys, found);
            }
        }
    }
    let mut found = Vec::new();
    collect("", params, &mut found);
    rows(page, "| parameter | type | when it is not written | |", found.into_iter());
}

fn fields(page: &mut String, head: &str, fields: &[FieldSpec]) {
    let row = |field: &FieldSpec| format!("| `{}` | {} | {} |", field.name, cell(&field.ty.words()), cell(field.doc));
    rows(page, &format!("| {head} | type | |"), fields.iter().map(row));
}

fn errors(page: &mut String, head: &str, errors: &[ErrorSpec]) {
    let row = |error: &ErrorSpec| format!("| {} | {} |", cell(error.name), cell(error.doc));
    rows(page, &format!("| {head} | |"), errors.iter().map(row));
}

fn permissions(page: &mut String, permissions: &[&str]) {
    if !permissions.is_empty() {
        let names: Vec<String> = permissions.iter().map(|name| format!("`{name}`")).collect();
        writeln!(page, "Permissions: {}.\n", names.join(", ")).unwrap();
    }
}

fn common_errors() -> String {
    let mut text = String::new();
    errors(&mut text, "what everything that goes to AWS can meet", AWS_ERRORS);
    text
}

fn actions_page() -> String {
    let mut page = ACTIONS.replace("{{errors}}\n", common_errors().trim_start());
    page = page.trim_end().to_owned() + "\n\n";
    let index =
        catalog().actions.into_iter().map(|spec| format!("| `{}` | {} | {} |", spec.name, spec.reversibility.words(), cell(spec.summary)));
    rows(&mut page, "| action | | |", index);
    for spec in catalog().actions {
        writeln!(
            page,
            "## `{}`\n\n{}. It {}. Its confirmation, when the step says nothing else: {}.\n",
            spec.name,
            spec.summary,
            spec.reversibility.words(),
            spec.default_confirmation()
        )
        .unwrap();
        writeln!(page, "{}\n", spec.details).unwrap();
        params(&mut page, spec.params);
        fields(&mut page, "output", spec.outputs);
        errors(&mut page, "error", spec.errors);
        permissions(&mut page, &spec.iam_actions());
        writeln!(page, "```yaml\naction: {}\nwith: {}\n```\n", spec.name, spec.example).unwrap();
    }
    page.trim_end().to_owned() + "\n"
}

fn probes_page() -> String {
    let mut page = PROBES.trim_end().to_owned() + "\n\n";
    let names = |names: Vec<&str>| names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let index = catalog().probes.into_iter().map(|spec| {
        let params = names(spec.params.iter().map(|param| param.name).collect());
        format!("| `{}` | {params} | {} |", spec.name, names(spec.fields.iter().map(|field| field.name).collect())).replace("|  |", "| |")
    });
    rows(&mut page, "| probe | parameters | fields |", index);
    for spec in catalog().probes {
        writeln!(page, "## `{}`\n\n{}.\n\n{}\n", spec.name, spec.summary, spec.details).unwrap();
        params(&mut page, spec.params);
        fields(&mut page, "field", spec.fields);
        errors(&mut page, "unknown, when", spec.errors);
        permissions(&mut page, &spec.iam_actions());
        let expect = spec.expect.replace('\'', "''");
        writeln!(page, "```yaml\nprobe: {}\nwith: {}\nexpect: '{expect}'\n```\n", spec.name, spec.example).unwrap();
    }
    page.trim_end().to_owned() + "\n"
}

#[test]
fn the_page_on_actions_is_what_the_catalogue_says() {
    is_current("docs/actions.md", &actions_page());
}

#[test]
fn the_page_on_probes_is_what_the_catalogue_says() {
    is_current("docs/probes.md", &probes_page());
}

/// Everything but the step or the check itself.
const AROUND: &str = "lifeboat: 1\nname: example\ntitle: An example\nfailback: example.yaml\n\
                      targets: {dr: {region: us-east-1, account: \"123456789012\"}}\ndefaults: {target: dr}\n";

#[track_caller]
fn checks_clean(name: &str, text: &str) {
    // Beside the templates: the example of `runbook` runs one of them.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/example.yaml");
    let source = Source { path, text: text.into() };
    let findings = runbook::examine(&source, &catalog()).1;
    let errors: Vec<_> = findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{name}:\n{}", render(Some(&source), &errors, false));
}

/// A block as it is printed, under `- key: …`.
fn indented(block: &str, by: usize) -> String {
    block.lines().map(|line| format!("{}{}\n", " ".repeat(by), line.trim_start())).collect()
}

/// The lines behind `example:` of a page in the terminal.
fn example_of(page: &str) -> &str {
    page.split("\nexample:\n").nth(1).unwrap()
}

#[test]
fn the_example_on_every_page_in_the_terminal_checks_clean() {
    let home = Home::new();
    let proof = "{title: It holds, probe: http, with: {url: 'https://example.com/'}, expect: status == 200}";
    for spec in catalog().actions {
        let page = home.run(&["actions", spec.name]).ended(0).out;
        let step = indented(example_of(&page), 4);
        let verify = if spec.name == runbook::RUN_RUNBOOK { String::new() } else { format!("    verify: [{proof}]\n") };
        checks_clean(spec.name, &format!("{AROUND}steps:\n  - id: one\n    title: One\n{step}{verify}"));
    }
    for spec in catalog().probes {
        let page = home.run(&["probes", spec.name]).ended(0).out;
        let check = indented(example_of(&page), 4);
        let step = "steps:\n  - {id: one, title: One, action: wait, with: {seconds: 1s}}\n";
        checks_clean(spec.name, &format!("{AROUND}preconditions:\n  - title: It holds\n{check}{step}"));
    }
}

#[test]
fn a_page_in_the_terminal_says_all_there_is_in_a_hundred_columns() {
    let home = Home::new();
    for spec in catalog().actions {
        let page = home.run(&["actions", spec.name]).ended(0).out;
        let names = spec.params.iter().map(|param| param.name).chain(spec.outputs.iter().map(|field| field.name));
        for word in names.chain(spec.errors.iter().map(|error| error.name)).chain(spec.iam_actions()) {
            assert!(page.contains(word), "{}: {word}", spec.name);
        }
        let before = page.split("\nexample:\n").next().unwrap();
        let long = before.lines().find(|line| line.chars().count() > 100);
        assert_eq!(long, None, "{}", spec.name);
    }
}

#[test]
fn the_list_has_one_line_each_and_json_has_everything() {
    let home = Home::new();
    let (actions, probes) = (catalog().actions.len(), catalog().probes.len());
    for (what, count) in [("actions", actions), ("probes", probes)] {
        let list = home.run(&[what]).ended(0).out;
        assert_eq!(list.lines().take_while(|line| !line.is_empty()).count(), count, "{list}");
        let all: Value = serde_json::from_str(&home.run(&[what, "--output", "json"]).ended(0).out).unwrap();
        assert_eq!(all.as_array().unwrap().len(), count);
        let one = &all[0];
        let name = one["name"].as_str().unwrap();
        let alone: Value = serde_json::from_str(&home.run(&[what, name, "--output", "json"]).ended(0).out).unwrap();
        assert_eq!(&alone, one);
        assert!(one["example"].is_object() && one["errors"].is_array(), "{one}");
    }
    home.run(&["actions", "promote"]).ended(2).says("did you mean `rds.promote_replica`?");
}
