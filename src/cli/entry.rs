//! From the arguments to the exit code.

use std::process::ExitCode;

use clap::Parser;

use super::args::{Cli, Command};
use super::exit::Exit;
use super::say::{colours, finish, note_in_colour, out_in_colour, problem};

/// The program.
///
/// # Errors
/// Only what nobody foresaw.
pub fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::config::HookBuilder::default().display_env_section(false).install()?;
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(mut error) => {
            if let Some((what, help)) = super::usage::put_right(&mut error) {
                problem(&what, Some(&help));
                return Ok(Exit::BadInput.into());
            }
            // Help and version are answers, everything else is bad usage: exit codes 0 and 2.
            let text = |coloured: bool| if coloured { error.render().ansi().to_string() } else { error.render().to_string() };
            if error.use_stderr() {
                note_in_colour(&text(colours(&std::io::stderr())));
                return Ok(Exit::BadInput.into());
            }
            out_in_colour(&text(colours(&std::io::stdout())));
            return Ok(Exit::Done.into());
        }
    };
    let Some(command) = &cli.command else { return Ok(super::home::home(&cli.home).into()) };
    let exit = match command {
        Command::Drill(args) => super::drill::drill(args),
        Command::Run(args) => super::run::run(args),
        Command::Resume(args) => super::resume::resume(args),
        Command::Watch(args) => super::watch::watch(args),
        Command::Check(args) => super::check::check(args),
        Command::Plan(args) => super::plan::plan(args),
        Command::Runs(args) => super::runs::runs(args),
        Command::Report(args) => super::runs::report(args),
        Command::Verify(args) => super::verify::verify(args),
        Command::World(args) => super::world::world(args),
        Command::Actions(args) => super::catalogue::actions(args),
        Command::Probes(args) => super::catalogue::probes(args),
        Command::New(args) => super::new::new(args),
        Command::Schema => super::schema::schema(),
        Command::Completions(args) => super::papers::completions(args),
        Command::Man(args) => super::papers::man(args),
    };
    finish();
    Ok(exit.into())
}
