//! Copies of the identity: see `storage::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| storage::fuzzing::run("identity_copy", input));
