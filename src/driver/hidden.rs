//! What people type goes into the record as well: a secret pasted into a reason, a note or an answer must not.

use serde_json::Value;

use crate::engine::{Command, Given};
use crate::world::Secrets;

/// The command without secrets in what is only told. Names, fingerprints and typed confirmations are compared, and stay.
pub(super) fn hidden(command: Command, secrets: &Secrets) -> Command {
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
    use super::*;

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
