//! The latest datapoint of a CloudWatch metric.

use std::time::Duration;

use aws_sdk_cloudwatch::types::{Datapoint, Dimension, Statistic};
use aws_smithy_types::DateTime;

use crate::action::aws::Aws;
use crate::clock::timeout;
use crate::plan::{Failure, FailureKind};
use crate::runbook::spec::Permission;

/// To read a metric. CloudWatch's metrics are no resources, and no condition key names them.
pub const STATISTICS: Permission = Permission::on_anything("cloudwatch:GetMetricStatistics");

/// Which metric.
#[derive(Debug, Clone)]
pub struct Metric<'a> {
    /// `AWS/RDS`.
    pub namespace: &'a str,
    /// `ReplicaLag`.
    pub name: &'a str,
    /// All of them: a metric with other dimensions is another metric.
    pub dimensions: &'a [(String, String)],
    /// `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p99`.
    pub stat: &'a str,
    /// Seconds; a multiple of 60 for the metrics of AWS services.
    pub period: u32,
    /// How far back to look.
    pub window: Duration,
}

/// What the metric says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latest {
    /// The newest value.
    pub value: f64,
    /// How old it is. CloudWatch stamps a datapoint with the begin of its period.
    pub age: Duration,
    /// How many datapoints the window held.
    pub count: usize,
    /// The oldest value of the window.
    pub first: f64,
}

/// The newest datapoint in the window; `None` when there is none.
///
/// # Errors
/// CloudWatch does not answer, or refuses.
pub async fn latest(aws: &Aws, metric: &Metric<'_>) -> Result<Option<Latest>, Failure> {
    let now = aws.clock.now().wall;
    let end = DateTime::from_millis(now.as_millisecond());
    let window = i64::try_from(metric.window.as_millis()).unwrap_or(i64::MAX);
    let start = DateTime::from_millis(now.as_millisecond().saturating_sub(window));
    let dimensions = metric.dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build()).collect();
    let mut request = aws_sdk_cloudwatch::Client::new(&aws.config)
        .get_metric_statistics()
        .namespace(metric.namespace)
        .metric_name(metric.name)
        .set_dimensions(Some(dimensions))
        .start_time(start)
        .end_time(end)
        .period(i32::try_from(metric.period).unwrap_or(i32::MAX));
    request = match statistic(metric.stat) {
        Some(statistic) => request.statistics(statistic),
        None => request.extended_statistics(metric.stat),
    };
    let resource = format!("{}/{}", metric.namespace, metric.name);
    let call = aws.read("cloudwatch:GetMetricStatistics", &resource);
    let answer = request.send().await.map_err(|error| call.failure(&error))?;
    let points = answer.datapoints();
    let newest = points.iter().filter_map(|point| Some((point.timestamp()?, point))).max_by_key(|(at, _)| (at.secs(), at.subsec_nanos()));
    let Some((at, point)) = newest else { return Ok(None) };
    let value = value_of(point, metric.stat).ok_or_else(|| {
        let hint = "see the metric's statistics in the CloudWatch console";
        call.wrong(FailureKind::Invalid, format!("the datapoint has no statistic {}", metric.stat), hint)
    })?;
    let oldest = points
        .iter()
        .filter(|point| point.timestamp().is_some())
        .min_by_key(|point| point.timestamp().map(|at| (at.secs(), at.subsec_nanos())));
    let first = oldest.and_then(|point| value_of(point, metric.stat)).unwrap_or(value);
    let age = now.as_millisecond().saturating_sub(at.to_millis().unwrap_or(i64::MAX));
    Ok(Some(Latest { value, age: Duration::from_millis(u64::try_from(age).unwrap_or(0)), count: points.len(), first }))
}

/// How long an answer about a metric is waited for where the rest of what is known counts without it.
const SOON: Duration = Duration::from_secs(8);

/// The same, for whoever can do without: CloudWatch that hangs is one that cannot be asked.
///
/// # Errors
/// CloudWatch does not answer soon, or refuses.
pub async fn latest_soon(aws: &Aws, metric: &Metric<'_>) -> Result<Option<Latest>, Failure> {
    timeout(aws.clock.as_ref(), SOON, latest(aws, metric)).await.unwrap_or_else(|| {
        let resource = format!("{}/{}", metric.namespace, metric.name);
        let call = aws.read("cloudwatch:GetMetricStatistics", &resource);
        Err(call.wrong(
            FailureKind::Unreachable,
            format!("no answer within {} s", SOON.as_secs()),
            "see what stands between here and CloudWatch",
        ))
    })
}

fn statistic(name: &str) -> Option<Statistic> {
    match name {
        "Average" => Some(Statistic::Average),
        "Sum" => Some(Statistic::Sum),
        "Minimum" => Some(Statistic::Minimum),
        "Maximum" => Some(Statistic::Maximum),
        "SampleCount" => Some(Statistic::SampleCount),
        _ => None,
    }
}

fn value_of(point: &Datapoint, stat: &str) -> Option<f64> {
    match stat {
        "Average" => point.average(),
        "Sum" => point.sum(),
        "Minimum" => point.minimum(),
        "Maximum" => point.maximum(),
        "SampleCount" => point.sample_count(),
        other => point.extended_statistics().and_then(|all| all.get(other)).copied(),
    }
}
