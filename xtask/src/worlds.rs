//! The doors to `lescopains-sim`: demo, sim and bench are that one binary, with the node built beside it.

use anyhow::{Result, bail};

use crate::command::{Workspace, run, say};

/// Which build answers: a story may be slow, a figure may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Build {
    /// The one that tests use, so nothing is compiled twice.
    Dev,
    /// Figures mean something only with the optimiser on.
    Release,
}

/// `./x demo …`: `world lan`, told as a story.
///
/// # Errors
/// When the build or a check of the world fails.
pub(crate) fn demo(workspace: &Workspace, rest: &[String]) -> Result<()> {
    simulator(workspace, Build::Dev, &["world", "lan"], rest)
}

/// `./x sim …`: the simulator with whatever was asked.
///
/// # Errors
/// When the build or the simulator fails.
pub(crate) fn sim(workspace: &Workspace, rest: &[String]) -> Result<()> {
    simulator(workspace, Build::Dev, &[], rest)
}

/// `./x bench NAME …`: one measurement.
///
/// # Errors
/// When the build or the measurement fails, or no name was given.
pub(crate) fn bench(workspace: &Workspace, rest: &[String]) -> Result<()> {
    let Some(name) = rest.first() else {
        bail!(
            "which one? ./x bench backlog | core | dm | group | gui | idle | rekey | resolver | sim | store; ./x sim bench --help lists them"
        );
    };
    if name == "gui" {
        windows(workspace, Build::Release)?;
    }
    simulator(workspace, Build::Release, &["bench"], rest)
}

/// Builds the window and what it is measured with, beside the simulator.
fn windows(workspace: &Workspace, build: Build) -> Result<()> {
    let mut windows = workspace.cargo(["build", "--package", "lescopains-gui"]);
    windows.args(["--features", "testing", "--bin", "lescopains"]);
    windows.args(["--example", "bench_gui", "--example", "empty_window"]);
    if build == Build::Release {
        windows.arg("--release");
    }
    run(&mut windows)
}

/// Builds the node first: the simulator starts the `lescopains-node` that lies beside it.
fn simulator(workspace: &Workspace, build: Build, words: &[&str], rest: &[String]) -> Result<()> {
    let mut node = workspace.cargo(["build", "--package", "lescopains-node"]);
    let mut simulator = workspace.cargo([
        "run",
        "--package",
        "lescopains-simulations",
        "--bin",
        "lescopains-sim",
    ]);
    if build == Build::Release {
        node.arg("--release");
        simulator.arg("--release");
    }
    if measures_the_store(words, rest) {
        if has_libcrypto(workspace) {
            simulator.args(["--features", "sqlcipher"]);
        } else {
            say(
                "no headers of OpenSSL here: the store is measured without its yardstick, SQLCipher",
            );
        }
    }
    run(&mut node)?;
    run(simulator.arg("--").args(words).args(rest))
}

fn measures_the_store(words: &[&str], rest: &[String]) -> bool {
    let asked: Vec<_> = words
        .iter()
        .copied()
        .chain(rest.iter().map(String::as_str))
        .collect();
    asked.starts_with(&["bench", "store"])
}

/// Whether SQLCipher, a yardstick of one bench, has the cryptography that it stands on: OpenSSL's, or macOS's own.
pub(crate) fn has_libcrypto(workspace: &Workspace) -> bool {
    let mut asked = workspace.program("pkg-config");
    let asked = asked.args(["--exists", "libcrypto"]).status();
    cfg!(target_os = "macos") || asked.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bench_of_the_store_wants_the_yardstick() {
        let wants = |words: &[&str], rest: &[&str]| {
            let rest: Vec<_> = rest.iter().copied().map(str::to_owned).collect();
            measures_the_store(words, &rest)
        };
        assert!(wants(&["bench"], &["store", "--json"]));
        assert!(wants(&[], &["bench", "store"]));
        assert!(!wants(&["bench"], &["dm"]));
        assert!(!wants(&["world", "lan"], &[]));
    }
}
