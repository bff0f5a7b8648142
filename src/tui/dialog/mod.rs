//! Dialogs: what they ask, which keys they take, and what comes of them.

mod field;
mod keys;
mod kind;
mod menu;
mod options;
mod submit;
mod sync;
mod when;

pub use field::{Field, FieldKind, Form};
pub(super) use keys::{edit, is_fresh, key, paste};
pub use kind::{Dialog, Kind};
pub use menu::{Choice, Menu, Pick};
pub(super) use sync::sync;
pub(super) use when::parse as note_time;
