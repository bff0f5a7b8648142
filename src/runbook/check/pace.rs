//! Times: checks that ask more often than a service bears, and times that contradict each other.

use std::collections::BTreeMap;

use super::run::Cx;
use super::visit::{self, Role, Visited};
use crate::diag::{Diagnostic, Span, code};
use crate::runbook::duration::{duration_seconds, format_duration as show};
use crate::runbook::rules;
use crate::runbook::spec::Pace;

pub(super) fn check(cx: &mut Cx<'_>) {
    let depths = cx.graph.depths();
    let mut groups: BTreeMap<Group, Asked> = BTreeMap::new();
    let mut findings = Vec::new();
    for visited in visit::checks(cx.runbook) {
        contradictions(cx, &visited, &mut findings);
        let Some(pace) = cx.catalog.probe(&visited.check.probe.value).and_then(|probe| probe.pace) else { continue };
        let every = visited.check.every.as_ref().map_or(rules::EVERY, |every| every.value);
        let place = visited.check.every.as_ref().map_or_else(|| visited.check.probe.span.clone(), |every| every.span.clone());
        let least = least(&visited, &pace);
        if every < least {
            let message = format!("{} is asked every {}; less than {} makes no sense", pace.service, show(every), show(least));
            let finding = Diagnostic::warning(code::POLLS_TOO_FAST, place, message);
            findings.push(finding.help(format!("write `every: {}` or longer: {}", show(least), pace.why)));
            continue;
        }
        let (Some(most), Some(target)) = (pace.per_second, visited.target(cx)) else { continue };
        // Steps of one depth never wait for each other, so that they may all be at it at once.
        let at = match visited.step {
            None => Some((0, 0)),
            Some(step) => depths.get(step).map(|depth| (depth + 1, usize::from(visited.role != Role::Gate))),
        };
        let Some(at) = at else { continue };
        let group = Group { service: pace.service, account: cx.account(&target.value).to_owned(), at };
        let asked = groups.entry(group).or_insert(Asked { rate: 0.0, checks: 0, most, place: place.clone(), why: pace.why });
        asked.rate += pace.requests / every;
        asked.checks += 1;
        if place.start < asked.place.start {
            asked.place = place;
        }
    }
    for (group, asked) in groups {
        if asked.rate > asked.most {
            let message = format!(
                "{} checks that are read at the same time ask {} {:.1} times a second in one account",
                asked.checks, group.service, asked.rate
            );
            let finding = Diagnostic::warning(code::POLLS_TOO_FAST, asked.place, message);
            findings.push(finding.help(format!("let `every` be longer: {}", asked.why)));
        }
    }
    findings.into_iter().for_each(|finding| cx.push(finding));
}

/// Checks that may be read at the same time, of one service in one account.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    service: &'static str,
    account: String,
    at: (usize, usize),
}

struct Asked {
    rate: f64,
    checks: usize,
    most: f64,
    /// The first of the checks.
    place: Span,
    why: &'static str,
}

/// The least `every` that makes sense; a metric of a shorter period has news more often.
fn least(visited: &Visited<'_>, pace: &Pace) -> f64 {
    let period = visited.check.with.get("period").and_then(|node| duration_seconds(&node.to_json()));
    period.filter(|period| *period > 0.0).map_or(pace.least, |period| pace.least.min(period))
}

fn contradictions(cx: &Cx<'_>, visited: &Visited<'_>, findings: &mut Vec<Diagnostic>) {
    let check = visited.check;
    let every = check.every.as_ref().map_or(rules::EVERY, |every| every.value);
    let mut say = |place: &Span, message: String, help: String| {
        findings.push(Diagnostic::warning(code::TIMES_CONTRADICT, place.clone(), message).help(help));
    };
    if let Some(fresh) = &check.fresh
        && fresh.value < every
    {
        let usual = if check.every.is_none() { ", unless it says otherwise" } else { "" };
        let message = format!("a reading is too old after {}, and the next one comes after {}{usual}", show(fresh.value), show(every));
        say(&fresh.span, message, format!("let `fresh` be some times `every`: `fresh: {}`", show(every * rules::FRESH_TIMES)));
    }
    let within = check.within.as_ref().map_or(rules::WITHIN, |within| within.value);
    if let Some(stable) = &check.stable
        && stable.value > within
    {
        let message = format!("the proof must hold for {}, and there is only {} for it", show(stable.value), show(within));
        say(&stable.span, message, "let `within` be longer than `stable`".to_owned());
    }
    let timeout = visited.of.and_then(|step| step.timeout.as_ref()).or(cx.runbook.default_timeout.as_ref());
    if let (Some(within), Some(timeout)) = (&check.within, timeout)
        && within.value > timeout.value
    {
        let message = format!("the proof may take {}, and the step is given up after {}", show(within.value), show(timeout.value));
        say(&within.span, message, "raise `timeout`, or shorten `within`".to_owned());
    }
}
