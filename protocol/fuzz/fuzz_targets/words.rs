//! Recovery phrases as people type them: see `protocol::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| protocol::fuzzing::run("words", input));
