//! Expressions: what the static check says before a run, what the evaluation says in it, and whether the two agree.

use std::rc::Rc;

use lifeboat::diag::code;
use lifeboat::expr::{
    self, Checked, Domain, ErrorKind, ExprError, Outcome, Scope, Shape, Want, always, check, check_template, condition, expect,
    expressions, never, reads_any, render, render_known, strange_words, together, whole_expression,
};
use lifeboat::runbook::spec::{FieldSpec, ParamType};
use serde_json::{Map, Value, json};

/// Between the expression and what it reads.
const BETWEEN: &str = "\n---\n";

/// What an expression reads when the input does not say.
const SCOPE: &str = r#"{"params": {"to": "us-east-1", "n": 12, "go": true, "lag": 0.5, "list": ["api", "web"], "none": null},
 "steps": {"a": {"state": "succeeded", "outputs": {"endpoint": "db.example.com", "port": 5432}, "answers": {}}},
 "sample": {"status": 200, "ready": true, "json": {"a": [1]}, "values": ["x"], "lag": 3.5}}"#;

/// A probe with fields of every kind.
const FIELDS: &[FieldSpec] = &[
    FieldSpec { name: "status", ty: ParamType::Integer { min: 100, max: 599 }, doc: "" },
    FieldSpec { name: "ready", ty: ParamType::Bool, doc: "" },
    FieldSpec { name: "json", ty: ParamType::Any, doc: "" },
    FieldSpec { name: "values", ty: ParamType::List(&ParamType::String), doc: "" },
    FieldSpec { name: "lag", ty: ParamType::Number, doc: "" },
    FieldSpec { name: "word", ty: ParamType::Enum(&["up", "down"]), doc: "" },
];

/// An expression, or a text with some, and behind `---` the JSON that it reads. Nothing panics; every finding has a place in the text; the
/// evaluation comes to the same a second time; and the static check, which knows the shape of all that is read, is right: it calls nothing
/// wrong that evaluates, misses no name that is not there, gives no shape that the value has not, and calls nothing impossible that
/// happens.
pub fn expression(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (source, scope) = text.rsplit_once(BETWEEN).unwrap_or((text, SCOPE));
    let Ok(mut scope) = serde_json::from_str::<Map<String, Value>>(scope) else { return };
    let sample = scope.remove("sample").unwrap_or_default();
    let scope = Value::Object(scope);
    let names = names(&scope);
    as_value(source, &scope, &names);
    as_condition(source, &scope, &names);
    as_expectation(source, &sample, &scope, &names);
    as_template(source, &scope, &names);
}

fn names(scope: &Value) -> Scope<'_> {
    let names = scope.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), shape(value))).collect();
    Scope { names, ..Scope::default() }
}

fn shape(value: &Value) -> Shape {
    match value {
        Value::Null => Shape::Any,
        Value::Bool(_) => Shape::Bool,
        Value::Number(_) => Shape::Number,
        Value::String(_) => Shape::Text,
        Value::Array(items) => {
            Shape::List(Rc::new(items.iter().map(shape).reduce(|a, b| if a == b { a } else { Shape::Any }).unwrap_or(Shape::Any)))
        }
        Value::Object(map) => Shape::record(map.iter().map(|(key, value)| (key.clone(), shape(value)))),
    }
}

fn has_shape(value: &Value, shape: &Shape) -> bool {
    match shape {
        Shape::Any => true,
        Shape::Nothing => value.is_null(),
        Shape::Bool => value.is_boolean(),
        Shape::Number => value.is_number(),
        Shape::Text | Shape::Time => value.is_string(),
        Shape::List(item) => value.as_array().is_some_and(|items| items.iter().all(|value| has_shape(value, item))),
        Shape::Map(item) => value.as_object().is_some_and(|map| map.values().all(|value| has_shape(value, item))),
        Shape::Record(fields) => {
            value.as_object().is_some_and(|map| map.iter().all(|(key, value)| fields.get(key).is_some_and(|shape| has_shape(value, shape))))
        }
    }
}

/// Every place is one of the text.
fn places(source: &str, checked: &Checked) {
    for (what, span) in checked.findings.iter().map(|f| (f.code, &f.span)).chain(checked.reads.iter().map(|r| ("read", &r.span))) {
        assert!(source.get(span.clone()).is_some(), "{what}: {span:?} is no place of {source:?}");
    }
    assert!(checked.findings.iter().all(|finding| code::explain(finding.code).is_some() && !finding.message.is_empty()));
    assert!(checked.reads.iter().all(|read| !read.path.is_empty()));
}

fn place_of(source: &str, error: &ExprError) {
    assert!(source.get(error.span.clone()).is_some() && !error.message.is_empty(), "{error:?} is no place of {source:?}");
}

fn as_value(source: &str, scope: &Value, names: &Scope<'_>) {
    let checked = check(source, names, Want::Value);
    places(source, &checked);
    let text = format!("${{{{{source}}}}}");
    if whole_expression(&text) != Some(source) {
        return;
    }
    let value = render(&json!(text), scope);
    assert_eq!(value, render(&json!(text), scope), "not the same a second time: {source}");
    match value {
        Ok(value) => {
            assert!(has_shape(&value, &checked.shape), "{source} gives {value}, and was said to give {}", checked.shape);
            if is_straight(source) {
                assert_eq!(checked.findings, [], "{source} gives {value}");
            }
        }
        Err(error) => {
            place_of(source, &error);
            is_foreseen(source, scope, &checked, &error);
        }
    }
}

/// Whether all of an expression is evaluated, whatever it reads: then nothing can be wrong with a part that is not reached.
fn is_straight(source: &str) -> bool {
    let words = |wanted: &[&str]| source.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| wanted.contains(word)).count();
    let comparisons = source.matches(['<', '>']).count() + source.matches("==").count() + source.matches("!=").count() + words(&["in"]);
    words(&["and", "or", "if", "default", "defined", "undefined"]) == 0 && comparisons <= 1
}

/// A name that is not there is found before. What a list holds is not counted before.
fn is_foreseen(source: &str, scope: &Value, checked: &Checked, error: &ExprError) {
    if error.kind != ErrorKind::Undefined || error.path.is_empty() || !checked.findings.is_empty() {
        return;
    }
    let mut at = scope;
    for key in &error.path {
        match at {
            Value::Object(map) => match map.get(key) {
                Some(value) => at = value,
                None => panic!("the check did not find that {error} in {source}"),
            },
            _ => return,
        }
    }
}

fn as_condition(source: &str, scope: &Value, names: &Scope<'_>) {
    let checked = check(source, names, Want::Condition);
    places(source, &checked);
    let holds = condition(source, scope);
    assert_eq!(holds, condition(source, scope), "not the same a second time: {source}");
    if let Err(error) = &holds {
        place_of(source, error);
        is_foreseen(source, scope, &checked, error);
    }
    let exact = |path: &[String]| of_value(scope, path, |value| Domain::OneOf(vec![value.clone()]));
    let wide = |path: &[String]| {
        of_value(scope, path, |value| match value.as_f64() {
            Some(number) => Domain::between(Some(number - 1.0), Some(number + 1.0)),
            None => Domain::OneOf(vec![value.clone(), "other".into()]),
        })
    };
    for known in [&exact as &dyn Fn(&[String]) -> Domain, &wide] {
        let (impossible, certain) = (never(source, known), always(source, known));
        assert!(holds != Ok(true) || impossible.is_none(), "{source} is true, and yet never: {impossible:?}");
        assert!(holds != Ok(false) || !certain, "{source} is false, and yet always true");
        assert_eq!(together(&[source], known), impossible.is_none(), "{source}");
        let words = strange_words(source, known);
        assert!(words.iter().all(|finding| source.get(finding.span.clone()).is_some()), "{words:?} in {source}");
    }
}

fn of_value(scope: &Value, path: &[String], domain: impl Fn(&Value) -> Domain) -> Domain {
    let value = path.iter().try_fold(scope, |at, key| at.as_object()?.get(key));
    match value {
        Some(value @ (Value::Bool(_) | Value::Number(_) | Value::String(_))) => domain(value),
        _ => Domain::Any,
    }
}

fn as_expectation(source: &str, sample: &Value, scope: &Value, names: &Scope<'_>) {
    let fields: Map<String, Value> = FIELDS
        .iter()
        .filter_map(|field| Some((field.name.to_owned(), sample.get(field.name).filter(|value| is_of(value, &field.ty))?.clone())))
        .collect();
    let fields = Value::Object(fields);
    let names = Scope { fields: Some(FIELDS), ..names.clone() };
    places(source, &check(source, &names, Want::Condition));
    let known = |path: &[String]| match path {
        [name] if name == "error" => Domain::truth(),
        [name] => FIELDS.iter().find(|field| field.name == name).map_or(Domain::Any, |field| match field.ty {
            ParamType::Bool => Domain::truth(),
            ParamType::Enum(words) => Domain::words(words.iter().copied()),
            ParamType::Integer { min, max } => Domain::between(Some(min as f64), Some(max as f64)),
            _ => Domain::Any,
        }),
        _ => Domain::Any,
    };
    let (impossible, certain) = (never(source, &known), always(source, &known));
    for sample in [Ok(&fields), Err("connection refused")] {
        let outcome = expect(source, sample, scope);
        assert_eq!(outcome, expect(source, sample, scope), "not the same a second time: {source}");
        assert!(outcome != Outcome::Pass || impossible.is_none(), "{source} passes, and yet never holds: {impossible:?}");
        assert!(outcome != Outcome::Fail || !certain, "{source} fails, and yet always holds");
        if !expr::mentions(source, "error") && sample.is_err() {
            assert!(matches!(outcome, Outcome::Unknown(_)), "{source} is decided without a sample");
        }
    }
}

fn is_of(value: &Value, ty: &ParamType) -> bool {
    match ty {
        ParamType::Integer { min, max } => value.as_i64().is_some_and(|number| (*min..=*max).contains(&number)),
        ParamType::Enum(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        ParamType::Number => value.is_number(),
        ParamType::Bool => value.is_boolean(),
        ParamType::List(item) => value.as_array().is_some_and(|items| items.iter().all(|value| is_of(value, item))),
        ParamType::String => value.is_string(),
        _ => true,
    }
}

fn as_template(text: &str, scope: &Value, names: &Scope<'_>) {
    let checked = check_template(text, names);
    places(text, &checked);
    let written = json!({ "text": text });
    let rendered = render(&written, scope);
    assert_eq!(rendered, render(&written, scope), "not the same a second time: {text}");
    let later = render_known(&written, scope, |step| format!("(known after {step})"));
    match (&rendered, &later) {
        (Ok(now), Ok(later)) => assert_eq!(now, later, "{text}"),
        (Ok(_), Err(error)) => panic!("{text} can be filled in now and not later: {error}"),
        (Err(_), _) => {}
    }
    let Ok(parts) = expressions(text) else {
        assert!(!checked.findings.is_empty() && rendered.is_err(), "{text}");
        return;
    };
    assert!(parts.iter().all(|(source, span)| text.get(span.clone()) == Some(*source)), "{text}");
    if checked.findings.is_empty() {
        for name in names.names.keys() {
            let read = checked.reads.iter().any(|read| read.path[0] == *name);
            assert_eq!(reads_any(text, &[name]), read, "whether {text} reads {name}");
        }
    }
}
