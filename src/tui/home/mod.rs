//! The home screen: the runbooks of the project and the runs that were recorded, and what can be begun with them. As the screen of a
//! run it is a model, an `update` and views, all pure; what it shows is gathered by whoever opens it, what is chosen is done by them.

mod app;
mod commands;
mod data;
mod dialog;
mod dialog_keys;
mod form;
mod keymap;
mod layout;
mod model;
mod rows;
#[cfg(test)]
mod tests;
mod update;
mod view;

pub use app::{Session, run};
pub use data::{Asks, Book, Finding, Param, Place, Run, Target};
pub use model::{Left, Msg, Request, Start};
