//! `lifeboat actions` and `lifeboat probes`: what there is, from the same data that the checker uses.

use std::fmt::Write as _;

use super::args;
use super::exit::Exit;
use super::say::{out, problem};
use crate::runbook::spec::{ActionSpec, Catalog, FieldSpec, ParamSpec, ParamType, Permission, ProbeSpec, Reversibility};

/// Everything there is.
pub(super) fn catalog() -> Catalog {
    Catalog {
        actions: crate::action::catalog().iter().map(|action| action.spec()).collect(),
        probes: crate::probe::catalog().iter().map(|probe| probe.spec()).collect(),
    }
}

/// `lifeboat actions [NAME]`.
pub(super) fn actions(args: &args::Catalogue) -> Exit {
    let all = catalog().actions;
    show(args.name.as_deref(), "action", &all.iter().map(|spec| (spec.name, spec.summary, action(spec))).collect::<Vec<_>>())
}

/// `lifeboat probes [NAME]`.
pub(super) fn probes(args: &args::Catalogue) -> Exit {
    let all = catalog().probes;
    show(args.name.as_deref(), "probe", &all.iter().map(|spec| (spec.name, spec.summary, probe(spec))).collect::<Vec<_>>())
}

fn show(name: Option<&str>, what: &str, all: &[(&str, &str, String)]) -> Exit {
    let Some(name) = name else {
        for (_, _, text) in all {
            out(text);
        }
        return Exit::Done;
    };
    match all.iter().find(|(known, ..)| *known == name) {
        Some((_, _, text)) => {
            out(text);
            Exit::Done
        }
        None => {
            let names: Vec<&str> = all.iter().map(|(name, ..)| *name).collect();
            let near = names.iter().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
            problem(
                &format!("there is no {what} {name:?}"),
                near.map(|near| format!("did you mean {near}? There are: {}", names.join(", "))).as_deref(),
            );
            Exit::BadInput
        }
    }
}

fn action(spec: &ActionSpec) -> String {
    let undo = match spec.reversibility {
        Reversibility::NoChange => "changes nothing",
        Reversibility::Reversible => "can be undone",
        Reversibility::Irreversible => "CANNOT BE UNDONE",
    };
    let mut text = format!("{}  ({undo})\n  {}\n", spec.name, spec.summary);
    params(&mut text, spec.params);
    fields(&mut text, "outputs", spec.outputs);
    rest(&mut text, spec.permissions, "action", spec.name, spec.example);
    text
}

fn probe(spec: &ProbeSpec) -> String {
    let mut text = format!("{}\n  {}\n", spec.name, spec.summary);
    params(&mut text, spec.params);
    fields(&mut text, "fields for expect", spec.fields);
    rest(&mut text, spec.permissions, "probe", spec.name, spec.example);
    text
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).expect("writing to a String cannot fail");
    text.push('\n');
}

fn params(text: &mut String, params: &[ParamSpec]) {
    if !params.is_empty() {
        line(text, format_args!("  with:"));
    }
    for param in params {
        let must = if param.required { "required" } else { "optional" };
        line(text, format_args!("    {:<24} {:<26} {must}. {}", param.name, type_name(param.ty), param.doc));
    }
}

fn fields(text: &mut String, title: &str, fields: &[FieldSpec]) {
    if !fields.is_empty() {
        line(text, format_args!("  {title}:"));
    }
    for field in fields {
        line(text, format_args!("    {:<24} {:<26} {}", field.name, type_name(field.ty), field.doc));
    }
}

fn rest(text: &mut String, permissions: &[Permission], key: &str, name: &str, example: &str) {
    let names = |explains: bool| {
        let mut names: Vec<&str> = permissions.iter().filter(|one| one.explains == explains).map(|one| one.action).collect();
        names.dedup();
        names.join(", ")
    };
    for (title, names) in [("permissions", names(false)), ("and to explain failures", names(true))] {
        if !names.is_empty() {
            line(text, format_args!("  {title}: {names}"));
        }
    }
    line(text, format_args!("  example:"));
    line(text, format_args!("    {key}: {name}"));
    line(text, format_args!("    with: {}", example.trim()));
}

/// A type in words.
fn type_name(ty: ParamType) -> String {
    match ty {
        ParamType::String => "string".into(),
        ParamType::Integer { min, max } if (min, max) == (i64::MIN, i64::MAX) => "integer".into(),
        ParamType::Integer { min, max: i64::MAX } => format!("integer from {min}"),
        ParamType::Integer { min, max } => format!("integer {min}..{max}"),
        ParamType::Number => "number".into(),
        ParamType::Bool => "boolean".into(),
        ParamType::Duration => "duration".into(),
        ParamType::Enum(words) => words.join(" | "),
        ParamType::List(item) => format!("list of {}", type_name(*item)),
        ParamType::Map(item) => format!("map to {}", type_name(*item)),
        ParamType::Record(keys) => format!("{{{}}}", keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")),
        ParamType::Any => "anything".into(),
    }
}
