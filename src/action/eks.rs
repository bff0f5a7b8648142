//! `eks.scale_nodegroup`: sets the sizes of a managed node group and waits for the nodes.
//!
//! `UpdateNodegroupConfig` takes an idempotency token, so a lost answer is asked for again. An update that is Successful does not
//! mean that nodes are there: the nodes in service are counted too, from the metric of the Auto Scaling groups behind it.

use async_trait::async_trait;
use aws_sdk_eks::types::{ErrorDetail, NodegroupScalingConfig, Update, UpdateStatus};
use serde_json::{Value, json};

use super::aws::{Aws, patiently};
use super::port::{Action, Cx, Judged, Poll, Progress, Receipt};
use super::reads::cloudwatch;
use super::reads::eks::{self, Group};
use super::with::With;
use crate::plan::{Change, Failure, FailureKind, FieldChange, Happened, NO_CALL};
use crate::runbook::spec::{ActionSpec, ErrorSpec, FieldSpec, ParamSpec, ParamType, Permission, Reversibility};

const SIZE: ParamType = ParamType::Integer { min: 0, max: MOST };
/// More nodes than a managed node group can have (450 by default, by quota).
const MOST: i64 = 1_000;

const UPDATE: Permission = Permission::on("eks:UpdateNodegroupConfig", &[eks::GROUP_ARN]);

/// IAM asks for the cluster always, and for the node group where the update is of one.
const DESCRIBE_UPDATE: Permission = Permission::on("eks:DescribeUpdate", &[eks::CLUSTER_ARN, eks::GROUP_ARN]);

static SPEC: ActionSpec = ActionSpec {
    name: "eks.scale_nodegroup",
    summary: "Sets the sizes of an EKS managed node group and waits until the nodes are in service",
    details: "All three sizes are always sent, since EKS checks them against each other. Raise `min` with `desired`: the Cluster \
              Autoscaler may take the nodes away again otherwise.\n\n\
              It is done when the update is Successful, the node group is `ACTIVE` and as many nodes as `desired` are in service: an \
              update that is Successful does not mean that nodes are there. They are counted by the metric `GroupInServiceInstances` \
              of the Auto Scaling groups behind it, which is a minute old at best. Where CloudWatch has no such metric, update and \
              status decide, and the output `note` says so.\n\n\
              Health issues that stop nodes from coming end the step with the issue's text; one from before the call has until the \
              end of the update to go away. The call carries an idempotency token, so a lost answer is asked for again.",
    errors: &[
        ErrorSpec {
            name: "ResourceNotFoundException",
            doc: "There is no such cluster or node group in the target's account and region; names that are close to it are shown.",
        },
        ErrorSpec {
            name: "ResourceInUseException",
            doc: "Another update of the node group is under way; EKS takes one at a time: wait for it, then try again.",
        },
        ErrorSpec {
            name: "InvalidParameterException",
            doc: "EKS refuses the sizes. They must be min ≤ desired ≤ max, which is seen before the call.",
        },
        ErrorSpec {
            name: "update Failed or Cancelled",
            doc: "EKS has given the update up and says why: put right what it names (quota, subnet addresses, launch template), then \
                  try again.",
        },
        ErrorSpec {
            name: "DEGRADED",
            doc: "A health issue stops nodes from coming: `AsgInstanceLaunchFailures`, `InstanceLimitExceeded`, \
                  `InsufficientFreeAddresses`, `NodeCreationFailure` … EKS goes on trying by itself.",
        },
    ],
    params: &[
        ParamSpec { name: "cluster", ty: ParamType::String, required: true, default: "", doc: "The cluster's name." },
        ParamSpec { name: "nodegroup", ty: ParamType::String, required: true, default: "", doc: "The node group's name." },
        ParamSpec {
            name: "min",
            ty: SIZE,
            required: true,
            default: "",
            doc: "Least nodes. Below it the Cluster Autoscaler cannot go: raise it with `desired`.",
        },
        ParamSpec { name: "desired", ty: SIZE, required: true, default: "", doc: "Wanted nodes." },
        ParamSpec { name: "max", ty: ParamType::Integer { min: 1, max: MOST }, required: true, default: "", doc: "Most nodes." },
    ],
    outputs: &[
        FieldSpec { name: "min", ty: SIZE, doc: "Least nodes." },
        FieldSpec { name: "desired", ty: SIZE, doc: "Wanted nodes." },
        FieldSpec { name: "max", ty: SIZE, doc: "Most nodes." },
        FieldSpec { name: "in_service", ty: SIZE, doc: "Nodes in service; null where CloudWatch has no count." },
        FieldSpec { name: "status", ty: ParamType::String, doc: "`ACTIVE`." },
        FieldSpec { name: "note", ty: ParamType::String, doc: "What was not checked; null when all was." },
    ],
    reversibility: Reversibility::Reversible,
    subject: Some("nodegroup"),
    permissions: &[eks::DESCRIBE, UPDATE, DESCRIBE_UPDATE, cloudwatch::STATISTICS, eks::LIST, eks::LIST_CLUSTERS],
    needs_target: true,
    lasts: None,
    usual_seconds: 300,
    example: "{cluster: core-dr, nodegroup: general, min: 12, desired: 12, max: 40}",
};

const NOT_COUNTED: &str = "nodes in service are not counted: CloudWatch has no GroupInServiceInstances of its Auto Scaling group";

/// See the file's text.
#[derive(Debug)]
pub(super) struct ScaleNodegroup;

#[derive(Debug, Clone)]
struct Wanted {
    cluster: String,
    nodegroup: String,
    min: i64,
    desired: i64,
    max: i64,
}

impl Wanted {
    fn read(with: &Value) -> Result<Self, Failure> {
        let with = With::new(SPEC.name, with);
        let wanted = Self {
            cluster: with.text("cluster")?,
            nodegroup: with.text("nodegroup")?,
            min: with.integer("min", 0..=MOST)?,
            desired: with.integer("desired", 0..=MOST)?,
            max: with.integer("max", 1..=MOST)?,
        };
        if wanted.min > wanted.desired || wanted.desired > wanted.max {
            let sizes = format!("min {}, desired {}, max {}", wanted.min, wanted.desired, wanted.max);
            return Err(with.wrong(format!("sizes must be min ≤ desired ≤ max, not {sizes}")));
        }
        Ok(wanted)
    }

    fn resource(&self) -> String {
        format!("{}/{}", self.cluster, self.nodegroup)
    }

    fn sizes_are(&self, group: &Value) -> bool {
        group["min"].as_i64() == Some(self.min)
            && group["desired"].as_i64() == Some(self.desired)
            && group["max"].as_i64() == Some(self.max)
    }
}

#[async_trait]
impl Action for ScaleNodegroup {
    fn spec(&self) -> &'static ActionSpec {
        &SPEC
    }

    async fn observe(&self, cx: &Cx, with: &Value) -> Result<Value, Failure> {
        let wanted = Wanted::read(with)?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let group = patiently(aws.clock.as_ref(), || eks::group(&aws, &wanted.cluster, &wanted.nodegroup)).await?;
        // A CloudWatch that does not answer must not stand in the way of capacity.
        let in_service = eks::in_service(&aws, &group.groups).await.unwrap_or(None);
        Ok(json!({
            "status": group.status,
            "min": group.min,
            "desired": group.desired,
            "max": group.max,
            "issues": group.issues,
            "in_service": in_service,
            "note": in_service.is_none().then_some(NOT_COUNTED),
        }))
    }

    fn change(&self, cx: &Cx, with: &Value, seen: &Value) -> Result<Change, Failure> {
        let wanted = Wanted::read(with)?;
        let size = |name: &str, after: i64| {
            let before = seen[name].as_i64().unwrap_or_default();
            (before != after).then(|| FieldChange { name: name.into(), before: before.to_string(), after: after.to_string() })
        };
        let mut fields: Vec<FieldChange> =
            [size("desired", wanted.desired), size("min", wanted.min), size("max", wanted.max)].into_iter().flatten().collect();
        let status = seen["status"].as_str().unwrap_or_default();
        let in_service = seen["in_service"].as_i64();
        let mut notes = Vec::new();
        let mut already = false;
        if fields.is_empty() {
            already = status == "ACTIVE" && in_service.is_none_or(|count| count >= wanted.desired);
            if !already {
                notes.push("the sizes are already so: no call will be made, only the nodes waited for".into());
                // Not the number itself: it grows by the second, and a confirmation is for what was shown.
                fields.push(FieldChange {
                    name: "in service".into(),
                    before: format!("fewer than {}, or not yet ACTIVE", wanted.desired),
                    after: wanted.desired.to_string(),
                });
            }
        }
        if status != "ACTIVE" {
            notes.push(format!("its status is {status}"));
        }
        let issues = seen["issues"].as_array().into_iter().flatten().filter_map(Value::as_str);
        notes.extend(issues.map(|issue| format!("health issue: {issue}")));
        if in_service.is_none() {
            notes.push(NOT_COUNTED.into());
        }
        if wanted.desired < seen["desired"].as_i64().unwrap_or_default() {
            notes.push("nodes are taken away: what runs on them is drained and moved".into());
        }
        Ok(Change {
            operation: "eks:UpdateNodegroupConfig".into(),
            resource: wanted.resource(),
            region: cx.target.as_ref().map(|target| target.region.clone()).unwrap_or_default(),
            fields,
            reversible: true,
            data_loss: None,
            already,
            notes,
            takes_away: None,
            waits_for: None,
        })
    }

    async fn apply(&self, cx: &Cx, with: &Value, seen: &Value, token: &str) -> Result<Receipt, Failure> {
        let wanted = Wanted::read(with)?;
        let mut data = json!({"counted": !seen["in_service"].is_null(), "issues": seen["issues"]});
        if wanted.sizes_are(seen) {
            data[NO_CALL] = json!(true);
            return Ok(Receipt { data, summary: "no call: the sizes are already so".into() });
        }
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let resource = wanted.resource();
        let call = aws.write("eks:UpdateNodegroupConfig", &resource);
        let client = aws_sdk_eks::Client::new(&aws.config);
        let size = |number: i64| i32::try_from(number).ok();
        // Always all three: EKS checks them against each other.
        let sizes = NodegroupScalingConfig::builder().set_min_size(size(wanted.min)).set_desired_size(size(wanted.desired));
        let sizes = sizes.set_max_size(size(wanted.max)).build();
        let once = aws_sdk_eks::config::Builder::new().retry_config(aws_sdk_eks::config::retry::RetryConfig::disabled());
        let request = client.update_nodegroup_config().cluster_name(&wanted.cluster).nodegroup_name(&wanted.nodegroup);
        let request = request.scaling_config(sizes).client_request_token(token).customize().config_override(once);
        let answer = request.send().await.map_err(|error| {
            let mut failure = call.failure(&error);
            if failure.kind == FailureKind::Conflict {
                failure.hint = format!("another update of {resource} is under way; EKS takes one at a time: wait for it, then try again");
            }
            failure
        })?;
        let update = answer.update().and_then(Update::id).unwrap_or_default();
        data["update"] = json!(update);
        Ok(Receipt { summary: format!("UpdateNodegroupConfig accepted (update {update})"), data })
    }

    async fn poll(&self, cx: &Cx, with: &Value, receipt: &Value) -> Result<Poll, Failure> {
        self.look(cx, with, receipt).await.map_err(|failure| failure.effect(Happened::Yes))
    }

    fn judge(&self, cx: &Cx, with: &Value, before: &Value, now: &Value) -> Judged {
        let Ok(wanted) = Wanted::read(with) else {
            return Judged::CannotTell("the step's parameters cannot be read".into());
        };
        if wanted.sizes_are(now) && !wanted.sizes_are(before) {
            return Judged::Happened("the sizes are what the step wants, and were not before".into());
        }
        let same = ["min", "desired", "max", "status"].iter().all(|key| before[*key] == now[*key]);
        match self.change(cx, with, now) {
            Ok(change) if change.already => Judged::Happened("what the step wants is there".into()),
            _ if same && now["status"] == "ACTIVE" => Judged::DidNotHappen("sizes and status are as they were before the call".into()),
            _ if now["status"] == "UPDATING" => Judged::NotYet("an update of the node group is under way".into()),
            _ => Judged::CannotTell("the node group has changed, but not to what the step wants".into()),
        }
    }
}

impl ScaleNodegroup {
    async fn look(&self, cx: &Cx, with: &Value, receipt: &Value) -> Result<Poll, Failure> {
        let wanted = Wanted::read(with)?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let resource = wanted.resource();
        let known = match receipt["update"].as_str().filter(|id| !id.is_empty()) {
            Some(update) => self.update_is_over(&aws, &wanted, update).await?,
            None => None,
        };
        let group = eks::group(&aws, &wanted.cluster, &wanted.nodegroup).await?;
        // Without an update to ask about, the sizes and the status tell.
        let update_over = known.unwrap_or_else(|| wanted.sizes_are(&json!(group)));
        let call = aws.read("eks:DescribeNodegroup", &resource);
        self.fail_fast(&call, &group, receipt, update_over)?;

        let counted = match eks::in_service(&aws, &group.groups).await {
            Ok(count) => count,
            // Not allowed to read the metric, or an endpoint that has none: no reason to hold up a recovery.
            Err(failure) if matches!(failure.kind, FailureKind::AccessDenied | FailureKind::Invalid | FailureKind::NotFound) => None,
            Err(failure) => return Err(failure),
        };
        let had_a_count = receipt["counted"].as_bool().unwrap_or(false);
        let progress = |waiting_for: String| {
            let counted = counted.map(|count| (count.min(wanted.desired).unsigned_abs(), wanted.desired.unsigned_abs()));
            Ok(Poll::Pending(Progress { waiting_for, counted }))
        };
        if !update_over {
            return match counted {
                Some(count) if count < wanted.desired => progress(format!("{count} of {} nodes in service", wanted.desired)),
                _ => progress("EKS to end the update".into()),
            };
        }
        if group.status != "ACTIVE" {
            return progress(format!("status {} to become ACTIVE", group.status));
        }
        match counted {
            Some(count) if count < wanted.desired => {
                if group.desired < wanted.desired && count >= group.desired {
                    let message = format!("somebody has set {resource} to {} nodes since; {} were wanted", group.desired, wanted.desired);
                    let hint = "the Cluster Autoscaler may have done it: raise `min` to hold the capacity, then try again";
                    return Err(call.wrong(FailureKind::Conflict, message, hint));
                }
                return progress(format!("{count} of {} nodes in service", wanted.desired));
            }
            // It could be counted before, so the count will come back.
            None if had_a_count => return progress("CloudWatch to count the nodes in service again".into()),
            _ => {}
        }
        Ok(Poll::Settled(json!({
            "min": group.min,
            "desired": group.desired,
            "max": group.max,
            "in_service": counted,
            "status": group.status,
            "note": counted.is_none().then_some(NOT_COUNTED),
        })))
    }

    /// Whether the update has been successful; `None` when EKS does not know it (any more); an error when it ended otherwise.
    async fn update_is_over(&self, aws: &Aws, wanted: &Wanted, update: &str) -> Result<Option<bool>, Failure> {
        let resource = wanted.resource();
        let call = aws.read("eks:DescribeUpdate", &resource);
        let request = aws_sdk_eks::Client::new(&aws.config).describe_update();
        let request = request.name(&wanted.cluster).nodegroup_name(&wanted.nodegroup).update_id(update);
        let answer = match request.send().await.map_err(|error| call.failure(&error)) {
            Ok(answer) => answer,
            Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let status = answer.update().and_then(Update::status);
        match status {
            Some(UpdateStatus::Successful) => Ok(Some(true)),
            Some(UpdateStatus::Failed | UpdateStatus::Cancelled) => {
                let errors = answer.update().map(Update::errors).unwrap_or_default();
                let errors: Vec<String> = errors.iter().map(detail).collect();
                let errors = if errors.is_empty() { "EKS gives no reason".to_owned() } else { errors.join("; ") };
                let status = status.map_or("", UpdateStatus::as_str);
                let hint = "put right what EKS names (quota, subnet addresses, launch template), then try again";
                Err(call.wrong(FailureKind::Unhealthy, format!("update {update} of {resource} is {status}: {errors}"), hint))
            }
            _ => Ok(Some(false)),
        }
    }

    /// Stops at issues that waiting does not heal. What was there before the call is given the time of the update to go away.
    fn fail_fast(
        &self,
        call: &crate::world::aws_error::Call<'_>,
        group: &Group,
        receipt: &Value,
        update_over: bool,
    ) -> Result<(), Failure> {
        let hint =
            "put right what the issue names (quota, subnet addresses, instance type, IAM), then try again; EKS goes on trying by itself";
        let known: Vec<&str> = receipt["issues"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let code = |issue: &str| issue.split(':').next().unwrap_or_default().to_owned();
        let is_new = |issue: &&str| update_over || !known.iter().any(|old| code(old) == code(issue));
        let fatal: Vec<&str> = group.fatal_issues().into_iter().filter(is_new).collect();
        if !fatal.is_empty() {
            return Err(call.wrong(FailureKind::Unhealthy, format!("{} is {}: {}", call.resource, group.status, fatal.join("; ")), hint));
        }
        let dead = matches!(group.status.as_str(), "DELETING" | "CREATE_FAILED" | "DELETE_FAILED");
        if dead || (group.status == "DEGRADED" && group.issues.is_empty()) {
            return Err(call.wrong(FailureKind::Unhealthy, format!("{} is {}", call.resource, group.status), hint));
        }
        Ok(())
    }
}

fn detail(error: &ErrorDetail) -> String {
    let code = error.error_code().map_or("error", aws_sdk_eks::types::ErrorCode::as_str);
    format!("{code}: {}", error.error_message().unwrap_or("no text"))
}

#[cfg(test)]
mod tests;
