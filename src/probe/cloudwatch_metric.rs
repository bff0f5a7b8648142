//! `cloudwatch.metric`: the newest datapoint of any metric.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Cx, Probe, Sample};
use crate::action::aws::Aws;
use crate::action::reads::cloudwatch::{self, Metric};
use crate::action::with::With;
use crate::plan::Failure;
use crate::runbook::duration_seconds;
use crate::runbook::spec::{ErrorSpec, FieldSpec, Objection, Pace, ParamSpec, ParamType, ProbeSpec, Requests, Rule};

static SPEC: ProbeSpec = ProbeSpec {
    name: "cloudwatch.metric",
    summary: "Reads the newest datapoint of a CloudWatch metric",
    details: "It takes the newest datapoint within `within`. CloudWatch stamps a datapoint with the begin of its period, and `age` \
              counts from there. Without a datapoint `value` is null, `reason` says so, and what needs it is unknown. What CloudWatch \
              refuses (a period, a statistic, more than 1,440 datapoints) is refused when the runbook is checked.",
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
            doc: "Length of a datapoint: a multiple of 60s; 1s, 5s, 10s, 20s or 30s of a high-resolution metric.",
        },
        ParamSpec {
            name: "within",
            ty: ParamType::Duration,
            required: false,
            default: "five periods",
            doc: "How old a datapoint may be: at most 1,440 periods.",
        },
    ],
    rule: Some(Rule(objection)),
    fields: &[
        FieldSpec { name: "value", ty: ParamType::Number, doc: "The newest value; null when there is none." },
        FieldSpec { name: "age", ty: ParamType::Number, doc: "Its age in seconds, from the begin of its period; null when there is none." },
        FieldSpec { name: "reason", ty: ParamType::String, doc: "Why there is no value; null when there is one." },
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
        with.keep(Rule(objection))?;
        let (namespace, name) = (with.text("namespace")?, with.text("metric")?);
        let dimensions = with.text_map("dimensions")?;
        let stat = with.text_opt("stat")?.unwrap_or_else(|| "Average".into());
        let period = with.duration_opt("period")?.map_or(60, |period| u32::try_from(period.as_secs()).unwrap_or(u32::MAX));
        let window = with.duration_opt("within")?.unwrap_or(Duration::from_secs(5 * u64::from(period)));
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let metric = Metric { namespace: &namespace, name: &name, dimensions: &dimensions, stat: &stat, period, window };
        let latest = cloudwatch::latest(&aws, &metric).await?;
        Ok(match latest {
            Some(latest) => Sample {
                shown: format!("{}, {} s old", number(latest.value), latest.age.as_secs()),
                number: Some(latest.value),
                fields: json!({"value": latest.value, "age": latest.age.as_secs_f64(), "reason": null, "datapoints": latest.count}),
            },
            None => {
                let reason = format!("no datapoint in the last {} s", window.as_secs());
                let fields = json!({"value": null, "age": null, "reason": reason, "datapoints": 0});
                Sample { shown: reason, number: None, fields }
            }
        })
    }
}

/// Statistics with a name of their own (API reference, `GetMetricStatistics`).
const STATISTICS: &[&str] = &["Average", "Sum", "Minimum", "Maximum", "SampleCount"];

/// Most datapoints of one answer (the same).
const MOST_POINTS: f64 = 1_440.0;

/// What CloudWatch refuses of any metric: API reference, `GetMetricStatistics`.
fn objection(with: &Value) -> Option<Objection> {
    let seconds = |key: &str| with.get(key).and_then(duration_seconds);
    if let Some(stat) = with["stat"].as_str().filter(|stat| !STATISTICS.contains(stat) && !is_percentile(stat)) {
        let message = format!("CloudWatch has no statistic {stat}");
        let others = "or a percentile such as `p99`";
        return Some(Objection::of_words("stat", message, stat, STATISTICS, others));
    }
    let period = seconds("period").unwrap_or(60.0);
    if !(period > 0.0 && period % 60.0 == 0.0 || [1.0, 5.0, 10.0, 20.0, 30.0].contains(&period)) {
        let message = format!("CloudWatch takes no period of {period} s");
        let up = (period / 60.0).ceil().max(1.0) * 60.0;
        let help = format!("write a multiple of 60s, such as `{up}s`; high-resolution metrics take 1s, 5s, 10s, 20s and 30s too");
        return Some(Objection { key: "period", message, help });
    }
    // With a period that is known in the run only, nothing can be said of the window.
    let within = seconds("within").filter(|_| with.get("period").is_none_or(|period| !period.is_null()))?;
    let points = (within / period).ceil();
    (points > MOST_POINTS).then(|| Objection {
        key: "within",
        message: format!("that is {points} datapoints of {period} s, and CloudWatch gives at most {MOST_POINTS}"),
        help: format!("write at most `{}s`, or a longer `period`", MOST_POINTS * period),
    })
}

/// `p99`, `p99.9`: a percentile, as CloudWatch writes it.
fn is_percentile(stat: &str) -> bool {
    let digits = stat.strip_prefix('p').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    digits.and_then(|digits| digits.parse::<f64>().ok()).is_some_and(|number| (0.0..=100.0).contains(&number))
}

/// A number as people write it: no trailing zeros, at most three decimals.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { format!("{value:.3}") }
}
