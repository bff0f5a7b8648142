//! Filters on durations and times. A duration is a number of seconds, a time a text as in RFC 3339, `2026-11-25T14:06:00Z`.

use jiff::fmt::strtime;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::number::number;
use super::text::short;
use super::{ArgSpec, Call, Fault, FilterSpec, Gives, Takes};
use crate::expr::eval::describe;
use crate::runbook::{duration_seconds, format_duration, parse_duration};

/// Longest duration that is written out: beyond, seconds are not exact any more.
const LONGEST: f64 = 1e12;

pub(super) static FILTERS: &[FilterSpec] = &[
    FilterSpec {
        name: "seconds",
        of: Takes::Duration,
        args: &[],
        gives: Gives::Number,
        doc: "the seconds of a duration as it is written; durations of parameters and probes are numbers already",
        example: "\"1h30m\" | seconds",
        result: "5400",
        apply: |call| plain_number(seconds(call.value)?),
    },
    FilterSpec {
        name: "duration",
        of: Takes::Number,
        args: &[],
        gives: Gives::Text,
        doc: "seconds as people write them",
        example: "250 | duration",
        result: "\"4m10s\"",
        apply: |call| match call.number() {
            seconds if seconds.abs() > LONGEST => Err("the duration is too long".into()),
            seconds if seconds < 0.0 => Ok(format!("-{}", format_duration(-seconds)).into()),
            seconds => Ok(format_duration(seconds).into()),
        },
    },
    FilterSpec {
        name: "since",
        of: Takes::Time,
        args: &[ArgSpec::new("start", Takes::Time).checked(|start| time(start).map(|_| ()))],
        gives: Gives::Number,
        doc: "the seconds from another time to this one, negative when that is later",
        example: "run.now | since(run.incident_start)",
        result: "840",
        apply: |call| {
            let start = time(call.arg(0).unwrap_or(&Value::Null))?;
            plain_number(time(call.value)?.duration_since(start).as_secs_f64())
        },
    },
    FilterSpec {
        name: "plus",
        of: Takes::Time,
        args: &[ArgSpec::new("duration", Takes::Duration).checked(|duration| seconds(duration).map(|_| ()))],
        gives: Gives::Time,
        doc: "a later time, such as the end of a silence",
        example: "run.now | plus(\"2h\")",
        result: "\"2026-11-25T16:06:00Z\"",
        apply: |call| moved(call, 1.0),
    },
    FilterSpec {
        name: "minus",
        of: Takes::Time,
        args: &[ArgSpec::new("duration", Takes::Duration).checked(|duration| seconds(duration).map(|_| ()))],
        gives: Gives::Time,
        doc: "an earlier time, such as the point to restore to",
        example: "run.incident_start | minus(\"5m\")",
        result: "\"2026-11-25T13:47:00Z\"",
        apply: |call| moved(call, -1.0),
    },
    FilterSpec {
        name: "date",
        of: Takes::Time,
        args: &[ArgSpec::new("format", Takes::Text).checked(|format| formatted(Timestamp::UNIX_EPOCH, format).map(|_| ()))],
        gives: Gives::Text,
        doc: "in a form of one's own, as by strftime, in UTC. Identifiers of AWS take no colons",
        example: "\"before-failover-\" ~ (run.started | date(\"%Y%m%d-%H%M\"))",
        result: "\"before-failover-20261125-1402\"",
        apply: |call| Ok(short(formatted(time(call.value)?, call.arg(0).unwrap_or(&Value::Null))?)?.into()),
    },
];

fn time(value: &Value) -> Result<Timestamp, Fault> {
    let text = value.as_str().unwrap_or_default();
    text.parse().map_err(|_| format!("{} is not a time such as 2026-11-25T14:06:00Z", describe(value)).into())
}

fn seconds(value: &Value) -> Result<f64, Fault> {
    if let Value::String(text) = value {
        return parse_duration(text).map_err(|why| format!("{} is not a duration such as 15m: {why}", describe(value)).into());
    }
    duration_seconds(value).ok_or_else(|| format!("{} is not a duration: it has 0 seconds to 100 days", describe(value)).into())
}

/// A whole number where it is one, so that `300` is what people see.
fn plain_number(value: f64) -> Result<Value, Fault> {
    if value.fract() == 0.0 { super::number::whole(value) } else { number(value) }
}

fn moved(call: &Call<'_>, sign: f64) -> Result<Value, Fault> {
    let by = seconds(call.arg(0).unwrap_or(&Value::Null))? * sign;
    let by = SignedDuration::try_from_secs_f64(by).map_err(|_| "the duration is too long")?;
    let moved = time(call.value)?.checked_add(by).map_err(|_| "the time is out of range")?;
    Ok(moved.to_string().into())
}

fn formatted(time: Timestamp, format: &Value) -> Result<String, Fault> {
    let text = format.as_str().unwrap_or_default();
    strtime::format(text, time)
        .map_err(|error| format!("{} is not a form of a date such as \"%Y%m%d-%H%M\": {error}", describe(format)).into())
}
