//! The whole schema: one definition for each table of keys.

use serde_json::{Map, Value, json};

use super::parts::{self, VARIABLE, expression, part, with, yaml_value};
use super::{param, with as catalogue};
use crate::runbook::keys::{Key, Keys, LOOK, PARAM, PRECONDITION, PROOF, ROLLBACK, ROOT, STEP, Takes};
use crate::runbook::parse_duration;
use crate::runbook::shelf::RUN_RUNBOOK;
use crate::runbook::spec::Catalog;

/// The JSON Schema of runbooks with these actions and probes.
pub fn schema(catalog: &Catalog) -> Value {
    let mut definitions = Map::new();
    define(&ROOT, catalog, &mut definitions);
    let root = definitions.remove(ROOT.name).unwrap_or_default();
    definitions.extend(parts::definitions());
    definitions.extend(catalogue::definitions(catalog));
    let head = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        // Not an address: wherever the file lies, it is the schema of this version of the format.
        "$id": "urn:lifeboat:runbook:1",
        "title": "lifeboat runbook",
        "$comment": "Made by `lifeboat schema` from the tables that the program itself reads. Do not edit.",
    });
    let whole = with(head, root);
    with(whole, json!({ "$defs": definitions }))
}

/// Adds the definition of a table, and of those that it leads to.
fn define(keys: &'static Keys, catalog: &Catalog, definitions: &mut Map<String, Value>) {
    if definitions.contains_key(&slug(keys)) {
        return;
    }
    // Its place is taken first: tables lead to each other.
    definitions.insert(slug(keys), Value::Null);
    let mut properties = Map::new();
    for key in keys.known {
        if let Some(more) = key.takes.keys() {
            define(more, catalog, definitions);
        }
        properties.insert(key.name.to_owned(), property(key, catalog));
    }
    let required: Vec<&str> = keys.known.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({
        "title": keys.name,
        "description": keys.doc,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    if !keys.one_of.is_empty() {
        schema["oneOf"] = keys.one_of.iter().map(|name| json!({ "required": [name] })).collect();
    }
    // What follows from the value of one key for the others.
    if std::ptr::eq(keys, &ROOT) {
        schema["allOf"] = json!([catalogue::targets(catalog)]);
    } else if std::ptr::eq(keys, &PARAM) {
        schema["allOf"] = param::rules();
    } else if std::ptr::eq(keys, &STEP) || std::ptr::eq(keys, &ROLLBACK) {
        schema["allOf"] = json!([part("of_action")]);
        if std::ptr::eq(keys, &ROLLBACK) {
            schema["not"] = json!({"properties": {"action": {"const": RUN_RUNBOOK}}, "required": ["action"]});
        }
    } else if [&PRECONDITION, &PROOF, &LOOK].iter().any(|checks| std::ptr::eq(keys, *checks)) {
        schema["allOf"] = json!([part("of_probe")]);
    }
    definitions.insert(slug(keys), schema);
}

/// The name of a table's definition.
fn slug(keys: &Keys) -> String {
    keys.name.replace(' ', "_")
}

fn property(key: &Key, catalog: &Catalog) -> Value {
    let mut description = key.doc.to_owned();
    // Editors list the words of an `enum` with their meanings by themselves, but not those of one choice among several.
    if let Takes::Confirm(words, _) = key.takes {
        let listed: Vec<String> = words.iter().map(|(word, meaning)| format!("`{word}`: {meaning}")).collect();
        description = format!("{description} {}.", listed.join("; "));
    }
    if !key.default.is_empty() {
        description = format!("{description} Default: {}.", key.default);
    }
    let mut about = json!({ "description": description });
    if let Some(default) = default(key) {
        about["default"] = default;
    }
    let examples: Vec<Value> = key.examples.iter().filter_map(|text| example(key, text)).collect();
    if !examples.is_empty() {
        about["examples"] = Value::Array(examples);
    }
    with(about, takes(key, catalog))
}

/// The default, where it is a value and not a word for what happens.
fn default(key: &Key) -> Option<Value> {
    match key.takes {
        Takes::Version => Some(json!(1)),
        Takes::Words(words) => words.iter().find(|(word, _)| *word == key.default).map(|(word, _)| json!(word)),
        Takes::Duration | Takes::Positive => parse_duration(key.default).ok().map(|_| json!(key.default)),
        Takes::Flag => key.default.parse::<bool>().ok().map(Value::Bool),
        _ => None,
    }
}

/// An example as a value. Texts are written as they are, everything else as YAML.
fn example(key: &Key, text: &str) -> Option<Value> {
    match key.takes {
        Takes::Texts | Takes::Steps | Takes::Items | Takes::One(_) | Takes::Pattern | Takes::Account if !text.starts_with("${{") => {
            yaml_value(text)
        }
        _ => Some(json!(text)),
    }
}

fn takes(key: &Key, catalog: &Catalog) -> Value {
    match key.takes {
        Takes::Version => json!({ "const": 1 }),
        Takes::Text | Takes::Markdown | Takes::Path | Takes::Name => part("text"),
        Takes::Template | Takes::MarkdownTemplate => part("filled_text"),
        Takes::Pattern => with(json!({"format": "regex"}), part("text")),
        Takes::Variable => json!({"type": "string", "pattern": VARIABLE}),
        Takes::Id => part("id"),
        Takes::Words(words) => json!({
            "enum": words.iter().map(|(word, _)| word).collect::<Vec<_>>(),
            "enumDescriptions": words.iter().map(|(_, meaning)| meaning).collect::<Vec<_>>(),
        }),
        Takes::Condition => part("condition"),
        Takes::Duration => part("duration"),
        Takes::Positive => part("positive_duration"),
        Takes::Count { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Takes::Flag => json!({"type": "boolean"}),
        Takes::Bound => json!({"anyOf": [{"type": "number"}, part("duration")]}),
        Takes::Region => part("region"),
        Takes::Account => part("account"),
        Takes::Texts => json!({"type": "array", "items": part("text")}),
        Takes::Steps => json!({"type": "array", "items": part("id")}),
        Takes::Items => json!({"anyOf": [{"type": "array"}, expression()]}),
        Takes::Value => json!({}),
        Takes::Action => catalogue::action_names(catalog),
        Takes::Probe => catalogue::probe_names(catalog),
        Takes::With => json!({"type": ["object", "null"]}),
        Takes::Confirm(words, keys) => {
            json!({"anyOf": [{"enum": words.iter().map(|(word, _)| word).collect::<Vec<_>>()}, part(&slug(keys))]})
        }
        Takes::One(keys) => part(&slug(keys)),
        Takes::Named(keys) => {
            json!({"type": "object", "propertyNames": part("id"), "additionalProperties": part(&slug(keys))})
        }
        Takes::Many(keys) => many(key, keys, catalog),
    }
}

fn many(key: &Key, keys: &'static Keys, catalog: &Catalog) -> Value {
    let mut items = part(&slug(keys));
    if std::ptr::eq(keys, &STEP) {
        items["defaultSnippets"] = catalogue::step_snippets(catalog);
    } else if std::ptr::eq(keys, &PRECONDITION) || std::ptr::eq(keys, &PROOF) {
        items["defaultSnippets"] = catalogue::check_snippets(catalog);
    }
    let mut schema = json!({"type": "array", "items": items});
    if key.required {
        schema["minItems"] = json!(1);
    }
    schema
}
