//! The laws of the engine over arbitrary interleavings of answers, commands, failures and restarts.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod support;

use std::collections::HashSet;

use indexmap::IndexMap;
use lifeboat::engine::{
    Command, Effect, Event, Given, Identity, Input, Judgement, Override, RunKind, RunPhase, Seen, State, StepPhase, begin, decide, evolve,
    recover,
};
use lifeboat::id::{CheckId, StepId};
use lifeboat::plan::{Check, Confirm, Failure, FailureKind, Happened, OnFailure, Reading, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{alice, at, change, started};

/// A run in the hands of an arbitrary sequence of numbers.
struct Game {
    state: State,
    log: Vec<Event>,
    pending: Vec<Effect>,
    clock: u64,
    applied: Vec<(StepId, u32)>,
}

impl Game {
    fn new(kind: RunKind) -> Self {
        let first = started(kind);
        let state = begin(&first, at(0)).unwrap();
        Self { state, log: vec![first], pending: vec![Effect::Identify], clock: 0, applied: Vec::new() }
    }

    fn give(&mut self, input: Input) {
        self.clock += 1;
        let before = self.state.clone();
        let Ok(decision) = decide(&self.state, at(self.clock), input) else { return };
        self.check_law_fold(&before, &decision.events, &decision.state);
        let paused = before.paused.is_some();
        for event in &decision.events {
            self.check_needs(event, &before);
            self.log.push(event.clone());
        }
        for effect in &decision.effects {
            if let Effect::Apply(step, attempt) = effect {
                assert!(!paused, "a call was scheduled while the run was paused");
                self.check_law_intent(step, *attempt);
            }
        }
        if matches!(before.phase, RunPhase::Finished { .. }) {
            assert!(decision.effects.is_empty(), "a finished run did something");
        }
        self.state = decision.state;
        for effect in decision.effects {
            match effect {
                Effect::Cancel(step) => self.pending.retain(|effect| owner(effect) != Some(&step)),
                effect => self.pending.push(effect),
            }
        }
    }

    /// Law: the live state is the fold of the journal, also through its JSON.
    fn check_law_fold(&self, before: &State, events: &[Event], after: &State) {
        let mut folded = before.clone();
        for event in events {
            let line = serde_json::to_string(event).unwrap();
            evolve(&mut folded, &serde_json::from_str(&line).unwrap(), at(self.clock));
        }
        assert_eq!(&folded, after);
    }

    /// Law: no mutating call without a confirmation, and without an intent that is durable before it; none twice.
    fn check_law_intent(&mut self, step: &StepId, attempt: u32) {
        assert_ne!(self.state.kind, RunKind::DryRun, "a dry run called {step}");
        let of_step: Vec<&Event> = self.log.iter().filter(|event| event.step() == Some(step)).collect();
        let last = |wanted: fn(&Event) -> bool| of_step.iter().rposition(|event| wanted(event));
        let proposed = last(|event| matches!(event, Event::StepProposed { .. }));
        let confirming = last(|event| matches!(event, Event::StepConfirming { .. }));
        let confirmed = last(|event| matches!(event, Event::StepConfirmed { .. }));
        let intent = last(|event| matches!(event, Event::StepIntent { .. }));
        assert!(proposed.is_some() && proposed < confirming, "{step} was not confirmed after it was shown");
        assert!(confirming < confirmed && confirmed < intent, "{step} has no confirmation and intent before its call");
        let slept = self.log.iter().rposition(|event| matches!(event, Event::MachineSlept { .. }));
        let given = self.log.iter().rposition(|event| matches!(event, Event::StepConfirming { step: of, .. } if of == step));
        assert!(slept < given, "{step} was called on what was seen before the machine slept");
        let call = (step.clone(), attempt);
        if self.applied.contains(&call) {
            let doubt = last(|event| matches!(event, Event::StepDoubtResolved { happened: false, .. }));
            assert!(doubt.is_some() && doubt < confirming, "{step} was called twice in one attempt");
        }
        self.applied.push(call);
    }

    /// Law: no step begins before what it needs.
    fn check_needs(&self, event: &Event, before: &State) {
        let Event::StepReady { step, attempt: 1, .. } = event else { return };
        let Some(plan_step) = before.plan.steps.iter().find(|s| s.id == *step) else {
            assert!(self.state.rolling_back || self.log.iter().any(|e| matches!(e, Event::RollbackStarted { .. })));
            return;
        };
        for need in &plan_step.needs {
            let done = self.log.iter().any(|event| match event {
                Event::StepSucceeded { step, .. } | Event::StepSkipped { step, .. } | Event::StepPlanned { step, .. } => step == need,
                Event::StepFailed { step, .. } => {
                    step == need
                        && (before.kind == RunKind::DryRun || before.plan.step(need).is_some_and(|s| s.on_failure == OnFailure::Continue))
                }
                _ => false,
            });
            assert!(done, "{step} began before {need} was done");
        }
    }

    fn answer(&mut self, which: u8, variant: u8) {
        if self.pending.is_empty() {
            return;
        }
        let effect = self.pending.remove(usize::from(which) % self.pending.len());
        let input = self.answer_to(effect, variant);
        self.give(input);
    }

    fn answer_to(&self, effect: Effect, variant: u8) -> Input {
        let readings = |checks: &[Check]| {
            checks.iter().map(|check| self.reading(&check.id, if variant % 5 == 4 { Verdict::Fail } else { Verdict::Pass })).collect()
        };
        let failure = |effect| Failure::new(FailureKind::Unhealthy, "it came out wrong", "look").effect(effect);
        match effect {
            Effect::Identify => {
                let account = if variant % 16 == 15 { "999999999999" } else { "123456789012" };
                let identity = Identity { account: account.into(), arn: "arn:aws:sts::123456789012:assumed-role/x/y".into() };
                Input::Identified(vec![("dr".into(), Ok(identity))])
            }
            Effect::SampleGate => Input::GateSampled(readings(&self.state.plan.preconditions)),
            Effect::Observe(step, attempt) => Input::Observed { result: seen(&step, variant), step, attempt },
            Effect::Recheck(step, attempt) => {
                let readings = readings(&self.state.plan.step(&step).unwrap().preconditions);
                let same = self.state.steps[&step].change.clone().unwrap_or_else(|| change("refreshed", 0, false));
                let result = if variant % 3 == 2 { seen(&step, variant) } else { Ok(Seen { observation: json!("same"), change: same }) };
                Input::Rechecked { step, attempt, result, readings }
            }
            Effect::Apply(step, attempt) => {
                let result = match variant % 4 {
                    0 => Err(failure(Happened::No)),
                    1 => Err(failure(Happened::Unknown)),
                    _ => Ok((json!({ "update": variant }), "accepted".into())),
                };
                Input::Applied { step, attempt, result }
            }
            Effect::Poll(step, attempt) => {
                let result = if variant.is_multiple_of(4) { Err(failure(Happened::Yes)) } else { Ok(json!({ "endpoint": "db" })) };
                Input::Settled { step, attempt, result }
            }
            Effect::Verify(step, attempt) => {
                let failure = (variant.is_multiple_of(4)).then(|| failure(Happened::Yes));
                Input::Verified { step, attempt, readings: Vec::new(), failure }
            }
            Effect::Delay { step, attempt, .. } => Input::RetryDue { step, attempt },
            Effect::Look(step, attempt) => {
                let result = match variant % 4 {
                    0 => Err(failure(Happened::No)),
                    1 => Ok((Judgement::Happened, "it is there".into())),
                    2 => Ok((Judgement::DidNotHappen, "it is not there".into())),
                    _ => Ok((Judgement::CannotTell, "who knows".into())),
                };
                Input::Looked { step, attempt, result }
            }
            Effect::Cancel(_) => unreachable!("never pending"),
        }
    }

    fn reading(&self, check: &CheckId, verdict: Verdict) -> Reading {
        let (check, at, fields) = (check.clone(), at(self.clock), json!({ "status": 200 }));
        Reading { check, at, verdict, shown: "200 OK".into(), number: Some(0.2), fields }
    }

    fn command(&mut self, which: u8, variant: u8) {
        let ids: Vec<StepId> = self.state.steps.keys().cloned().collect();
        let step = ids[usize::from(variant) % ids.len()].clone();
        let reason = || if variant % 7 == 6 { " ".to_owned() } else { "because".to_owned() };
        let command = match which % 16 {
            0..=4 => self.confirmation(step, variant),
            5 | 6 => {
                let over = Override { check: "preconditions[0]".into(), reason: reason() };
                Command::Open { overrides: if variant.is_multiple_of(3) { vec![over] } else { Vec::new() } }
            }
            7 => Command::Skip { step, reason: reason() },
            8 => Command::Retry { step },
            9 => Command::Refresh { step },
            10 => Command::TakeOver { step, reason: reason() },
            11 => Command::Resolve { step, happened: variant.is_multiple_of(2), reason: reason() },
            12 => Command::Pause { reason: reason() },
            13 => Command::Resume,
            14 if variant.is_multiple_of(8) => Command::RollBack { reason: reason() },
            15 if variant.is_multiple_of(32) => Command::Abort { reason: reason() },
            _ => Command::Note { text: reason(), at: None },
        };
        self.give(Input::Operator { by: alice(), command });
    }

    fn confirmation(&self, step: StepId, variant: u8) -> Command {
        let given = match &self.state.plan.step(&step).unwrap().confirm {
            _ if variant % 11 == 10 => Given::Enter,
            Confirm::None => Given::NotAsked,
            Confirm::Enter => Given::Enter,
            Confirm::Type(text) => Given::Typed(if variant % 5 == 4 { "wrong".into() } else { text.clone() }),
            Confirm::TwoPerson => Given::SecondPerson(if variant % 5 == 4 { "alice".into() } else { "bob".into() }),
        };
        let shown = self.state.steps[&step].change.clone().unwrap_or_else(|| change("other", 99, false));
        let shown = if variant % 13 == 12 { change("stale", 77, false) } else { shown };
        Command::Confirm { step, given, change: shown.digest(), overrides: Vec::new(), answers: IndexMap::new() }
    }

    /// A crash: what is left is the journal. Some of what was under way had happened, some had not.
    fn crash(&mut self) {
        let mut state = begin(&self.log[0], at(0)).unwrap();
        for event in &self.log[1..] {
            evolve(&mut state, event, at(self.clock));
        }
        self.clock += 1;
        let decision = recover(&state, at(self.clock), alice());
        for effect in &decision.effects {
            assert!(!matches!(effect, Effect::Apply(..)), "a recovery made a call by itself");
        }
        for (id, step) in &state.steps {
            if step.phase == StepPhase::Applying && !matches!(state.phase, RunPhase::Finished { .. }) {
                assert!(matches!(decision.state.steps[id].phase, StepPhase::InDoubt { .. }), "{id} was in doubt and nobody said so");
            }
        }
        self.log.extend(decision.events);
        self.state = decision.state;
        self.pending = decision.effects;
    }
}

fn owner(effect: &Effect) -> Option<&StepId> {
    match effect {
        Effect::Observe(step, _)
        | Effect::Recheck(step, _)
        | Effect::Apply(step, _)
        | Effect::Poll(step, _)
        | Effect::Verify(step, _)
        | Effect::Look(step, _)
        | Effect::Delay { step, .. } => Some(step),
        _ => None,
    }
}

fn seen(step: &StepId, variant: u8) -> Result<Seen, Failure> {
    match variant % 8 {
        7 => Err(Failure::new(FailureKind::NotFound, "no such node group", "look at its name")),
        6 => Ok(Seen { observation: Value::Null, change: change(step.as_str(), variant, true) }),
        _ => Ok(Seen { observation: json!({ "desired": variant % 2 }), change: change(step.as_str(), variant % 2, false) }),
    }
}

fn play(kind: RunKind, moves: &[(u8, u8, u8)]) -> Game {
    let mut game = Game::new(kind);
    for (what, which, variant) in moves {
        match what % 21 {
            0..=10 => game.answer(*which, *variant),
            11..=18 => game.command(*which, *variant),
            19 => game.give(Input::Slept { for_ms: 60_000 }),
            _ => game.crash(),
        }
    }
    game
}

fn moves() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    proptest::collection::vec(any::<(u8, u8, u8)>(), 0..160)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_live_run_keeps_the_laws(moves in moves()) {
        play(RunKind::Live, &moves);
    }

    #[test]
    fn a_dry_run_never_calls(moves in moves()) {
        let game = play(RunKind::DryRun, &moves);
        prop_assert!(game.applied.is_empty());
        prop_assert!(!game.log.iter().any(|event| matches!(event, Event::StepIntent { .. })), "a dry run recorded an intent");
    }

    #[test]
    fn every_prefix_of_a_journal_can_be_recovered(moves in moves()) {
        let game = play(RunKind::Drill, &moves);
        let mut state = begin(&game.log[0], at(0)).unwrap();
        for event in &game.log[1..] {
            let decision = recover(&state, at(500), alice());
            prop_assert!(!decision.effects.iter().any(|effect| matches!(effect, Effect::Apply(..))));
            evolve(&mut state, event, at(1));
        }
    }
}

/// The run goes through when everything answers well: the laws above are not kept by doing nothing.
#[test]
fn a_run_in_which_all_goes_well_succeeds() {
    let mut game = Game::new(RunKind::Live);
    for _ in 0..200 {
        if game.pending.is_empty() {
            let proposed = game.state.steps.iter().find(|(_, step)| step.phase == StepPhase::Proposed).map(|(id, _)| id.clone());
            match proposed {
                Some(step) => {
                    let command = game.confirmation(step, 0);
                    game.give(Input::Operator { by: alice(), command });
                }
                None if game.state.phase == RunPhase::Gate => {
                    game.give(Input::Operator { by: alice(), command: Command::Open { overrides: Vec::new() } });
                }
                None => break,
            }
        } else {
            game.answer(0, 3);
        }
    }
    assert!(matches!(game.state.phase, RunPhase::Finished { outcome: lifeboat::engine::Outcome::Succeeded, .. }), "{:?}", game.state.phase);
    let called: HashSet<&str> = game.applied.iter().map(|(step, _)| step.as_str()).collect();
    assert_eq!(called, HashSet::from(["a", "b", "c", "d"]));
}

/// A roll-back undoes what was done, the last change first, and names what it must leave.
#[test]
fn a_roll_back_goes_backwards() {
    let mut game = Game::new(RunKind::Live);
    let mut asked = false;
    for _ in 0..300 {
        let done = |id: &str| game.state.steps[&StepId::from(id)].phase == StepPhase::Succeeded;
        if !asked && done("a") && done("b") && done("c") {
            asked = true;
            game.give(Input::Operator { by: alice(), command: Command::RollBack { reason: "wrong region".into() } });
        } else if game.pending.is_empty() {
            let proposed = game.state.steps.iter().filter(|(_, step)| step.phase == StepPhase::Proposed);
            let Some(step) = proposed.map(|(id, _)| id.clone()).find(|id| !asked || id.as_str().starts_with("rollback")) else {
                if game.state.phase == RunPhase::Gate {
                    game.give(Input::Operator { by: alice(), command: Command::Open { overrides: Vec::new() } });
                    continue;
                }
                break;
            };
            let command = game.confirmation(step, 0);
            game.give(Input::Operator { by: alice(), command });
        } else {
            game.answer(0, 3);
        }
    }
    let called: Vec<&str> = game.applied.iter().map(|(step, _)| step.as_str()).collect();
    let backwards: Vec<&str> = called.iter().copied().filter(|step| step.starts_with("rollback")).collect();
    assert_eq!(backwards, ["rollback[c]", "rollback[a]"], "called: {called:?}");
    let RunPhase::Finished { reason, .. } = &game.state.phase else { panic!("not finished: {:?}", game.state.phase) };
    assert!(reason.contains("left as they are") && reason.contains('b'), "{reason}");
}
