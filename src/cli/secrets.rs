//! The secrets of a plan, its runbook's own and those that are parameters: read when a run starts or is taken up, kept in memory, never recorded.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::exit::Exit;
use super::say::problem;
use crate::file;
use crate::plan::Plan;
use crate::runbook::SecretSource;
use crate::world::World;
use crate::world::secrets::SHORTEST;

/// Largest secret that is read from a file, in bytes.
const LARGEST: u64 = 64 * 1024;

/// How long whoever writes to a pipe may take.
const PIPE_PATIENCE: Duration = Duration::from_secs(10);

/// Reads every secret of a plan from where it is said to be.
///
/// # Errors
/// [`Exit::Refused`], after all that are missing have been named.
pub(super) fn read(plan: &Plan, world: &dyn World) -> Result<(), Exit> {
    let mut missing = Vec::new();
    for (number, (name, source)) in plan.secrets.iter().enumerate() {
        let value = value(source).and_then(|value| {
            let long = value.chars().count() >= SHORTEST;
            if long { Ok(value) } else { Err(format!("is shorter than {SHORTEST} characters: it could not be hidden in what is recorded")) }
        });
        match value {
            Ok(value) => world.secrets().keep(name, value),
            // What a runbook hands on to another is missing once.
            Err(_) if plan.secrets.iter().take(number).any(|(_, other)| other == source) => {}
            Err(why) => missing.push(match Plan::param_of(name) {
                Some(_) => format!("secret parameter {}: {} {why}", name.replacen("params.", "", 1), place(source)),
                None => format!("secret {name}: {} {why}", place(source)),
            }),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    problem(&missing.join("\n  "), Some("put them where they are said to be, then start again; nothing was done"));
    Err(Exit::Refused)
}

/// A drill reads no secrets: each is a text that says which it would be. One that a runbook hands on to another is the same in both.
pub(super) fn make_up(plan: &Plan, world: &dyn World) {
    for (name, source) in &plan.secrets {
        let first = plan.secrets.iter().find(|(_, other)| *other == source).map_or(name, |(first, _)| first);
        world.secrets().pretend(name, format!("drill-secret-{first}"));
    }
}

fn place(source: &SecretSource) -> String {
    match source {
        SecretSource::Env(name) => format!("the variable {name}"),
        SecretSource::File(path) => format!("the file {path}"),
    }
}

fn value(source: &SecretSource) -> Result<String, String> {
    let text = match source {
        SecretSource::Env(name) => std::env::var(name).map_err(|error| match error {
            std::env::VarError::NotPresent => "is not set".to_owned(),
            std::env::VarError::NotUnicode(_) => "is not UTF-8 text".to_owned(),
        })?,
        SecretSource::File(path) => {
            let bytes = bytes(Path::new(path)).map_err(|error| format!("cannot be read: {error}"))?;
            String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?
        }
    };
    // Editors and `echo` end a file with a line feed that is no part of the secret.
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// A pipe is what a shell makes of `<(vault read …)`: it is read once, and whoever writes to it has a bounded time.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.file_type().is_fifo() {
        return file::read(path, LARGEST);
    }
    let (path, (done, answer)) = (path.to_owned(), mpsc::channel());
    // To open it waits for its writer, and so does reading; the thread is left behind when nobody comes.
    std::thread::spawn(move || {
        let read = File::open(path).and_then(|pipe| file::read_bounded(pipe, LARGEST));
        drop(done.send(read)); // Nobody may wait for it any more.
    });
    answer.recv_timeout(PIPE_PATIENCE).unwrap_or_else(|_| {
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("it is a pipe, and nobody wrote to it within {} s", PIPE_PATIENCE.as_secs())))
    })
}
