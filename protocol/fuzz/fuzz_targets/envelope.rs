//! Plaintexts of session messages, padding included: see `protocol::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| protocol::fuzzing::run("envelope", input));
