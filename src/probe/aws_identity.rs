//! `aws.identity`: who AWS says we are.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::port::{Cx, Probe, Sample};
use crate::action::aws::Aws;
use crate::plan::{Failure, FailureKind, Target};
use crate::runbook::spec::{FieldSpec, Pace, ParamType, Permission, ProbeSpec, Requests};
use crate::world::World;

/// It has no resource types; IAM allows it to everybody, and a policy that says so does no harm.
const GET_CALLER_IDENTITY: Permission = Permission::on_anything("sts:GetCallerIdentity");

static SPEC: ProbeSpec = ProbeSpec {
    name: "aws.identity",
    summary: "Asks STS who the target's credentials belong to",
    details: "Worth a precondition of the run: before anything is changed it shows whose credentials would be used.",
    errors: &[],
    params: &[],
    rule: None,
    fields: &[
        FieldSpec { name: "account", ty: ParamType::String, doc: "Twelve digits." },
        FieldSpec { name: "arn", ty: ParamType::String, doc: "`arn:aws:sts::123456789012:assumed-role/dr-operator/alice`." },
        FieldSpec { name: "user", ty: ParamType::String, doc: "The user id, as STS gives it." },
    ],
    permissions: &[GET_CALLER_IDENTITY],
    needs_target: true,
    requests: Requests::ReadByPost,
    rpo_field: None,
    pace: Some(Pace {
        service: "STS",
        least: 1.0,
        requests: 1.0,
        per_second: None,
        why: "its limits are shared by everything that works in the account",
    }),
    healthy: None,
    example: "{}",
    expect: "account == \"123456789012\"",
};

/// See the file's text.
#[derive(Debug)]
pub(super) struct AwsIdentity;

#[async_trait]
impl Probe for AwsIdentity {
    fn spec(&self) -> &'static ProbeSpec {
        &SPEC
    }

    async fn sample(&self, cx: &Cx, _with: &Value) -> Result<Sample, Failure> {
        let (account, arn, user) = whoami(&cx.world, cx.target.as_ref(), &cx.caller).await?;
        let name = arn.split_once('/').map_or(arn.as_str(), |(_, name)| name).to_owned();
        Ok(Sample { shown: format!("{name} in {account}"), number: None, fields: json!({"account": account, "arn": arn, "user": user}) })
    }
}

/// Who STS says we are for a target: account and ARN. Asked before anything else at the start of a run.
///
/// # Errors
/// No credentials, expired ones, no way to STS: with what to do about it. Not an error here: an account that is not the one
/// the target names; whoever starts the run compares.
pub async fn identity(world: &Arc<dyn World>, target: &Target, caller: &str) -> Result<(String, String), Failure> {
    let (account, arn, _) = whoami(world, Some(target), caller).await?;
    Ok((account, arn))
}

async fn whoami(world: &Arc<dyn World>, target: Option<&Target>, caller: &str) -> Result<(String, String, String), Failure> {
    let aws = Aws::open(world, target, caller).await?;
    let call = aws.read("sts:GetCallerIdentity", "");
    let answer = aws_sdk_sts::Client::new(&aws.config).get_caller_identity().send().await.map_err(|error| call.failure(&error))?;
    match (answer.account(), answer.arn()) {
        (Some(account), Some(arn)) => Ok((account.to_owned(), arn.to_owned(), answer.user_id().unwrap_or_default().to_owned())),
        _ => Err(call.wrong(
            FailureKind::Unreachable,
            "the answer names no account",
            "a proxy or a wrong AWS_ENDPOINT_URL may stand between lifeboat and AWS",
        )),
    }
}
