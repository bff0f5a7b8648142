//! Going over all the checks of a runbook, each with what it belongs to.

use super::run::Cx;
use crate::runbook::model::{CheckDoc, Runbook, StepDoc};
use crate::runbook::node::Spanned;

/// What a check is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A precondition, of the run or of a step.
    Gate,
    /// A proof, of a step or of its rollback.
    Proof,
    /// What becomes of a proof that writes.
    Look,
}

/// A check with what it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Visited<'a> {
    pub(super) check: &'a CheckDoc,
    pub(super) role: Role,
    /// The step's place in the file; `None` for a precondition of the run.
    pub(super) step: Option<usize>,
    /// The step itself, or its rollback.
    pub(super) of: Option<&'a StepDoc>,
}

/// Every check of a runbook, in no order that matters.
pub(super) fn checks(runbook: &Runbook) -> impl Iterator<Item = Visited<'_>> {
    let gates = runbook.preconditions.iter().map(|check| Visited { check, role: Role::Gate, step: None, of: None });
    let steps = runbook.steps.iter().enumerate().flat_map(|(index, step)| {
        let visit = move |check, role, of| Visited { check, role, step: Some(index), of: Some(of) };
        let back = step.rollback.as_deref().into_iter();
        let gates = step.preconditions.iter().map(move |check| visit(check, Role::Gate, step));
        let proofs = step.verify.iter().map(move |check| visit(check, Role::Proof, step));
        let proofs_back = back.flat_map(move |back| back.verify.iter().map(move |check| visit(check, Role::Proof, back)));
        gates.chain(proofs).chain(proofs_back)
    });
    gates.chain(steps).flat_map(|visited| {
        let look = visited.check.look.as_deref().map(|check| Visited { check, role: Role::Look, ..visited });
        std::iter::once(visited).chain(look)
    })
}

impl Visited<'_> {
    /// The target that the check goes to.
    pub(super) fn target<'c>(&'c self, cx: &'c Cx<'_>) -> Option<&'c Spanned<String>> {
        let parent = self.step.and_then(|index| cx.runbook.steps.get(index));
        let own = self.check.target.as_ref().or_else(|| self.of?.target.as_ref());
        own.or_else(|| parent?.target.as_ref()).or(cx.runbook.default_target.as_ref())
    }
}

impl Cx<'_> {
    /// The region of a target, as far as the defaults of the parameters say.
    pub(super) fn region(&self, target: &str) -> Option<&str> {
        self.defaults.get("targets")?.get(target)?.get("region")?.as_str()
    }

    /// The account of a target, or its id where the account is not known: what shares the limits of a service.
    pub(super) fn account<'t>(&'t self, target: &'t str) -> &'t str {
        self.defaults["targets"][target]["account"].as_str().unwrap_or(target)
    }
}
