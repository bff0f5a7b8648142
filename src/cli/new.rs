//! `lifeboat new`: a runbook to start from.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::args;
use super::exit::Exit;
use super::say::{out, problem};
use super::templates::{TEMPLATES, Template};
use crate::diag::closest;

/// Lists the templates, or writes the files of one.
pub(super) fn new(args: &args::New) -> Exit {
    let Some(name) = &args.template else {
        let width = TEMPLATES.iter().map(|template| template.name.len()).max().unwrap_or_default();
        let lines: Vec<String> = TEMPLATES.iter().map(|template| format!("{:<width$}  {}", template.name, template.about)).collect();
        out(&format!("{}\n\n`lifeboat new TEMPLATE` writes one, with a world to rehearse it in.", lines.join("\n")));
        return Exit::Done;
    };
    let Some(template) = TEMPLATES.iter().find(|template| template.name == name) else {
        let names = TEMPLATES.iter().map(|template| template.name);
        let near = closest(name, names.clone()).map_or_else(String::new, |near| format!("did you mean {near}? "));
        problem(&format!("there is no template {name:?}"), Some(&format!("{near}There are: {}", names.collect::<Vec<_>>().join(", "))));
        return Exit::BadInput;
    };
    let file = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.yaml", template.name)));
    let files = files(template, &file);
    if !args.force
        && let Some((there, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok())
    {
        problem(&format!("{} is there already", there.display()), Some("give another file with --output, or --force to write over it"));
        return Exit::BadInput;
    }
    for (path, text) in &files {
        if let Err(error) = write(path, text, args.force) {
            problem(&format!("{} cannot be written: {error}", path.display()), Some("check the path and the permissions of its folder"));
            return Exit::BadInput;
        }
        out(&format!("wrote {}", path.display()));
    }
    let shown = file.display();
    out(&format!("\nNow:  lifeboat check {shown}\n      lifeboat drill {shown}"));
    Exit::Done
}

/// The files of a template around `file`, named after it.
fn files(template: &Template, file: &Path) -> Vec<(PathBuf, String)> {
    let name = name_for(file).unwrap_or_else(|| template.name.to_owned());
    let folder = file.parent().unwrap_or(Path::new(""));
    let own = |text: &str| text.replace(template.name, &name);
    let rest = template.beside.iter().map(|(path, text)| (folder.join(own(path)), own(text)));
    std::iter::once((file.to_owned(), own(template.runbook))).chain(rest).collect()
}

/// The name of a runbook in this file: the file's own, as an id. `None` when nothing of it can stand in one.
fn name_for(file: &Path) -> Option<String> {
    let stem = file.file_stem()?.to_str()?.to_ascii_lowercase();
    let name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    // The longest name of the files beside it is that of the way back.
    (name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= 50).then_some(name)
}

/// Writes a file, and nothing over one that has come in the meantime.
fn write(path: &Path, text: &str, over: bool) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true);
    if over {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runbook_is_named_after_its_file() {
        let name = |file: &str| name_for(Path::new(file));
        assert_eq!(name("runbooks/Orders-DB.failover.yaml").as_deref(), Some("orders_db_failover"));
        assert_eq!(name("2nd.yaml"), None);
        assert_eq!(name(&format!("{}.yaml", "x".repeat(60))), None);
    }
}
