//! `vectors/decoder.py` reads the test vectors by `docs/protocol.md` alone: who agrees with the document agrees with us.
//! Without `python3` these tests say so and check nothing.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests: clippy knows only the functions marked as tests"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn python_is_there() -> bool {
    let there = Command::new("python3")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !there {
        println!("There is no python3 here: the independent decoder was not run.");
    }
    there
}

fn decoder(folder: &Path) -> Output {
    Command::new("python3")
        .arg(vectors().join("decoder.py"))
        .arg(folder)
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A copy of the vector files that a test may spoil; it goes with the test.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("lescopains-decoder-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let copy = Self(folder);
        for entry in fs::read_dir(vectors()).unwrap() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                fs::copy(&path, copy.0.join(path.file_name().unwrap())).unwrap();
            }
        }
        copy
    }

    fn change(&self, file: &str, change: impl FnOnce(&mut Value)) {
        let path = self.0.join(file);
        let mut value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut value);
        fs::write(path, serde_json::to_vec(&value).unwrap()).unwrap();
    }

    fn refused_for(&self, reason: &str) {
        let output = decoder(&self.0);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        assert!(told(&output).contains(reason), "{}", told(&output));
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The last byte of a value in hexadecimal, changed in one bit.
fn spoil_last_byte(hex: &mut Value) {
    let text = hex.as_str().unwrap();
    let (start, last) = text.split_at(text.len() - 2);
    let changed = u8::from_str_radix(last, 16).unwrap() ^ 1;
    *hex = Value::from(format!("{start}{changed:02x}"));
}

#[test]
fn the_vectors_are_what_the_document_says() {
    if !python_is_there() {
        return;
    }
    let output = decoder(&vectors());
    assert!(output.status.success(), "{}", told(&output));
    println!("{}", told(&output));
}

#[test]
fn one_changed_byte_is_found() {
    if !python_is_there() {
        return;
    }
    let unchanged = Copy::new("unchanged");
    let output = decoder(&unchanged.0);
    assert!(output.status.success(), "{}", told(&output));

    for (file, field) in [
        ("frames.json", "bytes"),
        ("messages.json", "bytes"),
        ("device_revoke.json", "bytes"),
        ("account_id.json", "ak_pub"),
        ("entries.json", "distribution"),
    ] {
        let copy = Copy::new(file);
        copy.change(file, |value| {
            let entry = if value.is_array() {
                &mut value[0]
            } else {
                value
            };
            spoil_last_byte(&mut entry[field]);
        });
        copy.refused_for(&format!("MISMATCH in {file}: "));
    }
}

#[test]
fn a_refused_vector_that_can_be_read_is_found() {
    if !python_is_there() {
        return;
    }
    let copy = Copy::new("readable");
    copy.change("frames_refused.json", |value| {
        value[0]["bytes"] = Value::from("010e01");
    });
    copy.refused_for("MISMATCH in frames_refused.json: value 0 (no bytes): verdict");
}

#[test]
fn a_key_of_a_community_that_an_op_or_an_entry_denies_is_found() {
    if !python_is_there() {
        return;
    }
    for (kind, key, reason) in [
        ("Community/Secret", "/fields/key/secret", "secret: hash"),
        ("Community/Entries", "/fields/key/keys/0/ek", "commit"),
        (
            "Community/Entries",
            "/fields/key/chains/0/chain",
            "chain: it opens an entry",
        ),
    ] {
        let copy = Copy::new(&key.replace('/', "-"));
        copy.change("messages.json", |value| {
            let entries = value.as_array_mut().unwrap();
            let mut entries = entries.iter_mut();
            let has = |entry: &Value| entry["kind"] == kind && entry.pointer(key).is_some();
            let entry = entries.find(|entry| has(entry)).unwrap();
            // Read backwards, in the bytes as in what is said of them.
            let old = entry.pointer(key).unwrap().as_str().unwrap().to_owned();
            let new: String = old.chars().rev().collect();
            *entry = serde_json::from_str(&entry.to_string().replace(&old, &new)).unwrap();
        });
        copy.refused_for(reason);
    }
}

#[test]
fn a_file_without_a_decoder_is_found() {
    if !python_is_there() {
        return;
    }
    let copy = Copy::new("unknown");
    fs::write(copy.0.join("unknown.json"), "[]").unwrap();
    copy.refused_for("MISMATCH in unknown.json: a decoder for this file");

    let copy = Copy::new("missing");
    fs::remove_file(copy.0.join("frames.json")).unwrap();
    copy.refused_for("MISMATCH in frames.json: the file of this decoder");
}
