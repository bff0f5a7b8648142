//! Whether what a step reads of other steps is there when it is read. Asked of all steps at once, after all were looked at: one step at
//! a time, the cost would grow with the square of the file.

use super::run::Cx;
use super::skipped;
use crate::diag::{Diagnostic, code};
use crate::expr::Read;
use crate::runbook::model::FailureDoc;

/// A step that reads another.
pub(super) struct Wait {
    pub(super) reader: usize,
    pub(super) read: usize,
    pub(super) place: Read,
}

/// Notes what a step reads of others. `after` says that it is read when the step itself is done.
pub(super) fn note(cx: &mut Cx<'_>, reader: usize, reads: Vec<Read>, after: bool) {
    for place in reads {
        let [steps, other, ..] = place.path.as_slice() else { continue };
        if steps != "steps" {
            continue;
        }
        let Some(read) = cx.graph.index_of(other) else { continue };
        if read != reader {
            cx.waits.push(Wait { reader, read, place });
        } else if !after && !cx.graph.has_cycle() {
            let message = format!("step `{other}` reads itself before it has run");
            let finding = Diagnostic::error(code::EXPR_NOT_NEEDED, place.span.clone(), message);
            cx.push(finding.help("only `verify` and `rollback` can read the step's own outputs"));
        }
    }
}

/// Says which of them do not wait for what they read.
pub(super) fn check(cx: &mut Cx<'_>) {
    let waits = std::mem::take(&mut cx.waits);
    skipped::check(cx, &waits);
    let pairs: Vec<(usize, usize)> = waits.iter().map(|wait| (wait.reader, wait.read)).collect();
    for (wait, ordered) in waits.iter().zip(cx.graph.come_after(&pairs)) {
        if ordered {
            continue;
        }
        let other = &wait.place.path[1];
        let message = format!("step `{}` does not wait for step `{other}`, which it reads", cx.runbook.steps[wait.reader].id.value);
        let finding = Diagnostic::error(code::EXPR_NOT_NEEDED, wait.place.span.clone(), message);
        cx.push(finding.help(format!("add `{other}` to `needs`")));
    }
    nothing_to_roll_back(cx);
}

/// `on_failure: roll_back` where nothing that has a rollback can have been done by then.
fn nothing_to_roll_back(cx: &mut Cx<'_>) {
    let runbook = cx.runbook;
    let back: Vec<usize> = (0..runbook.steps.len()).filter(|&index| runbook.steps[index].rollback.is_some()).collect();
    let rolls = |index: &usize| runbook.steps[*index].on_failure == FailureDoc::RollBack && runbook.steps[*index].rollback.is_none();
    let asking: Vec<usize> = (0..runbook.steps.len()).filter(rolls).collect();
    for index in cx.graph.before_all(&asking, &back) {
        let step = &runbook.steps[index];
        let message = format!("step `{}` rolls back when it fails, and there is nothing to roll back by then", step.id.value);
        let finding = Diagnostic::warning(code::NOTHING_TO_ROLL_BACK, step.id.span.clone(), message);
        cx.push(finding.help("give the steps before it a `rollback`, or write `on_failure: pause`"));
    }
}
