//! Rows under their seals: see `storage::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| storage::fuzzing::run("sealed_rows", input));
