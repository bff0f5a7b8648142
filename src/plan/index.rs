//! Where a plan's steps are, found out once: a plan of a thousand steps is asked for one of them many times a second.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use super::model::{Plan, Step};
use crate::id::StepId;

/// The places of a plan's steps. No part of what the plan is: always equal, never written.
#[derive(Default)]
pub struct StepIndex(OnceLock<HashMap<StepId, Place>>);

enum Place {
    Step(usize),
    Rollback(usize),
}

impl StepIndex {
    pub(super) fn find<'a>(&self, plan: &'a Plan, id: &StepId) -> Option<&'a Step> {
        let places = self.0.get_or_init(|| {
            let rollbacks = plan.rollbacks.values().enumerate().map(|(place, step)| (step.id.clone(), Place::Rollback(place)));
            let steps = plan.steps.iter().enumerate().map(|(place, step)| (step.id.clone(), Place::Step(place)));
            rollbacks.chain(steps).collect()
        });
        let found = match places.get(id)? {
            Place::Step(place) => plan.steps.get(*place),
            Place::Rollback(place) => plan.rollbacks.get_index(*place).map(|(_, step)| step),
        };
        // A plan that was changed since (in a test, by hand) is searched as it is.
        found.filter(|step| step.id == *id).or_else(|| plan.steps.iter().chain(plan.rollbacks.values()).find(|step| step.id == *id))
    }

    pub(super) fn is_rollback(&self, plan: &Plan, id: &StepId) -> bool {
        self.find(plan, id).is_some() && matches!(self.0.get().and_then(|places| places.get(id)), Some(Place::Rollback(_)))
    }
}

impl Clone for StepIndex {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for StepIndex {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for StepIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StepIndex")
    }
}
