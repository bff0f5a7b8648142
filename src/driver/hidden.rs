//! The last barrier before the record: every text of which events and telemetry are made passes here, whoever said it: a port of the
//! world, an action, the engine's own words about either, or a person who pasted something.
//!
//! What steps act on (observations, receipts, outputs) is not touched: it must be what it is, and the ports have hidden what programs and
//! services repeat.

use std::borrow::Cow;

use serde_json::Value;

use crate::engine::{Command, Given, Input};
use crate::plan::{Change, Failure, Reading, Verdict};
use crate::view::Telemetry;
use crate::world::Secrets;

/// The input without secrets in what is told by it.
pub(super) fn hidden_input(mut input: Input, secrets: &Secrets) -> Input {
    if secrets.is_empty() {
        return input;
    }
    let hide = Hide(secrets);
    match &mut input {
        Input::Identified(answers) => answers.iter_mut().filter_map(|(_, answer)| answer.as_mut().err()).for_each(|why| hide.failure(why)),
        Input::GateSampled(readings) => hide.readings(readings),
        Input::Observed { result, .. } => match result {
            Ok(seen) => hide.change(&mut seen.change),
            Err(failure) => hide.failure(failure),
        },
        Input::Rechecked { result, readings, .. } => {
            hide.readings(readings);
            match result {
                Ok(seen) => hide.change(&mut seen.change),
                Err(failure) => hide.failure(failure),
            }
        }
        Input::Applied { result, .. } => match result {
            Ok((_, summary)) => hide.text(summary),
            Err(failure) => hide.failure(failure),
        },
        Input::Settled { result, .. } => result.as_mut().err().into_iter().for_each(|failure| hide.failure(failure)),
        Input::Verified { readings, failure, .. } => {
            hide.readings(readings);
            failure.iter_mut().for_each(|failure| hide.failure(failure));
        }
        Input::ProofAnswered { result, .. } => match result {
            Ok(reading) => hide.reading(reading),
            Err(failure) => hide.failure(failure),
        },
        Input::Looked { result, .. } => match result {
            Ok((_, evidence)) => hide.text(evidence),
            Err(failure) => hide.failure(failure),
        },
        Input::LetGo { reason } => hide.text(reason),
        Input::RetryDue { .. } | Input::Slept { .. } => {}
        Input::Operator { .. } => return operators(input, secrets),
    }
    input
}

/// Telemetry without secrets.
pub(super) fn hidden_telemetry(mut telemetry: Telemetry, secrets: &Secrets) -> Telemetry {
    if secrets.is_empty() {
        return telemetry;
    }
    let hide = Hide(secrets);
    match &mut telemetry {
        Telemetry::Reading { reading } => hide.reading(reading),
        Telemetry::Progress { waiting_for, .. } => hide.text(waiting_for),
        Telemetry::Log { line, .. } => hide.text(line),
    }
    telemetry
}

struct Hide<'s>(&'s Secrets);

impl Hide<'_> {
    fn text(&self, text: &mut String) {
        if let Cow::Owned(hidden) = self.0.hide(text) {
            *text = hidden;
        }
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(map) => map.values_mut().for_each(|value| self.value(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn failure(&self, failure: &mut Failure) {
        let Failure { kind: _, message, operation, region, resource, code, request_id, effect: _, hint } = failure;
        for text in [message, operation, region, resource, hint].into_iter().chain(code).chain(request_id) {
            self.text(text);
        }
    }

    fn readings(&self, readings: &mut [Reading]) {
        readings.iter_mut().for_each(|reading| self.reading(reading));
    }

    fn reading(&self, reading: &mut Reading) {
        let Reading { check: _, at: _, verdict, shown, number: _, fields } = reading;
        self.text(shown);
        if let Verdict::Unknown(why) = verdict {
            self.text(why);
        }
        // Its text is JSON, and what JSON makes of a secret is found in it.
        if matches!(self.0.hide(fields.text()), Cow::Owned(_)) {
            let mut value = fields.value();
            self.value(&mut value);
            *fields = value.into();
        }
    }

    fn change(&self, change: &mut Change) {
        let Change { operation, resource, region, fields, reversible: _, data_loss, already: _, notes, takes_away, waits_for } = change;
        let fields = fields.iter_mut().flat_map(|field| [&mut field.name, &mut field.before, &mut field.after]);
        let said = data_loss.iter_mut().chain(notes).chain(takes_away).chain(waits_for);
        for text in [operation, resource, region].into_iter().chain(fields).chain(said) {
            self.text(text);
        }
    }
}

fn operators(input: Input, secrets: &Secrets) -> Input {
    match input {
        Input::Operator { by, command } => Input::Operator { by, command: hidden(command, secrets) },
        other => other,
    }
}

/// The command without secrets in what is only told. Names, fingerprints and typed confirmations are compared, and stay.
fn hidden(command: Command, secrets: &Secrets) -> Command {
    let hide = |text: String| secrets.hide(&text).into_owned();
    match command {
        Command::Open { mut overrides } => {
            overrides.iter_mut().for_each(|ignored| ignored.reason = secrets.hide(&ignored.reason).into_owned());
            Command::Open { overrides }
        }
        Command::Confirm { step, given, change, mut overrides, mut answers } => {
            overrides.iter_mut().for_each(|ignored| ignored.reason = secrets.hide(&ignored.reason).into_owned());
            for answer in answers.values_mut() {
                if let Value::String(text) = answer {
                    *text = secrets.hide(text).into_owned();
                }
            }
            let given = match given {
                Given::SecondPerson(name) => Given::SecondPerson(hide(name)),
                given => given,
            };
            Command::Confirm { step, given, change, overrides, answers }
        }
        Command::Skip { step, reason } => Command::Skip { step, reason: hide(reason) },
        Command::StopWaiting { step, reason } => Command::StopWaiting { step, reason: hide(reason) },
        Command::TakeOver { step, reason } => Command::TakeOver { step, reason: hide(reason) },
        Command::Resolve { step, happened, reason } => Command::Resolve { step, happened, reason: hide(reason) },
        Command::RollBack { reason } => Command::RollBack { reason: hide(reason) },
        Command::Abort { reason } => Command::Abort { reason: hide(reason) },
        Command::Pause { reason } => Command::Pause { reason: hide(reason) },
        Command::Note { text, at } => Command::Note { text: hide(text), at },
        Command::Retry { step, reason } => Command::Retry { step, reason: reason.map(hide) },
        Command::Resume { reason } => Command::Resume { reason: reason.map(hide) },
        Command::Refresh { .. } => command,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::Stamp;
    use crate::engine::Seen;
    use crate::plan::{FailureKind, FieldChange};

    const SECRET: &str = "hunter2-hunter2";

    /// A text with the secret in it, as services repeat it.
    fn told() -> String {
        format!("{SECRET} and {}", SECRET.to_uppercase())
    }

    fn failure() -> Failure {
        Failure {
            operation: told(),
            region: told(),
            resource: told(),
            code: Some(told()),
            request_id: Some(told()),
            ..Failure::new(FailureKind::Invalid, told(), told())
        }
    }

    fn reading() -> Reading {
        let at = Stamp { wall: jiff::Timestamp::UNIX_EPOCH, mono_ms: 0 };
        let fields = json!({ "error": told(), "list": [told(), 1], "map": { "a": told() } }).into();
        Reading { check: "c".into(), at, verdict: Verdict::Unknown(told()), shown: told(), number: None, fields }
    }

    fn seen() -> Seen {
        let field = FieldChange { name: told(), before: told(), after: told() };
        let change =
            Change { resource: told(), fields: vec![field], data_loss: Some(told()), notes: vec![told()], ..Change::of_nothing("x") };
        Seen { observation: json!("kept"), change }
    }

    #[test]
    fn no_answer_of_the_world_takes_a_secret_into_the_record() {
        let secrets = Secrets::default();
        secrets.learn(SECRET);
        let (step, attempt) = (crate::id::StepId::from("a"), 1);
        let inputs = [
            Input::Identified(vec![("t".into(), Err(failure()))]),
            Input::GateSampled(vec![reading()]),
            Input::Observed { step: step.clone(), attempt, result: Ok(seen()) },
            Input::Observed { step: step.clone(), attempt, result: Err(failure()) },
            Input::Rechecked { step: step.clone(), attempt, result: Ok(seen()), readings: vec![reading()] },
            Input::Rechecked { step: step.clone(), attempt, result: Err(failure()), readings: Vec::new() },
            Input::Applied { step: step.clone(), attempt, result: Ok((json!({}), told())) },
            Input::Applied { step: step.clone(), attempt, result: Err(failure()) },
            Input::Settled { step: step.clone(), attempt, result: Err(failure()) },
            Input::Verified { step: step.clone(), attempt, readings: vec![reading()], failure: Some(failure()) },
            Input::Looked { step: step.clone(), attempt, result: Ok((crate::engine::Judgement::CannotTell, told())) },
            Input::Looked { step: step.clone(), attempt, result: Err(failure()) },
            Input::LetGo { reason: told() },
        ];
        for input in inputs {
            let shown = format!("{:?}", hidden_input(input, &secrets));
            assert!(shown.contains("[redacted]") && !shown.to_lowercase().contains("hunter2"), "{shown}");
        }
        let at = Stamp { wall: jiff::Timestamp::UNIX_EPOCH, mono_ms: 0 };
        for telemetry in [
            Telemetry::Reading { reading: reading() },
            Telemetry::Progress { step: step.clone(), at, waiting_for: told(), counted: None },
            Telemetry::Log { step, at, line: told() },
        ] {
            let shown = format!("{:?}", hidden_telemetry(telemetry, &secrets));
            assert!(shown.contains("[redacted]") && !shown.to_lowercase().contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn what_steps_act_on_stays() {
        let secrets = Secrets::default();
        secrets.learn(SECRET);
        let input = Input::Settled { step: "a".into(), attempt: 1, result: Ok(json!({ "endpoint": SECRET })) };
        assert_eq!(hidden_input(input.clone(), &secrets), input);
    }

    #[test]
    fn a_pasted_secret_is_not_recorded() {
        let secrets = Secrets::default();
        secrets.learn("hunter2-hunter2");
        let skip = hidden(Command::Skip { step: "a".into(), reason: "logged in with hunter2-hunter2".into() }, &secrets);
        assert_eq!(skip, Command::Skip { step: "a".into(), reason: "logged in with [redacted]".into() });
        let answers = [("ticket".to_owned(), Value::from("hunter2-hunter2")), ("nodes".to_owned(), Value::from(4))].into();
        let confirm = Command::Confirm {
            step: "a".into(),
            given: crate::engine::Given::Enter,
            change: "sha256:x".into(),
            overrides: Vec::new(),
            answers,
        };
        let Command::Confirm { answers, .. } = hidden(confirm, &secrets) else { panic!("it was a confirmation") };
        assert_eq!((&answers["ticket"], &answers["nodes"]), (&Value::from("[redacted]"), &Value::from(4)));
    }
}
