//! What depends on the region that is presumed lost. (That Route 53's own control plane may be lost is said where the step is looked
//! at.)

use super::run::{Cx, default_scope};
use super::visit::{self, Role};
use crate::diag::{Diagnostic, Span, code};
use crate::expr;
use crate::runbook::fill::fill_text;
use crate::runbook::model::{CheckDoc, FailureDoc, Runbook, StepDoc};
use crate::runbook::node::{Kind, Node, Spanned};

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
    let Some(action) = cx.action(&step.action.value).filter(|action| !is_global(action.name)) else { return };
    let own = step.target.as_ref().or_else(|| parent?.target.as_ref());
    let target = own.or(cx.runbook.default_target.as_ref().filter(|_| action.needs_target));
    let place = if target.is_some_and(|target| cx.region(&target.value) == Some(region)) {
        step.target.as_ref().unwrap_or(&step.action).span.clone()
    } else if let Some(place) = program(cx, step, region) {
        place
    } else {
        return;
    };
    let message = format!("`{}` goes to {region}, the region presumed lost", action.name);
    let help = format!("{}, or write `on_failure: continue`", elsewhere(cx, region));
    cx.push(Diagnostic::warning(code::IMPAIRED_TARGET, place, message).help(help));
}

/// Where a program is told to go to a region: `--region eu-west-1`, `AWS_REGION`.
fn program(cx: &Cx<'_>, step: &StepDoc, region: &str) -> Option<Span> {
    let filled = |node: &Node| fill_text(node.as_text()?, cx.defaults).ok().flatten()?.as_str().map(str::to_owned);
    let is_region = |node: &&Node| filled(node).as_deref() == Some(region);
    if let Some(Node { kind: Kind::List(words), .. }) = step.with.get("argv") {
        let flag = |node: &Node| filled(node).is_some_and(|word| word == "--region");
        let joined = |node: &&Node| filled(node).is_some_and(|word| word.strip_prefix("--region=") == Some(region));
        let apart = words.windows(2).find(|pair| flag(&pair[0]) && is_region(&&pair[1])).map(|pair| &pair[1]);
        if let Some(word) = apart.or_else(|| words.iter().find(joined)) {
            return Some(word.span.clone());
        }
    }
    let env = step.with.get("env")?;
    ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| env.get(name)).filter(is_region).map(|node| node.span.clone())
}

/// The region presumed lost, as far as the defaults say, and the profiles that targets name, each with its place.
pub fn profiles_and_lost_region(runbook: &Runbook) -> Option<(String, Vec<(String, Span)>)> {
    let scope = default_scope(runbook);
    let filled = |text: &Spanned<String>| fill_text(&text.value, &scope).ok().flatten()?.as_str().map(str::to_owned);
    let lost = runbook.impaired.as_ref().and_then(filled)?;
    let profiles = runbook.targets.values().filter_map(|target| target.profile.as_ref());
    Some((lost, profiles.filter_map(|profile| Some((filled(profile)?, profile.span.clone()))).collect()))
}

/// What of the impaired region a check asks, where that is written, and what to ask instead.
fn depends(cx: &Cx<'_>, check: &CheckDoc, target: Option<&Spanned<String>>, region: &str) -> Option<(String, Span, String)> {
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
