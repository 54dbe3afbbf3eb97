//! Yardsticks for real nodes: figures beside what the machine itself can do, in the same run.
#![allow(
    clippy::disallowed_methods,
    reason = "a rig: its threads end with their world, and a script of known length feeds its channels"
)]

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Parser;

mod backlog;
mod core;
mod crowd;
mod dm;
mod figures;
mod floor;
mod founding;
mod gossip;
mod group;
mod gui;
mod idle;
mod process;
mod rekey;
mod resolver;
mod sim;
mod store;
mod town;
mod yardsticks;

use crate::lab::node::Build;

/// The benches that there are.
pub const BENCHES: &[&str] = &[
    "backlog", "core", "dm", "group", "gui", "idle", "rekey", "resolver", "sim", "store",
];

/// What follows `bench NAME`.
#[derive(Debug, Parser)]
#[command(name = "bench", about = "Figures of real nodes and stores")]
struct Options {
    /// Messages: 10,000 of `backlog`, 3,200 of `core`, 1,000 of `dm`, 100 of `group`, a million of `store`; ops: 10,000 of `resolver`; unless said otherwise.
    #[arg(long)]
    messages: Option<usize>,
    /// Members of the community of `core`, `rekey` and `sim`; receivers of `group`, beside ten.
    #[arg(long)]
    members: Option<usize>,
    /// Messages that `store` makes durable at once.
    #[arg(long, default_value_t = 100)]
    batch: usize,
    /// Pages that `store` looks at, on each side.
    #[arg(long, default_value_t = 1_000)]
    pages: usize,
    /// Which crash of `store` this process dies in.
    #[arg(long, default_value_t = 0, hide = true)]
    crash: u64,
    /// Messages a second of `dm`.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// Seconds that `idle` looks.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// The node to run, instead of the one beside this program.
    #[arg(long)]
    node: Option<PathBuf>,
    /// The built yardstick beside `group`, from simulations/yardsticks/gossipsub; without it gossipsub is not measured.
    #[arg(long)]
    gossipsub: Option<PathBuf>,
    /// Where profiles are made: the disk that is measured.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Say figures as JSON, one line each.
    #[arg(long)]
    json: bool,
}

impl Options {
    fn build(&self) -> Result<Build> {
        match &self.node {
            Some(node) => Build::at(node),
            None => Build::beside_us(),
        }
    }

    /// A fresh folder on the disk that is measured.
    fn ground(&self) -> Result<tempfile::TempDir> {
        let parent = self.folder.clone().unwrap_or_else(std::env::temp_dir);
        let ground = tempfile::Builder::new()
            .prefix("lescopains-bench-")
            .tempdir_in(parent);
        ground.context("no folder to measure in")
    }
}

/// Runs the bench of this name and says its figures; true unless a target is missed by more than
/// twice its size.
///
/// # Errors
/// When there is no such bench, or it cannot be run.
pub fn run(name: &str, json: bool, args: &[String]) -> Result<bool> {
    let words = std::iter::once("bench").chain(args.iter().map(String::as_str));
    let mut options = Options::try_parse_from(words)?;
    options.json |= json;
    let figures = match name {
        "backlog" => backlog::run(&options)?,
        "core" => core::run(&options)?,
        "dm" => dm::run(&options)?,
        "group" => group::run(&options)?,
        "gui" => gui::run(&options)?,
        "idle" => {
            let mut args = args.to_vec();
            if json && !args.iter().any(|arg| arg == "--json") {
                args.push("--json".to_owned());
            }
            return crate::lab::sandbox::run_inside(["bench", "idle-inside"], &args);
        }
        "idle-inside" => idle::run(&options)?,
        "rekey" => rekey::run(&options)?,
        "resolver" => resolver::run(&options)?,
        "sim" => sim::run(&options)?,
        "store" => store::run(&options)?,
        "store-until-killed" => return store::run_until_killed(&options).map(|()| true),
        _ => bail!(
            "there is no bench `{name}`; there are {}",
            BENCHES.join(", ")
        ),
    };
    figures.tell(options.json)?;
    Ok(figures.bearable())
}
