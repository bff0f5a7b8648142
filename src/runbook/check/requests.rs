//! What the requests of checks do: whether they may change something, and whether their author has said so.

use super::run::Cx;
use super::visit::{self, Role};
use crate::diag::{Diagnostic, code};
use crate::runbook::fill::fill;
use crate::runbook::model::CheckDoc;
use crate::runbook::node::Spanned;
use crate::runbook::spec::Requests;

pub(super) fn check(cx: &mut Cx<'_>) {
    let mut findings = Vec::new();
    for visited in visit::checks(cx.runbook) {
        words(cx, visited.check, &mut findings);
        method(cx, visited.check, visited.role, &mut findings);
        once(visited.check, &mut findings);
    }
    findings.into_iter().for_each(|finding| cx.push(finding));
}

/// The place of a flag that is set.
fn set(flag: &Option<Spanned<bool>>) -> Option<&Spanned<bool>> {
    flag.as_ref().filter(|flag| flag.value)
}

/// `reads` and `writes` where they say nothing, or each other's contrary.
fn words(cx: &Cx<'_>, check: &CheckDoc, findings: &mut Vec<Diagnostic>) {
    if let (Some(_), Some(writes)) = (set(&check.reads), set(&check.writes)) {
        let finding =
            Diagnostic::error(code::REQUEST_UNSAID, writes.span.clone(), "it is said that the request only reads, and that it writes");
        findings.push(finding.help("keep `writes: true` if it changes anything, `reads: true` if it does not"));
    }
    let Some(probe) = cx.catalog.probe(&check.probe.value) else { return };
    if matches!(probe.requests, Requests::Author { .. }) {
        return;
    }
    for (key, flag) in [("reads", set(&check.reads)), ("writes", set(&check.writes))] {
        if let Some(flag) = flag {
            let message = format!("`{key}` says nothing here: `{}` only reads, whatever its requests look like", probe.name);
            findings.push(Diagnostic::error(code::REQUEST_UNSAID, flag.span.clone(), message).help(format!("remove `{key}`")));
        }
    }
}

/// A request that may change something, of which the author has not said whether it does. What its method is only in the run is decided
/// there: it is not sent then.
fn method(cx: &Cx<'_>, check: &CheckDoc, role: Role, findings: &mut Vec<Diagnostic>) {
    if set(&check.reads).or_else(|| set(&check.writes)).is_some() {
        return;
    }
    let Some(probe) = cx.catalog.probe(&check.probe.value) else { return };
    let with = fill(&check.with, cx.defaults, &mut |_, _| {});
    let Some(method) = probe.unsafe_method(&with.to_json()).filter(|method| !crate::expr::has_expression(method)) else { return };
    let place = with.get("method").map_or_else(|| check.probe.span.clone(), |node| node.span.clone());
    let (message, help) = match role {
        Role::Gate => (
            format!("a {method} may change something, and a precondition only reads"),
            "if it only reads (a search, a query), write `reads: true` beside `probe`; if it writes, it can only be a proof: under `verify`, \
             with `writes: true`",
        ),
        Role::Proof => (
            format!("a {method} may change something, and nothing says whether this one does"),
            "write `reads: true` beside `probe` if it only reads (a search, a query), or `writes: true` if it changes anything: it is then \
             shown before the confirmation, and sent once",
        ),
        Role::Look => (
            format!("a {method} may change something, and what is looked at is only read"),
            "write `reads: true` in the `look` if it only reads, or look with a GET",
        ),
    };
    findings.push(Diagnostic::error(code::REQUEST_UNSAID, place, message).help(help));
}

/// A proof that writes is sent once: what it asks for comes true with its answer, or in a look.
fn once(check: &CheckDoc, findings: &mut Vec<Diagnostic>) {
    let Some(_) = set(&check.writes) else {
        if let Some(look) = &check.look {
            let finding = Diagnostic::error(code::WRITES_ONCE, look.probe.span.clone(), "`look` belongs to a proof that writes");
            findings.push(finding.help("any other proof is read until it holds: write what is looked at as a proof of its own"));
        }
        return;
    };
    if check.look.is_some() {
        return;
    }
    let times = [("within", &check.within), ("stable", &check.stable), ("every", &check.every)];
    for (key, time) in times.into_iter().filter_map(|(key, time)| Some((key, time.as_ref()?))) {
        let message = format!("a proof that writes is sent once, so nothing could come true later: `{key}` has nothing to wait for");
        let finding = Diagnostic::error(code::WRITES_ONCE, time.span.clone(), message);
        findings.push(finding.help(format!("add `look` with the probe that shows what became of it, or remove `{key}`")));
    }
}
