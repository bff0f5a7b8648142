//! `rds.promote_replica`: a read replica becomes an instance of its own.
//!
//! `PromoteReadReplica` takes no idempotency token, so the call is made once and never repeated on doubt. It is done when the
//! source pointer is gone *and* the instance is usable: `available` alone can be the state before the promotion began.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::aws::{Aws, patiently};
use super::port::{Action, Cx, Judged, Poll, Progress, Receipt};
use super::reads::rds::{self, Instance};
use super::reads::rds_name::{self, Name, short};
use super::reads::rds_status::{Standing, meaning};
use super::with::With;
use crate::plan::{Change, Failure, FailureKind, FieldChange, Happened, NO_CALL};
use crate::runbook::spec::{ActionSpec, ErrorSpec, FieldSpec, Objection, ParamSpec, ParamType, Permission, Reversibility, Rule};

mod window;

const PROMOTE: Permission = Permission::on("rds:PromoteReadReplica", &["arn:{partition}:rds:{region}:{account}:db:{instance|db_id}"]);

static SPEC: ActionSpec = ActionSpec {
    name: "rds.promote_replica",
    summary: "Promotes an RDS read replica to an instance of its own (not for Aurora)",
    details: "Not for Aurora. The instance restarts on the way, and writes that were not replayed are lost: replication cannot be \
              resumed.\n\n\
              Give `source`: a replica of anything else is not promoted. RDS keeps no trace of a promotion, so an instance that is \
              no replica is not taken for promoted, unless this run has seen it as the replica: look by hand, then take the step \
              over or correct the name.\n\n\
              It is done when the source pointer is gone **and** the instance is usable: `available`, or a status in which it takes \
              reads and writes as well (`backing-up`, `storage-optimization`, `configuring-…`), which `note` then names. It takes \
              several minutes, or longer. RDS promotes no replica that is `backing-up` or being changed: such a status ends by \
              itself and is waited for, within the step's `timeout`, before the call is made. A status that does not end by itself \
              is said before anything is asked.\n\n\
              PromoteReadReplica has no idempotency token, so it is never sent twice: after a lost answer the step is in doubt, and \
              is judged by the source pointer and by the instance's resource id.",
    errors: &[
        ErrorSpec {
            name: "DBInstanceNotFound",
            doc: "There is no such instance in the target's account and region; names that are close to it are shown.",
        },
        ErrorSpec {
            name: "InvalidDBInstanceState",
            doc: "RDS does not promote it in its status. The failure says which that is, whether it ends by itself, and what to do.",
        },
        ErrorSpec {
            name: "not a replica",
            doc: "The instance has no source pointer: it is the source itself, or was promoted before, or never was a replica. If it is \
                  the promoted one, take the step over; if not, correct the name or the region.",
        },
        ErrorSpec {
            name: "another source",
            doc: "It is a replica of another instance than `source`: promoting it would promote other data than was meant.",
        },
        ErrorSpec { name: "member of a cluster", doc: "An Aurora cluster is promoted or failed over as a whole, not by its instances." },
        ErrorSpec {
            name: "a status that stays",
            doc: "`storage-full`, `inaccessible-encryption-credentials`, `incompatible-…`, `failed` and the like stand against a promotion \
                  and do not end by themselves: the failure says what to do about each.",
        },
        ErrorSpec {
            name: "replicas of its own",
            doc: "RDS refuses to switch backups off (`backup_retention_days: 0`) while the instance has read replicas of its own.",
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
            doc: "The replica's identifier or ARN, in the target's region and account.",
        },
        ParamSpec {
            name: "source",
            ty: ParamType::String,
            required: false,
            default: "",
            doc: "The instance it must be a replica of: an identifier, or an ARN, which says its region and account too.",
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
            doc: "Daily backup window in UTC, `hh24:mi-hh24:mi`, of at least 30 minutes.",
        },
    ],
    rule: Some(Rule(objection)),
    outputs: &[
        FieldSpec { name: "instance", ty: ParamType::String, doc: "Its identifier." },
        FieldSpec { name: "arn", ty: ParamType::String, doc: "Its ARN." },
        FieldSpec { name: "endpoint", ty: ParamType::String, doc: "The host name to write to." },
        FieldSpec { name: "port", ty: ParamType::Integer { min: 0, max: 65_535 }, doc: "The port." },
        FieldSpec { name: "status", ty: ParamType::String, doc: "`available`, or another in which it takes reads and writes." },
        FieldSpec { name: "note", ty: ParamType::String, doc: "What its status means, where that is not `available`; null otherwise." },
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
        let with = With::new(SPEC.name, with);
        with.keep(Rule(objection))?;
        let name = Name::read(&with, "instance", cx.target.as_ref())?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let found = patiently(aws.clock.as_ref(), || rds::instance(&aws, &name.id)).await?;
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
            "replicas": found.replicas,
            "maintenance_window": found.maintenance_window,
            // Whether replication runs; the lag is the probes' business, and would make every look differ.
            "not_replicating": found.not_replicating,
            "note": note(&found.status),
        }))
    }

    fn change(&self, cx: &Cx, with: &Value, seen: &Value) -> Result<Change, Failure> {
        let with = With::new(SPEC.name, with);
        let name = Name::read(&with, "instance", cx.target.as_ref())?;
        let about = About { id: seen["instance"].as_str().unwrap_or(&name.id), cx, seen };
        let source_wanted = with.text_opt("source")?;
        let wanted = source_wanted.as_deref().map(Name::parse).transpose().map_err(|wrong| with.wrong(format!("`source`: {wrong}")))?;
        let (id, status) = (about.id, about.text("status"));
        if let Some(cluster) = seen["cluster"].as_str() {
            return Err(about.wrong(
                format!("{id} is a member of the cluster {cluster}"),
                "a cluster is promoted or failed over as a whole, not by its instances",
            ));
        }
        let Some(source) = seen["source"].as_str() else { return about.no_replica(wanted.as_ref()) };
        if let Some(wanted) = source_wanted.as_deref().filter(|_| !about.is_of(source, wanted.as_ref())) {
            return Err(about.wrong(
                format!("{id} is a replica of {source}, not of {wanted}"),
                "check the runbook's `source` and `instance`: this would promote other data than was meant",
            ));
        }
        let mut change = about.nothing();
        change.reversible = false;
        change.fields.push(field("role", &format!("replica of {}", short(source)), "instance of its own"));
        let days = seen["backup_retention_days"].as_i64().unwrap_or_default();
        let after = with.integer_opt("backup_retention_days", 0..=35)?.unwrap_or(1);
        if days != after {
            change.fields.push(field("backup retention", &format!("{days} days"), &format!("{after} days")));
        }
        let replicas = about.replicas();
        if after == 0 && !replicas.is_empty() {
            return Err(about.wrong(
                format!("RDS refuses to switch backups off (backup_retention_days: 0) while {id} has read replicas of its own: {replicas}"),
                "leave `backup_retention_days` out, or give it a day or more",
            ));
        }
        if let Some(window) = with.text_opt("backup_window")? {
            let maintenance = about.text("maintenance_window");
            if window::conflict(&window, maintenance) {
                return Err(about.wrong(
                    format!("RDS refuses the backup window {window} of {id}: its maintenance window is {maintenance}"),
                    "give `backup_window` another time, or leave it out",
                ));
            }
            change.fields.push(field("backup window", "as it is", &window));
        }
        change.data_loss =
            Some(format!("writes that {} has taken and {id} has not yet replayed are lost; replication cannot be resumed", short(source)));
        change.notes.push("the instance restarts on the way: connections to it break".into());
        match meaning(status).change {
            Standing::Free if status == "available" => {}
            Standing::Free => change.notes.push(format!("its status is {status}: it takes reads and writes")),
            Standing::Passes => change.waits_for = Some(format!("the status {status} of {id}")),
            Standing::Stays(what) => {
                let failure = about.wrong(format!("{id} is {status}: RDS does not promote it so, and it does not end by itself"), what);
                return Err(Failure { kind: FailureKind::Unhealthy, ..failure });
            }
            Standing::Unknown => change.notes.push(format!("its status is {status}, which lifeboat does not know: RDS may refuse")),
        }
        if let Some(stopped) = seen["not_replicating"].as_str() {
            change.notes.push(format!("replication is not running ({stopped}): the lag may say too little"));
        }
        if !replicas.is_empty() {
            change.notes.push(format!("it has read replicas of its own, which stay its replicas: {replicas}"));
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
        let id = Name::read(&with, "instance", cx.target.as_ref())?.id;
        let days = with.integer_opt("backup_retention_days", 0..=35)?.and_then(|days| i32::try_from(days).ok());
        let window = with.text_opt("backup_window")?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let client = aws_sdk_rds::Client::new(&aws.config);
        let call = aws.write("rds:PromoteReadReplica", &id);
        let once = aws_sdk_rds::config::Builder::new().retry_config(aws_sdk_rds::config::retry::RetryConfig::disabled());
        let request = client.promote_read_replica().db_instance_identifier(&id).set_backup_retention_period(days);
        let request = request.set_preferred_backup_window(window).customize().config_override(once);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let mut failure = call.failure(&error);
                if failure.kind == FailureKind::Conflict {
                    // The code is the same whatever stands against it: what it is now decides what helps.
                    let now = rds::instance(&aws, &id)
                        .await
                        .map_or_else(|_| seen["status"].as_str().unwrap_or_default().into(), |now| now.status);
                    failure.hint = refused(&id, &now);
                }
                return Err(failure);
            }
        };
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
        let status = meaning(&found.status);
        if let Standing::Stays(what) = status.change {
            return Err(wrong(format!("{} is {} while being promoted, which does not end by itself", found.instance, found.status), what));
        }
        let waiting_for = match (&found.source, found.status.as_str()) {
            (None, _) if status.usable => {
                return Ok(Poll::Settled(json!({
                    "instance": found.instance,
                    "arn": found.arn,
                    "endpoint": found.endpoint,
                    "port": found.port,
                    "status": found.status,
                    "note": note(&found.status),
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
            (Some(_), Some(_)) if status(now) == "available" => {
                Judged::DidNotHappen(format!("{id} is available and still a replica; a second promotion would be refused if one had begun"))
            }
            (Some(_), Some(_)) => Judged::NotYet(format!("{id} is still a replica, and its status is {}", status(now))),
            (None, _) => Judged::Happened(format!("{id} was no replica before, so no call was made")),
        }
    }
}

/// What was seen of an instance, to be judged.
struct About<'a> {
    id: &'a str,
    cx: &'a Cx,
    seen: &'a Value,
}

impl About<'_> {
    fn text(&self, key: &str) -> &str {
        self.seen[key].as_str().unwrap_or_default()
    }

    fn replicas(&self) -> String {
        let all = self.seen["replicas"].as_array().into_iter().flatten().filter_map(Value::as_str);
        all.map(short).collect::<Vec<_>>().join(", ")
    }

    fn wrong(&self, message: String, hint: &str) -> Failure {
        let change = self.nothing();
        Failure {
            operation: change.operation,
            region: change.region,
            resource: change.resource,
            ..Failure::new(FailureKind::Invalid, message, hint)
        }
    }

    fn nothing(&self) -> Change {
        Change {
            resource: self.id.to_owned(),
            region: self.cx.target.as_ref().map(|target| target.region.clone()).unwrap_or_default(),
            ..Change::of_nothing("rds:PromoteReadReplica")
        }
    }

    /// Whether a source, as RDS gives it, is the one that is wanted; any will do where none is.
    fn is_of(&self, source: &str, wanted: Option<&Name>) -> bool {
        // RDS gives a source of the same region by its identifier alone.
        wanted.is_none_or(|wanted| Name::parse(source).is_ok_and(|source| source.beside(self.text("arn")).is(wanted)))
    }

    /// It has no source pointer. RDS keeps no trace of a promotion: only who has seen it as the replica before can tell that it was one.
    fn no_replica(&self, wanted: Option<&Name>) -> Result<Change, Failure> {
        let (id, status) = (self.id, self.text("status"));
        let first = self.cx.first.as_ref().filter(|first| first["resource_id"] == self.seen["resource_id"]);
        let was = first.and_then(|first| first["source"].as_str()).filter(|source| self.is_of(source, wanted));
        let Some(was) = was else {
            let itself = wanted.zip(Name::parse(self.text("arn")).ok()).is_some_and(|(wanted, own)| wanted.has_place() && own.is(wanted));
            let replicas = self.replicas();
            let elsewhere = "check the instance's name and the region of the target: the replica is another instance";
            let take_over = "RDS keeps no trace of a promotion. Look by hand: if it has been promoted before, take the step over, and its \
                             proofs are taken; if not, check its name and the region of the target";
            return Err(if itself {
                self.wrong(format!("{id} is no read replica: it is itself the `source` that the step names"), elsewhere)
            } else if !replicas.is_empty() {
                self.wrong(
                    format!("{id} is no read replica, and has read replicas of its own ({replicas}): it may be the source"),
                    take_over,
                )
            } else {
                self.wrong(format!("{id} is no read replica, and nothing shows that it ever was one"), take_over)
            });
        };
        let mut change = self.nothing();
        change
            .notes
            .push(format!("it was a replica of {} when this run saw it first, and is none any more: it has been promoted", short(was)));
        change.already = meaning(status).usable;
        if change.already {
            change.notes.extend(note(status));
        } else {
            change.fields.push(field("status", status, "available"));
            change.notes.push("no call will be made: a promotion seems to be on its way".into());
        }
        Ok(change)
    }
}

/// What RDS refuses, whatever the instance is.
fn objection(with: &Value) -> Option<Objection> {
    let window = || {
        let message = window::objection(with["backup_window"].as_str()?)?;
        Some(Objection { key: "backup_window", message, help: "write it like 03:00-03:30".into() })
    };
    rds_name::objection(with, &["instance", "source"]).or_else(window)
}

/// What to do when RDS does not promote it, by its status.
fn refused(id: &str, status: &str) -> String {
    match meaning(status).change {
        Standing::Stays(what) => format!("{id} is {status}, which does not end by itself: {what}"),
        Standing::Passes => format!("{id} is {status}, which ends by itself: try again, and the call waits for it"),
        Standing::Free | Standing::Unknown => format!("{id} is {status}: see its events in the RDS console for what stands against it"),
    }
}

/// What is to be known of a status in which an instance is usable.
fn note(status: &str) -> Option<String> {
    (status != "available" && meaning(status).usable).then(|| format!("its status is {status}: it takes reads and writes"))
}

fn field(name: &str, before: &str, after: &str) -> FieldChange {
    FieldChange { name: name.into(), before: before.into(), after: after.into() }
}

#[cfg(test)]
mod tests;
