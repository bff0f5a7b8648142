//! CloudWatch: the metrics of the estate, in the three protocols that clients speak (CBOR, JSON, Query).

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use winterbaume_cloudwatch::model::{
    Datapoint, Dimension, GetMetricDataInput, GetMetricDataOutput, GetMetricStatisticsInput, GetMetricStatisticsOutput, MetricDataResult,
};
use winterbaume_cloudwatch::wire;
use winterbaume_core::{MockRequest, MockResponse};

use super::metric_form;
use super::metric_query;
use super::reply::{Done, Refused, Wire};
use super::request::{Moment, Parsed, form, path_and_query};
use crate::world::sim::estate::Estate;

pub(super) const NAMESPACE: &str = "http://monitoring.amazonaws.com/doc/2010-08-01/";
/// How far the world's metrics are apart: all of them have the regular resolution.
const RESOLUTION: f64 = 60.0;

pub(super) fn parse(request: &MockRequest) -> Parsed {
    let (wire, operation) = spoken(request);
    let invalid = |message: String| Parsed::refused(operation.clone(), wire, Refused::new("InvalidParameterValue", 400, message));
    match operation.as_str() {
        "GetMetricData" => match read(request, wire, wire::deserialize_get_metric_data_request, metric_query::data) {
            Ok(input) => {
                let resource = input.metric_data_queries.iter().filter_map(named).collect::<Vec<_>>().join(" ");
                Parsed::read(&operation, wire, resource, &input.clone(), move |estate, moment| data(estate, moment, &input, wire))
            }
            Err(message) => invalid(message),
        },
        "GetMetricStatistics" => match read(request, wire, wire::deserialize_get_metric_statistics_request, metric_query::statistics) {
            Ok(input) => {
                let resource = format!("{}/{}", input.namespace, input.metric_name);
                Parsed::read(&operation, wire, resource, &input.clone(), move |estate, moment| statistics(estate, moment, &input, wire))
            }
            Err(message) => invalid(message),
        },
        _ => Parsed::refused(operation.clone(), wire, Refused::not_simulated("monitoring", &operation)),
    }
}

/// The protocol a request is in, and its operation.
fn spoken(request: &MockRequest) -> (Wire, String) {
    if let Some(operation) = cbor_operation(request) {
        return (Wire::Cbor, operation);
    }
    let target = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).and_then(|target| target.rsplit('.').next());
    match target {
        Some(operation) => (Wire::AwsJson, operation.to_owned()),
        None => (Wire::Query { namespace: NAMESPACE }, form(request).remove("Action").unwrap_or_default()),
    }
}

/// `/service/GraniteServiceVersion20100801/operation/GetMetricData`.
fn cbor_operation(request: &MockRequest) -> Option<String> {
    let (path, _) = path_and_query(request);
    match &path[..] {
        [service, _, kind, operation] if service == "service" && kind == "operation" => Some(operation.clone()),
        _ => None,
    }
}

/// Reads the input in whichever protocol it came.
fn read<T: serde::de::DeserializeOwned>(
    request: &MockRequest,
    wire: Wire,
    cbor: fn(&[u8]) -> Result<T, String>,
    query: fn(&MockRequest) -> Result<T, String>,
) -> Result<T, String> {
    match wire {
        Wire::Cbor => cbor(&request.body),
        Wire::AwsJson => serde_json::from_slice(&request.body).map_err(|error| error.to_string()),
        _ => query(request),
    }
}

fn named(query: &winterbaume_cloudwatch::model::MetricDataQuery) -> Option<String> {
    let metric = &query.metric_stat.as_ref()?.metric;
    let of = metric.dimensions.iter().flatten().map(|d| d.value.as_str()).collect::<Vec<_>>().join(",");
    Some(format!("{}/{}[{of}]", metric.namespace.as_deref().unwrap_or(""), metric.metric_name.as_deref().unwrap_or("")))
}

/// The metric's value at `t` and when the state behind it last changed; `None` when there is no such metric then.
fn sample(estate: &Estate, region: &str, metric: (&str, &str), dimensions: &[Dimension], t: Timestamp) -> Option<(f64, Timestamp)> {
    let [dimension] = dimensions else { return None };
    match (metric.0, dimension.name.as_str()) {
        ("AWS/RDS", "DBInstanceIdentifier") if metric.1 == "ReplicaLag" => {
            // The dimension is compared to the letter, and RDS publishes the identifier in lower case.
            let db = estate.database(region, &dimension.value).filter(|db| db.def.id.value == dimension.value)?;
            db.lag(estate.source_of(db, t), &estate.regions, estate.dice, t)
        }
        ("AWS/AutoScaling", "AutoScalingGroupName") => {
            let here = estate.clusters.iter().filter(|cluster| cluster.def.region.value == region);
            let group = here.flat_map(|cluster| cluster.groups.values()).find(|group| group.asg == dimension.value)?;
            if !group.def.metrics {
                return None;
            }
            let (asked, nodes) = (group.asked(), group.in_service(t));
            let count = match metric.1 {
                "GroupInServiceInstances" | "GroupTotalInstances" => nodes,
                "GroupDesiredCapacity" => asked.desired,
                "GroupMinSize" => asked.min,
                "GroupMaxSize" => asked.max,
                "GroupPendingInstances" => asked.desired.saturating_sub(nodes),
                _ => return None,
            };
            Some((f64::from(count), group.count_since(t)))
        }
        _ => None,
    }
}

/// One point of a series: the beginning of its period, and the value at its end or now.
struct Point {
    at: f64,
    value: f64,
}

struct Span<'a> {
    from: f64,
    until: f64,
    period: i32,
    unit: Option<&'a str>,
}

/// The series, oldest first. The current period shows the value of this second; the real service lags by up to a minute.
fn series(estate: &Estate, moment: Moment<'_>, metric: (&str, &str), dimensions: &[Dimension], span: &Span<'_>) -> (Vec<Point>, Timestamp) {
    let Span { from, until, period, unit: wanted } = *span;
    let mut since = estate.start;
    let mut points = Vec::new();
    // Source: GetMetricStatistics, "Unit": "If you specify a unit that does not match the data collected, the results of the operation
    // are null."
    if wanted.is_some_and(|wanted| wanted != unit(metric)) {
        return (points, since);
    }
    let period = f64::from(period).max(RESOLUTION);
    let now = moment.t.as_duration().as_secs_f64();
    let mut at = (from / period).floor() * period;
    while at < until && at <= now {
        let seen = (at + period).min(now);
        let t = SignedDuration::try_from_secs_f64(seen).ok().and_then(|seen| Timestamp::from_duration(seen).ok()).unwrap_or(moment.t);
        if let Some((value, changed)) = sample(estate, moment.place.region, metric, dimensions, t) {
            points.push(Point { at, value });
            since = since.max(changed.min(moment.t));
        }
        at += period;
    }
    (points, since)
}

/// The unit that a metric is published with.
/// Source: RDS User Guide, "Amazon CloudWatch metrics for Amazon RDS"; the group metrics of Auto Scaling have none.
fn unit(metric: (&str, &str)) -> &'static str {
    if metric.1 == "ReplicaLag" { "Seconds" } else { "None" }
}

/// What a statistic makes of a period: each minute in it is a sample of the same value.
fn statistic(stat: &str, value: f64, period: i32) -> f64 {
    let samples = (f64::from(period) / RESOLUTION).max(1.0);
    match stat {
        "SampleCount" => samples,
        "Sum" => value * samples,
        _ => value,
    }
}

fn data(estate: &Estate, moment: Moment<'_>, input: &GetMetricDataInput, wire: Wire) -> Result<Done, Refused> {
    metric_form::data(input)?;
    let mut since = estate.start;
    let mut results = Vec::new();
    for query in &input.metric_data_queries {
        let Some(stat) = &query.metric_stat else { continue };
        let metric = (stat.metric.namespace.as_deref().unwrap_or(""), stat.metric.metric_name.as_deref().unwrap_or(""));
        let span = Span { from: input.start_time, until: input.end_time, period: stat.period, unit: stat.unit.as_deref() };
        let (mut points, changed) = series(estate, moment, metric, stat.metric.dimensions.as_deref().unwrap_or(&[]), &span);
        since = since.max(changed);
        if input.scan_by.as_deref() != Some("TimestampAscending") {
            points.reverse();
        }
        if query.return_data == Some(false) {
            continue;
        }
        results.push(MetricDataResult {
            id: Some(query.id.clone()),
            label: Some(query.label.clone().unwrap_or_else(|| metric.1.to_owned())),
            messages: None,
            status_code: Some("Complete".into()),
            timestamps: Some(points.iter().map(|point| point.at).collect()),
            values: Some(points.iter().map(|point| statistic(&stat.stat, point.value, stat.period)).collect()),
        });
    }
    let output = GetMetricDataOutput { messages: Some(Vec::new()), metric_data_results: Some(results), next_token: None };
    let response = match wire {
        Wire::Cbor => wire::serialize_get_metric_data_response(&output),
        Wire::AwsJson => json(&output),
        _ => metric_query::data_answer(&output),
    };
    Ok(Done { response, since })
}

fn statistics(estate: &Estate, moment: Moment<'_>, input: &GetMetricStatisticsInput, wire: Wire) -> Result<Done, Refused> {
    metric_form::statistics(input, moment.t.as_duration().as_secs_f64())?;
    let metric = (input.namespace.as_str(), input.metric_name.as_str());
    let span = Span { from: input.start_time, until: input.end_time, period: input.period, unit: input.unit.as_deref() };
    let (points, since) = series(estate, moment, metric, input.dimensions.as_deref().unwrap_or(&[]), &span);
    let wanted = |name: &str, point: &Point| {
        let given = input.statistics.iter().flatten().any(|wanted| wanted == name);
        given.then(|| statistic(name, point.value, input.period))
    };
    let extended =
        |point: &Point| input.extended_statistics.as_ref().map(|all| all.iter().map(|stat| (stat.clone(), point.value)).collect());
    let datapoints = points
        .iter()
        .map(|point| Datapoint {
            average: wanted("Average", point),
            maximum: wanted("Maximum", point),
            minimum: wanted("Minimum", point),
            sample_count: wanted("SampleCount", point),
            sum: wanted("Sum", point),
            timestamp: Some(point.at),
            unit: Some(unit(metric).into()),
            extended_statistics: extended(point),
        })
        .collect();
    let output = GetMetricStatisticsOutput { datapoints: Some(datapoints), label: Some(input.metric_name.clone()) };
    let response = match wire {
        Wire::Cbor => wire::serialize_get_metric_statistics_response(&output),
        Wire::AwsJson => json(&output),
        _ => metric_query::statistics_answer(&output),
    };
    Ok(Done { response, since })
}

/// The codec writes timestamps for CBOR; in JSON they are plain numbers.
fn json(output: &impl serde::Serialize) -> MockResponse {
    fn plain(value: Value) -> Value {
        match value {
            Value::Object(mut map) => match map.remove("__cbor_epoch_seconds") {
                Some(seconds) => seconds,
                None => Value::Object(map.into_iter().map(|(key, value)| (key, plain(value))).collect()),
            },
            Value::Array(list) => Value::Array(list.into_iter().map(plain).collect()),
            other => other,
        }
    }
    let value = serde_json::to_value(output).map_or(Value::Null, plain);
    MockResponse::json(200, value.to_string())
}
