//! Guards that are left out: a target that may be any account, an RPO that nothing looks at.

use std::collections::HashMap;

use super::run::Cx;
use super::visit;
use crate::diag::{Diagnostic, code};
use crate::runbook::duration::format_duration;
use crate::runbook::model::{CheckDoc, Runbook, StepDoc};
use crate::runbook::shelf::RUN_RUNBOOK;
use crate::runbook::spec::{Catalog, Reversibility};

/// Words of a reading that says how old the data is, whatever probe it is of.
const AGES: &[&str] = &["lag", "behind", "delay", "staleness", "freshness", "replicat"];

pub(super) fn check(cx: &mut Cx<'_>) {
    // What could not be read may be what is missing here.
    if cx.runbook.complete {
        any_account(cx);
        unguarded_rpo(cx);
    }
}

/// Where something is changed under a target without an account, the credentials alone decide what that is.
fn any_account(cx: &mut Cx<'_>) {
    let runbook = cx.runbook;
    if runbook.targets.values().all(|target| target.account.is_some()) {
        return;
    }
    let mut changed: HashMap<&str, &str> = HashMap::new();
    for step in runbook.steps.iter().flat_map(|step| [Some(step), step.rollback.as_deref()]).flatten() {
        let Some(action) = cx.action(&step.action.value).filter(|action| action.reversibility != Reversibility::NoChange) else { continue };
        let target = step.target.as_ref().or_else(|| runbook.default_target.as_ref().filter(|_| action.needs_target));
        if let Some(target) = target.filter(|_| !step.id.value.is_empty()) {
            changed.entry(&target.value).or_insert(&step.id.value);
        }
    }
    for target in runbook.targets.values().filter(|target| target.account.is_none()) {
        let Some(step) = changed.get(target.id.value.as_str()) else { continue };
        let message = format!("`{step}` changes something there, in whichever account the credentials happen to be of");
        let finding = Diagnostic::warning(code::NO_ACCOUNT, target.id.span.clone(), message);
        cx.push(
            finding.label("a target without `account`").help("write `account: \"123456789012\"`: a run in another one is then refused"),
        );
    }
}

/// An RPO is a promise about data; something has to look at how old the data is before it is given up.
fn unguarded_rpo(cx: &mut Cx<'_>) {
    let runbook = cx.runbook;
    let Some(rpo) = &runbook.rpo else { return };
    let changes = |step: &StepDoc| cx.action(&step.action.value).is_some_and(|action| action.reversibility != Reversibility::NoChange);
    let lossy = |step: &&StepDoc| cx.action(&step.action.value).is_some_and(|action| action.reversibility == Reversibility::Irreversible);
    let Some(step) = runbook.steps.iter().find(lossy).or_else(|| runbook.steps.iter().find(|step| changes(step))) else { return };
    if guarded(runbook, cx.catalog) {
        return;
    }
    // Of a runbook within one within this one nothing is known here.
    let within = cx.nested.iter().flatten().map(|book| &book.runbook);
    if within.clone().any(|book| guarded(book, cx.catalog) || book.steps.iter().any(|step| step.action.value == RUN_RUNBOOK)) {
        return;
    }
    let rpo_text = format_duration(rpo.value);
    let message = format!("the RPO is {rpo_text}, and nothing looks at how much would be lost");
    let help = format!(
        "give `{}` a precondition that reads the lag: `probe: rds.replica_lag`, `expect: \"lost <= {}\"`; or remove `rpo`",
        step.id.value, rpo.value
    );
    cx.push(Diagnostic::warning(code::RPO_UNGUARDED, rpo.span.clone(), message).help(help));
}

fn guarded(runbook: &Runbook, catalog: &Catalog) -> bool {
    visit::checks(runbook).any(|visited| reads_age(visited.check, catalog))
}

/// Whether a check reads how old the data is.
fn reads_age(check: &CheckDoc, catalog: &Catalog) -> bool {
    let says = |text: &str| AGES.iter().any(|word| text.to_lowercase().contains(word));
    let mut found = catalog.probe(&check.probe.value).is_none_or(|probe| probe.rpo_field.is_some()) || says(&check.expect.value);
    check.with.each_text(&mut |text, _| found = found || says(text));
    found || says(&check.title.value)
}
