//! What a request for metrics must satisfy.
//!
//! Source: the model of CloudWatch, and the pages of GetMetricStatistics, GetMetricData and "CloudWatch statistics definitions".

use winterbaume_cloudwatch::model::{Dimension, GetMetricDataInput, GetMetricStatisticsInput};

use super::reply::Refused;

const STATISTICS: [&str; 5] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];
/// The most data points of a GetMetricStatistics request, and of one for GetMetricData; and the most queries of the latter.
const STATISTICS_POINTS: f64 = 1_440.0;
const DATA_POINTS: f64 = 100_800.0;
const QUERIES: usize = 500;
/// What is older than this has no periods below a minute.
const HIGH_RESOLUTION_SECONDS: f64 = 3.0 * 3_600.0;

fn value(message: impl Into<String>) -> Refused {
    Refused::new("InvalidParameterValue", 400, message)
}

fn combination(message: impl Into<String>) -> Refused {
    Refused::new("InvalidParameterCombination", 400, message)
}

fn missing(parameter: &str) -> Refused {
    Refused::new("MissingParameter", 400, format!("The parameter {parameter} is required."))
}

fn validation(message: impl Into<String>) -> Refused {
    Refused::new("ValidationError", 400, message)
}

/// `p99.9`, `tm90`, `TM(10%:90%)`, `IQM`.
fn is_extended(stat: &str) -> bool {
    if stat == "IQM" {
        return true;
    }
    let range = ["TM(", "WM(", "TC(", "TS(", "PR("].iter().find_map(|prefix| stat.strip_prefix(prefix)?.strip_suffix(')'));
    if let Some(range) = range {
        let bound = |text: &str| text.is_empty() || text.trim_end_matches('%').parse::<f64>().is_ok_and(f64::is_finite);
        return range.split_once(':').is_some_and(|(from, until)| bound(from) && bound(until) && !(from.is_empty() && until.is_empty()));
    }
    let number = ["tm", "wm", "tc", "ts", "p"].iter().find_map(|prefix| stat.strip_prefix(prefix)).unwrap_or("");
    let plain = number.starts_with(|c: char| c.is_ascii_digit()) && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain && number.parse::<f64>().is_ok_and(|percent| (0.0..=100.0).contains(&percent))
}

fn period(name: &str, seconds: i32) -> Result<(), Refused> {
    if matches!(seconds, 1 | 5 | 10 | 20 | 30) || (seconds > 0 && seconds % 60 == 0) {
        return Ok(());
    }
    Err(value(format!("The parameter {name} must be 1, 5, 10, 20, 30 or a multiple of 60.")))
}

fn metric(prefix: &str, namespace: &str, name: &str, dimensions: &[Dimension]) -> Result<(), Refused> {
    for (parameter, text) in [("Namespace", namespace), ("MetricName", name)] {
        if text.is_empty() {
            return Err(missing(&format!("{prefix}{parameter}")));
        }
        if text.chars().count() > 255 {
            return Err(value(format!("The parameter {prefix}{parameter} must be shorter than 256 characters.")));
        }
    }
    if namespace.starts_with(':') {
        return Err(value(format!("The parameter {prefix}Namespace must not begin with a colon.")));
    }
    if dimensions.len() > 30 {
        return Err(value(format!("The collection {prefix}Dimensions must not have a size greater than 30.")));
    }
    for (n, dimension) in dimensions.iter().enumerate() {
        for (part, text, most) in [("Name", &dimension.name, 255), ("Value", &dimension.value, 1024)] {
            let parameter = format!("{prefix}Dimensions.member.{}.{part}", n + 1);
            if text.is_empty() {
                return Err(missing(&parameter));
            }
            if text.chars().count() > most {
                return Err(value(format!("The parameter {parameter} must be shorter than {} characters.", most + 1)));
            }
        }
    }
    Ok(())
}

fn unit(unit: Option<&str>) -> Result<(), Refused> {
    match unit {
        Some(unit) if !UNITS.contains(&unit) => Err(value(format!("The parameter Unit must be a value in the set [{}]", UNITS.join(", ")))),
        _ => Ok(()),
    }
}

fn span(from: f64, until: f64) -> Result<(), Refused> {
    for (parameter, moment) in [("StartTime", from), ("EndTime", until)] {
        if moment == 0.0 {
            return Err(missing(parameter));
        }
    }
    if !from.is_finite() || !until.is_finite() || from >= until {
        return Err(value("The parameter StartTime must be less than the parameter EndTime."));
    }
    Ok(())
}

/// `now` in seconds since 1970.
pub(super) fn statistics(input: &GetMetricStatisticsInput, now: f64) -> Result<(), Refused> {
    metric("", &input.namespace, &input.metric_name, input.dimensions.as_deref().unwrap_or(&[]))?;
    span(input.start_time, input.end_time)?;
    if input.period == 0 {
        return Err(missing("Period"));
    }
    period("Period", input.period)?;
    if input.period < 60 && now - input.start_time > HIGH_RESOLUTION_SECONDS {
        return Err(value("The parameter Period must be a multiple of 60 when StartTime is more than 3 hours ago."));
    }
    let (plain, extended) = (input.statistics.as_deref().unwrap_or(&[]), input.extended_statistics.as_deref().unwrap_or(&[]));
    match (plain.is_empty(), extended.is_empty()) {
        (true, true) => return Err(combination("Either the parameter Statistics or the parameter ExtendedStatistics is required.")),
        (false, false) => return Err(combination("The parameters Statistics and ExtendedStatistics must not be given together.")),
        _ => {}
    }
    if plain.len() > 5 || extended.len() > 10 {
        return Err(value("At most 5 Statistics, or 10 ExtendedStatistics, can be given."));
    }
    if let Some(wrong) = plain.iter().find(|stat| !STATISTICS.contains(&stat.as_str())) {
        return Err(value(format!("The parameter Statistics must be a value in the set [{}], not {wrong}", STATISTICS.join(", "))));
    }
    if let Some(wrong) = extended.iter().find(|stat| !is_extended(stat)) {
        return Err(value(format!("The value {wrong} for parameter ExtendedStatistics is not supported.")));
    }
    unit(input.unit.as_deref())?;
    let points = ((input.end_time - input.start_time) / f64::from(input.period)).ceil();
    if points > STATISTICS_POINTS {
        return Err(combination(format!(
            "You have requested up to {points} datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by \
             increasing Period, or decreasing the time range."
        )));
    }
    Ok(())
}

pub(super) fn data(input: &GetMetricDataInput) -> Result<(), Refused> {
    let queries = &input.metric_data_queries;
    if queries.is_empty() {
        return Err(missing("MetricDataQueries"));
    }
    if queries.len() > QUERIES {
        return Err(validation(format!("The collection MetricDataQueries must not have a size greater than {QUERIES}.")));
    }
    span(input.start_time, input.end_time)?;
    if let Some(token) = &input.next_token {
        return Err(Refused::new("InvalidNextToken", 400, format!("The token {token} is not valid.")));
    }
    if input.scan_by.as_deref().is_some_and(|order| !matches!(order, "TimestampDescending" | "TimestampAscending")) {
        return Err(value("The parameter ScanBy must be a value in the set [TimestampDescending, TimestampAscending]"));
    }
    if input.max_datapoints.is_some_and(|most| !(1..=100_800).contains(&most)) {
        return Err(value("The parameter MaxDatapoints must be between 1 and 100800."));
    }
    let mut points = 0.0;
    for (n, query) in queries.iter().enumerate() {
        let at = format!("MetricDataQueries.member.{}", n + 1);
        let mut id = query.id.chars();
        let right = id.next().is_some_and(|c| c.is_ascii_lowercase()) && id.all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !right || query.id.len() > 255 {
            return Err(validation(format!(
                "The value {} for parameter {at}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
                query.id
            )));
        }
        if queries[..n].iter().any(|other| other.id == query.id) {
            return Err(validation("The values for parameter Id in MetricDataQueries are not unique."));
        }
        let Some(stat) = query.metric_stat.as_ref().filter(|_| query.expression.is_none()) else {
            if query.metric_stat.is_none() && query.expression.is_some() {
                let message = format!("The simulated world does not compute metric expressions (query `{}`).", query.id);
                return Err(validation(message));
            }
            return Err(validation(format!("Exactly one of {at}.MetricStat and {at}.Expression is required.")));
        };
        let of = &stat.metric;
        let (namespace, name) = (of.namespace.as_deref().unwrap_or(""), of.metric_name.as_deref().unwrap_or(""));
        metric(&format!("{at}.MetricStat.Metric."), namespace, name, of.dimensions.as_deref().unwrap_or(&[]))?;
        if stat.period == 0 {
            return Err(missing(&format!("{at}.MetricStat.Period")));
        }
        period(&format!("{at}.MetricStat.Period"), stat.period)?;
        if !STATISTICS.contains(&stat.stat.as_str()) && !is_extended(&stat.stat) {
            return Err(validation(format!("The value {} for parameter {at}.MetricStat.Stat is not supported.", stat.stat)));
        }
        unit(stat.unit.as_deref())?;
        points += ((input.end_time - input.start_time) / f64::from(stat.period)).ceil();
    }
    if points > DATA_POINTS {
        return Err(combination(format!("You have requested up to {points} data points, which exceeds the limit of 100800.")));
    }
    if queries.iter().all(|query| query.return_data == Some(false)) {
        return Err(validation("At least one of the queries must have ReturnData set to true."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_beyond_the_five() {
        for right in ["p50", "p99.9", "p0", "p100", "tm90", "wm10", "IQM", "TM(10%:90%)", "PR(:300)", "ts99"] {
            assert!(is_extended(right), "{right}");
        }
        for wrong in ["p101", "p", "Median", "p-1", "P50", "TM()", "TM(:)", "TM(a:b)", "p1e1", "pinf"] {
            assert!(!is_extended(wrong), "{wrong}");
        }
    }

    #[test]
    fn periods() {
        for right in [1, 5, 10, 20, 30, 60, 120, 3600] {
            period("Period", right).unwrap();
        }
        for wrong in [-60, 7, 45, 90] {
            assert_eq!(period("Period", wrong).unwrap_err().code, "InvalidParameterValue", "{wrong}");
        }
    }
}
