//! Where a plan's steps and checks are, found out once: a plan of a thousand steps is asked for one of them many times a second.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use super::model::{Check, Plan, Step};
use crate::id::{CheckId, StepId};

/// The places of a plan's steps and checks. No part of what the plan is: always equal, never written.
#[derive(Default)]
pub struct StepIndex {
    steps: OnceLock<HashMap<StepId, Place>>,
    checks: OnceLock<HashMap<CheckId, Owner>>,
    /// The places of the steps of each `for_each`, by the id that they share.
    lists: OnceLock<HashMap<String, Vec<usize>>>,
}

#[derive(Clone, Copy)]
enum Place {
    Step(usize),
    Rollback(usize),
}

/// Whose a check is, and its place among that one's preconditions, with its proofs behind them.
type Owner = (Option<Place>, usize);

impl Place {
    fn of(self, plan: &Plan) -> Option<&Step> {
        match self {
            Self::Step(place) => plan.steps.get(place),
            Self::Rollback(place) => plan.rollbacks.get_index(place).map(|(_, step)| step),
        }
    }
}

fn places(plan: &Plan) -> impl Iterator<Item = (Place, &Step)> {
    let rollbacks = plan.rollbacks.values().enumerate().map(|(place, step)| (Place::Rollback(place), step));
    rollbacks.chain(plan.steps.iter().enumerate().map(|(place, step)| (Place::Step(place), step)))
}

fn checks(step: &Step) -> impl Iterator<Item = &Check> {
    step.preconditions.iter().chain(&step.verify)
}

impl StepIndex {
    pub(super) fn find<'a>(&self, plan: &'a Plan, id: &StepId) -> Option<&'a Step> {
        let steps = self.steps.get_or_init(|| places(plan).map(|(place, step)| (step.id.clone(), place)).collect());
        let found = steps.get(id)?.of(plan);
        // A plan that was changed since (in a test, by hand) is searched as it is.
        found.filter(|step| step.id == *id).or_else(|| plan.steps.iter().chain(plan.rollbacks.values()).find(|step| step.id == *id))
    }

    pub(super) fn places_of(&self, plan: &Plan, id: &str) -> Vec<usize> {
        let lists = self.lists.get_or_init(|| {
            let mut lists: HashMap<String, Vec<usize>> = HashMap::new();
            for (place, step) in plan.steps.iter().enumerate() {
                if let Some((of, _)) = step.parts() {
                    let id = step.within.as_ref().map_or_else(|| of.to_owned(), |within| format!("{within}/{of}"));
                    lists.entry(id).or_default().push(place);
                }
            }
            lists
        });
        if let Some(places) = lists.get(id) {
            return places.clone();
        }
        self.find(plan, &id.into());
        match self.steps.get().and_then(|steps| steps.get(&StepId::from(id))) {
            Some(Place::Step(place)) => vec![*place],
            _ => Vec::new(),
        }
    }

    pub(super) fn is_rollback(&self, plan: &Plan, id: &StepId) -> bool {
        self.find(plan, id).is_some() && matches!(self.steps.get().and_then(|places| places.get(id)), Some(Place::Rollback(_)))
    }

    pub(super) fn find_owner<'a>(&self, plan: &'a Plan, id: &CheckId) -> Option<&'a Step> {
        // Makes the index, and proves that the check is there.
        self.find_check(plan, id)?;
        let owners = self.checks.get()?;
        owners.get(id)?.0?.of(plan)
    }

    pub(super) fn find_check<'a>(&self, plan: &'a Plan, id: &CheckId) -> Option<&'a Check> {
        let owners = self.checks.get_or_init(|| {
            let run = plan.preconditions.iter().enumerate().map(|(at, check)| (check.id.clone(), (None, at)));
            let steps = places(plan)
                .flat_map(|(place, step)| checks(step).enumerate().map(move |(at, check)| (check.id.clone(), (Some(place), at))));
            steps.chain(run).collect()
        });
        let found = match owners.get(id)? {
            (None, at) => plan.preconditions.get(*at),
            (Some(place), at) => place.of(plan).and_then(|step| checks(step).nth(*at)),
        };
        found.filter(|check| check.id == *id).or_else(|| plan.checks().map(|(_, check)| check).find(|check| check.id == *id))
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
