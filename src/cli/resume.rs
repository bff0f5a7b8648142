//! `lifeboat resume`: a run that stopped goes on, in the world it was in, after a look at that.

use std::sync::Arc;

use super::args;
use super::claims::claim;
use super::drive::{Begin, Drive, default_output, drive, holder, record_problem, runtime, store};
use super::exit::Exit;
use super::hands::{hands, refuse_what_is_missing, refuse_what_is_not_asked};
use super::operator::operator;
use super::orders::orders;
use super::rehearsal::{self, Rehearsal, WORLD_FILE, WORLD_LOG};
use super::say::{ask, note, problem};
use super::secrets;
use super::watch;
use super::way::{refuse_another_way, settle};
use crate::driver::still_in_the_same_accounts;
use crate::engine::{Actor, RunKind, RunPhase, State, StepPhase};
use crate::id::StepId;
use crate::journal::{Journal, JournalError, Store};
use crate::view::RunView;
use crate::world::World;
use crate::world::live::LiveWorld;
use crate::world::sim::{Definition, SimWorld};

/// Takes a run up again.
pub(super) fn resume(args: &args::Resume) -> Exit {
    match take_up(args) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn take_up(args: &args::Resume) -> Result<Exit, Exit> {
    let store = store(args.state.state_dir.as_deref())?;
    let operator = operator();
    let run = super::choose::unfinished(&store, args.run.as_deref(), args.hands.yes)?;
    // Folded as it is read: the records of a long run are many times what they add up to.
    let mut view = RunView::new();
    let (journal, found) = store.reopen_with(&run, &holder(&operator), |record| view.record(&record)).map_err(|error| match error {
        JournalError::Locked { .. } => watch::instead(&store, &run, &error, args.output, &args.screen),
        error => record_problem(&error, &[]),
    })?;
    if let Some(torn) = &found.torn {
        note(&format!("The last line of the journal was torn off in the middle ({} bytes) and has been cut away.\n", torn.bytes));
    }
    let Some(state) = view.state.clone() else {
        problem(&format!("the journal of {run} has no beginning"), Some("the run stopped before it began; start another"));
        return Err(Exit::Record);
    };
    if let RunPhase::Finished { reason, .. } = &state.phase {
        problem(&format!("{run} is over: {reason}"), Some(&format!("read it: lifeboat report {run}")));
        return Err(Exit::BadInput);
    }
    let output = default_output(args.output, args.hands.yes);
    tell_what_changed(&store, &state, view.runbook.as_deref(), output)?;
    let taken = Taken { journal, view, state, operator };
    match taken.state.kind {
        RunKind::Drill => drill(args, taken),
        RunKind::Live | RunKind::DryRun => live(args, taken, output, store),
    }
}

/// A run that has been taken up.
struct Taken {
    journal: Journal,
    view: RunView,
    state: State,
    operator: Actor,
}

/// Somebody at a terminal has the time to read what changed before the screen covers it.
fn tell_what_changed(store: &Store, state: &State, path: Option<&str>, output: args::Output) -> Result<(), Exit> {
    let Some(path) = path else { return Ok(()) };
    let copy = store.runbook(&state.run).map_err(|error| record_problem(&error, &[]))?;
    if super::changed::tell_all(path, &copy, &state.plan, &store.run_dir(&state.run)) && output == args::Output::Tui {
        ask("Enter goes on with the run's own copy, Ctrl-C stops here. ");
    }
    Ok(())
}

/// The same world, restored from its seed and from what it was asked.
fn drill(args: &args::Resume, taken: Taken) -> Result<Exit, Exit> {
    let Taken { journal, view, state, operator } = taken;
    let run = state.run.clone();
    let hands = rehearsal::Hands { autopilot: args.pace.autopilot || args.hands.yes, said: &args.hands.said };
    let rehearsal = Rehearsal::new(&args.pace, args.output, &args.screen, hands, &state.plan, orders(&args.decisions, &state)?)?;
    let cannot = |why: String| {
        problem(
            &format!("the simulated world of {run} cannot be restored: {why}"),
            Some(&format!("read what was done with `lifeboat report {run}`, or drill again")),
        );
        Exit::Refused
    };
    let kept = journal.dir().join(WORLD_FILE);
    let definition = Definition::of_run(&kept).map_err(|error| cannot(error.to_string()))?;
    let runtime = rehearsal.runtime()?;
    runtime.block_on(async {
        let seed = state.world.as_ref().map(|world| world.seed);
        let log = journal.dir().join(WORLD_LOG);
        let world = SimWorld::restore(definition, rehearsal.speed, seed, &log, state.last).map_err(|error| cannot(error.to_string()))?;
        Ok(rehearsal.drive(world, journal, operator, Begin::Resume(Box::new(state), Box::new(view))).await)
    })
}

/// AWS, as it is now.
fn live(args: &args::Resume, taken: Taken, output: args::Output, store: Store) -> Result<Exit, Exit> {
    let Taken { journal, view, state, operator } = taken;
    let live = state.kind == RunKind::Live;
    let hands = hands(&args.hands, state.kind, output);
    refuse_what_is_not_asked(&args.hands.said, &state.plan, hands.is_person())?;
    if live {
        let decisions = &args.decisions;
        let left_out = |id: &StepId| decisions.skip.iter().chain(&decisions.take_over).any(|(step, _)| step == id.as_str());
        let to_come = |id: &StepId| {
            let again = decisions.retry.iter().any(|(step, _)| step == id.as_str());
            (is_to_come(&state, id) || again) && !state.plan.with_gates(id).any(left_out)
        };
        refuse_what_is_missing(&args.hands, &hands, &state.plan, &operator, |id| !state.rolling_back && to_come(id))?;
    }
    let orders = orders(&args.decisions, &state)?;
    let runtime = runtime(false).map_err(|error| {
        problem(&format!("the run cannot go on: {error}"), None);
        Exit::Short
    })?;
    let world = Arc::new(LiveWorld::resumed(&operator.name, state.last));
    secrets::read(&state.plan, &*world)?;
    let endpoints = runtime.block_on(settle(&world, &state.plan))?;
    let world: Arc<dyn World> = world;
    runtime.block_on(still_in_the_same_accounts(&world, &state)).map_err(|failure| {
        problem(&format!("refused: {failure}"), Some(&failure.hint));
        Exit::Refused
    })?;
    refuse_another_way(&state.endpoints, &endpoints)?;
    let setup = Drive {
        machine: Some(world.clock()),
        world,
        drill: None,
        claim: live.then(|| claim(store, &state.plan, &endpoints, &state.run, &operator, args.allow_concurrent)),
        journal,
        hands,
        orders,
        operator,
        output,
        screen: args.screen.clone(),
        pace: None,
    };
    Ok(runtime.block_on(drive(setup, Begin::Resume(Box::new(state), Box::new(view)))))
}

/// Whether a step is still to be confirmed. Of one in doubt that is not asked for: mostly it will turn out to have happened.
fn is_to_come(state: &State, id: &StepId) -> bool {
    state.steps.get(id).is_some_and(|step| {
        matches!(step.phase, StepPhase::Waiting | StepPhase::Observing | StepPhase::Proposed | StepPhase::Confirming | StepPhase::Retrying)
    })
}
