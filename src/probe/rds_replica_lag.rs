//! `rds.replica_lag`: how far a read replica is behind its source, and how much of what the source took would be lost.
//!
//! The two differ once the source is gone. `ReplicaLag` is the age of what was replayed last, so with nothing left to replay it grows
//! by a second a second, although no more is lost. What is lost was written between the last replay and the moment of the loss.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::port::{Cx, Probe, Sample};
use crate::action::aws::Aws;
use crate::action::reads::cloudwatch::{self, Latest};
use crate::action::reads::rds;
use crate::action::reads::rds_name::{INSTANCE, Name};
use crate::action::with::With;
use crate::plan::{Failure, FailureKind};
use crate::runbook::spec::{ErrorSpec, FieldSpec, Pace, ParamSpec, ParamType, ProbeSpec, Requests};

static SPEC: ProbeSpec = ProbeSpec {
    name: "rds.replica_lag",
    summary: "Reads how many seconds an RDS read replica is behind its source (CloudWatch ReplicaLag)",
    details: "−1, no datapoint, one older than three minutes, or a CloudWatch that cannot be asked leaves `seconds` null and says why \
              in `reason`; what is null never passes. With `as_of` (when the source was lost) `lost` is what a promotion would lose, and it does not grow with the \
              outage. An idle PostgreSQL source looks laggy.",
    errors: &[
        ErrorSpec {
            name: "DBInstanceNotFound",
            doc: "There is no such instance in the target's account and region; names that are close to it are shown.",
        },
        ErrorSpec { name: "not a replica", doc: "An instance that has been promoted is no replica any more, so it has no lag." },
    ],
    params: &[
        ParamSpec {
            name: "instance",
            ty: ParamType::String,
            required: true,
            default: "",
            doc: "The replica's identifier or ARN, in the target's region and account.",
        },
        ParamSpec {
            name: "as_of",
            ty: ParamType::String,
            required: false,
            default: "now",
            doc: "When the source was lost, as a timestamp: usually `${{ run.incident_start }}`.",
        },
    ],
    rule: Some(INSTANCE),
    fields: &[
        FieldSpec {
            name: "seconds",
            ty: ParamType::Number,
            doc: "The lag; null when it is not known (−1, or no datapoint of the last three minutes). An idle PostgreSQL source looks laggy.",
        },
        FieldSpec {
            name: "lost",
            ty: ParamType::Number,
            doc: "Seconds of writes that a promotion would lose: what the source took after the last replay and before `as_of`; null \
                  when the lag is not known.",
        },
        FieldSpec {
            name: "status",
            ty: ParamType::String,
            doc: "Status of the replication, all that RDS says of it; null when it gives none.",
        },
        FieldSpec { name: "replicating", ty: ParamType::Bool, doc: "Whether RDS calls the replication normal; null when it does not say." },
        FieldSpec { name: "age", ty: ParamType::Number, doc: "Age of the datapoint in seconds; null when there is none." },
        FieldSpec { name: "reason", ty: ParamType::String, doc: "Why the lag is not known; null when it is." },
    ],
    permissions: &[rds::DESCRIBE, cloudwatch::STATISTICS, rds::DESCRIBE_OTHERS],
    needs_target: true,
    requests: Requests::ReadByPost,
    rpo_field: Some("lost"),
    pace: Some(Pace {
        service: "RDS",
        least: 5.0,
        requests: 2.0,
        per_second: None,
        why: "the lag is a metric with one datapoint a minute",
    }),
    healthy: Some("seconds == 0 and lost == 0 and replicating and status == 'replicating'"),
    example: "{instance: orders-replica, as_of: \"2026-03-12T02:43:30Z\"}",
    expect: "lost <= 300",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct RdsReplicaLag;

#[async_trait]
impl Probe for RdsReplicaLag {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    async fn sample(&self, cx: &Cx, with: &Value) -> Result<Sample, Failure> {
        let with = With::new(SPEC.name, with);
        let name = Name::read(&with, "instance", cx.target.as_ref())?;
        let as_of = match with.text_opt("as_of")? {
            None => None,
            Some(text) => Some(text.parse::<Timestamp>().map_err(|error| with.wrong(format!("as_of: {text:?} is no timestamp: {error}")))?),
        };
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let found = rds::instance(&aws, &name.id).await?;
        let id = &found.instance; // CloudWatch tells case apart: as RDS has it.
        if !found.is_replica {
            return Err(aws.read("rds:DescribeDBInstances", id).wrong(
                FailureKind::Invalid,
                format!("{id} is not a read replica, so it has no lag"),
                "check the name; an instance that has been promoted is no replica any more",
            ));
        }
        // Without CloudWatch the lag is not known, and the rest of the sample counts.
        let (lag, known) = match rds::replica_lag(&aws, id).await {
            Ok(lag) => (lag, known(lag)),
            Err(failure) => (None, Err(format!("CloudWatch cannot be asked: {failure}"))),
        };
        let known = known.map_err(|reason| match &found.not_replicating {
            Some(status) => format!("{reason}; RDS says of the replication: {status}"),
            None => reason,
        });
        let status = found.replication.clone();
        // A datapoint is stamped with the begin of its minute; its maximum, of a lag that grows, is that of the minute's end.
        let since_end = lag.map_or(0.0, |latest| (latest.age.as_secs_f64() - f64::from(rds::LAG_PERIOD)).max(0.0));
        let replayed_age = |seconds: f64| seconds + since_end;
        let lost = known.as_ref().ok().map(|seconds| lost(*seconds, replayed_age(*seconds), as_of, aws.clock.now().wall));
        let tenths = |seconds: f64| (seconds * 10.0).round() / 10.0;
        let shown = match &known {
            Ok(seconds) if as_of.is_some() => {
                format!("{} s would be lost (lag {} s)", tenths(lost.unwrap_or(*seconds)), tenths(*seconds))
            }
            Ok(seconds) => format!("{} s", tenths(*seconds)),
            Err(reason) => format!("unknown: {reason}"),
        };
        Ok(Sample {
            shown,
            number: lost,
            fields: json!({
                "seconds": known.as_ref().ok(),
                "lost": lost,
                "status": status,
                "replicating": found.replicating,
                "age": lag.map(|latest| latest.age.as_secs_f64()),
                "reason": known.as_ref().err(),
            }),
        })
    }
}

/// The writes that would be lost, in seconds: `replayed_age` is how long ago the last replayed write was made.
fn lost(lag: f64, replayed_age: f64, as_of: Option<Timestamp>, now: Timestamp) -> f64 {
    match as_of {
        None => lag,
        Some(as_of) => (replayed_age - now.duration_since(as_of).as_secs_f64().max(0.0)).max(0.0),
    }
}

/// The lag, or why it is not known.
fn known(lag: Option<Latest>) -> Result<f64, String> {
    match lag {
        None => Err("no ReplicaLag in the last 10 min".into()),
        Some(latest) if latest.age > rds::LAG_FRESH => Err(format!("the last ReplicaLag is {} s old", latest.age.as_secs())),
        Some(latest) if latest.value < 0.0 => Err("replication is inactive or its lag undetermined (−1)".into()),
        Some(latest) => Ok(latest.value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_does_not_grow_with_the_outage() {
        let lost_at: Timestamp = "2026-03-12T02:43:30Z".parse().unwrap();
        let after = |seconds| lost_at + jiff::SignedDuration::from_secs(seconds);
        // The replica was 4 s behind when its source was lost.
        for outage in [0, 60, 3_600] {
            let lag = 4.0 + f64::from(outage);
            assert!((lost(lag, lag, Some(lost_at), after(i64::from(outage))) - 4.0).abs() < 1e-9, "{outage} s");
        }
        // Without a moment of loss, now is that moment.
        assert!((lost(64.0, 64.0, None, after(60)) - 64.0).abs() < 1e-9);
        // The source went on after what was taken for the moment of the loss: nothing before it is missing.
        assert!(lost(2.0, 2.0, Some(lost_at), after(60)).abs() < 1e-9);
    }
}
