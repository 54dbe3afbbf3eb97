//! `protocol` cannot do I/O by accident: nothing below it knows a runtime, a socket or a disk.

use anyhow::Result;

use super::Problem;
use crate::command::{Workspace, output};

/// Families that must not lie below `protocol`: the name itself, or the name and a hyphen before more.
const FORBIDDEN: [&str; 17] = [
    "async-std",
    "axum",
    "eframe",
    "egui",
    "hyper",
    "iroh",
    "libp2p",
    "mio",
    "quinn",
    "redb",
    "reqwest",
    "rusqlite",
    "rustls",
    "smol",
    "socket2",
    "tokio",
    "ureq",
];

/// Asks cargo for all that `protocol` is built from, with every feature and for every target.
///
/// # Errors
/// When cargo cannot tell.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Problem>> {
    let tree = output(&mut workspace.cargo([
        "tree",
        "--package=lescopains-protocol",
        "--edges=normal,build",
        "--all-features",
        "--target=all",
        "--prefix=none",
        "--format={p}",
    ]))?;
    Ok(forbidden(&tree))
}

/// The forbidden packages among lines of `name vVERSION …`, each once.
fn forbidden(tree: &str) -> Vec<Problem> {
    let mut names: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| FORBIDDEN.iter().any(|family| belongs(name, family)))
        .collect();
    names.sort_unstable();
    names.dedup();
    let problem = |name: &&str| {
        let what =
            format!("`{name}` lies below `protocol`, which does no I/O (cargo tree --invert)");
        Problem::new("protocol/Cargo.toml", what)
    };
    names.iter().map(problem).collect()
}

fn belongs(name: &str, family: &str) -> bool {
    name.strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pure_tree_passes() {
        let tree = "lescopains-protocol v0.1.0 (/work)\nblake3 v1.8.2\nfutures-util v0.3.31\nmiow v1.0.0\n";
        assert_eq!(forbidden(tree), []);
    }

    #[test]
    fn every_family_is_found_once_however_often_it_appears() {
        let tree = "blake3 v1.8.2\ntokio v1.54.1\ntokio v1.54.1 (*)\nlibp2p-core v0.44.0\n";
        let problems = forbidden(tree);
        assert_eq!(problems.len(), 2);
        assert!(problems[0].what.contains("`libp2p-core`"), "{problems:?}");
        assert!(problems[1].what.contains("`tokio`"), "{problems:?}");
        for family in FORBIDDEN {
            assert_eq!(
                forbidden(&format!("{family} v1.0.0\n")).len(),
                1,
                "{family}"
            );
        }
    }
}
