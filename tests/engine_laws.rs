//! The laws of the engine over arbitrary interleavings of answers, commands, failures and restarts.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod support;

use std::collections::HashSet;

use indexmap::IndexMap;
use lifeboat::engine::{
    Actor, ActorKind, Command, Effect, Event, Given, Identity, Input, Judgement, Override, RunKind, RunPhase, Seen, State, StepPhase,
    begin, decide, evolve, must_be_durable, recover, scope,
};
use lifeboat::id::{CheckId, StepId};
use lifeboat::plan::{Check, Confirm, Failure, FailureKind, Happened, Nested, OnFailure, Plan, Reading, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{alice, at, change, started};

/// One promise of the engine; see `docs/durability.md`. Each is a property of its own below.
#[derive(Clone, Copy, PartialEq)]
enum Law {
    /// The live state is the fold of the journal.
    Fold,
    /// No mutating call without a confirmation and an intent before it; none twice but after a doubt was resolved.
    Intent,
    /// What runs is what was confirmed.
    Confirmed,
    /// What is already as wanted is not called.
    ObserveFirst,
    /// An intent without an outcome is looked at before anything else.
    Doubt,
    /// No step begins before what it needs.
    Needs,
    /// Nothing new begins while the run is paused, and nothing at all once it is over.
    Stop,
    /// A run that is not paused goes on, or asks a person, or is over: it never just stands there.
    Progress,
    /// What a run acts on never changes.
    Kind,
    /// What is named after `run.now` keeps its name.
    Name,
    /// What was confirmed beforehand is sent no oftener than it may be, and only as the change that it was sent for first.
    Beforehand,
}

/// A run in the hands of an arbitrary sequence of numbers.
struct Game {
    law: Law,
    state: State,
    log: Vec<Event>,
    /// When each of them was.
    when: Vec<u64>,
    pending: Vec<Effect>,
    clock: u64,
    applied: Vec<(StepId, u32)>,
    /// Proofs that write, with the tokens under which they were sent.
    written: Vec<(CheckId, String)>,
}

impl Game {
    fn new(kind: RunKind, law: Law, flavour: u8) -> Self {
        let mut first = started(kind);
        if let Event::RunStarted { plan, .. } = &mut first {
            let plan = std::sync::Arc::make_mut(plan);
            flavoured(plan, flavour);
            for step in plan.steps.iter_mut().chain(plan.rollbacks.values_mut()) {
                step.with = json!({ "name": "before-${{ run.now | date(\"%H%M%S\") }}" }).into();
            }
        }
        let state = begin(&first, at(0)).unwrap();
        Self {
            law,
            state,
            log: vec![first],
            when: vec![0],
            pending: vec![Effect::Identify],
            clock: 0,
            applied: Vec::new(),
            written: Vec::new(),
        }
    }

    fn give(&mut self, input: Input) {
        self.clock += 1;
        let before = self.state.clone();
        let Ok(decision) = decide(&self.state, at(self.clock), input) else { return };
        if self.law == Law::Fold {
            self.law_fold(&before, &decision.events, &decision.state);
        }
        for event in &decision.events {
            if self.law == Law::Needs {
                self.law_needs(event, &before);
            }
            self.log.push(event.clone());
            self.when.push(self.clock);
        }
        if self.law == Law::Kind {
            assert_eq!(decision.state.kind, before.kind);
            assert!(!decision.events.iter().any(|event| matches!(event, Event::RunStarted { .. })));
        }
        if self.law == Law::Stop && matches!(before.phase, RunPhase::Finished { .. }) {
            assert!(decision.effects.is_empty(), "a finished run did something");
            assert!(decision.events.iter().all(|event| matches!(event, Event::Note { .. })), "a finished run went on");
        }
        for effect in &decision.effects {
            if let Effect::Apply(step, attempt) = effect {
                match self.law {
                    Law::Stop => assert!(before.paused.is_none(), "a call was scheduled while the run was paused"),
                    Law::Intent => self.law_intent(step, *attempt),
                    Law::Confirmed => self.law_confirmed(step),
                    Law::ObserveFirst => self.law_observe_first(step),
                    Law::Doubt => self.law_doubt(step),
                    Law::Beforehand => self.law_beforehand(step),
                    Law::Fold | Law::Needs | Law::Progress | Law::Kind | Law::Name => {}
                }
                self.applied.push((step.clone(), *attempt));
            }
        }
        for effect in &decision.effects {
            if let Effect::WriteProof(step, attempt, check) = effect {
                self.law_proof(step, *attempt, check, &before);
            }
        }
        self.state = decision.state;
        for effect in decision.effects {
            match effect {
                Effect::Cancel(step) => self.pending.retain(|effect| owner(effect) != Some(&step)),
                effect => self.pending.push(effect),
            }
        }
        self.law_progress();
    }

    /// The live state is the fold of the journal, also through its JSON.
    fn law_fold(&self, before: &State, events: &[Event], after: &State) {
        let mut folded = before.clone();
        for event in events {
            let line = serde_json::to_string(event).unwrap();
            evolve(&mut folded, &serde_json::from_str(&line).unwrap(), at(self.clock));
        }
        assert_eq!(&folded, after);
    }

    fn last(&self, step: &StepId, wanted: impl Fn(&Event) -> bool) -> Option<usize> {
        self.log.iter().rposition(|event| event.step() == Some(step) && wanted(event))
    }

    fn law_intent(&self, step: &StepId, attempt: u32) {
        assert_ne!(self.state.kind, RunKind::DryRun, "a dry run called {step}");
        let proposed = self.last(step, |event| matches!(event, Event::StepProposed { .. }));
        let confirming = self.last(step, |event| matches!(event, Event::StepConfirming { .. }));
        let confirmed = self.last(step, |event| matches!(event, Event::StepConfirmed { .. }));
        let intent = self.last(step, |event| matches!(event, Event::StepIntent { .. }));
        assert!(proposed.is_some() && proposed < confirming, "{step} was not confirmed after it was shown");
        assert!(confirming < confirmed && confirmed < intent, "{step} has no confirmation and intent before its call");
        let slept = self.log.iter().rposition(|event| matches!(event, Event::MachineSlept { .. }));
        assert!(slept < confirming, "{step} was called on what was seen before the machine slept");
        if self.applied.contains(&(step.clone(), attempt)) {
            let of = |event: &&Event| event.step() == Some(step);
            let now = intent.unwrap_or_default();
            let before =
                self.log[..now].iter().rposition(|event| of(&event) && matches!(event, Event::StepIntent { .. })).unwrap_or_default();
            let since = || self.log[before..now].iter().filter(of);
            let doubt = since().any(|event| matches!(event, Event::StepDoubtResolved { happened: false, .. }));
            let refused = since().any(|event| matches!(event, Event::StepHeldBack { .. }));
            assert!(doubt || refused, "{step} was called twice in one attempt");
        }
    }

    /// A proof that writes is a change: it has a confirmation and a durable intent before it, and is sent once under its token.
    fn law_proof(&mut self, step: &StepId, attempt: u32, check: &CheckId, before: &State) {
        assert_ne!(self.state.kind, RunKind::DryRun, "a dry run wrote {check}");
        assert!(before.paused.is_none(), "{check} was sent while the run was paused");
        let hand = |event: &Event| matches!(event, Event::StepTakenOver { .. });
        let asked = self.last(step, |event| matches!(event, Event::StepConfirmed { .. }) || hand(event));
        let intent = self.last(step, |event| matches!(event, Event::StepProofIntent { check: of, .. } if of == check));
        assert!(asked.is_some() && asked < intent, "{check} was sent without a confirmation and an intent before it");
        let Some(Event::StepProofIntent { token, attempt: of, .. }) = intent.map(|at| self.log[at].clone()) else { return };
        assert_eq!(of, attempt);
        assert!(self.state.plan.step(step).is_some() && !self.written.contains(&(check.clone(), token.clone())), "{check} was sent twice");
        self.written.push((check.clone(), token));
    }

    fn law_confirmed(&self, step: &StepId) {
        let shown = self.last(step, |event| matches!(event, Event::StepProposed { .. })).map(|at| &self.log[at]);
        let said = self.last(step, |event| matches!(event, Event::StepConfirming { .. })).map(|at| &self.log[at]);
        let (Some(Event::StepProposed { change, .. }), Some(Event::StepConfirming { change: digest, given, .. })) = (shown, said) else {
            panic!("{step} was called without having been shown and confirmed");
        };
        if self.state.plan.step(step).is_some_and(|step| step.confirm == Confirm::TwoPerson) {
            assert!(matches!(given, Given::SecondPerson(name) if name == "bob"), "{step} was called on the word of one person: {given:?}");
        }
        assert_eq!(change.digest(), *digest, "{step}: another change was confirmed than the one that runs");
    }

    fn law_observe_first(&self, step: &StepId) {
        let shown = self.last(step, |event| matches!(event, Event::StepProposed { .. })).map(|at| &self.log[at]);
        let Some(Event::StepProposed { change, .. }) = shown else { panic!("{step} was called without a look") };
        assert!(!change.already, "{step} was called although it was already so");
    }

    /// Since somebody last decided about the step itself, at the keys or about this very step.
    fn law_beforehand(&self, step: &StepId) {
        let decided = |event: &Event| match event {
            Event::StepConfirming { by, .. } => by.kind == ActorKind::Person,
            Event::StepRetrying { by, .. } | Event::StepDoubtResolved { by, .. } => by.is_some(),
            _ => false,
        };
        let since = self.last(step, decided).map_or(0, |at| at + 1);
        let of = |event: &&Event| event.step() == Some(step);
        let (mut sends, mut shown, mut sent) = (0_u32, None, Vec::new());
        for event in self.log[since..].iter().filter(of) {
            match event {
                Event::StepProposed { change, .. } => shown = Some(change.digest()),
                Event::StepIntent { .. } => {
                    sends += 1;
                    sent.extend(shown.clone());
                }
                Event::StepHeldBack { .. } => sends -= 1,
                _ => {}
            }
        }
        let by = self.last(step, |event| matches!(event, Event::StepConfirming { .. })).map(|at| &self.log[at]);
        if matches!(by, Some(Event::StepConfirming { by, .. }) if by.kind == ActorKind::CommandLine) {
            let most = self.state.plan.step(step).unwrap().retry.sends();
            assert!(sends <= most, "{step} was sent {sends} times on one word given beforehand");
            assert!(sent.windows(2).all(|two| two[0] == two[1]), "{step}: another change than the one confirmed beforehand was sent");
        }
    }

    /// Between an intent without an outcome and the next call of the step, the doubt was recorded and resolved.
    fn law_doubt(&self, step: &StepId) {
        let intents: Vec<usize> =
            (0..self.log.len()).filter(|at| matches!(&self.log[*at], Event::StepIntent { step: of, .. } if of == step)).collect();
        let [.., before, now] = intents[..] else { return };
        let between = &self.log[before + 1..now];
        let of = |wanted: fn(&Event) -> bool| between.iter().any(|event| event.step() == Some(step) && wanted(event));
        let ended = |event: &Event| matches!(event, Event::StepApplied { .. } | Event::StepFailed { .. } | Event::StepTakenOver { .. });
        let outcome = of(|event| matches!(event, Event::StepHeldBack { .. })) || between.iter().any(|e| e.step() == Some(step) && ended(e));
        let resolved =
            of(|event| matches!(event, Event::StepInDoubt { .. })) && of(|event| matches!(event, Event::StepDoubtResolved { .. }));
        assert!(outcome || resolved, "{step} was called again although nobody knew what became of the call before");
    }

    fn law_progress(&self) {
        if self.law != Law::Progress || self.state.phase != RunPhase::Running || self.state.paused.is_some() || !self.pending.is_empty() {
            return;
        }
        let back = |id: &StepId| id.as_str().starts_with("rollback");
        let fatal = !self.state.rolling_back
            && self.state.plan.steps.iter().any(|step| {
                matches!(step.on_failure, OnFailure::Abort | OnFailure::RollBack) && self.state.steps[&step.id].phase == StepPhase::Failed
            });
        let doubt = self.state.steps.values().any(|step| matches!(step.phase, StepPhase::InDoubt { undecided: true, .. }));
        assert!(!fatal || doubt, "a failure that ends the run or rolls it back was not followed");
        let asked = self.state.steps.iter().any(|(id, step)| match &step.phase {
            StepPhase::InDoubt { undecided, .. } => *undecided,
            StepPhase::Proposed => !fatal && (!self.state.rolling_back || back(id)),
            StepPhase::Failed => !self.state.rolling_back || back(id),
            _ => false,
        });
        assert!(asked, "nothing is under way, nobody is asked, and the run is not over");
    }

    fn law_needs(&self, event: &Event, before: &State) {
        let Event::StepReady { step, attempt: 1, .. } = event else { return };
        let Some(plan_step) = before.plan.steps.iter().find(|s| s.id == *step) else {
            assert!(self.state.rolling_back || self.log.iter().any(|e| matches!(e, Event::RollbackStarted { .. })));
            return;
        };
        // One that had begun before is looked at again; nothing new begins.
        let begun = self.log.iter().any(|event| matches!(event, Event::StepReady { step: other, .. } if other == step));
        if let Some(gate) = plan_step.within.as_ref().filter(|_| !begun) {
            let shut = |event: &Event| matches!(event, Event::StepSkipped { step, .. } | Event::StepTakenOver { step, .. } if step == gate);
            assert!(!self.log.iter().any(shut), "{step} began behind {gate}, which was left out or done by hand");
        }
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
                let result = match variant % 6 {
                    0 => Err(failure(Happened::No)),
                    1 => Err(failure(Happened::Unknown)),
                    2 => Err(Failure::new(FailureKind::Throttled, "too many requests", "wait")),
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
            Effect::WriteProof(step, attempt, check) => {
                let result = match variant % 4 {
                    0 => Err(failure(Happened::No)),
                    1 => Err(failure(Happened::Unknown)),
                    2 => Ok(self.reading(&check, Verdict::Fail)),
                    _ => Ok(self.reading(&check, Verdict::Pass)),
                };
                Input::ProofAnswered { step, attempt, check, result }
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
        Reading { check, at, verdict, shown: "200 OK".into(), number: Some(0.2), fields: fields.into() }
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
            8 => Command::Retry { step, reason: Some("seen".into()) },
            9 => Command::Refresh { step },
            10 if variant.is_multiple_of(3) => Command::StopWaiting { step, reason: reason() },
            10 => Command::TakeOver { step, reason: reason() },
            11 => Command::Resolve { step, happened: variant.is_multiple_of(2), reason: reason() },
            12 => Command::Pause { reason: reason() },
            13 => Command::Resume { reason: None },
            14 if variant.is_multiple_of(8) => Command::RollBack { reason: reason() },
            15 if variant.is_multiple_of(32) => Command::Abort { reason: reason() },
            _ => Command::Note { text: reason(), at: None },
        };
        let beforehand = matches!(command, Command::Confirm { .. }) && variant.is_multiple_of(2);
        let by = if beforehand { Actor { kind: ActorKind::CommandLine, ..alice() } } else { alice() };
        self.give(Input::Operator { by, command });
    }

    fn confirmation(&self, step: StepId, variant: u8) -> Command {
        let asked = self.state.plan.step(&step).unwrap().confirm_for(self.state.steps[&step].change.as_ref()).into_owned();
        let given = match &asked {
            _ if variant % 11 == 10 => Given::Enter,
            Confirm::None => Given::NotAsked,
            Confirm::Enter => Given::Enter,
            Confirm::Type(text) => Given::Typed(if variant % 5 == 4 { "wrong".into() } else { text.clone() }),
            Confirm::TwoPerson => Given::SecondPerson(match variant % 5 {
                // The same person again, in four spellings, the last with a letter of another alphabet.
                4 => ["alice", "A lice", "ａｌｉｃｅ", "аlice"][usize::from(variant / 5 % 4)].into(),
                _ => "bob".into(),
            }),
        };
        let shown = self.state.steps[&step].change.clone().unwrap_or_else(|| change("other", 99, false));
        let shown = if variant % 13 == 12 { change("stale", 77, false) } else { shown };
        Command::Confirm { step, given, change: shown.digest(), overrides: Vec::new(), answers: IndexMap::new() }
    }

    /// A crash: what is left is the journal. Some of what was under way had happened, some had not.
    fn crash(&mut self) {
        let mut state = begin(&self.log[0], at(0)).unwrap();
        for (event, when) in self.log.iter().zip(&self.when).skip(1) {
            evolve(&mut state, event, at(*when));
        }
        self.clock += 1;
        let decision = recover(&state, at(self.clock), alice(), None);
        for effect in &decision.effects {
            assert!(!matches!(effect, Effect::Apply(..) | Effect::WriteProof(..)), "a recovery made a call by itself");
        }
        for (id, step) in state.steps.iter() {
            if step.phase == StepPhase::Applying && !matches!(state.phase, RunPhase::Finished { .. }) {
                assert!(matches!(decision.state.steps[id].phase, StepPhase::InDoubt { .. }), "{id} was in doubt and nobody said so");
            }
        }
        self.log.extend(decision.events);
        self.when.resize(self.log.len(), self.clock);
        self.state = decision.state;
        self.pending = decision.effects.into_iter().filter(|effect| !matches!(effect, Effect::Cancel(_))).collect();
        self.law_progress();
    }

    /// A power cut: the journal ends somewhere in what was not synced, at the earliest before the last event that must be durable.
    fn cut(&mut self, how_much: u8) {
        let mut state = begin(&self.log[0], at(0)).unwrap();
        let mut durable = 1;
        for (place, event) in self.log.iter().enumerate().skip(1) {
            evolve(&mut state, event, at(self.when[place]));
            if must_be_durable(&state, event) {
                durable = place + 1;
            }
        }
        let keep = self.log.len() - usize::from(how_much) % (self.log.len() - durable + 1);
        self.log.truncate(keep);
        self.when.truncate(keep);
        self.crash();
    }
}

/// The same plan with other failures: what each step's failure leads to, proofs, and retries vary.
fn flavoured(plan: &mut Plan, flavour: u8) {
    let what = [OnFailure::Pause, OnFailure::Continue, OnFailure::RollBack, OnFailure::Abort];
    if flavour == 0 {
        return;
    }
    // `b` and `c` as the steps of a runbook that `a` runs.
    let gate = plan.steps[0].id.clone();
    if flavour % 3 == 1 {
        plan.steps[1..3].iter_mut().for_each(|step| step.within = Some(gate.clone()));
        let digest = plan.source_digest.clone();
        let nested =
            Nested { name: "inner".into(), file: "inner.yaml".into(), params: Default::default(), steps: 2, source_digest: digest };
        plan.nested.insert(gate, nested);
    }
    for (place, step) in plan.steps.iter_mut().enumerate() {
        step.on_failure = what[usize::from(flavour >> place) % 4];
        if (flavour >> place) & 1 == 1 {
            step.verify = vec![support::check(&format!("{}.verify[0]", step.id), lifeboat::plan::Gate::Block)];
            step.retry.attempts = 1 + u32::from(flavour % 3);
        }
        if (flavour >> place) & 2 == 2 {
            let check = support::check(&format!("{}.verify[{}]", step.id, step.verify.len()), lifeboat::plan::Gate::Block);
            step.verify.push(Check { requested: lifeboat::plan::Requested::Write, ..check });
        }
        step.mutates = flavour % 5 != 4 || place % 2 == 0;
    }
}

fn owner(effect: &Effect) -> Option<&StepId> {
    match effect {
        Effect::Observe(step, _)
        | Effect::Recheck(step, _)
        | Effect::Apply(step, _)
        | Effect::Poll(step, _)
        | Effect::Verify(step, _)
        | Effect::WriteProof(step, ..)
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

fn play(kind: RunKind, law: Law, (flavour, moves): &(u8, Vec<(u8, u8, u8)>)) -> Game {
    let mut game = Game::new(kind, law, *flavour);
    for (what, which, variant) in moves {
        match what % 21 {
            0..=10 => game.answer(*which, *variant),
            11..=17 => game.command(*which, *variant),
            18 => game.crash(),
            19 => game.give(Input::Slept { for_ms: 60_000 }),
            _ => game.cut(*variant),
        }
    }
    game
}

fn moves() -> impl Strategy<Value = (u8, Vec<(u8, u8, u8)>)> {
    (any::<u8>(), proptest::collection::vec(any::<(u8, u8, u8)>(), 0..160))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn the_live_state_is_the_fold_of_the_journal(moves in moves()) {
        play(RunKind::Live, Law::Fold, &moves);
    }

    #[test]
    fn no_call_is_made_without_a_confirmation_and_an_intent_before_it(moves in moves()) {
        play(RunKind::Live, Law::Intent, &moves);
    }

    #[test]
    fn what_was_confirmed_is_what_runs(moves in moves()) {
        play(RunKind::Live, Law::Confirmed, &moves);
    }

    #[test]
    fn what_is_already_so_is_not_called(moves in moves()) {
        play(RunKind::Live, Law::ObserveFirst, &moves);
    }

    #[test]
    fn an_intent_without_an_outcome_is_looked_at_before_the_next_call(moves in moves()) {
        play(RunKind::Live, Law::Doubt, &moves);
    }

    /// In every attempt, after every resume and power cut: looked at by `law_proof` at each send.
    #[test]
    fn a_proof_that_writes_is_confirmed_recorded_and_sent_once(moves in moves(), dry in any::<bool>()) {
        let game = play(if dry { RunKind::DryRun } else { RunKind::Live }, Law::Fold, &moves);
        let intents = game.log.iter().filter(|event| matches!(event, Event::StepProofIntent { .. })).count();
        prop_assert!(!dry || intents == 0);
    }

    #[test]
    fn what_was_said_beforehand_is_used_for_one_change_and_so_many_sends(moves in moves()) {
        play(RunKind::Live, Law::Beforehand, &moves);
    }

    #[test]
    fn no_step_begins_before_what_it_needs(moves in moves()) {
        play(RunKind::Live, Law::Needs, &moves);
    }

    #[test]
    fn nothing_begins_in_a_paused_run_and_nothing_happens_in_one_that_is_over(moves in moves()) {
        play(RunKind::Live, Law::Stop, &moves);
    }

    #[test]
    fn a_run_goes_on_or_asks_or_is_over(moves in moves()) {
        play(RunKind::Live, Law::Progress, &moves);
    }

    #[test]
    fn a_run_never_changes_what_it_acts_on(moves in moves(), kind in prop_oneof![Just(RunKind::Live), Just(RunKind::DryRun), Just(RunKind::Drill)]) {
        play(kind, Law::Kind, &moves);
    }

    /// In every attempt, after every resume and after a power cut that took no call with it.
    #[test]
    fn what_is_named_after_the_time_keeps_its_name(moves in moves()) {
        let game = play(RunKind::Live, Law::Name, &moves);
        let mut names: IndexMap<&StepId, &Value> = IndexMap::new();
        for (event, when) in game.log.iter().zip(&game.when) {
            if let Event::StepReady { step, with, .. } = event {
                let first = *names.entry(step).or_insert(with);
                prop_assert_eq!(first, with, "{} is called otherwise at {}", step, when);
                prop_assert!(with["name"].as_str().is_some_and(|name| name.starts_with("before-02") || name.starts_with("before-03")), "{with}");
            }
        }
        // What is filled in anew where the call is made, for its secrets, and what the step's checks see, is the same.
        for step in &game.state.plan.steps {
            let now = &scope(&game.state, lifeboat::engine::Place::of(Some(step)), at(100_000).wall)["run"]["now"];
            let ready = game.state.steps[&step.id].times.ready.unwrap_or(at(100_000));
            prop_assert_eq!(now, &json!(ready.wall));
        }
    }

    #[test]
    fn a_dry_run_never_calls(moves in moves()) {
        let game = play(RunKind::DryRun, Law::Intent, &moves);
        prop_assert!(game.applied.is_empty());
        prop_assert!(!game.log.iter().any(|event| matches!(event, Event::StepIntent { .. })), "a dry run recorded an intent");
    }

    #[test]
    fn every_prefix_of_a_journal_can_be_recovered(moves in moves()) {
        let game = play(RunKind::Drill, Law::Fold, &moves);
        let mut state = begin(&game.log[0], at(0)).unwrap();
        for event in &game.log[1..] {
            let decision = recover(&state, at(500), alice(), None);
            prop_assert!(!decision.effects.iter().any(|effect| matches!(effect, Effect::Apply(..))));
            evolve(&mut state, event, at(1));
        }
    }
}

/// The run goes through when everything answers well: the laws above are not kept by doing nothing.
#[test]
fn a_run_in_which_all_goes_well_succeeds() {
    let mut game = Game::new(RunKind::Live, Law::Intent, 0);
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
    let mut game = Game::new(RunKind::Live, Law::Intent, 0);
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
