//! A step with `for_each` that is read as if it were one step.

use std::collections::HashMap;

use super::run::default_scope;
use crate::diag::code;
use crate::expr::{Finding, Read};
use crate::runbook::items;
use crate::runbook::model::{Runbook, StepDoc};

/// What can be read of a step.
const PARTS: [&str; 5] = ["state", "outputs", "answers", "choice", "steps"];

/// The steps with `for_each`, by their ids.
pub(super) struct Lists<'a> {
    runbook: &'a Runbook,
    steps: HashMap<&'a str, &'a StepDoc>,
}

impl<'a> Lists<'a> {
    pub(super) fn new(runbook: &'a Runbook) -> Self {
        let lists = runbook.steps.iter().filter(|step| step.for_each.is_some());
        Self { runbook, steps: lists.map(|step| (step.id.value.as_str(), step)).collect() }
    }

    /// What is wrong with a read, when it lacks the item.
    pub(super) fn lacks_item(&self, read: &Read) -> Option<Finding> {
        let [steps, id, part, rest @ ..] = read.path.as_slice() else { return None };
        let doc = self.steps.get(id.as_str()).filter(|_| steps == "steps" && PARTS.contains(&part.as_str()))?;
        let list = doc.for_each.as_ref()?;
        // Looked at only when something is wrong: a list may be long.
        let names: Vec<String> = items(list, &default_scope(self.runbook)).unwrap_or_default().into_iter().map(|(name, _)| name).collect();
        if names.contains(part) {
            return None; // An item of that name.
        }
        let name = names.first().map_or("NAME", String::as_str);
        let rest: String = rest.iter().map(|part| format!(".{part}")).collect();
        Some(Finding {
            code: code::EXPR_UNKNOWN_FIELD,
            message: format!("`{id}` is a list of steps, one for each item, and this reads it as one step"),
            span: read.span.clone(),
            help: Some(format!("say which of them: `steps.{id}[\"{name}\"].{part}{rest}`")),
        })
    }
}
