//! The top level holds what was drawn and nothing else: a newcomer reads it in one glance.

use super::Problem;

/// What stands at the top, besides dotfiles and build output.
const TOP_LEVEL: [&str; 19] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "bootstrap",
    "clippy.toml",
    "deny.toml",
    "docs",
    "gui",
    "node",
    "protocol",
    "rustfmt.toml",
    "simulations",
    "storage",
    "x",
    "xtask",
];

/// What is too much and what is missing among `names`.
pub(super) fn check(names: &[String]) -> Vec<Problem> {
    let strange = names
        .iter()
        .filter(|name| !TOP_LEVEL.contains(&name.as_str()))
        .map(|name| {
            Problem::new(
                name,
                "is not part of the drawn top level; find it a room below",
            )
        });
    let missing = TOP_LEVEL
        .iter()
        .filter(|drawn| !names.iter().any(|name| name == *drawn))
        .map(|drawn| Problem::new(drawn, "is drawn at the top level and missing"));
    strange.chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_drawn_top_level_passes() {
        assert_eq!(check(&names(&TOP_LEVEL)), []);
    }

    #[test]
    fn a_stranger_at_the_top_is_found() {
        let mut all = names(&TOP_LEVEL);
        all.push("utils".to_owned());
        assert_eq!(check(&all).len(), 1);
        assert_eq!(check(&all)[0].path, "utils");
    }

    #[test]
    fn a_missing_piece_is_found() {
        let all = names(&TOP_LEVEL[1..]);
        assert_eq!(check(&all).len(), 1);
        assert_eq!(check(&all)[0].path, TOP_LEVEL[0]);
    }
}
