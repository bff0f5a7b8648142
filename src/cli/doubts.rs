//! What a person should know before a run begins, and no step will say: said by `plan`, and at the start of a run.

use super::args::Output;
use super::say::{ask, findings};
use crate::diag::{Diagnostic, code};
use crate::engine::RunKind;
use crate::plan::Plan;
use crate::runbook::{OddRegion, odd_region};
use crate::world::live::{WayIn, way_in};

/// Everything doubtful about what a plan runs on.
pub(super) fn doubts(plan: &Plan) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let named = plan.targets.values().map(|target| (format!("target {}", target.id), &target.region));
    for (what, region) in named.chain(plan.impaired.iter().map(|region| ("the region presumed lost".to_owned(), region))) {
        if let Some(OddRegion::Unknown { help }) = odd_region(region) {
            let message = format!("{what}: no region `{region}` is known");
            found.push(Diagnostic::warning(code::UNKNOWN_REGION, None, message).help(help));
        }
    }
    for target in plan.targets.values().filter(|target| target.account.is_none()) {
        let changes =
            plan.steps.iter().chain(plan.rollbacks.values()).find(|step| step.mutates && step.target.as_ref() == Some(&target.id));
        if let Some(step) = changes {
            let message = format!("target {} names no account: `{}` changes whichever one the credentials are of", target.id, step.id);
            let help = "look at the account on the screen before you begin; with `account` in the runbook another one is refused";
            found.push(Diagnostic::warning(code::NO_ACCOUNT, None, message).help(help));
        }
    }
    if let Some(lost) = &plan.impaired {
        let mut ways: Vec<Diagnostic> = Vec::new();
        for target in plan.targets.values() {
            let finding = way_in(target.profile.as_deref(), lost).map(|way| lost_way_in(&format!("target {}", target.id), &way));
            // Several targets of one profile have one way in.
            ways.extend(finding.filter(|one| !ways.iter().any(|other| same_way(other, one))));
        }
        found.extend(ways);
    }
    found
}

fn same_way(a: &Diagnostic, b: &Diagnostic) -> bool {
    let way = |finding: &Diagnostic| finding.message.split_once(": ").map(|(_, way)| way.to_owned());
    way(a) == way(b)
}

/// The credentials of something are had from the region that is presumed lost.
pub(super) fn lost_way_in(what: &str, way: &WayIn) -> Diagnostic {
    let until = match way.until {
        Some(until) => format!("; what it has now is good until {until:.0}, and is not renewed if the region is lost"),
        None => "; it cannot be renewed if the region is lost".to_owned(),
    };
    let message = format!("{what}: {}, the region presumed lost{until}", way.how);
    let help = "have another way in ready: a profile of another region, or emergency access that does not go through this one";
    Diagnostic::warning(code::LOST_WAY_IN, None, message).help(help)
}

/// Says them before a run against AWS begins. Somebody at a terminal has the time to read before the screen covers them.
pub(super) fn tell(plan: &Plan, kind: RunKind, output: Output) {
    let found = doubts(plan);
    if found.is_empty() {
        return;
    }
    findings(None, &found);
    if kind == RunKind::Live && output == Output::Tui {
        ask("Enter goes on all the same, Ctrl-C stops here. ");
    }
}
