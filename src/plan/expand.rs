//! `for_each`: which steps of the plan a step of the file becomes, and what that makes of `needs`.

use std::collections::HashMap;

use serde_json::Value;

use super::build_step::Builder;
use crate::diag::{Diagnostic, code};
use crate::id::StepId;
use crate::runbook::{Runbook, items};

/// Most steps of one plan.
const MOST_STEPS: usize = 20_000;

/// The steps that each step of the file becomes.
pub(super) struct Expanded<'a> {
    runbook: &'a Runbook,
    by_id: HashMap<&'a str, usize>,
    /// For each step of the file: its ids in the plan, each with its item. One without an item where there is no `for_each`.
    ids: Vec<Vec<(StepId, Option<Value>)>>,
}

impl<'a> Expanded<'a> {
    /// Takes the lists from `params` and `targets`. What is wrong with one is added to the builder's errors.
    pub(super) fn of(builder: &mut Builder<'a>) -> Self {
        let runbook = builder.runbook;
        let mut ids: Vec<Vec<(StepId, Option<Value>)>> = Vec::with_capacity(runbook.steps.len());
        let mut steps = 0;
        for doc in &runbook.steps {
            let id = &doc.id.value;
            let own = match &doc.for_each {
                None => vec![(id.as_str().into(), None)],
                Some(list) => match items(list, &builder.scope) {
                    Ok(items) => items.into_iter().map(|(name, item)| (format!("{id}[{name}]").into(), Some(item))).collect(),
                    Err((span, message)) => {
                        builder.errors.push(Diagnostic::error(code::BAD_ITEMS, span, message));
                        Vec::new()
                    }
                },
            };
            steps += own.len();
            if steps > MOST_STEPS {
                let message = format!("the plan has more than {MOST_STEPS} steps");
                let span = doc.for_each.as_ref().map_or_else(|| doc.id.span.clone(), |list| list.span.clone());
                builder.errors.push(Diagnostic::error(code::BAD_ITEMS, span, message).help("a runbook that long is several runbooks"));
                ids.resize(runbook.steps.len(), Vec::new());
                break;
            }
            ids.push(own);
        }
        let by_id = runbook.steps.iter().enumerate().map(|(at, doc)| (doc.id.value.as_str(), at)).collect();
        Self { runbook, by_id, ids }
    }

    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.ids.iter().map(Vec::len).sum()
    }

    /// The steps that the step at this place of the file becomes.
    pub(super) fn ids(&self, at: usize) -> impl Iterator<Item = (&StepId, Option<&Value>)> {
        self.ids.get(at).into_iter().flatten().map(|(id, item)| (id, item.as_ref()))
    }

    /// What all of them need. A step that became none hands on what it needs itself.
    pub(super) fn needs(&self, at: usize) -> Vec<StepId> {
        let mut needs = Vec::new();
        let mut seen = vec![false; self.ids.len()];
        let mut open = self.direct(at);
        open.reverse();
        while let Some(need) = open.pop() {
            if std::mem::replace(&mut seen[need], true) {
                continue;
            }
            if self.ids[need].is_empty() {
                open.extend(self.direct(need).into_iter().rev());
            }
            needs.extend(self.ids(need).map(|(id, _)| id.clone()));
        }
        needs
    }

    fn direct(&self, at: usize) -> Vec<usize> {
        match &self.runbook.steps[at].needs {
            Some(needs) => needs.iter().filter_map(|need| self.by_id.get(need.value.as_str()).copied()).collect(),
            None => at.checked_sub(1).into_iter().collect(),
        }
    }
}
