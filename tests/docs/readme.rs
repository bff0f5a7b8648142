//! The README says what is supported today: a table made from the catalogue.

use std::path::Path;

use indexmap::IndexMap;

use crate::catalog::catalog;
use crate::current::is_current;

const BEGIN: &str = "<!-- what there is: made by `UPDATE_DOCS=1 cargo test --test docs` -->\n";
const END: &str = "<!-- end of what there is -->\n";

/// What a service is called, by the beginning of the names of its actions and probes.
const SERVICES: &[(&str, &str)] = &[
    ("rds", "Amazon RDS"),
    ("eks", "Amazon EKS"),
    ("route53", "Amazon Route 53"),
    ("cloudwatch", "Amazon CloudWatch"),
    ("aws", "AWS, the caller's identity"),
    ("command", "any program, of any service"),
    ("manual", "people"),
    ("choose", "people"),
    ("http", "HTTP and DNS"),
    ("dns", "HTTP and DNS"),
    ("wait", "the run itself"),
    ("verify", "the run itself"),
    ("runbook", "the run itself"),
];

fn service(name: &str) -> &str {
    let first = name.split('.').next().unwrap_or(name);
    SERVICES.iter().find(|(known, _)| *known == first).map_or(first, |(_, service)| service)
}

fn table() -> String {
    let catalog = catalog();
    let mut rows: IndexMap<&str, [Vec<String>; 2]> = IndexMap::new();
    // In the order of the table above: AWS first.
    let order = |name: &str| SERVICES.iter().position(|(known, _)| name.split('.').next() == Some(known)).unwrap_or(SERVICES.len());
    let actions = catalog.actions.iter().map(|spec| (spec.name, 0));
    let mut all: Vec<(&str, usize)> = actions.chain(catalog.probes.iter().map(|spec| (spec.name, 1))).collect();
    all.sort_by_key(|(name, column)| (order(name), *column));
    for (name, column) in all {
        rows.entry(service(name)).or_default()[column].push(format!("`{name}`"));
    }
    let mut text = String::from("| | steps can do | checks can read |\n|---|---|---|\n");
    for (service, [actions, probes]) in rows {
        text.push_str(&format!("| {service} | {} | {} |\n", actions.join(", "), probes.join(", ")));
    }
    text
}

#[test]
fn the_readme_says_what_there_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    is_current("README.md", &format!("{before}{BEGIN}{}{END}{after}", table()));
}
