//! The project's chores, one verb each: `./x` finds what a fresh machine lacks, then calls this.
#![allow(
    clippy::print_stdout,
    reason = "a chore reports to the terminal that called it"
)]

mod command;
mod deny;
mod fresh;
mod fuzz;
mod lint;
mod platform;
mod run;
mod screenshot;
mod test;
mod tidy;
mod tour;
mod worlds;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::command::Workspace;

/// What `cargo xtask` knows, for people who call it without `./x`.
const USAGE: &str = "\
usage: ./x VERB, or cargo xtask VERB
  run         open the window; --terminal: a node here with `ctl watch` beside it
  ctl …       speak to the node that `run` started: me, nearby, request, send …
  test        crates, doctests, fuzz corpora, mutants, 200 seeds, world lan and its mutants
  demo …      world lan, told as a story
  bench NAME  a measurement, in a release build
  sim …       lescopains-sim, with whatever follows
  fuzz [TARGET] [--seconds N]
  screenshot DIR  every screen as a picture, from fixtures
  lint        fmt --check, tidy, clippy, deny, docs
  fmt         format every crate, imports grouped
  tidy        the house rules alone
  deny        licences, bans, sources and advisories alone
  fresh       ./x run and ./x test in a minimal Debian root (needs root and debootstrap; by hand)
  tour [DIR]  two windows, driven from first run to a crash, with pictures (needs Xvfb, xdotool; by hand)";

fn main() -> ExitCode {
    match perform() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("x: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (verb, rest) = arguments
        .split_first()
        .map_or(("", &[][..]), |(verb, rest)| (verb.as_str(), rest));
    let workspace = Workspace::of_this_build();
    match verb {
        "run" => run::run(&workspace, rest),
        "ctl" => run::ctl_of_running(&workspace, rest),
        "test" => test::test(&workspace),
        "demo" => worlds::demo(&workspace, rest),
        "bench" => worlds::bench(&workspace, rest),
        "sim" => worlds::sim(&workspace, rest),
        "fuzz" => fuzz::fuzz(&workspace, rest),
        "lint" => lint::lint(&workspace),
        "fmt" => lint::format(&workspace),
        "tidy" => tidy::tidy(&workspace),
        "deny" => deny::deny(&workspace),
        "fresh" => fresh::fresh(&workspace),
        "tour" => tour::tour(&workspace, rest),
        "screenshot" => screenshot::screenshot(&workspace, rest),
        "" | "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        unknown => bail!("there is no `{unknown}` here\n{USAGE}"),
    }
}
