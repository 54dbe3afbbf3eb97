//! Golden files: formats that other programs and later versions rely on, compared byte for byte.
//!
//! `UPDATE_VECTORS=1 cargo test -p lescopains-protocol` writes them anew. A diff in one of them is a change of
//! the wire format and needs a decision, not a commit in passing.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic is how a test fails"
)]

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// Whether the golden files are to be written anew.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for the person who runs the tests; the core never sees it"
)]
fn updating() -> bool {
    std::env::var_os("UPDATE_VECTORS").is_some_and(|value| value == "1")
}

/// Compares with `tests/vectors/<name>.json` and returns what the file says.
pub fn golden(name: &str, actual: &Value) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/{name}.json"));
    if updating() {
        let text = serde_json::to_string_pretty(actual).unwrap() + "\n";
        fs::write(&path, text).unwrap();
    }
    let text = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; see vectors/support.rs", path.display()));
    let expected: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        &expected,
        actual,
        "{} changed: is this a new wire format?",
        path.display()
    );
    expected
}

/// Lowercase hex.
pub fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// The bytes of a hex string of a golden file.
pub fn unhex(value: &Value) -> Vec<u8> {
    data_encoding::HEXLOWER
        .decode(value.as_str().unwrap().as_bytes())
        .unwrap()
}
