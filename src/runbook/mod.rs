//! The document: what a runbook file may say, read with the place of every value, and checked.

mod check;
mod decode;
mod duration;
mod fill;
mod load;
mod model;
mod node;
mod params;
mod parse;
mod parse_step;
pub mod rules;
pub mod spec;
mod yaml;

pub use check::{check, check_with, examine};
pub use duration::{duration_seconds, format_duration, parse_duration};
pub use fill::{fill, fill_text};
pub use load::{LoadError, has_top_level_key, load, read_source};
pub use model::{CheckDoc, ConfirmDoc, FailureDoc, Param, ParamKind, Runbook, StepDoc, TargetDoc};
pub use node::{Entry, Kind, Node, Spanned};
pub use params::{default_value, default_values, describe as describe_param, is_region, parse_value, whole_match};
pub use parse::parse;
