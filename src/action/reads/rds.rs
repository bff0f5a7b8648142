//! A database instance as RDS describes it.

use std::time::Duration;

use aws_sdk_rds::types::{DbInstance, DbInstanceStatusInfo, PendingModifiedValues};
use serde::Serialize;

use super::cloudwatch::{self, Latest, Metric};
use crate::action::aws::{Aws, near};
use crate::plan::{Failure, FailureKind};
use crate::runbook::spec::Permission;

/// To read an instance.
pub const DESCRIBE: Permission = Permission::on("rds:DescribeDBInstances", &["arn:{partition}:rds:{region}:{account}:db:{instance|db_id}"]);

/// To name the instances that there are when the one that is wanted is not.
pub const DESCRIBE_OTHERS: Permission =
    Permission::on("rds:DescribeDBInstances", &["arn:{partition}:rds:{region}:{account}:db:*"]).to_explain();

/// What lifeboat reads of a database instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instance {
    /// `orders-replica`.
    pub instance: String,
    /// Its ARN.
    pub arn: String,
    /// `DbiResourceId`: stays the same when the instance is renamed, differs when it is made anew.
    pub resource_id: String,
    /// `available`, `modifying`, `backing-up` …
    pub status: String,
    /// Whether it has a source pointer.
    pub is_replica: bool,
    /// The instance (or cluster) it replicates from: an identifier, or an ARN across regions.
    pub source: Option<String>,
    /// The Aurora or Multi-AZ cluster it belongs to.
    pub cluster: Option<String>,
    /// `postgres 16.4`.
    pub engine: String,
    /// `db.r6g.xlarge`.
    pub class: String,
    /// Whether it has a standby in another zone.
    pub multi_az: bool,
    /// Host name; absent while it is being created.
    pub endpoint: Option<String>,
    /// Port.
    pub port: Option<i32>,
    /// Days that automated backups are kept; 0 is off.
    pub backup_retention_days: i32,
    /// The read replicas of its own: identifiers, or ARNs across regions.
    pub replicas: Vec<String>,
    /// `mon:04:00-mon:04:30`, in UTC.
    pub maintenance_window: Option<String>,
    /// Status of the replication, all that RDS says of it: `replicating`, `replication degraded`, `error: …`.
    pub replication: Option<String>,
    /// Whether RDS calls all of the replication normal.
    pub replicating: Option<bool>,
    /// What keeps the replication from running, as RDS puts it, without what changes from look to look: `stopped`.
    pub not_replicating: Option<String>,
    /// Changes that wait for the maintenance window or a reboot.
    pub pending: Vec<String>,
}

/// Reads an instance.
///
/// # Errors
/// It is not there (with names that are close), or RDS does not answer or refuses.
pub async fn instance(aws: &Aws, id: &str) -> Result<Instance, Failure> {
    let client = aws_sdk_rds::Client::new(&aws.config);
    let call = aws.read("rds:DescribeDBInstances", id);
    let found = match client.describe_db_instances().db_instance_identifier(id).send().await {
        Ok(answer) => answer.db_instances().first().map(read),
        Err(error) => {
            let failure = call.failure(&error);
            if failure.kind != FailureKind::NotFound {
                return Err(failure);
            }
            let names =
                client.describe_db_instances().send().await.map(|answer| answer.db_instances.unwrap_or_default()).unwrap_or_default();
            let near = near(id, names.into_iter().filter_map(|one| one.db_instance_identifier));
            return Err(Failure { message: format!("no database instance {id}{near}"), ..failure });
        }
    };
    found.ok_or_else(|| {
        call.wrong(FailureKind::NotFound, format!("no database instance {id}"), format!("check the name and the region {}", call.region))
    })
}

fn read(found: &DbInstance) -> Instance {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let some = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
    let source =
        some(found.read_replica_source_db_instance_identifier()).or_else(|| some(found.read_replica_source_db_cluster_identifier()));
    let replication: Vec<_> = found.status_infos().iter().filter(|info| info.status_type() == Some("read replication")).collect();
    Instance {
        instance: text(found.db_instance_identifier()),
        arn: text(found.db_instance_arn()),
        resource_id: text(found.dbi_resource_id()),
        status: text(found.db_instance_status()),
        is_replica: source.is_some(),
        source,
        cluster: some(found.db_cluster_identifier()),
        engine: [found.engine(), found.engine_version()].into_iter().flatten().collect::<Vec<_>>().join(" "),
        class: text(found.db_instance_class()),
        multi_az: found.multi_az().unwrap_or_default(),
        endpoint: found.endpoint().and_then(|endpoint| some(endpoint.address())),
        port: found.endpoint().and_then(aws_sdk_rds::types::Endpoint::port),
        backup_retention_days: found.backup_retention_period().unwrap_or_default(),
        replicas: [found.read_replica_db_instance_identifiers(), found.read_replica_db_cluster_identifiers()].concat(),
        maintenance_window: some(found.preferred_maintenance_window()),
        replication: joined(replication.iter().map(|info| said(info, |_| true))),
        replicating: replication.iter().filter_map(|info| info.normal()).reduce(|all, normal| all && normal),
        // Messages of an engine count retries and name positions: with them, no two looks would be alike.
        not_replicating: joined(
            replication
                .iter()
                .filter(|info| !runs(info))
                .map(|info| said(info, |message| !message.contains(|letter: char| letter.is_ascii_digit()))),
        ),
        pending: found.pending_modified_values().map(pending).unwrap_or_default(),
    }
}

/// Whether RDS says that a replication runs (API reference, `DBInstanceStatusInfo`). One that runs up to a point set for it does not go on.
fn runs(info: &DbInstanceStatusInfo) -> bool {
    info.status() == Some("replicating") && info.normal() != Some(false)
}

/// The status with its message, where there is one to be told.
fn said(info: &DbInstanceStatusInfo, told: impl Fn(&str) -> bool) -> String {
    let status = info.status().unwrap_or("status unknown");
    match info.message().filter(|message| !message.is_empty() && told(message)) {
        Some(message) => format!("{status}: {message}"),
        None => status.to_owned(),
    }
}

fn joined(texts: impl Iterator<Item = String>) -> Option<String> {
    let texts: Vec<String> = texts.collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// The names of what is pending, with the new value where it is short.
fn pending(values: &PendingModifiedValues) -> Vec<String> {
    let texts = [
        ("class", values.db_instance_class().map(str::to_owned)),
        ("storage", values.allocated_storage().map(|gib| format!("{gib} GiB"))),
        ("port", values.port().map(|port| port.to_string())),
        ("backup retention", values.backup_retention_period().map(|days| format!("{days} days"))),
        ("multi-AZ", values.multi_az().map(|on| if on { "on" } else { "off" }.to_owned())),
        ("engine version", values.engine_version().map(str::to_owned)),
        ("iops", values.iops().map(|iops| iops.to_string())),
        ("identifier", values.db_instance_identifier().map(str::to_owned)),
        ("storage type", values.storage_type().map(str::to_owned)),
        ("CA certificate", values.ca_certificate_identifier().map(str::to_owned)),
        ("master password", values.master_user_password().map(|_| "changed".to_owned())),
    ];
    texts.into_iter().filter_map(|(name, value)| value.map(|value| format!("{name}: {value}"))).collect()
}

/// How often RDS publishes `ReplicaLag`, in seconds (RDS user guide, CloudWatch instance-level metrics).
pub const LAG_PERIOD: u32 = 60;

/// How old a lag datapoint may be and still say something about now: RDS writes one a minute, and CloudWatch stamps it with
/// the begin of its minute.
pub const LAG_FRESH: Duration = Duration::from_secs(180);

/// The newest `ReplicaLag` of the last ten minutes, in seconds; −1 means inactive or undetermined.
///
/// # Errors
/// CloudWatch does not answer, or refuses.
pub async fn replica_lag(aws: &Aws, id: &str) -> Result<Option<Latest>, Failure> {
    let dimensions = [("DBInstanceIdentifier".to_owned(), id.to_owned())];
    let metric = Metric {
        namespace: "AWS/RDS",
        name: "ReplicaLag",
        dimensions: &dimensions,
        // The worst of each minute: of a lag that grows, the one at the minute's end.
        stat: "Maximum",
        period: LAG_PERIOD,
        window: Duration::from_secs(600),
    };
    cloudwatch::latest_soon(aws, &metric).await
}
