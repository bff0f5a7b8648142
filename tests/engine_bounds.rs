//! A step has an end: how often its call goes out, for how long it is waited for, and how somebody stops waiting.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod support;

use indexmap::IndexMap;
use lifeboat::engine::{
    Actor, ActorKind, Command, Decision, Effect, Event, Given, Identity, Input, Judgement, RunKind, Seen, State, StepPhase, begin, decide,
    recover,
};
use lifeboat::id::StepId;
use lifeboat::plan::{Failure, FailureKind, Happened, OnFailure, Retry};
use serde_json::json;
use support::{alice, at, change, started};

/// A live run whose only open step is `a`, at a clock that the test sets.
struct Run {
    state: State,
    second: u64,
    effects: Vec<Effect>,
    events: Vec<Event>,
}

fn a() -> StepId {
    "a".into()
}

fn flags() -> Actor {
    Actor { kind: ActorKind::CommandLine, ..alice() }
}

impl Run {
    fn new(retry: Retry, on_failure: OnFailure) -> Self {
        let mut first = started(RunKind::Live);
        if let Event::RunStarted { plan, .. } = &mut first {
            let plan = std::sync::Arc::make_mut(plan);
            plan.preconditions.clear();
            let step = &mut plan.steps[0];
            (step.retry, step.on_failure, step.timeout) = (retry, on_failure, 60.0);
            step.preconditions.clear();
            step.confirm = lifeboat::plan::Confirm::Enter;
        }
        let mut run = Self { state: begin(&first, at(0)).unwrap(), second: 0, effects: Vec::new(), events: Vec::new() };
        let identity = Identity { account: "123456789012".into(), arn: "arn".into() };
        run.give(Input::Identified(vec![("dr".into(), Ok(identity))]));
        run.give(Input::Operator { by: alice(), command: Command::Open { overrides: Vec::new() } });
        run.give(Input::GateSampled(Vec::new()));
        run.observed();
        run
    }

    fn take(&mut self, decision: Decision) {
        (self.state, self.effects) = (decision.state, decision.effects);
        self.events.extend(decision.events);
    }

    fn give(&mut self, input: Input) {
        let decision = decide(&self.state, at(self.second), input).unwrap();
        self.take(decision);
    }

    fn phase(&self) -> &StepPhase {
        &self.state.steps[&a()].phase
    }

    fn attempt(&self) -> u32 {
        self.state.steps[&a()].attempt
    }

    fn seen() -> Seen {
        Seen { observation: json!({ "desired": 2 }), change: change("a", 1, false) }
    }

    fn observed(&mut self) {
        self.give(Input::Observed { step: a(), attempt: self.attempt(), result: Ok(Self::seen()) });
    }

    fn confirm(&mut self, by: Actor) -> Result<(), String> {
        let change = change("a", 1, false).digest();
        let command = Command::Confirm { step: a(), given: Given::Enter, change, overrides: Vec::new(), answers: IndexMap::new() };
        let decision = decide(&self.state, at(self.second), Input::Operator { by, command }).map_err(|refusal| refusal.to_string())?;
        self.take(decision);
        self.rechecked();
        assert!(self.effects.contains(&Effect::Apply(a(), self.attempt())), "{:?}", self.effects);
        Ok(())
    }

    fn rechecked(&mut self) {
        self.give(Input::Rechecked { step: a(), attempt: self.attempt(), result: Ok(Self::seen()), readings: Vec::new() });
    }

    fn applied(&mut self, kind: FailureKind, effect: Happened) {
        let result = Err(Failure::new(kind, "HTTP status 503", "wait").effect(effect));
        self.give(Input::Applied { step: a(), attempt: self.attempt(), result });
    }

    /// The call is lost and did not happen.
    fn lost(&mut self) {
        self.applied(FailureKind::Server, Happened::Unknown);
        assert!(matches!(self.phase(), StepPhase::InDoubt { undecided: false, .. }));
        let result = Ok((Judgement::DidNotHappen, "nothing has changed".into()));
        self.give(Input::Looked { step: a(), attempt: self.attempt(), result });
    }

    fn failure(&self) -> &Failure {
        self.state.steps[&a()].failure.as_ref().unwrap()
    }

    fn sends(&self) -> usize {
        self.events.iter().filter(|event| matches!(event, Event::StepIntent { .. })).count()
    }

    fn stop_waiting(&mut self) {
        let command = Command::StopWaiting { step: a(), reason: "it hangs".into() };
        self.give(Input::Operator { by: alice(), command });
        assert!(self.effects.contains(&Effect::Cancel(a())));
    }
}

const ONCE: Retry = Retry { attempts: 1, delay: 1.0, once: false };

#[test]
fn a_call_that_is_lost_again_and_again_fails_in_the_end_without_a_person() {
    for (retry, sends) in [
        (ONCE, 3),
        (Retry { attempts: 1, delay: 1.0, once: true }, 1),
        (Retry { attempts: 2, delay: 1.0, once: false }, 2),
        (Retry { attempts: 4, delay: 1.0, once: false }, 4),
    ] {
        let mut run = Run::new(retry, OnFailure::Continue);
        for _ in 0..sends {
            assert_eq!(*run.phase(), StepPhase::Proposed);
            run.confirm(flags()).unwrap();
            run.lost();
            if matches!(run.phase(), StepPhase::Observing) {
                run.observed();
            }
        }
        assert_eq!((run.phase(), run.sends()), (&StepPhase::Failed, sends), "{retry:?}");
        let failure = run.failure();
        assert!(failure.message.contains("did not happen") && failure.message.contains("HTTP status 503"), "{failure}");
        assert_eq!(failure.effect, Happened::No);
    }
}

#[test]
fn the_time_of_a_step_ends_it_too() {
    let mut run = Run::new(Retry { attempts: 9, delay: 1.0, once: false }, OnFailure::Continue);
    run.confirm(flags()).unwrap();
    run.second += 61;
    run.lost();
    assert_eq!((run.phase(), run.sends()), (&StepPhase::Failed, 1));
}

#[test]
fn at_the_screen_a_call_that_did_not_happen_is_shown_again_each_time() {
    let mut run = Run::new(ONCE, OnFailure::Pause);
    for _ in 0..7 {
        run.confirm(alice()).unwrap();
        run.second += 61;
        run.lost();
        run.observed();
    }
    assert_eq!((run.phase(), run.sends()), (&StepPhase::Proposed, 7));
}

#[test]
fn another_change_is_not_the_one_that_was_confirmed_beforehand() {
    let mut run = Run::new(ONCE, OnFailure::Pause);
    run.confirm(flags()).unwrap();
    run.lost();
    let other = Seen { observation: json!({ "desired": 20 }), change: change("a", 20, false) };
    run.give(Input::Observed { step: a(), attempt: 1, result: Ok(other.clone()) });
    let change = other.change.digest();
    let command = Command::Confirm { step: a(), given: Given::Enter, change, overrides: Vec::new(), answers: IndexMap::new() };
    let refusal = decide(&run.state, at(1), Input::Operator { by: flags(), command: command.clone() }).unwrap_err().to_string();
    assert!(refusal.contains("no longer the one that was confirmed beforehand"), "{refusal}");
    decide(&run.state, at(1), Input::Operator { by: alice(), command }).unwrap();
}

#[test]
fn what_is_refused_for_now_is_looked_at_again_before_it_goes_out_once_more() {
    let mut run = Run::new(ONCE, OnFailure::Pause);
    run.confirm(flags()).unwrap();
    for delay in [1.0, 2.0, 4.0, 8.0] {
        run.applied(FailureKind::Throttled, Happened::No);
        assert_eq!((run.phase(), run.state.held_back(&a())), (&StepPhase::Confirming, Some(delay)));
        assert_eq!(run.effects, [Effect::Recheck(a(), 1)]);
        run.rechecked();
        assert_eq!(run.effects, [Effect::Apply(a(), 1)]);
    }
    assert_eq!((run.sends(), run.state.steps[&a()].sends), (5, 1));
    // Its time ends that, too.
    run.second += 58;
    run.applied(FailureKind::Throttled, Happened::No);
    assert_eq!((run.phase(), run.failure().effect), (&StepPhase::Failed, Happened::No));
}

#[test]
fn a_pause_and_a_sleep_keep_back_what_was_refused_for_now() {
    let mut run = Run::new(ONCE, OnFailure::Pause);
    run.confirm(alice()).unwrap();
    run.applied(FailureKind::Throttled, Happened::No);
    run.give(Input::Operator { by: alice(), command: Command::Pause { reason: "stop".into() } });
    assert_eq!((run.phase(), &run.effects[..]), (&StepPhase::Proposed, &[Effect::Cancel(a())][..]));

    let mut run = Run::new(ONCE, OnFailure::Pause);
    run.confirm(alice()).unwrap();
    run.applied(FailureKind::Throttled, Happened::No);
    run.second += 20;
    run.give(Input::Slept { for_ms: 16_000 });
    run.rechecked();
    assert_eq!(*run.phase(), StepPhase::Proposed);
    assert!(run.effects.is_empty(), "{:?}", run.effects);
}

#[test]
fn a_resume_neither_gives_a_step_its_time_again_nor_takes_it_away() {
    let mut run = Run::new(ONCE, OnFailure::Pause);
    run.confirm(alice()).unwrap();
    run.second = 10;
    run.give(Input::Applied { step: a(), attempt: 1, result: Ok((json!({}), "accepted".into())) });
    // It was there until second 25, and is taken up again an hour later.
    let decision = recover(&run.state, at(3_625), alice(), Some(25_000));
    assert!((decision.state.spent(&decision.state.steps[&a()], at(3_625)) - 25.0).abs() < 0.01);
    assert!((decision.state.spent(&decision.state.steps[&a()], at(3_630)) - 30.0).abs() < 0.01);
    // Nothing is known of it but the last record.
    let decision = recover(&run.state, at(3_610), alice(), None);
    assert!((decision.state.spent(&decision.state.steps[&a()], at(3_610)) - 10.0).abs() < 0.01);
    // The machine slept.
    run.second = 1_010;
    run.give(Input::Slept { for_ms: 990_000 });
    assert!((run.state.spent(&run.state.steps[&a()], at(1_010)) - 20.0).abs() < 0.01);
}

#[test]
fn what_waits_for_a_person_spends_nothing() {
    let mut run = Run::new(ONCE, OnFailure::Pause);
    run.second = 5_000;
    run.confirm(flags()).unwrap();
    assert!(run.state.spent(&run.state.steps[&a()], at(5_000)) < 0.01);
    run.second = 5_030;
    run.applied(FailureKind::Unhealthy, Happened::No);
    run.second = 9_000;
    assert!((run.state.spent(&run.state.steps[&a()], at(9_000)) - 30.0).abs() < 0.01);
    run.give(Input::Operator { by: flags(), command: Command::Retry { step: a(), reason: None } });
    assert!(run.state.spent(&run.state.steps[&a()], at(9_000)) < 0.01, "whoever asks for another attempt gives it its time");
}

#[test]
fn what_somebody_has_put_back_is_for_a_person() {
    let mut run = Run::new(Retry { attempts: 5, delay: 1.0, once: false }, OnFailure::Pause);
    run.confirm(flags()).unwrap();
    run.give(Input::Applied { step: a(), attempt: 1, result: Ok((json!({}), "accepted".into())) });
    let changed = Failure::new(FailureKind::Conflict, "somebody has changed it since", "ask them").effect(Happened::Yes);
    run.give(Input::Settled { step: a(), attempt: 1, result: Err(changed) });
    assert_eq!(*run.phase(), StepPhase::Failed);
}

#[test]
fn somebody_stops_waiting_and_what_is_known_stays() {
    // The call has not answered: in doubt, for a person.
    let mut run = Run::new(ONCE, OnFailure::Pause);
    run.confirm(alice()).unwrap();
    run.stop_waiting();
    assert!(matches!(run.phase(), StepPhase::InDoubt { undecided: true, reason } if reason.contains("alice stopped waiting: it hangs")));
    // A look at it: the same.
    run.give(Input::Operator { by: alice(), command: Command::Refresh { step: a() } });
    run.stop_waiting();
    assert!(matches!(run.phase(), StepPhase::InDoubt { undecided: true, .. }));
    // It was accepted.
    run.give(Input::Operator { by: alice(), command: Command::Resolve { step: a(), happened: true, reason: "seen".into() } });
    assert_eq!(*run.phase(), StepPhase::Settling);
    run.stop_waiting();
    assert_eq!((run.phase(), run.failure().effect), (&StepPhase::Failed, Happened::Yes));
    assert!(run.failure().message.contains("stopped waiting for its end: it hangs"), "{}", run.failure());
    // Nothing was called yet.
    let mut run = Run::new(ONCE, OnFailure::Pause);
    run.give(Input::Operator { by: alice(), command: Command::Refresh { step: a() } });
    run.stop_waiting();
    assert_eq!((run.phase(), run.failure().effect), (&StepPhase::Failed, Happened::No));
    // And there is nothing to stop where a person is waited for.
    let command = Command::StopWaiting { step: a(), reason: "it hangs".into() };
    assert!(decide(&run.state, at(0), Input::Operator { by: alice(), command }).is_err());
}
