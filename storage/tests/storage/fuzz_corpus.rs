//! The corpus of every fuzz target of `storage`, replayed: see `protocol::fuzzing::replay`.
//!
//! `UPDATE_CORPUS=1 cargo test -p lescopains-storage --test storage fuzz_corpus` writes the inputs made from real objects.

use protocol::fuzzing::replay::Home;
use storage::fuzzing::TARGETS;

fn home() -> Home {
    Home::of(env!("CARGO_MANIFEST_DIR"), &TARGETS)
}

#[test]
fn every_seed_lies_in_the_corpus() {
    home().seeds_lie_in_the_corpus();
}

#[test]
fn every_corpus_is_replayed_and_reaches_the_accept_path() {
    home().corpora_reach_the_accept_path();
}

#[test]
fn mutated_inputs_find_nothing() {
    home().mutated_inputs_find_nothing();
}

#[test]
fn every_target_finds_the_bug_planted_for_it() {
    home().planted_bugs_are_found();
}

#[test]
fn every_target_is_built_for_the_fuzzer_under_its_name() {
    home().targets_are_built_under_their_names();
}
