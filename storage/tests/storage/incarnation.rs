//! Whether a start goes on where the last one ended (DECISIONS 12, 41): restored, lost and rolled-back files are told.

use std::io::ErrorKind;

use protocol::persist::{RowKey, Store as _};
use storage::faults::{Failure, FaultDisk};
use storage::{Break, Continuity, StoreError};

use crate::script;

fn continuity(disk: &FaultDisk) -> Continuity {
    script::open(disk, 5).unwrap().opening().continuity.clone()
}

/// Runs one start of the profile that commits the story up to `last`.
fn run(disk: &FaultDisk, last: u32, close: bool) {
    let mut profile = script::open(disk, 5).unwrap();
    let mut writer = profile.writer();
    for number in script::told(&profile.reader()).unwrap() + 1..=last {
        writer.commit(&[script::batch(number)]).unwrap();
    }
    drop(writer);
    if close {
        profile.close().unwrap();
    }
}

#[test]
fn the_generation_rises_with_every_start() {
    let disk = script::prepared(0);
    let generations = [0; 3].map(|_| script::open(&disk, 5).unwrap().opening().generation);
    assert_eq!(generations, [2, 3, 4]);
    assert_eq!(continuity(&disk), Continuity::Continued);
}

#[test]
fn an_old_history_beside_the_identity_is_noticed() {
    for close in [true, false] {
        let disk = script::prepared(5);
        let old = disk.contents("history.redb");
        run(&disk, 10, close);
        disk.put("history.redb", old);
        assert!(
            matches!(
                continuity(&disk),
                Continuity::Broken(Break::Restored {
                    identity: 2,
                    history: 1
                })
            ),
            "closed: {close}"
        );
        assert_eq!(continuity(&disk), Continuity::Continued, "said once");
    }
}

#[test]
fn a_history_from_earlier_in_the_same_start_is_noticed_after_a_clean_end() {
    let disk = script::prepared(5);
    let mut profile = script::open(&disk, 5).unwrap();
    let mut writer = profile.writer();
    writer.commit(&[script::batch(6)]).unwrap();
    let middle = disk.contents("history.redb");
    writer.commit(&[script::batch(7)]).unwrap();
    drop(writer);
    profile.close().unwrap();
    disk.put("history.redb", middle);
    assert!(matches!(
        continuity(&disk),
        Continuity::Broken(Break::RolledBack { .. })
    ));
}

#[test]
fn an_old_identity_beside_the_history_is_noticed() {
    let disk = script::prepared(5);
    let old = disk.contents("identity.a");
    run(&disk, 10, true);
    disk.put("identity.a", old.clone());
    disk.put("identity.b", old);
    assert!(matches!(
        continuity(&disk),
        Continuity::Broken(Break::Restored { .. })
    ));
}

#[test]
fn a_lost_history_is_a_new_incarnation_of_the_same_device() {
    for empty in [true, false] {
        let disk = script::prepared(5);
        disk.remove("history.redb");
        if empty {
            disk.put("history.redb", Vec::new());
        }
        let profile = script::open(&disk, 5).unwrap();
        assert_eq!(
            profile.opening().continuity,
            Continuity::Broken(Break::HistoryMissing)
        );
        assert_eq!(profile.identity().payload(), script::PAYLOAD);
        assert_eq!(script::verify(&profile.reader(), 5), 0);
        assert_eq!(profile.opening().generation, 2, "it never falls back");
    }
}

#[test]
fn the_history_of_another_profile_is_foreign() {
    let (ours, theirs) = (script::prepared(5), FaultDisk::new(2));
    drop(script::create(&theirs, 77));
    ours.put("history.redb", theirs.contents("history.redb"));
    let refused = script::open(&ours, 5);
    assert!(
        matches!(refused, Err(StoreError::Foreign { .. })),
        "{refused:?}"
    );
}

#[test]
fn handles_that_outlive_the_profile_say_that_it_is_closed() {
    let disk = script::prepared(5);
    let mut profile = script::open(&disk, 5).unwrap();
    let (reader, mut writer) = (profile.reader(), profile.writer());
    profile.close().unwrap();
    assert!(matches!(reader.snapshot(), Err(StoreError::Closed)));
    let refused = writer.commit(&[script::batch(6)]);
    assert!(matches!(refused, Err(StoreError::Closed)));
    let again = script::open(&disk, 5).unwrap();
    assert_eq!(again.opening().continuity, Continuity::Continued);
}

#[test]
fn commits_lost_while_it_runs_stop_everything_and_the_next_start_notices() {
    let disk = script::prepared(5);
    let mut profile = script::open(&disk, 5).unwrap();
    let (reader, mut writer) = (profile.reader(), profile.writer());
    writer.commit(&[script::batch(6)]).unwrap();
    let middle = disk.contents("history.redb");
    writer.commit(&[script::batch(7)]).unwrap();
    disk.put("history.redb", middle);
    disk.fail_at(disk.ops(), Failure::Once(ErrorKind::Other));
    assert!(writer.commit(&[script::batch(8)]).is_err());
    let read = reader.load(&[RowKey::Device]);
    assert!(
        matches!(read, Err(StoreError::RolledBack { .. })),
        "{read:?}"
    );
    let written = writer.commit(&[script::batch(8)]);
    assert!(
        matches!(written, Err(StoreError::RolledBack { .. })),
        "{written:?}"
    );
    drop(writer);
    assert!(profile.close().is_err());
    assert!(matches!(
        continuity(&disk),
        Continuity::Broken(Break::Restored { history: 0, .. })
    ));
}
