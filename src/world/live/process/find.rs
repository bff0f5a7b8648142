//! Where a program is, and why it cannot be started.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;

use crate::plan::{Failure, FailureKind};
use crate::world::ProcessRequest;

/// Where a program is looked for without a `PATH`, as `execvp` does.
const USUAL: &str = "/bin:/usr/bin";

/// The folder that the program runs in, where that is not this process's own.
pub(super) fn folder(request: &ProcessRequest) -> Option<PathBuf> {
    match (&request.folder, &request.cwd) {
        (Some(folder), Some(cwd)) => Some(Path::new(folder).join(cwd)),
        (Some(folder), None) => Some(folder.into()),
        (None, cwd) => cwd.as_ref().map(PathBuf::from),
    }
}

/// Looks for the program as starting it would, and does not start it.
pub(super) fn program(request: &ProcessRequest) -> Result<(), Failure> {
    let Some(program) = request.argv.first() else { return Ok(()) };
    let folder = folder(request);
    if let Some(missing) = no_folder(request, program) {
        return Err(missing);
    }
    let from = folder.unwrap_or_default();
    let candidates: Vec<PathBuf> = if program.contains('/') {
        vec![from.join(program)]
    } else {
        std::env::split_paths(&path_of(request)).map(|entry| from.join(entry).join(program)).collect()
    };
    let files: Vec<&PathBuf> = candidates.iter().filter(|path| path.is_file()).collect();
    match files.as_slice() {
        [] => Err(not_there(program)),
        files if files.iter().any(|path| access(path.as_path(), Access::EXEC_OK).is_ok()) => Ok(()),
        _ => Err(not_executable(program)),
    }
}

/// The `PATH` that counts: the program's own.
fn path_of(request: &ProcessRequest) -> OsString {
    let written = request.env.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value.into());
    written.or_else(|| std::env::var_os("PATH")).unwrap_or_else(|| USUAL.into())
}

/// Why a program was not started.
pub(super) fn not_started(request: &ProcessRequest, program: &str, error: &io::Error) -> Failure {
    if let Some(missing) = no_folder(request, program) {
        return missing;
    }
    // It is there all the same: what is not there is the interpreter that its first line names.
    if error.kind() == io::ErrorKind::NotFound {
        return match program_is_there(request) {
            false => not_there(program),
            true => Failure::new(
                FailureKind::NotFound,
                format!("{program} was not started: the interpreter that its first line names is not there"),
                "look at its first line (`#!…`), and at how its lines end",
            ),
        };
    }
    if error.kind() == io::ErrorKind::PermissionDenied {
        return not_executable(program);
    }
    let (what, hint) = match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::AGAIN) => (
            "this user may start no more processes, or the system has none left",
            "end what is not needed, or raise `ulimit -u`; then retry: nothing was started",
        ),
        Some(Errno::NOMEM) => {
            ("there is not enough memory", "end what is not needed, or raise `ulimit -v`; then retry: nothing was started")
        }
        Some(Errno::MFILE | Errno::NFILE) => {
            ("too many files are open", "raise `ulimit -n`, or end what holds them open; then retry: nothing was started")
        }
        Some(Errno::TOOBIG) => ("its arguments and environment are longer than the system takes", "hand it what is long in a file"),
        Some(Errno::NOEXEC) => {
            ("it is no program of this machine's kind, and has no first line that names an interpreter", "begin a script with `#!/bin/sh`")
        }
        Some(Errno::TXTBSY) => ("somebody is writing to it", "retry when that is done: nothing was started"),
        _ => {
            return Failure::new(
                FailureKind::Invalid,
                format!("{program} was not started: {error}"),
                "try the same command in a shell on this machine",
            );
        }
    };
    Failure::new(FailureKind::Invalid, format!("{program} was not started: {what} ({error})"), hint)
}

fn program_is_there(request: &ProcessRequest) -> bool {
    program(request).is_ok()
}

fn no_folder(request: &ProcessRequest, program: &str) -> Option<Failure> {
    let folder = folder(request).filter(|folder| !folder.is_dir())?;
    let message = format!("{program} was not started: there is no folder {}", folder.display());
    let hint = match &request.cwd {
        Some(_) => "correct `cwd` of the step, or make the folder",
        None => "it is the folder that the run was started in, and programs run there: make it again",
    };
    Some(Failure::new(FailureKind::NotFound, message, hint))
}

fn not_there(program: &str) -> Failure {
    let hint = if program.contains('/') {
        "a relative path counts from `cwd`, or from the folder that the run was started in"
    } else {
        "install it, or give its whole path; PATH is searched"
    };
    Failure::new(FailureKind::NotFound, format!("there is no program {program} on this machine"), hint)
}

fn not_executable(program: &str) -> Failure {
    let hint = "check its permissions: it must be an executable file";
    Failure::new(FailureKind::AccessDenied, format!("{program} may not be executed"), hint)
}
