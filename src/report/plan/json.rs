//! The plan as one JSON object: docs/plan-format.md.

use serde_json::{Map, Value, json};

use super::brief::{Brief, asked};
use super::iam::policies;
use crate::plan::{Check, Confirm, Gate, Plan, Step};

/// The version of the format. A new key is no new version; a key that goes or changes its meaning is.
const FORMAT: u32 = 1;

/// The plan as JSON.
pub fn json(brief: &Brief<'_>) -> String {
    format!("{:#}\n", object(brief))
}

fn object(brief: &Brief<'_>) -> Value {
    let plan = brief.plan;
    let late: Vec<Value> = brief.late().iter().map(|late| json!({"step": late.step, "place": late.place, "reads": late.reads})).collect();
    let left: Vec<Value> = brief.left().iter().map(|left| json!({"step": left.step.id, "why": left.why})).collect();
    let confirmations: Vec<Value> = brief.asking().into_iter().map(|place| asking(plan, &plan.steps[place])).collect();
    let policies = policies(brief)
        .into_iter()
        .map(|policy| json!({"account": policy.account, "role": policy.role, "targets": policy.targets, "policy": policy.document}));
    json!({
        "plan_format": FORMAT,
        "name": plan.name,
        "title": plan.title,
        "severity": plan.severity,
        "owners": plan.owners,
        "impaired": plan.impaired,
        "failback": plan.failback,
        "links": plan.links,
        "digest": plan.digest(),
        "source_digest": plan.source_digest,
        "objectives": {"rto_s": plan.objectives.rto.map(seconds), "rpo_s": plan.objectives.rpo.map(seconds)},
        "params": brief.params,
        "secrets": plan.secrets.iter().map(|(name, place)| json!({"name": name, "place": place.to_string()})).collect::<Vec<_>>(),
        "targets": plan.targets.values().collect::<Vec<_>>(),
        "nested": plan.nested.iter().map(|(gate, nested)| json!({
            "step": gate,
            "name": nested.name,
            "file": nested.file,
            "params": nested.params,
            "steps": nested.steps,
            "source_digest": nested.source_digest,
        })).collect::<Vec<_>>(),
        "expected_s": seconds(brief.expected()),
        "rto_margin_s": brief.margin().map(seconds),
        "critical_path": brief.schedule.critical.iter().map(|place| &plan.steps[*place].id).collect::<Vec<_>>(),
        "preconditions": plan.preconditions.iter().map(check).collect::<Vec<_>>(),
        "steps": plan.steps.iter().enumerate().map(|(place, one)| scheduled(brief, place, one)).collect::<Vec<_>>(),
        "rollbacks": brief.backward().into_iter().map(|(of, rollback)| rolled_back(brief, of, rollback)).collect::<Vec<_>>(),
        "confirmations": confirmations,
        "irreversible": brief.irreversible().map(|step| &step.id).collect::<Vec<_>>(),
        "undo_unknown": brief.undo_unknown().map(|step| &step.id).collect::<Vec<_>>(),
        "not_rolled_back": left,
        "known_in_the_run": late,
        "permissions": policies.collect::<Vec<_>>(),
    })
}

fn scheduled(brief: &Brief<'_>, place: usize, one: &Step) -> Value {
    let (starts, ends) = brief.schedule.spans[place];
    let mut value = step(brief, one);
    let last = [
        ("needs", json!(one.needs)),
        ("starts_s", seconds(starts)),
        ("ends_s", seconds(ends)),
        ("critical", json!(brief.critical[place])),
        ("rollback", json!(brief.plan.rollbacks.get(&one.id).map(|rollback| &rollback.id))),
    ];
    value.extend(last.map(|(key, value)| (key.to_owned(), value)));
    Value::Object(value)
}

fn rolled_back(brief: &Brief<'_>, of: &Step, rollback: &Step) -> Value {
    let mut value = step(brief, rollback);
    value.insert("of".into(), json!(of.id));
    Value::Object(value)
}

fn step(brief: &Brief<'_>, step: &Step) -> Map<String, Value> {
    let region = step.target.as_ref().and_then(|id| brief.plan.targets.get(id)).map(|target| &target.region);
    let fields = [
        ("id", json!(step.id)),
        ("title", json!(step.title)),
        ("why", json!(step.why)),
        ("phase", json!(step.phase)),
        ("action", json!(step.action)),
        ("with", step.with.value()),
        ("target", json!(step.target)),
        ("region", json!(region)),
        ("when", json!(step.when)),
        ("within", json!(step.within)),
        ("conditional", json!(brief.plan.is_conditional(step))),
        ("confirm", confirm(&step.confirm)),
        ("confirm_reason", json!(step.confirm_reason)),
        ("questions", questions(step)),
        ("expected_s", seconds(step.expected)),
        ("timeout_s", seconds(step.timeout)),
        ("retry", json!({"attempts": step.retry.attempts, "delay_s": seconds(step.retry.delay)})),
        ("on_failure", json!(step.on_failure)),
        ("mutates", json!(step.mutates)),
        ("reversible", json!(step.reversible)),
        ("preconditions", step.preconditions.iter().map(check).collect()),
        ("verify", step.verify.iter().map(check).collect()),
    ];
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn asking(plan: &Plan, step: &Step) -> Value {
    json!({"step": step.id, "confirm": confirm(&step.confirm), "questions": questions(step), "conditional": plan.is_conditional(step)})
}

fn confirm(confirm: &Confirm) -> Value {
    match confirm {
        Confirm::None => json!({"kind": "none"}),
        Confirm::Enter => json!({"kind": "enter"}),
        Confirm::Type(text) => json!({"kind": "type", "text": text}),
        Confirm::TwoPerson => json!({"kind": "two_person"}),
    }
}

fn questions(step: &Step) -> Value {
    let question = |one: &crate::plan::Question| {
        let options: Map<String, Value> = one.options.iter().map(|(name, meaning)| (name.clone(), json!(meaning))).collect();
        json!({"name": one.name, "prompt": one.prompt, "pattern": one.pattern, "example": one.example, "options": options})
    };
    asked(step).iter().map(question).collect()
}

fn check(check: &Check) -> Value {
    json!({
        "id": check.id,
        "title": check.title,
        "probe": check.probe,
        "with": check.with,
        "target": check.target,
        "expect": check.expect,
        "blocks": check.severity == Gate::Block,
        "every_s": seconds(check.every),
        "fresh_s": seconds(check.fresh),
        "within_s": seconds(check.within),
        "stable_s": seconds(check.stable),
    })
}

/// Whole seconds as whole numbers.
fn seconds(seconds: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "only where nothing is cut off")]
    if seconds.fract() == 0.0 && seconds.abs() < 1e15 { (seconds as i64).into() } else { seconds.into() }
}
