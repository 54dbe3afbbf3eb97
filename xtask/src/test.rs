//! `./x test`: every promise that a machine can check, cheapest first, ending with the runners' own closing lines.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::command::{Workspace, run, run_and_keep, say};
use crate::lint::MUTANTS;

/// How many random worlds every change must survive (issue 2, Done-when 6).
const SEEDS: [(&str, &str); 4] = [
    ("contacts", "200"),
    ("communities", "200"),
    // Each takes longer, and asks more of fewer rules.
    ("quarrels", "50"),
    // Some with programs that are not ours.
    ("byzantine", "20"),
];

/// What lets the window be drawn without a node.
pub(crate) const FIXTURES: &str = "lescopains-gui/testing";

/// What tests switch on in the crates below the node: with it a program is linked from what was compiled for them.
const OF_TESTS: &str = "lescopains-protocol/testing,lescopains-storage/testing";

/// The test programs that hold a checker against its mutant.
const HUNTERS: [&str; 6] = [
    "--test=control_resolver",
    "--test=community_mutants",
    "--test=mutants",
    "--test=storage",
    "--test=storage_faults",
    "--test=adversary",
];

/// Crates and doctests (fuzz corpora are among them), the mutants, the simulator's seeds, then real nodes: as they are,
/// then with faults.
///
/// Every step names the whole workspace, so that cargo unifies features once and compiles dependencies once.
///
/// # Errors
/// At the first step that fails.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    // The window's screens are drawn from fixtures, which only a test has.
    let mut closing = tests(workspace, &["--features", FIXTURES])?;
    let sound = Sound::keep(workspace)?;
    // A build of our crates with deliberate faults, chosen at run time: each must be caught (DECISIONS 31).
    let mut faulty = vec!["--features", MUTANTS];
    faulty.extend(HUNTERS);
    closing.extend(tests(workspace, &faulty)?);
    let faulty = faulty_node(workspace)?;
    sound.put_back(workspace)?;
    seeds(workspace)?;
    world_lan(workspace, &faulty)?;

    say("everything passed; the runners' closing lines, then their sum:");
    for line in &closing {
        println!("{line}");
    }
    println!("{}", sum(&closing));
    Ok(())
}

/// The programs that the first tests were run with. Cargo puts those with deliberate faults at the same place.
struct Sound;

impl Sound {
    const PROGRAMS: [&str; 2] = ["lescopains-sim", "lescopains-node"];

    /// Copies them.
    fn keep(workspace: &Workspace) -> Result<Self> {
        for program in Self::PROGRAMS {
            let kept = workspace.built(&format!("{program}-sound"))?;
            copy(&workspace.built(program)?, &kept)?;
        }
        Ok(Self)
    }

    /// Puts them where they were.
    fn put_back(self, workspace: &Workspace) -> Result<()> {
        for program in Self::PROGRAMS {
            let kept = workspace.built(&format!("{program}-sound"))?;
            copy(&kept, &workspace.built(program)?)?;
        }
        Ok(())
    }
}

/// Copies a program. What cargo put there is a second name of one of its own files, so it is taken away first.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let _none = fs::remove_file(to);
    fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    Ok(())
}

/// The node with deliberate faults, under a name of its own.
fn faulty_node(workspace: &Workspace) -> Result<PathBuf> {
    run(workspace
        .cargo(["build", "--workspace", "--bin=lescopains-node"])
        .args(["--features", MUTANTS])
        .args(["--features", OF_TESTS]))?;
    let kept = workspace.built("lescopains-node-faulty")?;
    copy(&workspace.built("lescopains-node")?, &kept)?;
    Ok(kept)
}

/// The simulator's seeds, a line each, with what they met and the floor under all of them.
fn seeds(workspace: &Workspace) -> Result<()> {
    for (world, count) in SEEDS {
        run(workspace
            .program(workspace.built("lescopains-sim")?)
            .args(["seeds", "--world", world, "--count", count]))?;
    }
    Ok(())
}

/// Real nodes in namespaces: killed, searched, compared; then, for the searches, two that say aloud what they should not.
/// Where the kernel makes no namespaces, a skip that says so.
fn world_lan(workspace: &Workspace, faulty: &Path) -> Result<()> {
    let mut possible = workspace.program("unshare");
    possible.args(["--user", "--map-root-user", "--net", "--mount", "true"]);
    if run(&mut possible).is_err() {
        say(
            "skipped: world lan and its mutants, for this kernel lets us make no network of our own",
        );
        return Ok(());
    }
    let simulator = workspace.built("lescopains-sim")?;
    run(workspace
        .program(&simulator)
        .args(["world", "lan", "--json"]))?;
    run(workspace
        .program(&simulator)
        .args(["world", "community", "--json"]))?;
    if drops_packets(workspace) {
        run(workspace
            .program(&simulator)
            .args(["world", "loss", "--json"]))?;
    } else {
        say(
            "skipped: world loss, for `nft` is not here (package nftables), or this kernel knows no nftables",
        );
    }
    run(workspace
        .program(&simulator)
        .args(["world", "lan-mutants", "--json", "--node"])
        .arg(faulty))
}

/// Whether packets can be dropped in a network of our own.
fn drops_packets(workspace: &Workspace) -> bool {
    let mut nft = workspace.program("unshare");
    nft.args(["--user", "--map-root-user", "--net", "nft"]);
    nft.args(["add", "table", "inet", "lab"]);
    run(&mut nft).is_ok()
}

/// Builds in sight, runs with both streams watched, and returns the closing lines.
fn tests(workspace: &Workspace, what: &[&str]) -> Result<Vec<String>> {
    let whole = ["test", "--workspace", "--no-fail-fast"];
    run(workspace
        .cargo(["test", "--workspace", "--no-run"])
        .args(what))?;
    if !workspace.has_subcommand("nextest") {
        return run_and_keep(workspace.cargo(whole).args(what), is_closing);
    }
    let mut nextest = workspace.cargo(["nextest", "run", "--workspace"]);
    let mut closing = run_and_keep(nextest.args(what), is_closing)?;
    // nextest runs no doctests; a run limited to some test programs has none.
    if !what.iter().any(|word| word.starts_with("--test=")) {
        closing.extend(run_and_keep(
            workspace.cargo(whole).args(what).arg("--doc"),
            is_closing,
        )?);
    }
    Ok(closing)
}

/// Whether a test runner sums up in this line: cargo's, or nextest's.
fn is_closing(line: &str) -> bool {
    line.starts_with("test result:") || line.trim_start().starts_with("Summary [")
}

/// All closing lines in one, in the words of cargo's runner. A failure never comes this far.
fn sum(closing: &[String]) -> String {
    let total = |word| -> u64 { closing.iter().map(|line| before(line, word)).sum() };
    format!(
        "test result: ok. {} passed; {} failed; {} ignored",
        total("passed"),
        total("failed"),
        total("ignored") + total("skipped"),
    )
}

/// The number right before `word`, or 0 where the line does not speak of it.
fn before(line: &str, word: &str) -> u64 {
    let words: Vec<&str> = line
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words
        .windows(2)
        .find(|pair| pair[1] == word)
        .and_then(|pair| pair[0].parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARGO: &str = "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.11s";
    const NEXTEST: &str = "     Summary [   0.006s] 30 tests run: 30 passed (1 slow), 2 skipped";

    #[test]
    fn closing_lines_of_both_runners_are_known_and_no_others() {
        assert!(is_closing(CARGO));
        assert!(is_closing(NEXTEST));
        assert!(!is_closing("test tests::the_summary ... ok"));
        assert!(!is_closing("running 12 tests"));
    }

    #[test]
    fn the_sum_adds_up_over_both_runners() {
        let closing = [CARGO.to_owned(), NEXTEST.to_owned()];
        assert_eq!(
            sum(&closing),
            "test result: ok. 42 passed; 0 failed; 5 ignored"
        );
    }
}
