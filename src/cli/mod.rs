//! The command line: arguments, one file for each subcommand, exit codes. It wires everything and decides nothing.

mod account;
mod args;
mod catalogue;
mod catalogue_json;
mod catalogue_page;
mod changed;
mod check;
mod choose;
mod drill;
mod drive;
mod entry;
mod exit;
mod hands;
mod home;
mod home_books;
mod home_runs;
mod new;
mod operator;
mod orders;
mod plan;
mod prepare;
mod rehearsal;
mod resume;
mod run;
mod runs;
mod say;
mod schema;
mod secrets;
mod show;
mod templates;
mod verify;
mod watch;
mod watch_clock;
mod way;
mod world;

pub use entry::main;
