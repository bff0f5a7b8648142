//! `cloudwatch.metric`: the newest datapoint of any metric.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Cx, Probe, Sample};
use crate::action::aws::Aws;
use crate::action::reads::cloudwatch::{self, Metric};
use crate::action::with::With;
use crate::plan::Failure;
use crate::runbook::spec::{ErrorSpec, FieldSpec, Pace, ParamSpec, ParamType, ProbeSpec, Requests};

static SPEC: ProbeSpec = ProbeSpec {
    name: "cloudwatch.metric",
    summary: "Reads the newest datapoint of a CloudWatch metric",
    details: "It takes the newest datapoint within `within`. CloudWatch stamps a datapoint with the begin of its period, and `age` \
              counts from there. Without a datapoint `value` is null, and what needs it is unknown.",
    errors: &[ErrorSpec { name: "InvalidParameterValue", doc: "CloudWatch does not take the statistic, the period or the dimensions." }],
    params: &[
        ParamSpec { name: "namespace", ty: ParamType::String, required: true, default: "", doc: "`AWS/ApplicationELB`." },
        ParamSpec { name: "metric", ty: ParamType::String, required: true, default: "", doc: "`HTTPCode_Target_5XX_Count`." },
        ParamSpec {
            name: "dimensions",
            ty: ParamType::Map(&ParamType::String),
            required: false,
            default: "none",
            doc: "All dimensions of the metric.",
        },
        ParamSpec {
            name: "stat",
            ty: ParamType::String,
            required: false,
            default: "Average",
            doc: "`Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p99`.",
        },
        ParamSpec {
            name: "period",
            ty: ParamType::Duration,
            required: false,
            default: "60s",
            doc: "Length of a datapoint, whole seconds.",
        },
        ParamSpec { name: "within", ty: ParamType::Duration, required: false, default: "five periods", doc: "How old a datapoint may be." },
    ],
    fields: &[
        FieldSpec { name: "value", ty: ParamType::Number, doc: "The newest value; null when there is none." },
        FieldSpec { name: "age", ty: ParamType::Number, doc: "Its age in seconds, from the begin of its period; null when there is none." },
        FieldSpec { name: "datapoints", ty: ParamType::Integer { min: 0, max: i64::MAX }, doc: "How many there are within the time." },
    ],
    permissions: &[cloudwatch::STATISTICS],
    needs_target: true,
    requests: Requests::ReadByPost,
    rpo_field: None,
    pace: Some(Pace {
        service: "CloudWatch",
        least: 10.0,
        requests: 1.0,
        per_second: None,
        why: "a metric has one datapoint a minute, unless it is a high-resolution one with a shorter `period`",
    }),
    healthy: None,
    example: "{namespace: AWS/ApplicationELB, metric: RequestCount, dimensions: {LoadBalancer: app/core/50dc}, stat: Sum}",
    expect: "value > 0 and age < 180",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct CloudwatchMetric;

#[async_trait]
impl Probe for CloudwatchMetric {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    async fn sample(&self, cx: &Cx, with: &Value) -> Result<Sample, Failure> {
        let with = With::new(SPEC.name, with);
        let (namespace, name) = (with.text("namespace")?, with.text("metric")?);
        let dimensions = with.text_map("dimensions")?;
        let stat = with.text_opt("stat")?.unwrap_or_else(|| "Average".into());
        let period = with.duration_opt("period")?.map_or(60, |period| u32::try_from(period.as_secs()).unwrap_or(u32::MAX));
        if period == 0 {
            return Err(with.wrong("`period` must be a second or more"));
        }
        let window = with.duration_opt("within")?.unwrap_or(Duration::from_secs(5 * u64::from(period)));
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let metric = Metric { namespace: &namespace, name: &name, dimensions: &dimensions, stat: &stat, period, window };
        let latest = cloudwatch::latest(&aws, &metric).await?;
        Ok(match latest {
            Some(latest) => Sample {
                shown: format!("{}, {} s old", number(latest.value), latest.age.as_secs()),
                number: Some(latest.value),
                fields: json!({"value": latest.value, "age": latest.age.as_secs_f64(), "datapoints": latest.count}),
            },
            None => Sample {
                shown: format!("no datapoint in the last {} s", window.as_secs()),
                number: None,
                fields: json!({"value": null, "age": null, "datapoints": 0}),
            },
        })
    }
}

/// A number as people write it: no trailing zeros, at most three decimals.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { format!("{value:.3}") }
}
