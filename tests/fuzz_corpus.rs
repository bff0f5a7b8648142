//! The fuzz targets' properties over their corpus and mutations of it, so that neither can rot. See docs/fuzzing.md for how to fuzz.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "fuzz/dictionary.rs"]
mod dictionary;

#[path = "../fuzz/properties/mod.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets see it as a crate of its own")]
mod properties;

#[path = "record/sample.rs"]
mod sample;

/// Folders of runbooks, good and bad ones, that are corpus as they are.
const RUNBOOKS: &[&str] = &["runbooks", "templates", "tests/runbooks", "tests/bad_runbooks"];

/// What is put into a journal.
const OF_JOURNALS: &[&str] = &["null", "-1", "1e309", "\"", "\\u0000", ",\"event\":\"note\"", "\n", "{}", "\0", "18446744073709551616"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn corpus(target: &str) -> PathBuf {
    root().join("fuzz/corpus").join(target)
}

/// The files of a folder that end so, in order.
fn files(folder: &Path, ending: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == ending));
    paths.sort();
    assert!(paths.len() >= 2, "{} holds hardly anything", folder.display());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    files(&corpus(target), "seed")
}

/// One to four things that a fuzzer does to bytes.
fn mutate(random: &mut fastrand::Rng, seed: &[u8], others: &[Vec<u8>], words: &[String]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..random.usize(1..=4) {
        let at = random.usize(0..=bytes.len());
        let to = (at + random.usize(0..40)).min(bytes.len());
        match random.u8(0..6) {
            0 if at < bytes.len() => bytes[at] = random.u8(..),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..to)),
            3 => {
                let word = &words[random.usize(0..words.len())];
                bytes.splice(at..at, word.bytes());
            }
            4 => {
                let again = bytes[at..to].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                let other = &others[random.usize(0..others.len())];
                let from = random.usize(0..=other.len());
                let part = &other[from..(from + random.usize(0..400)).min(other.len())];
                bytes.splice(at..to, part.iter().copied());
            }
        }
    }
    bytes
}

/// The property holds for every seed, and for some mutations of each.
fn holds_for_mutations(seeds: &[Vec<u8>], mutations: usize, words: &[String], property: fn(&[u8])) {
    let mut random = fastrand::Rng::with_seed(20_260_312);
    for seed in seeds {
        property(seed);
        for _ in 0..mutations {
            property(&mutate(&mut random, seed, seeds, words));
        }
    }
    property(b"");
}

fn of_journals() -> Vec<String> {
    OF_JOURNALS.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn the_journals_reader_takes_any_bytes() {
    holds_for_mutations(&seeds("journal_reader"), 600, &of_journals(), properties::journal_reader);
}

#[test]
fn folding_takes_any_sequence_of_events() {
    holds_for_mutations(&seeds("evolve"), 600, &of_journals(), properties::evolve);
}

#[test]
fn the_language_takes_any_bytes() {
    let mut all = seeds("runbook");
    all.extend(RUNBOOKS.iter().flat_map(|folder| files(&root().join(folder), "yaml")));
    holds_for_mutations(&all, 4, &dictionary::words(), properties::runbook);
}

#[test]
fn expressions_take_any_text() {
    holds_for_mutations(&seeds("expression"), 600, &dictionary::words(), properties::expression);
}

/// Seeds are journals that some lifeboat wrote. They stay readable, whatever is added to the format.
#[test]
fn every_whole_seed_is_still_read_to_its_end() {
    for name in ["run.seed", "short.seed"] {
        let path = corpus("journal_reader").join(name);
        let found = lifeboat::journal::verify(&path).unwrap_or_else(|error| panic!("{error}"));
        assert!(found.records > 2 && found.torn.is_none());
    }
}

/// Writes the seeds anew, from what is recorded today: after a change that old journals cannot follow, and a major version with it.
#[test]
#[ignore = "writes to the repository"]
fn write_the_corpus() {
    use lifeboat::journal::{Store, Sync};
    let dir = tempfile::tempdir().unwrap();
    let write = |run: &str, script: &[(u64, lifeboat::engine::Event)]| {
        let mut journal = Store::new(dir.path().to_owned()).create(&run.into(), b"", &sample::holder("alice")).unwrap();
        for (ms, event) in script {
            journal.append(sample::at(*ms), std::slice::from_ref(event), Sync::Later).unwrap();
        }
        fs::read(journal.path()).unwrap()
    };
    let script = sample::script();
    let whole = write(sample::RUN, &script);
    let short = write("20260312T024701Z-aaaa", &script[8..12]);
    let readers = corpus("journal_reader");
    fs::write(readers.join("run.seed"), &whole).unwrap();
    fs::write(readers.join("short.seed"), &short).unwrap();
    fs::write(readers.join("torn.seed"), &short[..short.len() - 100]).unwrap();
    let folds = corpus("evolve");
    let in_order = |step: u8| -> Vec<u8> { (0..script.len() as u8).flat_map(|place| [place, step, 1, place]).collect() };
    for step in 0..3 {
        fs::write(folds.join(format!("step_{step}.seed")), in_order(step)).unwrap();
    }
    let backwards: Vec<u8> = (0..script.len() as u8).rev().flat_map(|place| [place, place, place, 255 - place]).collect();
    fs::write(folds.join("backwards.seed"), backwards).unwrap();
}
