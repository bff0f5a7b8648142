//! Values of `with` as people write them: where a text is wanted, what YAML takes for a number or a boolean is the text that is written
//! (`[sleep, 5]`, `010`, `1.0`), and what an expression gives is written out as it would be inside of a text.

use serde_json::Value;

use super::node::{Entry, Kind, Node};
use super::spec::{ParamSpec, ParamType};
use crate::expr;

/// A filled-in `with` with its texts as they are written. `written` is the same before it was filled in.
pub(crate) fn as_written(written: &Node, filled: Node, specs: &[ParamSpec]) -> Node {
    keys(Some(written), filled, specs)
}

/// A value where a text is wanted; `None` when it is none and cannot be written out as one.
pub fn plain_text(value: &Value) -> Option<String> {
    expr::text_of(value).ok()
}

/// Numbers and booleans that are written in a `with`, each with what is wanted in its place.
pub(super) fn literals<'n>(written: &'n Node, specs: &[ParamSpec], visit: &mut dyn FnMut(&'n Node, &ParamType, &str)) {
    for entry in written.entries() {
        if let Some(spec) = specs.iter().find(|spec| spec.name == entry.key.value) {
            literal(&entry.value, &spec.ty, spec.name, visit);
        }
    }
}

fn literal<'n>(node: &'n Node, ty: &ParamType, name: &str, visit: &mut dyn FnMut(&'n Node, &ParamType, &str)) {
    match (ty, &node.kind) {
        (ty, Kind::Number(..) | Kind::Bool(..)) => visit(node, ty, name),
        (ParamType::List(item), Kind::List(items)) => items.iter().for_each(|node| literal(node, item, name, visit)),
        (ParamType::Map(item), Kind::Map(entries)) => entries.iter().for_each(|entry| literal(&entry.value, item, name, visit)),
        (ParamType::Record(specs), Kind::Map(entries)) => entries.iter().for_each(|entry| literals(&entry.value, specs, visit)),
        _ => {}
    }
}

/// Whether a text is wanted.
pub(super) fn is_text(ty: &ParamType) -> bool {
    matches!(ty, ParamType::String | ParamType::Url | ParamType::Host | ParamType::Enum(_))
}

fn keys(written: Option<&Node>, filled: Node, specs: &[ParamSpec]) -> Node {
    let written = plain(written);
    entries(filled, |key, value| match specs.iter().find(|spec| spec.name == key) {
        Some(spec) => of(written.and_then(|node| node.get(key)), value, &spec.ty),
        None => value,
    })
}

/// What is written here and is no expression: all that comes out of one was computed.
fn plain(written: Option<&Node>) -> Option<&Node> {
    written.filter(|node| !node.as_text().is_some_and(expr::has_expression))
}

fn entries(node: Node, change: impl Fn(&str, Node) -> Node) -> Node {
    match node.kind {
        Kind::Map(entries) => {
            let changed = entries.into_iter().map(|Entry { key, value }| Entry { value: change(&key.value, value), key });
            Node { kind: Kind::Map(changed.collect()), span: node.span }
        }
        _ => node,
    }
}

fn of(written: Option<&Node>, filled: Node, ty: &ParamType) -> Node {
    let written = plain(written);
    match (ty, &filled.kind) {
        (ty, Kind::Number(..) | Kind::Bool(..)) if is_text(ty) => {
            let text = match written {
                Some(_) => filled.as_written().map(str::to_owned),
                None => plain_text(&filled.to_json()),
            };
            Node { kind: text.map_or(filled.kind, Kind::Text), span: filled.span }
        }
        (ParamType::List(item), Kind::List(_)) => {
            let Node { kind: Kind::List(items), span } = filled else { return filled };
            let before = |at: usize| match &written?.kind {
                Kind::List(items) => items.get(at),
                _ => None,
            };
            let items = items.into_iter().enumerate().map(|(at, node)| of(before(at), node, item));
            Node { kind: Kind::List(items.collect()), span }
        }
        (ParamType::Map(item), Kind::Map(_)) => entries(filled, |key, value| of(written.and_then(|node| node.get(key)), value, item)),
        (ParamType::Record(specs), Kind::Map(_)) => {
            entries(filled, |key, value| keys(written.and_then(|node| node.get(key)), value, specs))
        }
        _ => filled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;
    use crate::runbook::{fill, yaml};

    const SPECS: &[ParamSpec] = &[
        param("argv", ParamType::List(&ParamType::String)),
        param("env", ParamType::Map(&ParamType::String)),
        param("name", ParamType::String),
        param("count", ParamType::Integer { min: 0, max: 99 }),
        param("body", ParamType::Any),
        param("ask", ParamType::Record(&[param("example", ParamType::String), param("most", ParamType::Number)])),
    ];

    const fn param(name: &'static str, ty: ParamType) -> ParamSpec {
        ParamSpec { name, ty, required: false, default: "", doc: "" }
    }

    fn filled(text: &str) -> serde_json::Value {
        let node = yaml::read(&Source { path: "x.yaml".into(), text: text.into() }, &mut Vec::new()).unwrap();
        let scope = serde_json::json!({"params": {"n": 5, "wait": 480.0, "share": 0.5, "on": true, "list": [1, "b"]}});
        as_written(&node, fill(&node, &scope, &mut |_, _| {}), SPECS).to_json()
    }

    #[test]
    fn texts_are_what_is_written_and_nothing_else_is_touched() {
        assert_eq!(
            filled("{argv: [sleep, 5, 010, 1.0, 0x1F, yes, True, 1e3, 2026-03-12, 5m, -3, 1_000]}"),
            serde_json::json!({"argv": ["sleep", "5", "010", "1.0", "0x1F", "yes", "True", "1e3", "2026-03-12", "5m", "-3", "1_000"]})
        );
        assert_eq!(
            filled(
                "{env: {A: 007, B: false}, name: 1.50, count: 7, body: {a: 1.0, b: true}, other: 1, ask: {x: {example: 4711, most: 2}}}"
            ),
            serde_json::json!({
                "env": {"A": "007", "B": "false"}, "name": "1.50", "count": 7, "body": {"a": 1.0, "b": true}, "other": 1,
                "ask": {"x": {"example": "4711", "most": 2}},
            })
        );
        // Nothing is no text.
        assert_eq!(filled("{argv: [~], name: null}"), serde_json::json!({"argv": [null], "name": null}));
    }

    #[test]
    fn what_expressions_give_is_written_as_inside_of_a_text() {
        assert_eq!(
            filled(
                r#"{argv: ["${{ params.n }}", "${{ params.wait }}", "${{ params.share }}", "${{ params.on }}", "n${{ params.n }}"], count: "${{ params.n }}"}"#
            ),
            serde_json::json!({"argv": ["5", "480", "0.5", "true", "n5"], "count": 5})
        );
        assert_eq!(
            filled(r#"{argv: "${{ params.list }}", name: "${{ params.n }}"}"#),
            serde_json::json!({"argv": ["1", "b"], "name": "5"})
        );
        // What is filled in later stays.
        assert_eq!(filled(r#"{name: "${{ steps.a.outputs.n }}"}"#), serde_json::json!({"name": "${{ steps.a.outputs.n }}"}));
    }

    #[test]
    fn the_places_of_such_values_are_known() {
        let text = "{argv: [sleep, 010], count: 010, body: 010, ask: {x: {example: 010, most: 010}}}";
        let node = yaml::read(&Source { path: "x.yaml".into(), text: text.into() }, &mut Vec::new()).unwrap();
        let mut found = Vec::new();
        literals(&node, SPECS, &mut |node, ty, name| found.push((node.span.start, is_text(ty), name.to_owned())));
        let expected = [(15, true, "argv"), (28, false, "count"), (39, false, "body"), (63, true, "example"), (74, false, "most")];
        assert_eq!(found, expected.map(|(at, text, name)| (at, text, name.to_owned())));
    }
}
