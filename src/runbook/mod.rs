//! The document: what a runbook file may say, read with the place of every value, and checked.

mod address;
mod check;
mod decode;
mod duration;
mod fill;
mod foreign;
pub(crate) mod handed;
mod items;
pub mod keys;
mod load;
mod model;
mod node;
mod params;
mod params_file;
mod parse;
mod parse_step;
mod permission;
pub mod rules;
mod schema;
mod secret;
mod shelf;
pub mod spec;
mod yaml;

pub use check::{check, check_with, examine};
pub(crate) use check::{check_on, cut_short, sorted};
pub use duration::{duration_seconds, format_duration, parse_duration};
pub use fill::{fill, fill_text, plan_scope};
pub use foreign::{action as action_hint, probe as probe_hint};
pub use items::items;
pub use load::{LoadError, has_top_level_key, is_world, load, read_source, source_of};
pub use model::{CheckDoc, ConfirmDoc, FailureDoc, Param, ParamKind, Runbook, SecretDoc, SecretSource, StepDoc, TargetDoc};
pub use node::{Entry, Kind, Node, Spanned};
pub use params::{
    Given, default_value, default_values, describe as describe_param, given_value, is_region, parse_value, secret_params, whole_match,
};
pub use params_file::read as read_params_file;
pub use parse::parse;
pub use schema::schema;
pub use shelf::{Book, RUN_RUNBOOK, Shelf};
pub(crate) use shelf::{file_of, said};
