//! Whether a scaled node group is there: its update, its status and health, its nodes.

use std::time::Duration;

use aws_sdk_eks::types::{ErrorDetail, Update, UpdateStatus};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::NOT_COUNTED;
use super::sizes::{Sizes, Wanted};
use crate::action::aws::Aws;
use crate::action::port::{Cx, Poll, Progress};
use crate::action::reads::eks::{self, Count, Group};
use crate::action::reads::eks_health::{Standing, Weight, advice, code, standing};
use crate::plan::{Failure, FailureKind};
use crate::world::aws_error::Call;

/// How long after the call nodes may need until one of them counts.
const FIRST_NODES: Duration = eks::COUNT_FRESH;

/// How long after the call a CloudWatch that could be asked before it is given to answer again.
const ASKED_AGAIN: Duration = Duration::from_secs(60);

/// What is to be known of a node group beside its sizes: that its nodes were not counted, and what is wrong with it.
pub(super) fn note(counted: bool, group: &Group) -> Option<String> {
    let mut parts: Vec<String> = (!counted).then(|| NOT_COUNTED.to_owned()).into_iter().collect();
    if group.status != "ACTIVE" {
        parts.push(format!("its status is {}", group.status));
    }
    parts.extend(group.issues.iter().map(|issue| format!("health issue: {issue}")));
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// One look.
pub(super) async fn look(cx: &Cx, with: &Value, receipt: &Value) -> Result<Poll, Failure> {
    let wanted = Wanted::read(with)?;
    let aws = Aws::open(&cx.world, cx.target.as_ref(), &cx.caller).await?;
    let resource = wanted.resource();
    let known = match receipt["update"].as_str().filter(|id| !id.is_empty()) {
        Some(update) => update_is_over(&aws, &wanted, update).await?,
        None => None,
    };
    let group = eks::group(&aws, &wanted.cluster, &wanted.nodegroup).await?;
    // Without an update to ask about, the sizes and the status tell.
    let over = known.unwrap_or_else(|| wanted.is_met_by(Sizes::from(&group)));
    let since = receipt["at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    let since = since.map_or(Duration::ZERO, |at| Duration::try_from(aws.clock.now().wall.duration_since(at)).unwrap_or_default());
    let call = aws.read("eks:DescribeNodegroup", &resource);
    let watch = Watch { call, group: &group, receipt, desired: wanted.sizes.desired, over, since };
    let counted = eks::in_service(&aws, &group.groups).await;
    watch.fail_fast(counted.as_ref().is_ok_and(|count| count.is_some_and(|count| count.now >= wanted.sizes.desired)))?;
    match counted {
        Ok(Some(count)) => watch.counted(count),
        Ok(None) => watch.uncounted(FIRST_NODES),
        // No reason to hold up a recovery.
        Err(_) => watch.uncounted(ASKED_AGAIN),
    }
}

/// What is known at one look.
struct Watch<'a> {
    call: Call<'a>,
    group: &'a Group,
    receipt: &'a Value,
    desired: i64,
    /// Whether the update is.
    over: bool,
    /// The time since the call.
    since: Duration,
}

impl Watch<'_> {
    fn counted(&self, count: Count) -> Result<Poll, Failure> {
        let (resource, desired) = (self.call.resource, self.desired);
        let progress = |waiting_for: String| {
            let counted = Some((count.now.min(desired).unsigned_abs(), desired.unsigned_abs()));
            Ok(Poll::Pending(Progress { waiting_for, counted }))
        };
        if count.now < desired {
            if self.over && self.group.desired < desired && count.now >= self.group.desired {
                let message = format!("somebody has set {resource} to {} nodes since; {desired} were wanted", self.group.desired);
                let hint = "the Cluster Autoscaler may have done it: raise `min` to hold the capacity, then try again";
                return Err(self.call.wrong(FailureKind::Conflict, message, hint));
            }
            let short: Vec<&str> = self.group.issues_that(Weight::FewerCome).collect();
            let coming = self.since < FIRST_NODES || count.now > count.before;
            if self.over && !short.is_empty() && !coming {
                return Err(
                    self.no_more(&short, &format!("{} of {desired} nodes are in service, and no more came for five minutes", count.now))
                );
            }
            let although = short.first().map(|issue| format!("; EKS says {issue}")).unwrap_or_default();
            return progress(format!("{} of {desired} nodes in service{although}", count.now));
        }
        match self.group.status.as_str() {
            _ if !self.over => progress("EKS to end the update".into()),
            "ACTIVE" | "DEGRADED" => Ok(self.settled(Some(count.now))),
            status => progress(format!("status {status} to become ACTIVE")),
        }
    }

    /// Without a count the control plane decides; one that could be made before is given a while to come back.
    fn uncounted(&self, back_within: Duration) -> Result<Poll, Failure> {
        let progress = |waiting_for: String| Ok(Poll::Pending(Progress { waiting_for, counted: None }));
        let short: Vec<&str> = self.group.issues_that(Weight::FewerCome).collect();
        match self.group.status.as_str() {
            _ if !self.over => progress("EKS to end the update".into()),
            "ACTIVE" | "DEGRADED" if self.receipt["counted"] == true && self.since < back_within => {
                progress("CloudWatch to count the nodes in service again".into())
            }
            "DEGRADED" if !short.is_empty() && self.since < FIRST_NODES => {
                progress(format!("nodes, although EKS says {}", short.join("; ")))
            }
            "DEGRADED" if !short.is_empty() => Err(self.no_more(&short, "how many nodes are in service is not known")),
            "ACTIVE" | "DEGRADED" => Ok(self.settled(None)),
            status => progress(format!("status {status} to become ACTIVE")),
        }
    }

    fn settled(&self, in_service: Option<i64>) -> Poll {
        Poll::Settled(json!({
            "min": self.group.min,
            "desired": self.group.desired,
            "max": self.group.max,
            "in_service": in_service,
            "status": self.group.status,
            "note": note(in_service.is_some(), self.group),
        }))
    }

    /// Stops at what waiting does not heal. What was there before the call is given the time of the update to go away; what keeps nodes
    /// from coming is no matter once all are there.
    fn fail_fast(&self, all_there: bool) -> Result<(), Failure> {
        if let Standing::Stays(what) = standing(&self.group.status) {
            return Err(self.call.wrong(FailureKind::Unhealthy, format!("{} is {}", self.call.resource, self.group.status), what));
        }
        let known: Vec<&str> = self.receipt["issues"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let is_new = |issue: &&str| self.over || !known.iter().any(|old| code(old) == code(issue));
        let coming = self.group.issues_that(Weight::NoneCome).filter(|_| !all_there);
        let fatal: Vec<&str> = coming.chain(self.group.issues_that(Weight::NoneJoin)).filter(is_new).collect();
        if fatal.is_empty() { Ok(()) } else { Err(self.no_more(&fatal, "")) }
    }

    fn no_more(&self, issues: &[&str], so_far: &str) -> Failure {
        let so_far = if so_far.is_empty() { String::new() } else { format!("; {so_far}") };
        let message = format!("{} is {}: {}{so_far}", self.call.resource, self.group.status, issues.join("; "));
        let advice = issues.first().map_or("see its health in the EKS console", |issue| advice(issue));
        self.call.wrong(
            FailureKind::Unhealthy,
            message,
            format!("{advice}; EKS goes on trying by itself: then try again, which looks first"),
        )
    }
}

/// Whether the update has been successful; `None` when EKS does not know it (any more); an error when it ended otherwise.
async fn update_is_over(aws: &Aws, wanted: &Wanted, update: &str) -> Result<Option<bool>, Failure> {
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

fn detail(error: &ErrorDetail) -> String {
    let code = error.error_code().map_or("error", aws_sdk_eks::types::ErrorCode::as_str);
    format!("{code}: {}", error.error_message().unwrap_or("no text"))
}
