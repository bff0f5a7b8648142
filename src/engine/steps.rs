//! The steps of a run's state: an ordered map that is cheap to copy. Every decision begins with a copy of the state and changes one
//! step or two, so what does not change is shared.

use std::ops::Index;
use std::sync::Arc;

use indexmap::IndexSet;

use super::state::StepState;
use crate::id::StepId;

/// How many steps are shared, or copied, together.
const CHUNK: usize = 32;

/// Steps by their ids, in the order of the plan.
#[derive(Debug, Clone)]
pub struct Steps {
    ids: Arc<IndexSet<StepId>>,
    chunks: Vec<Arc<Vec<Arc<StepState>>>>,
}

impl Steps {
    /// The state of a step.
    pub fn get(&self, id: &StepId) -> Option<&StepState> {
        self.ids.get_index_of(id).and_then(|place| self.at(place))
    }

    /// The state of a step, to change it.
    pub(super) fn get_mut(&mut self, id: &StepId) -> Option<&mut StepState> {
        let place = self.ids.get_index_of(id)?;
        let chunk = Arc::make_mut(self.chunks.get_mut(place / CHUNK)?);
        chunk.get_mut(place % CHUNK).map(Arc::make_mut)
    }

    /// The step at a place in the order.
    pub fn get_index(&self, place: usize) -> Option<(&StepId, &StepState)> {
        self.ids.get_index(place).zip(self.at(place))
    }

    /// The place of a step in the order.
    pub fn get_index_of(&self, id: &StepId) -> Option<usize> {
        self.ids.get_index_of(id)
    }

    /// The place of a step in the order, with it.
    pub fn get_full(&self, id: &StepId) -> Option<(usize, &StepId, &StepState)> {
        let (place, id) = self.ids.get_full(id)?;
        Some((place, id, self.at(place)?))
    }

    /// Whether there is such a step.
    pub fn contains_key(&self, id: &StepId) -> bool {
        self.ids.contains(id)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&StepId, &StepState)> {
        self.ids.iter().zip(self.values())
    }

    /// Their ids, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &StepId> + ExactSizeIterator {
        self.ids.iter()
    }

    /// Their states, in order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &StepState> + ExactSizeIterator {
        (0..self.ids.len()).map(|place| self.at(place).expect("there is a state for each id"))
    }

    fn at(&self, place: usize) -> Option<&StepState> {
        self.chunks.get(place / CHUNK)?.get(place % CHUNK).map(|step| &**step)
    }
}

impl FromIterator<(StepId, Arc<StepState>)> for Steps {
    fn from_iter<T: IntoIterator<Item = (StepId, Arc<StepState>)>>(steps: T) -> Self {
        let steps: indexmap::IndexMap<StepId, Arc<StepState>> = steps.into_iter().collect();
        let (ids, states): (IndexSet<StepId>, Vec<Arc<StepState>>) = steps.into_iter().unzip();
        Self { ids: Arc::new(ids), chunks: states.chunks(CHUNK).map(|chunk| Arc::new(chunk.to_vec())).collect() }
    }
}

impl PartialEq for Steps {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Index<&StepId> for Steps {
    type Output = StepState;

    /// # Panics
    /// There is no such step.
    fn index(&self, id: &StepId) -> &StepState {
        self.get(id).expect("a step of the plan")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_shares_what_does_not_change() {
        let ids: Vec<StepId> = (0..100).map(|n| StepId::from(format!("step_{n}"))).collect();
        let steps: Steps = ids.iter().map(|id| (id.clone(), Arc::default())).collect();
        let mut copy = steps.clone();
        copy.get_mut(&ids[70]).unwrap().attempt = 3;
        assert_eq!((steps[&ids[70]].attempt, copy[&ids[70]].attempt), (0, 3));
        assert_ne!(steps, copy);
        assert!(Arc::ptr_eq(&steps.chunks[0], &copy.chunks[0]) && !Arc::ptr_eq(&steps.chunks[2], &copy.chunks[2]));
        assert!(copy.keys().eq(&ids));
        assert_eq!(copy.get_full(&ids[70]).map(|(place, _, step)| (place, step.attempt)), Some((70, 3)));
    }
}
