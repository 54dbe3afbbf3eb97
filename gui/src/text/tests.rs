//! The two files against each other and against the code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::*;

/// Keys of a catalogue with the blanks that each sentence has.
fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in language.sources().iter().flat_map(|source| source.lines()) {
        let is_head = line.starts_with(|first: char| first.is_ascii_lowercase());
        if is_head && let Some((key, _)) = line.split_once('=') {
            key.trim().clone_into(&mut current);
            let before = keys.insert(current.clone(), BTreeSet::new());
            assert!(before.is_none(), "{language:?}: {current} stands twice");
        }
        for (at, _) in line.match_indices('$') {
            let blank: String = line[at + 1..]
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            keys.entry(current.clone()).or_default().insert(blank);
        }
    }
    keys
}

/// All text of our sources but this file.
fn sources(folder: &Path, out: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|ext| ext == "rs")
            && !path.ends_with("text/tests.rs")
        {
            out.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn both_languages_say_the_same_things_with_the_same_blanks() {
    assert_eq!(keys(Language::En), keys(Language::Fr));
}

#[test]
fn every_sentence_is_well_formed() {
    for language in [Language::En, Language::Fr] {
        for source in language.sources() {
            let faults = FluentResource::try_new((*source).to_owned())
                .err()
                .map(|(_, faults)| faults);
            assert_eq!(faults, None, "{language:?}");
        }
    }
}

#[test]
fn every_key_of_the_code_is_there_and_every_key_is_used() {
    let mut code = String::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut code,
    );
    let known = keys(Language::En);
    for key in known.keys() {
        assert!(code.contains(&format!("\"{key}\"")), "nobody says {key}");
    }
    for call in ["say(\"", "fill(\"", "key: \""] {
        for (at, _) in code.match_indices(call) {
            let key: String = code[at + call.len()..]
                .chars()
                .take_while(|c| *c != '"')
                .collect();
            let is_key = key.contains('-')
                && key
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(
                !is_key || known.contains_key(&key),
                "the catalogue lacks {key}"
            );
        }
    }
}

#[test]
fn plurals_follow_their_language() {
    let one = |language, count: i32| {
        Text::new(language).fill("status-reached", [("count", count.into())])
    };
    assert_ne!(one(Language::En, 1), one(Language::En, 2).replace('2', "1"));
    // In French, zero is singular.
    assert_eq!(one(Language::Fr, 0).replace('0', "1"), one(Language::Fr, 1));
}

/// As the programs without a window call it, and nothing else.
#[test]
fn a_passphrase_has_one_name_in_french() {
    for source in Language::Fr.sources() {
        assert!(!source.to_lowercase().contains("phrase secrète"));
    }
}

#[test]
fn a_missing_key_shows_itself() {
    assert_eq!(Text::new(Language::En).say("no-such-key"), "⟦no-such-key⟧");
}
