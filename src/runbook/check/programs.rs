//! Programs that go to AWS: as whom, and for how long.

use super::run::Cx;
use crate::diag::{Diagnostic, code};
use crate::runbook::duration::format_duration;
use crate::runbook::fill::fill;
use crate::runbook::model::StepDoc;
use crate::runbook::rules;
use crate::runbook::spec::Reversibility;

/// Programs that can do nothing without AWS.
const OF_AWS: [&str; 5] = ["aws", "eksctl", "sam", "cdk", "copilot"];
/// Programs that mostly go to AWS where a runbook has targets.
const OFTEN: [&str; 5] = ["kubectl", "helm", "terraform", "tofu", "terragrunt"];
/// How long the session of a role lives that is assumed without saying so: `DurationSeconds` in
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
const SESSION: f64 = 3_600.0;

pub(super) fn check(cx: &mut Cx<'_>) {
    for step in &cx.runbook.steps {
        program(cx, step, None);
        if let Some(back) = &step.rollback {
            program(cx, back, Some(step));
        }
    }
}

fn program(cx: &mut Cx<'_>, step: &StepDoc, parent: Option<&StepDoc>) {
    let Some(action) = cx.action(&step.action.value).filter(|action| action.reversibility == Reversibility::Unknown) else { return };
    let own = step.target.as_ref().or_else(|| parent?.target.as_ref());
    let Some(target) = own.or(cx.runbook.default_target.as_ref()) else { return no_target(cx, step) };
    let has_role = cx.runbook.targets.get(&target.value).is_some_and(|target| target.role.is_some());
    let written = step.timeout.as_ref().or(cx.runbook.default_timeout.as_ref());
    let timeout = rules::timeout(written.map(|timeout| timeout.value), cx.lasts(step, action));
    if has_role && timeout > SESSION {
        let place = step.timeout.as_ref().map_or_else(|| step.action.span.clone(), |timeout| timeout.span.clone());
        let message = format!(
            "the program may run for {}, and the session of a role ends after {}",
            format_duration(timeout),
            format_duration(SESSION)
        );
        let finding = Diagnostic::warning(code::PROGRAM_OUTLIVES, place, message);
        cx.push(finding.help("what it asks of AWS after that is refused: let it do less in one step, or give it a `timeout` of an hour"));
    }
}

fn no_target(cx: &mut Cx<'_>, step: &StepDoc) {
    let with = fill(&step.with, cx.defaults, &mut |_, _| {}).to_json();
    let Some(program) = with["argv"].get(0).and_then(serde_json::Value::as_str) else { return };
    let name = program.rsplit('/').next().unwrap_or(program);
    let known = OF_AWS.contains(&name) || OFTEN.contains(&name) && !cx.runbook.targets.is_empty();
    // Somebody who hands it something of AWS knows what it needs.
    let handed = with["env"].as_object().is_some_and(|env| env.keys().any(|name| name.starts_with("AWS_") || name == "KUBECONFIG"));
    if !known || handed {
        return;
    }
    let message = format!("`{name}` gets no credentials of AWS: the step has no target, and the shell's own are not handed on");
    let help = match cx.runbook.targets.keys().next() {
        Some(first) => format!("write `target: {first}` in the step, or under `defaults`"),
        None => "declare a target under `targets`, and name it with `target` in the step".into(),
    };
    cx.push(Diagnostic::warning(code::PROGRAM_WITHOUT_TARGET, step.action.span.clone(), message).help(help));
}
