//! What storage promises, on a disk that fails in every way that it can (groups-and-security.md §3.2, F1–F7).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests stop at the first surprise; helpers are not #[test] themselves"
)]

mod bitflip;
mod canary;
mod conformance;
mod crash;
mod disk_full;
mod double_start;
mod fuzz_corpus;
mod golden;
mod identity;
mod incarnation;
mod script;
mod threads;
