//! Which run `lifeboat resume` takes up.

use super::drive::record_problem;
use super::exit::Exit;
use super::runs::{not_found, table};
use super::say::{ask, is_conversation, note, problem};
use crate::id::RunId;
use crate::journal::{JournalError, RunEntry, RunInfo, Standing, Store};

/// The run of that name; without one the newest that is unfinished and that nobody drives. At a terminal somebody may choose among
/// several; where nobody can, and the hands of the command line would change something, the name must be given.
///
/// # Errors
/// None, or none of that name, or one that cannot be read might be the one that is meant; after having said so.
pub(super) fn unfinished(store: &Store, name: Option<&str>, yes: bool) -> Result<RunId, Exit> {
    if let Some(name) = name {
        return store.find(name).map_err(|error| not_found(&error));
    }
    let mut open: Vec<(RunEntry, RunInfo)> = Vec::new();
    let mut driven: Option<(RunEntry, RunInfo)> = None;
    for mut entry in store.list().map_err(|error| record_problem(&error, &[]))? {
        match std::mem::replace(&mut entry.info, Err(JournalError::Empty { path: entry.dir.clone() })) {
            Ok(info) if matches!(info.standing, Standing::Finished { .. }) => {}
            Ok(info) if info.driver.is_some() => {
                driven.get_or_insert((entry, info));
            }
            Ok(info) => open.push((entry, info)),
            Err(JournalError::Empty { .. }) => {}
            // It may be the very run that is to go on: an older one must not be taken for it.
            Err(error) if open.is_empty() => {
                problem(
                    &format!("the newest run that may be unfinished cannot be read: {error}"),
                    Some("name the run: lifeboat resume RUN"),
                );
                return Err(Exit::Record);
            }
            Err(_) => {}
        }
    }
    match (open.len(), driven) {
        // Whoever asks for the one that goes on is told who drives it.
        (0, Some((entry, _))) => Ok(entry.run),
        (0, None) => {
            problem("no run is unfinished", Some("lifeboat runs lists what there is"));
            Err(Exit::BadInput)
        }
        (1, _) => Ok(open.remove(0).0.run),
        _ if is_conversation() => among(open),
        _ if yes => {
            let names: Vec<&str> = open.iter().map(|(entry, _)| entry.run.as_str()).collect();
            problem(
                &format!("{} runs are unfinished, and --yes must not be meant for another one", names.len()),
                Some(&format!("name the run: lifeboat resume RUN, one of {}", names.join(", "))),
            );
            Err(Exit::BadInput)
        }
        _ => Ok(open.remove(0).0.run),
    }
}

/// A list to choose from.
fn among(mut open: Vec<(RunEntry, RunInfo)>) -> Result<RunId, Exit> {
    note("Unfinished runs, newest first:\n");
    let all: Vec<(&RunEntry, &RunInfo)> = open.iter().map(|(entry, info)| (entry, info)).collect();
    for (number, line) in table(&all).lines().enumerate() {
        let number = if number == 0 { String::new() } else { number.to_string() };
        note(&format!("{number:>4}  {line}\n"));
    }
    for _ in 0..3 {
        let Some(answer) = ask("Which one? [1] ") else { break };
        match answer.trim() {
            "" => return Ok(open.remove(0).0.run),
            text => match text.parse::<usize>() {
                Ok(number) if (1..=open.len()).contains(&number) => return Ok(open.remove(number - 1).0.run),
                _ => note(&format!("A number from 1 to {}, please.\n", open.len())),
            },
        }
    }
    problem("no run was chosen", Some("name it: lifeboat resume RUN"));
    Err(Exit::BadInput)
}
