//! `eks.nodegroup`: a managed node group and its nodes.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Cx, Probe, Sample};
use crate::action::aws::Aws;
use crate::action::reads::{cloudwatch, eks};
use crate::action::with::With;
use crate::plan::Failure;
use crate::runbook::spec::{ErrorSpec, FieldSpec, Pace, ParamSpec, ParamType, ProbeSpec, Requests};

const COUNT: ParamType = ParamType::Integer { min: 0, max: i64::MAX };

static SPEC: ProbeSpec = ProbeSpec {
    name: "eks.nodegroup",
    summary: "Reads an EKS managed node group: sizes, status, health, nodes in service",
    details: "`in_service` is counted by the metric GroupInServiceInstances of the Auto Scaling groups behind the node group, and \
              null where CloudWatch has no datapoint of the last five minutes or cannot be asked: `reason` then says why, and the \
              rest of the sample counts.",
    errors: &[ErrorSpec {
        name: "ResourceNotFoundException",
        doc: "There is no such cluster or node group in the target's account and region; names that are close to it are shown.",
    }],
    params: &[
        ParamSpec { name: "cluster", ty: ParamType::String, required: true, default: "", doc: "The cluster's name." },
        ParamSpec { name: "nodegroup", ty: ParamType::String, required: true, default: "", doc: "The node group's name." },
    ],
    rule: None,
    fields: &[
        FieldSpec { name: "status", ty: ParamType::String, doc: "`ACTIVE`, `UPDATING`, `DEGRADED` …" },
        FieldSpec { name: "min", ty: COUNT, doc: "Least nodes." },
        FieldSpec { name: "desired", ty: COUNT, doc: "Wanted nodes." },
        FieldSpec { name: "max", ty: COUNT, doc: "Most nodes." },
        FieldSpec {
            name: "in_service",
            ty: COUNT,
            doc: "Nodes in service by the metric GroupInServiceInstances; null where CloudWatch gives no count of the last five minutes.",
        },
        FieldSpec { name: "reason", ty: ParamType::String, doc: "Why the nodes in service are not known; null when they are." },
        FieldSpec { name: "issues", ty: COUNT, doc: "How many health issues." },
        FieldSpec { name: "issue_text", ty: ParamType::String, doc: "The health issues; empty when there are none." },
    ],
    permissions: &[eks::DESCRIBE, cloudwatch::STATISTICS, eks::LIST, eks::LIST_CLUSTERS],
    needs_target: true,
    requests: Requests::Read,
    rpo_field: None,
    pace: Some(Pace {
        service: "EKS",
        least: 1.0,
        requests: 2.0,
        per_second: None,
        why: "its limits are shared by everything that works in the account",
    }),
    healthy: Some("status == 'ACTIVE' and issues == 0"),
    example: "{cluster: core-dr, nodegroup: general}",
    expect: "status == \"ACTIVE\" and in_service >= desired and issues == 0",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct EksNodegroup;

#[async_trait]
impl Probe for EksNodegroup {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    async fn sample(&self, cx: &Cx, with: &Value) -> Result<Sample, Failure> {
        let with = With::new(SPEC.name, with);
        let (cluster, nodegroup) = (with.text("cluster")?, with.text("nodegroup")?);
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let group = eks::group(&aws, &cluster, &nodegroup).await?;
        // The rest of the sample is worth having whatever becomes of the count.
        let (in_service, reason) = match eks::in_service(&aws, &group.groups).await {
            Ok(Some(count)) => (Some(count.now), None),
            Ok(None) => {
                (None, Some("CloudWatch has no GroupInServiceInstances of its Auto Scaling groups of the last five minutes".to_owned()))
            }
            Err(failure) => (None, Some(format!("CloudWatch cannot be asked: {failure}"))),
        };
        let nodes = in_service.map_or_else(|| "?".to_owned(), |count| count.to_string());
        let issues = match group.issues.as_slice() {
            [] => String::new(),
            [one] => format!(", {one}"),
            several => format!(", {} issues", several.len()),
        };
        Ok(Sample {
            shown: format!("{}, {nodes} of {} nodes{issues}", group.status, group.desired),
            #[expect(clippy::cast_precision_loss, reason = "a count of nodes is far below 2^52")]
            number: in_service.map(|count| count as f64),
            fields: json!({
                "status": group.status,
                "min": group.min,
                "desired": group.desired,
                "max": group.max,
                "in_service": in_service,
                "reason": reason,
                "issues": group.issues.len(),
                "issue_text": group.issues.join("; "),
            }),
        })
    }
}
