//! Filters on lists. What an item lacks is an error and never a reason to leave the item out in silence.

use minijinja::machinery::ast::CompareOpKind;
use serde_json::Value;

use super::number::{number, whole};
use super::text::short;
use super::{ArgSpec, Call, Fault, FilterSpec, Gives, Takes};
use crate::expr::eval::{compare, compare_numbers, describe, same};
use crate::expr::fuel::{MAX_TEXT, weight};
use crate::expr::template::text_of;

/// Most items that are compared with each other.
const MOST_UNIQUE: usize = 1_000;

pub(super) static FILTERS: &[FilterSpec] = &[
    FilterSpec {
        name: "first",
        of: Takes::List,
        args: &[],
        gives: Gives::Item,
        doc: "its first item",
        example: "params.services | first",
        result: "\"api\"",
        apply: |call| Ok(call.items().first().cloned().ok_or("the list is empty")?),
    },
    FilterSpec {
        name: "last",
        of: Takes::List,
        args: &[],
        gives: Gives::Item,
        doc: "its last item",
        example: "params.services | last",
        result: "\"web\"",
        apply: |call| Ok(call.items().last().cloned().ok_or("the list is empty")?),
    },
    FilterSpec {
        name: "join",
        of: Takes::List,
        args: &[ArgSpec::new("separator", Takes::Text)],
        gives: Gives::Text,
        doc: "its items as one text",
        example: "params.services | join(\", \")",
        result: "\"api, web\"",
        apply: join,
    },
    FilterSpec {
        name: "sort",
        of: Takes::List,
        args: &[],
        gives: Gives::Same,
        doc: "in ascending order: of numbers, or of texts",
        example: "[3, 1, 2] | sort",
        result: "[1,2,3]",
        apply: |call| Ok(Value::Array(sorted(call)?)),
    },
    FilterSpec {
        name: "unique",
        of: Takes::List,
        args: &[],
        gives: Gives::Same,
        doc: "without repetitions; of at most 1,000 items",
        example: "[\"ok\", \"ok\"] | unique",
        result: "[\"ok\"]",
        apply: unique,
    },
    FilterSpec {
        name: "min",
        of: Takes::List,
        args: &[],
        gives: Gives::Item,
        doc: "its least item",
        example: "[3, 1, 2] | min",
        result: "1",
        apply: |call| Ok(sorted(call)?.first().cloned().ok_or("the list is empty")?),
    },
    FilterSpec {
        name: "max",
        of: Takes::List,
        args: &[],
        gives: Gives::Item,
        doc: "its greatest item",
        example: "[3, 1, 2] | max",
        result: "3",
        apply: |call| Ok(sorted(call)?.last().cloned().ok_or("the list is empty")?),
    },
    FilterSpec {
        name: "sum",
        of: Takes::List,
        args: &[],
        gives: Gives::Number,
        doc: "the sum of its numbers",
        example: "[3, 1, 2] | sum",
        result: "6",
        apply: sum,
    },
    FilterSpec {
        name: "map",
        of: Takes::List,
        args: &[ArgSpec::new("attribute", Takes::Text)],
        gives: Gives::List,
        doc: "one field of each item",
        example: "json.replicas | map(attribute=\"lag\") | max",
        result: "7",
        apply: map,
    },
    FilterSpec {
        name: "selectattr",
        of: Takes::List,
        args: &[
            ArgSpec::new("attribute", Takes::Text),
            ArgSpec::new("test", Takes::Text).checked(|test| comparison(test).map(|_| ())),
            ArgSpec::new("value", Takes::Any),
        ],
        gives: Gives::Same,
        doc: "the items of which a field compares so: by `==`, `!=`, `<`, `<=`, `>`, `>=` or `in`",
        example: "json.replicas | selectattr(\"state\", \"==\", \"ready\") | length",
        result: "2",
        apply: select,
    },
];

fn join(call: &Call<'_>) -> Result<Value, Fault> {
    let by = call.text_at(0);
    let mut text = String::new();
    for (at, item) in call.items().iter().enumerate() {
        if at > 0 {
            text.push_str(by);
        }
        text.push_str(&text_of(item)?);
        if text.len() > MAX_TEXT {
            break;
        }
    }
    Ok(short(text)?.into())
}

fn unique(call: &Call<'_>) -> Result<Value, Fault> {
    if call.items().len() > MOST_UNIQUE {
        return Err(format!("`unique` takes at most {MOST_UNIQUE} items").into());
    }
    let mut kept: Vec<Value> = Vec::new();
    for item in call.items() {
        if !kept.iter().any(|other| same(other, item)) {
            kept.push(item.clone());
        }
    }
    Ok(Value::Array(kept))
}

fn sum(call: &Call<'_>) -> Result<Value, Fault> {
    let mut total = 0.0;
    for item in call.items() {
        total += item.as_f64().ok_or_else(|| format!("{} cannot be added", describe(item)))?;
    }
    if call.items().iter().all(|item| item.as_i64().is_some()) { whole(total) } else { number(total) }
}

/// Ascending.
fn sorted(call: &Call<'_>) -> Result<Vec<Value>, Fault> {
    let mut items = call.items().to_vec();
    if items.iter().all(Value::is_string) {
        items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    } else if items.iter().all(Value::is_number) {
        items.sort_by(|a, b| match (a, b) {
            (Value::Number(a), Value::Number(b)) => compare_numbers(a, b).unwrap_or(std::cmp::Ordering::Equal),
            _ => std::cmp::Ordering::Equal,
        });
    } else {
        return Err("only numbers, or only texts, have an order".into());
    }
    Ok(items)
}

/// A field of an item, which must be known.
fn field<'v>(item: &'v Value, name: &str) -> Result<&'v Value, Fault> {
    match item.as_object().map(|fields| fields.get(name)) {
        None => Err(format!("an item is {}, and has no `{name}`", describe(item)).into()),
        Some(None) => Err(Fault::missing(format!("an item has no `{name}`"))),
        Some(Some(Value::Null)) => Err(Fault::missing(format!("`{name}` of an item is not known"))),
        Some(Some(value)) => Ok(value),
    }
}

fn map(call: &Call<'_>) -> Result<Value, Fault> {
    call.items().iter().map(|item| field(item, call.text_at(0)).cloned()).collect::<Result<Vec<Value>, Fault>>().map(Value::Array)
}

fn comparison(test: &Value) -> Result<CompareOpKind, Fault> {
    Ok(match test.as_str().unwrap_or_default() {
        "==" => CompareOpKind::Eq,
        "!=" => CompareOpKind::Ne,
        "<" => CompareOpKind::Lt,
        "<=" => CompareOpKind::Lte,
        ">" => CompareOpKind::Gt,
        ">=" => CompareOpKind::Gte,
        "in" => CompareOpKind::In,
        _ => return Err(format!("{} is no comparison; there are ==, !=, <, <=, >, >= and in", describe(test)).into()),
    })
}

fn select(call: &Call<'_>) -> Result<Value, Fault> {
    let (name, wanted) = (call.text_at(0), call.arg(2).unwrap_or(&Value::Null));
    let kind = comparison(call.arg(1).unwrap_or(&Value::Null))?;
    let (mut kept, mut room) = (Vec::new(), call.room);
    for item in call.items() {
        if compare(kind, field(item, name)?, wanted)? {
            room = room.checked_sub(weight(item)).ok_or("the list becomes too long")?;
            kept.push(item.clone());
        }
    }
    Ok(Value::Array(kept))
}
