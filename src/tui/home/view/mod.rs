//! Frames of the home screen. Pure: no clock, no file, no channel.

mod details;
mod details_run;
mod dialog;
mod form;
mod frame;
mod header;
mod list;
mod words;

pub(super) use details::overflow as details_overflow;
pub(super) use dialog::overflow as dialog_overflow;
pub(super) use frame::view;
