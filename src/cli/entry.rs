//! From the arguments to the exit code.

use std::process::ExitCode;

use clap::Parser;

use super::args::{Cli, Command};

/// The program.
///
/// # Errors
/// Only what nobody foresaw.
pub fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::config::HookBuilder::default().display_env_section(false).install()?;
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, everything else is bad usage: exit codes 0 and 2.
            let code = u8::from(error.use_stderr()) * 2;
            error.print()?;
            return Ok(ExitCode::from(code));
        }
    };
    let exit = match &cli.command {
        Command::Drill(args) => super::drill::drill(args),
        Command::Run(args) => super::run::run(args),
        Command::Resume(args) => super::resume::resume(args),
        Command::Check(args) => super::check::check(args),
        Command::Runs(args) => super::runs::runs(args),
        Command::Report(args) => super::runs::report(args),
        Command::World(args) => super::world::world(args),
        Command::Actions(args) => super::catalogue::actions(args),
        Command::Probes(args) => super::catalogue::probes(args),
    };
    Ok(exit.into())
}
