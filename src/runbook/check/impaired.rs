//! What depends on the region that is presumed lost. (That Route 53's own control plane may be lost is said where the step is looked
//! at.)

use super::run::Cx;
use super::visit::{self, Role};
use crate::diag::{Diagnostic, code};
use crate::expr;
use crate::runbook::fill::fill_text;
use crate::runbook::model::{CheckDoc, FailureDoc, StepDoc};
use crate::runbook::node::Spanned;

/// Services that are asked at the same place whatever the target's region is.
const GLOBAL: &[&str] = &["route53."];
/// Where that is.
const CONTROL_PLANE: &str = "us-east-1";

pub(super) fn check(cx: &mut Cx<'_>) {
    let Some(region) = cx.impaired() else { return };
    for step in &cx.runbook.steps {
        // Where the run goes on without it, the author has thought of this.
        if step.on_failure != FailureDoc::Continue {
            action(cx, step, None, &region);
        }
        if let Some(back) = &step.rollback {
            action(cx, back, Some(step), &region);
        }
    }
    for visited in visit::checks(cx.runbook) {
        let check = visited.check;
        if check.warns_only || expr::mentions(&check.expect.value, "error") {
            continue;
        }
        let target = cx.catalog.probe(&check.probe.value).filter(|probe| probe.needs_target).and_then(|_| visited.target(cx));
        let Some((what, place, help)) = depends(cx, check, target, &region) else { continue };
        let finding = match visited.role {
            Role::Proof | Role::Look => {
                let message = format!("the proof asks {what}, the region presumed lost");
                Diagnostic::warning(code::IMPAIRED_TARGET, place, message).help(help)
            }
            Role::Gate => {
                let message = format!("the precondition waits for {what}, the region presumed lost");
                Diagnostic::warning(code::IMPAIRED_GATE, place, message).help(format!("{help}, or write `severity: warn`, or `error or …`"))
            }
        };
        cx.push(finding);
    }
}

fn action(cx: &mut Cx<'_>, step: &StepDoc, parent: Option<&StepDoc>, region: &str) {
    let Some(action) = cx.action(&step.action.value).filter(|action| action.needs_target && !is_global(action.name)) else { return };
    let own = step.target.as_ref().or_else(|| parent?.target.as_ref());
    let Some(target) = own.or(cx.runbook.default_target.as_ref()) else { return };
    if cx.region(&target.value) != Some(region) {
        return;
    }
    let place = step.target.as_ref().unwrap_or(&step.action).span.clone();
    let message = format!("`{}` goes to {region}, the region presumed lost", action.name);
    let help = format!("{}, or write `on_failure: continue`", elsewhere(cx, region));
    cx.push(Diagnostic::warning(code::IMPAIRED_TARGET, place, message).help(help));
}

/// What of the impaired region a check asks, where that is written, and what to ask instead.
fn depends(cx: &Cx<'_>, check: &CheckDoc, target: Option<&Spanned<String>>, region: &str) -> Option<(String, crate::diag::Span, String)> {
    if is_global(&check.probe.value) {
        let help = "ask with `dns`, whose answers go on".to_owned();
        return (region == CONTROL_PLANE).then(|| (format!("Route 53's control plane in {region}"), check.probe.span.clone(), help));
    }
    if let Some(target) = target {
        let lost = cx.region(&target.value) == Some(region);
        let place = check.target.as_ref().unwrap_or(&check.probe).span.clone();
        return lost.then(|| (region.to_owned(), place, elsewhere(cx, region)));
    }
    // An endpoint of AWS names its region.
    let url = check.with.get("url")?;
    let filled = fill_text(url.as_text()?, cx.defaults).ok().flatten()?;
    let host = filled.as_str()?.split("://").nth(1)?.split(['/', '?', ':']).next()?;
    let lost = host.ends_with(".amazonaws.com") && host.split('.').any(|label| label == region);
    lost.then(|| (format!("{host} in {region}"), url.span.clone(), "ask an endpoint of another region".to_owned()))
}

/// The way around: a target that is not lost.
fn elsewhere(cx: &Cx<'_>, region: &str) -> String {
    let usable = |id: &&str| cx.region(id).is_some_and(|other| other != region);
    let default = cx.runbook.default_target.as_ref().map(|target| target.value.as_str()).filter(usable);
    match default.or_else(|| cx.runbook.targets.keys().map(String::as_str).find(usable)) {
        Some(id) => format!("use `target: {id}`, which is in {}", cx.region(id).unwrap_or_default()),
        None => "declare a target in another region, and use that".to_owned(),
    }
}

fn is_global(name: &str) -> bool {
    GLOBAL.iter().any(|prefix| name.starts_with(prefix))
}
