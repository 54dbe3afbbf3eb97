//! Ciphertexts toward an established session: see `protocol::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| protocol::fuzzing::run("session_message", input));
