//! `lescopains-sim`: seeds, mutants, worlds and benches from one command line.
#![allow(
    clippy::print_stdout,
    reason = "a command line speaks on standard output"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use protocol::core::Faults;
use simulations::churn::Churn;
use simulations::report::{Recipe, Report};
use simulations::{bench, lab, run};

/// Simulations, real worlds and benches of LesCopains.
#[derive(Debug, Parser)]
#[command(name = "lescopains-sim", version)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Run many seeds, a line each; the floor is checked over all of them.
    Seeds {
        /// What they are about.
        #[arg(long, value_enum, default_value_t = run::Kind::Contacts)]
        world: run::Kind,
        /// How many.
        #[arg(long, default_value_t = 200)]
        count: u64,
        /// The first of them.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// People in each, from and to, as 25..60; otherwise as each seed draws them.
        #[arg(long, value_parser = people)]
        members: Option<(usize, usize)>,
        /// Break this promise in all of them, and count how many notice.
        #[cfg(feature = "mutants")]
        #[arg(long)]
        mutant: Option<String>,
    },
    /// Look at many random histories of a community's control log: 10,000 before a release.
    Resolver {
        /// How many.
        #[arg(long, default_value_t = 10_000)]
        count: u64,
        /// The first of them.
        #[arg(long, default_value_t = 0)]
        seed: u64,
    },
    /// Let members of a community come and go: 50 of them for an hour.
    Churn {
        /// Seed of all that happens.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// How many.
        #[arg(long, default_value_t = 50)]
        members: usize,
        /// Half-life of being up, and of being down, in seconds.
        #[arg(long, default_value_t = 60)]
        half_life: u64,
        /// For how long, in minutes of virtual time.
        #[arg(long, default_value_t = 60)]
        minutes: u64,
    },
    /// Run one seed.
    Seed {
        /// What it is about.
        #[arg(long, value_enum, default_value_t = run::Kind::Contacts)]
        world: run::Kind,
        /// Which.
        seed: u64,
        /// Print every input and output.
        #[arg(long)]
        trace: bool,
        /// Print what `replay` takes, to change it, and run nothing.
        #[arg(long)]
        recipe: bool,
    },
    /// Run what a file says: a seed, and options if they are not the seed's own.
    Replay {
        /// The file.
        file: PathBuf,
        /// Print every input and output.
        #[arg(long)]
        trace: bool,
    },
    /// Break one promise after the other and see that a checker notices.
    Mutants,
    /// Start real nodes.
    World {
        /// Which world.
        name: String,
        /// End with one line of JSON.
        #[arg(long)]
        json: bool,
        /// What the world takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Measure.
    Bench {
        /// What.
        name: String,
        /// Lines of JSON.
        #[arg(long)]
        json: bool,
        /// What the bench takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

fn main() -> Result<ExitCode> {
    let passed = match Cli::parse().what {
        #[cfg(feature = "mutants")]
        What::Seeds {
            world,
            count,
            seed,
            mutant: Some(mutant),
            ..
        } => noticed(&mutant, world, seed, count)?,
        What::Seeds {
            world,
            count,
            seed,
            members,
            ..
        } => seeds((world, members), seed, count),
        What::Resolver { count, seed } => resolver(seed, count),
        What::Churn {
            seed,
            members,
            half_life,
            minutes,
        } => churn(Churn {
            seed,
            members,
            half_life_s: half_life,
            minutes,
        }),
        What::Seed {
            world,
            seed,
            trace,
            recipe: asked,
        } => {
            let recipe = Recipe {
                why: String::new(),
                seed,
                options: Some(world.draw(seed)),
            };
            if asked {
                println!("{}", serde_json::to_string_pretty(&recipe)?);
                return Ok(ExitCode::SUCCESS);
            }
            tell(&run::recipe(&recipe, trace))
        }
        What::Replay { file, trace } => {
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            let recipe: Recipe = serde_json::from_str(&text)
                .with_context(|| format!("{} is not a recipe", file.display()))?;
            tell(&run::recipe(&recipe, trace))
        }
        What::Mutants => mutants(),
        What::World { name, json, args } => lab::run(&name, json, &args)?,
        What::Bench { name, json, args } => bench::run(&name, json, &args)?,
    };
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn tell(report: &Report) -> bool {
    match report.violation {
        Some(_) => println!("{}", report.story()),
        None => println!("{report}"),
    }
    report.violation.is_none()
}

/// Reads how many people there are to be, from and to.
fn people(text: &str) -> Result<(usize, usize), String> {
    let (fewest, most) = text.split_once("..").unwrap_or((text, text));
    let number = |text: &str| text.parse::<usize>().map_err(|error| error.to_string());
    let (fewest, most) = (number(fewest)?, number(most)?);
    match 2 <= fewest && fewest <= most {
        true => Ok((fewest, most)),
        false => Err(
            "a world has two people at least, and at most as many as the second number".to_owned(),
        ),
    }
}

fn seeds((kind, members): (run::Kind, Option<(usize, usize)>), first: u64, count: u64) -> bool {
    let began = Instant::now();
    let one = |seed| {
        let options = kind.draw(seed);
        let options = match members {
            Some(people) => options.among(people, seed),
            None => options,
        };
        let options = Some(options);
        let why = String::new();
        run::recipe(&Recipe { why, seed, options }, false)
    };
    let reports = run::on_all_processors(first, count, &one, &|report: &Report| {
        let _passed = tell(report);
    });
    let floor = run::Floor::of(kind, &reports);
    println!("{floor} in {:.1} s", began.elapsed().as_secs_f64());
    floor.holds() && reports.iter().all(|report| report.violation.is_none())
}

fn churn(churn: Churn) -> bool {
    let began = Instant::now();
    let tally = churn.run(Faults::default());
    for what in &tally.behind {
        println!("{what}");
    }
    println!("{tally}, in {:.1} s", began.elapsed().as_secs_f64());
    tell(&tally.report) && tally.behind.is_empty()
}

fn resolver(first: u64, count: u64) -> bool {
    let began = Instant::now();
    let tally = simulations::resolver::seeds(first, count);
    for (seed, what) in &tally.wrong {
        println!("seed {seed}: {what}");
    }
    println!(
        "{} histories, {} ops, {} void, {} wrong, in {:.1} s",
        tally.seeds,
        tally.ops,
        tally.void,
        tally.wrong.len(),
        began.elapsed().as_secs_f64()
    );
    tally.wrong.is_empty() && tally.seeds == count
}

/// How often a broken promise is noticed.
#[cfg(feature = "mutants")]
fn noticed(mutant: &str, kind: run::Kind, first: u64, count: u64) -> Result<bool> {
    let mut all = protocol::core::Mutant::ALL.iter();
    let found = all.find(|(name, _)| *name == mutant);
    let (_, mutant) = found.with_context(|| format!("no mutant is called {mutant}"))?;
    let faults = Faults {
        mutant: Some(*mutant),
    };
    let one = |number| run::seed_of(kind, number, faults);
    let reports = run::on_all_processors(first, count, &one, &|report: &Report| {
        if let Some(violation) = &report.violation {
            println!("{}: {violation}", report.seed);
        }
    });
    let noticed = reports.iter().filter(|report| report.violation.is_some());
    let noticed = noticed.count();
    println!("noticed in {noticed} of {count}");
    Ok(noticed > 0)
}

#[cfg(feature = "mutants")]
fn mutants() -> bool {
    let mut all = true;
    for verdict in simulations::mutants::all() {
        println!("{verdict}");
        all &= verdict.is_caught();
    }
    all
}

#[cfg(not(feature = "mutants"))]
fn mutants() -> bool {
    println!(
        "built without mutants: cargo run -p lescopains-simulations --features mutants -- mutants"
    );
    false
}
