//! A context for the tests of actions and probes.

use std::sync::Arc;
use std::time::Duration;

use super::Cx;
use crate::world::testing::{Canned, target};

/// A context in a canned world.
pub(crate) fn cx(world: &Arc<Canned>) -> Cx {
    Cx {
        world: world.clone(),
        target: Some(target()),
        caller: "run/step".into(),
        folder: None,
        first: None,
        log: Arc::new(|_| {}),
        timeout: Duration::from_secs(60),
    }
}
