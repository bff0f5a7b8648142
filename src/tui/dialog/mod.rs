//! Dialogs: what they ask, which keys they take, and what comes of them.

mod field;
mod keys;
mod kind;
mod menu;
mod submit;
mod sync;

pub(in crate::tui) use keys::edit;
pub use keys::{HELD, key, paste};
pub use kind::{Dialog, Kind};
pub use sync::sync;
