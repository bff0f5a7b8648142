//! Who is told of in a timeline.

use std::sync::Arc;

use crate::engine::Actor;

/// Everybody who did something, each once: few people do many things.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct People(Vec<Arc<Actor>>);

impl People {
    /// The one there is, or from now on is.
    pub(super) fn know(&mut self, actor: &Actor) -> Arc<Actor> {
        if let Some(known) = self.0.iter().find(|known| ***known == *actor) {
            return Arc::clone(known);
        }
        let new = Arc::new(actor.clone());
        self.0.push(Arc::clone(&new));
        new
    }
}
