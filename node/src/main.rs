//! `lescopains-node`: the headless node, and the command line that speaks to a running one.

mod cli;
mod text;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
