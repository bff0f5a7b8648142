//! Asking STS who we are, before anything else.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::{Identity, State};
use crate::id::{RunId, TargetId};
use crate::plan::{Failure, FailureKind, Plan, Target};
use crate::probe;
use crate::world::World;

/// Who we are for every target.
///
/// Targets with the same credentials are asked about once. The region that is presumed lost is asked last, and any other region of
/// the plan may answer for it: credentials are the same everywhere, and a lost region must not stop the way out of it.
pub(super) async fn identify(world: &Arc<dyn World>, plan: &Plan, run: &RunId) -> Vec<(TargetId, Result<Identity, Failure>)> {
    let mut answers: Vec<(TargetId, Result<Identity, Failure>)> = Vec::new();
    let mut asked: Vec<(&Target, Result<Identity, Failure>)> = Vec::new();
    for target in plan.targets.values() {
        let known = asked.iter().find(|(other, _)| same_credentials(other, target)).map(|(_, answer)| answer.clone());
        let answer = match known {
            Some(answer) => answer,
            None => {
                let answer = ask(world, plan, run, target).await;
                asked.push((target, answer.clone()));
                answer
            }
        };
        answers.push((target.id.clone(), answer));
    }
    answers
}

/// Whether the credentials are still of the accounts that the run was begun with: a run that is taken up again must not go on somewhere
/// else.
///
/// # Errors
/// STS does not answer, or names another account than the run's record.
pub async fn still_in_the_same_accounts(world: &Arc<dyn World>, state: &State) -> Result<(), Failure> {
    for (target, answer) in identify(world, &state.plan, &state.run).await {
        let (identity, begun) = (answer?, state.identities.get(&target));
        if let Some(begun) = begun.filter(|begun| begun.account != identity.account) {
            let message = format!(
                "target {target} was account {} when the run began, and the credentials are of account {} ({}) now",
                begun.account, identity.account, identity.arn
            );
            return Err(Failure::new(FailureKind::Credentials, message, "use the credentials that the run was begun with"));
        }
    }
    Ok(())
}

fn same_credentials(a: &Target, b: &Target) -> bool {
    (&a.profile, &a.role, &a.external_id) == (&b.profile, &b.role, &b.external_id)
}

/// How long STS may refuse to say anything because it is asked too much, in seconds: at the start of an incident everybody logs in.
const PATIENCE: u64 = 120;

/// The question once more for as long as STS throttles it.
async fn patiently(world: &Arc<dyn World>, target: &Target, caller: &str) -> Result<(String, String), Failure> {
    let clock = world.clock();
    let begun = clock.awake();
    let mut wait = 1;
    loop {
        let failure = match probe::identity(world, target, caller).await {
            Ok(identity) => return Ok(identity),
            Err(failure) => failure,
        };
        if failure.kind != FailureKind::Throttled || clock.awake().saturating_sub(begun).as_secs() >= PATIENCE {
            return Err(failure);
        }
        clock.sleep(Duration::from_secs(wait)).await;
        wait = (wait * 2).min(15);
    }
}

async fn ask(world: &Arc<dyn World>, plan: &Plan, run: &RunId, target: &Target) -> Result<Identity, Failure> {
    let mut regions: Vec<&str> = std::iter::once(target).chain(plan.targets.values()).map(|t| t.region.as_str()).collect();
    regions.sort_by_key(|region| plan.impaired.as_deref() == Some(*region));
    let mut seen: Vec<&str> = Vec::new();
    let mut first_failure = None;
    for region in regions {
        if seen.contains(&region) {
            continue;
        }
        seen.push(region);
        let there = Target { region: region.to_owned(), ..target.clone() };
        match patiently(world, &there, &format!("{run}/identity")).await {
            Ok((account, arn)) => return Ok(Identity { account, arn }),
            // Another region can only help when this one did not answer.
            Err(failure) if matches!(failure.kind, FailureKind::Unreachable | FailureKind::Server | FailureKind::Timeout) => {
                first_failure.get_or_insert(failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    Err(first_failure.unwrap_or_else(|| {
        Failure::new(FailureKind::Internal, format!("target {} has no region to ask", target.id), "give the target a region")
    }))
}
