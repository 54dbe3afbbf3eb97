//! Entries of content logs as they travel: see `protocol::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| protocol::fuzzing::run("content_entry", input));
