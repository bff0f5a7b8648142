//! From the flags that speak about single steps to the driver's orders.

use super::args;
use super::exit::Exit;
use super::say::problem;
use crate::diag::closest;
use crate::driver::{Order, Orders};
use crate::engine::State;
use crate::id::StepId;

/// A flag's `STEP=TEXT` pairs, and what each becomes.
type Flag<'a> = (&'a [(String, String)], fn(String) -> Order);

/// The orders that the flags give.
///
/// # Errors
/// A flag names a step that the run does not have.
pub(super) fn orders(flags: &args::Decisions, state: &State) -> Result<Orders, Exit> {
    let said: [Flag<'_>; 4] = [
        (&flags.happened, Order::Happened),
        (&flags.not_happened, Order::DidNotHappen),
        (&flags.skip, Order::Skip),
        (&flags.take_over, Order::TakeOver),
    ];
    let said = said.into_iter().flat_map(|(pairs, order)| pairs.iter().map(move |(step, text)| (step, order(text.clone()))));
    let retries = flags.retry.iter().map(|(step, reason)| (step, Order::Retry(reason.clone())));
    let mut orders = Vec::new();
    for (step, order) in said.chain(retries) {
        let id = StepId::from(step.as_str());
        if !state.steps.contains_key(&id) {
            let near = closest(step, state.steps.keys().map(StepId::as_str));
            let near = near.map_or_else(|| "lifeboat report names its steps".to_owned(), |near| format!("did you mean {near}?"));
            problem(&format!("{} has no step {step}; nothing was done", state.run), Some(&near));
            return Err(Exit::BadInput);
        }
        orders.push((id, order));
    }
    Ok(Orders(orders))
}
