//! No text, name or id is found in the files of a profile; and the search that says so finds its mutant.

use storage::faults::FaultDisk;

use crate::script::{self, CANARY, PAYLOAD};

fn words_found(disk: &FaultDisk) -> Vec<String> {
    let account = [0xA1; 32];
    let device = [0x0B; 32];
    let secrets: [(&str, &[u8]); 6] = [
        ("text", CANARY.as_bytes()),
        ("payload", PAYLOAD),
        ("account", &account),
        ("device", &device),
        ("table", b"conversation"),
        ("database", b"redb"),
    ];
    let mut found = Vec::new();
    for name in disk.names() {
        let bytes = disk.contents(&name);
        for (what, secret) in secrets {
            if bytes.windows(secret.len()).any(|window| window == secret) {
                found.push(format!("{what} in {name}"));
            }
        }
    }
    found
}

#[test]
fn nothing_stored_is_found_on_the_disk() {
    assert_eq!(words_found(&script::prepared(60)), Vec::<String>::new());
}

#[cfg(feature = "mutants")]
#[test]
fn plaintext_on_disk_is_found() {
    use protocol::persist::Store as _;
    let disk = FaultDisk::new(1);
    let options = storage::Options {
        danger_plaintext_on_disk: true,
        ..script::options(1)
    };
    let folder = std::sync::Arc::new(disk.clone());
    let mut profile =
        storage::Profile::create(folder, &script::passphrase(), PAYLOAD, options).unwrap();
    let mut writer = profile.writer();
    for number in 1..=10 {
        writer.commit(&[script::batch(number)]).unwrap();
    }
    let found = words_found(&disk);
    for what in ["text", "account", "device", "table", "database"] {
        assert!(
            found.contains(&format!("{what} in history.redb")),
            "{what} not in {found:?}"
        );
    }
}
