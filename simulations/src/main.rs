//! `lescopains-sim`: seeds, mutants, worlds and benches from one command line.
fn main() {}
