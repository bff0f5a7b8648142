//! What actions and probes take, and what follows from which one it is.

use serde_json::{Map, Value, json};

use super::parts::{expression, part, snippet, with, yaml_value};
use crate::runbook::model::ConfirmDoc;
use crate::runbook::rules;
use crate::runbook::shelf::RUN_RUNBOOK;
use crate::runbook::spec::{ActionSpec, Catalog, ParamSpec, ParamType, ProbeSpec, Relation, Reversibility};

/// The definitions of every action and probe, and of the choice among them.
pub(super) fn definitions(catalog: &Catalog) -> Map<String, Value> {
    let mut all = Map::new();
    let actions: Vec<Value> = catalog.actions.iter().map(|spec| of_action(spec)).collect();
    let probes: Vec<Value> = catalog.probes.iter().map(|spec| choice("probe", spec.name, "probe_", takes(spec.params))).collect();
    // Without anything to choose from, `allOf` would be empty, which no validator takes.
    for (name, key, branches) in [("of_action", "action", actions), ("of_probe", "probe", probes)] {
        // Where nothing is chosen yet, editors would offer what each of the branches has.
        let choice = json!({"if": {"type": "object", "required": [key]}, "then": {"allOf": branches}});
        all.insert(name.into(), if choice["then"]["allOf"] == json!([]) { json!({}) } else { choice });
    }
    for spec in &catalog.actions {
        all.insert(
            format!("action_{}", spec.name),
            takes_with(spec.name, &described(spec.summary, spec.details), spec.params, spec.example),
        );
    }
    // Which runbook is run is known when the file is read.
    if let Some(file) = all.get_mut(&format!("action_{RUN_RUNBOOK}")).and_then(|schema| schema.pointer_mut("/properties/file")) {
        file["not"] = json!({"pattern": "\\$\\{\\{"});
        file["minLength"] = json!(1);
    }
    for spec in &catalog.probes {
        all.insert(
            format!("probe_{}", spec.name),
            takes_with(spec.name, &described(spec.summary, spec.details), spec.params, spec.example),
        );
    }
    all
}

fn described(summary: &str, details: &str) -> String {
    format!("{summary}.\n\n{details}")
}

/// The schema of one `with`.
fn takes_with(name: &str, description: &str, params: &[ParamSpec], example: &str) -> Value {
    let mut schema = record(params);
    // `with:` without anything is as good as none, where nothing must be in it.
    if params.iter().all(|param| !param.required) {
        schema["type"] = json!(["object", "null"]);
    }
    let mut more = json!({"title": name, "description": description});
    if let Some(example) = yaml_value(example) {
        more["examples"] = json!([example]);
        more["defaultSnippets"] = json!([{"label": format!("what {name} takes"), "body": snippet(example)}]);
    }
    with(more, schema)
}

/// A mapping with the keys of these parameters and no others.
fn record(params: &[ParamSpec]) -> Value {
    let properties: Map<String, Value> = params.iter().map(|param| (param.name.to_owned(), property(param))).collect();
    let required: Vec<&str> = params.iter().filter(|param| param.required).map(|param| param.name).collect();
    let mut schema = json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let relations: Vec<Value> =
        params.iter().flat_map(|param| param.ty.relations().filter_map(|relation| related(param, relation))).collect();
    if !relations.is_empty() {
        schema["allOf"] = json!(relations);
    }
    schema
}

/// What a schema can say of keys that depend on each other.
fn related(param: &ParamSpec, relation: Relation) -> Option<Value> {
    match relation {
        Relation::Instead(other) => (param.name < other).then(|| json!({"oneOf": [{"required": [param.name]}, {"required": [other]}]})),
        Relation::OrInEach(list) => {
            let each = json!({"required": [list], "properties": {list: {"items": {"type": "object", "required": [param.name]}}}});
            Some(json!({"anyOf": [{"required": [param.name]}, each]}))
        }
        Relation::InZone(_) | Relation::NotEmpty => None,
    }
}

fn property(param: &ParamSpec) -> Value {
    let description = if param.default.is_empty() { param.doc.to_owned() } else { format!("{} Default: {}.", param.doc, param.default) };
    let mut about = json!({ "description": description });
    if let Some(default) = yaml_value(param.default).filter(|value| fits(&param.ty, value)) {
        about["default"] = default;
    }
    with(about, typed(&param.ty))
}

/// Whether a default is a value, and not a word for what happens.
fn fits(ty: &ParamType, value: &Value) -> bool {
    match ty {
        ParamType::Integer { .. } => value.is_i64(),
        ParamType::Number => value.is_number(),
        ParamType::Bool => value.is_boolean(),
        ParamType::Duration => crate::runbook::duration_seconds(value).is_some(),
        ParamType::Enum(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        ParamType::Related(ty, _) => fits(ty, value),
        _ => false,
    }
}

/// A value of `with`: of its type, or an expression that gives it.
fn typed(ty: &ParamType) -> Value {
    let plain = match ty {
        // Any text may hold an expression.
        ParamType::String => return part("template"),
        ParamType::Url => return json!({"allOf": [part("template"), {"anyOf": [part("url"), expression()]}]}),
        ParamType::Host => return json!({"allOf": [part("template"), {"anyOf": [part("host"), expression()]}]}),
        ParamType::Any => return json!({}),
        ParamType::Related(ty, relation) => {
            let mut schema = typed(ty);
            if *relation == Relation::NotEmpty
                && let Some(plain) = schema.pointer_mut("/anyOf/0")
            {
                let least = if matches!(ty.plain(), ParamType::List(_)) { "minItems" } else { "minProperties" };
                plain[least] = json!(1);
            }
            return schema;
        }
        ParamType::Short(keys) => {
            let first = keys.first().map_or_else(|| json!({}), |key| typed(&key.ty));
            return json!({"anyOf": [first, record(keys)]});
        }
        ParamType::Integer { min, max } => {
            let mut schema = json!({"type": "integer"});
            if *min > i64::MIN {
                schema["minimum"] = json!(min);
            }
            if *max < i64::MAX {
                schema["maximum"] = json!(max);
            }
            schema
        }
        ParamType::Number => json!({"type": "number"}),
        ParamType::Bool => json!({"type": "boolean"}),
        ParamType::Duration => {
            return json!({"anyOf": [part("duration"), expression()]});
        }
        ParamType::Enum(words) => json!({ "enum": words }),
        ParamType::List(item) => json!({"type": "array", "items": typed(item)}),
        ParamType::Map(item) => json!({"type": "object", "propertyNames": part("key"), "additionalProperties": typed(item)}),
        ParamType::Record(specs) => json!({"type": "object", "propertyNames": part("key"), "additionalProperties": record(specs)}),
    };
    json!({"anyOf": [plain, expression()]})
}

/// What a mapping with `with` must be when the key beside it names an action or a probe that takes something.
fn takes(params: &[ParamSpec]) -> Value {
    if params.iter().any(|param| param.required) { json!({"required": ["with"]}) } else { json!({}) }
}

/// If `key` is `name`, then `with` is what it takes, and more.
fn choice(key: &str, name: &str, prefix: &str, more: Value) -> Value {
    json!({
        "if": {"properties": {key: {"const": name}}, "required": [key]},
        "then": with(json!({"properties": {"with": part(&format!("{prefix}{name}"))}}), more),
    })
}

fn of_action(spec: &ActionSpec) -> Value {
    let mut more = takes(spec.params);
    if spec.name == "verify" {
        // Its proofs are all that it does.
        more["required"] = json!(["verify"]);
    }
    if spec.name == RUN_RUNBOOK {
        // `on_failure: pause` is what holds anyway.
        let refused = rules::NOT_WITH_RUNBOOK.iter().filter(|(key, _)| *key != "on_failure");
        more["not"] = json!({"anyOf": refused.map(|(key, _)| json!({"required": [key]})).collect::<Vec<_>>()});
    }
    let weaker = weaker(spec);
    if !weaker.is_empty() {
        more["if"] = json!({"properties": {"confirm": {"enum": weaker}}, "required": ["confirm"]});
        more["then"] = json!({"required": ["confirm_reason"]});
    }
    choice("action", spec.name, "action_", more)
}

/// The confirmations that are less than the action asks for.
fn weaker(spec: &ActionSpec) -> Vec<&'static str> {
    let least = rules::default_strength(spec);
    let words = [("none", ConfirmDoc::None), ("enter", ConfirmDoc::Enter)];
    words.into_iter().filter(|(_, confirm)| rules::strength(confirm) < least).map(|(word, _)| word).collect()
}

/// Without a target for all, what goes to AWS names one: each step, and each precondition of the run. The checks of a step may have
/// that of their step.
pub(super) fn targets(catalog: &Catalog) -> Value {
    let actions: Vec<&str> = catalog.actions.iter().filter(|spec| spec.needs_target).map(|spec| spec.name).collect();
    let probes: Vec<&str> = catalog.probes.iter().filter(|spec| spec.needs_target).map(|spec| spec.name).collect();
    let each = |key: &str, names: Vec<&str>| {
        json!({"items": {
            "if": {"properties": {key: {"enum": names}}, "required": [key]},
            "then": {"required": ["target"]},
        }})
    };
    json!({
        "if": {"properties": {"defaults": {"required": ["target"]}}, "required": ["defaults"]},
        "else": {"properties": {"steps": each("action", actions), "preconditions": each("probe", probes)}},
    })
}

/// The names of all actions, each with what it does.
pub(super) fn action_names(catalog: &Catalog) -> Value {
    let about = |spec: &&ActionSpec| match spec.reversibility {
        Reversibility::Irreversible => format!("{}. Cannot be undone.", spec.summary),
        _ => format!("{}.", spec.summary),
    };
    json!({
        "enum": catalog.actions.iter().map(|spec| spec.name).collect::<Vec<_>>(),
        "enumDescriptions": catalog.actions.iter().map(about).collect::<Vec<_>>(),
    })
}

/// The names of all probes, each with what it reads.
pub(super) fn probe_names(catalog: &Catalog) -> Value {
    json!({
        "enum": catalog.probes.iter().map(|spec| spec.name).collect::<Vec<_>>(),
        "enumDescriptions": catalog.probes.iter().map(|spec| format!("{}.", spec.summary)).collect::<Vec<_>>(),
    })
}

/// A whole step for each action, to be filled in.
pub(super) fn step_snippets(catalog: &Catalog) -> Value {
    let one = |spec: &&ActionSpec| {
        let id = spec.name.rsplit('.').next().unwrap_or(spec.name);
        let mut body = json!({"id": format!("${{1:{id}}}"), "title": "${2:What it does}", "action": spec.name});
        body["with"] = snippet(yaml_value(spec.example).unwrap_or_else(|| json!({})));
        json!({"label": format!("a step: {}", spec.name), "description": spec.summary, "body": body})
    };
    catalog.actions.iter().map(one).collect()
}

/// A whole check for each probe, to be filled in.
pub(super) fn check_snippets(catalog: &Catalog) -> Value {
    let one = |spec: &&ProbeSpec| {
        let mut body = json!({"title": "${1:What is true when it passes}", "probe": spec.name});
        body["with"] = snippet(yaml_value(spec.example).unwrap_or_else(|| json!({})));
        body["expect"] = snippet(json!(spec.expect));
        json!({"label": format!("a check: {}", spec.name), "description": spec.summary, "body": body})
    };
    catalog.probes.iter().map(one).collect()
}
