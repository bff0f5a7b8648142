//! `90s`, `5m`, `1h30m`.

use serde_json::Value;

/// Longest duration: 100 days. Anything longer is a slip of the keyboard.
const LONGEST: f64 = 100.0 * 86_400.0;

/// Seconds of a duration as people write it.
///
/// # Errors
/// What is wrong with it, as the rest of a sentence.
pub fn parse_duration(text: &str) -> Result<f64, String> {
    let mut total = 0.0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("it is empty".into());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let Ok(number) = number.parse::<f64>() else { return Err("a number with a unit is wanted".into()) };
        let unit = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            "" if after.starts_with(char::is_whitespace) => return Err("there is a blank before the unit".into()),
            "" => return Err("the unit is missing".into()),
            other => return Err(format!("there is no unit `{other}`")),
        };
        total += number * unit;
        rest = after;
    }
    if total > LONGEST { Err("it is longer than 100 days".into()) } else { Ok(total) }
}

/// A text that is no duration, as it was meant: `10 min` is `10m`.
pub(super) fn meant_duration(text: &str) -> Option<String> {
    let close = text.split_whitespace().collect::<String>().to_lowercase();
    let units: [(&str, &[&str]); 4] = [
        ("s", &["seconds", "second", "secs", "sec"]),
        ("m", &["minutes", "minute", "mins", "min"]),
        ("h", &["hours", "hour", "hrs", "hr"]),
        ("d", &["days", "day"]),
    ];
    let mut meant = close;
    for (unit, words) in units {
        words.iter().for_each(|word| meant = meant.replace(word, unit));
    }
    parse_duration(&meant).ok().map(|_| meant)
}

/// Seconds of a value that an action or probe takes as a duration: a text as above, or a number of seconds. `None` when it is neither.
pub fn duration_seconds(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64().filter(|seconds| (0.0..=LONGEST).contains(seconds)),
        Value::String(text) => parse_duration(text).ok(),
        _ => None,
    }
}

/// A duration as people write it: `1h30m`, `90s` as `1m30s`, `0.5s` as `500ms`.
pub fn format_duration(seconds: f64) -> String {
    use std::fmt::Write as _;
    if !seconds.is_finite() || seconds <= 0.0 {
        return "0s".into();
    }
    if seconds < 1.0 {
        return format!("{}ms", (seconds * 1_000.0).round());
    }
    // Below 2^53 by LONGEST or by being a sum of a few of them.
    let mut left = seconds.round() as u64;
    let mut out = String::new();
    for (unit, size) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if left >= size {
            write!(out, "{}{unit}", left / size).expect("writing to a String cannot fail");
            left %= size;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, seconds) in
            [("90s", 90.0), ("5m", 300.0), ("1h30m", 5_400.0), ("500ms", 0.5), ("1.5h", 5_400.0), ("2d", 172_800.0), ("0s", 0.0)]
        {
            assert_eq!(parse_duration(text), Ok(seconds), "{text}");
        }
        for wrong in ["", "5", "m", "5 m", "5min", "-5s", "1e9d", "101d", "5m!", "..s"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!([0.0, 0.25, 59.6, 90.0, 5_400.0, 90_000.0].map(format_duration), ["0s", "250ms", "1m", "1m30s", "1h30m", "1d1h"]);
    }
}
