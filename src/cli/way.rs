//! Before a run that is no drill: where its calls go, and the codes that its profiles want.

use super::exit::Exit;
use super::say::{ask, note, problem};
use crate::plan::{Endpoint, Failure, Plan, endpoint_words};
use crate::world::live::LiveWorld;

/// How often a code that is not taken is asked for again.
const TRIES: usize = 3;

/// Asks for the codes that profiles want, where somebody is there to be asked, and tells where calls go that do not go to AWS.
///
/// # Errors
/// [`Exit::Refused`], after it was said why: a code is not taken, a bundle of authorities cannot be read.
pub(super) async fn settle(world: &LiveWorld, plan: &Plan) -> Result<Vec<Endpoint>, Exit> {
    for wanted in world.codes_wanted(plan).await {
        let question = format!("Code of the MFA device {} for profile {}: ", wanted.device, wanted.profile);
        let mut tries = 0;
        // Without an answer the run says by itself, where it asks who it is, what it lacks.
        while let Some(code) = ask(&question).filter(|code| !code.trim().is_empty()) {
            tries += 1;
            match world.give_code(wanted.target, &code).await {
                Ok(()) => break,
                Err(failure) if tries == TRIES => return Err(refused(&failure)),
                Err(failure) => note(&format!("It was not taken: {failure}\n")),
            }
        }
    }
    let endpoints = world.endpoints(plan).await.map_err(|failure| refused(&failure))?;
    Ok(endpoints)
}

/// A run that is taken up again goes where it went.
///
/// # Errors
/// [`Exit::Refused`]: its calls went elsewhere when it began.
pub(super) fn refuse_another_way(begun: &[Endpoint], now: &[Endpoint]) -> Result<(), Exit> {
    if begun == now {
        return Ok(());
    }
    let words = |endpoints: &[Endpoint]| if endpoints.is_empty() { "AWS itself".to_owned() } else { endpoint_words(endpoints) };
    problem(
        &format!("refused: the run went to {} when it began, and its calls would go to {} now", words(begun), words(now)),
        Some(
            "set AWS_ENDPOINT_URL, its variables for single services and `endpoint_url` of the profile as they were, or start another run",
        ),
    );
    Err(Exit::Refused)
}

fn refused(failure: &Failure) -> Exit {
    problem(&format!("refused: {failure}"), Some(&failure.hint));
    Exit::Refused
}
