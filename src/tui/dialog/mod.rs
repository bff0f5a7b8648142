//! Dialogs: what they ask, which keys they take, and what comes of them.

mod field;
mod keys;
mod kind;
mod menu;
mod submit;
mod sync;

pub use field::{Field, FieldKind, Form};
pub(super) use keys::{HELD, edit, key, paste};
pub use kind::{Dialog, Kind};
pub use menu::{Choice, Menu, Pick};
pub(super) use sync::sync;
