//! Crates use only what is drawn below them, and every crate inherits the workspace's lints.

use super::Problem;
use super::tree::File;

/// Each crate and all that it may use, from the ground up. Development dependencies follow the same order.
///
/// `gui` reaches the core's types through `node`, which names them again; it has no door of its own downward.
const ORDER: [(&str, &[&str]); 7] = [
    ("protocol", &[]),
    ("storage", &["protocol"]),
    ("node", &["protocol", "storage"]),
    ("bootstrap", &["protocol", "storage"]),
    // Its own words for people and messages are the protocol's; the store it reaches through the node alone.
    ("gui", &["protocol", "node"]),
    ("simulations", &["protocol", "storage", "node", "bootstrap"]),
    ("xtask", &[]),
];

/// Checks every crate's manifest.
pub(super) fn check(files: &[File]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, below) in ORDER {
        let path = format!("{name}/Cargo.toml");
        let Some(manifest) = files.iter().find(|file| file.path == path) else {
            problems.push(Problem::new(&path, "is drawn and missing"));
            continue;
        };
        if !inherits_lints(&manifest.text) {
            let what = "has no `[lints] workspace = true`: the workspace's lints do not reach it";
            problems.push(Problem::new(&path, what));
        }
        for (line, used) in dependencies(&manifest.text) {
            // A crate may name itself: that is how its own tests turn one of its features on.
            let ours = used != name && ORDER.iter().any(|(crate_name, _)| *crate_name == used);
            if ours && !below.contains(&used.as_str()) {
                let what = format!("`{used}` does not lie below `{name}` (layout.md, Crates)");
                problems.push(Problem::at(&path, line, what));
            }
        }
    }
    problems
}

fn inherits_lints(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true")
}

/// The dependencies of a manifest with their lines: of every kind, for every target, by our short names.
fn dependencies(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            inside = header.ends_with("dependencies");
            // `[dependencies.name]` is a table of its own.
            if let Some((_, name)) = header.split_once("dependencies.") {
                found.push((index + 1, short(name)));
            }
        } else if inside && !line.starts_with('#') {
            let key = line.split(['.', '=', ' ']).next().unwrap_or_default();
            if !key.is_empty() {
                found.push((index + 1, short(key)));
            }
        }
        // Whatever the key says, this is the crate that is meant.
        if let Some((_, package)) = line.split_once("package = \"") {
            let package = package.split('"').next().unwrap_or_default();
            found.push((index + 1, short(package)));
        }
    }
    found
}

fn short(name: &str) -> String {
    let name = name.trim_matches('"');
    name.strip_prefix("lescopains-").unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::file;
    use super::*;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    /// The problems of a workspace in order but for what `name` holds besides its lints.
    fn problems_of(name: &str, text: &str) -> Vec<Problem> {
        let files: Vec<File> = ORDER
            .iter()
            .map(|(each, _)| {
                let extra = if *each == name { text } else { "" };
                file(&format!("{each}/Cargo.toml"), &format!("{LINTS}{extra}"))
            })
            .collect();
        check(&files)
    }

    #[test]
    fn downward_dependencies_pass() {
        let text = "[dependencies]\nprotocol.workspace = true\nserde = \"1\"\n";
        assert_eq!(problems_of("storage", text), []);
        assert_eq!(problems_of("node", text), []);
    }

    #[test]
    fn a_crate_that_names_itself_for_its_tests_passes() {
        let text =
            "[dev-dependencies]\nprotocol = { workspace = true, features = [\"testing\"] }\n";
        assert_eq!(problems_of("protocol", text), []);
    }

    #[test]
    fn upward_and_sideways_dependencies_are_found_however_they_are_written() {
        for (name, text) in [
            ("protocol", "[dependencies]\nstorage.workspace = true\n"),
            (
                "protocol",
                "[dev-dependencies]\nstorage = { workspace = true }\n",
            ),
            ("storage", "[dependencies.node]\nworkspace = true\n"),
            (
                "storage",
                "[target.'cfg(unix)'.dependencies]\nnode.workspace = true\n",
            ),
            (
                "bootstrap",
                "[dependencies]\nlescopains-node = { path = \"../node\" }\n",
            ),
            (
                "gui",
                "[dependencies]\nx = { package = \"lescopains-simulations\" }\n",
            ),
            ("xtask", "[build-dependencies]\nprotocol.workspace = true\n"),
        ] {
            assert_eq!(problems_of(name, text).len(), 1, "{name}: {text}");
        }
    }

    #[test]
    fn a_crate_without_the_lints_is_found() {
        let mut files: Vec<File> = ORDER
            .iter()
            .map(|(name, _)| file(&format!("{name}/Cargo.toml"), LINTS))
            .collect();
        assert_eq!(check(&files), []);
        files[2].text = "[lints.clippy]\nall = \"allow\"\n".to_owned();
        assert_eq!(check(&files).len(), 1);
    }

    #[test]
    fn a_missing_crate_is_found() {
        assert_eq!(check(&[]).len(), ORDER.len());
    }
}
