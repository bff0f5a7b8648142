//! What is left over, twice there, or leads nowhere.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::run::Cx;
use super::visit;
use crate::diag::{Diagnostic, code};
use crate::runbook::load::{has_top_level_key, read_source};

pub(super) fn check(cx: &mut Cx<'_>) {
    // A name that is not there may be meant for one that seems to be unused.
    if cx.runbook.complete && !cx.diagnostics.iter().any(|one| one.code == code::UNKNOWN_TARGET) {
        unused_targets(cx);
    }
    if cx.runbook.complete {
        unused_secrets(cx);
    }
    titles(cx);
    failback(cx);
}

fn unused_targets(cx: &mut Cx<'_>) {
    let runbook = cx.runbook;
    let steps = runbook.steps.iter().chain(runbook.steps.iter().filter_map(|step| step.rollback.as_deref()));
    let written = steps.map(|step| step.target.as_ref()).chain(visit::checks(runbook).map(|visited| visited.check.target.as_ref()));
    let used: HashSet<&str> = written.chain([runbook.default_target.as_ref()]).flatten().map(|target| target.value.as_str()).collect();
    let read = &cx.expressions.targets_used;
    let left = |id: &str| !used.contains(id) && !read.contains(id) && !read.contains("*");
    let unused: Vec<_> = runbook.targets.values().map(|target| &target.id).filter(|id| left(&id.value)).collect();
    for id in unused {
        let finding = Diagnostic::warning(code::UNUSED_TARGET, id.span.clone(), format!("nothing goes to target `{}`", id.value));
        cx.push(finding.help(format!("name it with `target: {}`, or remove it", id.value)));
    }
}

fn unused_secrets(cx: &mut Cx<'_>) {
    let used = &cx.expressions.used;
    // A name that is not there may be meant for one that seems to be unused.
    let unknown = |name: &str| name != "*" && !cx.runbook.secrets.contains_key(name);
    if used.iter().filter_map(|read| read.strip_prefix("secrets.")).any(unknown) {
        return;
    }
    let left = |name: &str| !used.contains(&format!("secrets.{name}")) && !used.contains("secrets.*");
    let unused: Vec<_> = cx.runbook.secrets.values().map(|secret| &secret.name).filter(|name| left(&name.value)).collect();
    for name in unused {
        let finding = Diagnostic::warning(code::UNUSED_SECRET, name.span.clone(), format!("secret `{}` is never used", name.value));
        cx.push(finding.help(format!("use `${{{{ secrets.{} }}}}` inside of `with`, or remove it", name.value)));
    }
}

fn titles(cx: &mut Cx<'_>) {
    let runbook = cx.runbook;
    let mut seen: HashMap<&str, &str> = HashMap::new();
    for step in runbook.steps.iter().filter(|step| !step.title.value.is_empty()) {
        match seen.get(step.title.value.trim()) {
            None => drop(seen.insert(step.title.value.trim(), &step.id.value)),
            // Steps of the same id are an error of their own.
            Some(first) if **first == step.id.value => {}
            Some(first) => {
                let message = format!("step `{first}` has the same title");
                let finding = Diagnostic::warning(code::DUPLICATE_TITLE, step.title.span.clone(), message);
                cx.push(finding.help("say in the title what this step does that the other does not"));
            }
        }
    }
}

fn failback(cx: &mut Cx<'_>) {
    let Some(failback) = &cx.runbook.failback else { return };
    let folder = cx.source.path.parent().unwrap_or(Path::new(""));
    let path = folder.join(&failback.value);
    if !path.is_file() {
        return; // Said where the head of the runbook is looked at.
    }
    if cx.source.path.file_name() == Path::new(&failback.value).file_name() && same_file(&path, &cx.source.path) {
        let finding = Diagnostic::warning(code::FAILBACK_ITSELF, failback.span.clone(), "the runbook is its own way back");
        cx.push(finding.help("write a runbook that leads back, and name that"));
        return;
    }
    // What the other file says is for its own check; here it only has to be a runbook.
    if !read_source(&path).is_ok_and(|source| has_top_level_key(&source.text, "lifeboat")) {
        let message = format!("{} is not a runbook", failback.value);
        let finding = Diagnostic::warning(code::FAILBACK_NOT_A_RUNBOOK, failback.span.clone(), message);
        cx.push(finding.help("a runbook has the key `lifeboat` at its top level"));
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}
