//! What the identity file holds: see `protocol::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| protocol::fuzzing::run("identity_payload", input));
