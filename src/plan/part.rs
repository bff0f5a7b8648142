//! What one runbook brings into a plan: all of it, or what stands behind the step that runs it.

use std::cell::Cell;
use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::build_step::Builder;
use super::model::{Check, Link, Nested, Step, Target};
use crate::diag::Severity;
use crate::expr;
use crate::id::{StepId, TargetId};
use crate::runbook::{Runbook, SecretSource, Shelf, Spanned, TargetDoc, target as runbook_target};

/// What all runbooks of one plan share.
pub(super) struct Shared<'a> {
    pub(super) shelf: &'a Shelf<'a>,
    /// Steps made so far.
    pub(super) steps: Cell<usize>,
    /// How many times one step waits for another, so far.
    pub(super) needs: Cell<usize>,
    /// Bytes of what was filled in so far.
    pub(super) filled: Cell<usize>,
}

impl<'a> Shared<'a> {
    /// Before anything is made.
    pub(super) fn new(shelf: &'a Shelf<'a>) -> Self {
        Self { shelf, steps: Cell::new(0), needs: Cell::new(0), filled: Cell::new(0) }
    }
}

/// The parts of a plan that one runbook gives, with those of the runbooks that it runs.
pub(super) struct Part {
    pub(super) links: Vec<Link>,
    pub(super) secrets: IndexMap<String, SecretSource>,
    pub(super) targets: IndexMap<TargetId, Target>,
    pub(super) nested: IndexMap<StepId, Nested>,
    pub(super) preconditions: Vec<Check>,
    pub(super) steps: Vec<Step>,
    pub(super) rollbacks: IndexMap<StepId, Step>,
}

impl Part {
    /// Makes it. What is wrong with the runbook, with the values of its parameters, is added to the builder's errors.
    pub(super) fn new(builder: &mut Builder<'_>) -> Self {
        let runbook = builder.runbook;
        let targets = targets(builder, runbook);
        let preconditions = builder.run_preconditions();
        let links = runbook.links.iter().map(|(title, url)| Link { title: title.clone(), url: url.clone() }).collect();
        let secrets = builder.secrets.iter().map(|(name, place)| (builder.name(name), place.clone())).collect();
        let mut part =
            Self { links, secrets, targets, nested: IndexMap::new(), preconditions, steps: Vec::new(), rollbacks: IndexMap::new() };
        builder.steps(&mut part);
        part
    }

    /// Takes over what a runbook gives that is run as a step of this one, all but its preconditions.
    pub(super) fn add(&mut self, inner: Self) {
        let known: HashSet<String> = self.links.iter().map(|link| link.url.clone()).collect();
        self.links.extend(inner.links.into_iter().filter(|link| !known.contains(&link.url)));
        self.secrets.extend(inner.secrets);
        self.targets.extend(inner.targets);
        self.nested.extend(inner.nested);
        self.steps.extend(inner.steps);
        self.rollbacks.extend(inner.rollbacks);
    }

    /// The steps that no other step of it needs: when they are over, all are.
    pub(super) fn ends(&self) -> Vec<StepId> {
        let needed: HashSet<&StepId> = self.steps.iter().flat_map(|step| &step.needs).collect();
        self.steps.iter().map(|step| &step.id).filter(|id| !needed.contains(id)).cloned().collect()
    }
}

fn targets(builder: &mut Builder<'_>, runbook: &Runbook) -> IndexMap<TargetId, Target> {
    let targets: Vec<(&str, Target)> = runbook.targets.values().map(|doc| (doc.id.value.as_str(), target(builder, doc))).collect();
    builder.scope["targets"] =
        targets.iter().map(|(id, target)| ((*id).to_owned(), target_scope(id, target))).collect::<Map<_, _>>().into();
    targets.into_iter().map(|(_, target)| (target.id.clone(), target)).collect()
}

/// A target as expressions see it.
fn target_scope(id: &str, target: &Target) -> Value {
    let parts = [("account", &target.account), ("profile", &target.profile), ("role", &target.role), ("external_id", &target.external_id)];
    let mut object = json!({ "id": id, "region": target.region });
    for (name, value) in parts {
        if let Some(value) = value {
            object[name] = json!(value);
        }
    }
    object
}

fn target(builder: &mut Builder<'_>, doc: &TargetDoc) -> Target {
    // What could not be filled in is said already.
    let known = |text: &str| !expr::has_expression(text);
    let region = builder.text(&doc.region);
    let mut text = |text: &Option<Spanned<String>>| text.as_ref().map(|text| builder.text(text));
    let (account, profile, role, external_id) = (text(&doc.account), text(&doc.profile), text(&doc.role), text(&doc.external_id));
    let filled = runbook_target::Filled {
        region: Some(region.as_str()).filter(|text| known(text)),
        account: account.as_deref().filter(|text| known(text)),
        role: role.as_deref().filter(|text| known(text)),
    };
    let wrong = runbook_target::wrong(doc, filled);
    builder.errors.extend(wrong.into_iter().filter(|finding| finding.severity == Severity::Error));
    Target { id: builder.name(&doc.id.value).into(), region, account, profile, role, external_id }
}
