//! The plan as one JSON object: docs/plan-format.md.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::brief::{Brief, Late, Left, asked};
use super::iam::{Policy, policies};
use crate::plan::{Check, Confirm, Gate, Plan, Requested, Step};

/// The version of the format. A new key is no new version; a key that goes or changes its meaning is.
const FORMAT: u32 = 1;

/// The plan as JSON.
pub fn json(brief: &Brief<'_>) -> String {
    let mut text = serde_json::to_string_pretty(&Document(brief)).expect("every key is a text, and every number is one of JSON");
    text.push('\n');
    text
}

/// Written as it is gone through: as one value, a plan of 10,000 steps would take 200 MB.
struct Document<'a, 'b>(&'a Brief<'b>);

/// A list whose items are made one after the other.
struct Each<F>(F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: IntoIterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

impl Serialize for Document<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (brief, plan) = (self.0, self.0.plan);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("plan_format", &FORMAT)?;
        map.serialize_entry("name", &plan.name)?;
        map.serialize_entry("title", &plan.title)?;
        map.serialize_entry("severity", &plan.severity)?;
        map.serialize_entry("owners", &plan.owners)?;
        map.serialize_entry("impaired", &plan.impaired)?;
        map.serialize_entry("failback", &plan.failback)?;
        map.serialize_entry("links", &plan.links)?;
        map.serialize_entry("digest", &plan.digest())?;
        map.serialize_entry("source_digest", &plan.source_digest)?;
        map.serialize_entry("objectives", &json!({"rto_s": plan.objectives.rto.map(seconds), "rpo_s": plan.objectives.rpo.map(seconds)}))?;
        map.serialize_entry("params", &brief.params)?;
        let secrets = || plan.secrets.iter().map(|(name, place)| json!({"name": name, "place": place.to_string()}));
        map.serialize_entry("secrets", &Each(secrets))?;
        map.serialize_entry("targets", &Each(|| plan.targets.values()))?;
        let nested = || {
            plan.nested.iter().map(|(gate, nested)| {
                json!({
                    "step": gate,
                    "name": nested.name,
                    "file": nested.file,
                    "params": nested.params,
                    "steps": nested.steps,
                    "source_digest": nested.source_digest,
                })
            })
        };
        map.serialize_entry("nested", &Each(nested))?;
        map.serialize_entry("expected_s", &seconds(brief.expected()))?;
        map.serialize_entry("rto_margin_s", &brief.margin().map(seconds))?;
        map.serialize_entry("critical_path", &Each(|| brief.schedule.critical.iter().map(|place| &plan.steps[*place].id)))?;
        map.serialize_entry("preconditions", &Each(|| plan.preconditions.iter().map(check)))?;
        map.serialize_entry("steps", &Each(|| plan.steps.iter().enumerate().map(|(place, one)| scheduled(brief, place, one))))?;
        map.serialize_entry("rollbacks", &Each(|| brief.backward().into_iter().map(|(of, back)| rolled_back(brief, of, back))))?;
        map.serialize_entry("confirmations", &Each(|| brief.asking().into_iter().map(|place| asking(plan, &plan.steps[place]))))?;
        map.serialize_entry("irreversible", &Each(|| brief.irreversible().map(|step| &step.id)))?;
        map.serialize_entry("undo_unknown", &Each(|| brief.undo_unknown().map(|step| &step.id)))?;
        let left = |left: Left<'_>| json!({"step": left.step.id, "why": left.why});
        map.serialize_entry("not_rolled_back", &Each(|| brief.left().into_iter().map(left)))?;
        let late = |late: Late<'_>| json!({"step": late.step, "place": late.place, "reads": late.reads});
        map.serialize_entry("known_in_the_run", &Each(|| brief.late().into_iter().map(late)))?;
        let policy =
            |policy: Policy| json!({"account": policy.account, "role": policy.role, "targets": policy.targets, "policy": policy.document});
        let program = |(step, line): (&Step, String)| json!({"step": step.id, "runs": line});
        map.serialize_entry("programs", &Each(|| brief.programs().into_iter().map(program)))?;
        map.serialize_entry("permissions", &Each(|| policies(brief).into_iter().map(policy)))?;
        map.end()
    }
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
        "request": match check.requested {
            Requested::Read => "reads",
            Requested::AuthorRead | Requested::Withheld => "author_reads",
            Requested::Write => "writes",
        },
        "look": check.look.as_deref().map(self::check),
    })
}

/// Whole seconds as whole numbers.
fn seconds(seconds: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "only where nothing is cut off")]
    if seconds.fract() == 0.0 && seconds.abs() < 1e15 { (seconds as i64).into() } else { seconds.into() }
}
