//! The store on the real database does what the model does.

use protocol::{
    persist::Store,
    testing::{MemoryStore, store_conformance},
};
use storage::{Part, Profile, Writer, faults::FaultDisk};

use crate::script::{self, HERE};

#[test]
fn the_model_is_a_store() {
    store_conformance(MemoryStore::default);
}

#[test]
fn the_profile_is_a_store() {
    let mut profiles: Vec<Profile> = Vec::new();
    store_conformance(|| -> Writer {
        let seed = profiles.len() as u64;
        let mut profile = script::create(&FaultDisk::new(seed), seed);
        let writer = profile.writer();
        profiles.push(profile);
        writer
    });
}

#[test]
fn a_story_reads_the_same_before_and_after_reopening() {
    let disk = script::prepared(120);
    let profile = script::open(&disk, 1).unwrap();
    assert_eq!(script::verify(&profile.reader(), 120), 120);
    assert!(profile.opening().was_clean);
    assert_eq!(profile.identity().payload(), script::PAYLOAD);
}

#[test]
fn pages_go_both_ways_without_gap_or_overlap() {
    let disk = script::prepared(100);
    let profile = script::open(&disk, 1).unwrap();
    let reader = profile.reader();
    let latest = reader.page(HERE, Part::Latest, 30).unwrap();
    assert!(latest.more);
    let mut back = latest.clone();
    let mut seen = vec![latest];
    while back.more {
        let first = back.messages.first().unwrap().position;
        back = reader.page(HERE, Part::Before(first), 30).unwrap();
        seen.insert(0, back.clone());
    }
    let backward: Vec<_> = seen.iter().flat_map(|page| &page.messages).cloned().collect();
    assert_eq!(backward.len(), 100);
    let mut forward = vec![backward[0].clone()];
    loop {
        let last = forward.last().unwrap().position;
        let page = reader.page(HERE, Part::After(last), 7).unwrap();
        forward.extend(page.messages.clone());
        if !page.more {
            break;
        }
    }
    assert_eq!(forward, backward);
}
