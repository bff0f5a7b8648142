//! `lifeboat resume`: a run that stopped goes on, after a look at AWS.

use std::sync::Arc;

use super::args;
use super::drive::{Begin, Drive, default_output, drive, holder, record_problem, runtime, store};
use super::exit::Exit;
use super::operator::operator;
use super::say::problem;
use crate::driver::{Hands, Orders, still_in_the_same_accounts};
use crate::engine::{RunKind, RunPhase, begin, evolve};
use crate::world::World;
use crate::world::live::LiveWorld;

/// Takes a run up again.
pub(super) fn resume(args: &args::Resume) -> Exit {
    match take_up(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn take_up(args: &args::Resume) -> Result<Exit, Exit> {
    let store = store(args.state.state_dir.as_deref())?;
    let operator = operator();
    let run = super::runs::find_unfinished(&store, args.run.as_deref())?;
    let (journal, readback) = store.reopen(&run, &holder(&operator)).map_err(|error| record_problem(&error, &[]))?;
    if let Some(torn) = &readback.torn {
        super::say::note(&format!(
            "The last line of the journal was torn off in the middle ({} bytes) and has been cut away.\n",
            torn.bytes
        ));
    }
    let mut records = readback.records.iter();
    let first = records.next().and_then(|record| begin(&record.event, record.at));
    let Some(mut state) = first else {
        problem(&format!("the journal of {run} has no beginning"), Some("the run stopped before it began; start another"));
        return Err(Exit::Record);
    };
    for record in records {
        evolve(&mut state, &record.event, record.at);
    }
    if let RunPhase::Finished { reason, .. } = &state.phase {
        problem(&format!("{run} is over: {reason}"), Some(&format!("read it: lifeboat report {run}")));
        return Err(Exit::BadInput);
    }
    if state.kind == RunKind::Drill {
        problem(
            &format!("{run} is a drill: its simulated world ended with the process and cannot be taken up"),
            Some(&format!("read what was done with `lifeboat report {run}`, or drill again")),
        );
        return Err(Exit::Refused);
    }
    let output = default_output(args.output, args.hands.yes);
    let hands = if output == args::Output::Tui && !args.hands.yes && state.kind == RunKind::Live {
        Hands::Person
    } else {
        Hands::Flags { typed: args.hands.confirm.iter().cloned().collect(), answers: args.hands.answer.iter().cloned().collect() }
    };
    if state.kind == RunKind::Live && !hands.is_person() && !args.hands.yes {
        problem("a live run without a screen needs --yes", Some("nothing was done"));
        return Err(Exit::Refused);
    }
    let runtime = runtime(false).map_err(|error| {
        problem(&format!("the run cannot go on: {error}"), None);
        Exit::Short
    })?;
    let world: Arc<dyn World> = Arc::new(LiveWorld::resumed(&operator.name, state.last));
    runtime.block_on(still_in_the_same_accounts(&world, &state)).map_err(|failure| {
        problem(&format!("refused: {failure}"), Some(&failure.hint));
        Exit::Refused
    })?;
    let setup = Drive {
        machine: Some(world.clock()),
        world,
        seed: None,
        journal,
        hands,
        orders: Orders::default(),
        operator,
        output,
        screen: args.screen.clone(),
        pace: None,
    };
    Ok(runtime.block_on(drive(setup, Begin::Resume(Box::new(state), readback.records), |_| None)))
}
