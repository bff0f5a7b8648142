//! `eks.scale_nodegroup`: sets the sizes of a managed node group and waits for the nodes.
//!
//! `UpdateNodegroupConfig` takes an idempotency token, so a lost answer is asked for again. An update that is Successful does not
//! mean that nodes are there: the nodes in service are counted too, from the metric of the Auto Scaling groups behind it.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eks::types::{NodegroupScalingConfig, Update};
use serde_json::{Value, json};

use super::aws::{Aws, patiently};
use super::port::{Action, Cx, Judged, Poll, Receipt};
use super::reads::cloudwatch;
use super::reads::eks::{self, Group};
use super::reads::eks_health::{self, Standing, Weight};
use crate::clock::timeout;
use crate::plan::{Change, Failure, FailureKind, FieldChange, Happened, NO_CALL};
use crate::runbook::spec::{ActionSpec, ErrorSpec, FieldSpec, Objection, ParamSpec, ParamType, Permission, Reversibility, Rule};

mod sizes;
mod watch;

use sizes::{Sizes, Wanted};

const SIZE: ParamType = ParamType::Integer { min: 0, max: MOST };
/// More nodes than a managed node group can have (450 by default, by quota).
const MOST: i64 = 1_000;

const UPDATE: Permission = Permission::on("eks:UpdateNodegroupConfig", &[eks::GROUP_ARN]);

/// IAM asks for the cluster always, and for the node group where the update is of one.
const DESCRIBE_UPDATE: Permission = Permission::on("eks:DescribeUpdate", &[eks::CLUSTER_ARN, eks::GROUP_ARN]);

static SPEC: ActionSpec = ActionSpec {
    name: "eks.scale_nodegroup",
    summary: "Sets the sizes of an EKS managed node group and waits until the nodes are in service",
    details: "Write `at_least: true` where capacity is wanted: what is more already stays, and `max` is raised where it must be. \
              Without it the sizes are exact. A change that, as it is seen, takes nodes away is confirmed by typing the node \
              group's name, whatever the step's `confirm` says. All three sizes are always sent, since EKS checks them against \
              each other. Raise `min` with `desired`: the Cluster Autoscaler may take the nodes away again otherwise.\n\n\
              EKS takes one update at a time: one that is under way ends by itself and is waited for, within the step's `timeout`, \
              before the call is made. A status that does not end by itself is said before anything is asked.\n\n\
              It is done when the update is Successful and as many nodes as `desired` are in service: an update that is Successful \
              does not mean that nodes are there. They are counted by the metric `GroupInServiceInstances` of the Auto Scaling \
              groups behind it, which is a minute old at best. Where CloudWatch cannot be asked or has no such metric, update and \
              status decide, and the output `note` says so.\n\n\
              Health issues that keep nodes from coming or from joining end the step with the issue's text; one from before the call \
              has until the end of the update to go away, and while nodes come although a zone or a subnet has no room, they are \
              waited for. Other issues are a note: `DEGRADED` with all nodes there is done. The call carries an idempotency token, \
              so a lost answer is asked for again.",
    errors: &[
        ErrorSpec {
            name: "ResourceNotFoundException",
            doc: "There is no such cluster or node group in the target's account and region; names that are close to it are shown.",
        },
        ErrorSpec {
            name: "ResourceInUseException",
            doc: "EKS does not take the update in the node group's state: another update is under way, or it is `DEGRADED`. The failure says \
                  which, and whether waiting helps.",
        },
        ErrorSpec {
            name: "InvalidRequestException",
            doc: "The state of the cluster forbids it, such as an upgrade of the cluster that is under way.",
        },
        ErrorSpec {
            name: "InvalidParameterException",
            doc: "EKS refuses the sizes. They must be min ≤ desired ≤ max, which `lifeboat check` sees.",
        },
        ErrorSpec {
            name: "update Failed or Cancelled",
            doc: "EKS has given the update up and says why: put right what it names (quota, subnet addresses, launch template), then \
                  try again.",
        },
        ErrorSpec {
            name: "DEGRADED",
            doc: "A health issue keeps nodes from coming or joining: `AsgInstanceLaunchFailures`, `InstanceLimitExceeded`, \
                  `InsufficientFreeAddresses`, `NodeCreationFailure` … EKS goes on trying by itself.",
        },
        ErrorSpec {
            name: "a status that stays",
            doc: "`DELETING`, `CREATE_FAILED` and `DELETE_FAILED` do not end by themselves: the failure says what to do.",
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
        ParamSpec {
            name: "at_least",
            ty: ParamType::Bool,
            required: false,
            default: "false",
            doc: "The sizes are the least that is wanted: nothing that is more already is made less.",
        },
    ],
    rule: Some(Rule(objection)),
    outputs: &[
        FieldSpec { name: "min", ty: SIZE, doc: "Least nodes." },
        FieldSpec { name: "desired", ty: SIZE, doc: "Wanted nodes." },
        FieldSpec { name: "max", ty: SIZE, doc: "Most nodes." },
        FieldSpec { name: "in_service", ty: SIZE, doc: "Nodes in service; null where CloudWatch gives no count." },
        FieldSpec { name: "status", ty: ParamType::String, doc: "`ACTIVE`, or `DEGRADED` with all nodes there." },
        FieldSpec {
            name: "note",
            ty: ParamType::String,
            doc: "What was not checked, and health issues that are left; null when there is nothing to be said.",
        },
    ],
    reversibility: Reversibility::Reversible,
    subject: Some("nodegroup"),
    permissions: &[eks::DESCRIBE, UPDATE, DESCRIBE_UPDATE, cloudwatch::STATISTICS, eks::LIST, eks::LIST_CLUSTERS],
    needs_target: true,
    lasts: None,
    usual_seconds: 300,
    example: "{cluster: core-dr, nodegroup: general, min: 12, desired: 12, max: 40, at_least: true}",
};

const NOT_COUNTED: &str =
    "nodes in service are not counted: CloudWatch cannot be asked, or has no GroupInServiceInstances of its Auto Scaling groups";

/// What a look right before the call may take.
const LAST_LOOK: Duration = Duration::from_secs(3);

/// What EKS refuses, whatever the node group is.
fn objection(with: &Value) -> Option<Objection> {
    let size = |key: &str| with[key].as_i64();
    let (min, desired, max) = (size("min"), size("desired"), size("max"));
    let (key, more, than) = match (min, desired, max) {
        (Some(min), Some(desired), _) if min > desired => ("min", min, desired),
        (_, Some(desired), Some(max)) if desired > max => ("desired", desired, max),
        (Some(min), _, Some(max)) if min > max => ("min", min, max),
        _ => return None,
    };
    let message = format!("the sizes must be min ≤ desired ≤ max, and {more} is more than {than}");
    Some(Objection { key, message, help: "correct the sizes".into() })
}

/// See the file's text.
#[derive(Debug)]
pub(super) struct ScaleNodegroup;

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
        let in_service = eks::in_service(&aws, &group.groups).await.unwrap_or(None).map(|count| count.now);
        Ok(json!({
            "status": group.status,
            "min": group.min,
            "desired": group.desired,
            "max": group.max,
            "issues": group.issues,
            "in_service": in_service,
            "note": watch::note(in_service.is_some(), &group),
        }))
    }

    fn change(&self, cx: &Cx, with: &Value, seen: &Value) -> Result<Change, Failure> {
        let wanted = Wanted::read(with)?;
        let found = Sizes::of(seen);
        let target = wanted.from(found);
        let resource = wanted.resource();
        let issues: Vec<&str> = seen["issues"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let status = seen["status"].as_str().unwrap_or_default();
        let in_service = seen["in_service"].as_i64();
        let mut change = Change {
            resource: resource.clone(),
            region: cx.target.as_ref().map(|target| target.region.clone()).unwrap_or_default(),
            fields: found.differences(target),
            ..Change::of_nothing("eks:UpdateNodegroupConfig")
        };
        if change.fields.is_empty() {
            let there = in_service.map(|count| count >= wanted.sizes.desired);
            let joining = !issues.iter().any(|issue| eks_health::weight(issue) == Weight::NoneJoin);
            // Of one that is DEGRADED only the count tells that its nodes are there.
            change.already = (status == "ACTIVE" && there.unwrap_or(true)) || (status == "DEGRADED" && there == Some(true) && joining);
            if change.already {
                change.notes.extend(there.is_none().then(|| NOT_COUNTED.to_owned()));
            } else {
                change.notes.push("the sizes are already so: no call will be made, only the nodes waited for".into());
                // Not the number itself: it grows by the second, and a confirmation is for what was shown.
                change.fields.push(FieldChange {
                    name: "in service".into(),
                    before: format!("fewer than {}, or not yet ACTIVE", wanted.sizes.desired),
                    after: wanted.sizes.desired.to_string(),
                });
            }
        } else if let Standing::Stays(what) = eks_health::standing(status) {
            let message = format!("{resource} is {status}: EKS does not scale it so, and it does not end by itself");
            return Err(Failure {
                operation: change.operation,
                region: change.region,
                resource,
                ..Failure::new(FailureKind::Unhealthy, message, what)
            });
        } else if eks_health::standing(status) == Standing::Passes {
            change.waits_for = Some(format!("the status {status} of {resource}"));
        }
        if !matches!(status, "ACTIVE" | "CREATING" | "UPDATING") {
            change.notes.push(format!("its status is {status}"));
        }
        change.notes.extend(issues.iter().map(|issue| format!("health issue: {issue}")));
        if target.desired < found.desired {
            change.takes_away =
                Some(format!("{} of {} nodes: what runs on them is drained and moved", found.desired - target.desired, found.desired));
        }
        if wanted.at_least && found.desired > wanted.sizes.desired {
            change.notes.push(format!("at least {} are wanted and {} are set: none is taken away", wanted.sizes.desired, found.desired));
        }
        Ok(change)
    }

    async fn apply(&self, cx: &Cx, with: &Value, seen: &Value, token: &str) -> Result<Receipt, Failure> {
        let wanted = Wanted::read(with)?;
        let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let now = aws.clock.now().wall;
        let mut data = json!({"counted": !seen["in_service"].is_null(), "issues": seen["issues"], "at": now.to_string()});
        let mut sizes = wanted.from(Sizes::of(seen));
        if sizes == Sizes::of(seen) {
            data[NO_CALL] = json!(true);
            return Ok(Receipt { data, summary: "no call: the sizes are already so".into() });
        }
        if wanted.at_least {
            // What the Cluster Autoscaler has added since it was looked at stays, too; the call does not wait for a look that takes long.
            let look = timeout(aws.clock.as_ref(), LAST_LOOK, eks::group(&aws, &wanted.cluster, &wanted.nodegroup));
            if let Some(Ok(found)) = look.await {
                sizes = sizes.raised_to(Sizes::from(&found));
            }
        }
        let resource = wanted.resource();
        let call = aws.write("eks:UpdateNodegroupConfig", &resource);
        let client = aws_sdk_eks::Client::new(&aws.config);
        let size = |number: i64| i32::try_from(number).ok();
        // Always all three: EKS checks them against each other.
        let config = NodegroupScalingConfig::builder().set_min_size(size(sizes.min)).set_desired_size(size(sizes.desired));
        let config = config.set_max_size(size(sizes.max)).build();
        let once = aws_sdk_eks::config::Builder::new().retry_config(aws_sdk_eks::config::retry::RetryConfig::disabled());
        let request = client.update_nodegroup_config().cluster_name(&wanted.cluster).nodegroup_name(&wanted.nodegroup);
        let request = request.scaling_config(config).client_request_token(token).customize().config_override(once);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let mut failure = call.failure(&error);
                if failure.kind == FailureKind::Conflict {
                    // The code is the same whatever stands against it: what the node group is now decides what helps.
                    failure.hint = match eks::group(&aws, &wanted.cluster, &wanted.nodegroup).await {
                        Ok(group) => refused(&resource, &group),
                        Err(_) => format!("look at the status of {resource} and of its cluster for what stands against it"),
                    };
                } else if failure.code.as_deref() == Some("ClientException") {
                    failure.hint =
                        format!("EKS takes it for the caller's mistake: check the permissions of target {}, and the names", aws.target.id);
                }
                return Err(failure);
            }
        };
        let update = answer.update().and_then(Update::id).unwrap_or_default();
        data["update"] = json!(update);
        Ok(Receipt { summary: format!("UpdateNodegroupConfig accepted (update {update})"), data })
    }

    async fn poll(&self, cx: &Cx, with: &Value, receipt: &Value) -> Result<Poll, Failure> {
        watch::look(cx, with, receipt).await.map_err(|failure| failure.effect(Happened::Yes))
    }

    fn judge(&self, cx: &Cx, with: &Value, before: &Value, now: &Value) -> Judged {
        let Ok(wanted) = Wanted::read(with) else {
            return Judged::CannotTell("the step's parameters cannot be read".into());
        };
        let (had, have) = (Sizes::of(before), Sizes::of(now));
        if wanted.is_met_by(have) && !wanted.is_met_by(had) {
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

/// What to do when EKS does not take the update, by what the node group is.
fn refused(resource: &str, group: &Group) -> String {
    match eks_health::standing(&group.status) {
        Standing::Passes => format!("{resource} is {}, which ends by itself: try again, and the call waits for it", group.status),
        Standing::Stays(what) => format!("{resource} is {}, which does not end by itself: {what}", group.status),
        Standing::Degraded => {
            let advice = group.issues.first().map_or("see its health in the EKS console", |issue| eks_health::advice(issue));
            let issues =
                if group.issues.is_empty() { "without an issue".to_owned() } else { format!("because of {}", group.issues.join("; ")) };
            format!("{resource} is DEGRADED {issues}; no update is under way, and waiting does not help: {advice}, then try again")
        }
        Standing::Free => {
            format!("{resource} is {} now: look at the cluster, which may be under an upgrade of its own, then try again", group.status)
        }
    }
}

#[cfg(test)]
mod tests;
