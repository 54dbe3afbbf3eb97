//! Keys of rows: see `storage::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| storage::fuzzing::run("row_keys", input));
