//! A managed node group as EKS describes it, and its nodes in service as its Auto Scaling groups report them.

use std::time::Duration;

use aws_sdk_eks::types::Nodegroup;
use serde::{Deserialize, Serialize};

use super::cloudwatch::{self, Metric};
use super::eks_health::{self, Weight};
use crate::action::aws::{Aws, near};
use crate::plan::{Failure, FailureKind};
use crate::runbook::spec::Permission;

/// A node group; the last part is an id that nobody writes into a runbook.
pub const GROUP_ARN: &str = "arn:{partition}:eks:{region}:{account}:nodegroup/{cluster}/{nodegroup}/*";

/// A cluster.
pub const CLUSTER_ARN: &str = "arn:{partition}:eks:{region}:{account}:cluster/{cluster}";

/// To read a node group.
pub const DESCRIBE: Permission = Permission::on("eks:DescribeNodegroup", &[GROUP_ARN]);

/// To name the node groups that there are when the one that is wanted is not.
pub const LIST: Permission = Permission::on("eks:ListNodegroups", &[CLUSTER_ARN]).to_explain();

/// To name the clusters that there are when the one that is wanted is not. It has no resource types.
pub const LIST_CLUSTERS: Permission = Permission::on_anything("eks:ListClusters").to_explain();

/// What lifeboat reads of a node group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The cluster.
    pub cluster: String,
    /// The node group.
    pub nodegroup: String,
    /// `ACTIVE`, `UPDATING`, `DEGRADED` …
    pub status: String,
    /// Least number of nodes.
    pub min: i64,
    /// Wanted number of nodes.
    pub desired: i64,
    /// Greatest number of nodes.
    pub max: i64,
    /// `AsgInstanceLaunchFailures: could not launch …`, one entry an issue.
    pub issues: Vec<String>,
    /// The Auto Scaling groups behind it.
    pub groups: Vec<String>,
}

/// Reads a node group.
///
/// # Errors
/// Cluster or node group is not there (with names that are close), or EKS does not answer or refuses.
pub async fn group(aws: &Aws, cluster: &str, nodegroup: &str) -> Result<Group, Failure> {
    let resource = format!("{cluster}/{nodegroup}");
    let call = aws.read("eks:DescribeNodegroup", &resource);
    let client = aws_sdk_eks::Client::new(&aws.config);
    match client.describe_nodegroup().cluster_name(cluster).nodegroup_name(nodegroup).send().await {
        Ok(answer) => answer
            .nodegroup()
            .map(|found| read(found, cluster, nodegroup))
            .ok_or_else(|| call.wrong(FailureKind::NotFound, format!("no node group {resource}"), "check the names and the region")),
        Err(error) => {
            let failure = call.failure(&error);
            if failure.kind != FailureKind::NotFound {
                return Err(failure);
            }
            Err(Failure { message: missing(&client, cluster, nodegroup).await, ..failure })
        }
    }
}

/// Whether it is the cluster or the node group that is not there, and what is there instead.
async fn missing(client: &aws_sdk_eks::Client, cluster: &str, nodegroup: &str) -> String {
    if let Ok(groups) = client.list_nodegroups().cluster_name(cluster).send().await {
        let names = groups.nodegroups().join(", ");
        let names = if names.is_empty() { "none".to_owned() } else { names };
        return format!("cluster {cluster} has no node group {nodegroup}; it has {names}");
    }
    let clusters = client.list_clusters().send().await.map(|answer| answer.clusters.unwrap_or_default()).unwrap_or_default();
    format!("no cluster {cluster}{}", near(cluster, clusters))
}

fn read(found: &Nodegroup, cluster: &str, nodegroup: &str) -> Group {
    let sizes = found.scaling_config();
    let size = |of: fn(&aws_sdk_eks::types::NodegroupScalingConfig) -> Option<i32>| sizes.and_then(of).map_or(0, i64::from);
    let issues = found.health().map(aws_sdk_eks::types::NodegroupHealth::issues).unwrap_or_default();
    let groups = found.resources().map(aws_sdk_eks::types::NodegroupResources::auto_scaling_groups).unwrap_or_default();
    Group {
        cluster: cluster.to_owned(),
        nodegroup: nodegroup.to_owned(),
        status: found.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        min: size(|sizes| sizes.min_size()),
        desired: size(|sizes| sizes.desired_size()),
        max: size(|sizes| sizes.max_size()),
        issues: issues
            .iter()
            .map(|issue| {
                let code = issue.code().map_or("unknown issue", aws_sdk_eks::types::NodegroupIssueCode::as_str);
                format!("{code}: {}", issue.message().unwrap_or("no text"))
            })
            .collect(),
        groups: groups.iter().filter_map(|group| group.name().map(str::to_owned)).collect(),
    }
}

impl Group {
    /// The issues of this weight.
    pub fn issues_that(&self, weight: Weight) -> impl Iterator<Item = &str> {
        self.issues.iter().map(String::as_str).filter(move |issue| eks_health::weight(issue) == weight)
    }
}

/// How old a count may be: Auto Scaling writes one a minute.
pub const COUNT_FRESH: Duration = Duration::from_secs(300);

/// How many nodes are in service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// By the newest datapoint.
    pub now: i64,
    /// By the oldest of the last five minutes.
    pub before: i64,
}

/// How many nodes are in service, from the metric `GroupInServiceInstances` of the Auto Scaling groups; `None` when one of
/// them has no fresh datapoint (the metric is not collected, or not yet).
///
/// # Errors
/// CloudWatch does not answer soon, or refuses.
pub async fn in_service(aws: &Aws, groups: &[String]) -> Result<Option<Count>, Failure> {
    if groups.is_empty() {
        return Ok(None);
    }
    let (mut now, mut before) = (0.0, 0.0);
    for group in groups {
        let dimensions = [("AutoScalingGroupName".to_owned(), group.clone())];
        let metric = Metric {
            namespace: "AWS/AutoScaling",
            name: "GroupInServiceInstances",
            dimensions: &dimensions,
            stat: "Average",
            period: 60,
            window: COUNT_FRESH,
        };
        match cloudwatch::latest_soon(aws, &metric).await? {
            Some(latest) => (now, before) = (now + latest.value, before + latest.first),
            None => return Ok(None),
        }
    }
    #[expect(clippy::cast_possible_truncation, reason = "a count of machines; rounding down is the careful side")]
    Ok(Some(Count { now: now.floor() as i64, before: before.floor() as i64 }))
}
