//! `lifeboat runs --dismiss`: an unfinished run is ended on record without being taken up. Nothing is called and nothing is looked at.

use jiff::{SignedDuration, Timestamp};

use super::drive::{holder, record_problem};
use super::exit::Exit;
use super::operator::operator;
use super::runs::not_found;
use super::say::{note, problem};
use crate::clock::Stamp;
use crate::engine::{Actor, Command, Input, RunKind, RunPhase, State, StepPhase, decide};
use crate::journal::{Journal, JournalError, Store, Sync};
use crate::view::RunView;

/// Ends a run that nobody drives.
pub(super) fn dismiss(store: &Store, name: &str, reason: Option<&str>) -> Exit {
    match ended(store, name, reason) {
        Ok(()) => Exit::Done,
        Err(exit) => exit,
    }
}

fn ended(store: &Store, name: &str, reason: Option<&str>) -> Result<(), Exit> {
    let run = store.find(name).map_err(|error| not_found(&error))?;
    let operator = operator();
    let mut view = RunView::new();
    // Under the run's lock: a run that somebody drives is not taken from them.
    let (mut journal, _) = store.reopen_with(&run, &holder(&operator), |record| view.record(&record)).map_err(|error| {
        if matches!(error, JournalError::Locked { .. }) {
            problem(&error.to_string(), Some("nothing was changed; end it there, or wait until it has stopped"));
            return Exit::Record;
        }
        record_problem(&error, &[])
    })?;
    let Some(state) = view.state else {
        problem(&format!("the journal of {run} has no beginning"), Some("there is nothing to dismiss"));
        return Err(Exit::Record);
    };
    if let RunPhase::Finished { reason, .. } = &state.phase {
        problem(&format!("{run} is over already: {reason}"), Some(&format!("read it: lifeboat report {run}")));
        return Err(Exit::BadInput);
    }
    let open = open_calls(&state);
    let reason = match (reason.map(str::trim).filter(|reason| !reason.is_empty()), state.kind) {
        (Some(reason), _) => reason.to_owned(),
        (None, RunKind::Live) => {
            let left = if open.is_empty() { String::new() } else { format!("; it leaves behind: {}", open.join(", ")) };
            problem(
                &format!("{run} is a live run: what became of it must be said{left}"),
                Some(&format!("lifeboat runs --dismiss {run} --reason WHY, or take it up: lifeboat resume {run}")),
            );
            return Err(Exit::Refused);
        }
        (None, _) => "dismissed, not taken up again".to_owned(),
    };
    end(&mut journal, state, operator, reason, &open)?;
    let left = if open.is_empty() { String::new() } else { format!(" Left as nobody knows it: {}.", open.join(", ")) };
    note(&format!("{run} is ended, on record.{left}\n"));
    Ok(())
}

/// Calls whose end nobody has seen: `promote_db (the call may have been made)`.
fn open_calls(state: &State) -> Vec<String> {
    let open = state.steps.iter().filter_map(|(id, step)| {
        let what = match step.phase {
            StepPhase::Applying => "its call may have been made",
            StepPhase::InDoubt { .. } => "in doubt",
            StepPhase::Settling => "its call was accepted, its end was not seen",
            _ => return None,
        };
        Some(format!("{id} ({what})"))
    });
    open.collect()
}

fn end(journal: &mut Journal, state: State, by: Actor, reason: String, open: &[String]) -> Result<(), Exit> {
    let at = now(&state);
    let settling = open.iter().filter(|what| what.ends_with("not seen)")).cloned().collect::<Vec<_>>();
    let reason = if settling.is_empty() { reason } else { format!("{reason} (left under way: {})", settling.join(", ")) };
    // What was never answered is in doubt first: the record says so as it does when a driver lets go.
    let inputs = [Input::LetGo { reason: "the run is dismissed".into() }, Input::Operator { by, command: Command::Abort { reason } }];
    let mut state = state;
    for input in inputs {
        let decision = decide(&state, at, input).map_err(|refusal| {
            problem(&refusal.to_string(), Some("take it up instead: lifeboat resume"));
            Exit::Refused
        })?;
        journal.append(at, &decision.events, Sync::Now).map_err(|error| record_problem(&error, &[]))?;
        state = decision.state;
    }
    Ok(())
}

/// The time of the run's world: a drill's stands still while nobody drives it.
fn now(state: &State) -> Stamp {
    if state.kind == RunKind::Drill {
        return state.last;
    }
    let wall = Timestamp::now();
    let gone = wall.duration_since(state.last.wall).max(SignedDuration::ZERO);
    Stamp { wall, mono_ms: state.last.mono_ms.saturating_add(u64::try_from(gone.as_millis()).unwrap_or(0)) }
}
