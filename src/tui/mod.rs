//! The terminal's screen. One model; `update` changes it by messages, purely; `view` draws it, purely; only `app` and `terminal`
//! touch the terminal. The run is seen through [`crate::view::RunView`] and steered by [`crate::engine::Command`], nothing else.

mod alert;
mod app;
pub mod changes;
mod clipboard;
mod commands;
pub mod dialog;
mod entries;
mod explain;
pub mod gantt;
pub mod glyphs;
pub mod home;
mod ink;
mod keep;
pub mod keymap;
mod layout;
mod mark;
pub mod model;
mod moving;
mod palette;
pub mod rows;
pub mod search;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
pub mod theme;
mod update;
mod view;
mod words;

pub use app::{Ending, Session, TuiError, run};
pub use model::{Cmd, Left, Model, Msg, Options};
pub use terminal::give_back;
pub use theme::Palette;
pub use update::update;
pub use view::view;
