//! Who confirms. A person confirms through the screen; without one, the drill's autopilot or the flags of the command line do, under
//! the same rules and on the record.

use std::collections::HashMap;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;

use crate::clock::Stamp;
use crate::engine::{Actor, ActorKind, Command, Given, RunKind, RunPhase, State, StepPhase, StepState};
use crate::id::{CheckId, StepId};
use crate::plan::{Check, Confirm, Gate, Plan, Question, Reading, Step, Verdict, questions};

/// Who gives the confirmations of a run.
#[derive(Debug, Clone)]
pub enum Hands {
    /// A person at the screen.
    Person,
    /// The drill's autopilot: reads for a while, then does what is asked.
    Autopilot {
        /// How long it takes where a person would read and decide.
        reads_for: Duration,
        /// What it gives in the place of what the runbook wants typed, and of the examples.
        said: Said,
    },
    /// `--yes`, and what was said beforehand.
    Flags(Said),
}

/// What the command line says beforehand: `--confirm STEP=TEXT` and `--answer STEP.NAME=TEXT`.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The texts to type (or, for two-person steps, the second person), by step.
    pub typed: IndexMap<String, String>,
    /// The answers, by `STEP.NAME`.
    pub answers: IndexMap<String, String>,
}

impl Hands {
    /// Whether a person is there to decide what the plan leaves open.
    pub fn is_person(&self) -> bool {
        matches!(self, Self::Person)
    }

    /// How long they take to read what they are asked.
    fn reads_for(&self) -> Duration {
        match self {
            Self::Autopilot { reads_for, .. } => *reads_for,
            Self::Person | Self::Flags(_) => Duration::ZERO,
        }
    }

    /// The questions that stand open now and that these hands have no answer for that will do, each as `STEP.NAME`. None with a person.
    pub fn unanswered(&self, state: &State) -> Vec<(String, Question)> {
        let proposed = state.steps.iter().filter(|(_, step)| step.phase == StepPhase::Proposed && !self.is_person());
        let open = proposed.filter_map(|(id, now)| {
            let step = state.plan.step(id)?;
            let answers = answers(self, step, now);
            let given = move |question: &Question| answers.get(&question.name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let asked = questions(&step.action, &now.with.value()).into_iter();
            Some(asked.filter(move |question| question.objection(&given(question)).is_some()).map(move |one| (one.key(id), one)))
        });
        open.flatten().collect()
    }

    /// What a run without a person would miss, in the words of the command line; empty when nothing is. `wanted` says which steps are
    /// still to come. Rollbacks are not asked for beforehand: few runs come to them.
    pub fn missing(&self, plan: &Plan, operator: &str, wanted: impl Fn(&StepId) -> bool) -> Vec<String> {
        let Self::Flags(Said { typed, answers }) = self else { return Vec::new() };
        let mut missing = Vec::new();
        for step in plan.steps.iter().filter(|step| wanted(&step.id)) {
            let given = typed.get(step.id.as_str());
            match (&step.confirm, given) {
                (Confirm::Type(text), None) => missing.push(format!("--confirm {}={text}", step.id)),
                (Confirm::Type(text), Some(given)) if given != text => {
                    missing.push(format!("--confirm {}={text} (given: {given})", step.id));
                }
                (Confirm::TwoPerson, None) => missing.push(format!("--confirm {}=NAME_OF_A_SECOND_PERSON", step.id)),
                (Confirm::TwoPerson, Some(given)) if given.trim().is_empty() || given.trim() == operator => {
                    missing.push(format!("--confirm {}=SOMEBODY_OTHER_THAN_{operator} (given: {given})", step.id));
                }
                _ => {}
            }
            for question in questions(&step.action, &step.with.value()) {
                let key = question.key(&step.id);
                let given = answers.get(&key).map_or("", |answer| answer.trim());
                let wanted = question.wanted();
                if given.is_empty() {
                    missing.push(format!("--answer {key}={wanted}"));
                } else if let Some(objection) = question.objection(given) {
                    missing.push(format!("--answer {key}={wanted} ({objection})"));
                }
            }
        }
        missing
    }
}

/// What the hands wait for, and since when.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// For the run's gate (`None`) and each proposed step: since when it has been asked for, by the time awake.
    since: HashMap<Option<StepId>, Duration>,
    /// When each step's confirmation was given last: one that was not taken is not given again at once.
    given: HashMap<StepId, Duration>,
    /// Confirmations that the engine refuses, with its reason: giving them again would change nothing.
    refused: HashMap<(StepId, u32), String>,
}

/// How long after a confirmation that was not taken it is given again: what stood against it may have passed.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// What the hands do next.
#[derive(Debug)]
pub(super) enum Move {
    /// Give this command.
    Give(Actor, Command),
    /// Nothing before this much time has gone by.
    Wait(Duration),
    /// The gate has stayed shut for too long: give up, for this reason.
    GiveUp(String),
}

impl Waits {
    /// The engine refused what the hands gave.
    pub(super) fn refuse(&mut self, state: &State, command: &Command, why: String) {
        if let Command::Confirm { step, .. } = command {
            let attempt = state.steps.get(step).map_or(0, |step| step.attempt);
            self.refused.insert((step.clone(), attempt), why);
        }
    }

    /// Why a proposed step will not be confirmed by these hands, once they have been refused.
    pub(super) fn refusal(&self, step: &StepId, attempt: u32) -> Option<&str> {
        self.refused.get(&(step.clone(), attempt)).map(String::as_str)
    }

    /// The next move, if there is one. Readings grow old by `now`; hands grow impatient by the time `awake`.
    pub(super) fn next(
        &mut self,
        hands: &Hands,
        state: &State,
        latest: &HashMap<CheckId, Reading>,
        now: Stamp,
        awake: Duration,
    ) -> Option<Move> {
        if state.paused.is_some() {
            return None;
        }
        let mut wanted: Vec<(Option<StepId>, Move)> = Vec::new();
        if state.phase == RunPhase::Gate && !hands.is_person() {
            let give = || (actor(hands, state), Command::Open { overrides: Vec::new() });
            let checks: &[Check] = if state.kind == RunKind::DryRun { &[] } else { &state.plan.preconditions };
            wanted.push((None, self.consider(hands.reads_for(), None, checks, latest, (now, awake), GATE_PATIENCE, give)));
        }
        for (id, now_state) in state.steps.iter().filter(|(_, step)| step.phase == StepPhase::Proposed) {
            if state.kind == RunKind::DryRun || state.rolling_back && !state.plan.is_rollback(id) {
                continue;
            }
            let Some(step) = state.plan.step(id) else { continue };
            // What asks for an answer asks a person, whoever is there.
            if hands.is_person()
                && (asked(step, now_state) != Confirm::None || !questions(&step.action, &now_state.with.value()).is_empty())
            {
                continue;
            }
            let engine_refused = self.refusal(id, now_state.attempt).is_some();
            // A person may put right what stands against it; without one, nobody does.
            if engine_refused && !hands.is_person() {
                continue;
            }
            if let Some(rest) =
                self.given.get(id).and_then(|at| AGAIN_AFTER.checked_sub(awake.saturating_sub(*at))).filter(|rest| !rest.is_zero())
                && (engine_refused || now_state.refused.is_some())
                && (hands.is_person() || !self.out_of_patience(id, step, awake))
            {
                self.since.entry(Some(id.clone())).or_insert(awake);
                wanted.push((Some(id.clone()), Move::Wait(rest)));
                continue;
            }
            let Some(change) = now_state.change.as_ref() else { continue };
            let (given, by) = given(hands, step, now_state, state);
            let answers = answers(hands, step, now_state);
            let command = Command::Confirm { step: id.clone(), given, change: change.digest(), overrides: Vec::new(), answers };
            let patience = Duration::from_secs_f64(step.timeout);
            // Nobody reads what nobody is asked about.
            let reads_for = if asked(step, now_state) == Confirm::None { Duration::ZERO } else { hands.reads_for() };
            let mut next = self.consider(reads_for, Some(id), &step.preconditions, latest, (now, awake), patience, || (by, command));
            if let (Some(refused), false, true) = (&now_state.refused, hands.is_person(), self.out_of_patience(id, step, awake)) {
                next = Move::GiveUp(format!("step {id} cannot begin: {refused}"));
            }
            // A person decides for how long to wait.
            if hands.is_person() && matches!(next, Move::GiveUp(_)) {
                next = Move::Wait(patience);
            }
            wanted.push((Some(id.clone()), next));
        }
        // While a confirmation is being looked at once more, its patience goes on.
        let confirming = |id: &StepId| state.steps.get(id).is_some_and(|step| step.phase == StepPhase::Confirming);
        self.since.retain(|key, _| key.as_ref().is_some_and(confirming) || wanted.iter().any(|(wanted, _)| wanted == key));
        let (id, next) = wanted.into_iter().min_by_key(|(_, next)| match next {
            Move::Give(..) => Duration::ZERO,
            Move::GiveUp(_) => Duration::from_nanos(1),
            Move::Wait(wait) => *wait + Duration::from_nanos(2),
        })?;
        if let (Some(id), Move::Give(..)) = (id, &next) {
            self.given.insert(id, awake);
        }
        Some(next)
    }

    fn out_of_patience(&self, id: &StepId, step: &Step, awake: Duration) -> bool {
        self.since.get(&Some(id.clone())).is_some_and(|since| awake.saturating_sub(*since).as_secs_f64() >= step.timeout)
    }

    #[expect(clippy::too_many_arguments, reason = "one decision over everything that is known; called twice, above")]
    fn consider(
        &mut self,
        reads_for: Duration,
        step: Option<&StepId>,
        checks: &[Check],
        latest: &HashMap<CheckId, Reading>,
        (now, awake): (Stamp, Duration),
        patience: Duration,
        give: impl FnOnce() -> (Actor, Command),
    ) -> Move {
        let since = *self.since.entry(step.cloned()).or_insert(awake);
        let waited = awake.saturating_sub(since);
        let shut: Vec<String> = checks
            .iter()
            .filter(|check| check.severity == Gate::Block)
            .filter_map(|check| shut_by(check, latest.get(&check.id), now))
            .collect();
        if shut.is_empty() && waited >= reads_for {
            let (by, command) = give();
            return Move::Give(by, command);
        }
        if waited >= patience {
            let what = step.map_or("the run".to_owned(), |id| format!("step {id}"));
            return Move::GiveUp(format!("{what} cannot begin: {}", shut.join("; ")));
        }
        // Readings wake the hands by themselves; this only bounds the wait.
        Move::Wait(if waited < reads_for { reads_for - waited } else { patience - waited })
    }
}

/// How long a run without a person waits for its own preconditions.
const GATE_PATIENCE: Duration = Duration::from_mins(2);

/// Why a check keeps the gate shut; `None` when it does not.
fn shut_by(check: &Check, latest: Option<&Reading>, now: Stamp) -> Option<String> {
    let Some(reading) = latest else { return Some(format!("“{}” has not been sampled", check.title)) };
    match reading.verdict_at(now, Duration::from_secs_f64(check.fresh)) {
        Verdict::Pass => None,
        Verdict::Fail => Some(format!("“{}” does not hold: {}", check.title, reading.shown)),
        Verdict::Unknown(why) => Some(format!("“{}” is not known: {why}", check.title)),
    }
}

fn actor(hands: &Hands, state: &State) -> Actor {
    match hands {
        Hands::Person => state.operator.clone(),
        Hands::Autopilot { .. } => Actor { name: "autopilot".into(), host: state.operator.host.clone(), kind: ActorKind::Autopilot },
        Hands::Flags(_) => Actor { kind: ActorKind::CommandLine, ..state.operator.clone() },
    }
}

/// What a proposed step asks for.
fn asked(step: &Step, now: &StepState) -> Confirm {
    step.confirm_for(now.change.as_ref()).into_owned()
}

fn given(hands: &Hands, step: &Step, now: &StepState, state: &State) -> (Given, Actor) {
    let by = actor(hands, state);
    let text = |otherwise: &str| match hands {
        Hands::Flags(said) => said.typed.get(step.id.as_str()).cloned().unwrap_or_default(),
        Hands::Autopilot { said, .. } => said.typed.get(step.id.as_str()).map_or(otherwise, String::as_str).to_owned(),
        Hands::Person => otherwise.to_owned(),
    };
    match asked(step, now) {
        Confirm::None => (Given::NotAsked, Actor { kind: ActorKind::Runbook, ..by }),
        Confirm::Enter => (Given::Enter, by),
        Confirm::Type(wanted) => (Given::Typed(text(&wanted)), by),
        Confirm::TwoPerson => (Given::SecondPerson(text("second autopilot")), by),
    }
}

/// What was said beforehand; of the autopilot, otherwise the example that the runbook gives.
fn answers(hands: &Hands, step: &Step, state: &StepState) -> IndexMap<String, Value> {
    let answer = |question: &Question| match hands {
        Hands::Flags(said) => said.answers.get(&question.key(&step.id)).cloned(),
        Hands::Autopilot { said, .. } => said.answers.get(&question.key(&step.id)).or(question.example.as_ref()).cloned(),
        Hands::Person => question.example.clone(),
    };
    let asked = questions(&step.action, &state.with.value());
    asked.into_iter().filter_map(|question| Some((question.name.clone(), answer(&question)?.into()))).collect()
}
