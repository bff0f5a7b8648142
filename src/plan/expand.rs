//! What a step of the file becomes in the plan: with `for_each` a step for each item, with the action `runbook` the steps of that runbook
//! too; and what that makes of `needs`.

use std::collections::HashMap;

use serde_json::Value;

use super::build_step::Builder;
use super::nested::{self, Inner};
use crate::diag::{Diagnostic, code};
use crate::id::StepId;
use crate::runbook::{RUN_RUNBOOK, Runbook, items};

/// Most steps of one plan.
const MOST_STEPS: usize = 20_000;

/// One step of the plan to be.
pub(super) struct Made {
    pub(super) id: StepId,
    /// The item, of a `for_each`.
    pub(super) item: Option<Value>,
    /// The runbook that it runs.
    pub(super) inner: Option<Inner>,
}

/// The steps that each step of the file becomes.
pub(super) struct Expanded<'a> {
    runbook: &'a Runbook,
    by_id: HashMap<&'a str, usize>,
    /// For each step of the file, its steps of the plan.
    made: Vec<Vec<Made>>,
    /// The same, as those that must be over for it to be done.
    ends: Vec<Vec<StepId>>,
}

impl<'a> Expanded<'a> {
    /// Takes the lists from `params` and `targets`. What is wrong with one is added to the builder's errors.
    pub(super) fn of(builder: &mut Builder<'a>) -> Self {
        let runbook = builder.runbook;
        let mut made: Vec<Vec<Made>> = Vec::with_capacity(runbook.steps.len());
        for doc in &runbook.steps {
            let id = &doc.id.value;
            let own = match &doc.for_each {
                None => vec![(builder.name(id).into(), None)],
                Some(list) => match items(list, &builder.scope) {
                    Ok(items) => {
                        items.into_iter().map(|(name, item)| (builder.name(&format!("{id}[{name}]")).into(), Some(item))).collect()
                    }
                    Err((span, message)) => {
                        builder.errors.push(Diagnostic::error(code::BAD_ITEMS, span, message));
                        Vec::new()
                    }
                },
            };
            builder.shared.steps.set(builder.shared.steps.get() + own.len());
            let runs = doc.action.value == RUN_RUNBOOK;
            let mut all = Vec::with_capacity(own.len());
            for (id, item) in own {
                if builder.shared.steps.get() > MOST_STEPS {
                    break;
                }
                builder.item(item.as_ref());
                let inner = if runs { nested::part(builder, doc, &id) } else { None };
                all.push(Made { id, item, inner });
            }
            builder.item(None);
            made.push(all);
            if builder.shared.steps.get() > MOST_STEPS {
                // Said once, and not once more in each runbook on the way there.
                if builder.within.is_none() {
                    let message = format!("the plan has more than {MOST_STEPS} steps");
                    let span = doc.for_each.as_ref().map_or_else(|| doc.id.span.clone(), |list| list.span.clone());
                    builder
                        .errors
                        .push(Diagnostic::error(code::BAD_ITEMS, span, message).help("what nobody can look through is several runs"));
                }
                made.resize_with(runbook.steps.len(), Vec::new);
                break;
            }
        }
        let by_id = runbook.steps.iter().enumerate().map(|(at, doc)| (doc.id.value.as_str(), at)).collect();
        let ends = made.iter().map(|made| made.iter().flat_map(Made::ends).collect()).collect();
        Self { runbook, by_id, made, ends }
    }

    /// The steps that the step at this place of the file becomes.
    pub(super) fn take(&mut self, at: usize) -> Vec<Made> {
        self.made.get_mut(at).map(std::mem::take).unwrap_or_default()
    }

    /// How many steps that are.
    pub(super) fn count(&self, at: usize) -> usize {
        self.made.get(at).map_or(0, Vec::len)
    }

    /// What all of them need. A step that became none hands on what it needs itself.
    pub(super) fn needs(&self, at: usize) -> Vec<StepId> {
        let mut needs = Vec::new();
        let mut seen = vec![false; self.ends.len()];
        let mut open = self.direct(at);
        open.reverse();
        while let Some(need) = open.pop() {
            if std::mem::replace(&mut seen[need], true) {
                continue;
            }
            if self.ends[need].is_empty() {
                open.extend(self.direct(need).into_iter().rev());
            }
            needs.extend(self.ends[need].iter().cloned());
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

impl Made {
    /// The steps that must be over for this one to be done: of a runbook, those that no other of its steps needs.
    fn ends(&self) -> Vec<StepId> {
        let ends = self.inner.as_ref().map(|inner| inner.part.ends()).unwrap_or_default();
        if ends.is_empty() { vec![self.id.clone()] } else { ends }
    }
}
