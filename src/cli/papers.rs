//! `lifeboat completions` and `lifeboat man`: what shells and `man` need to know, made from the arguments themselves.

use std::path::Path;

use clap::CommandFactory as _;

use super::args::{self, Cli};
use super::exit::Exit;
use super::say::{note, out, problem};

/// The program's name, as people type it.
const NAME: &str = "lifeboat";

/// Prints the completions of a shell.
pub(super) fn completions(args: &args::Completions) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), NAME, &mut script);
    out(&String::from_utf8_lossy(&script));
    Exit::Done
}

/// Prints the page of the program, or writes that of each command into a folder.
pub(super) fn man(args: &args::Man) -> Exit {
    let written = match &args.folder {
        None => page(),
        Some(folder) => pages(folder),
    };
    match written {
        Ok(()) => Exit::Done,
        Err(error) => {
            let place = args.folder.as_deref().unwrap_or(Path::new("standard output"));
            problem(&format!("{}: {error}", place.display()), Some("name a folder that can be written: lifeboat man FOLDER"));
            Exit::BadInput
        }
    }
}

fn page() -> std::io::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    out(&String::from_utf8_lossy(&page));
    Ok(())
}

fn pages(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command(), folder)?;
    note(&format!("the pages are in {0}; read one with `man {0}/{NAME}.1`\n", folder.display()));
    Ok(())
}
