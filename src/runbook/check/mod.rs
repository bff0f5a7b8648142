//! What a runbook means: names that are not there, values an action does not take, orders that cannot be, and what a person should
//! look at before the night comes.

mod asks;
mod choose;
mod expressions;
mod filled;
mod for_each;
mod graph;
mod guards;
mod impaired;
mod lists;
mod nested;
mod pace;
mod place;
mod programs;
mod reach;
mod related;
mod requests;
mod run;
mod safety;
mod shell;
mod skipped;
mod step;
mod tidy;
mod visit;
mod waits;
mod with;

pub use impaired::profiles_and_lost_region;
pub use run::default_scope;
pub(crate) use run::{MOST_FINDINGS, Outline, check_on, examine_on, sorted};
pub use run::{check, examine};
pub(crate) use step::cut_short;
pub use with::check_with;
