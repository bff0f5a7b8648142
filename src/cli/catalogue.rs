//! `lifeboat actions` and `lifeboat probes`: what there is, from the same data that the checker and the schema use.

use serde_json::Value;

use super::args::{self, Form};
use super::exit::Exit;
use super::say::{out, out_raw, problem};
use super::{catalogue_json, catalogue_page};
use crate::runbook::spec::Catalog;
use crate::runbook::{action_hint, probe_hint};

/// Everything there is.
pub(super) fn catalog() -> Catalog {
    Catalog {
        actions: crate::action::catalog().iter().map(|action| action.spec()).collect(),
        probes: crate::probe::catalog().iter().map(|probe| probe.spec()).collect(),
    }
}

/// One action or probe, in every form.
struct Entry {
    name: &'static str,
    summary: &'static str,
    page: String,
    json: Value,
}

/// `lifeboat actions [NAME]`.
pub(super) fn actions(args: &args::Catalogue) -> Exit {
    let entries = catalog().actions.into_iter().map(|spec| Entry {
        name: spec.name,
        summary: spec.summary,
        page: catalogue_page::action(spec),
        json: catalogue_json::action(spec),
    });
    let hint = |name: &str| action_hint(name, &catalog());
    show(args, "action", &hint, &entries.collect::<Vec<_>>())
}

/// `lifeboat probes [NAME]`.
pub(super) fn probes(args: &args::Catalogue) -> Exit {
    let entries = catalog().probes.into_iter().map(|spec| Entry {
        name: spec.name,
        summary: spec.summary,
        page: catalogue_page::probe(spec),
        json: catalogue_json::probe(spec),
    });
    let hint = |name: &str| probe_hint(name, &catalog());
    show(args, "probe", &hint, &entries.collect::<Vec<_>>())
}

fn show(args: &args::Catalogue, what: &str, hint: &dyn Fn(&str) -> Option<String>, all: &[Entry]) -> Exit {
    let json = args.output == Form::Json;
    let Some(name) = args.name.as_deref() else {
        if json {
            out_raw(&format!("{:#}", all.iter().map(|entry| entry.json.clone()).collect::<Value>()));
        } else {
            let width = all.iter().map(|entry| entry.name.len()).max().unwrap_or_default();
            let lines: Vec<String> = all.iter().map(|entry| format!("{:<width$}  {}", entry.name, entry.summary)).collect();
            out(&format!("{}\n\n`lifeboat {what}s NAME` explains one.", lines.join("\n")));
        }
        return Exit::Done;
    };
    let Some(entry) = all.iter().find(|entry| entry.name == name) else {
        let names = all.iter().map(|entry| entry.name);
        // A word of a name is enough to be meant: `promote`.
        let near = hint(name).map_or_else(String::new, |hint| format!("{hint}{} ", if hint.ends_with('?') { "" } else { "." }));
        problem(&format!("there is no {what} {name:?}"), Some(&format!("{near}There are: {}", names.collect::<Vec<_>>().join(", "))));
        return Exit::BadInput;
    };
    if json {
        out_raw(&format!("{:#}", entry.json));
    } else {
        out(&entry.page);
    }
    Exit::Done
}
