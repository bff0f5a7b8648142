//! `rds.replica_lag`: how far a read replica is behind its source.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Cx, Probe, Sample};
use crate::action::aws::Aws;
use crate::action::reads::cloudwatch::Latest;
use crate::action::reads::rds;
use crate::action::with::With;
use crate::plan::{Failure, FailureKind};
use crate::runbook::spec::{FieldSpec, ParamSpec, ParamType, ProbeSpec};

static SPEC: ProbeSpec = ProbeSpec {
    name: "rds.replica_lag",
    summary: "Reads how many seconds an RDS read replica is behind its source (CloudWatch ReplicaLag)",
    params: &[ParamSpec {
        name: "instance",
        ty: ParamType::String,
        required: true,
        doc: "The replica's identifier, in the target's region.",
    }],
    fields: &[
        FieldSpec {
            name: "seconds",
            ty: ParamType::Number,
            doc: "The lag; null when it is not known (−1, or no datapoint of the last three minutes). An idle PostgreSQL source looks laggy.",
        },
        FieldSpec { name: "status", ty: ParamType::String, doc: "Status of the replication, as RDS puts it; null when it gives none." },
        FieldSpec { name: "replicating", ty: ParamType::Bool, doc: "Whether RDS calls the replication normal; null when it does not say." },
        FieldSpec { name: "age", ty: ParamType::Number, doc: "Age of the datapoint in seconds; null when there is none." },
        FieldSpec { name: "reason", ty: ParamType::String, doc: "Why the lag is not known; null when it is." },
    ],
    permissions: &["rds:DescribeDBInstances", "cloudwatch:GetMetricStatistics"],
    needs_target: true,
    rpo_field: Some("seconds"),
    example: "{instance: orders-replica}",
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
        let id = With::new(SPEC.name, with).text("instance")?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let (found, lag) = futures::future::join(rds::instance(&aws, &id), rds::replica_lag(&aws, &id)).await;
        let (found, lag) = (found?, lag?);
        if !found.is_replica {
            return Err(aws.read("rds:DescribeDBInstances", &id).wrong(
                FailureKind::Invalid,
                format!("{id} is not a read replica, so it has no lag"),
                "check the name; an instance that has been promoted is no replica any more",
            ));
        }
        let known = known(lag);
        let status = found.replication.clone();
        let shown = match &known {
            Ok(seconds) => format!("{} s", (seconds * 10.0).round() / 10.0),
            Err(reason) => format!("unknown: {reason}"),
        };
        Ok(Sample {
            shown,
            number: known.as_ref().ok().copied(),
            fields: json!({
                "seconds": known.as_ref().ok(),
                "status": status,
                "replicating": found.replicating,
                "age": lag.map(|latest| latest.age.as_secs_f64()),
                "reason": known.as_ref().err(),
            }),
        })
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
