//! An action or a probe as JSON, for other programs.

use serde_json::{Value, json};

use crate::runbook::spec::{AWS_ERRORS, ActionSpec, ErrorSpec, FieldSpec, ParamSpec, ParamType, ProbeSpec, Reversibility};

/// Everything there is to say about an action.
pub(super) fn action(spec: &ActionSpec) -> Value {
    json!({
        "name": spec.name,
        "summary": spec.summary,
        "details": spec.details,
        "reversibility": match spec.reversibility {
            Reversibility::NoChange => "no_change",
            Reversibility::Reversible => "reversible",
            Reversibility::Unknown => "unknown",
            Reversibility::Irreversible => "irreversible",
        },
        "default_confirmation": spec.default_confirmation(),
        "needs_target": spec.needs_target,
        "usual_seconds": spec.usual_seconds,
        "with": params(spec.params),
        "outputs": fields(spec.outputs),
        "errors": errors(spec.errors, spec.needs_target),
        "permissions": spec.iam_actions(),
        "example": {"action": spec.name, "with": spec.example},
    })
}

/// Everything there is to say about a probe.
pub(super) fn probe(spec: &ProbeSpec) -> Value {
    json!({
        "name": spec.name,
        "summary": spec.summary,
        "details": spec.details,
        "needs_target": spec.needs_target,
        "with": params(spec.params),
        "fields": fields(spec.fields),
        "errors": errors(spec.errors, spec.needs_target),
        "permissions": spec.iam_actions(),
        "example": {"probe": spec.name, "with": spec.example, "expect": spec.expect},
    })
}

fn params(params: &[ParamSpec]) -> Value {
    let one = |param: &ParamSpec| {
        let mut value = json!({
            "name": param.name,
            "type": param.ty.words(),
            "required": param.required,
            "default": (!param.default.is_empty()).then_some(param.default),
            "doc": param.doc,
        });
        if let Some(keys) = keys_of(&param.ty) {
            value["keys"] = self::params(keys);
        }
        value
    };
    params.iter().map(one).collect()
}

/// The keys of what a parameter takes, where it takes mappings that have some.
pub(super) fn keys_of(ty: &ParamType) -> Option<&'static [ParamSpec]> {
    match ty.plain() {
        ParamType::Record(keys) | ParamType::Short(keys) => Some(keys),
        ParamType::List(item) => keys_of(item),
        _ => None,
    }
}

fn fields(fields: &[FieldSpec]) -> Value {
    fields.iter().map(|field| json!({"name": field.name, "type": field.ty.words(), "doc": field.doc})).collect()
}

fn errors(own: &[ErrorSpec], of_aws: bool) -> Value {
    let common = if of_aws { AWS_ERRORS } else { &[] };
    own.iter().chain(common).map(|error| json!({"name": error.name, "doc": error.doc})).collect()
}
