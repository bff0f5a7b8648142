//! `rds.promote_replica`: a read replica becomes an instance of its own.
//!
//! `PromoteReadReplica` takes no idempotency token, so the call is made once and never repeated on doubt. It is done when the
//! source pointer is gone *and* the instance is `available`: `available` alone can be the state before the promotion began.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::aws::{Aws, patiently};
use super::port::{Action, Cx, Judged, Poll, Progress, Receipt};
use super::reads::rds::{self, Instance};
use super::with::With;
use crate::plan::{Change, Failure, FailureKind, FieldChange, Happened, NO_CALL};
use crate::runbook::spec::{ActionSpec, ErrorSpec, FieldSpec, ParamSpec, ParamType, Permission, Reversibility};

const PROMOTE: Permission = Permission::on("rds:PromoteReadReplica", &["arn:{partition}:rds:{region}:{account}:db:{instance|lower}"]);

static SPEC: ActionSpec = ActionSpec {
    name: "rds.promote_replica",
    summary: "Promotes an RDS read replica to an instance of its own (not for Aurora)",
    details: "Not for Aurora. The instance restarts on the way, and writes that were not replayed are lost: replication cannot be \
              resumed.\n\n\
              Give `source`. RDS keeps no trace of a promotion: with `source`, an instance that is no replica any more counts as \
              promoted before, with a note that it may never have been a replica; without `source` that is an error.\n\n\
              It is done when the source pointer is gone **and** the status is `available`: before the promotion begins the status \
              is `available` too. It takes several minutes, or longer.\n\n\
              PromoteReadReplica has no idempotency token, so it is never sent twice: after a lost answer the step is in doubt, and \
              is judged by the source pointer and by the instance's resource id.",
    errors: &[
        ErrorSpec {
            name: "DBInstanceNotFound",
            doc: "There is no such instance in the target's account and region; names that are close to it are shown.",
        },
        ErrorSpec {
            name: "InvalidDBInstanceState",
            doc: "RDS promotes only a replica that is `available`: a backup under way ends by itself, a promotion under way shows as \
                  `modifying`. Then try again.",
        },
        ErrorSpec {
            name: "not a replica",
            doc: "The instance has no source pointer, and the step names no `source`: correct the name, or give the former source.",
        },
        ErrorSpec {
            name: "another source",
            doc: "It is a replica of another instance than `source`: promoting it would promote other data than was meant.",
        },
        ErrorSpec { name: "member of a cluster", doc: "An Aurora cluster is promoted or failed over as a whole, not by its instances." },
        ErrorSpec {
            name: "broken on the way",
            doc: "The status has become one that a promotion does not get out of (`failed`, `storage-full`, `incompatible-…`): see \
                  the instance's events in the RDS console.",
        },
        ErrorSpec {
            name: "another instance",
            doc: "Its resource id has changed: somebody has deleted or renamed the one that was promoted.",
        },
    ],
    params: &[
        ParamSpec {
            name: "instance",
            ty: ParamType::String,
            required: true,
            default: "",
            doc: "The replica's identifier, in the target's region.",
        },
        ParamSpec {
            name: "source",
            ty: ParamType::String,
            required: false,
            default: "",
            doc: "The instance it must be a replica of. With it, an instance that is no replica any more counts as promoted before; \
                  without it, that is an error.",
        },
        ParamSpec {
            name: "backup_retention_days",
            ty: ParamType::Integer { min: 0, max: 35 },
            required: false,
            default: "1, as the service has it",
            doc: "Days that automated backups are kept afterwards.",
        },
        ParamSpec {
            name: "backup_window",
            ty: ParamType::String,
            required: false,
            default: "",
            doc: "Daily backup window in UTC, `hh24:mi-hh24:mi`.",
        },
    ],
    outputs: &[
        FieldSpec { name: "instance", ty: ParamType::String, doc: "Its identifier." },
        FieldSpec { name: "arn", ty: ParamType::String, doc: "Its ARN." },
        FieldSpec { name: "endpoint", ty: ParamType::String, doc: "The host name to write to." },
        FieldSpec { name: "port", ty: ParamType::Integer { min: 0, max: 65_535 }, doc: "The port." },
        FieldSpec { name: "status", ty: ParamType::String, doc: "`available`." },
    ],
    reversibility: Reversibility::Irreversible,
    subject: Some("instance"),
    permissions: &[rds::DESCRIBE, PROMOTE, rds::DESCRIBE_OTHERS],
    needs_target: true,
    lasts: None,
    usual_seconds: 480,
    example: "{instance: orders-replica, source: orders-primary, backup_retention_days: 7}",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct PromoteReplica;

impl PromoteReplica {
    async fn look(&self, cx: &Cx, with: &Value) -> Result<(Aws, Instance), Failure> {
        let id = With::new(SPEC.name, with).text("instance")?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let found = patiently(aws.clock.as_ref(), || rds::instance(&aws, &id)).await?;
        Ok((aws, found))
    }
}

#[async_trait]
impl Action for PromoteReplica {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn observe(&self, cx: &Cx, with: &Value) -> Result<Value, Failure> {
        let (_, found) = self.look(cx, with).await?;
        Ok(json!({
            "instance": found.instance,
            "arn": found.arn,
            "resource_id": found.resource_id,
            "status": found.status,
            "source": found.source,
            "cluster": found.cluster,
            "engine": found.engine,
            "endpoint": found.endpoint,
            "port": found.port,
            "backup_retention_days": found.backup_retention_days,
            // A replication that is broken for good; lag and passing states are the probes' business, and would make every look differ.
            "broken": found.replication.filter(|status| status.starts_with("error") || status.starts_with("terminated")),
        }))
    }

    fn change(&self, cx: &Cx, with: &Value, seen: &Value) -> Result<Change, Failure> {
        let with = With::new(SPEC.name, with);
        let id = with.text("instance")?;
        let wanted_source = with.text_opt("source")?;
        let text = |key: &str| seen[key].as_str().unwrap_or_default();
        let region = cx.target.as_ref().map(|target| target.region.clone()).unwrap_or_default();
        let status = text("status");
        let wrong = |message: String, hint: &str| Failure {
            operation: "rds:PromoteReadReplica".into(),
            region: region.clone(),
            resource: id.clone(),
            ..Failure::new(FailureKind::Invalid, message, hint)
        };
        if let Some(cluster) = seen["cluster"].as_str() {
            return Err(wrong(
                format!("{id} is a member of the cluster {cluster}"),
                "a cluster is promoted or failed over as a whole, not by its instances",
            ));
        }
        let mut change = Change {
            operation: "rds:PromoteReadReplica".into(),
            resource: id.clone(),
            region: region.clone(),
            fields: Vec::new(),
            reversible: false,
            data_loss: None,
            already: false,
            notes: Vec::new(),
            takes_away: None,
            waits_for: None,
        };
        let Some(source) = seen["source"].as_str() else {
            // Nothing that RDS tells distinguishes a promoted replica from an instance that never was one.
            let Some(wanted) = wanted_source else {
                return Err(wrong(
                    format!("{id} is not a read replica"),
                    "if it has been promoted before, give its former `source` in the step, or take the step over by hand; if not, check \
                     the instance's name and the region",
                ));
            };
            change.notes.push(format!("no longer a replica of {wanted}: it has been promoted before, or never was one"));
            change.already = status == "available";
            if !change.already {
                change.fields.push(field("status", status, "available"));
                change.notes.push("no call will be made: a promotion seems to be on its way".into());
            }
            return Ok(change);
        };
        if let Some(wanted) = wanted_source.filter(|wanted| !same_instance(wanted, source)) {
            return Err(wrong(
                format!("{id} is a replica of {source}, not of {wanted}"),
                "check the runbook's `source` and `instance`: this would promote other data than was meant",
            ));
        }
        change.fields.push(field("role", &format!("replica of {}", short(source)), "instance of its own"));
        let days = seen["backup_retention_days"].as_i64().unwrap_or_default();
        let after = with.integer_opt("backup_retention_days", 0..=35)?.unwrap_or(1);
        if days != after {
            change.fields.push(field("backup retention", &format!("{days} days"), &format!("{after} days")));
        }
        if let Some(window) = with.text_opt("backup_window")? {
            change.fields.push(field("backup window", "as it is", &window));
        }
        change.data_loss =
            Some(format!("writes that {} has taken and {id} has not yet replayed are lost; replication cannot be resumed", short(source)));
        change.notes.push("the instance restarts on the way: connections to it break".into());
        if status != "available" {
            change.notes.push(format!("its status is {status}: RDS may refuse until it is available"));
        }
        if let Some(broken) = seen["broken"].as_str() {
            change.notes.push(format!("replication is broken ({broken}): the data may be older than the lag says"));
        }
        Ok(change)
    }

    async fn apply(&self, cx: &Cx, with: &Value, seen: &Value, _token: &str) -> Result<Receipt, Failure> {
        let resource_id = seen["resource_id"].clone();
        if seen["source"].is_null() {
            let data = json!({"resource_id": resource_id, NO_CALL: true});
            return Ok(Receipt { data, summary: "no call: it is no replica any more".into() });
        }
        let with = With::new(SPEC.name, with);
        let id = with.text("instance")?;
        let days = with.integer_opt("backup_retention_days", 0..=35)?.and_then(|days| i32::try_from(days).ok());
        let window = with.text_opt("backup_window")?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let client = aws_sdk_rds::Client::new(&aws.config);
        let call = aws.write("rds:PromoteReadReplica", &id);
        let once = aws_sdk_rds::config::Builder::new().retry_config(aws_sdk_rds::config::retry::RetryConfig::disabled());
        let request = client.promote_read_replica().db_instance_identifier(&id).set_backup_retention_period(days);
        let request = request.set_preferred_backup_window(window).customize().config_override(once);
        let answer = request.send().await.map_err(|error| {
            let mut failure = call.failure(&error);
            if failure.kind == FailureKind::Conflict {
                failure.hint = format!(
                    "RDS promotes only a replica that is available: look at the status of {id} (a backup under way ends by itself, a \
                     promotion under way shows as modifying), then try again"
                );
            }
            failure
        })?;
        let request_id = aws_types::request_id::RequestId::request_id(&answer).unwrap_or_default().to_owned();
        Ok(Receipt {
            summary: format!("PromoteReadReplica accepted (request {request_id})"),
            data: json!({"resource_id": resource_id, "request_id": request_id}),
        })
    }

    fn seen_within(&self) -> Duration {
        // A replica goes on being `available` for a while after the promotion was accepted, until its restart begins.
        Duration::from_secs(60)
    }

    async fn poll(&self, cx: &Cx, with: &Value, receipt: &Value) -> Result<Poll, Failure> {
        let (aws, found) = self.look(cx, with).await.map_err(|failure| failure.effect(Happened::Yes))?;
        let wrong = |message: String, hint: &str| {
            aws.read("rds:DescribeDBInstances", &found.instance).wrong(FailureKind::Unhealthy, message, hint).effect(Happened::Yes)
        };
        if let Some(expected) = receipt["resource_id"].as_str().filter(|id| !id.is_empty() && *id != found.resource_id) {
            return Err(wrong(
                format!("{} is another instance now: its resource id was {expected} and is {}", found.instance, found.resource_id),
                "somebody has deleted or renamed the one that was promoted: find it by its resource id",
            ));
        }
        if is_broken(&found.status) {
            return Err(wrong(
                format!("{} is {} while being promoted", found.instance, found.status),
                "see the instance's events in the RDS console; AWS support may be needed",
            ));
        }
        let waiting_for = match (&found.source, found.status.as_str()) {
            (None, "available") => {
                return Ok(Poll::Settled(json!({
                    "instance": found.instance,
                    "arn": found.arn,
                    "endpoint": found.endpoint,
                    "port": found.port,
                    "status": found.status,
                })));
            }
            (None, status) => format!("the end of the promotion: status {status}"),
            (Some(source), status) => format!("the end of the promotion: still a replica of {}, status {status}", short(source)),
        };
        Ok(Poll::Pending(Progress { waiting_for, counted: None }))
    }

    fn judge(&self, _cx: &Cx, _with: &Value, before: &Value, now: &Value) -> Judged {
        let id = now["instance"].as_str().unwrap_or("the instance");
        if before["resource_id"] != now["resource_id"] {
            return Judged::CannotTell(format!("{id} is another instance than before: its resource id has changed"));
        }
        let status = |seen: &Value| seen["status"].as_str().unwrap_or_default().to_owned();
        match (before["source"].as_str(), now["source"].as_str()) {
            (Some(source), None) => Judged::Happened(format!("{id} was a replica of {} and is none any more", short(source))),
            (Some(_), Some(_)) if status(before) == status(now) && status(now) == "available" => {
                Judged::DidNotHappen(format!("{id} is available and still a replica; a second promotion would be refused if one had begun"))
            }
            (Some(_), Some(_)) => Judged::NotYet(format!("{id} is still a replica, and its status is {}", status(now))),
            (None, _) => Judged::Happened(format!("{id} was no replica before, so no call was made")),
        }
    }
}

fn field(name: &str, before: &str, after: &str) -> FieldChange {
    FieldChange { name: name.into(), before: before.into(), after: after.into() }
}

/// Statuses that a promotion does not get out of by itself.
fn is_broken(status: &str) -> bool {
    matches!(status, "failed" | "deleting" | "restore-error" | "storage-full" | "stopped" | "inaccessible-encryption-credentials")
        || status.starts_with("incompatible-")
}

/// The identifier where RDS gives an ARN (it does so across regions): `arn:aws:rds:eu-west-1:123456789012:db:orders-primary`.
fn short(source: &str) -> &str {
    source.rsplit(':').next().unwrap_or(source)
}

/// Whether both name the same instance. Where one of them is an identifier only, the identifier decides.
fn same_instance(wanted: &str, source: &str) -> bool {
    if wanted.starts_with("arn:") && source.starts_with("arn:") { wanted == source } else { short(wanted) == short(source) }
}

#[cfg(test)]
mod tests;
