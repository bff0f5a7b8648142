//! The pictures in docs/screens are frames of the program as it is. `UPDATE_SCREENS=1 cargo test --test screens` takes them anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod drill;
mod palette;
mod shapes;
mod story;
mod svg;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use svg::picture;

const UPDATE: &str = "UPDATE_SCREENS";
const COMMAND: &str = "UPDATE_SCREENS=1 cargo test --test screens";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/screens")
}

/// Every picture, by the name of its file.
fn taken() -> BTreeMap<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let shots = runtime.block_on(story::shots());
    shots.iter().map(|shot| (format!("{}.svg", shot.name), picture(&shot.frame, shot.palette, shot.title))).collect()
}

fn kept() -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(folder()) else { return BTreeMap::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn the_screens_in_the_documents_are_current() {
    let taken = taken();
    if std::env::var_os(UPDATE).is_some_and(|value| !value.is_empty()) {
        std::fs::create_dir_all(folder()).unwrap();
        for name in kept().keys().filter(|name| !taken.contains_key(*name)) {
            std::fs::remove_file(folder().join(name)).unwrap();
        }
        for (name, svg) in &taken {
            std::fs::write(folder().join(name), svg).unwrap();
        }
    }
    let kept = kept();
    let stale: std::collections::BTreeSet<&String> =
        taken.keys().chain(kept.keys()).filter(|name| taken.get(*name) != kept.get(*name)).collect();
    assert!(stale.is_empty(), "stale in docs/screens: {stale:?}. Run `{COMMAND}`, look at each picture that changed, and commit them.");
}

/// A code host shows no picture that could do anything, or that needs anything.
#[test]
fn a_picture_is_small_and_needs_nothing_from_outside() {
    for (name, svg) in kept() {
        for forbidden in ["<script", "<foreignObject", "<style", "<image", "href", "url(", "@import", "\u{1b}"] {
            assert!(!svg.contains(forbidden), "{name}: {forbidden}");
        }
        assert!(svg.len() < 80_000, "{name}: {} bytes", svg.len());
    }
}

#[test]
fn every_picture_that_a_document_shows_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut shown = 0;
    for document in ["README.md", "docs/screens.md"] {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        for part in text.split("screens/").skip(1).filter(|part| !part.starts_with("*")) {
            let Some((name, _)) = part.split_once(".svg") else { continue };
            assert!(folder().join(format!("{name}.svg")).exists(), "{document}: there is no {name}.svg");
            shown += 1;
        }
    }
    assert!(shown > 0, "no document shows a picture");
}
