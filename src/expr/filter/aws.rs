//! Filters on what AWS calls things.

use serde_json::Value;

use super::{ArgSpec, Call, Fault, FilterSpec, Gives, Takes};
use crate::diag::closest;
use crate::expr::eval::describe;

pub(super) static FILTERS: &[FilterSpec] = &[
    FilterSpec {
        name: "other",
        of: Takes::Text,
        args: &[ArgSpec::new("pair", Takes::List).checked(|pair| two(pair).map(|_| ()))],
        gives: Gives::Text,
        doc: "the one of a pair that x is not, such as the other region; x must be one of the two",
        example: "params.lost | other([\"eu-west-1\", \"us-east-1\"])",
        result: "\"us-east-1\"",
        apply: other,
    },
    FilterSpec {
        name: "arn",
        of: Takes::Text,
        args: &[ArgSpec::new("part", Takes::Text).checked(|part| known(part.as_str().unwrap_or_default()))],
        gives: Gives::Text,
        doc: "a part of an ARN: `partition`, `service`, `region`, `account`, `resource` (all that is behind the account), of that `resource_type` \
              and `resource_id`, or `name` (what is behind the last `/` or `:`)",
        example: "\"arn:aws:rds:eu-west-1:123456789012:db:orders\" | arn(\"name\")",
        result: "\"orders\"",
        apply: arn,
    },
];

fn two(pair: &Value) -> Result<(&str, &str), Fault> {
    match pair.as_array().map(Vec::as_slice) {
        Some([Value::String(a), Value::String(b)]) if a == b => Err(format!("both of the pair are \"{a}\"").into()),
        Some([Value::String(a), Value::String(b)]) => Ok((a, b)),
        Some([_, _]) => Err("a pair is of two texts".into()),
        Some(items) => Err(format!("a pair has two items, this has {}", items.len()).into()),
        None => Err("a pair is a list of two texts".into()),
    }
}

fn other(call: &Call<'_>) -> Result<Value, Fault> {
    match two(call.arg(0).unwrap_or(&Value::Null))? {
        (a, b) if call.text() == a => Ok(b.into()),
        (a, b) if call.text() == b => Ok(a.into()),
        (a, b) => Err(format!("{} is neither \"{a}\" nor \"{b}\"", describe(call.value)).into()),
    }
}

/// Characters of an ARN that a message shows.
const MOST_SHOWN: usize = 100;

/// Names of parts, as the AWS General Reference has them.
const PARTS: &[&str] = &["partition", "service", "region", "account", "resource", "resource_type", "resource_id", "name"];

fn known(part: &str) -> Result<(), Fault> {
    if PARTS.contains(&part) {
        return Ok(());
    }
    let meant = closest(part, PARTS.iter().copied()).map(|name| format!("did you mean `{name}`?"));
    let meant = meant.unwrap_or_else(|| format!("there are {}", PARTS.join(", ")));
    Err(format!("an ARN has no part `{part}`; {meant}").into())
}

fn arn(call: &Call<'_>) -> Result<Value, Fault> {
    let part = call.text_at(0);
    known(part)?;
    let pieces: Vec<&str> = call.text().splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = pieces.as_slice() else {
        return Err(format!("{} is not an ARN such as arn:aws:rds:eu-west-1:123456789012:db:orders", describe(call.value)).into());
    };
    let is_end = |byte: char| matches!(byte, '/' | ':');
    let typed = resource.split_once(is_end);
    let found = match part {
        "partition" => partition,
        "service" => service,
        "region" => region,
        "account" => account,
        "resource" => resource,
        "resource_type" => typed.map_or("", |(kind, _)| kind),
        "resource_id" => typed.map_or(*resource, |(_, id)| id),
        _ => resource.rsplit(is_end).next().unwrap_or_default(),
    };
    // Many an ARN names no region or account, and nothing that is read from it may take the emptiness for one.
    if found.is_empty() {
        let shown: String = call.text().chars().take(MOST_SHOWN).collect();
        return Err(Fault::missing(format!("the ARN {shown} has no {part}")));
    }
    Ok(found.into())
}
