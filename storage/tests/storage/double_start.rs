//! F7: a second start names the holder, within a process and between two.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use storage::{DiskFolder, Profile, Protection, StoreError};

use crate::script;

const FOLDER: &str = "STORAGE_TEST_FOLDER";

fn open(path: &std::path::Path) -> Result<Profile, StoreError> {
    let folder = Arc::new(DiskFolder::open(path).unwrap());
    Profile::open(folder, &Protection::Unprotected, script::options(1))
}

fn create(path: &std::path::Path) -> Profile {
    let folder = Arc::new(DiskFolder::create(path).unwrap());
    Profile::create(folder, &Protection::Unprotected, b"", script::options(1)).unwrap()
}

#[test]
fn double_start() {
    let temp = tempfile::tempdir().unwrap();
    let profile = create(temp.path());
    match open(temp.path()) {
        Err(StoreError::Held { pid, .. }) => assert_eq!(pid, Some(std::process::id())),
        other => panic!("{other:?}"),
    }
    let reader = profile.reader();
    drop(profile);
    let held = open(temp.path());
    assert!(
        matches!(held, Err(StoreError::Held { .. })),
        "a reader still uses it: {held:?}"
    );
    drop(reader);
    open(temp.path()).unwrap().close().unwrap();
}

#[test]
fn double_start_of_another_process() {
    let temp = tempfile::tempdir().unwrap();
    create(temp.path()).close().unwrap();
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "double_start::holds_the_profile_of_the_environment",
            "--nocapture",
        ])
        .env(FOLDER, temp.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(
        lines
            .map_while(Result::ok)
            .any(|line| line.contains("holding"))
    );
    let refused = open(temp.path());
    holder.kill().unwrap();
    holder.wait().unwrap();
    match refused {
        Err(StoreError::Held { pid, .. }) => assert_eq!(pid, Some(holder.id())),
        other => panic!("{other:?}"),
    }
    let profile = open(temp.path()).unwrap();
    assert!(
        !profile.opening().was_clean,
        "the lock of a killed process is gone, its mark is not"
    );
}

/// The other process of the test above; nothing when run by itself.
#[test]
fn holds_the_profile_of_the_environment() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let profile = open(folder.as_ref()).unwrap();
    #[allow(
        clippy::print_stdout,
        reason = "the parent process waits for this line"
    )]
    {
        println!("holding");
    }
    std::io::stdin().lines().for_each(drop);
    drop(profile);
}
