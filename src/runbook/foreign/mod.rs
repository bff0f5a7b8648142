//! The words that other languages have for things: GitHub Actions, Ansible, the shell. A word that is known there is no slip of the keyboard,
//! so what is written here instead is said before anything that merely looks alike.

mod keys;
mod values;
mod with;
mod word;

pub(super) use keys::key;
pub(super) use values::word_of;
pub use values::{action, probe};
pub(super) use with::with_key;
