//! Profiles of every format that was ever released still open and say the same.

use std::path::PathBuf;
use std::sync::Arc;

use protocol::persist::Store as _;
use storage::{Continuity, DiskFolder, Profile, Protection};

use crate::script::{self, PAYLOAD};

const BATCHES: u32 = script::GOLDEN;
const FILES: [&str; 3] = ["identity.a", "identity.b", "history.redb"];

fn golden(version: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(version)
}

fn protection() -> Protection {
    Protection::passphrase("golden since the first day")
}

#[test]
fn the_profile_of_version_1_opens() {
    let temp = tempfile::tempdir().unwrap();
    for file in FILES {
        std::fs::copy(golden("v1").join(file), temp.path().join(file)).unwrap();
    }
    let folder = Arc::new(DiskFolder::open(temp.path()).unwrap());
    let mut profile = Profile::open(folder, &protection(), script::options(1)).unwrap();
    assert_eq!(profile.opening().continuity, Continuity::Continued);
    assert!(profile.opening().was_clean);
    assert_eq!(profile.identity().payload(), PAYLOAD);
    assert_eq!(script::verify(&profile.reader(), BATCHES), BATCHES);
    let mut writer = profile.writer();
    writer.commit(&[script::batch(BATCHES + 1)]).unwrap();
}

/// Writes the golden profile. Run by hand, once for each format, and never again for a released one:
/// `cargo test -p lescopains-storage write_golden -- --ignored`.
#[test]
#[ignore = "writes into the source tree"]
fn write_golden_profile() {
    let path = golden("v1");
    drop(std::fs::remove_dir_all(&path));
    let folder = Arc::new(DiskFolder::create(&path).unwrap());
    let mut profile = Profile::create(folder, &protection(), PAYLOAD, script::options(1)).unwrap();
    let mut writer = profile.writer();
    for number in 1..=BATCHES {
        writer.commit(&[script::batch(number)]).unwrap();
    }
    drop(writer);
    profile.close().unwrap();
    std::fs::remove_file(path.join("lock")).unwrap();
}
