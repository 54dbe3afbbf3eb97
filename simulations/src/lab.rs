//! Real `lescopains-node` processes, through their local API and nothing else.
//!
//! A world of the lab plays in a sandbox: network namespaces on a switch of their own, which needs
//! no root where the kernel lets anybody make them, and which leaves nothing behind.
#![allow(
    clippy::disallowed_methods,
    reason = "a rig: its threads end with their world, and a script of known length feeds its channels"
)]

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Parser;

mod agent;
pub(crate) mod api;
mod burst;
mod capture;
pub(crate) mod cast;
mod community;
pub(crate) mod http;
mod lan;
mod ledger;
mod loss;
pub(crate) mod netns;
pub(crate) mod node;
mod phrases;
pub(crate) mod sandbox;
mod search;
pub(crate) mod tell;

use lan::{Plan, play};
use netns::Lan;
use node::Build;
use sandbox::Ground;
use tell::{Tell, Verdict};

/// The worlds that people ask for.
pub const WORLDS: &[&str] = &["lan", "lan-mutants", "community", "loss"];

/// What follows `world lan`.
#[derive(Debug, Parser)]
#[command(name = "world lan", about = "Real nodes on a network of their own")]
struct Options {
    /// For every choice; drawn and told unless given.
    #[arg(long)]
    seed: Option<u64>,
    /// People, 2 to 5.
    #[arg(long)]
    people: Option<usize>,
    /// Messages from each to each of the first two.
    #[arg(long)]
    messages: Option<usize>,
    /// Messages from each to each once they are more than two.
    #[arg(long)]
    messages_five: Option<usize>,
    /// Kills with -9.
    #[arg(long)]
    kills: Option<usize>,
    /// The node to run, instead of the one beside this program.
    #[arg(long)]
    node: Option<PathBuf>,
    /// A deliberate fault, such as `plaintext-on-disk`, in a build that has them.
    #[arg(long)]
    mutant: Option<String>,
    /// Keep profiles and logs.
    #[arg(long)]
    keep: bool,
    /// End with the verdict as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the world of this name; true if all its checks passed.
///
/// # Errors
/// When there is no such world, the sandbox cannot be had, or something goes so wrong that there
/// is nothing to judge.
pub fn run(name: &str, json: bool, args: &[String]) -> Result<bool> {
    match name {
        // What `sandbox` and `agent` start; nobody else asks for these.
        "agent" => {
            agent::serve(args.first().context("where is the API?")?)?;
            Ok(true)
        }
        "lan-inside" => inside(&options(args, json)?, lan_world),
        "community-inside" => inside(&options(args, json)?, community_world),
        "loss-inside" => inside(&options(args, json)?, loss_world),
        "lan-mutants-inside" => inside(&options(args, json)?, mutants_world),
        _ if WORLDS.contains(&name) => {
            let options = options(args, json)?;
            // A missing node is told before a sandbox is made.
            build(&options)?;
            let mut args = args.to_vec();
            if json && !args.iter().any(|arg| arg == "--json") {
                args.push("--json".to_owned());
            }
            sandbox::run_inside(["world", &format!("{name}-inside")], &args)
        }
        _ => bail!(
            "the lab has no world `{name}`; it has {}",
            WORLDS.join(", ")
        ),
    }
}

fn options(args: &[String], json: bool) -> Result<Options> {
    let words = std::iter::once("world lan").chain(args.iter().map(String::as_str));
    let mut options = Options::try_parse_from(words)?;
    options.json |= json;
    Ok(options)
}

fn build(options: &Options) -> Result<Build> {
    let mut build = match &options.node {
        Some(node) => Build::at(node)?,
        None => Build::beside_us()?,
    };
    build.mutant.clone_from(&options.mutant);
    Ok(build)
}

fn inside(options: &Options, world: fn(&Options, &Ground, &Tell) -> Result<bool>) -> Result<bool> {
    let tell = Tell::new(options.json);
    let ground = Ground::new()?;
    sandbox::end_with_parent(ground.path());
    let passed = world(options, &ground, &tell);
    if options.keep || !matches!(passed, Ok(true)) {
        let kept = ground.keep();
        let kept = kept.display();
        tell.say(
            &format!("Profils et journaux : {kept}"),
            &format!("Profiles and logs: {kept}"),
        );
    }
    passed
}

fn lan_world(options: &Options, ground: &Ground, tell: &Tell) -> Result<bool> {
    let plan = plan(options, Plan::full(build(options)?, seed(options)));
    let played = Lan::raise(plan.people).and_then(|lan| play(&plan, &lan, ground.path(), tell));
    let verdict = played.unwrap_or_else(|error| broken_off(&error));
    verdict.tell("lan", tell, options.json)?;
    Ok(verdict.passed())
}

fn community_world(options: &Options, ground: &Ground, tell: &Tell) -> Result<bool> {
    let build = build(options)?;
    let played = Lan::raise(community::PEOPLE)
        .and_then(|lan| community::play(&build, &lan, ground.path(), tell));
    let verdict = played.unwrap_or_else(|error| broken_off(&error));
    verdict.tell("community", tell, options.json)?;
    Ok(verdict.passed())
}

fn loss_world(options: &Options, ground: &Ground, tell: &Tell) -> Result<bool> {
    let build = build(options)?;
    let played =
        Lan::raise(loss::PEOPLE).and_then(|lan| loss::play(&build, &lan, ground.path(), tell));
    let verdict = played.unwrap_or_else(|error| broken_off(&error));
    verdict.tell("loss", tell, options.json)?;
    Ok(verdict.passed())
}

/// The verdict on a world that went so wrong that there is nothing to judge.
fn broken_off(error: &anyhow::Error) -> Verdict {
    let mut verdict = Verdict::default();
    verdict.check("played_to_the_end", vec![format!("{error:#}")]);
    verdict
}

fn seed(options: &Options) -> u64 {
    options.seed.unwrap_or_else(rand::random)
}

fn plan(options: &Options, plan: Plan) -> Plan {
    Plan {
        people: options.people.unwrap_or(plan.people),
        messages: options.messages.unwrap_or(plan.messages),
        messages_five: options.messages_five.unwrap_or(plan.messages_five),
        kills: options.kills.unwrap_or(plan.kills),
        ..plan
    }
}

/// Each mutant of encryption with the check that must find it.
const MUTANTS: &[(&str, &str, &str)] = &[
    (
        "plaintext-on-the-wire",
        "wire_no_plaintext",
        "wire_mutant_caught",
    ),
    ("plaintext-on-disk", "disk_canary", "disk_mutant_caught"),
];

/// `world lan-mutants`: a short world as it is, which passes, then with each fault, which the
/// check for that fault, and no other, must find.
fn mutants_world(options: &Options, ground: &Ground, tell: &Tell) -> Result<bool> {
    let mut verdict = Verdict::default();
    let short = plan(options, Plan::short(build(options)?, seed(options)));
    let lan = Lan::raise(short.people)?;
    let world = |mutant: Option<&str>| -> Result<Verdict> {
        let mut plan = short.clone();
        plan.build.mutant = mutant.map(str::to_owned);
        let folder = ground.path().join(mutant.unwrap_or("sound"));
        std::fs::create_dir(&folder)?;
        Ok(play(&plan, &lan, &folder, tell).unwrap_or_else(|error| broken_off(&error)))
    };
    let sound = world(None)?;
    let faults = sound
        .failed()
        .into_iter()
        .map(|check| format!("{check} fails by itself"));
    verdict.check("sound_world_passes", faults.collect());
    for (mutant, check, name) in MUTANTS {
        tell.say(
            &format!("Mutant : {mutant}."),
            &format!("Mutant: {mutant}."),
        );
        let failed = world(Some(mutant))?.failed();
        let caught = failed == [*check];
        let fault = format!("{mutant}: {failed:?} failed, where {check} alone should");
        verdict.check(name, (!caught).then_some(fault).into_iter().collect());
    }
    verdict.tell("lan-mutants", tell, options.json)?;
    Ok(verdict.passed())
}
