//! What a step will be given, as far as that is known already: parameters are filled in long before their step is ready.

use serde_json::Value;

use crate::engine::{Place, State, StepState, scope};
use crate::expr;
use crate::plan::Step;

/// Its parameters: as they were filled in when it became ready, else with what is known now; the rest stays as it was written.
pub(super) fn with(run: &State, plan: &Step, step: &StepState) -> Value {
    if !step.with.is_null() {
        return step.with.value();
    }
    let with = plan.with.value();
    if !expr::holds_expression(&with) {
        return with;
    }
    let place = Place::of(Some(plan)).reading(&with, []);
    expr::render_what_is_known(&with, &scope(run, place, run.last.wall))
}
