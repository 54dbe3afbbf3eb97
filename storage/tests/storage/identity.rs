//! The identity: one clear error for a wrong passphrase, changes of protection, cuts and lost copies.

use std::sync::Arc;
use std::time::Instant;

use storage::faults::{Crash, Failure, FaultDisk};
use storage::{CopyFault, KdfCost, Options, Profile, Protection, StoreError};

use crate::script::{self, PAYLOAD};

fn try_open(disk: &FaultDisk, protection: &Protection) -> Result<Profile, StoreError> {
    Profile::open(Arc::new(disk.clone()), protection, script::options(8))
}

#[test]
fn wrong_passphrase_is_one_clear_error() {
    let disk = FaultDisk::new(1);
    let options = Options {
        kdf: KdfCost::STANDARD,
        ..script::options(1)
    };
    let folder = Arc::new(disk.clone());
    let profile = Profile::create(folder, &script::passphrase(), PAYLOAD, options).unwrap();
    profile.close().unwrap();
    let before = disk.contents("identity.a");
    let began = Instant::now();
    let error = try_open(&disk, &Protection::passphrase("correct house")).unwrap_err();
    assert!(began.elapsed().as_secs_f32() < 3.0, "{:?}", began.elapsed());
    assert!(matches!(error, StoreError::WrongPassphrase));
    assert_eq!(error.to_string(), "wrong passphrase");
    assert_eq!(
        disk.contents("identity.a"),
        before,
        "a wrong guess changes nothing"
    );
    assert!(try_open(&disk, &script::passphrase()).is_ok());
}

#[test]
fn a_passphrase_is_neither_left_out_nor_invented() {
    let disk = script::prepared(0);
    let refused = try_open(&disk, &Protection::Unprotected);
    assert!(matches!(refused, Err(StoreError::PassphraseNeeded)));
    let empty = Protection::passphrase("");
    assert!(matches!(
        try_open(&disk, &empty),
        Err(StoreError::EmptyPassphrase)
    ));
    let open = FaultDisk::new(2);
    let unprotected = Protection::Unprotected;
    let folder = Arc::new(open.clone());
    let profile = Profile::create(folder, &unprotected, PAYLOAD, script::options(2)).unwrap();
    assert!(profile.identity().is_unprotected(), "and says so");
    profile.close().unwrap();
    assert!(matches!(
        try_open(&open, &script::passphrase()),
        Err(StoreError::NotProtected)
    ));
    assert!(try_open(&open, &unprotected).is_ok());
}

#[test]
fn a_new_passphrase_replaces_the_old_one() {
    let disk = script::prepared(4);
    let new = Protection::passphrase("battery staple");
    let mut profile = script::open(&disk, 5).unwrap();
    profile
        .identity_mut()
        .protect(&new, script::options(0).kdf)
        .unwrap();
    profile.close().unwrap();
    let refused = try_open(&disk, &script::passphrase());
    assert!(matches!(refused, Err(StoreError::WrongPassphrase)));
    let profile = try_open(&disk, &new).unwrap();
    assert_eq!(script::verify(&profile.reader(), 4), 4);
}

#[test]
fn a_cut_while_the_identity_is_written_leaves_the_old_or_the_new_one() {
    let disk = script::prepared(0);
    for op in 0..6 {
        for seed in 0..8 {
            let copy = disk.fork(seed);
            let mut profile = script::open(&copy, 5).unwrap();
            copy.fail_at(copy.ops() + op, Failure::Cut);
            assert!(profile.identity_mut().set_payload(b"new").is_err());
            drop(profile);
            let profile = script::open(&copy.after(Crash::PowerLoss { sector: 512 }, seed), 6);
            let profile = profile.unwrap();
            let payload = profile.identity().payload();
            assert!(payload == b"new" || payload == PAYLOAD, "cut at {op}");
        }
    }
}

#[test]
fn one_copy_missing_is_written_again_and_both_missing_is_never_a_new_identity() {
    let disk = script::prepared(4);
    disk.remove("identity.a");
    let profile = script::open(&disk, 5).unwrap();
    assert_eq!(
        profile.opening().healed.unwrap().fault,
        Some(CopyFault::Missing)
    );
    profile.close().unwrap();
    assert!(!disk.contents("identity.a").is_empty());
    disk.remove("identity.b");
    let history = disk.contents("history.redb");
    disk.put("history.redb", b"foreign".to_vec());
    assert!(script::open(&disk, 5).is_err());
    assert!(
        !disk.contents("identity.b").is_empty(),
        "also when the profile does not open"
    );
    disk.put("history.redb", history);
    disk.remove("identity.a");
    disk.remove("identity.b");
    let error = script::open(&disk, 5).unwrap_err();
    assert!(matches!(error, StoreError::IdentityLost { .. }));
    assert!(error.to_string().contains("identity.a: missing"), "{error}");
    let folder = Arc::new(disk);
    let made = Profile::create(folder, &script::passphrase(), PAYLOAD, script::options(1));
    assert!(
        matches!(made, Err(StoreError::ProfileExists { .. })),
        "its history is not overwritten"
    );
}

#[test]
fn nothing_here_and_something_here_are_told_apart() {
    let empty = FaultDisk::new(1);
    assert!(matches!(
        script::open(&empty, 1),
        Err(StoreError::NoProfile { .. })
    ));
    let disk = script::prepared(0);
    let folder = Arc::new(disk);
    let made = Profile::create(folder, &script::passphrase(), PAYLOAD, script::options(1));
    assert!(matches!(made, Err(StoreError::ProfileExists { .. })));
}

#[test]
fn a_payload_beyond_the_limit_is_refused_and_the_old_one_stays() {
    let disk = script::prepared(0);
    let mut profile = script::open(&disk, 5).unwrap();
    let large = vec![0; storage::identity_file::PAYLOAD_MAX + 1];
    let refused = profile.identity_mut().set_payload(&large);
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
    assert_eq!(profile.identity().payload(), PAYLOAD);
    assert!(profile.identity_mut().set_payload(&large[1..]).is_ok());
    profile.close().unwrap();
    assert_eq!(
        script::open(&disk, 6).unwrap().identity().payload().len(),
        large.len() - 1
    );
}

#[test]
fn a_newer_identity_format_is_refused_and_left_alone() {
    let disk = script::prepared(0);
    let mut bytes = disk.contents("identity.a");
    bytes[8] = 2;
    let body = bytes.len() - 32;
    let checksum = blake3::hash(&bytes[..body]);
    bytes[body..].copy_from_slice(checksum.as_bytes());
    disk.put("identity.a", bytes.clone());
    let refused = script::open(&disk, 5);
    assert!(
        matches!(
            refused,
            Err(StoreError::TooNew {
                found: 2,
                supported: 1,
                ..
            })
        ),
        "{refused:?}"
    );
    assert_eq!(disk.contents("identity.a"), bytes);
}
