//! The command line: arguments, one file for each subcommand, exit codes. It wires everything and decides nothing.

mod account;
mod args;
mod catalogue;
mod check;
mod drill;
mod drive;
mod entry;
mod exit;
mod operator;
mod prepare;
mod resume;
mod run;
mod runs;
mod say;
mod show;
mod watch;
mod watch_clock;
mod world;

pub use entry::main;
