//! What all forms of a plan show, found out once.

use serde::Serialize;
use serde_json::Value;

use crate::id::StepId;
use crate::plan::{Confirm, Grant, Plan, Question, Step, questions};
use crate::view::{Forecast, schedule};

/// A plan with what follows from it.
#[derive(Debug)]
pub struct Brief<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The parameters, in the order of the runbook.
    pub params: Vec<ParamValue>,
    /// What it needs to be allowed.
    pub grants: Vec<Grant>,
    /// When each step begins and ends when all goes as usual, and what decides it.
    pub schedule: Forecast,
    /// Which steps decide how long it takes, by their places.
    pub critical: Vec<bool>,
}

/// A parameter's value, and where it is from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParamValue {
    /// Its name.
    pub name: String,
    /// What it is; of a secret one the place.
    pub value: Value,
    /// The same for people: a duration as `5m`.
    #[serde(skip)]
    pub shown: String,
    /// Whether its value is the place of a secret.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// Where it is from.
    #[serde(flatten)]
    pub origin: Origin,
}

/// Where a parameter's value is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "origin", rename_all = "snake_case")]
pub enum Origin {
    /// The runbook's default.
    Default,
    /// Given by `--param`.
    Flag,
    /// Given in a params file.
    File {
        /// The file, as it was named.
        file: String,
    },
}

/// A change that a roll-back leaves as it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Left<'a> {
    pub(super) step: &'a Step,
    pub(super) why: &'static str,
}

/// Something that is filled in when its step begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Late<'a> {
    /// The step, or the rollback; `None` for the run's own preconditions.
    pub(super) step: Option<&'a StepId>,
    /// `with.argv[5]`, `title`.
    pub(super) place: String,
    /// The expressions that are open, as written between `${{` and `}}`.
    pub(super) reads: Vec<String>,
}

impl<'a> Brief<'a> {
    /// Looks through a plan.
    pub fn new(plan: &'a Plan, params: Vec<ParamValue>, grants: Vec<Grant>) -> Self {
        let schedule = schedule(plan);
        let mut critical = vec![false; plan.steps.len()];
        for place in &schedule.critical {
            critical[*place] = true;
        }
        Self { plan, params, grants, schedule, critical }
    }

    /// Seconds that the run takes when all goes as usual, without the time that people need.
    pub(super) fn expected(&self) -> f64 {
        self.schedule.left.as_secs_f64()
    }

    /// Seconds to spare of the RTO; negative when it is overrun.
    pub(super) fn margin(&self) -> Option<f64> {
        self.plan.objectives.rto.map(|rto| rto - self.expected())
    }

    /// The places of the steps that ask for something, in the order in which they are expected to ask.
    pub(super) fn asking(&self) -> Vec<usize> {
        self.in_time(|step| step.confirm != Confirm::None)
    }

    /// The places of the steps that go ahead by themselves.
    pub(super) fn unasked(&self) -> Vec<usize> {
        self.in_time(|step| step.confirm == Confirm::None)
    }

    fn in_time(&self, wanted: impl Fn(&Step) -> bool) -> Vec<usize> {
        let steps = self.plan.steps.iter().enumerate();
        let mut places: Vec<usize> = steps.filter(|(_, step)| wanted(step)).map(|(place, _)| place).collect();
        places.sort_by(|a, b| self.schedule.spans[*a].0.total_cmp(&self.schedule.spans[*b].0));
        places
    }

    /// The steps whose change has no reverse.
    pub(super) fn irreversible(&self) -> impl Iterator<Item = &'a Step> + use<'a> {
        self.plan.steps.iter().filter(|step| step.mutates && !step.reversible)
    }

    /// The steps of which nobody can say whether their change has a reverse.
    pub(super) fn undo_unknown(&self) -> impl Iterator<Item = &'a Step> + use<'a> {
        let plan = self.plan;
        plan.steps.iter().filter(move |step| plan.is_undo_unknown(step))
    }

    /// The steps and rollbacks that run a program, each with its command line: what it calls, nobody sees beforehand.
    pub fn programs(&self) -> Vec<(&'a Step, String)> {
        let all = self.plan.steps.iter().chain(self.plan.rollbacks.values());
        all.filter(|step| step.action == "command").map(|step| (step, super::words::command_line(step))).collect()
    }

    /// Where a secret is, when an expression of a step is nothing but that.
    pub(super) fn place_of_secret(&self, step: Option<&StepId>, expression: &str) -> Option<String> {
        let own = expression.strip_prefix("secrets.").unwrap_or(expression);
        let within = step.and_then(|step| self.plan.step(step)?.within.as_ref());
        let name = within.map_or_else(|| own.to_owned(), |gate| format!("{gate}/{own}"));
        Some(self.plan.secrets.get(&name)?.to_string())
    }

    /// The rollbacks in the order in which they would run after a run that went to its end: what was changed last is taken back first.
    pub(super) fn backward(&self) -> Vec<(&'a Step, &'a Step)> {
        let plan = self.plan;
        let steps = plan.steps.iter().enumerate();
        let mut pairs: Vec<(usize, (&Step, &Step))> =
            steps.filter_map(|(place, step)| Some((place, (step, plan.rollbacks.get(&step.id)?)))).collect();
        pairs.sort_by(|(a, _), (b, _)| self.schedule.spans[*b].0.total_cmp(&self.schedule.spans[*a].0).then(b.cmp(a)));
        pairs.into_iter().map(|(_, pair)| pair).collect()
    }

    /// What no rollback takes back.
    pub(super) fn left(&self) -> Vec<Left<'a>> {
        let open = self.plan.steps.iter().filter(|step| !self.plan.rollbacks.contains_key(&step.id));
        open.filter_map(|step| {
            let why = match step {
                step if step.mutates && !step.reversible => "cannot be undone",
                step if step.mutates => "the runbook has no rollback for it",
                step if step.action == "manual" => "done by people",
                _ => return None,
            };
            Some(Left { step, why })
        })
        .collect()
    }

    /// What stands open until the run: texts that read `steps`, `run` or a secret.
    pub(super) fn late(&self) -> Vec<Late<'a>> {
        let plan = self.plan;
        let mut late = Vec::new();
        let mut add =
            |step: Option<&'a StepId>, place: String, text: &str| late.push(Late { step, place, reads: plan.open_expressions(text) });
        for step in plan.steps.iter().chain(plan.rollbacks.values()) {
            if is_open(&step.title) {
                add(Some(&step.id), "title".into(), &step.title);
            }
            if let Confirm::Type(text) = &step.confirm
                && is_open(text)
            {
                add(Some(&step.id), "confirm".into(), text);
            }
            open_texts(&step.with.value(), "with", &mut |place, text| add(Some(&step.id), place, text));
        }
        for (step, check) in plan.checks() {
            // A check's id is its place, behind the id of its step.
            let place = step.and_then(|step| check.id.as_str().strip_prefix(step.as_str())?.strip_prefix('.'));
            let place = format!("{}.with", place.unwrap_or(check.id.as_str()));
            open_texts(&check.with.value(), &place, &mut |place, text| add(step, place, text));
            if let Some(look) = &check.look {
                open_texts(&look.with.value(), &place.replace(".with", ".look.with"), &mut |place, text| add(step, place, text));
            }
        }
        late
    }
}

/// What a step asks the operator.
pub(super) fn asked(step: &Step) -> Vec<Question> {
    questions(&step.action, &step.with.value())
}

fn is_open(text: &str) -> bool {
    text.contains("${{")
}

/// Every text in a value that holds an expression, with its place.
fn open_texts(value: &Value, place: &str, found: &mut dyn FnMut(String, &str)) {
    match value {
        Value::String(text) if is_open(text) => found(place.to_owned(), text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                open_texts(item, &format!("{place}[{index}]"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                open_texts(field, &format!("{place}.{name}"), found);
            }
        }
        _ => {}
    }
}
