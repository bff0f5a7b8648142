//! `rds.instance`: a database instance as RDS describes it.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Cx, Probe, Sample};
use crate::action::aws::Aws;
use crate::action::reads::rds;
use crate::action::reads::rds_name::{INSTANCE, Name, short};
use crate::action::with::With;
use crate::plan::Failure;
use crate::runbook::spec::{ErrorSpec, FieldSpec, Pace, ParamSpec, ParamType, ProbeSpec, Requests};

static SPEC: ProbeSpec = ProbeSpec {
    name: "rds.instance",
    summary: "Reads an RDS database instance",
    details: "What `DescribeDBInstances` says at this moment.",
    errors: &[ErrorSpec {
        name: "DBInstanceNotFound",
        doc: "There is no such instance in the target's account and region; names that are close to it are shown.",
    }],
    params: &[ParamSpec {
        name: "instance",
        ty: ParamType::String,
        required: true,
        default: "",
        doc: "The instance's identifier or ARN, in the target's region and account.",
    }],
    rule: Some(INSTANCE),
    fields: &[
        FieldSpec { name: "status", ty: ParamType::String, doc: "`available`, `modifying`, `backing-up` …" },
        FieldSpec { name: "is_replica", ty: ParamType::Bool, doc: "Whether it has a source pointer." },
        FieldSpec {
            name: "source",
            ty: ParamType::String,
            doc: "What it replicates from: an identifier, or an ARN across regions; null when nothing.",
        },
        FieldSpec {
            name: "replication",
            ty: ParamType::String,
            doc: "Status of its replication, all that RDS says of it: `replicating`, `stopped`, `error: …`; null when it says nothing.",
        },
        FieldSpec { name: "replicating", ty: ParamType::Bool, doc: "Whether RDS calls the replication normal; null when it does not say." },
        FieldSpec {
            name: "replicas",
            ty: ParamType::List(&ParamType::String),
            doc: "Its own read replicas: identifiers, or ARNs across regions.",
        },
        FieldSpec { name: "endpoint", ty: ParamType::String, doc: "Host name; null while it is being created." },
        FieldSpec { name: "engine", ty: ParamType::String, doc: "`postgres 16.4`." },
        FieldSpec { name: "class", ty: ParamType::String, doc: "`db.r6g.xlarge`." },
        FieldSpec { name: "multi_az", ty: ParamType::Bool, doc: "Whether it has a standby in another zone." },
        FieldSpec {
            name: "pending",
            ty: ParamType::List(&ParamType::String),
            doc: "Changes that wait for the maintenance window or a reboot.",
        },
    ],
    permissions: &[rds::DESCRIBE, rds::DESCRIBE_OTHERS],
    needs_target: true,
    requests: Requests::ReadByPost,
    rpo_field: None,
    pace: Some(Pace {
        service: "RDS",
        least: 1.0,
        requests: 1.0,
        per_second: None,
        why: "its limits are shared by everything that works in the account",
    }),
    healthy: Some("status == 'available'"),
    example: "{instance: orders-replica}",
    expect: "status == \"available\" and not is_replica",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct RdsInstance;

#[async_trait]
impl Probe for RdsInstance {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    async fn sample(&self, cx: &Cx, with: &Value) -> Result<Sample, Failure> {
        let name = Name::read(&With::new(SPEC.name, with), "instance", cx.target.as_ref())?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let found = rds::instance(&aws, &name.id).await?;
        let role = match &found.source {
            Some(source) => format!(", replica of {}", short(source)),
            None => String::new(),
        };
        let stopped = found.not_replicating.as_ref().map(|status| format!(", replication {status}")).unwrap_or_default();
        Ok(Sample {
            shown: format!("{}{role}{stopped}", found.status),
            number: None,
            fields: json!({
                "status": found.status,
                "is_replica": found.is_replica,
                "source": found.source,
                "replication": found.replication,
                "replicating": found.replicating,
                "replicas": found.replicas,
                "endpoint": found.endpoint,
                "engine": found.engine,
                "class": found.class,
                "multi_az": found.multi_az,
                "pending": found.pending,
            }),
        })
    }
}
