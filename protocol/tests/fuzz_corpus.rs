//! The corpus of every fuzz target, replayed: each reaches its accept path, and each finds the bug planted for it.
//!
//! `UPDATE_CORPUS=1 cargo test -p lescopains-protocol --test fuzz_corpus` writes the inputs made from real objects.
//! What a fuzzer found is added by hand as `corpus/TARGET/found-WHAT`, with the fix.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use protocol::fuzzing::{TARGETS, Target, Verdict, hunt};

/// Executions within which a planted bug must be found.
const HUNT_MAX: usize = 20_000;
/// Executions of mutated inputs in every run of the tests, beside the corpus.
const STROLL: usize = 300;
/// A corpus stays small enough to replay always.
const FILES_MAX: usize = 40;
const FILE_BYTES_MAX: usize = 8 * 1024;

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn folder(target: &Target) -> PathBuf {
    home().join("corpus").join(target.name)
}

/// The inputs of a target by name, in order.
fn corpus(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = folder(target);
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn inputs(target: &Target) -> Vec<Vec<u8>> {
    corpus(target).into_iter().map(|(_, input)| input).collect()
}

/// Whether the inputs made from real objects are to be written anew.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for the person who runs the tests; the core never sees it"
)]
fn updating() -> bool {
    std::env::var_os("UPDATE_CORPUS").is_some_and(|value| value == "1")
}

#[test]
fn every_seed_lies_in_the_corpus() {
    let update = updating();
    for target in TARGETS {
        for (name, input) in (target.seeds)() {
            let path = folder(&target).join(&name);
            if update {
                fs::create_dir_all(folder(&target)).unwrap();
                fs::write(&path, &input).unwrap();
            }
            let lies = fs::read(&path).is_ok_and(|bytes| bytes == input);
            assert!(
                lies,
                "{} is old: UPDATE_CORPUS=1, see the top of this file",
                path.display()
            );
        }
    }
}

#[test]
fn every_corpus_is_replayed_and_reaches_the_accept_path() {
    for target in TARGETS {
        let files = corpus(&target);
        assert!(
            files.len() <= FILES_MAX,
            "{}: {} files",
            target.name,
            files.len()
        );
        let mut accepted = Vec::new();
        for (name, input) in &files {
            assert!(
                input.len() <= FILE_BYTES_MAX,
                "{}/{name} is large",
                target.name
            );
            if (target.run)(input) == Verdict::Accepted {
                accepted.push(name.as_str());
            }
        }
        println!(
            "{}: {} of {} accepted",
            target.name,
            accepted.len(),
            files.len()
        );
        assert!(
            !accepted.is_empty(),
            "{}: no input is accepted",
            target.name
        );
    }
}

#[test]
fn mutated_inputs_find_nothing() {
    for target in TARGETS {
        let corpus = inputs(&target);
        let found = hunt(target.run, &corpus, [7; 32], corpus.len() + STROLL);
        assert_eq!(found, None, "{}", target.name);
    }
}

#[test]
fn every_target_finds_the_bug_planted_for_it() {
    for target in TARGETS {
        let corpus = inputs(&target);
        let found = hunt(target.planted, &corpus, [8; 32], HUNT_MAX);
        let found =
            found.unwrap_or_else(|| panic!("{} does not find: {}", target.name, target.bug));
        println!(
            "{}: after {} executions: {}",
            target.name, found.executions, target.bug
        );
        let innocent = hunt(target.run, &[found.input], [8; 32], 1);
        assert_eq!(
            innocent, None,
            "{}: without the planted bug it is no finding",
            target.name
        );
    }
}

#[test]
fn every_target_is_built_for_the_fuzzer_under_its_name() {
    let manifest = fs::read_to_string(home().join("Cargo.toml")).unwrap();
    let names: BTreeSet<_> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    let files = fs::read_dir(home().join("fuzz_targets")).unwrap();
    let files: BTreeSet<_> = files
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(files, names);
    for name in names {
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name}"
        );
        let text = fs::read_to_string(home().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(
            text.contains(&format!("run(\"{name}\", input)")),
            "{name} runs another target"
        );
    }
}
