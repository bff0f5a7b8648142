use std::collections::HashMap;

use serde_json::Value;

use super::schema;
use crate::runbook::spec::{ActionSpec, Catalog, ErrorSpec, ParamSpec, ParamType, ProbeSpec, Reversibility};

const PARAMS: &[ParamSpec] = &[
    ParamSpec { name: "name", ty: ParamType::String, required: true, default: "", doc: "A name." },
    ParamSpec { name: "how_long", ty: ParamType::Duration, required: false, default: "10s", doc: "How long." },
    ParamSpec { name: "size", ty: ParamType::Integer { min: 0, max: 9 }, required: false, default: "as it is", doc: "A size." },
    ParamSpec { name: "url", ty: ParamType::Url, required: false, default: "", doc: "An address." },
    ParamSpec { name: "hosts", ty: ParamType::Map(&ParamType::Host), required: false, default: "", doc: "Names." },
];
const NO_ERRORS: &[ErrorSpec] = &[];

static ACTION: ActionSpec = ActionSpec {
    name: "x.change",
    summary: "Changes x",
    details: "Carefully.",
    errors: NO_ERRORS,
    params: PARAMS,
    rule: None,
    outputs: &[],
    reversibility: Reversibility::Irreversible,
    subject: Some("name"),
    permissions: &[],
    needs_target: true,
    lasts: None,
    usual_seconds: 1,
    example: "{name: \"${{ params.x }}\"}",
};

static PROBE: ProbeSpec = ProbeSpec {
    pace: None,
    healthy: None,
    name: "x.read",
    summary: "Reads x",
    details: "At once.",
    errors: NO_ERRORS,
    params: PARAMS,
    rule: None,
    fields: &[],
    permissions: &[],
    needs_target: true,
    requests: crate::runbook::spec::Requests::Read,
    rpo_field: None,
    example: "{name: x}",
    expect: "true",
};

fn whole() -> Value {
    schema(&Catalog { actions: vec![&ACTION], probes: vec![&PROBE] })
}

fn each<'a>(value: &'a Value, path: &str, visit: &mut dyn FnMut(&str, &'a Value)) {
    visit(path, value);
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| each(item, &format!("{path}/{at}"), visit)),
        Value::Object(map) => map.iter().for_each(|(key, item)| each(item, &format!("{path}/{key}"), visit)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_definition_is_used() {
    let schema = whole();
    let mut used: HashMap<&str, usize> = HashMap::new();
    each(&schema, "", &mut |path, value| {
        if path.ends_with("/$ref") {
            let name = value.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
            assert!(schema["$defs"].get(name).is_some(), "{path} leads to {name}, which is not there");
            *used.entry(name).or_default() += 1;
        }
    });
    let unused: Vec<&String> = schema["$defs"].as_object().unwrap().keys().filter(|name| !used.contains_key(name.as_str())).collect();
    assert_eq!(unused, Vec::<&String>::new());
}

#[test]
fn every_key_is_described_wherever_it_is_declared() {
    let schema = whole();
    let mut keys = 0;
    for (name, definition) in schema["$defs"].as_object().unwrap().iter().chain([(&"root".to_owned(), &schema)]) {
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            assert!(property["description"].as_str().is_some_and(|text| text.len() > 5), "{key} in {name}: {property}");
            keys += 1;
        }
        if definition.get("properties").is_some() {
            assert_eq!(definition["additionalProperties"], false, "{name}");
        }
    }
    assert!(keys > 60, "{keys}");
}

#[test]
fn defaults_are_values_where_they_are_some() {
    let schema = whole();
    let of_with = &schema["$defs"]["action_x.change"]["properties"];
    assert_eq!(of_with["how_long"]["default"], "10s");
    assert_eq!(of_with["size"].get("default"), None);
    assert!(of_with["size"]["description"].as_str().unwrap().ends_with("Default: as it is."));
    assert_eq!(schema["$defs"]["proof"]["properties"]["within"]["default"], "5m");
    assert_eq!(schema["$defs"]["step"]["properties"]["on_failure"]["default"], "pause");
    assert_eq!(schema["$defs"]["step"]["properties"]["timeout"].get("default"), None);
}

#[test]
fn a_weaker_confirmation_needs_its_reason() {
    let rule = &whole()["$defs"]["of_action"]["then"]["allOf"][0]["then"];
    assert_eq!(rule["if"]["properties"]["confirm"]["enum"], serde_json::json!(["none", "enter"]));
    assert_eq!(rule["then"]["required"], serde_json::json!(["confirm_reason"]));
}

#[test]
fn snippets_keep_their_dollar_signs() {
    let schema = whole();
    let body = &schema["properties"]["steps"]["items"]["defaultSnippets"][0]["body"];
    assert_eq!(body["with"]["name"], r"\${{ params.x }}");
    assert_eq!(body["id"], "${1:change}");
}
