//! Frames from the model. Pure: no clock, no file, no channel.

mod asked;
mod checks;
mod compact;
mod details;
mod details_run;
mod dialog;
mod dialog_text;
mod doubt;
mod failure;
pub(in crate::tui) mod footer;
pub(in crate::tui) mod frame;
mod gantt;
mod header;
mod help;
pub(in crate::tui) mod markdown;
mod options;
pub(in crate::tui) mod pane;
pub(in crate::tui) mod pen;
mod plan;
mod plan_entry;
mod radius;
mod search;
mod status;
mod steps;
mod summary;
mod summary_left;
mod timeline;

pub(in crate::tui) use details::overflow as details_overflow;
pub(in crate::tui) use dialog::{overflow as dialog_overflow, page as dialog_page};
pub use frame::view;
pub(in crate::tui) use gantt::{GANTT_LINES, columns as gantt_columns};
pub(in crate::tui) use plan::height as plan_height;
pub(in crate::tui) use summary::{content as summary_lines, overflow as summary_overflow};
pub(in crate::tui) use timeline::{overflow as timeline_overflow, text_columns as timeline_columns};
