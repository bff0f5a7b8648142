//! What else a parameter must be, by its type.

use serde_json::{Value, json};

use super::parts::{part, region};

/// One condition for each type: which bounds and words go with it, and what its default is. Then what a secret is.
pub(super) fn rules() -> Value {
    let mut rules = Vec::new();
    let items = ["string", "integer", "number", "boolean", "duration", "region", "enum"];
    for kind in items {
        let mut properties = json!({"default": default(kind), "of": false});
        if !matches!(kind, "integer" | "number" | "duration") {
            properties["min"] = json!(false);
            properties["max"] = json!(false);
        } else {
            let bound = if kind == "duration" { part("duration") } else { json!({"type": "number"}) };
            properties["min"] = bound.clone();
            properties["max"] = bound;
        }
        if !matches!(kind, "string" | "region") {
            properties["pattern"] = json!(false);
        }
        let mut then = json!({ "properties": properties });
        words(kind, &mut then);
        rules.push(json!({"if": is("type", kind), "then": then}));
    }
    let never = json!({"properties": {"min": false, "max": false, "pattern": false}});
    rules.push(json!({"if": is("type", "list"), "then": never}));
    for kind in items {
        let mut then = json!({"properties": {"default": {"type": "array", "items": default(kind)}}});
        words(kind, &mut then);
        let mut of = is("of", kind);
        // A list of which nothing is said is one of texts.
        if kind == "string" {
            of = json!({"anyOf": [of, {"not": {"required": ["of"]}}]});
        }
        rules.push(json!({"if": {"allOf": [is("type", "list"), of]}, "then": then}));
    }
    let place = json!({"type": "string", "pattern": r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.*\S.*)$"});
    let secret = json!({"properties": {"type": {"const": "string"}, "default": place, "pattern": false}});
    rules.push(json!({"if": {"properties": {"secret": {"const": true}}, "required": ["secret"]}, "then": secret}));
    Value::Array(rules)
}

fn is(key: &str, value: &str) -> Value {
    json!({"properties": {key: {"const": value}}, "required": [key]})
}

/// An enum has words, nothing else does.
fn words(kind: &str, then: &mut Value) {
    if kind == "enum" {
        then["required"] = json!(["values"]);
        then["properties"]["values"] = json!({"minItems": 1});
    } else {
        then["properties"]["values"] = json!(false);
    }
}

/// A default: a plain value of the type.
fn default(kind: &str) -> Value {
    match kind {
        "integer" => json!({"type": "integer"}),
        "number" => json!({"type": "number"}),
        "boolean" => json!({"type": "boolean"}),
        "duration" => part("duration"),
        "region" => region(),
        _ => json!({"type": ["string", "number", "boolean"], "not": part("expression")}),
    }
}
