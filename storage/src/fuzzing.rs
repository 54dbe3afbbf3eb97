//! What must hold for every input of every decoder of files, under the contract of [`protocol::fuzzing`].
//!
//! Whoever has the disk can write anything into a profile that is closed; so can a disk that rots. A fuzzer guesses
//! neither hashes nor tags: the harness makes those, and the properties say what they are worth.
//!
//! Not here: the two rows of `meta`, which are arrays of one length under their seal, and the database's own pages,
//! which `bitflip_store` garbles.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fixture: a panic is how a finding is reported"
)]

mod rows;

use protocol::fuzzing::{Target, run_of};

use crate::identity_file::IDENTITY_COPY;

/// Every target of this crate.
pub static TARGETS: [Target; 3] = [IDENTITY_COPY, rows::ROW_KEYS, rows::SEALED_ROWS];

/// Runs one input of a target, for libFuzzer.
///
/// # Panics
/// If there is no such target, or the input is a finding.
pub fn run(name: &str, input: &[u8]) {
    run_of(&TARGETS, name, input);
}
